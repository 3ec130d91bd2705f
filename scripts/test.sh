#!/usr/bin/env bash
# Builds and runs the tests, and ends with one line: "N passed, N failed".
#   scripts/test.sh [arguments of swift test, e.g. --filter InteropTests]
set -uo pipefail
cd "$(dirname "$0")/.."
artifacts=.build-artifacts
mkdir -p "$artifacts"
log=$artifacts/test.log

echo "Building (the first time takes about ten minutes on two cores) ..."
if ! swift build --build-tests -Xswiftc -diagnostic-style=llvm >"$artifacts/build.log" 2>&1; then
    grep -E 'error:|warning:' "$artifacts/build.log" | sort -u | head -n 40
    tail -n 5 "$artifacts/build.log"
    echo "It does not build; the whole log is $artifacts/build.log"
    echo "0 passed, 1 failed"
    exit 1
fi
swift test --skip-build --disable-xctest "$@" 2>&1 | tee "$log" | grep --line-buffered -vE '^◇ |^✔ Test ("|case)|started\.$'
echo
# Skipped tests are named, not hidden.
grep -E '^[^ ]+ Test .* skipped' "$log"
scripts/count-tests "$log"
