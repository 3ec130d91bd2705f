"""Recorded prompts with their text, and how many words of them a recogniser gets wrong."""
import gzip
import re
import subprocess
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
READ = Path("/usr/share/pocketsphinx/test/data/librivox")
_recogniser = None


def _normal(text):
    text = re.sub(r"[^a-z' ]+", " ", text.lower().replace("-", " "))
    return text.replace("mr ", "mister ").replace("good bye", "goodbye").replace("log in", "login").split()


def prompts(count):
    """Samples at 8 kHz and text: five readings, then prompts of at least six words, no digits among them."""
    found = []
    for line in (READ / "transcription").read_text().splitlines():
        text, name = re.match(r"<s> (.*) </s> \((.*)\)", line).groups()
        found.append((READ / f"{name}.wav", text))
    for line in gzip.open(TEXTS, "rt"):
        name, _, text = line.strip().partition(": ")
        if len(text.split()) >= 6 and not re.search(r"[0-9\[\]/]", text) and (SOUNDS / f"{name}.wav").exists():
            found.append((SOUNDS / f"{name}.wav", text))
    result = []
    for path, text in found[:count]:
        raw = subprocess.run(["sox", "-D", "-G", path, "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-"],
                             check=True, capture_output=True).stdout
        # A recogniser wants a moment of the line before and after.
        result.append((np.pad(np.frombuffer(raw, np.int16).astype(float), (2400, 4000)), text))
    return result


def _wrong(job):
    samples, text = job
    global _recogniser
    if _recogniser is None:
        import moonshine_voice
        from moonshine_voice.transcriber import Transcriber
        assets = Path(moonshine_voice.__file__).parent / "assets" / "tiny-en"
        _recogniser = Transcriber(str(assets), moonshine_voice.ModelArch.TINY)
    wide = np.clip(resample_poly(samples, 2, 1) / 32768, -1, 1).astype(np.float32)
    heard = _normal(" ".join(line.text for line in _recogniser.transcribe_without_streaming(wide.tolist(), 16000).lines))
    said = _normal(text)
    distance = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, distance[0] = distance[0], i
        for j, other in enumerate(heard, 1):
            before, distance[j] = distance[j], min(distance[j] + 1, distance[j - 1] + 1, before + (word != other))
    return distance[-1], len(said)


def errors(executor, ways):
    """Word errors in % for each list of samples and texts."""
    result = []
    for pieces in ways:
        counts = list(executor.map(_wrong, pieces, chunksize=4))
        result.append(100 * sum(c[0] for c in counts) / sum(c[1] for c in counts))
    return result
