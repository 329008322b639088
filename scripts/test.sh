#!/usr/bin/env bash
# Runs every test twice, since SwiftPM compiles C without optimisation in debug and with it in release. Further arguments go to `swift test`.
# The last line is the sum over both runs: N passed, N failed. Succeeds when none failed and each run had some.
set -uo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
results=$(mktemp -d "${TMPDIR:-/tmp}/gmm-test.XXXXXX")
trap 'rm -rf "$results"' EXIT

passed=0 failed=0 idle=no
summary=""
for configuration in debug release; do
    echo "== $configuration"
    status=0
    "$swift" test -c "$configuration" --xunit-output "$results/$configuration.xml" "$@" </dev/null 2>&1 | tee "$results/$configuration.log" || status=$?

    # Swift Testing and XCTest each write a file with one element for every test. Its head counts issues, not tests.
    read -r tests failures skipped < <(
        cat "$results/$configuration"*.xml 2>/dev/null | awk '
            /<testcase / { tests++; sound = 1 }
            /<(failure|error)[ >]/ { failures += sound; sound = 0 }
            /<skipped[ >\/]/ { skipped++ }
            END { print tests + 0, failures + 0, skipped + 0 }')
    # No test failed and yet the run did: it did not build, or it crashed and took the remaining tests with it.
    if [ "$status" -ne 0 ] && [ "$failures" -eq 0 ]; then
        tests=$((tests + 1)) failures=1
        echo "$configuration: swift test ended with status $status" >&2
    fi
    passed_here=$((tests - failures - skipped))
    if [ "$passed_here" -eq 0 ]; then idle=yes; fi
    summary="$summary$configuration: $passed_here passed, $failures failed, $skipped skipped"$'\n'
    passed=$((passed + passed_here))
    failed=$((failed + failures))
done

echo
grep -hE '^[^ ]+ (Test|Suite) .* skipped' "$results"/*.log | sort -u
printf '%s' "$summary"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$idle" = no ]
