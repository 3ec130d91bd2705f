#!/usr/bin/env bash
# Plays seeded calls in virtual time, and prints what is wrong with which seed: ten thousand call scenarios, then the
# sound of two thousand calls.
#   scripts/simulate.sh                  250 towns with 40 scenarios each, then 2000 calls with their sound
#   scripts/simulate.sh --seed 17        one town alone, with its trace; every option: --help
#   scripts/simulate.sh media --seed 17  the sound of one call alone, with its story; every option: media --help
# It is built with the benchmarks' package, so that both share one release build of the cores.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build-artifacts
log=.build-artifacts/build-simulation.log

# play PROGRAM SECONDS [OPTION …]: builds it and lets it run; one that hangs is stopped.
play() {
    local program=$1 seconds=$2
    shift 2
    swift build -c release --package-path Benchmarks --scratch-path .build-bench --product "$program" >"$log" 2>&1 || {
        grep -E 'error:' "$log" | sort -u | head -n 40
        echo "The simulation does not build; the whole log is $log"
        return 1
    }
    timeout --kill-after 10 "$seconds" ".build-bench/release/$program" "$@"
}

if [ "${1:-}" = media ]; then
    shift
    play media-simulation 600 "$@"
elif [ $# -gt 0 ]; then
    play sip-simulation 600 "$@"
else
    play sip-simulation 600
    towns=$?
    play media-simulation 600 && exit "$towns"
fi
