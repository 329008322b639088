# make demo and make test are all that a fresh machine with Swift needs; the rest is in `make help`.
SWIFT ?= swift
# More arguments for every `swift` command, for example --scratch-path or --disable-default-traits.
SWIFTFLAGS ?=
# Where `make demo` leaves its pictures, and what `make bench` is asked.
OUTPUT ?= demo
BENCHFLAGS ?=

.PHONY: help build demo test lint format check check-arm64 bench dependencies test-dependencies clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo               learn the notebook'\''s mixture and draw it, into $(OUTPUT)/'
	@echo 'make test               all tests, in debug and in release'
	@echo 'make check              make test, then all tests in release with each kernel, and without OpenMP'
	@echo 'make check-arm64        compare the C kernel on arm64, cross-compiled and emulated, with AVX2 to the bit (x86-64 Debian or Ubuntu)'
	@echo 'make bench              measure this machine (BENCHFLAGS=... for gmm-bench)'
	@echo 'make format             lay the code out as .swift-format and .clang-format say, which make test asks for'
	@echo 'make build              the command gmm, in release'
	@echo 'make dependencies       install the system packages that are missing; those above begin with it'
	@echo 'make test-dependencies  also Chromium, clang-format, jsonschema, objdump, Sollya and valgrind, without which some tests are skipped'
	@echo 'make clean              remove what was built and drawn'

dependencies:
	@scripts/require-swift.sh $(SWIFT)
	@scripts/install-dependencies.sh

test-dependencies:
	@scripts/install-dependencies.sh --testing

build: dependencies
	$(SWIFT) build -c release --product gmm $(SWIFTFLAGS)

demo: build
	@"$$($(SWIFT) build -c release --show-bin-path $(SWIFTFLAGS))/gmm" demo --output '$(OUTPUT)'

test: dependencies lint
	@SWIFT='$(SWIFT)' scripts/test.sh $(SWIFTFLAGS)

check: test
	@for kernel in $$($(SWIFT) run -c release $(SWIFTFLAGS) gmm info | awk '/^kernels/ { for (i = 2; i <= NF; i++) print $$i }' | tr -d ',' | grep -v 'reference\|('); do \
	    echo "== release, GMM_KERNEL=$$kernel"; GMM_KERNEL=$$kernel $(SWIFT) test -c release $(SWIFTFLAGS) || exit 1; done
	@echo '== release, without OpenMP'; $(SWIFT) test -c release --disable-default-traits --scratch-path .build-dispatch $(SWIFTFLAGS)

check-arm64:
	@SWIFT='$(SWIFT)' scripts/check-arm64.sh

SOURCES = Package.swift Sources Benchmarks/gmm-bench Tests Examples

# clang-format's layout differs a little from version to version, and the toolchain brings none.
C_SOURCES = $(filter-out CKernels/constants.h, $(wildcard $(addsuffix /*.[ch], CKernels CKernels/include \
    Benchmarks/CBenchmarks Benchmarks/CBenchmarks/include Tests/CAllocations Tests/CAllocations/include Tests/CrossCheck)))
CLANG_FORMAT = $(if $(findstring version 14., $(shell clang-format --version 2>/dev/null)), clang-format)

lint:
	@$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	@$(if $(CLANG_FORMAT), $(CLANG_FORMAT) --dry-run --Werror $(C_SOURCES), \
	    echo 'The layout of the C sources is not checked: that takes clang-format 14 (make test-dependencies).')

format:
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)
	$(if $(CLANG_FORMAT), $(CLANG_FORMAT) -i $(C_SOURCES))

bench: dependencies
	$(SWIFT) run -c release $(SWIFTFLAGS) gmm-bench $(BENCHFLAGS)

clean:
	rm -rf .build .build-dispatch Examples/*/.build demo
