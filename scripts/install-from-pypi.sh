#!/usr/bin/env bash
# Installs programs from PyPI that the tests run against, with all that they need, into a folder of their own.
# Does nothing when they are there already. For the scripts beside this one.
#   scripts/install-from-pypi.sh NAME VERSION FOLDER REQUIREMENT...
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1 version=$2 folder=$3
shift 3

[ "$(cat "$folder/VERSION" 2>/dev/null)" = "$version" ] && exit 0
echo "Fetching $name $version into $folder ..."
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
python3 -m venv "$folder"
if ! "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"; then
    rm -rf "$folder"
    echo "$name could not be fetched: see the lines above, and run this again once PyPI (or your mirror, see 'pip config') can be reached. Without it the tests against it are skipped." >&2
    exit 1
fi
printf '%s\n' "$version" >"$folder/VERSION"
