"""Python packages that a benchmark needs, in an environment of its own, made when it is first run."""
import os
import subprocess
import sys
import venv


def enter(work, packages):
    """Starts the program anew within WORK/venv, which has the packages. To be called when one could not be imported."""
    if os.environ.get("BENCH_VENV"):
        raise SystemExit(f"{work / 'venv'} lacks a package: delete that folder and run this again.")
    python = work / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(work / "venv", with_pip=True)
        subprocess.check_call([work / "venv/bin/pip", "install", "-q", *packages])
    os.execve(python, [str(python), *sys.argv], {**os.environ, "BENCH_VENV": "1"})
