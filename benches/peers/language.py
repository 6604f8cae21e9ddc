#!/usr/bin/env python3
"""A character model beside its twin in PyTorch: same text, split, network, optimiser, schedule, batches and steps.

    python language.py TEXT --gatewise ../../target/release/gatewise --steps 300 --threads 2 --pairs 3 --record language

Both train an LSTM of two layers of 128 on the first 90 % of TEXT, read as 32 streams of windows of 64 characters whose state is carried on, and are
scored on the rest in nats. Compared are the loss and the symbols a second over the training steps alone: reading the text, start-up and scoring are
left out on both sides. Both start in Gatewise's way: Glorot uniform and orthogonal gates, a forget bias of 1.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from torch import nn

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import machine  # noqa: E402

LAYERS, HIDDEN, EMBEDDING = 2, 128, 64
BATCH, WINDOW, VALID_SHARE = 32, 64, 0.1
LR, WARMUP, FLOOR, CLIP, BETAS = 0.0141, 0.05, 0.01, 1.0, (0.9, 0.99)


class Twin(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.embedding = nn.Embedding(symbols, EMBEDDING)
        self.recurrent = nn.LSTM(EMBEDDING, HIDDEN, LAYERS, batch_first=True)
        self.head = nn.Linear(HIDDEN, symbols)
        for name, weight in self.recurrent.named_parameters():
            for gate in weight.data.chunk(4):
                if name.startswith("weight_ih"):
                    nn.init.xavier_uniform_(gate)
                elif name.startswith("weight_hh"):
                    nn.init.orthogonal_(gate)
            if name.startswith("bias"):
                # PyTorch adds both biases: together they are 1.
                weight.data[HIDDEN : 2 * HIDDEN] = float(name.startswith("bias_ih"))

    def forward(self, symbols, state):
        y, state = self.recurrent(self.embedding(symbols), state)
        return self.head(y), state


def rate(step, steps):
    """Linear warm-up, then half a cosine down to the floor."""
    warm = max(1, round(WARMUP * steps))
    if step < warm:
        return LR * (step + 1) / warm
    along = (step - warm) / max(1, steps - warm)
    return LR * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * along)))


def torch_run(text, steps, threads, seed):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    symbols = {c: i for i, c in enumerate(sorted(set(text)))}
    ids = torch.tensor([symbols[c] for c in text])
    cut = len(ids) - math.ceil(len(ids) * VALID_SHARE)
    train, valid = ids[:cut], ids[cut:]
    length = (len(train) - 1) // BATCH
    x = train[: length * BATCH].view(BATCH, length)
    y = train[1 : length * BATCH + 1].view(BATCH, length)
    model = Twin(len(symbols))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, betas=BETAS, weight_decay=0.0, fused=True)
    state, at, read = None, 0, 0
    start = time.perf_counter()
    for step in range(steps):
        if at >= length:
            state, at = None, 0
        optimizer.param_groups[0]["lr"] = rate(step, steps)
        optimizer.zero_grad(set_to_none=True)
        logits, state = model(x[:, at : at + WINDOW], state)
        state = tuple(s.detach() for s in state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y[:, at : at + WINDOW].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        read += logits.shape[0] * logits.shape[1]
        at += WINDOW
    seconds = time.perf_counter() - start
    with torch.no_grad():
        logits, _ = model(valid[None, :-1], None)
        nats = nn.functional.cross_entropy(logits[0], valid[1:]).item()
    return {"nats": nats, "symbols_per_second": read / seconds, "parameters": sum(p.numel() for p in model.parameters())}


def gatewise_run(binary, path, steps, threads, seed):
    with tempfile.TemporaryDirectory() as work:
        flags = {
            "--layers": LAYERS, "--hidden": HIDDEN, "--embedding": EMBEDDING, "--batch": BATCH, "--window": WINDOW, "--lr": LR,
            "--dropout": 0, "--clip-norm": CLIP, "--max-steps": steps, "--validate-every": steps, "--sample": 0,
            "--valid-share": VALID_SHARE, "--threads": threads, "--seed": seed, "-o": pathlib.Path(work) / "run",
        }  # fmt: skip
        words = [str(word) for pair in flags.items() for word in pair]
        command = [binary, "train", "language", str(path), "--json", *words]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    events = [json.loads(line) for line in lines]
    last = lambda name: [e for e in events if e["event"] == name][-1]
    epochs = [e for e in events if e["event"] == "epoch"]
    # An epoch ends with the text, so there may be several; each tells its own speed.
    taken = [e["step"] - b for e, b in zip(epochs, [0, *[e["step"] for e in epochs]])]
    seconds = sum(n / e["rows_per_second"] for n, e in zip(taken, epochs))
    return {"nats": last("score")["nats"], "symbols_per_second": sum(taken) / seconds, "parameters": last("start")["parameters"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args()
    text = arguments.text.read_text(encoding="utf-8")
    facts = machine.describe() | {"PyTorch": torch.__version__, "threads": arguments.threads, "steps": arguments.steps}
    pairs = []
    for seed in range(1, arguments.pairs + 1):
        ours = gatewise_run(arguments.gatewise, arguments.text, arguments.steps, arguments.threads, seed)
        # PyTorch at the best number of threads up to ours.
        theirs = max(
            (torch_run(text, arguments.steps, threads, seed) for threads in range(1, arguments.threads + 1)),
            key=lambda run: run["symbols_per_second"],
        )
        assert ours["parameters"] == theirs["parameters"], (ours, theirs)
        pairs.append((seed, ours, theirs))
        print(seed, json.dumps(ours), json.dumps(theirs), flush=True)
    rows = ["| seed | gatewise nats | PyTorch nats | gatewise symbols/s | PyTorch symbols/s | ratio |", "|--:|--:|--:|--:|--:|--:|"]
    for seed, ours, theirs in pairs:
        speeds = ours["symbols_per_second"], theirs["symbols_per_second"]
        rows.append(f"| {seed} | {ours['nats']:.4f} | {theirs['nats']:.4f} | {speeds[0]:.0f} | {speeds[1]:.0f} | {speeds[0] / speeds[1]:.2f} |")
    loss = statistics.mean(o["nats"] for _, o, _ in pairs) / statistics.mean(t["nats"] for _, _, t in pairs)
    ratio = statistics.median(o["symbols_per_second"] / t["symbols_per_second"] for _, o, t in pairs)
    rows.append(f"\nMean loss {100 * (loss - 1):+.2f} % of PyTorch's; median speed {ratio:.2f} ×.")
    out = "\n".join(["# A character model beside PyTorch", "", machine.markdown(facts), "", *rows, ""])
    print(out)
    if arguments.record:
        (machine.ROOT / "benches" / "record" / f"{arguments.record}.md").write_text(out)


if __name__ == "__main__":
    main()
