#!/usr/bin/env python3
"""`gatewise.torch`'s layers beside PyTorch's own inside PyTorch: a step of training on the shapes of cases.toml, and what Python adds to the kernels.

    python torch_layers.py --threads 1 2 --markdown ../record/torch-layers.md

A step is zero gradients, forward, mean(y²), backward, Adam (`fused`) over the layer's parameters; the gradient of the input is not asked for. The two
alternate step by step in one process, so that both meet the same neighbours; the ratio is that of the medians. Beside it: what the module adds to the kernels, one
streaming step, the time of `import gatewise`, and how much memory a large input costs. `gatewise` is the installed wheel.
"""

import argparse
import pathlib
import subprocess
import sys
import time
import tomllib
from statistics import geometric_mean, median

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import machine  # noqa: E402  (beside the folder of this script)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=2.0, help="at least so long for each shape")
    parser.add_argument("--markdown", metavar="FILE")
    arguments = parser.parse_args()
    import torch

    import gatewise

    shapes = [case for case in tomllib.loads((HERE / "cases.toml").read_text())["case"] if case["mode"] == "train" and "precision" not in case]
    shapes.append({"name": "medium, I128", "cell": "lstm", "batch": 64, "time": 100, "input": 128, "hidden": 128})
    lines = ["| case | cell | threads | torch.nn ms | gatewise.torch ms | ratio |", "|---|---|--:|--:|--:|--:|"]
    ratios = []
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        for shape in shapes:
            theirs, ours = beside(torch, shape, arguments.seconds)
            ratios.append(theirs / ours)
            lines.append(f"| {shape['name']} | {shape['cell']} | {threads} | {theirs:.3f} | {ours:.3f} | **{theirs / ours:.2f}** |")
            print(lines[-1], flush=True)
    lines += ["", f"Geometric mean {geometric_mean(ratios):.2f}, lowest {min(ratios):.2f}.", ""]
    lines += [f"- forward and backward of the module over the same calls of the kernels, B64 T100 I128 H128, one thread: {over(torch):+.1f} %"]
    lines += [f"- one streaming step, I1 H64, LSTM, `Stream.step(float)`: {streaming(gatewise):.2f} µs"]
    lines += [f"- `import gatewise` beyond `import numpy`: {importing():.0f} ms"]
    lines += [f"- growth of peak memory by a forward over 1 GB of float32, H 16, last state alone: {growth():.0f} MB"]
    print("\n".join(lines[-6:]))
    if arguments.markdown:
        facts = machine.describe() | {"versions": f"torch {torch.__version__}, gatewise {gatewise.__version__}"}
        head = [f"- {key}: {value}" for key, value in facts.items()]
        title = ["# Layers inside PyTorch", "", *head, f"- command: `python torch_layers.py {' '.join(sys.argv[1:])}`", ""]
        pathlib.Path(arguments.markdown).write_text("\n".join([*title, *lines]) + "\n")


def beside(torch, shape, seconds):
    """Median milliseconds of a step of both, alternating."""
    import gatewise.torch

    sides = []
    batch, steps, features = shape["batch"], shape["time"], shape["input"]
    torch.manual_seed(1)
    x = torch.randn(steps, batch, features)
    if shape.get("lengths") == "ragged":
        lengths = [1 + (steps - 1) * (batch - b) // batch for b in range(batch)]
        x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths)
    for package in (torch.nn, gatewise.torch):
        layer = getattr(package, shape["cell"].upper())(
            features, shape["hidden"], shape.get("layers", 1), bidirectional=shape.get("bidirectional", False)
        )
        sides.append((layer, torch.optim.Adam(layer.parameters(), fused=True)))
    took, start = ([], []), time.perf_counter()
    while time.perf_counter() - start < seconds or len(took[0]) < 7:
        for side, (layer, optimiser) in enumerate(sides):
            begun = time.perf_counter()
            optimiser.zero_grad()
            y = layer(x)[0]
            (y.data if hasattr(y, "batch_sizes") else y).square().mean().backward()
            optimiser.step()
            took[side].append(1e3 * (time.perf_counter() - begun))
    # The first steps meet cold memory.
    return [median(times[2:]) for times in took]


def over(torch):
    """What the module adds to its kernels, in percent: both on the same arrays, alternating."""
    import numpy as np

    import gatewise
    import gatewise.torch

    torch.set_num_threads(1)
    gatewise.set_num_threads(1)
    batch, steps, features, hidden = 64, 100, 128, 128
    x, dy = torch.randn(steps, batch, features), torch.randn(steps, batch, hidden)
    layer = gatewise.torch.LSTM(features, hidden)
    stack = gatewise._gatewise.RecurrentStack("lstm", features, hidden, 1, False, 0.0, False)
    rows, d_rows = x.view(-1, features).numpy(), dy.view(-1, hidden).numpy()
    h, c = np.zeros((2, 1, batch, hidden), np.float32)
    y, grads = np.empty((steps * batch, hidden), np.float32), np.empty(stack.values().shape, np.float32)

    def kernels():
        h[:] = c[:] = 0
        stack.forward(rows, [batch, steps], True, h, c, y, True, None)
        stack.backward(rows, d_rows, h, c, None, grads)

    def module():
        layer.zero_grad()
        layer(x)[0].backward(dy)

    took = ([], [])
    for _ in range(80):
        for times, call in zip(took, (kernels, module)):
            begun = time.perf_counter()
            call()
            times.append(time.perf_counter() - begun)
    return 100 * (median(took[1][2:]) / median(took[0][2:]) - 1)


def streaming(gatewise):
    stream = gatewise.LSTM(1, 64, seed=1).stream()
    best = float("inf")
    for _ in range(7):
        begun = time.perf_counter()
        for _ in range(20_000):
            stream.step(0.5)
        best = min(best, (time.perf_counter() - begun) / 20_000)
    return 1e6 * best


def importing():
    def run(code):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - begun

    pairs = [run("import numpy, gatewise") - run("import numpy") for _ in range(9)]
    return 1e3 * median(pairs)


def growth():
    code = """
import numpy, gatewise

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

x = numpy.zeros((64, 65536, 64), numpy.float32)
x += 0.5
layer = gatewise.LSTM(64, 16, seed=1)
layer.forward(x[:, :10], sequences=False)
before = peak()
layer.forward(x, sequences=False)
print((peak() - before) / 1024)
"""
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
