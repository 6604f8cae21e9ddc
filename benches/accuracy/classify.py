#!/usr/bin/env python3
"""Classes of labelled sequences: trained on one file, the answers for another held against its labels.

    python classify.py japanese-vowels DATA --gatewise ../../target/release/gatewise --record classify-japanese-vowels [-- training flags]

| case | DATA holds |
|---|---|
| japanese-vowels, gunpoint, italy | NAME_TRAIN.ts and NAME_TEST.ts of the UCR/UEA archive, or folders of these names with them |
| pointer | point_history.csv: a label, then 16 points x, y; a fifth of each class, drawn by --split-seed, is held back by this script |
| nsmc | nsmc-train.csv and nsmc-valid.csv: text,label |
| mnist | the four IDX files, gzipped; a digit is a sequence of 784 pixels |
| mnist-14 | the same; means of 2 × 2 pixels, a sequence of 196 |

The file with the answers is given to `gatewise predict` alone; accuracy and macro F1 are computed here.
"""

import csv
import gzip
import random
import resource
import sys

import numpy as np

import harness

SETS = {"japanese-vowels": "JapaneseVowels", "gunpoint": "GunPoint", "italy": "ItalyPowerDemand"}
COLUMNS = ["accuracy", "F1", "majority"]
# What a case cannot be read without.
READ = {"pointer": ["--label-column", "0", "--channels", "2"]}


def extra(parser):
    parser.add_argument("case", choices=[*SETS, "pointer", "nsmc", "mnist", "mnist-14"])
    parser.add_argument("--split-seed", type=int, default=1, help="of the part that `pointer` holds back")
    parser.add_argument("--model", metavar="RUN", help="score this trained run instead of training")


def main():
    # The case comes first on the command line, the folder after it.
    sys.argv[1:3] = sys.argv[2:0:-1]
    arguments = harness.parse(__doc__, extra, published=False)
    facts = harness.machine.describe()
    runs, seconds, processor = [], [], []
    with harness.folder(arguments) as work:
        train, flags, test, truth = parts(arguments, work)
        for seed in arguments.seeds:
            run = arguments.model or work / f"{arguments.case}-{seed}"
            if not arguments.model:
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                command = ["train", "classify", train, "-o", run, "--seed", seed, *flags, *READ.get(arguments.case, []), *arguments.options]
                seconds.append(harness.gatewise(arguments, *command))
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            answers = work / f"{arguments.case}-{seed}.csv"
            harness.gatewise(arguments, "predict", run, test, "-o", answers)
            runs.append(score(truth, [label for _, label in harness.labels(answers)]))
    facts["command"] = f"python classify.py {arguments.case} DATA --gatewise gatewise --seeds {' '.join(map(str, arguments.seeds))}"
    if seconds:
        facts["training"] = f"{np.mean(seconds):.0f} s a run, {np.mean(processor):.0f} s of processor time"
    mean, deviation = harness.spread(runs)
    body = harness.table(COLUMNS, [("gatewise", mean, deviation)]) + f"\n\n{len(truth)} items scored.\n"
    harness.report(arguments, facts, f"Classes: {arguments.case}", body)


def score(truth, got):
    """Accuracy, the mean of the classes' F1, and the share of the most frequent class."""
    truth, got = np.array(truth), np.array(got)
    f1 = []
    for label in sorted(set(truth) | set(got)):
        hit = np.sum((truth == label) & (got == label))
        f1.append(2 * hit / (np.sum(truth == label) + np.sum(got == label)))
    most = max(np.sum(truth == label) for label in set(truth))
    return {"accuracy": float(np.mean(truth == got)), "F1": float(np.mean(f1)), "majority": float(most / len(truth))}


def parts(arguments, work):
    """The file to train on, its flags, the file to answer for, and the true labels."""
    case, data = arguments.case, arguments.data
    if case in SETS:
        name = SETS[case]
        folder = data / name if (data / name).is_dir() else data
        train, test = folder / f"{name}_TRAIN.ts", folder / f"{name}_TEST.ts"
        lines = test.read_text(encoding="utf-8").splitlines()
        start = next(i for i, line in enumerate(lines) if line.strip().lower() == "@data")
        return train, [], test, [line.rsplit(":", 1)[1].strip() for line in lines[start + 1 :] if line.strip()]
    if case == "nsmc":
        with open(data / "nsmc-valid.csv", encoding="utf-8", newline="") as file:
            truth = [row["label"] for row in csv.DictReader(file)]
        return data / "nsmc-train.csv", [], data / "nsmc-valid.csv", truth
    if case == "mnist-14":
        halve(data, work)
        case, data = "mnist", work
    if case == "mnist":
        with gzip.open(data / "test-labels-idx1-ubyte.gz") as file:
            truth = [str(byte) for byte in file.read()[8:]]
        flags = ["--labels", data / "train-labels-idx1-ubyte.gz"]
        return data / "train-images-idx3-ubyte.gz", flags, data / "test-images-idx3-ubyte.gz", truth
    lines = (data / "point_history.csv").read_text(encoding="utf-8").splitlines()
    order = list(range(len(lines)))
    random.Random(arguments.split_seed).shuffle(order)
    held = set()
    for label in {line.split(",")[0] for line in lines}:
        own = [i for i in order if lines[i].split(",")[0] == label]
        held.update(own[: len(own) // 5])
    train, test = work / "train.csv", work / "test.csv"
    train.write_text("".join(lines[i] + "\n" for i in range(len(lines)) if i not in held))
    test.write_text("".join(lines[i] + "\n" for i in sorted(held)))
    return train, [], test, [lines[i].split(",")[0] for i in sorted(held)]


def halve(data, work):
    """Copies the four files with pictures of half the height and width, each pixel the rounded mean of four."""
    for part in ("train", "test"):
        with gzip.open(data / f"{part}-images-idx3-ubyte.gz") as file:
            head, sizes, pixels = file.read(4), np.frombuffer(file.read(12), ">i4"), np.frombuffer(file.read(), np.uint8)
        count, height, width = sizes.tolist()
        means = pixels.reshape(count, height // 2, 2, width // 2, 2).mean((2, 4)).round().astype(np.uint8)
        with gzip.open(work / f"{part}-images-idx3-ubyte.gz", "wb") as file:
            file.write(head + np.array([count, height // 2, width // 2], ">i4").tobytes() + means.tobytes())
        harness.link(data / f"{part}-labels-idx1-ubyte.gz", work / f"{part}-labels-idx1-ubyte.gz")


if __name__ == "__main__":
    main()
