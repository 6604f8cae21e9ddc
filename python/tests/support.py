"""What tests of several tasks need: the binary, and its tables."""

import contextlib
import csv
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target" / "release" / "gatewise"


def gatewise(*args):
    """Runs the command line; the test is skipped where there is none."""
    if not BINARY.exists():
        print("skipped: no binary")
        pytest.skip("no binary")
    done = subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@contextlib.contextmanager
def ctrl_c(after):
    """Ctrl-C so many seconds on, which what is done within has to end by."""
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    timer.join()


def ticks_during(call):
    """How often another thread had its turn while `call` ran, at a thousand times a second at most."""
    done, ticks = threading.Event(), []

    def tick():
        while not done.wait(0.001):
            ticks.append(1)

    other = threading.Thread(target=tick)
    other.start()
    begun = len(ticks)
    try:
        call()
        return len(ticks) - begun
    finally:
        done.set()
        other.join()
