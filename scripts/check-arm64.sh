#!/usr/bin/env bash
# Compiles the C kernel for arm64 on x86-64 Linux, runs it in QEMU's emulation over all covariance types and many shapes and layouts, and
# compares scores and sums with those of this processor's AVX2, bit for bit (Tests/CrossCheck). Needs Debian's or Ubuntu's cross libraries, which it
# installs.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname -s) $(uname -m)" != "Linux x86_64" ]; then
    echo "check-arm64 compares arm64 with x86-64 on x86-64 Linux; on arm64 itself run: make test" >&2
    exit 1
fi
scripts/install-dependencies.sh --arm64
if ! qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || [ ! -e /usr/aarch64-linux-gnu/lib/libc.a ]; then
    echo "check-arm64 needs QEMU's qemu-aarch64 and, in /usr/aarch64-linux-gnu, arm64's C library as Debian and Ubuntu package it" >&2
    exit 1
fi

# The clang that SwiftPM takes.
clang=$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")/clang
if [ ! -x "$clang" ]; then clang=clang; fi

output=$(mktemp -d "${TMPDIR:-/tmp}/gmm-check-arm64.XXXXXX")
trap 'rm -rf "$output"' EXIT
compile() { "$clang" -std=c11 -O2 -Wall -Wextra -Werror "$@"; }
program() { compile "$@" -ICKernels/include CKernels/*.c Tests/CrossCheck/crosscheck.c -lm -lpthread; }

echo "Compiling for arm64 and x86-64"
# Static: the emulated program then needs no libraries of its own.
program --target=aarch64-linux-gnu -fuse-ld=lld -static -o "$output/arm64" &
compile --target=aarch64-linux-gnu -IBenchmarks/CBenchmarks/include -c Benchmarks/CBenchmarks/limits.c -o "$output/limits.o"
program -o "$output/x86"
wait $!

echo "Running on arm64, emulated"
"$qemu" "$output/arm64" baseline >"$output/arm64.txt"
status=0
"$output/x86" avx2 >"$output/x86.txt" || status=$?
if [ "$status" = 77 ]; then
    echo "arm64 ran $(wc -l <"$output/arm64.txt") problems and read nothing beside its data. NOT compared: this processor has no AVX2 to compare with."
    exit 0
fi
if [ "$status" != 0 ]; then exit "$status"; fi
if ! cmp -s "$output/arm64.txt" "$output/x86.txt"; then
    diff "$output/x86.txt" "$output/arm64.txt" | grep '^[<>]' | head -n 20 || true
    echo "arm64 (>) differs from AVX2 (<) in $(diff "$output/x86.txt" "$output/arm64.txt" | grep -c '^<') of $(wc -l <"$output/x86.txt") problems" >&2
    exit 1
fi
echo "arm64 and AVX2 agree to the bit in $(wc -l <"$output/x86.txt") problems"
