#!/usr/bin/env python3
"""Puts what the fuzzer starts from into OUT/seeds-TARGET: the fixtures, and the header values in them.

  scripts/fuzz-seeds.py OUT
"""
import hashlib
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
out = Path(sys.argv[1])


def put(target, octets):
    folder = out / f"seeds-{target}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(octets).hexdigest()[:16]).write_bytes(octets)


messages = [path.read_bytes() for path in sorted((root / "Fixtures/sip/torture").rglob("*.dat"))]
for message in messages:
    put("message", message)
    put("framing", message)
    put("agent", message)
    head = message.split(b"\r\n\r\n")[0].split(b"\r\n")
    for line in head[1:]:
        name, _, value = line.partition(b":")
        value = value.strip()
        selector = {b"via": 0, b"v": 0, b"from": 1, b"to": 1, b"contact": 1, b"f": 1, b"t": 1, b"m": 1, b"cseq": 2,
                    b"call-id": 3, b"i": 3, b"content-type": 4, b"c": 4, b"www-authenticate": 5}.get(name.strip().lower())
        if selector is not None:
            put("header", bytes([selector]) + value)
        if b"sip:" in value:
            put("uri", value[value.find(b"sip:"):].split(b">")[0])
put("framing", b"".join(messages[:3]))
put("agent", b"\0".join(messages[:4]) + b"\0\0\0")
for path in sorted((root / "Fixtures/sdp").rglob("*.sdp")):
    put("sdp", path.read_bytes())
for row in (root / "Fixtures/sip/uri/parse.tsv").read_text().splitlines()[1:]:
    put("uri", row.split("\t")[0].encode())
put("digest", b'Digest username="u", realm="r", nonce="n", uri="sip:h", response="0", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"')
put("digest", b'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth,auth-int", opaque="o", stale=true')
put("header", bytes([5]) + b'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"')
# What was found once is tried always.
for path in sorted((root / "Fixtures/fuzz").rglob("*.found")):
    put(path.name.split("-")[0], path.read_bytes())
