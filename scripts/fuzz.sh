#!/usr/bin/env bash
# Fuzzes the parsers with libFuzzer.
#   scripts/fuzz.sh TARGET SECONDS     TARGET is one of those below, or all
# FUZZ_SEED=N makes a run like another one. New inputs are kept in .build-artifacts/fuzz/TARGET, an input that fails in
# .build-artifacts/fuzz/TARGET-crash-…: copied to Fixtures/fuzz/TARGET-NAME.found it is tried in every later run.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=(message header uri sdp framing digest packet agent identity body)
wanted=${1:-all}
seconds=${2:-60}
[ "$wanted" = all ] || targets=("$wanted")

out=$PWD/.build-artifacts/fuzz
mkdir -p "$out"
echo "Building the fuzzer (the first time takes some minutes) ..."
swift build --package-path Fuzz --scratch-path .build-fuzz -c release >"$out/build.log" 2>&1 || {
    grep -E 'error:' "$out/build.log" | sort -u | head -n 20
    echo "It does not build; the whole log is $out/build.log"
    exit 1
}
fuzzer=$(swift build --package-path Fuzz --scratch-path .build-fuzz -c release --show-bin-path)/fuzz
python3 scripts/fuzz-seeds.py "$out"

failed=0
for target in "${targets[@]}"; do
    mkdir -p "$out/$target"
    log=$out/$target.log
    # One input may take 5 s and 8 MB in one piece; a process 1 GB. Swift's own backtraces would hide the report.
    if FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=quarantine_size_mb=32:detect_leaks=0 "$fuzzer" \
        "$out/$target" "$out/seeds-$target" -dict=Fixtures/fuzz/sip.dict -max_len=8192 -timeout=5 \
        -seed="${FUZZ_SEED:-0}" -malloc_limit_mb=8 -rss_limit_mb=1024 -max_total_time="$seconds" -print_final_stats=1 \
        -artifact_prefix="$out/$target-" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        octets=$(sed -n 's/^allocated: //p' "$log")
        echo "$target: $runs inputs, $(grep -o 'cov: [0-9]*' "$log" | tail -n 1), $octets allocated, nothing found"
    else
        failed=1
        echo "$target: FOUND something; the input and the report:"
        grep -E 'Fatal error|ERROR: |SUMMARY|Test unit written' "$log" | head -n 8
    fi
done
exit "$failed"
