#!/usr/bin/env python3
"""Penn Treebank by its tokens: trained on ptb-train.txt, scored on ptb-valid.txt in perplexity a white-space token.

    python ptb.py DATA --gatewise ../../target/release/gatewise --record ptb-60m -- --time-limit 60m

DATA holds ptb-train.txt and ptb-valid.txt as Mikolov prepared them: 929,589 and 73,760 tokens, line ends counted, 10,000 different ones. What stops the
training early and picks its weights is the end of ptb-train.txt, which `gatewise train language` holds back by itself; ptb-valid.txt is read once, when the
model is done: by the model as it is, and by one that learns from it as it reads (`gatewise score --adapt`).
"""

import json
import subprocess
import sys

import harness

# Perplexity on the validation part. The first is an estimate from the test figure 87.2 of the same paper.
PUBLISHED = {
    "2 × 200, tied (Press and Wolf 2017), about": 91.0,
    "Zaremba 2014, medium: 2 × 650": 86.2,
    "AWD-LSTM (Merity 2018): 3 × 1150": 60.0,
    "AWD-LSTM, dynamic evaluation (Krause 2018)": 51.6,
}
KEY = "perplexity a token"


def score(arguments, run, text, *more):
    """The scores of a run on a text."""
    command = [arguments.gatewise, "score", str(run), str(text), "--json", *more]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return next(event for event in map(json.loads, lines) if event["event"] == "score")


def main():
    arguments = harness.parse(__doc__, published=False)
    train, valid = (arguments.data / f"ptb-{part}.txt" for part in ("train", "valid"))
    facts = harness.machine.describe()
    rows, adapted, seconds = [], [], []
    with harness.folder(arguments) as work:
        for seed in arguments.seeds:
            run = work / f"ptb-{seed}"
            command = ["train", "language", train, "--unit", "token", "--sample", 0, "--seed", seed, "-o", run]
            seconds.append(harness.gatewise(arguments, *command, *arguments.options))
            for out, more in ((rows, ()), (adapted, ("--adapt",))):
                event = score(arguments, run, valid, *more)
                out.append({KEY: event["perplexity_per_token"], "nats": event["nats"], "tokens": event["tokens"]})
    facts["seconds a run"] = ", ".join(f"{took:.0f}" for took in seconds)
    published = [(name, {KEY: figure}, {}) for name, figure in PUBLISHED.items()]
    ours = [("gatewise", *harness.spread(rows)), ("gatewise, `--adapt`", *harness.spread(adapted))]
    harness.report(arguments, facts, "Penn Treebank, validation part", harness.table([KEY, "nats", "tokens"], ours + published))
    return 0


if __name__ == "__main__":
    sys.exit(main())
