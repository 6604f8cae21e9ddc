#!/usr/bin/env python3
"""Characters a second: `gatewise generate` beside a loop over PyTorch's LSTMCell with the same sizes.

Both write character by character with two layers of LSTM and draw from the softmax. The network is trained for a few steps on the
text given, which the speed does not depend on.

    python generation.py ../data/tinyshakespeare.txt --gatewise ../../target/release/gatewise --threads 1 2

With `--several N` instead: one text beside N at once (`--count`) on one thread, for characters and for words, with each way of choosing
a symbol.

    python generation.py ../data/tinyshakespeare.txt --gatewise ../../target/release/gatewise --several 8
"""

import argparse
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

LAYERS = 2

# Words of the larger vocabulary.
WORDS = 10_000

# Ways of choosing a symbol; without filters first.
CHOICES = {
    "softmax": [],
    "top-k 40": ["--top-k", "40"],
    "top-p 0.9": ["--top-p", "0.9"],
    "min-p 0.05": ["--min-p", "0.05"],
    "temperature 0": ["--temperature", "0"],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="a text")
    parser.add_argument("--gatewise", metavar="BINARY")
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="each engine is shown at its best of these")
    parser.add_argument("--length", type=int, default=3000, help="characters of a measurement")
    parser.add_argument("--pairs", type=int, default=5, help="rounds")
    parser.add_argument("--several", type=int, metavar="N", help="measure N texts at once beside one, instead of PyTorch")
    parser.add_argument("--peer", type=int, metavar="THREADS", help="run PyTorch's loop and print its characters a second")
    parser.add_argument("--markdown", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.peer:
        print(json.dumps({"rate": torch_loop(arguments)}))
        return
    if not arguments.gatewise:
        sys.exit("--gatewise BINARY: the binary to measure")

    facts = machine.describe()
    if arguments.several:
        several(arguments, facts)
        return
    with tempfile.TemporaryDirectory() as folder:
        run = f"{folder}/run"
        train(arguments, run)
        rounds = []
        for _ in range(arguments.pairs):
            peer = max(peer_rate(arguments, threads) for threads in arguments.threads)
            rates = {p: max(rate(arguments, run, p, threads) for threads in arguments.threads) for p in ("f32", "int8")}
            rounds.append((peer, rates["f32"], rates["int8"]))
            print("PyTorch {:8.0f}   gatewise f32 {:8.0f}   int8 {:8.0f} characters a second".format(*rounds[-1]), flush=True)
    peer, f32, int8 = (median(column) for column in zip(*rounds))
    lines = [
        f"| PyTorch, LSTMCell loop | {peer:.0f} | 1 |",
        f"| gatewise, f32 | {f32:.0f} | {median(r[1] / r[0] for r in rounds):.1f} |",
        f"| gatewise, int8 | {int8:.0f} | {median(r[2] / r[0] for r in rounds):.1f} |",
    ]
    page = "\n".join(["| engine | characters a second | ratio |", "|---|--:|--:|", *lines])
    print(page)
    if arguments.markdown:
        head = f"# Writing with {LAYERS} × {arguments.hidden} LSTM\n\n{machine.markdown(facts)}\n\n{__doc__.split('    python')[0].strip()}"
        note = f"Medians of {arguments.pairs} alternating rounds, each engine at its best of {arguments.threads} threads."
        pathlib.Path(arguments.markdown).write_text(f"{head}\n\n{note}\n\n{page}\n")


def several(arguments, facts):
    """One text beside several at once, in turns."""
    count, lines = arguments.several, []
    with tempfile.TemporaryDirectory() as folder:
        for unit, flags in (("char", []), ("word", ["--unit", "word", "--vocabulary", WORDS])):
            run = f"{folder}/{unit}"
            train(arguments, run, *flags)
            for choice, chosen in CHOICES.items():
                # At temperature 0 all texts would be one.
                counts = [1] if choice == "temperature 0" else [1, count]
                rounds = [[rate(arguments, run, "f32", 1, "--count", n, *chosen) for n in counts] for _ in range(arguments.pairs)]
                rates = [median(column) for column in zip(*rounds)]
                ratio = f"{median(r[-1] / r[0] for r in rounds):.2f}" if len(counts) > 1 else ""
                at_once = f"{rates[-1]:.0f}" if len(counts) > 1 else ""
                lines.append(f"| {unit}, {choice} | {rates[0]:.0f} | {at_once} | {ratio} |")
                print(lines[-1], flush=True)
    page = "\n".join([f"| symbols, choice | 1: symbols a second | {count} at once | ratio |", "|---|--:|--:|--:|", *lines])
    if arguments.markdown:
        head = f"# {count} texts at once with {LAYERS} × {arguments.hidden} LSTM\n\n{machine.markdown(facts)}"
        about = f"Symbols a second of all texts together, on one thread; {WORDS} words. Medians of {arguments.pairs} alternating rounds of {arguments.length} symbols a text."
        pathlib.Path(arguments.markdown).write_text(f"{head}\n\n{about}\n\n{page}\n")


def train(arguments, run, *flags):
    command = ["train", "language", arguments.data, "-o", run, "--hidden", arguments.hidden, "--layers", LAYERS, "--sample", "0", *flags]
    subprocess.run([arguments.gatewise, *map(str, command), "--max-steps", "2", "--quiet"], check=True, stdout=subprocess.DEVNULL)


def peer_rate(arguments, threads):
    command = [sys.executable, __file__, arguments.data, "--hidden", arguments.hidden, "--length", arguments.length, "--peer", threads]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["rate"]


def rate(arguments, run, precision, threads, *flags):
    command = [arguments.gatewise, "generate", run, "--length", arguments.length, "--precision", precision, "--threads", threads, *flags]
    done = subprocess.run([str(word) for word in [*command, "--json"]], capture_output=True, text=True, check=True)
    events = map(json.loads, done.stdout.splitlines())
    return next(event["symbols_per_second"] for event in events if event["event"] == "text")


def torch_loop(arguments):
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(arguments.peer)
    symbols, hidden = len(set(arguments.data.read_text())), arguments.hidden
    table = torch.nn.Embedding(symbols, hidden)
    cells = [torch.nn.LSTMCell(hidden, hidden) for _ in range(LAYERS)]
    head = torch.nn.Linear(hidden, symbols)
    states = [(torch.zeros(1, hidden), torch.zeros(1, hidden)) for _ in cells]
    symbol = torch.zeros(1, dtype=torch.long)
    with torch.inference_mode():
        for number in range(arguments.length + 100):
            if number == 100:
                start = time.perf_counter()
            x = table(symbol)
            for k, cell in enumerate(cells):
                states[k] = cell(x, states[k])
                x = states[k][0]
            symbol = torch.multinomial(torch.softmax(head(x) / 0.8, 1), 1)[0]
    return arguments.length / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
