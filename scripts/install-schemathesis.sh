#!/usr/bin/env bash
# Installs schemathesis, which asks an HTTP interface whatever its description allows and more, for the tests against it:
# into a folder of its own, about 95 MB. Does nothing when it is there already.
#   scripts/install-schemathesis.sh [FOLDER]     by default .build-artifacts/schemathesis
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-.build-artifacts/schemathesis}
version=4.32.5

[ "$(cat "$folder/VERSION" 2>/dev/null)" = "$version" ] && exit 0
echo "Fetching schemathesis $version into $folder ..."
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
python3 -m venv "$folder"
if ! "$folder/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"; then
    rm -rf "$folder"
    echo "schemathesis could not be fetched: see the lines above, and run this again once PyPI (or your mirror, see 'pip config') can be reached. Without it the test against it is skipped." >&2
    exit 1
fi
printf '%s\n' "$version" >"$folder/VERSION"
