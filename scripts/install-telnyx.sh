#!/usr/bin/env bash
# Installs Telnyx's own Python package, for the tests against it: into a folder of its own, about 90 MB.
#   scripts/install-telnyx.sh [FOLDER]     by default .build-artifacts/telnyx
version=4.189.0
exec "$(dirname "$0")/install-from-pypi.sh" telnyx "$version" "${1:-.build-artifacts/telnyx}" "telnyx==$version" "pynacl==1.6.2"
