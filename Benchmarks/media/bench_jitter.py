#!/usr/bin/env python3
"""The jitter buffer and the concealment beside their peers: the same speech, the same packets, virtual time.

  Benchmarks/media/bench_jitter.py [WORKDIR] [--set=a|b|ab] [--only=SUBSTRING] [--no-peers | --peers=NAME,..] [--no-plots]
                  [--no-words] [--words | --concealment | --replot]

Plays 28 seeded network traces through our buffer, a fixed delay (the best of ten, chosen afterwards), libre, speexdsp and
aiortc, and prints for each PESQ · lag · MOSc, with NetEQ's recorded figures beside them (neteq.tsv); then loss without
jitter through our concealment, repetition and spandsp, and with Opus through our encoder and buffer, and through libopus
with and without error correction. Set a is what the peers' recorded figures were measured with, set b has other voices,
languages and seeds. Set a is in English: where scripts/install-speech.sh has been run, the errors of the product's
recogniser are counted too.

Writes WORKDIR/jitter.*.tsv, words.tsv, concealment.tsv and docs/media/*.png. --words counts words alone, with the fixed
delays that the last run found best; --concealment measures that alone; --replot draws and judges the last run anew.

apt: gcc sox ffmpeg libre-dev libspeexdsp-dev libspandsp-dev libopus-dev asterisk-core-sounds-{en,it,ru,fr}-g722
     asterisk-core-sounds-en pocketsphinx-testdata python3-venv
pip, into WORKDIR/venv: numpy scipy pesq matplotlib aiortc
"""
import concurrent.futures as cf
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import environment

here = Path(__file__).resolve().parent
root = here.parent.parent
options = dict(a[2:].partition("=")[::2] for a in sys.argv[1:] if a.startswith("--"))
plain = [a for a in sys.argv[1:] if not a.startswith("--")]
work = Path(plain[0] if plain else root / ".build-artifacts" / "bench-jitter").resolve()
work.mkdir(parents=True, exist_ok=True)

try:
    import jitter_words
    import numpy as np
    from jitter_listen import evaluate
    from pesq import pesq
except ImportError:
    environment.enter(work, ["numpy", "scipy", "pesq", "matplotlib", "aiortc"])

OURS = os.environ.get("MEDIA_BENCH", str(here / ".build" / "release" / "media-bench-jitter"))
FIXED = (20, 40, 60, 80, 100, 120, 140, 200, 280, 360)
SEEDS = {"a": 0, "b": 1}
GROUPS = {
    "clean and drift": r"^(00|4)",
    "light jitter, reordering, DTX": r"^(1_jitter010|1_jitter030|5|6)",
    "heavy jitter, stalls, steps": r"^(1_jitter060|1_jitter100|3|7|8)",
    "loss": r"^2",
}
LOSSES = ((0, 1), (3, 1), (10, 1), (20, 1), (3, 2.5), (10, 2.5), (20, 2.5))


def say(text=""):
    print(text, flush=True)


def build(source, name, *flags):
    target = work / name
    subprocess.check_call(["gcc", "-O2", "-w", "-I", here / "peers", "-o", target, here / "peers" / source, *flags])
    return str(target)


def prepare(kind):
    folder = work / kind
    if not (folder / "speech8k.raw").exists():
        subprocess.check_call([here / "speech.sh", kind, folder])
    if not (folder / "traces").is_dir():
        command = [sys.executable, here / "jitter_traces.py", folder / "traces", folder / "speech8k.raw"]
        subprocess.check_call([*command, str(SEEDS[kind])])
    return folder


def conversational(mos, lag, path=100):
    """PESQ as an E-model rating R (G.107 inverted), less the delay impairment Id of path + lag ms, back to MOS."""

    def to_mos(r):
        return 1 if r <= 0 else 4.5 if r >= 100 else 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6

    rating = min(np.arange(0, 93.3, 0.1), key=lambda r: abs(to_mos(r) - mos))
    delay = path + max(0, lag)
    return to_mos(rating - (0.024 * delay + (0.11 * (delay - 177.3) if delay > 177.3 else 0)))


def run(job, mark=""):
    """Plays a trace; the file with what came out, or None."""
    kind, trace, name, command = job
    folder = work / kind
    reference, out = folder / "speech8k.raw", folder / f"{name}.{trace}{mark}.raw"
    environment = {**os.environ, "DELAYS": str(folder / f"{name}.{trace}.delays")}
    arguments = [*command.split(), str(folder / "traces" / f"{trace}.csv"), str(reference), str(out)]
    played = subprocess.run(arguments, env=environment, stderr=subprocess.PIPE, text=True)
    return None if played.returncode else out


