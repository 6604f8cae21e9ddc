#!/usr/bin/env python3
"""Seconds from a text to a loss on its held-back end: Gatewise with its defaults, an LSTM in PyTorch and nanoGPT's recipe for a CPU.

    python time_to_loss.py tinyshakespeare.txt --gatewise ../../target/release/gatewise --nats 1.5 --seconds 60 180 --record time-to-loss

Each learns the first 90 % of TEXT by characters in a time limit that its learning rate ends its course in, reads the last 10 % some times on its way (eight; Gatewise as often as
it does), and is told by the first reading at or below the loss that is asked for, in seconds from the start of its process or loop, readings included.

- gatewise: `train language TEXT --time-limit`, all else left to it.
- PyTorch, LSTM: layers, width, share of dropout, weight decay, batches, optimiser and schedule that Gatewise has chosen for the same time, in f32 with `torch.nn.LSTM`; its dropout is
  drawn anew for every character, and its windows are cut at the same places in every pass.
- nanoGPT's recipe: 4 layers of 4 heads over 128 channels, blocks of 64 characters, 12 at once, AdamW with 1e-3 down to 1e-4, weight decay 0.1, no dropout (its
  README's command for a CPU); with 2,000 steps as there, and with as many as the limit has room for. Written anew here.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time
import tomllib

import torch
from torch import nn
from torch.nn import functional as F

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import machine  # noqa: E402

VALID_SHARE = 0.1
READINGS = 8
# Steps that the speed of a peer is measured over.
MEASURED_STEPS = 20


class Recurrent(nn.Module):
    def __init__(self, symbols, chosen):
        super().__init__()
        self.embedding = nn.Embedding(symbols, chosen["embedding"])
        self.recurrent = nn.LSTM(chosen["embedding"], chosen["hidden"], chosen["layers"], batch_first=True, dropout=chosen["dropout"])
        self.dropout = nn.Dropout(chosen["dropout"])
        self.head = nn.Linear(chosen["hidden"], symbols)
        for name, weight in self.recurrent.named_parameters():
            for gate in weight.data.chunk(4):
                if name.startswith("weight"):
                    (nn.init.xavier_uniform_ if "ih" in name else nn.init.orthogonal_)(gate)
            if name.startswith("bias"):
                # PyTorch adds both biases: together the forget gate's are 1.
                weight.data[chosen["hidden"] : 2 * chosen["hidden"]] = float(name.startswith("bias_ih"))

    def forward(self, ids, state=None):
        y, state = self.recurrent(self.embedding(ids), state)
        return self.head(self.dropout(y)), state


class Streams:
    """The text as rows side by side, window after window, the state carried on."""

    def __init__(self, train, valid, chosen):
        self.batch, self.window = chosen["batch"], chosen["window"]
        self.train, self.valid = self.rows(train), self.rows(valid)
        self.begin()

    def begin(self):
        self.at, self.state = 0, None

    def rows(self, ids):
        length = (len(ids) - 1) // self.batch
        cut = lambda first: ids[first : first + length * self.batch].view(self.batch, length)
        return cut(0), cut(1)

    def loss(self, model):
        x, y = self.train
        if self.at >= x.shape[1]:
            self.begin()
        logits, state = model(x[:, self.at : self.at + self.window], self.state)
        self.state = tuple(part.detach() for part in state)
        loss = F.cross_entropy(logits.flatten(0, 1), y[:, self.at : self.at + self.window].flatten())
        self.at += self.window
        return loss

    def read(self, model):
        (x, y), state, nats = self.valid, None, 0.0
        for at in range(0, x.shape[1], 256):
            logits, state = model(x[:, at : at + 256], state)
            nats += F.cross_entropy(logits.flatten(0, 1), y[:, at : at + 256].flatten(), reduction="sum").item()
        return nats / y.numel()


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_mlp = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.queries_keys_values = nn.Linear(width, 3 * width, bias=False)
        self.mixed = nn.Linear(width, width, bias=False)
        self.wide, self.narrow = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        parts = self.queries_keys_values(self.before_attention(x)).chunk(3, -1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        x = x + self.mixed(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.wide(self.before_mlp(x))))


class Transformer(nn.Module):
    LAYERS, HEADS, WIDTH, BLOCK = 4, 4, 128, 64

    def __init__(self, symbols):
        super().__init__()
        self.symbols, self.places = nn.Embedding(symbols, self.WIDTH), nn.Embedding(self.BLOCK, self.WIDTH)
        self.blocks = nn.Sequential(*(Block(self.WIDTH, self.HEADS) for _ in range(self.LAYERS)))
        self.norm = nn.LayerNorm(self.WIDTH, bias=False)
        self.head = nn.Linear(self.WIDTH, symbols, bias=False)
        self.head.weight = self.symbols.weight
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                into_sum = "mixed" in name or "narrow" in name
                nn.init.normal_(weight, std=0.02 / (math.sqrt(2 * self.LAYERS) if into_sum else 1.0))

    def forward(self, ids):
        x = self.symbols(ids) + self.places.weight[: ids.shape[1]]
        return self.head(self.norm(self.blocks(x)))


class Blocks:
    """Blocks of the text from anywhere; the held-back part block after block."""

    BATCH = 12

    def __init__(self, train, valid):
        self.train, self.valid = train, valid

    def begin(self):
        """Blocks come from anywhere."""

    def loss(self, model):
        starts = torch.randint(len(self.train) - model.BLOCK, (self.BATCH,))
        rows = torch.stack([self.train[start : start + model.BLOCK + 1] for start in starts])
        return F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())

    def read(self, model):
        count = (len(self.valid) - 1) // model.BLOCK
        x, y = (self.valid[first : first + count * model.BLOCK].view(count, -1) for first in (0, 1))
        parts = zip(x.split(64), y.split(64))
        return sum(F.cross_entropy(model(a).flatten(0, 1), b.flatten(), reduction="sum").item() for a, b in parts) / y.numel()


def course(step, steps, warm, floor):
    """Linear warm-up, then half a cosine down to the floor: the share of the rate."""
    if step < warm:
        return (step + 1) / warm
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def torch_run(model, data, optimizer, warm, floor, seconds, steps=None):
    """Trains in `seconds`, or for `steps`; gives (seconds, nats) of every reading, and the steps."""
    rate = [group["lr"] for group in optimizer.param_groups]
    start = time.perf_counter()

    def step(share):
        for group, lr in zip(optimizer.param_groups, rate):
            group["lr"] = lr * share
        optimizer.zero_grad(set_to_none=True)
        data.loss(model).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    def read():
        model.eval()
        with torch.no_grad():
            nats = data.read(model)
        model.train()
        return time.perf_counter() - start, nats

    model.train()
    done = 0
    if steps is None:
        # The first steps tell how many there is time for, beside the readings.
        read()
        reading = time.perf_counter() - start
        step(0.0)
        measured = time.perf_counter()
        for _ in range(MEASURED_STEPS):
            step(0.0)
        pace = (time.perf_counter() - measured) / MEASURED_STEPS
        steps = max(1, int((seconds - (time.perf_counter() - start) - READINGS * reading) / pace))
        optimizer.state.clear()
        data.begin()
    every, readings = -(-steps // READINGS), []
    while done < steps:
        step(course(done, steps, warm(steps), floor))
        done += 1
        if done == steps or done % every == 0:
            readings.append(read())
    return readings, steps


def lstm(train, valid, symbols, chosen, seconds):
    model = Recurrent(symbols, chosen)
    optimizer = torch.optim.AdamW(model.parameters(), lr=chosen["lr"], betas=(0.9, 0.99), weight_decay=chosen["weight_decay"], fused=True)
    readings, steps = torch_run(model, Streams(train, valid, chosen), optimizer, lambda steps: max(1, round(0.05 * steps)), 0.01, seconds)
    return model, readings, steps


def nanogpt(train, valid, symbols, seconds, steps=None):
    model = Transformer(symbols)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)
    readings, steps = torch_run(model, Blocks(train, valid), optimizer, lambda _: 100, 0.1, seconds, steps)
    return model, readings, steps


def gatewise(arguments, seconds, work):
    """(seconds, nats) of every reading, the parameters, and what was chosen."""
    run = pathlib.Path(work) / f"run-{seconds}"
    command = [arguments.gatewise, "train", "language", str(arguments.text), "--json", "--sample", "0", "--valid-share", str(VALID_SHARE)]
    command += ["--time-limit", f"{seconds}s", "--threads", str(arguments.threads), "--seed", str(arguments.seed), "-o", str(run)]
    start, readings, parameters = time.perf_counter(), [], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            event, now = json.loads(line), time.perf_counter() - start
            if event["event"] == "start":
                parameters = event["parameters"]
            if event["event"] == "epoch":
                readings.append((now, event["valid_loss"]))
    assert process.returncode == 0, command
    with open(run / "begun.toml", "rb") as file:
        return readings, parameters, tomllib.load(file)["config"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    parser.add_argument("--nats", type=float, default=1.5)
    parser.add_argument("--seconds", type=int, nargs="+", default=[60, 180])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args()
    text = arguments.text.read_text(encoding="utf-8")
    alphabet = {c: i for i, c in enumerate(sorted(set(text)))}
    ids = torch.tensor([alphabet[c] for c in text])
    cut = len(ids) - math.ceil(len(ids) * VALID_SHARE)
    train, valid, symbols = ids[:cut], ids[cut:], len(alphabet)
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    facts = machine.facts(arguments.gatewise) | {"PyTorch": torch.__version__, "threads": arguments.threads, "seed": arguments.seed}
    rows = [f"| who | limit, s | network | parameters | last reading, nats | seconds to {arguments.nats} |", "|---|--:|---|--:|--:|--:|"]

    def enter(who, limit, network, parameters, readings):
        reached = next((f"{at:.0f}" for at, nats in readings if nats <= arguments.nats), "not reached")
        rows.append(f"| {who} | {limit} | {network} | {parameters} | {readings[-1][1]:.3f} after {readings[-1][0]:.0f} s | {reached} |")
        print(rows[-1], flush=True)

    def peer(who, limit, network, run):
        torch.manual_seed(arguments.seed)
        model, readings, steps = run()
        enter(who, limit, f"{network}, {steps} steps", sum(p.numel() for p in model.parameters()), readings)

    with tempfile.TemporaryDirectory() as work:
        recipe = f"{Transformer.LAYERS} × {Transformer.WIDTH}, {Transformer.HEADS} heads"
        peer("nanoGPT's recipe", "its own steps", recipe, lambda: nanogpt(train, valid, symbols, 0, 2000))
        for seconds in arguments.seconds:
            readings, parameters, chosen = gatewise(arguments, seconds, work)
            network = f"LSTM {chosen['layers']} × {chosen['hidden']}"
            enter("gatewise", seconds, f"{network}, {chosen.get('precision', 'f32')}", parameters, readings)
            peer("PyTorch, LSTM", seconds, f"{network}, f32", lambda: lstm(train, valid, symbols, chosen, seconds))
            peer("nanoGPT's recipe", seconds, recipe, lambda: nanogpt(train, valid, symbols, seconds))
    if arguments.record:
        machine.record(arguments.record, f"From a text to {arguments.nats} nats a character", facts, "\n".join(rows))


if __name__ == "__main__":
    main()
