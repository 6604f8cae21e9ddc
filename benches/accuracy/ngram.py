#!/usr/bin/env python3
"""Language models beside counting: frequency, symbol before, Kneser-Ney and PPM on the end of each text, which training held back.

    python ngram.py DATA --gatewise ../../target/release/gatewise --texts tinyshakespeare.txt --record ngram -- --time-limit 3m

The figures are those of the event `score` of `gatewise train language TEXT --json`: all methods learn the same symbols and foresee the same.
"""

import json
import math
import subprocess
import sys

import harness

NAMES = {"frequency": "frequency", "pair": "symbol before", "kneser_ney": "Kneser-Ney", "ppm": "PPM"}
COLUMNS = ["nats", "bits a character", "perplexity"]


def texts(parser):
    parser.add_argument("--texts", nargs="+", default=["tinyshakespeare.txt"], metavar="FILE", help="texts in DATA")


def score(arguments, text, run, seed):
    """The event of one training."""
    command = [arguments.gatewise, "train", "language", str(text), "--json", "--seed", str(seed), "-o", str(run), *arguments.options]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(command)}\nended with status {ended.returncode}")
    events = map(json.loads, ended.stdout.splitlines())
    return next(event for event in events if event["event"] == "score")


def figures(event, nats):
    """Nats of a symbol in every form."""
    bits = nats * event["symbols"] / math.log(2) / event["characters"]
    return {"nats": nats, "bits a character": bits, "perplexity": math.exp(nats)}


def main():
    arguments = harness.parse(__doc__, texts, published=False)
    facts = harness.machine.describe()
    parts = []
    with harness.folder(arguments) as work:
        for name in arguments.texts:
            events = [score(arguments, arguments.data / name, work / f"{name}-{seed}", seed) for seed in arguments.seeds]
            # What is counted hangs on no seed.
            rows = []
            for key in filter(events[0]["baseline"].get, NAMES):
                value = events[0]["baseline"][key]
                order = f" of order {value['order']}" if "order" in value else ""
                rows.append((NAMES[key] + order, figures(events[0], value["nats"]), {}))
            rows.append(("gatewise", *harness.spread([figures(event, event["nats"]) for event in events])))
            parts.append(f"## {name}\n\n{harness.table(COLUMNS, rows)}")
    harness.report(arguments, facts, "Language models beside counting", "\n\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
