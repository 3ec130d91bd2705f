#!/usr/bin/env bash
# Installs the official Python package of the Model Context Protocol, for the tests against it: into a folder of its own,
# about 60 MB.
#   scripts/install-mcp.sh [FOLDER]     by default .build-artifacts/mcp
version=1.30.0
exec "$(dirname "$0")/install-from-pypi.sh" mcp "$version" "${1:-.build-artifacts/mcp}" "mcp==$version"
