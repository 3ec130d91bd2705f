#!/usr/bin/env bash
# Fuzzes the parsers with libFuzzer, two at a time, and ends with one line: "fuzzing: N passed, N failed". A target
# passes when nothing was found.
#   scripts/fuzz.sh TARGET SECONDS     TARGET is one of those below, or all
#   scripts/fuzz.sh --keep TARGET      puts what the runs have found of new ways through the code into the corpus
# FUZZ_SEED=N makes a run like another one; 0 takes one by chance. New inputs are kept in .build-artifacts/fuzz/TARGET, an input that fails in
# .build-artifacts/fuzz/TARGET-crash-…: copied to Fixtures/fuzz/TARGET-NAME.found it is tried in every later run.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=(message header uri sdp framing digest packet agent identity body rtp codec media session jitter
    audiofile certificate journal)
keep=
if [ "${1:-}" = --keep ]; then
    keep=1
    shift
fi
wanted=${1:-all}
seconds=${2:-60}
if [ "$wanted" != all ]; then
    case " ${targets[*]} " in
        *" $wanted "*) targets=("$wanted") ;;
        *)
            echo "There is no target $wanted, but: ${targets[*]}" >&2
            exit 1
            ;;
    esac
fi

out=$PWD/.build-artifacts/fuzz
mkdir -p "$out"
echo "Building the fuzzer (the first time takes some minutes) ..."
swift build --package-path Fuzz --scratch-path .build-fuzz -c release >"$out/build.log" 2>&1 || {
    grep -E 'error:' "$out/build.log" | sort -u | head -n 20
    echo "It does not build; the whole log is $out/build.log"
    echo "fuzzing: 0 passed, 1 failed"
    exit 1
}
fuzzer=$(swift build --package-path Fuzz --scratch-path .build-fuzz -c release --show-bin-path)/fuzz
# Swift's own backtraces would hide the report.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=quarantine_size_mb=32:detect_leaks=0
rm -rf "$out"/seeds-*
python3 scripts/fuzz-seeds.py "$out"

if [ -n "$keep" ]; then
    python3 scripts/fuzz-seeds.py --fixtures "$out/fixtures"
    for target in "${targets[@]}"; do
        kept=$out/fixtures/seeds-$target
        mkdir -p "$kept" "$out/$target"
        FUZZ_TARGET=$target "$fuzzer" -merge=1 -max_len=8192 "$kept" "$out/seeds-$target" "$out/$target" \
            >"$out/$target-merge.log" 2>&1 || {
            echo "$target: the inputs can't be merged, see $out/$target-merge.log" >&2
            exit 1
        }
        python3 scripts/fuzz-seeds.py --keep "$target" "$kept"
    done
    exit
fi

# Tries one target, and leaves TARGET.passed when nothing was found.
try() {
    local target=$1 log=$out/$1.log
    mkdir -p "$out/$target" "$out/seeds-$target"
    rm -f "$out/$target.passed"
    # One input may take 5 s and 8 MB in one piece; a process 1 GB.
    if FUZZ_TARGET=$target timeout --kill-after 10 $((seconds + 300)) "$fuzzer" \
        "$out/$target" "$out/seeds-$target" -dict=Fixtures/fuzz/sip.dict -max_len=8192 -timeout=5 \
        -seed="${FUZZ_SEED:-1}" -malloc_limit_mb=8 -rss_limit_mb=1024 -max_total_time="$seconds" -print_final_stats=1 \
        -artifact_prefix="$out/$target-" >"$log" 2>&1; then
        touch "$out/$target.passed"
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs," \
            "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log") each second," \
            "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)," \
            "$(sed -n 's/^allocated: //p' "$log"); nothing found"
    else
        echo "$target: FOUND something; the input and the report (the rest is in $log):"
        grep -E 'Fatal error|ERROR: |SUMMARY|Test unit written' "$log" | head -n 8 || tail -n 5 "$log"
    fi
}

for target in "${targets[@]}"; do
    while [ "$(jobs -pr | wc -l)" -ge 2 ]; do wait -n || true; done
    try "$target" &
done
wait
passed=0
for target in "${targets[@]}"; do
    if [ -e "$out/$target.passed" ]; then passed=$((passed + 1)); fi
done
failed=$((${#targets[@]} - passed))
echo "fuzzing: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
