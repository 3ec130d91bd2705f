"""Word errors: what the product's recogniser (Moonshine, scripts/install-speech.sh) writes of what a listener gets.

The speech is cut into pieces of 3 to 9 s at its own pauses; what came out of a buffer is cut at the same places, moved by
the lag measured there, so that every buffer is judged by the same pieces. The words that were spoken are known: Debian has
the text of set a beside its recordings. Numbers count by their digits, however they are written."""
import gzip
import os
import re
import subprocess
from pathlib import Path

import numpy as np
from jitter_listen import lags
from scipy.signal import resample_poly

RATE = 8000
SPEECH = Path(os.environ.get("TRUNKLINE_SPEECH", Path.home() / ".local/share/trunkline/speech"))
PROMPTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
READINGS = Path("/usr/share/pocketsphinx/test/data/librivox/transcription")
# What speech.sh puts together, as far as it is whole within 120 s.
ORDER = ("demo-instruct", "0870", "0880", "demo-congrats", "0890")
DIGITS = {w: str(n) for n, w in enumerate("zero one two three four five six seven eight nine".split())}
TENS = {w: str(n) for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}


def missing():
    """What is not installed, or None."""
    for path in (SPEECH / "moonshine/encoder_model.ort", PROMPTS, READINGS):
        if not path.exists():
            return str(path)
    return None


def build(here, work):
    library = SPEECH / "lib"
    subprocess.check_call([
        "gcc", "-O2", "-w", "-D_GNU_SOURCE", "-I", here.parent.parent / "Sources/CLibs/CSherpa", "-o", work / "words",
        here / "peers/words.c", library / "libsherpa-onnx-c-api.so", f"-Wl,-rpath,{library}",
        "-Wl,--allow-shlib-undefined"])
    return work / "words"


def normalized(text):
    """Lower-case words; numbers as single digits; letters that are spelled as one word."""
    words = re.sub(r"[^a-z0-9]", " ", text.lower().replace("'", "")).split()
    found = []
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if word in DIGITS:
            found.append(DIGITS[word])
        elif word in TENS:
            found += [TENS[word]] if following in DIGITS else [TENS[word], "0"]
        elif word == "hundred":
            found += ["0", "0"]
        elif word == "point" and (following in DIGITS or following.isdigit()):
            continue
        elif word.isdigit():
            found += word
        else:
            found.append(word)
    joined = re.sub(r"\b([a-z]) (?=[a-z]\b)", r"\1", " ".join(found))
    return joined.replace("voice mail", "voicemail").replace("mister", "mr").split()


def spoken():
    prompts = gzip.decompress(PROMPTS.read_bytes()).decode("utf-8", "replace").splitlines()
    readings = re.findall(r"<s> (.*) </s> \(\S*-(\d+)\)", READINGS.read_text())
    texts = dict(line.split(": ", 1) for line in prompts if ": " in line) | {name: text for text, name in readings}
    return normalized(" ".join(texts[name] for name in ORDER))


def pauses(speech, quiet=300):
    """Where the speech is cut, in samples: the longest pause 3 to 9 s after the one before."""
    step = RATE // 100
    level = np.sqrt(np.convolve(speech.astype(float) ** 2, np.ones(step) / step, "same"))[::step]
    runs, start = [], None
    for index, value in enumerate(np.r_[level, quiet]):
        if value < quiet:
            start = index if start is None else start
        else:
            if start is not None and index - start >= 8:
                runs.append(((start + index) * step // 2, index - start))
            start = None
    cuts = [0]
    while near := [run for run in runs if 3 * RATE <= run[0] - cuts[-1] <= 9 * RATE]:
        cuts.append(max(near, key=lambda run: run[1])[0])
    return cuts[1:]


def follow(cuts, reference, heard):
    """The same cuts in what was heard: by the lag there, then the quietest 80 ms within 150 ms."""
    known = lags(reference, heard)
    length, reach = RATE * 8 // 100, RATE * 15 // 100
    energy = np.convolve(heard.astype(float) ** 2, np.ones(length), "same")
    moved = []
    for cut in cuts:
        near = sorted(known, key=lambda lag: abs(lag[0] + RATE // 5 - cut))[:3]
        place = int(cut + (np.median([lag for _, lag in near]) if near else 0))
        start = max(0, min(place - reach, len(heard) - 1))
        window = energy[start:place + reach]
        moved.append(start + int(np.argmin(window)) if len(window) else len(heard))
    return moved


def distance(truth, words):
    row = list(range(len(words) + 1))
    for i, expected in enumerate(truth, 1):
        diagonal, row[0] = row[0], i
        for j, word in enumerate(words, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != expected))
    return row[-1]


def transcript(program, reference, heard, scratch):
    """What the recogniser writes, a line for each piece."""
    cuts = follow(pauses(reference), reference, heard)
    wide = np.clip(np.round(resample_poly(heard.astype(float), 2, 1)), -32768, 32767).astype(np.int16)
    wide[:2 * cuts[-1]].tofile(scratch)
    places = [str(2 * cut) for cut in cuts[:-1]]
    try:
        return subprocess.run(
            [program, SPEECH, scratch, *places], capture_output=True, text=True, check=True).stdout
    finally:
        Path(scratch).unlink()


def errors(text):
    """Substituted, missing and added words over the words that were spoken, in per cent."""
    truth = spoken()
    return 100 * distance(truth, normalized(text)) / len(truth)
