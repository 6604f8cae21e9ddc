"""The work that every engine does: one recurrent layer or stack, its shape, its count, its timing.

infer   forward over a batch of whole sequences, no gradients
train   zero gradients, forward, loss = mean(y^2), backward, one Adam step
step    one time step of a stream: the state of the last call goes into the next
"""

import argparse
import contextlib
import json
import sys
import time
from statistics import median

GATES = {"rnn": 1, "gru": 3, "lstm": 4}

# Exit status of a peer that is not installed here.
NOT_HERE = 77

# The first calls pick kernels and fill caches.
WARM_UP = 2
LEAST_SAMPLES = 5


@contextlib.contextmanager
def needed():
    """Imports without which the peer is not here."""
    try:
        yield
    except ImportError as problem:
        print(problem, file=sys.stderr)
        sys.exit(NOT_HERE)


def parse(description, modes, many_layers):
    """The flags of `gatewise bench`; an engine that runs one layer one way leaves some out."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cell", choices=GATES, default="lstm")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    for name, value in {"batch": 64, "time": 100, "input": 32, "hidden": 128, "threads": 1}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--seconds", type=float, default=1.0, help="time to measure for")
    if many_layers:
        parser.add_argument("--layers", type=int, default=1)
        parser.add_argument("--bidirectional", action="store_true")
        parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
        parser.add_argument(
            "--lengths",
            choices=["full", "ragged"],
            default="full",
            help="ragged: from 1 to TIME in even steps over the batch",
        )
    else:
        parser.set_defaults(layers=1, bidirectional=False, lengths="full", precision="f32")
    shape = parser.parse_args()
    if shape.mode == "step":
        shape.time = 1
    return shape


def row_lengths(shape):
    """Steps of each row of the batch."""
    if shape.lengths == "full":
        return [shape.time] * shape.batch
    return [1 + row * (shape.time - 1) // max(shape.batch - 1, 1) for row in range(shape.batch)]


def nominal_operations(shape):
    """2 G H (I + H) for each real step of each layer and direction; a backward pass counts twice."""
    directions = 2 if shape.bidirectional else 1
    widths = [shape.input] + [shape.hidden * directions] * (shape.layers - 1)
    per_step = sum(2 * GATES[shape.cell] * shape.hidden * (width + shape.hidden) * directions for width in widths)
    return per_step * sum(row_lengths(shape)) * (3 if shape.mode == "train" else 1)


def measure(call, shape, engine):
    """Times `call` for `shape.seconds` and prints one JSON object."""
    for _ in range(WARM_UP):
        call()
    samples, start = [], time.perf_counter()
    while len(samples) < LEAST_SAMPLES or time.perf_counter() - start < shape.seconds:
        before = time.perf_counter()
        call()
        samples.append(time.perf_counter() - before)
    tell(engine, shape, median(samples), min(samples), len(samples))


def tell(engine, shape, typical, least, runs):
    """Prints the JSON object of a measurement; times are in seconds."""
    gflops = nominal_operations(shape) / typical / 1e9
    print(json.dumps({"engine": engine, "median_ms": typical * 1e3, "min_ms": least * 1e3, "gflops": gflops, "runs": runs}))
