#!/usr/bin/env python3
"""What a call's sound costs a whole server, from socket to PCM and back: ours beside baresip, agent-transport and the kernel.

usage: rim.py [--calls N] [--seconds S] [--rounds R] [CASE...]
cases: pcmu srtp g722 opus delay; all of them by default.

Every call brings 50 packets a second and takes as many. Processor time, user's and kernel's, per call and second of
sound, of runs that alternate between the programs; the median of the rounds. "calls per core" is what a second of
processor time holds. The kernel's figure is a program in C that sends back what comes.
"""
import argparse
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent))
import measure  # noqa: E402

build = here / ".build"
speech = build / "speech"
local_port = 30_000

codecs = {  # payload type, rtpmap, ours, payload file, octets
    "pcmu": (0, "PCMU/8000", "pcmu", "talk.ulaw", "160"),
    "srtp": (0, "PCMU/8000", "pcmu", "talk.ulaw", "160"),
    "g722": (9, "G722/8000", "g722", "talk.g722", "160"),
    "opus": (96, "opus/48000/2", "opus", "speech16k.raw", "opus"),
}


def prepare():
    subprocess.run(["swift", "build", "-c", "release", "--product", "media-bench-echo", "--package-path", here],
                   check=True, stdout=sys.stderr)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "opus", "libsrtp2"],
                           check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["cc", "-O2", "-w", "-o", build / "rtp_load", here / "peers/rtp_load.c", *flags], check=True)
    subprocess.run(["cc", "-O2", "-o", build / "udp_floor", here / "peers/udp_floor.c"], check=True)
    if not (speech / "talk8k.raw").exists():
        subprocess.run([here / "codec_speech.sh", speech], check=True)
    for rate, name, form in [(8, "talk.ulaw", "mulaw"), (16, "talk.g722", "g722")]:
        if not (speech / name).exists():
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", f"{rate}000", "-ac", "1",
                            "-i", speech / f"speech{rate}k.raw", "-t", "20", "-f", form, speech / name], check=True)
    venv = build / "venv"
    if not (venv / "at").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "-q", "agent-transport==0.2.2"], check=False)
        (venv / "at").touch()


