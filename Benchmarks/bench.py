#!/usr/bin/env python3
"""What SIPCore and SIPNIO cost, beside their peers from Debian, measured in the same run.

  Benchmarks/bench.py parse    rows 1a-1c: a message indexed, decoded in full, and its allocations
  Benchmarks/bench.py calls    rows 2a-2d: a call through a user agent, with sockets and without
  Benchmarks/bench.py gate     our own instruction counts against Benchmarks/baseline.tsv, within 2 %
  Benchmarks/bench.py accept   measures the baseline anew, after a change that was meant
  Benchmarks/bench.py all      parse and calls

A table is printed, and kept in .build-artifacts/bench/. ROUNDS=3 repeats what is noisy (default 2).
"""
import os
import sys

import build
import measure
from measure import say

TOLERANCE = 0.02


class Table:
    """Rows of one measurement, the peers beside ours, printed as Markdown."""

    def __init__(self, name, title, columns):
        self.name, self.title, self.columns, self.rows = name, title, columns, []

    def add(self, *cells):
        self.rows.append([str(cell) for cell in cells])
        say("  " + " · ".join(self.rows[-1]))

    def show(self):
        lines = [f"### {self.title}", "", "| " + " | ".join(self.columns) + " |", "|---" * len(self.columns) + "|"]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        text = "\n".join(lines) + "\n"
        (build.out / f"{self.name}.md").write_text(text)
        print(text, flush=True)


def thousands(number):
    return f"{number / 1000:.1f} k"


# Rows 1a-1c


def peer_instructions(binary, file):
    # The drivers parse 50 times to warm up, and repeat the loop seven times from 1000 on (drv.h).
    return measure.instructions(
        [binary, file], 200, 1200, lambda n: n * (7 if n >= 1000 else 1) + min(n, 50))


def parse():
    ours, messages = build.ours("sip-bench-core"), build.messages()
    for name, title, case, defines in (
        ("1a", "1a: a message accepted and indexed, instructions", "parse", ()),
        ("1b", "1b: every address, Via and CSeq decoded, and the description; instructions", "full", ("FULL",)),
    ):
        say(title)
        table = Table(name, title, ["message", "sofia-sip", "libre", "libosip2", "Trunkline", "of sofia-sip"])
        peers = [build.peer(source, *defines) for source in ("sofia", "re", "osip")]
        for message, file in messages.items():
            counts = [peer_instructions(peer, file) for peer in peers]
            mine = measure.instructions([ours, case, file], 200, 600)
            table.add(
                f"{message}, {file.stat().st_size} octets", *map(thousands, counts), f"**{thousands(mine)}**",
                f"**{mine / counts[0]:.2f}**")
        table.show()
    say("1c: allocations")
    table = Table("1c", "1c: heap allocations of a message accepted and indexed", ["message", "Trunkline"])
    for message, file in messages.items():
        # The buffer that the message came in is one of them.
        table.add(message, f"{measure.allocations([ours, 'parse', file], 200, 600):.1f}")
    table.show()


# Rows 2a-2d


def servers():
    """Name → port and command of every server that takes calls."""
    kamailio = ["kamailio", "-DD", "-E", "-m", "512", "-M", "64", "-f", build.here / "peers/kamailio-anchor.cfg"]
    return {
        "libre": (5080, [build.peer("re_uas"), 5080]),
        "sofia-sip": (5081, [build.peer("sofia_uas"), 5081]),
        "Kamailio tm": (5070, [*kamailio, "-A", "STATEFUL"]),
        "Trunkline": (5090, [build.ours("sip-bench"), "uas", 5090]),
    }


