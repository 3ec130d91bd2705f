#!/usr/bin/env bash
# A person with a mobile calls the agent by both ways of Telnyx, over the carrier that `trunkline sandbox` plays: by a SIP
# trunk, then by Call Control. Shows both conversations, and their records. No account and no network is needed.
# Exit status: 0 when both took place, else 1 with the reason.
set -uo pipefail
cd "$(dirname "$0")/.."

trunkline=${TRUNKLINE:-.build/release/trunkline}
speech=${TRUNKLINE_SPEECH:-$HOME/.local/share/trunkline/speech}
sounds=/usr/share/asterisk/sounds/en_US_f_Allison
out=demo-output/telnyx
trunk_port=${TRUNK_PORT:-5080}
control_port=${CONTROL_PORT:-5090}
api_port=${API_PORT:-5081}
webhook_port=${WEBHOOK_PORT:-8080}
agent_port=${PORT:-5070}
rm -rf "$out"
mkdir -p "$out"

running=()
cleanup() {
    for process in "${running[@]}"; do kill "$process" 2>/dev/null; done
    wait 2>/dev/null
}
trap cleanup EXIT
fail() {
    echo "It did not take place: $1" >&2
    for log in server trunk control call; do
        [ -s "$out/$log.log" ] && { echo "--- $out/$log.log" >&2; tail -n 15 "$out/$log.log" >&2; }
    done
    exit 1
}
# Waits for a line in the log of a program that was started last.
expect() {
    for _ in $(seq 100); do
        grep -q "$1" "$2" 2>/dev/null && return
        kill -0 "${running[-1]}" 2>/dev/null || fail "a program did not start: $2"
        sleep 0.2
    done
    fail "no sign of '$1' in $2 within 20 seconds"
}

# What the caller says: waits for the greeting, asks, waits for the answer, says goodbye.
[ -r "$sounds/hours.wav" ] && [ -r "$sounds/your.wav" ] ||
    fail "$sounds/hours.wav is missing; run 'apt-get install asterisk-core-sounds-en-wav'"
sox -n -r 8000 -c 1 -b 16 "$out/pause.wav" trim 0 6.5
pause=$out/pause.wav
sox "$pause" "$sounds/your.wav" "$sounds/hours.wav" "$pause" "$pause" "$sounds/goodbye.wav" "$pause" "$pause" \
    "$out/question.wav" 2>"$out/sox.log" || fail "the question could not be put together: $(cat "$out/sox.log")"

# Two carriers: a number belongs either to a SIP connection or to an application.
"$trunkline" sandbox --port "$trunk_port" >"$out/trunk.log" 2>&1 &
running+=($!)
expect '^Ready' "$out/trunk.log"
"$trunkline" sandbox --port "$control_port" --call-control --http "127.0.0.1:$api_port" \
    --webhook "http://127.0.0.1:$webhook_port/telnyx/webhooks" >"$out/control.log" 2>&1 &
running+=($!)
expect '^Ready' "$out/control.log"

# Of what each sandbox says that the agent's file should be, the lines of both.
settings() { awk '/for `trunkline serve --config`/ { on = 1; next } /A telephone outside/ { on = 0 } on' "$1"; }
{ settings "$out/trunk.log"; settings "$out/control.log"; } >"$out/agent.yaml"
export TELNYX_API_KEY=sandbox-key
"$trunkline" serve --config "$out/agent.yaml" --listen "udp:127.0.0.1:$agent_port" --speech "$speech" \
    --flow flows/receptionist.yaml --database "$out/calls.sqlite" --recordings "$out/recordings" --drain 5 \
    > >(tee "$out/transcript.txt") 2>"$out/server.log" &
running+=($!)
expect '^Ready' "$out/transcript.txt"
expect 'agent  <- 200 OK (REGISTER)' "$out/trunk.log"

export SANDBOX_PASSWORD=sandbox-mobile
for way in "trunk $trunk_port" "control $control_port"; do
    read -r name port <<<"$way"
    [ "$name" = trunk ] && echo "--- over the SIP trunk" || echo "--- over Call Control"
    "$trunkline" call "sip:+12025550131@127.0.0.1:$port" --from "sip:mobile@127.0.0.1:$port" --auth mobile \
        --password-env SANDBOX_PASSWORD --bind 127.0.0.1 --play "$out/question.wav" --record "$out/$name.wav" \
        --duration 40 >"$out/call.log" 2>&1 || fail "the call over $name failed"
done

echo
ids=$("$trunkline" calls list --json --database "$out/calls.sqlite" | sed -n 's/.*"id" : "\(.*\)".*/\1/p' | sort)
[ "$(wc -l <<<"$ids")" = 2 ] || fail "not two calls have reached the agent"
for id in $ids; do
    "$trunkline" calls show "$id" --database "$out/calls.sqlite" | tee "$out/shown.txt"
    echo
    grep -qi '  caller .*hours' "$out/shown.txt" || fail "the agent did not understand the question"
    grep -qi '  agent .*nine to five' "$out/shown.txt" || fail "the agent did not answer the question"
done
"$trunkline" calls list --database "$out/calls.sqlite"
echo "Both conversations took place. Any of them on one page: $trunkline calls trace ID --database $out/calls.sqlite"
exit 0
