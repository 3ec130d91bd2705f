"""Builds what is measured: ours in release, and the peers from Debian's packages."""
import subprocess
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parent
scratch = root / ".build-bench"
out = root / ".build-artifacts/bench"


def _run(command, log):
    with open(log, "w") as file:
        result = subprocess.run(list(map(str, command)), stdout=file, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command[:4]))} … failed; the whole log is {log}")


def ours(product):
    """Builds a product of the package in this folder and says where it is: without what debuggers read, which this
    valgrind can't."""
    out.mkdir(parents=True, exist_ok=True)
    command = ["swift", "build", "--package-path", here, "--scratch-path", scratch, "-c", "release"]
    _run([*command, "--product", product], out / f"build-{product}.log")
    _run(["objcopy", "--strip-debug", scratch / "release" / product, out / product], out / "strip.log")
    return out / product


def compiler():
    """The version of the Swift compiler, e.g. `6.3.1`."""
    text = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    return text.split("Swift version ")[1].split()[0]


def messages():
    """The three messages that every parser reads: name → file."""
    out.mkdir(parents=True, exist_ok=True)
    _run(["python3", here / "peers/make_messages.py", out], out / "messages.log")
    return {name: out / f"{name}.sip" for name in ("invite", "ok", "register")}


def _pkg_config(name):
    return subprocess.run(
        ["pkg-config", "--cflags", "--libs", name], capture_output=True, text=True, check=True).stdout.split()


def peer(source, *defines):
    """Compiles one of `peers/` and says where it is."""
    out.mkdir(parents=True, exist_ok=True)
    libraries = {
        "osip": ["-losipparser2"], "sofia": _pkg_config("sofia-sip-ua"), "sofia_uas": _pkg_config("sofia-sip-ua"),
        "re": ["-I/usr/include/re", "-lre", "-lm"], "re_uas": ["-I/usr/include/re", "-lre", "-lm"],
    }[source]
    binary = out / "-".join([source, *defines]).lower()
    flags = [f"-D{define}" for define in defines]
    _run(
        ["gcc", "-O2", "-g", *flags, "-I", here / "peers", here / f"peers/{source}.c", "-o", binary, *libraries],
        out / f"{source}.log")
    return binary
