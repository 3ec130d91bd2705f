#!/usr/bin/env bash
# Installs pipecat, a framework for voice bots, for the tests against it: into a folder of its own, about 530 MB.
# Does nothing when it is there already.
#   scripts/install-pipecat.sh [FOLDER]     by default .build-artifacts/pipecat
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-.build-artifacts/pipecat}
version=1.14.0

[ "$(cat "$folder/VERSION" 2>/dev/null)" = "$version" ] && exit 0
echo "Fetching pipecat $version into $folder ..."
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
python3 -m venv "$folder"
if ! "$folder/bin/pip" install --quiet --disable-pip-version-check "pipecat-ai[websocket]==$version" fastapi uvicorn; then
    rm -rf "$folder"
    echo "pipecat could not be fetched: see the lines above, and run this again once PyPI (or your mirror, see 'pip config') can be reached. Without it the tests against it are skipped." >&2
    exit 1
fi
printf '%s\n' "$version" >"$folder/VERSION"
