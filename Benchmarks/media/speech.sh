#!/bin/bash
# speech.sh a|b OUTDIR: 120 s of recorded speech from Debian as s16le mono at 8, 16 and 48 kHz, each talker to the same peak.
#   a  one woman's prompts and one woman's reading, in English; what the figures of the peers were measured with
#      (apt: asterisk-core-sounds-en-g722 pocketsphinx-testdata)
#   b  other voices, a man's among them, in Italian, Russian and French, so that nothing is tuned to the first
#      (apt: asterisk-core-sounds-it-g722 asterisk-core-sounds-ru-g722 asterisk-core-sounds-fr-g722)
# Both need sox and ffmpeg.
set -e
KIND=$1 OUT=$2
SOUNDS=/usr/share/asterisk/sounds
READ=/usr/share/pocketsphinx/test/data/librivox
TMP=$(mktemp -d)
trap 'rm -r "$TMP"' EXIT
mkdir -p "$OUT"

wideband() { ffmpeg -v error -y -f g722 -i "$1" -ar 16000 -ac 1 "$2"; }

case $KIND in
a)
    wideband $SOUNDS/en_US_f_Allison/demo-instruct.g722 "$TMP/0.wav"
    wideband $SOUNDS/en_US_f_Allison/demo-congrats.g722 "$TMP/1.wav"
    n=0
    for f in "$READ"/*.wav; do [ $n -lt 5 ] && sox "$f" -r 16000 -c 1 "$TMP/l$((n++)).wav"; done
    ORDER="0 l0 l1 1 l2 l3 l4"
    ;;
b)
    wideband $SOUNDS/it_IT_m_Carlo/demo-congrats.g722 "$TMP/0.wav"
    wideband $SOUNDS/ru_RU_f_IvrvoiceRU/demo-congrats.g722 "$TMP/1.wav"
    wideband $SOUNDS/fr_CA_f_June/demo-congrats.g722 "$TMP/2.wav"
    wideband $SOUNDS/it_IT_m_Carlo/demo-instruct.g722 "$TMP/3.wav"
    wideband $SOUNDS/fr_CA_f_June/demo-instruct.g722 "$TMP/4.wav"
    ORDER="0 1 2 3 4"
    ;;
*)
    echo "usage: speech.sh a|b OUTDIR" >&2
    exit 2
    ;;
esac
FILES=
for name in $ORDER; do
    sox -R --norm=-4 "$TMP/$name.wav" "$TMP/n.$name.wav"
    FILES="$FILES $TMP/n.$name.wav"
done
# shellcheck disable=SC2086
sox $FILES -b 16 -e signed-integer "$TMP/all.wav" rate 16000
RAW="-e signed -b 16 -c 1"
sox -D "$TMP/all.wav" -t raw "$OUT/speech16k.raw" trim 0 120
# shellcheck disable=SC2086
sox -D -r 16000 $RAW "$OUT/speech16k.raw" -r 8000 -t raw "$OUT/speech8k.raw"
# shellcheck disable=SC2086
sox -D -r 16000 $RAW "$OUT/speech16k.raw" -r 48000 -t raw "$OUT/speech48k.raw"
