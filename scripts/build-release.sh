#!/usr/bin/env bash
# Builds the release binary. Quiet when there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build-artifacts
if [ ! -x .build/release/trunkline ]; then
    echo "Building trunkline (the first time takes about ten minutes on two cores) ..."
fi
if ! swift build -c release --product trunkline >.build-artifacts/release.log 2>&1; then
    grep -E 'error:' .build-artifacts/release.log | sort -u | head -n 40
    echo "It does not build; the whole log is .build-artifacts/release.log" >&2
    exit 1
fi
