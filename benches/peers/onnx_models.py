#!/usr/bin/env python3
"""`gatewise.onnx` beside ONNX Runtime on the same files: recurrent networks that PyTorch has exported, on one thread.

    python onnx_models.py --markdown ../record/onnx-models.md

Each network reads (batch, 100, 32) and ends in a linear layer over every step, but for those of a single step, whose state goes in and comes out. The two
alternate call by call in one process, so that both meet the same neighbours; the ratio is that of the medians. ONNX Runtime has its usual optimisations and
flushes denormals. Outputs are compared once. `gatewise` is the installed wheel.
"""

import argparse
import contextlib
import io
import pathlib
import sys
import tempfile
import time
import warnings
from statistics import geometric_mean, median

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import machine  # noqa: E402  (beside the folder of this script)

TIME, INPUT, OUTPUTS = 100, 32, 8


def cases():
    """Kind, layers, directions, units, batch, steps."""
    for kind in ("LSTM", "GRU"):
        for hidden in (64, 128, 256):
            for batch in (1, 8, 32):
                yield kind, 1, 1, hidden, batch, TIME
    for hidden in (64, 128, 256):
        for batch in (1, 8, 32):
            yield "LSTM", 2, 2, hidden, batch, TIME
    for kind in ("RNN", "GRU"):
        yield kind, 2, 2, 128, 8, TIME
    for hidden in (64, 256):
        yield "LSTM", 1, 1, hidden, 1, 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="at least so long for each network")
    parser.add_argument("--only", metavar="WORD", default="", help="networks whose line has the word")
    parser.add_argument("--markdown", metavar="FILE")
    arguments = parser.parse_args()
    import onnxruntime
    import torch

    import gatewise.onnx

    gatewise.set_num_threads(1)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    warnings.filterwarnings("ignore")
    lines = ["| network | units | batch | steps | ONNX Runtime ms | Gatewise ms | ratio |", "|---|--:|--:|--:|--:|--:|--:|"]
    ratios = []
    for case in cases():
        kind, layers, directions, hidden, batch, steps = case
        name = f"{kind}, {layers} layer{'s' * (layers > 1)}{', bidirectional' * (directions > 1)}{', a step with its state' * (steps == 1)}"
        label = f"| {name} | {hidden} | {batch} | {steps} |"
        if arguments.only not in label:
            continue
        theirs, ours = beside(onnxruntime, torch, case, arguments.seconds)
        ratios.append(theirs / ours)
        lines.append(f"{label} {theirs:.4f} | {ours:.4f} | **{theirs / ours:.2f}** |")
        print(lines[-1], flush=True)
    lines += ["", f"Geometric mean {geometric_mean(ratios):.2f}, lowest {min(ratios):.2f}."]
    print(lines[-1])
    if arguments.markdown:
        versions = f"gatewise {gatewise.__version__}, onnxruntime {onnxruntime.__version__}, torch {torch.__version__}"
        facts = machine.describe() | {"versions": versions}
        head = [f"- {key}: {value}" for key, value in facts.items()]
        title = ["# Networks exported from PyTorch, beside ONNX Runtime", "", *head]
        title += [f"- command: `python onnx_models.py {' '.join(sys.argv[1:])}`", "- threads: 1", ""]
        pathlib.Path(arguments.markdown).write_text("\n".join([*title, *lines]) + "\n")


def beside(onnxruntime, torch, case, seconds):
    """Median milliseconds of a call of both, alternating."""
    import gatewise.onnx

    kind, layers, directions, hidden, batch, steps = case

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = getattr(torch.nn, kind)(INPUT, hidden, layers, bidirectional=directions > 1, batch_first=True)
            self.head = torch.nn.Linear(directions * hidden, OUTPUTS)

        def forward(self, x, h=None, c=None):
            y, state = self.rnn(x, None if h is None else (h, c))
            return self.head(y) if h is None else (self.head(y), *state)

    x = torch.randn(batch, steps, INPUT)
    more = tuple(torch.zeros(layers * directions, batch, hidden) for _ in range(2)) if steps == 1 else ()
    names = ["x", "h", "c"][: 1 + len(more)]
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.onnx"
        axes = {"x": {0: "batch", 1: "time"}} | {name: {1: "batch"} for name in names[1:]}
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            torch.onnx.export(Network().eval(), (x, *more), path, dynamo=False, input_names=names, dynamic_axes=axes)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        theirs = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        ours = gatewise.onnx.load(path)
    feed = {name: value.numpy() for name, value in zip(names, (x, *more), strict=True)}
    expected, found = theirs.run(None, feed), list(ours.run(feed).values())
    for a, b in zip(found, expected, strict=True):
        assert abs(a - b).max() < 1e-5, "they do not compute the same"
    calls, took, start = (lambda: theirs.run(None, feed), lambda: ours.run(feed)), ([], []), time.perf_counter()
    while time.perf_counter() - start < seconds or len(took[0]) < 7:
        for times, call in zip(took, calls, strict=True):
            begun = time.perf_counter()
            call()
            times.append(1e3 * (time.perf_counter() - begun))
    # The first calls meet cold memory.
    return [median(times[2:]) for times in took]


if __name__ == "__main__":
    main()
