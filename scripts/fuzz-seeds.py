#!/usr/bin/env python3
"""Puts what the fuzzer starts from into OUT/seeds-TARGET: the corpus, the fixtures, and the header values in them.

  scripts/fuzz-seeds.py OUT
  scripts/fuzz-seeds.py --fixtures OUT           without the corpora; what is there is removed before
  scripts/fuzz-seeds.py --keep TARGET FOLDER     writes Fixtures/fuzz/TARGET.corpus from a folder of inputs, the
                                                 smallest first, as much as fits; fixtures are left out

A corpus has one input in base64 on each line.
"""
import base64
import hashlib
import json
import shutil
import struct
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
corpora = root / "Fixtures/fuzz"
most_octets = 96_000
# The order of FuzzTarget.headerReaders: the first octet of an input says which header it is.
headers = ["via", "from", "cseq", "call-id", "content-type", "www-authenticate", "authorization", "replaces", "rack",
           "session-expires", "subscription-state", "expires", "contact", "record-route", "refer-to", "max-forwards",
           "min-se", "retry-after", "message-summary"]
same = {"v": "via", "f": "from", "t": "from", "to": "from", "m": "contact", "i": "call-id", "c": "content-type",
        "route": "record-route", "proxy-authenticate": "www-authenticate", "proxy-authorization": "authorization",
        "r": "refer-to", "x": "session-expires", "min-expires": "expires"}

seeds = {}


def put(target, octets):
    seeds.setdefault(target, set()).add(octets)


def put_header(name, value):
    name = same.get(name, name)
    if name in headers:
        put("header", bytes([headers.index(name)]) + value)


messages = [path.read_bytes() for path in sorted((root / "Fixtures/sip/torture").rglob("*.dat"))]
for message in messages:
    put("message", message)
    put("framing", message)
    put("agent", message)
    head = message.split(b"\r\n\r\n")[0].split(b"\r\n")
    for line in head[1:]:
        name, _, value = line.partition(b":")
        value = value.strip()
        put_header(name.strip().lower().decode("latin-1"), value)
        if b"sip:" in value:
            put("uri", value[value.find(b"sip:"):].split(b">")[0])
put("framing", b"".join(messages[:3]))
put("agent", b"\0".join(messages[:4]) + b"\0\0\0")
for path in sorted((root / "Fixtures/sdp").rglob("*.sdp")):
    put("sdp", path.read_bytes())
for row in (root / "Fixtures/sip/uri/parse.tsv").read_text().splitlines()[1:]:
    put("uri", row.split("\t")[0].encode())
digest = b'Digest username="u", realm="r", nonce="n", uri="sip:h", response="0", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"'
put("digest", digest)
put("digest", b'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth,auth-int", opaque="o", stale=true')
for selector, value in enumerate([b'Q.850;cause=16;text="a"', b"id;critical", b"<sip:a@h>;reason=no-answer;counter=1",
                                  b"<sip:a@h?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1", b"00AB;purpose=x;encoding=hex",
                                  b"+1 (555) 555-0100", b"Sat, 13 Nov 2010 23:29:00 GMT"]):
    put("identity", bytes([selector]) + value)
for row in json.loads((root / "Fixtures/vectors/passport.json").read_text())["rows"]:
    put("identity", bytes([7]) + row["identity"].encode())
