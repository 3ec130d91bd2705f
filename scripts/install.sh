#!/usr/bin/env bash
# Installs the Debian packages that building (and, with --tests, testing) needs. Does nothing when all are there.
#   scripts/install.sh [--demo | --tests | --bench | --bench-media]
set -euo pipefail

minimum=6.2
if ! command -v swift >/dev/null; then
    echo "Swift $minimum or later is needed and no 'swift' is on the PATH: install the Debian 12 toolchain from https://www.swift.org/install/linux/ and run this again." >&2
    exit 1
fi
have=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
if [ "$(printf '%s\n%s\n' "$minimum" "${have:-0}" | sort -V | head -n 1)" != "$minimum" ]; then
    echo "Swift $minimum or later is needed and 'swift' is version ${have:-unknown}: install a newer toolchain from https://www.swift.org/install/linux/ and run this again." >&2
    exit 1
fi

packages=(
    # what the toolchain links with
    git ca-certificates make pkg-config libc6-dev libstdc++-12-dev zlib1g-dev
    # what trunkline links with
    libsrtp2-dev libopus-dev libspeexdsp-dev libc-ares-dev libsqlite3-dev
    # the embedded voice: its phonemes, and what fetches its models
    espeak-ng python3 python3-pip
)
if [ "${1:-}" = --tests ] || [ "${1:-}" = --demo ]; then
    packages+=(baresip sox asterisk-core-sounds-en-wav)
fi
if [ "${1:-}" = --tests ]; then
    packages+=(
        sip-tester sipsak tshark openssl procps iproute2 kamailio kamailio-tls-modules sofia-sip-bin sipvicious
        python3-websockets python3-venv curl linphone-cli ffmpeg opus-tools gstreamer1.0-tools
        gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
    )
fi
if [ "${1:-}" = --tests ] || [ "${1:-}" = --bench ]; then
    packages+=(valgrind binutils)
fi
if [ "${1:-}" = --bench-media ]; then
    packages+=(
        gcc pkg-config valgrind binutils sox ffmpeg libspandsp-dev libre-dev pocketsphinx-testdata python3-venv
        asterisk-core-sounds-en asterisk-core-sounds-en-wav asterisk-core-sounds-en-g722 asterisk-core-sounds-it-g722
        asterisk-core-sounds-ru-g722 asterisk-core-sounds-fr-g722
    )
fi
if [ "${1:-}" = --bench ]; then
    packages+=(gcc procps sip-tester kamailio libosip2-dev libsofia-sip-ua-dev libre-dev)
fi

# What the tests use besides Debian's packages.
further() {
    [ "${1:-}" = --tests ] || return 0
    local program
    for program in pipecat llama schemathesis opentelemetry mcp telnyx; do "$(dirname "$0")/install-$program.sh" || true; done
}

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    further "$@"
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These Debian packages are missing: ${missing[*]}. Run 'apt-get install ${missing[*]}' as root, then this again." >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
further "$@"
