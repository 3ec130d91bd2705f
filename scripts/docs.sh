#!/usr/bin/env bash
# Builds the documentation of every library; a DocC warning fails it.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build-artifacts
for target in TelephonyPrimitives SDP SIPCore RTPMedia SIPNIO Telephony Agent TelephonyTesting; do
    echo "Documenting $target"
    swift package --allow-writing-to-directory .build-artifacts/docs generate-documentation --target "$target" \
        --warnings-as-errors --output-path ".build-artifacts/docs/$target" >.build-artifacts/docs.log 2>&1 || {
        grep -E 'warning:|error:' .build-artifacts/docs.log | sort -u | head -n 40
        exit 1
    }
done
