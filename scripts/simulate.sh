#!/usr/bin/env bash
# Plays ten thousand seeded call scenarios in virtual time, and prints what is wrong with which seed.
#   scripts/simulate.sh            250 towns with 40 scenarios each
#   scripts/simulate.sh --seed 17  one town alone, with its trace; every option: --help
# It is built with the benchmarks' package, so that both share one release build of the cores.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build-artifacts
log=.build-artifacts/build-simulation.log
swift build -c release --package-path Benchmarks --scratch-path .build-bench --product sip-simulation >"$log" 2>&1 || {
    grep -E 'error:' "$log" | sort -u | head -n 40
    echo "The simulation does not build; the whole log is $log"
    exit 1
}
# A town that hangs is stopped.
exec timeout --kill-after 10 600 .build-bench/release/sip-simulation "$@"
