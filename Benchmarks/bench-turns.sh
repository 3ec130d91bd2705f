#!/usr/bin/env bash
# What Trunkline adds to an answer, from the packets on both ends: services with fixed delays behind real sockets, real SIP
# and RTP in front. Without arguments: one call, then fifty at once, then with the embedded speech parts' front end.
set -euo pipefail
cd "$(dirname "$0")/.."
for product in trunkline turn-bench; do
    swift build -c release --product $product >&2
done
bench=.build/release/turn-bench
if [ $# -gt 0 ]; then exec $bench "$@"; fi
$bench --calls 1 --turns 20 --cuts 10
$bench --calls 50 --turns 10 --cuts 5
$bench --calls 10 --turns 0 --cuts 10 --front-end
