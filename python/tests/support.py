"""What tests of several tasks need: the binary, and its tables."""

import csv
import subprocess
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