class Datagrams:
    """SIP over UDP."""
    name = "UDP"

    def __init__(self, port):
        self.to = ("127.0.0.1", port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.own = self.socket.getsockname()[1]

    def send(self, text):
        self.socket.sendto(text.encode(), self.to)

    def receive(self):
        return self.socket.recv(65_536).decode(errors="replace")


class Registered:
    """SIP over the TCP connection by which a program has registered at port 5060."""
    name = "TCP"
    own = 5060

    def __init__(self, listener):
        listener.settimeout(20)
        self.socket, _ = listener.accept()
        self.socket.settimeout(5)
        self.waiting = b""
        while True:
            text = self.receive()
            if text.startswith("REGISTER"):
                self.confirm(text)
                return

    def send(self, text):
        self.socket.sendall(text.encode())

    def receive(self):
        while True:
            head, end, rest = self.waiting.lstrip(b"\r\n").partition(b"\r\n\r\n")
            found = re.search(rb"^(?:content-length|l)\s*:\s*(\d+)", head, re.I | re.M)
            length = int(found[1]) if found else 0
            if end and len(rest) >= length:
                self.waiting = rest[length:]
                text = (head + end + rest[:length]).decode(errors="replace")
                if text.startswith(("SIP/2.0", "REGISTER", "BYE", "ACK")) or self.confirm(text):
                    return text
                continue
            more = self.socket.recv(65_536)
            if not more:
                raise SystemExit("the connection was closed")
            self.waiting += more

    def confirm(self, text):
        """Says 200 to a request of the program's own."""
        kept = [line for line in text.split("\r\n")
                if line.lower().split(":")[0].strip() in (
                    "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m")]
        self.send("\r\n".join(["SIP/2.0 200 OK", *kept, "Expires: 3600", "Content-Length: 0", "", ""]))


class Caller:
    """As many calls as are wanted, all with one place for their sound."""

    def __init__(self, transport, case, suite_key=None):
        self.transport = transport
        number, name, *_ = codecs[case]
        profile = "SAVP" if suite_key else "AVP"
        self.sdp = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    f"m=audio {local_port} RTP/{profile} {number} 101\r\na=rtpmap:{number} {name}\r\n"
                    "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n")
        if suite_key:
            self.sdp += f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{b64encode(suite_key).decode()}\r\n"
        self.up = {}

    def request(self, method, call, number, tag="", body=""):
        kind = "Content-Type: application/sdp\r\n" if body else ""
        own, transport = self.transport.own, self.transport.name
        self.transport.send(
            f"{method} sip:x@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} 127.0.0.1:{own};branch=z9hG4bK{call}{method};rport\r\n"
            f"From: <sip:load@127.0.0.1>;tag=f{call}\r\nTo: <sip:x@127.0.0.1>{tag}\r\nCall-ID: {call}\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:load@127.0.0.1:{own};transport={transport.lower()}>\r\n"
            f"Max-Forwards: 70\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}")

    def place(self, count):
        run = secrets.token_hex(4)
        for k in range(count):
            call = f"{run}{k}"
            self.request("INVITE", call, 1, body=self.sdp)
            while call not in self.up:
                text = self.transport.receive()
                found = re.search(r"^(?:Call-ID|i)\s*:\s*(\S+)", text, re.M | re.I)
                if not text.startswith("SIP/2.0") or not found or found[1] != call or "INVITE" not in text:
                    continue
                status = int(text.split()[1])
                if status < 200:
                    continue
                if status != 200:
                    raise SystemExit(f"a call was refused with {status}")
                tag = re.search(r"^(?:To|t)\s*:.*?(;tag=[^;\s]+)", text, re.M | re.I)[1]
                host = re.search(r"^c=IN IP4 (\S+)", text, re.M)[1]
                port = int(re.search(r"^m=audio (\d+)", text, re.M)[1])
                self.up[call] = (tag, f"{host} {port}")
                self.request("ACK", call, 1, tag)
        return [place for _, place in self.up.values()]

    def end(self):
        for call, (tag, _) in self.up.items():
            self.request("BYE", call, 2, tag)
            try:
                self.transport.receive()
            except TimeoutError:
                pass
        self.transport.socket.close()


class Ours:
    """An application that says back what it hears."""
    name = "ours, echo"
    mode = "echo"

    def __init__(self, case, calls):
        codec = codecs[case][2]
        srtp = "required" if case == "srtp" else "off"
        self.server = measure.Server([build / "release/media-bench-echo", 15_071, 1, codec, srtp, self.mode], 15_071)


class OursHeld(Ours):
    """Calls that are only held: what agent-transport does below."""
    name = "ours, held"
    mode = "held"


class Baresip:
    name = "baresip"

    def __init__(self, case, calls):
        self.folder = tempfile.TemporaryDirectory()
        modules = ["g711", "g722", "opus", "account", "echo", "aubridge", "srtp"]
        # The port in this file is decimal, the address as it is bound.
        lines = ["sip_listen 127.0.0.1:15072", f"call_max_calls {calls + 10}", "rtp_ports 40000-60000",
                 "rtp_stats no", "module_path /usr/lib/baresip/modules", "audio_player aubridge,x",
                 "audio_source aubridge,x", "opus_bitrate 24000", "opus_samplerate 16000", "opus_stereo no",
                 "opus_sprop_stereo no", "opus_complexity 5", "jitter_buffer_type adaptive"]
        lines += [f"module{'_app' if name in ('account', 'echo') else ''} {name}.so" for name in modules]
        Path(self.folder.name, "config").write_text("\n".join(lines) + "\n")
        codec = {"opus": "opus/16000/1", "g722": "G722/8000"}.get(case, "PCMU/8000")
        secure = ";mediaenc=srtp-mand" if case == "srtp" else ""
        Path(self.folder.name, "accounts").write_text(
            f"<sip:x@127.0.0.1>;regint=0;audio_codecs={codec}{secure}\n")
        self.server = measure.Server(["baresip", "-f", self.folder.name], 15_072)


