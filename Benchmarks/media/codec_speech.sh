#!/bin/bash
# codec_speech.sh FOLDER: two minutes of read speech at 8, 16 and 48 kHz, and all that there is at 8 kHz, as 16-bit samples.
# Debian: asterisk-core-sounds-en-g722, asterisk-core-sounds-en-wav, pocketsphinx-testdata, sox, ffmpeg.
set -euo pipefail
folder=$1
prompts=/usr/share/asterisk/sounds/en_US_f_Allison
readings=/usr/share/pocketsphinx/test/data/librivox
mkdir -p "$folder"
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
number=10
for file in "$prompts"/demo-instruct.g722 "$readings"/*.wav "$prompts"/demo-congrats.g722; do
    wav=$parts/$number.wav
    case $file in
        *.g722) ffmpeg -v error -y -f g722 -i "$file" -ar 16000 -ac 1 "$wav" ;;
        *) sox "$file" -r 16000 -c 1 -b 16 "$wav" ;;
    esac
    sox --norm=-4 "$wav" "$parts/level-$number.wav"
    number=$((number + 1))
done
sox "$parts"/level-*.wav -t raw -b 16 -e signed-integer "$folder/speech16k.raw" trim 0 120
raw=(-r 16000 -e signed-integer -b 16 -c 1)
for rate in 8 48; do
    sox -D -G "${raw[@]}" "$folder/speech16k.raw" -r ${rate}000 -b 16 -e signed-integer "$folder/speech${rate}k.raw"
done
find /usr/share/asterisk/sounds -name '*.g722' | sort | xargs cat > "$parts/all.g722"
ffmpeg -v error -y -f g722 -i "$parts/all.g722" -ar 8000 -ac 1 -f s16le "$folder/talk8k.raw"
