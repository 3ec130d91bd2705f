#!/usr/bin/env bash
# Builds the documentation of every library into .build-artifacts/docs; a DocC warning fails it. Apart from .build: the
# tests are built with counters, and neither shall make the other build everything again.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build-artifacts/docs
failed=0
for target in TelephonyPrimitives SDP SIPCore RTPMedia TrunklineConfiguration WebSockets SIPNIO Telephony Agent Telnyx CallControl Providers Rehearsal Webhooks Observability CallAPI CallAPIServer CallReplay CallSpans CallWatch Doctor ProviderDoubles TelephonyTesting SIPSimulation MediaSimulation Sandbox; do
    echo "Documenting $target"
    log=.build-artifacts/docs-$target.log
    swift package --scratch-path .build-docs --allow-writing-to-directory .build-artifacts/docs \
        generate-documentation --target "$target" --warnings-as-errors \
        --output-path ".build-artifacts/docs/$target" >"$log" 2>&1 || {
        grep -A 1 -E 'warning:|error:' "$log" | grep -vE 'NSCocoaErrorDomain|^--' | head -n 80
        failed=1
    }
done
exit "$failed"
