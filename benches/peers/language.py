#!/usr/bin/env python3
"""A language model beside its twin in PyTorch: same text, split, network, optimiser, schedule, batches and steps.

    python language.py TEXT --gatewise ../../target/release/gatewise --steps 300 --threads 2 --pairs 3 --record language
    python language.py PTB --tokens --hidden 400 --window 35 --gatewise ../../target/release/gatewise --steps 60 --record language-tokens

Both train an LSTM of two layers on the first 90 % of TEXT, read as 32 streams of windows of characters (with `--tokens` of white-space tokens, whose vectors are
the weights of the output too) whose state is carried on, and are scored on the rest in nats. With `--tokens` Gatewise runs twice: with all outputs, as its
twin does, and with the sample of them that is its default. Compared are the loss and the symbols a second over the training steps alone: reading the text, start-up and scoring are
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

LAYERS, EMBEDDING = 2, 64
BATCH, VALID_SHARE = 32, 0.1
LR, WARMUP, FLOOR, CLIP, BETAS = 0.0141, 0.05, 0.01, 1.0, (0.9, 0.99)


class Twin(nn.Module):
    def __init__(self, symbols, hidden, tied):
        super().__init__()
        embedding = hidden if tied else EMBEDDING
        self.embedding = nn.Embedding(symbols, embedding)
        self.recurrent = nn.LSTM(embedding, hidden, LAYERS, batch_first=True)
        self.head = nn.Linear(hidden, symbols)
        if tied:
            self.head.weight = self.embedding.weight
            nn.init.normal_(self.embedding.weight, std=hidden**-0.5)
            nn.init.zeros_(self.head.bias)
        for name, weight in self.recurrent.named_parameters():
            for gate in weight.data.chunk(4):
                if name.startswith("weight_ih"):
                    nn.init.xavier_uniform_(gate)
                elif name.startswith("weight_hh"):
                    nn.init.orthogonal_(gate)
            if name.startswith("bias"):
                # PyTorch adds both biases: together they are 1.
                weight.data[hidden : 2 * hidden] = float(name.startswith("bias_ih"))

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


def torch_run(text, arguments, threads, seed):
    steps, window = arguments.steps, arguments.window
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    if arguments.tokens:
        # The vocabulary is that of the part that is learned from; where Gatewise cuts, the cut token belongs to the held-back part.
        at = len(text) - math.ceil(len(text) * VALID_SHARE)
        at = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
        parts = [part.replace("\n", " \n ").split(" ") for part in (text[:at], text[at:])]
        learned, held = ([unit for unit in part if unit] for part in parts)
        symbols = {c: i for i, c in enumerate(sorted({*learned, "<unk>"}))}
        ids = torch.tensor([symbols.get(c, symbols["<unk>"]) for c in learned + held])
        cut = len(learned)
    else:
        symbols = {c: i for i, c in enumerate(sorted(set(text)))}
        ids = torch.tensor([symbols[c] for c in text])
        cut = len(ids) - math.ceil(len(ids) * VALID_SHARE)
    train, valid = ids[:cut], ids[cut:]
    length = (len(train) - 1) // BATCH
    x = train[: length * BATCH].view(BATCH, length)
    y = train[1 : length * BATCH + 1].view(BATCH, length)
    model = Twin(len(symbols), arguments.hidden, arguments.tokens)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, betas=BETAS, weight_decay=0.0, fused=True)
    state, at, read = None, 0, 0
    start = time.perf_counter()
    for step in range(steps):
        if at >= length:
            state, at = None, 0
        optimizer.param_groups[0]["lr"] = rate(step, steps)
        optimizer.zero_grad(set_to_none=True)
        logits, state = model(x[:, at : at + window], state)
        state = tuple(s.detach() for s in state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y[:, at : at + window].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        read += logits.shape[0] * logits.shape[1]
        at += window
    seconds = time.perf_counter() - start
    nats, state, at = 0.0, None, 0
    with torch.no_grad():
        while at + 1 < len(valid):
            part = valid[at : at + 1001]
            logits, state = model(part[None, :-1], state)
            nats += nn.functional.cross_entropy(logits[0], part[1:], reduction="sum").item() / (len(valid) - 1)
            at += len(part) - 1
    return {"nats": nats, "symbols_per_second": read / seconds, "parameters": sum(p.numel() for p in model.parameters())}


def gatewise_run(arguments, threads, seed, *more):
    steps = arguments.steps
    with tempfile.TemporaryDirectory() as work:
        flags = {
            "--layers": LAYERS, "--hidden": arguments.hidden, "--batch": BATCH, "--window": arguments.window, "--lr": LR,
            "--dropout": 0, "--input-dropout": 0, "--embedding-dropout": 0, "--weight-drop": 0, "--activation-penalty": 0,
            "--slowness-penalty": 0, "--average": 0, "--clip-norm": CLIP, "--max-steps": steps, "--validate-every": steps, "--sample": 0,
            "--valid-share": VALID_SHARE, "--threads": threads, "--seed": seed, "-o": pathlib.Path(work) / "run",
        }  # fmt: skip
        words = [str(word) for pair in flags.items() for word in pair]
        words += ["--unit", "token", "--tied"] if arguments.tokens else ["--embedding", str(EMBEDDING)]
        command = [arguments.gatewise, "train", "language", str(arguments.text), "--json", *words, *more]
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
    parser.add_argument("--tokens", action="store_true", help="white-space tokens, vectors tied to the outputs")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args()
    text = arguments.text.read_text(encoding="utf-8")
    facts = machine.describe() | {"PyTorch": torch.__version__, "threads": arguments.threads, "steps": arguments.steps}
    kinds = [("all outputs", ["--sampled-outputs", "0"]), ("a sample of the outputs", [])] if arguments.tokens else [("gatewise", [])]
    rows = ["| seed | outputs | gatewise nats | PyTorch nats | gatewise symbols/s | PyTorch symbols/s | ratio |", "|--:|---|--:|--:|--:|--:|--:|"]
    pairs = {name: [] for name, _ in kinds}
    for seed in range(1, arguments.pairs + 1):
        # PyTorch at the best number of threads up to ours.
        theirs = max(
            (torch_run(text, arguments, threads, seed) for threads in range(1, arguments.threads + 1)),
            key=lambda run: run["symbols_per_second"],
        )
        for name, more in kinds:
            ours = gatewise_run(arguments, arguments.threads, seed, *more)
            assert ours["parameters"] == theirs["parameters"], (ours, theirs)
            pairs[name].append((ours, theirs))
            speeds = ours["symbols_per_second"], theirs["symbols_per_second"]
            figures = f"{ours['nats']:.4f} | {theirs['nats']:.4f} | {speeds[0]:.0f} | {speeds[1]:.0f} | {speeds[0] / speeds[1]:.2f}"
            rows.append(f"| {seed} | {name} | {figures} |")
            print(rows[-1], flush=True)
    for name, runs in pairs.items():
        loss = statistics.mean(o["nats"] for o, _ in runs) / statistics.mean(t["nats"] for _, t in runs)
        ratio = statistics.median(o["symbols_per_second"] / t["symbols_per_second"] for o, t in runs)
        rows.append(f"\nWith {name}: mean loss {100 * (loss - 1):+.2f} % of PyTorch's; median speed {ratio:.2f} ×.")
    out = "\n".join(["# A language model beside PyTorch", "", machine.markdown(facts), "", *rows, ""])
    print(out)
    if arguments.record:
        (machine.ROOT / "benches" / "record" / f"{arguments.record}.md").write_text(out)


if __name__ == "__main__":
    main()
