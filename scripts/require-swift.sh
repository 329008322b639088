#!/usr/bin/env bash
# Says what to install where Swift is missing or too old for the manifest.
set -euo pipefail

swift=${1:-swift}
advice="Install Swift 6.2 or later: https://www.swift.org/install"
if ! command -v "$swift" >/dev/null; then
    echo "There is no $swift on the search path. $advice" >&2
    exit 1
fi
version=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
major=${version%%.*} minor=${version#*.}
if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
    echo "Swift here is ${version:-of an unknown version}. $advice" >&2
    exit 1
fi
