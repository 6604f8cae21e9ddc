#!/usr/bin/env python3
"""A whole training on ETTh1: `gatewise train forecast` beside a PyTorch loop of as many steps.

Both train one LSTM of 64 units over 96 hours of seven channels, a dense head for the next 96 hours of all channels, batches of
32, Adam, clipped gradients, standardised channels. The loop slices its windows out of one tensor, as a user would write it.
PyTorch's time is that of its loop alone; ours is the whole command, from reading the file to the model on disk.

    python whole_run.py ../data/ETTh1.csv --gatewise ../../target/release/gatewise --threads 1 2
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from statistics import median

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import machine  # noqa: E402  (beside the folder of this script)

LOOKBACK, HORIZON, HIDDEN, BATCH = 96, 96, 64, 32
TRAIN_ROWS = 12 * 30 * 24


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="ETTh1.csv")
    parser.add_argument("--gatewise", metavar="BINARY")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="each engine is shown at its best of these")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=3, help="rounds")
    parser.add_argument("--peer", type=int, metavar="THREADS", help="run PyTorch's loop and print its seconds")
    parser.add_argument("--markdown", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.peer:
        print(json.dumps({"seconds": torch_loop(arguments.data, arguments.steps, arguments.peer)}))
        return
    if not arguments.gatewise:
        sys.exit("--gatewise BINARY: the binary to measure")

    facts = machine.describe()
    rounds = []
    for _ in range(arguments.pairs):
        peer = min(peer_seconds(arguments, threads) for threads in arguments.threads)
        ours = min(gatewise_seconds(arguments, threads) for threads in arguments.threads)
        rounds.append((peer, ours))
        print(f"PyTorch {peer:7.2f} s   gatewise {ours:7.2f} s   {peer / ours:5.2f}x", flush=True)
    peer, ours = (median(column) for column in zip(*rounds))
    ratios = [peer / ours for peer, ours in rounds]
    line = (
        f"{arguments.steps} steps: PyTorch {peer:.2f} s, gatewise {ours:.2f} s, "
        f"median of {arguments.pairs} ratios {median(ratios):.2f}x ({min(ratios):.2f} – {max(ratios):.2f})"
    )
    print(line)
    if arguments.markdown:
        text = f"# A whole training run on ETTh1\n\n{machine.markdown(facts)}\n\n{__doc__.split('    python')[0].strip()}\n\n{line}.\n"
        pathlib.Path(arguments.markdown).write_text(text)


def peer_seconds(arguments, threads):
    command = [sys.executable, __file__, str(arguments.data), "--steps", str(arguments.steps), "--peer", str(threads)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["seconds"]


def gatewise_seconds(arguments, threads):
    with tempfile.TemporaryDirectory() as folder:
        # The split of the published benchmarks; a single epoch ends after the steps, and validation is part of the run.
        command = [arguments.gatewise, "train", "forecast", arguments.data, "-o", f"{folder}/run", "--quiet"]
        command += ["--horizon", HORIZON, "--lookback", LOOKBACK, "--segment", 1, "--channels", "joint", "--normalize", "series"]
        command += ["--cell", "lstm", "--hidden", HIDDEN, "--layers", 1, "--dropout", 0, "--skip=false", "--log=false"]
        command += ["--loss", "mse", "--batch", BATCH, "--max-steps", arguments.steps, "--threads", threads]
        command += ["--valid-from", TRAIN_ROWS, "--test-from", TRAIN_ROWS + LOOKBACK + HORIZON]
        start = time.perf_counter()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        return time.perf_counter() - start


def torch_loop(path, steps, threads):
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    rows = [[float(cell) for cell in row[1:]] for row in list(csv.reader(path.open()))[1:]]
    series = torch.tensor(rows, dtype=torch.float32)
    train = series[:TRAIN_ROWS]
    series = (series - train.mean(0)) / train.std(0)
    channels = series.shape[1]
    lstm = torch.nn.LSTM(channels, HIDDEN, batch_first=True)
    head = torch.nn.Linear(HIDDEN, HORIZON * channels)
    weights = [*lstm.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(weights, lr=1e-3, fused=True)
    starts = torch.randperm(TRAIN_ROWS - LOOKBACK - HORIZON)

    def step(number):
        picked = [int(starts[(number * BATCH + k) % len(starts)]) for k in range(BATCH)]
        x = torch.stack([series[s : s + LOOKBACK] for s in picked])
        y = torch.stack([series[s + LOOKBACK : s + LOOKBACK + HORIZON] for s in picked])
        optimizer.zero_grad()
        state = lstm(x)[0][:, -1]
        loss = (head(state).view(y.shape) - y).square().mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()

    for number in range(3):
        step(number)
    start = time.perf_counter()
    for number in range(steps):
        step(number)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
