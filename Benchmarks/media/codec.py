#!/usr/bin/env python3
"""What a frame of 20 ms costs in codecs, SRTP and resampling, beside the C libraries.

usage: codec.py [PATTERN]: the rows whose names match; `talkoff`: keys heard in hours of speech (there are none);
`rim ...`: what calls cost a whole server, by rim.py with the arguments that follow.

Instructions by callgrind, as the difference of two runs of different lengths; allocations likewise.
"""
import re
import subprocess
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent))
import measure  # noqa: E402

build = here / ".build"
speech = build / "speech"
ours = build / "media-bench-codec"
peer = build / "codec-peer"

suites = ["AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32",
          "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32"]

# row, case, frames, what must be, what is aimed for (as ratios)
rows = [("4a", case, 1000, 1.5, 0.5) for case in ["pcmu-decode", "pcmu-encode", "pcma-decode", "pcma-encode"]]
rows += [("4b", case, 200, 1.0, 0.5) for case in ["g722-encode", "g722-decode"]]
rows += [("4c", case, 100, 1.05, 1.01) for case in [
    "opus-encode-16", "opus-decode-16", "opus-conceal-16", "opus-encode-48", "opus-decode-48"]]
rows += [("4c", f"{what}-{suite}", 1000, 1.05, 1.01) for suite in suites for what in ["protect", "unprotect"]]
rows += [("4c", case, 200, 1.05, 1.01) for case in [
    "resample-8-16-5", "resample-16-8-5", "resample-8-48-5", "resample-48-8-5"]]


def prepare():
    subprocess.run(["swift", "build", "-c", "release", "--package-path", here], check=True, stdout=sys.stderr)
    # This valgrind can't read Swift's debugging information.
    subprocess.run(["objcopy", "--strip-debug", build / "release/media-bench-codec", ours], check=True)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "opus", "libsrtp2", "speexdsp", "spandsp"],
                           check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["cc", "-O2", "-o", peer, here / "peers/codec.c", *flags], check=True)
    if not (speech / "talk8k.raw").exists():
        subprocess.run([here / "codec_speech.sh", speech], check=True)


def main():
    if sys.argv[1:2] == ["rim"]:
        sys.exit(subprocess.run([sys.executable, here / "rim.py", *sys.argv[2:]]).returncode)
    prepare()
    if sys.argv[1:] == ["talkoff"]:
        subprocess.run([ours, "talkoff", speech / "talk8k.raw", "1"], check=True)
        return
    pattern = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    missed = 0
    print(f"{'row':4}{'case':36}{'peer':>11}{'ours':>11}{'ratio':>8}{'must':>7}{'aim':>6}{'allocations: peer':>19}{'ours':>7}")
    for row, case, frames, must, aim in rows:
        if not pattern.search(case):
            continue
        theirs, mine = (measure.instructions([program, case, speech], frames, frames * 3) for program in (peer, ours))
        heap, ours_heap = (
            measure.allocations([program, case, speech], frames, frames * 3) for program in (peer, ours))
        ratio = mine / theirs
        missed += ratio > must or ours_heap > heap + 0.01
        print(f"{row:4}{case:36}{theirs:11.0f}{mine:11.0f}{ratio:8.3f}{must:7.2f}{aim:6.2f}{heap:19.2f}{ours_heap:7.2f}", flush=True)
    sessions = [case for case in ["session-pcmu", "session-g722", "session-opus"] if pattern.search(case)]
    if sessions:
        print("\na call's sound: a packet in, 20 ms out, 20 ms in, a packet out; allocations between two reports")
    for case in sessions:
        cost = measure.instructions([ours, case, speech], 1000, 3000)
        # Between 200 and 300 frames no report is due, which has storage of its own every few seconds.
        heap = measure.allocations([ours, case, speech], 203, 247)
        missed += heap > 0
        print(f"3   {case:36}{cost:22.0f}{heap:39.2f}", flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
