#!/usr/bin/env bash
# A real SIP phone (baresip) calls the agent with recorded questions; the conversation is shown while it takes place.
# Exit status: 0 when it took place, else 1 with the reason.
set -uo pipefail
cd "$(dirname "$0")/.."

trunkline=${TRUNKLINE:-.build/release/trunkline}
speech=${TRUNKLINE_SPEECH:-$HOME/.local/share/trunkline/speech}
sounds=/usr/share/asterisk/sounds/en_US_f_Allison
out=demo-output
port=${PORT:-5070}
phone_port=${PHONE_PORT:-5080}
rm -rf "$out"
mkdir -p "$out/phone" "$out/heard"

server=
phone=
cleanup() {
    for process in $phone $server; do kill "$process" 2>/dev/null; done
    wait 2>/dev/null
}
trap cleanup EXIT
fail() {
    echo "The conversation did not take place: $1" >&2
    [ -s "$out/server.log" ] && { echo "--- the server's log" >&2; tail -n 15 "$out/server.log" >&2; }
    [ -s "$out/phone.log" ] && { echo "--- the phone's log" >&2; tr '\r' '\n' <"$out/phone.log" | grep -v 'bit/s' | tail -n 15 >&2; }
    exit 1
}

# What the caller says: waits for the greeting, asks, waits for the answer, says goodbye.
say() { sox "$@" "$out/question.wav" 2>"$out/sox.log" || fail "the question could not be put together: $(cat "$out/sox.log")"; }
sox -n -r 8000 -c 1 -b 16 "$out/pause.wav" trim 0 6.5
[ -r "$sounds/hours.wav" ] && [ -r "$sounds/your.wav" ] || fail "$sounds/hours.wav is missing; run 'apt-get install asterisk-core-sounds-en-wav'"
say "$out/pause.wav" "$sounds/your.wav" "$sounds/hours.wav" "$out/pause.wav" "$out/pause.wav" "$sounds/goodbye.wav" "$out/pause.wav" "$out/pause.wav"

"$trunkline" serve --listen "udp:127.0.0.1:$port" --speech "$speech" --flow flows/receptionist.yaml \
    --database "$out/calls.sqlite" --recordings "$out/recordings" --drain 5 \
    > >(tee "$out/transcript.txt") 2>"$out/server.log" &
server=$!
for _ in $(seq 100); do
    grep -q '^Ready' "$out/transcript.txt" 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || fail "the server did not start"
    sleep 0.2
done
grep -q '^Ready' "$out/transcript.txt" || fail "the server was not ready within 20 seconds"

cat >"$out/phone/config" <<CONFIG
sip_listen 127.0.0.1:$phone_port
audio_source aufile,$PWD/$out/question.wav
audio_player aubridge,loudspeaker
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
jitter_buffer_delay 2-10
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
snd_path $PWD/$out/heard
CONFIG
echo "<sip:phone@127.0.0.1:$phone_port>;regint=0;answermode=auto;audio_codecs=pcmu" >"$out/phone/accounts"
: >"$out/phone/contacts"
echo "baresip calls sip:agent@127.0.0.1:$port ..."
baresip -f "$out/phone" -v -e "/dial sip:agent@127.0.0.1:$port" </dev/null >"$out/phone.log" 2>&1 &
phone=$!
for _ in $(seq 300); do
    grep -q 'terminated (duration' "$out/phone.log" 2>/dev/null && break
    kill -0 "$phone" 2>/dev/null || fail "baresip stopped"
    sleep 0.2
done
kill "$phone" 2>/dev/null; wait "$phone" 2>/dev/null; phone=
kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; server=

echo
id=$("$trunkline" calls list --json --database "$out/calls.sqlite" | sed -n 's/.*"id" : "\(.*\)".*/\1/p' | head -n 1)
[ -n "$id" ] || fail "no call reached the agent"
"$trunkline" calls show "$id" --database "$out/calls.sqlite" | tee "$out/call.txt"
echo
grep -qi '  caller .*hours' "$out/call.txt" || fail "the agent did not understand the question"
grep -qi '  agent .*nine to five' "$out/call.txt" || fail "the agent did not answer the question"
recording=$out/recordings/$id.wav
[ -s "$recording" ] || fail "there is no recording"
echo "The conversation took place."
echo "  transcript  $out/transcript.txt"
echo "  recording   $recording (left the caller, right the agent)"
echo "  call        $trunkline calls show $id --database $out/calls.sqlite"
exit 0