def play(job):
    out = run(job)
    if out is None:
        return job, None
    heard = evaluate(np.fromfile(work / job[0] / "speech8k.raw", np.int16), np.fromfile(out, np.int16))
    out.unlink()
    return job, (heard["mos"], heard["delay_mean"], conversational(heard["mos"], heard["delay_mean"]))


def transcribe(job):
    """The word errors of what came out, in per cent. The recogniser is deterministic: what it wrote once is kept."""
    out = run(job, ".words")
    if out is None:
        return job, None
    octets = out.read_bytes()
    out.unlink()
    reference = np.fromfile(work / job[0] / "speech8k.raw", np.int16)
    cache = work / "transcripts" / f"{hashlib.sha256(octets).hexdigest()}.txt"
    if not cache.exists():
        heard = np.frombuffer(octets, np.int16)
        text = jitter_words.transcript(work / "words", reference, heard, out.with_suffix(".wide"))
        cache.write_text(text)
    return job, jitter_words.errors(cache.read_text())


def conceal(job):
    name, command, rate, percent, burst, seed = job
    reference, out = work / "a" / f"speech{rate // 1000}k.raw", work / f"plc.{name}.{percent}.{burst}.{seed}.raw"
    subprocess.run(
        [*command.split(), str(percent), str(burst), str(seed), str(reference), str(out)],
        stderr=subprocess.DEVNULL, check=True)
    x, y = np.fromfile(reference, np.int16), np.fromfile(out, np.int16)
    out.unlink()
    length = 8 * rate
    starts = range(0, min(len(x), len(y)) - length + 1, length)
    band = "wb" if rate == 16_000 else "nb"
    return job, float(np.mean([pesq(rate, x[s:s + length], y[s:s + length], band) for s in starts]))


def cell(score):
    return "–" if score is None else f"{score[0]:.2f} · {score[1]:.0f} · {score[2]:.2f}"


def mean(values):
    values = [v for v in values if v is not None]
    return float(np.mean(values)) if values else float("nan")


def programs():
    """The commands that play a trace, by name."""
    found = {"ours": OURS + " jitter"}
    if "no-peers" not in options:
        found |= {f"fixed{d}": build("jb_fixed.c", f"fixed{d}", f"-DDEPTH={d}") for d in FIXED}
        found["libre"] = build("jb_re.c", "libre", "-I/usr/include/re", "-lre", "-lm")
        found["speexdsp"] = build("jb_speex.c", "speexdsp", "-lspeexdsp")
        found["aiortc"] = f"{sys.executable} {here}/peers/jb_aiortc.py"
    wanted = options["peers"].split(",") if "peers" in options else found
    return {n: c for n, c in found.items() if n in wanted or n == "ours" or n.startswith("fixed")}