class AgentTransport:
    """It takes calls only over the TCP connection by which it has registered."""
    name = "agent-transport"

    def __init__(self, case, calls):
        self.listener = socket.create_server(("127.0.0.1", 5060))
        process = subprocess.Popen([build / "venv/bin/python", here / "peers/at_uas.py", "127.0.0.1"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.server = measure.Server.__new__(measure.Server)
        self.server.process, self.server.pids = process, [process.pid]

    def transport(self):
        connection = Registered(self.listener)
        self.listener.close()
        return connection


def run(program, case, calls, seconds):
    """Milliseconds of processor time per call and second, and the part of the packets that came back."""
    key = secrets.token_bytes(30) if case == "srtp" else None
    server = program(case, calls)
    try:
        transport = server.transport() if program is AgentTransport else Datagrams(server.server.port)
        caller = Caller(transport, case, key)
        places = caller.place(calls)
        result = load(case, places, seconds, key, server.server)
        caller.end()
        return result
    finally:
        server.server.stop()


def load(case, places, seconds, key, server, environment=None):
    number, _, _, payloads, octets = codecs[case]
    command = [build / "rtp_load", local_port, number, speech / payloads, octets, seconds + 2]
    process = subprocess.Popen([str(part) for part in command + ([key.hex()] if key else [])], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **(environment or {})})
    process.stdin.write("".join(f"{place}\n" for place in places))
    process.stdin.close()
    time.sleep(1.5)
    before, began = server.processor_seconds(), time.monotonic()
    time.sleep(seconds)
    spent, took = server.processor_seconds() - before, time.monotonic() - began
    out = process.stdout.read()
    process.wait()
    sent, received = map(int, re.search(r"sent (\d+) received (\d+)", out).groups())
    return spent / took / len(places) * 1000, received / max(1, sent), out


def floor(calls, seconds):
    """The kernel's share."""
    process = subprocess.Popen([build / "udp_floor", str(calls), "41000"], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    server = measure.Server.__new__(measure.Server)
    server.pids = [process.pid]
    try:
        return load("pcmu", [f"127.0.0.1 {41_000 + 2 * k}" for k in range(calls)], seconds, None, server)
    finally:
        process.kill()
        process.wait()


def delays():
    """Milliseconds from a click's leaving until it is back: two packet times belong to the echo itself."""
    server = Ours("pcmu", 1)
    try:
        caller = Caller(Datagrams(server.server.port), "pcmu")
        places = caller.place(1)
        _, _, out = load("pcmu", places, 40, None, server.server, {"CLICK": "1"})
        caller.end()
    finally:
        server.server.stop()
    return [float(value) for value in re.findall(r"^click ([\d.]+)", out, re.M)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    prepare()
    cases = options.cases or ["pcmu", "srtp", "g722", "opus", "delay"]
    print(f"{'case':8}{'program':18}{'ms per call-second':>20}{'calls per core':>16}{'came back':>11}")
    for case in cases:
        if case == "delay":
            continue
        figures = {}
        for _ in range(options.rounds):
            rows = [(program.name, run(program, case, options.calls, options.seconds)) for program in (Ours, OursHeld, Baresip)]
            if case == "pcmu":
                rows.append(("UDP floor", floor(options.calls, options.seconds)))
                rows.append((AgentTransport.name, run(AgentTransport, case, options.calls, options.seconds)))
            for name, row in rows:
                if row:
                    figures.setdefault(name, []).append(row[:2])
        for name, rows in figures.items():
            cost = statistics.median(cost for cost, _ in rows)
            back = statistics.median(back for _, back in rows)
            print(f"{case:8}{name:18}{cost:20.3f}{1000 / cost:16.0f}{back:10.1%}", flush=True)
        ours = statistics.median(cost for cost, _ in figures["ours, held"])
        ratios = {name: ours / statistics.median(cost for cost, _ in rows)
                  for name, rows in figures.items() if name != "ours, held"}
        print(f"{case:8}ours, held, over: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()), flush=True)
    if "delay" in cases:
        found = sorted(delays())
        if not found:
            raise SystemExit("no click came back")
        print(f"delay   {len(found)} clicks: least {found[0]:.1f} ms, median {statistics.median(found):.1f}, "
              f"greatest {found[-1]:.1f}; 40 ms are two packet times, one each way")


if __name__ == "__main__":
    main()
