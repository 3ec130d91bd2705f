#!/usr/bin/env bash
# Installs OpenTelemetry's own message definitions for Python, by which the tests read the spans that are sent: into a folder of
# its own, about 5 MB.
#   scripts/install-opentelemetry.sh [FOLDER]     by default .build-artifacts/opentelemetry
version=1.45.2
exec "$(dirname "$0")/install-from-pypi.sh" opentelemetry-proto "$version" "${1:-.build-artifacts/opentelemetry}" \
    "opentelemetry-proto==$version"