def bench_traces(kind, executor, neteq):
    folder = prepare(kind)
    traces = sorted(p.stem for p in (folder / "traces").glob("*.csv") if options.get("only", "") in p.stem)
    peers = programs()
    score = {(t, n): None for t in traces for n in peers}
    jobs = [(kind, t, n, c) for t in traces for n, c in peers.items()]
    for (_, trace, name, _), result in executor.map(play, jobs):
        score[trace, name] = result
    best = {}
    for trace in traces:
        fixed = [score[trace, f"fixed{d}"] for d in FIXED if score.get((trace, f"fixed{d}"))]
        best[trace] = max(fixed, key=lambda s: s[2]) if fixed else None
    names = [n for n in peers if not n.startswith("fixed")]
    say(f"\n### Traces, set {kind}: PESQ · lag ms · MOSc\n")
    columns = [*names, "best fixed in hindsight"] + (["NetEQ (recorded)"] if kind == "a" else [])
    say("| trace | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for trace in traces:
        cells = [cell(score[trace, n]) for n in names] + [cell(best[trace])]
        say(f"| {trace} | " + " | ".join(cells + ([cell(neteq[trace])] if kind == "a" else [])) + " |")

    def summary(pattern):
        chosen = [t for t in traces if re.search(pattern, t)]
        values = [mean([score[t, n] and score[t, n][2] for t in chosen]) for n in names]
        values.append(mean([best[t] and best[t][2] for t in chosen]))
        return values + ([mean([neteq[t][2] for t in chosen])] if kind == "a" else [])

    for title, pattern in {"**mean MOSc**": "", **GROUPS}.items():
        say(f"| {title} | " + " | ".join(f"{v:.2f}" for v in summary(pattern)) + " |")
    with open(work / f"jitter.{kind}.tsv", "w") as file:
        for (trace, name), result in score.items():
            if result:
                file.write(f"{kind}\t{trace}\t{name}\t{result[0]:.3f}\t{result[1]:.1f}\t{result[2]:.3f}\n")
    return traces, score, best


def bench_words(executor, traces, score, best):
    """Word errors on each trace of set a; the fixed delay is the one that was best by MOSc."""
    lacking = jitter_words.missing()
    if lacking:
        return say(f"\nWord errors are not counted: {lacking} is not there (scripts/install-speech.sh).")
    peers = programs()
    jitter_words.build(here, work)
    (work / "transcripts").mkdir(exist_ok=True)
    commands = {(t, n): c for t in traces for n, c in peers.items() if not n.startswith("fixed")}
    for trace in traces:
        if best[trace] and "fixed20" in peers:
            name = next(n for n in peers if n.startswith("fixed") and score.get((trace, n)) == best[trace])
            commands[trace, "best fixed in hindsight"] = peers[name]
    names = list(dict.fromkeys(n for _, n in commands))
    jobs = [("a", t, n.replace(" ", "-"), c) for (t, n), c in commands.items()]
    wrong = dict(zip(commands, (result for _, result in executor.map(transcribe, jobs))))
    say("\n### Words, set a: errors of the recogniser, in per cent of the words spoken\n")
    say("| trace | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|")
    rows = {t: f"^{t}$" for t in traces} | {"**mean**": "", **GROUPS}
    for title, pattern in rows.items():
        chosen = [t for t in traces if re.search(pattern, t)]
        means = [mean([wrong.get((t, n)) for t in chosen]) for n in names]
        if chosen:
            say(f"| {title} | " + " | ".join(f"{m:.1f}" for m in means) + " |")
    with open(work / "words.tsv", "w") as file:
        for (trace, name), result in wrong.items():
            file.write(f"{trace}\t{name}\t{result}\n")


def bench_concealment(executor):
    plc = build("plc.c", "plc", "-lopus", "-lspandsp", "-lm")
    narrow = {"ours": OURS + " plc", "repetition": plc + " g711-repeat", "spandsp": plc + " g711-span"}
    wide = {
        "ours-opus": OURS + " opus", "ours-opus-plain": OURS + " opus-plain", "libopus-plc": plc + " opus16-plc",
        "libopus-fec": plc + " opus16-fec"}
    if "no-peers" in options:
        narrow, wide = {"ours": narrow["ours"]}, {"ours-opus": wide["ours-opus"]}
    modes = [(n, c, 8000) for n, c in narrow.items()] + [(n, c, 16_000) for n, c in wide.items()]
    jobs = [(*m, p, b, s) for m in modes for p, b in LOSSES for s in ((1,) if p == 0 else (1, 2, 3))]
    found = {}
    for (name, _, _, percent, burst, _), mos in executor.map(conceal, jobs):
        found.setdefault((name, percent, burst), []).append(mos)
    titles = [f"{p} %" if b == 1 else f"{p} %, bursts of {b}" for p, b in LOSSES]
    for title, names in (
        ("G.711, speech a: PESQ narrow band", narrow), ("Opus 16 kHz, 24 kbit/s, speech a: PESQ wide band", wide)):
        say(f"\n### Concealment without jitter, {title}, mean of three seeds\n")
        say("| | " + " | ".join(titles) + " |\n" + "|---" * (len(LOSSES) + 1) + "|")
        for name in names:
            say(f"| {name} | " + " | ".join(f"{np.mean(found[name, p, b]):.2f}" for p, b in LOSSES) + " |")
    means = {key: float(np.mean(value)) for key, value in found.items()}
    with open(work / "concealment.tsv", "w") as file:
        for (name, percent, burst), mos in means.items():
            file.write(f"{name}\t{percent}\t{burst}\t{mos:.3f}\n")
    return means


def judge(score, traces, neteq, concealed):
    ours = {t: score[t, "ours"] for t in traces if score[t, "ours"]}
    average = mean([s[2] for s in ours.values()])
    worst = min(ours, key=lambda t: ours[t][2] - neteq[t][2])
    gap = ours[worst][2] - neteq[worst][2]
    gains = {title: mean([ours[t][2] - neteq[t][2] for t in ours if re.search(p, t)]) for title, p in GROUPS.items()}
    clean = ours["00_clean"][1] if "00_clean" in ours else float("nan")
    random10 = concealed["ours", 10, 1]
    opus10 = concealed["ours-opus", 10, 1]

    def verdict(must, moonshot):
        return "moonshot" if moonshot else "must" if must else "MISSED"

    say("\n### Verdicts\n")
    say(f"5a  mean MOSc {average:.3f} (must 2.80, moonshot 3.05): {verdict(average >= 2.80, average >= 3.05)}")
    say(f"5b  worst against NetEQ: {worst} {gap:+.2f} (must -0.10, moonshot 0): {verdict(gap >= -0.1, gap >= -0.004)}")
    say("    mean against NetEQ: " + ", ".join(f"{title} {gain:+.2f}" for title, gain in gains.items()))
    say(f"5c  lag on a clean line {clean:.0f} ms (must 40, moonshot 20): {verdict(clean <= 40, clean <= 20)}")
    say(f"6a  G.711 at 10 % random {random10:.2f} (must 2.45, moonshot 2.75): {verdict(random10 >= 2.45, random10 >= 2.75)}")
    say(f"6b  Opus at 10 % random {opus10:.2f} (must 3.0, moonshot 3.1): {verdict(opus10 >= 3.0, opus10 >= 3.1)}")


def plot(traces, score, best, neteq):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    target = root / "docs" / "media"
    target.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "0"})
    figure, axes = plt.subplots(figsize=(9, 4))
    place = np.arange(len(traces))
    series = [("ours", [score[t, "ours"][2] for t in traces], "#1f5fa8"), ("NetEQ", [neteq[t][2] for t in traces], "#c0703a")]
    if all(best.values()):
        series.append(("best fixed delay in hindsight", [best[t][2] for t in traces], "#9a9a9a"))
    for index, (name, values, colour) in enumerate(series):
        axes.bar(place + (index - 1) * 0.27, values, 0.27, label=name, color=colour)
    axes.set_xticks(place, traces, rotation=60, ha="right")
    axes.set_ylabel("MOSc")
    axes.set_ylim(1, 4.4)
    axes.legend(frameon=False, ncols=3)
    figure.tight_layout()
    figure.savefig(target / "jitter-mosc.png", dpi=130)
    for trace in ("1_jitter030", "3_wifi_stalls", "8_step_up_down"):
        delays = work / "a" / f"ours.{trace}.delays"
        if not delays.exists():
            continue
        rows = [line.split() for line in delays.read_text().splitlines()]
        packets = np.loadtxt(work / "a" / "traces" / f"{trace}.csv", delimiter=",", dtype=np.int64)
        figure, axes = plt.subplots(figsize=(9, 2.6))
        sent = packets[:, 3] / 8000
        axes.plot(sent, packets[:, 0] / 1000 - sent * 1000, ".", ms=1.5, color="#bbbbbb", label="delay of each packet")
        seconds = np.arange(len(rows)) * 0.02
        axes.plot(seconds, [float(r[0]) for r in rows], color="#1f5fa8", lw=1, label="delay of the playout")
        axes.set_xlim(0, 120)
        axes.set_xlabel("s")
        axes.set_ylabel("ms")
        axes.legend(frameon=False, loc="upper right", ncols=2)
        axes.set_title(trace, loc="left")
        figure.tight_layout()
        figure.savefig(target / f"jitter-delay-{trace}.png", dpi=130)


