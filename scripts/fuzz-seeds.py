#!/usr/bin/env python3
"""Puts what the fuzzer starts from into OUT/seeds-TARGET: the fixtures, and the header values in them.

  scripts/fuzz-seeds.py OUT
"""
import hashlib
import json
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
for selector, value in enumerate([b'Q.850;cause=16;text="a"', b"id;critical", b"<sip:a@h>;reason=no-answer;counter=1",
                                  b"<sip:a@h?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1", b"00AB;purpose=x;encoding=hex",
                                  b"+1 (555) 555-0100", b"Sat, 13 Nov 2010 23:29:00 GMT"]):
    put("identity", bytes([selector]) + value)
for row in json.loads((root / "Fixtures/vectors/passport.json").read_text())["rows"]:
    put("identity", bytes([7]) + row["identity"].encode())
put("body", b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Disposition: signal;handling=optional\r\n\r\nx\r\n--b--\r\n")
# What was found once is tried always.
for path in sorted((root / "Fixtures/fuzz").rglob("*.found")):
    put(path.name.split("-")[0], path.read_bytes())
