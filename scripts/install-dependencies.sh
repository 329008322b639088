#!/usr/bin/env bash
# Installs the system packages that are missing, with apt, dnf or Homebrew, and says which. Silent when none is.
#
#   scripts/install-dependencies.sh             what building and `gmm demo` need: OpenMP's run-time (Linux) and gnuplot
#   scripts/install-dependencies.sh --testing   also what some tests need, which are skipped without: Chromium, Python's jsonschema, objdump, Sollya,
#                                               valgrind,
#                                               clang-format;
#                                               on macOS, where the trait OpenMP is off by default, its run-time
#   scripts/install-dependencies.sh --arm64     what scripts/check-arm64.sh needs: arm64's C libraries and QEMU's emulation of a process
set -euo pipefail

testing=no arm64=no
case "${1-}" in
    "") ;;
    --testing) testing=yes ;;
    --arm64) arm64=yes ;;
    *) echo "usage: $0 [--testing | --arm64]" >&2; exit 64 ;;
esac

system=$(uname -s)
manager=none
candidates="apt-get dnf brew"
if [ "$system" = Darwin ]; then candidates=brew; fi
for candidate in $candidates; do
    if command -v "$candidate" >/dev/null; then manager=$candidate; break; fi
done

# What is there is found by its files: a package may have another name, or come from elsewhere.
any_file() { local file; for file in "$@"; do if [ -e "$file" ]; then return 0; fi; done; return 1; }
any_command() { local program; for program in "$@"; do if command -v "$program" >/dev/null; then return 0; fi; done; return 1; }
# The names that Package.swift looks for and links: libomp5 on Debian and its kin, libomp elsewhere.
has_openmp() {
    any_file /usr/lib/*-linux-gnu/libomp5.so /usr/lib64/libomp.so /usr/lib/libomp.so \
        /opt/homebrew/opt/libomp/lib/libomp.dylib /usr/local/opt/libomp/lib/libomp.dylib
}
has_gnuplot() { any_command gnuplot; }
has_chromium() { any_command chromium chromium-browser google-chrome; }
has_jsonschema() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' >/dev/null 2>&1; then return 0; fi
    done
    return 1
}
has_objdump() { any_file /usr/bin/objdump; }
has_sollya() { any_file /usr/bin/sollya; }
has_valgrind() { any_command valgrind; }
has_clang_format() { any_command clang-format; }
has_arm64_libc() { any_file /usr/aarch64-linux-gnu/lib/libc.a; }
has_arm64_libgcc() { any_file /usr/lib/gcc-cross/aarch64-linux-gnu/*/libgcc.a; }
has_qemu() { any_command qemu-aarch64-static qemu-aarch64; }

# One line for each dependency: its name above, then its package for apt, dnf and Homebrew; a dash where there is none.
table() {
    if [ "$arm64" = yes ]; then
        echo arm64_libc libc6-dev-arm64-cross - -
        echo arm64_libgcc libgcc-12-dev-arm64-cross - -
        echo qemu qemu-user-static qemu-user-static -
        return
    fi
    if [ "$system" != Darwin ] || [ "$testing" = yes ]; then echo openmp libomp-dev libomp-devel libomp; fi
    echo gnuplot gnuplot-nox gnuplot gnuplot
    if [ "$testing" = no ]; then return; fi
    echo chromium chromium chromium -
    echo jsonschema python3-jsonschema python3-jsonschema -
    echo objdump binutils binutils -
    echo sollya sollya sollya -
    echo valgrind valgrind valgrind -
    echo clang_format clang-format clang-tools-extra clang-format
}

# Sets `missing` to what is not there, and `packages` to the packages that bring it.
look() {
    missing="" packages=""
    while read -r name apt dnf brew; do
        if "has_$name"; then continue; fi
        missing="$missing $name"
        case $manager in
            apt-get) package=$apt ;;
            dnf) package=$dnf ;;
            brew) package=$brew ;;
            none) package=- ;;
        esac
        if [ "$package" != - ]; then packages="$packages $package"; fi
    done < <(table)
}

by_hand() {
    echo "Install what is missing by hand:$missing" >&2
    case $missing in
        *openmp*)
            echo "openmp is LLVM's libomp with what linking takes: libomp-dev or libomp-devel. To build without: swift build --disable-default-traits" >&2 ;;
    esac
    exit 1
}

look
if [ -z "$missing" ]; then exit 0; fi
if [ "$manager" = none ]; then
    echo "Neither apt, dnf nor Homebrew is here." >&2
    by_hand
fi
if [ -z "$packages" ]; then
    # Homebrew has no formula for some of what single tests want; they are skipped.
    echo "Not installed, since $manager has no package:$missing"
    exit 0
fi

as_root=""
if [ "$manager" != brew ] && [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Installing packages takes root, and there is no sudo. As root: $manager install$packages" >&2
        by_hand
    fi
    as_root=sudo
fi

echo "Installing with $manager:$packages"
case $manager in
    apt-get)
        $as_root apt-get update -qq </dev/null || echo "apt-get update failed; going on with the lists there are" >&2
        # shellcheck disable=SC2086
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends $packages \
            </dev/null >/dev/null || by_hand
        ;;
    dnf)
        # shellcheck disable=SC2086
        $as_root dnf install -y -q $packages </dev/null || by_hand
        ;;
    brew)
        # shellcheck disable=SC2086
        brew install --quiet $packages </dev/null || by_hand
        ;;
esac

look
if [ -n "$packages" ]; then
    echo "Still not found after installing:$missing" >&2
    by_hand
fi