def remembered():
    """The results of set a of the last run, for new plots and verdicts."""
    score = {}
    for line in (work / "jitter.a.tsv").read_text().splitlines():
        _, trace, name, *values = line.split("\t")
        score[trace, name] = tuple(float(v) for v in values)
    traces = sorted({t for t, _ in score})
    fixed = {t: [score[t, f"fixed{d}"] for d in FIXED if (t, f"fixed{d}") in score] for t in traces}
    best = {t: max(found, key=lambda s: s[2]) if found else None for t, found in fixed.items()}
    concealed = {}
    if (work / "concealment.tsv").exists():
        for line in (work / "concealment.tsv").read_text().splitlines():
            name, percent, burst, mos = line.split("\t")
            concealed[name, int(percent), float(burst)] = float(mos)
    return traces, score, best, concealed


def main():
    lines = (here / "neteq.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    neteq = {row[0]: tuple(float(v) for v in row[1:]) for row in rows}
    if "MEDIA_BENCH" not in os.environ:
        subprocess.run(
            ["swift", "build", "-c", "release", "--package-path", here, "--product", "media-bench-jitter"], check=True,
            stdout=sys.stderr)
    if "replot" in options:
        traces, score, best, concealed = remembered()
        judge(score, traces, neteq, concealed)
        return plot(traces, score, best, neteq)
    prepare("a")
    if "concealment" in options:
        with cf.ProcessPoolExecutor(int(os.environ.get("CORES", "2"))) as executor:
            bench_concealment(executor)
        return None
    if "words" in options:
        traces, score, best, _ = remembered()
        traces = [t for t in traces if options.get("only", "") in t]
        with cf.ProcessPoolExecutor(int(os.environ.get("CORES", "2"))) as executor:
            return bench_words(executor, traces, score, best)
    with cf.ProcessPoolExecutor(int(os.environ.get("CORES", "2"))) as executor:
        results = {kind: bench_traces(kind, executor, neteq) for kind in options.get("set", "ab")}
        if "a" in results and "no-words" not in options:
            bench_words(executor, *results["a"])
        concealed = bench_concealment(executor)
    if "a" in results:
        traces, score, best = results["a"]
        judge(score, traces, neteq, concealed)
        if "no-plots" not in options and "only" not in options:
            plot(traces, score, best, neteq)


if __name__ == "__main__":
    main()