put("body", b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Disposition: signal;handling=optional\r\n\r\nx\r\n--b--\r\n")
put_header("authorization", digest)
for name, value in [
    ("www-authenticate", b'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"'),
    ("replaces", b"a@b;to-tag=1;from-tag=2;early-only"), ("rack", b"776656 1 INVITE"),
    ("session-expires", b"1800;refresher=uas"), ("subscription-state", b"terminated;reason=noresource;retry-after=7"),
    ("expires", b"3600"), ("expires", b"0.733"), ("refer-to", b"<sip:a@b;method=INVITE?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>"),
    ("min-se", b"90;x=y"), ("retry-after", b"18000;duration=3600 (in a meeting)"),
    ("contact", b'<sip:a@b>;q=0.5;expires=60;+sip.instance="<urn:uuid:f81d4fae>";reg-id=1;pub-gruu="sip:a@b;gr=1"'),
    ("message-summary", b"Messages-Waiting: yes\r\nMessage-Account: sip:a@b\r\nVoice-Message: 2/8 (0/2)\r\n"),
]:
    put_header(name, value)
for row in json.loads((root / "Fixtures/sip/stun/vectors.json").read_text())["messages"]:
    put("packet", bytes.fromhex(row["hex"]))
name = b"\7example\3com\0"
for kind, data in [(1, bytes([192, 0, 2, 1])), (28, bytes(16)), (33, bytes([0, 10, 0, 20, 0x13, 0xC4, 1, 0x73, 0xC0, 12])),
                   (35, bytes([0, 50, 0, 60, 1, 0x73, 1, 0x78, 0, 0xC0, 12]))]:
    head = bytes([0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]) + name + bytes([0, kind, 0, 1])
    put("packet", head + b"\xc0\x0c" + bytes([0, kind, 0, 1, 0, 0, 0, 60, 0, len(data)]) + data)
rtp = [bytes.fromhex(row["hex"]) for file in ("headers", "rtcp")
       for row in json.loads((root / f"Fixtures/rtp/{file}.json").read_text())["packets"]]
for octets in rtp:
    put("rtp", octets)
# What each piece is, how long it is, and its octets; 0 is passing time.
for row in json.loads((root / "Fixtures/rtp/dtmf.json").read_text())["cases"]:
    pieces = [bytes.fromhex(packet["hex"]) for packet in row["packets"]]
    put("media", b"".join(bytes([4, len(piece)]) + piece + b"\0\0" for piece in pieces if len(piece) < 256))
speech = [bytes([0x80, 0, 0, number]) + (number * 160).to_bytes(4, "big") + bytes(4) + bytes(range(160)) for number in range(12)]
put("media", b"".join(bytes([4, len(piece)]) + piece + b"\0\0" for piece in speech) + b"\0\x32")
put("media", b"".join(bytes([2, len(piece)]) + piece for piece in speech))
for row in json.loads((root / "Fixtures/vectors/opus.json").read_text())["packets"]:
    put("codec", b"\0" + bytes.fromhex(row["hex"]))
key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
for value in (f"1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4;inline:{key}|2^20|2:4 FEC_ORDER=FEC_SRTP WSH=64",
              "4 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0OD6ChoqOkpaanqKmqqw==|1000"):
    put("codec", b"\2" + value.encode())
put("codec", b"\3maxplaybackrate=16000;sprop-maxcapturerate=16000;maxaveragebitrate=30000;stereo=1;cbr=1;"
    b"useinbandfec=1;usedtx=1;ptime=20;minptime=10;maxptime=40;sprop-stereo=1")
put("codec", bytes([4, 40, 127, 100, 130]))
put("media", b"".join(bytes([3, len(piece)]) + piece for piece in rtp if len(piece) < 256))
put("certificate", bytes.fromhex("3003020100"))
# Two octets for each operation; an even row of packets, one with losses, one that comes late, and what interrupts it.
steady = b"".join(bytes([kind, 20, 0, 0]) for kind in [1, 9, 17] * 4)
put("jitter", steady)
put("jitter", b"".join(bytes([1, 20, 4, 129, 5, 129, 1, 20, 0, 1]) for _ in range(8)))
put("jitter", bytes([1, 20, 0, 20]) + bytes([1, 20] * 30) + bytes([0, 60]))
put("jitter", steady + bytes([6, 1, 6, 2, 0, 5, 6, 5, 1, 20, 1, 20, 0, 3, 6, 0]) + steady)
# The first octet is what is agreed on; then operations, of which those that bring a packet have its octets behind them.
ticks = b"\0\0"
for choice in (0, 3, 48, 192):
    put("session", bytes([choice]) + b"".join(bytes([2, len(piece)]) + piece + ticks for piece in speech) + b"\0\x20")
    put("session", bytes([choice, 5, 1, 0, 20, 6, 24, 0, 9, 6, 18, 0, 3, 6, 2, 6, 11, 5, 2, 0, 31, 255, 0]))
for row in json.loads((root / "Fixtures/rtp/dtmf.json").read_text())["cases"]:
    pieces = [bytes.fromhex(packet["hex"]) for packet in row["packets"]]
    put("session", b"\0" + b"".join(bytes([2, len(piece)]) + piece + ticks for piece in pieces if len(piece) < 256))
put("session", b"\0" + b"".join(bytes([4, len(piece)]) + piece for piece in rtp if len(piece) < 256) + b"\0\x20")
sound = bytes(range(64))
for format, channels, bits in ((1, 1, 16), (1, 2, 16), (7, 1, 8), (6, 1, 8)):
    head = struct.pack("<HHIIHH", format, channels, 8000, 8000 * channels * bits // 8, channels * bits // 8, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(sound)) + sound
    put("audiofile", b"RIFF" + struct.pack("<I", len(chunks)) + chunks)


# Journals: as files where they are short; else as records, kind by kind, and the first of all.
def records(octets):
    place = 5
    while place + 13 <= len(octets):
        length = struct.unpack(">I", octets[place:place + 4])[0]
        kind, time = struct.unpack(">Bq", octets[place + 4:place + 13])
        yield kind, time, octets[place + 13:place + 4 + length]
        place += 4 + length


def put_records(wanted):
    out, before = b"\1", None
    for kind, time, payload in wanted:
        late = 0 if before is None else max(0, min(255, (time - before) // 1_000_000))
        before = time
        piece = struct.pack(">BBH", kind, late, len(payload)) + payload
        if len(out) + len(piece) > 8_000:
            break
        out += piece
    put("journal", out)


for path in sorted((root / "Fixtures/replay").glob("*.journal")):
    octets = path.read_bytes()
    if len(octets) < 8_000:
        put("journal", b"\0" + octets)
    whole = list(records(octets))
    put_records(whole)
    for track in range(1, 4):
        put_records(record for record in whole if record[0] >> 4 == track)


def ogg(flags, granule, number, packets):
    sizes = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    page = b"OggS\0" + bytes([flags]) + struct.pack("<QIII", granule, 1, number, 0) + bytes([len(sizes)]) + sizes
    page += b"".join(packets)
    remainder = 0
    for octet in page:
        remainder ^= octet << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x04C11DB7 if remainder & 0x80000000 else 0)
        remainder &= 0xFFFFFFFF
    return page[:22] + struct.pack("<I", remainder) + page[26:]


opus = [bytes.fromhex(row["hex"]) for row in json.loads((root / "Fixtures/vectors/opus.json").read_text())["packets"]]
for channels in (1, 2):
    head = b"OpusHead\1" + bytes([channels]) + struct.pack("<HIhB", 312, 16000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 1) + b"t" + struct.pack("<I", 0)
    put("audiofile", ogg(2, 0, 0, [head]) + ogg(0, 0, 1, [tags])
        + ogg(4, 960 * len(opus), 2, [packet for packet in opus if len(packet) < 1000][:20]))


def folder(out):
    for target, inputs in seeds.items():
        place = out / f"seeds-{target}"
        place.mkdir(parents=True, exist_ok=True)
        for octets in inputs:
            (place / hashlib.sha1(octets).hexdigest()[:16]).write_bytes(octets)


if sys.argv[1] == "--fixtures":
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    folder(Path(sys.argv[2]))
elif sys.argv[1] == "--keep":
    _, _, target, place = sys.argv
    inputs = {path.read_bytes() for path in Path(place).iterdir() if path.is_file()} - seeds.get(target, set())
    lines, size = [], 0
    for octets in sorted(inputs, key=lambda octets: (len(octets), octets)):
        line = base64.b64encode(octets).decode()
        size += len(line) + 1
        if size > most_octets:
            break
        lines.append(line)
    (corpora / f"{target}.corpus").write_text("".join(line + "\n" for line in sorted(lines)))
    print(f"{target}: {len(lines)} of {len(inputs)} inputs kept")
else:
    # What is in the corpora has found its way through the code before; what was found once is tried always.
    for path in sorted(corpora.glob("*.corpus")):
        for line in path.read_text().split():
            put(path.stem, base64.b64decode(line))
    for path in sorted(corpora.rglob("*.found")):
        put(path.name.split("-")[0], path.read_bytes())
    folder(Path(sys.argv[1]))
