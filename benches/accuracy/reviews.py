#!/usr/bin/env python3
"""Korean film reviews (nsmc) as a text, in several units, and what a language model of them knows of their labels.

    python reviews.py DATA --gatewise ../../target/release/gatewise --together 2 --record reviews -- --time-limit 10m --threads 1
    python reviews.py DATA --gatewise ../../target/release/gatewise --labels --record reviews-labels -- --time-limit 20m

DATA holds nsmc-train.csv and nsmc-valid.csv (text,label). The reviews of nsmc-train.csv, one a line, are learned from in each unit for the same time;
those of nsmc-valid.csv are scored once, in bits a character of all of them, line ends among them. With `--labels` the model of `--unit` is what a
classifier of the labels begins with, with `--nothing` one begins with nothing; the accuracy is that on nsmc-valid.csv, of both voices and of each alone.
"""

import concurrent.futures
import csv
import itertools
import json
import subprocess
import sys

import harness

UNITS = {"characters": "char", "letters (jamo)": "jamo", "sub-words": "sub-word", "sub-words by likelihood": "unigram", "bytes": "byte"}


def extra(parser):
    parser.add_argument("--units", nargs="+", choices=UNITS.values(), help="these alone")
    parser.add_argument("--together", type=int, default=1, metavar="N", help="units that are trained at once")
    parser.add_argument("--most", type=int, metavar="N", help="reviews that are learned from, the first ones, instead of all")
    parser.add_argument("--labels", action="store_true", help="classify from the model of one unit")
    parser.add_argument("--nothing", action="store_true", help="classify from nothing")
    parser.add_argument("--unit", default="unigram", help="the unit of `--labels`")


def plain(source, target, most=None):
    """The texts of a table, one a line, or the first of them."""
    with open(source, newline="", encoding="utf-8") as file:
        lines = [" ".join(row["text"].split()) for row in itertools.islice(csv.DictReader(file), most)]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def score(arguments, run, text):
    command = [arguments.gatewise, "score", str(run), str(text), "--json"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return next(event for event in map(json.loads, lines) if event["event"] == "score")


def few(source, target, most):
    """The first rows of a table."""
    with open(source, newline="", encoding="utf-8") as file, open(target, "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(itertools.islice(csv.reader(file), most + 1))


def accuracy(arguments, run, table):
    command = [arguments.gatewise, "evaluate", str(run), str(table), "--json"]
    score = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    alone = {f"{name} alone": figures["accuracy"] for name, figures in score.get("alone", {}).items()}
    return {"accuracy": score["accuracy"], **alone}


def main():
    arguments = harness.parse(__doc__, extra, published=False)
    facts = harness.machine.describe()
    tables = {part: arguments.data / f"nsmc-{part}.csv" for part in ("train", "valid")}
    rows, seconds = [], []
    with harness.folder(arguments) as work:
        texts = {part: work / f"{part}.txt" for part in tables}
        for part, table in tables.items():
            plain(table, texts[part], arguments.most if part == "train" else None)
        chosen = arguments.units or UNITS.values()
        units = {name: unit for name, unit in UNITS.items() if unit in chosen}
        if arguments.labels or arguments.nothing:
            units = {arguments.unit: arguments.unit} if arguments.labels else {}

        def learn(unit, seed):
            train = ["train", "language", texts["train"], "--unit", unit, "--sample", 0, "--seed", seed, "-o", work / f"{unit}-{seed}"]
            return harness.gatewise(arguments, *train, *arguments.options)

        with concurrent.futures.ThreadPoolExecutor(arguments.together) as pool:
            seconds += pool.map(lambda pair: learn(*pair), [(unit, seed) for unit in units.values() for seed in arguments.seeds])
        keys = {"bits a character": "bits_per_char", "bits a byte": "bits_per_byte", "perplexity a token": "perplexity_per_token"}
        for name, unit in units.items():
            events = [score(arguments, work / f"{unit}-{seed}", texts["valid"]) for seed in arguments.seeds]
            rows.append((name, *harness.spread([{title: event[key] for title, key in keys.items()} for event in events])))
        starts = {}
        if arguments.labels:
            starts[f"from the model of {arguments.unit}"] = lambda seed: ["--from", work / f"{arguments.unit}-{seed}"]
        if arguments.nothing:
            starts["from nothing"] = lambda _: []
        if starts:
            if arguments.most:
                few(tables["train"], work / "train.csv", arguments.most)
                tables["train"] = work / "train.csv"
            for number, (name, begin) in enumerate(starts.items()):
                found = []
                for seed in arguments.seeds:
                    run, start = work / f"labels-{number}-{seed}", begin(seed)
                    train = ["train", "classify", tables["train"], "--seed", seed, "-o", run, *start, *arguments.options]
                    seconds.append(harness.gatewise(arguments, *train))
                    found.append(accuracy(arguments, run, tables["valid"]))
                rows.append((name, *harness.spread(found)))
        columns = list(dict.fromkeys(key for row in rows for key in row[1]))
    facts["seconds a run"] = ", ".join(f"{took:.0f}" for took in seconds)
    harness.report(arguments, facts, "Korean film reviews", harness.table(columns, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