def calls():
    rounds = int(os.environ.get("ROUNDS", "2"))
    core, all_servers = build.ours("sip-bench-core"), servers()

    say("2a: instructions per call")
    table = Table("2a", "2a: INVITE, 200, ACK, BYE, 200: user instructions per call", ["server", "k", "of libre"])
    libre = None
    for name in ("libre", "sofia-sip", "Trunkline"):
        port, command = all_servers[name]
        count = measure.server_instructions_per_call(command, port)
        libre = libre or count
        table.add(name, thousands(count), f"{count / libre:.2f}")
    alone = measure.instructions([core, "call", 20], 400, 1200)
    table.add("Trunkline, the core without sockets", thousands(alone), f"{alone / libre:.2f}")
    table.show()

    say("2b, 2c: processor time per call")
    rates = (200, 800, 1600)
    columns = ["server", *(f"{rate}/s" for rate in rates), "1600/s ÷ 200/s", "sent again", "failed", "800/s, of libre"]
    table = Table("2bc", "2b, 2c: processor ms per call, user and kernel", columns)
    costs = {name: {rate: [] for rate in rates} for name in all_servers}
    lost = {name: [0, 0] for name in all_servers}
    for _ in range(rounds):
        for name, (port, command) in all_servers.items():
            server = measure.Server(command, port)
            for rate in rates:
                cost, load = measure.processor_per_call(server, rate, rate * 6)
                costs[name][rate].append(cost)
                lost[name][0] += load.retransmitted
                lost[name][1] += load.failed
            server.stop()
            say(f"  {name}: " + ", ".join(f"{costs[name][rate][-1]:.3f}" for rate in rates))
    best = {name: [min(costs[name][rate]) for rate in rates] for name in all_servers}
    for name, figures in best.items():
        table.add(
            name, *(f"{figure:.3f}" for figure in figures), f"{figures[2] / figures[0]:.2f}", *lost[name],
            f"{figures[1] / best['libre'][1]:.2f}")
    table.show()

    say("linear in calls")
    table = Table("linear", "Ten times the calls in the same time: instructions of the core", ["calls", "k per call"])
    few, many = (measure.instructions([core, "call", rate], 10 * rate, 40 * rate) for rate in (20, 200))
    table.add("20/s", thousands(few))
    table.add("200/s", thousands(many))
    table.add("ten times the calls cost", f"{10 * many / few:.2f} ×")
    table.show()

    say("2d: memory of a held call")
    table = Table("2d", "2d: memory of a held call, kB", ["server", "1000 calls", "5000 calls"])
    for name in ("libre", "sofia-sip", "Trunkline"):
        port, command = all_servers[name]
        figures = []
        for count in (1000, 5000):
            server = measure.Server(command, port)
            figures.append(measure.memory_per_held_call(server, count))
            server.stop()
        table.add(name, *(f"{figure / 1000:.1f}" for figure in figures))
    table.show()


# The gate


def our_counts():
    """Everything of ours that is counted: name → instructions (or allocations)."""
    core, messages = build.ours("sip-bench-core"), build.messages()
    counts = {}
    for case in ("parse", "full"):
        for message, file in messages.items():
            counts[f"{case} {message}"] = measure.instructions([core, case, file], 200, 600)
    counts["serialise invite"] = measure.instructions([core, "serialise", messages["invite"]], 200, 600)
    counts["call"] = measure.instructions([core, "call", 20], 200, 600)
    counts["allocations of parse invite"] = measure.allocations([core, "parse", messages["invite"]], 200, 600)
    return counts


baseline = build.here / "baseline.tsv"


def gate():
    lines = baseline.read_text().splitlines()
    made_with = lines[0].split("\t")[1]
    if made_with != build.compiler():
        print(f"The baseline is of Swift {made_with}, this is {build.compiler()}: the counts are shown, not judged.")
    expected = {name: float(count) for name, count in (line.split("\t") for line in lines[1:])}
    failed = 0
    for name, count in our_counts().items():
        change = count / expected[name] - 1
        judged = "ok" if abs(change) <= TOLERANCE else "CHANGED"
        failed += judged != "ok"
        print(f"{name:30} {count:10.0f} was {expected[name]:10.0f} {change:+7.1%} {judged}")
    if failed:
        print("If the change was meant, 'Benchmarks/bench.py accept' writes the new baseline.")
    sys.exit(1 if failed and made_with == build.compiler() else 0)


def accept():
    counts = our_counts()
    rows = [f"Swift\t{build.compiler()}", *(f"{name}\t{count:.0f}" for name, count in counts.items())]
    baseline.write_text("\n".join(rows) + "\n")
    print(baseline.read_text(), end="")


commands = {"parse": [parse], "calls": [calls], "gate": [gate], "accept": [accept], "all": [parse, calls]}
if len(sys.argv) != 2 or sys.argv[1] not in commands:
    raise SystemExit(__doc__)
for command in commands[sys.argv[1]]:
    command()
