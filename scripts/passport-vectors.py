#!/usr/bin/env python3
"""Writes Fixtures/vectors/passport.json: signatures about callers (RFC 8225) made by somebody else's program.

Needs the package `cryptography` (OpenSSL underneath). The keys are made anew each time; nothing depends on them.
"""
import base64
import json
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

ROOT = pathlib.Path(__file__).resolve().parent.parent
URL = "https://cert.example.org/passport.cer"
IAT = 1_471_375_418


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def text(value, **options):
    return json.dumps(value, ensure_ascii=False, **options).encode()


def compact_json(value):
    return text(value, sort_keys=True, separators=(",", ":"))


def sign(key, header, payload, der=False):
    signing_input = f"{b64(header)}.{b64(payload)}"
    signature = key.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(signature)
    raw = signature if der else r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return signing_input, b64(raw)


def point(key):
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint).hex()


key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
base = {"alg": "ES256", "typ": "passport", "x5u": URL}
shaken = base | {"ppt": "shaken"}
claims = {"dest": {"tn": ["15555550199"]}, "iat": IAT, "orig": {"tn": "15555550100"}}
full_claims = claims | {"attest": "A", "origid": "123e4567-e89b-12d3-a456-426655440000"}
uri_claims = {"dest": {"uri": ["sip:bob@example.com"]}, "iat": IAT, "orig": {"uri": "sip:alice@example.com"}}

vectors = []


def add(name, verdict, header, payload, signer=key, compact=False, change=None, der=False, ppt=None):
    signing_input, signature = sign(signer, header, payload, der)
    token = f"..{signature}" if compact else f"{signing_input}.{signature}"
    token = change(token) if change else token
    identity = f"{token};info=<{URL}>;alg=ES256" + (f";ppt={ppt}" if ppt else "")
    vectors.append({"name": name, "identity": identity, "verdict": verdict})


add("full", "verified", compact_json(base), compact_json(claims))
add("full, of SHAKEN", "verified", compact_json(shaken), compact_json(full_claims), ppt="shaken")
add("compact", "verified", compact_json(base), compact_json(claims), compact=True)
add("full, with blanks and in another order", "verified", text(base, indent=1), text(dict(reversed(claims.items())), indent=2))
add("full, with a claim of its own", "verified", compact_json(base), compact_json(claims | {"x": [1, {"y": "\u00e9\n"}]}))
add("signed with another key", "438", compact_json(base), compact_json(claims), signer=other)
add("signature in DER", "438", compact_json(base), compact_json(claims), der=True)
add("changed after it was signed", "438", compact_json(base), compact_json(claims),
    change=lambda token: token.replace(b64(compact_json(claims)), b64(compact_json(claims | {"iat": IAT + 1}))))
add("about another caller", "438", compact_json(base), compact_json(claims | {"orig": {"tn": "15555550101"}}))
add("about a call to somebody else", "438", compact_json(base), compact_json(claims | {"dest": {"tn": ["15555550198"]}}))
add("61 seconds old", "403", compact_json(base), compact_json(claims | {"iat": IAT - 61}))
add("60 seconds old", "verified", compact_json(base), compact_json(claims | {"iat": IAT - 60}))
add("61 seconds ahead", "403", compact_json(base), compact_json(claims | {"iat": IAT + 61}))
add("compact, of SHAKEN", "438", compact_json(shaken), compact_json(full_claims), compact=True, ppt="shaken")
add("of SHAKEN without attest", "438", compact_json(shaken), compact_json(claims), ppt="shaken")
add("of SHAKEN, but the header does not say so", "438", compact_json(shaken), compact_json(full_claims))
add("of an unknown extension", "unsigned", compact_json(base | {"ppt": "foo"}), compact_json(claims), ppt="foo")
add("another algorithm in the token", "437", compact_json(base | {"alg": "none"}), compact_json(claims))
add("another certificate in the token", "438", compact_json(base | {"x5u": URL + "2"}), compact_json(claims))
add("a name twice", "438", compact_json(base), compact_json(claims)[:-1] + b',"iat":1}')
add("no JSON", "438", compact_json(base), b"nonsense")
add("two callers", "438", compact_json(base), compact_json(claims | {"orig": {"tn": "15555550100", "uri": "sip:a@b"}}))
add("nobody called", "438", compact_json(base), compact_json(claims | {"dest": {"tn": []}}))

rows = []
for vector in vectors:
    rows.append(vector | {"from": "<sip:+15555550100@example.com>;tag=1", "to": "<sip:+15555550199@example.com>"})
signing_input, signature = sign(key, compact_json(base), compact_json(uri_claims))
rows.append({
    "name": "addresses instead of numbers", "identity": f"{signing_input}.{signature};info=<{URL}>", "verdict": "verified",
    "from": "\"Alice\" <sip:alice@EXAMPLE.com:5060;transport=tcp>;tag=1", "to": "<sip:bob@example.com>"})

(ROOT / "Fixtures/vectors/passport.json").write_text(json.dumps({
    "made": "by scripts/passport-vectors.py with the Python package cryptography",
    "point": point(key), "private": key.private_numbers().private_value.to_bytes(32, "big").hex(),
    "otherPoint": point(other), "now": IAT, "rows": rows}, indent=1) + "\n")
