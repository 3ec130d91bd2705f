#!/usr/bin/env bash
# Installs schemathesis, which asks an HTTP interface whatever its description allows and more, for the tests against it:
# into a folder of its own, about 95 MB.
#   scripts/install-schemathesis.sh [FOLDER]     by default .build-artifacts/schemathesis
version=4.32.5
exec "$(dirname "$0")/install-from-pypi.sh" schemathesis "$version" "${1:-.build-artifacts/schemathesis}" \
    "schemathesis==$version"
