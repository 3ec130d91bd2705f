"""How things are measured: by instructions that valgrind counts, and by what a server under load takes from the system.

Instruction counts are free of the machine's other work and come out the same each time. Processor time does not: it is
only worth something beside a peer's in the same run.
"""
import csv
import glob
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

here = Path(__file__).resolve().parent


def say(text):
    print(text, file=sys.stderr, flush=True)


# Instructions and allocations of a program that repeats one thing N times


def _valgrind(tool, pattern, command):
    with tempfile.NamedTemporaryFile() as out:
        flags = [f"--callgrind-out-file={os.devnull}"] if tool == "callgrind" else ["--leak-check=no"]
        result = subprocess.run(
            ["valgrind", f"--tool={tool}", f"--log-file={out.name}", *flags, *map(str, command)],
            capture_output=True, text=True)
        log = Path(out.name).read_text(errors="replace")
    found = re.findall(pattern, log)
    if result.returncode != 0 or not found:
        raise SystemExit(f"{' '.join(map(str, command))} failed under valgrind:\n{result.stdout}{log[-2000:]}")
    return sum(int(number.replace(",", "")) for number in found)


def instructions(command, few, many, executed=lambda n: n):
    """Instructions per repetition: what `many` take more than `few`, so that the start of the program cancels out.

    `command` ends with the number of repetitions; `executed` says how many a given number really makes.
    """
    low, high = (_valgrind("callgrind", r"Collected : (\d+)", [*command, n]) for n in (few, many))
    return (high - low) / (executed(many) - executed(few))


def allocations(command, few, many):
    """Heap allocations per repetition."""
    low, high = (_valgrind("memcheck", r"total heap usage: ([\d,]+) allocs", [*command, n]) for n in (few, many))
    return (high - low) / (many - few)


# A server under load


def _family(pid):
    """A process and all that it has started."""
    found = [pid]
    for one in found:
        children = subprocess.run(["pgrep", "-P", str(one)], capture_output=True, text=True).stdout.split()
        found += [int(child) for child in children]
    return found


class Server:
    """A program that answers calls on a port of 127.0.0.1, and all of its processes."""

    def __init__(self, command, port, under=()):
        self.port = port
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*map(str, under), *map(str, command)], stdout=self.log, stderr=subprocess.STDOUT)
        self._wait_until_listening()
        self.pids = _family(self.process.pid)

    def _wait_until_listening(self):
        wanted = f":{self.port:04X} "
        for _ in range(600):
            if any(wanted in line for line in Path("/proc/net/udp").read_text().splitlines()):
                time.sleep(1)  # Kamailio's children come after its socket.
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.log.seek(0)
        raise SystemExit(f"nothing listens on port {self.port}: {self.log.read().decode(errors='replace')[-2000:]}")

    def processor_seconds(self):
        paths = [path for pid in self.pids for path in glob.glob(f"/proc/{pid}/task/*/schedstat")]
        return sum(int(Path(path).read_text().split()[0]) for path in paths) / 1e9

    def memory(self):
        """Octets that belong to its processes, pages that are shared counted in part."""
        lines = [line for pid in self.pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        for pid in self.pids:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        self.process.wait()


@dataclass
class Load:
    """What a run of SIPp came to."""
    answered: int
    failed: int
    retransmitted: int
    """Messages that SIPp had to send again."""
    seconds: float


def drive(port, rate, calls, hold_ms=0):
    """Lets SIPp place `calls` calls, `rate` a second, each up for `hold_ms`."""
    seconds = int(calls / rate + hold_ms / 1000 + 60)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        subprocess.run(
            ["sipp", f"127.0.0.1:{port}", "-s", "x", "-sf", here / "peers/uac.xml", "-i", "127.0.0.1", "-p", "15060",
             "-r", str(rate), "-m", str(calls), "-l", str(max(calls, 1000)), "-d", str(hold_ms), "-mp", "30000",
             "-trace_stat", "-fd", "1", "-nostdin", "-timeout", str(seconds), "-timeout_error", "-buff_size", "4194304"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ended = time.monotonic()
        rows = [row for path in glob.glob(f"{folder}/*_.csv") for row in csv.reader(open(path), delimiter=";")]
    if len(rows) < 2:
        raise SystemExit(f"SIPp left no figures of its calls to port {port}")
    figures = dict(zip(rows[0], rows[-1]))
    answered, failed, again = (
        int(figures[name]) for name in ("SuccessfulCall(C)", "FailedCall(C)", "Retransmissions(C)"))
    return Load(answered, failed, again, ended - began)


def processor_per_call(server, rate, calls):
    """Milliseconds of processor time, user's and kernel's, per answered call; and the run."""
    before = server.processor_seconds()
    load = drive(server.port, rate, calls)
    return (server.processor_seconds() - before) / max(load.answered, 1) * 1000, load


def memory_per_held_call(server, calls):
    """Octets by which the server grows per call, while all of them are up and their transactions are over.

    A call is held for the time that placing all takes, and 60 s more: a transaction lives for 32 s at most.
    """
    before = server.memory()
    rate = 250
    hold_ms = int(calls / rate * 1000) + 60_000
    held = []
    stop = threading.Event()

    def watch():
        # The calls are placed, the last transaction is over, and nobody has hung up yet.
        if not stop.wait(calls / rate + 45):
            held.append(server.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    load = drive(server.port, rate, calls, hold_ms)
    stop.set()
    watcher.join()
    if not held or load.failed:
        raise SystemExit(f"{load.failed} of {calls} held calls failed on port {server.port}")
    return (held[0] - before) / calls


def server_instructions_per_call(command, port, few=4, many=24, seconds=20):
    """User instructions per call of a whole server: two runs of the same length at two rates, the difference divided."""
    totals = []
    for rate in (few, many):
        with tempfile.TemporaryDirectory() as logs:
            server = Server(
                command, port,
                under=["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", f"--log-file={logs}/%p"])
            load = drive(port, rate, rate * seconds)
            if load.failed:
                raise SystemExit(f"{load.failed} calls failed under valgrind on port {port}")
            time.sleep(2)
            subprocess.run(["pkill", "-TERM", "-P", str(server.process.pid)])
            server.process.terminate()
            server.process.wait(30)
            found = [re.findall(r"Collected : (\d+)", Path(path).read_text()) for path in glob.glob(f"{logs}/*")]
            totals.append(sum(int(number) for numbers in found for number in numbers))
            server.stop()
    return (totals[1] - totals[0]) / (seconds * (many - few))
