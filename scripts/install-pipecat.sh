#!/usr/bin/env bash
# Installs pipecat, a framework for voice bots, for the tests against it: into a folder of its own, about 530 MB.
#   scripts/install-pipecat.sh [FOLDER]     by default .build-artifacts/pipecat
version=1.14.0
exec "$(dirname "$0")/install-from-pypi.sh" pipecat "$version" "${1:-.build-artifacts/pipecat}" \
    "pipecat-ai[websocket]==$version" fastapi uvicorn
