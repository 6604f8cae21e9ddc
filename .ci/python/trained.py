"""Models trained by the binary in a temporary folder, and what it says with them."""

import csv
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

BINARY = os.environ["GATEWISE"]
# A difference that rounding in single precision explains, in units of the answers' own spread.
TOLERANCE = 2e-5

folder = tempfile.TemporaryDirectory(prefix="gatewise-model-file-")
place = Path(folder.name)


def gatewise(*args):
    """Standard output of the binary."""
    done = subprocess.run([BINARY, *map(str, args)], cwd=place, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"gatewise {' '.join(map(str, args))} ended with {done.returncode}\n{done.stderr}")
    return done.stdout


def train(task, data, run, *flags):
    """Trains a model; the path of its file."""
    gatewise("train", task, data, "-q", "-o", run, "--seed", 3, *flags)
    return place / run / "model.safetensors"


def rows(text):
    """A table with a heading."""
    return list(csv.DictReader(io.StringIO(text)))


def floats(table, *columns):
    return np.array([[float(row[column]) for column in columns] for row in table])


def same(what, computed, printed):
    """Holds what PyTorch computed against what the binary printed."""
    computed, printed = np.array(computed, np.float64), np.array(printed, np.float64)
    assert computed.shape == printed.shape, f"{what}: shapes {computed.shape} and {printed.shape}"
    assert computed.size and np.isfinite(printed).all(), f"{what}: {printed}"
    # The spread and not the level, which would hide what the network adds to it; a single number has none.
    size = abs(printed.item()) if printed.size == 1 else max(printed.std(), 1e-3 * np.abs(printed).max())
    off = np.abs(computed - printed).max() / size
    print(f"  {what}: {computed.size} numbers, at most {off:.1e} off", flush=True)
    assert off < TOLERANCE, f"{what}: PyTorch has {computed.ravel()[:6]}, gatewise {printed.ravel()[:6]}"
