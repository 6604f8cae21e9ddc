#!/usr/bin/env python3
"""Tiny Shakespeare by characters: trained on the first 90 %, scored in nats on the last 10 %.

    python shakespeare.py DATA --gatewise ../../target/release/gatewise --record shakespeare-3m -- --time-limit 3m

DATA holds tinyshakespeare.txt (1,115,394 characters). `gatewise train language` holds the end of the text back by itself; the score is
that of `gatewise evaluate` on the same part, cut from the file here and read from its start.
"""

import json
import math
import subprocess
import sys

import harness

VALID_SHARE = 0.1


def main():
    arguments = harness.parse(__doc__, published=False)
    source = arguments.data / "tinyshakespeare.txt"
    text = source.read_bytes()
    facts = harness.machine.describe()
    rows, seconds = [], []
    with harness.folder(arguments) as work:
        held = work / "held.txt"
        held.write_bytes(text[len(text) - math.ceil(len(text) * VALID_SHARE) :])
        for seed in arguments.seeds:
            run = work / f"shakespeare-{seed}"
            train = ["train", "language", source, "--valid-share", VALID_SHARE, "--seed", seed, "-o", run]
            seconds.append(harness.gatewise(arguments, *train, *arguments.options))
            evaluate = [arguments.gatewise, "evaluate", str(run), str(held), "--json"]
            score = json.loads(subprocess.run(evaluate, check=True, capture_output=True, text=True).stdout)
            rows.append({"nats": score["nats"], "bits a character": score["bits_per_char"], "perplexity": score["perplexity"]})
    facts["seconds a run"] = ", ".join(f"{took:.0f}" for took in seconds)
    table = harness.table(["nats", "bits a character", "perplexity"], [("gatewise", *harness.spread(rows))])
    harness.report(arguments, facts, "Tiny Shakespeare, characters", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
