"""What the accuracy runs share: flags, running the binary, checking figures, writing the record."""

import argparse
import contextlib
import csv
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import machine  # noqa: E402  (beside the folder of this script)


def parse(description, extra=None, published=True, data=True):
    """Flags of every run; whatever follows `--` is handed to `gatewise train`."""
    words, options = sys.argv[1:], []
    if "--" in words:
        cut = words.index("--")
        words, options = words[:cut], words[cut + 1 :]
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if data:
        parser.add_argument("data", type=pathlib.Path, help="folder with the data")
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--work", type=pathlib.Path, metavar="DIR", help="keep runs and forecasts here")
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    if published:
        parser.add_argument("--check", action="store_true", help="hold the scorer against published figures, then stop")
    if extra:
        extra(parser)
    arguments = parser.parse_args(words)
    arguments.options = options
    return arguments


@contextlib.contextmanager
def folder(arguments):
    """The folder for runs: `--work`, or one that goes away."""
    if arguments.work:
        arguments.work.mkdir(parents=True, exist_ok=True)
        yield arguments.work
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield pathlib.Path(temporary)


def gatewise(arguments, *words):
    """Runs one command, its talk on this terminal; returns the seconds it took."""
    start = time.perf_counter()
    command = [arguments.gatewise, *map(str, words)]
    if status := subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"{' '.join(command)}\nended with status {status}")
    return time.perf_counter() - start


def train_forecast(arguments, data, run, seed, horizon, season, *more):
    """Trains one forecaster into the folder `run`; returns the seconds it took."""
    words = ["--horizon", horizon, "--season", season, *more, "--seed", seed, "-o", run, *arguments.options]
    return gatewise(arguments, "train", "forecast", data, *words)


def link(source, target):
    """Puts a file into a folder made for one run, without copying it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(source.resolve())


def labels(path):
    """(item, label) of every row of a table of predicted classes."""
    with open(path, newline="") as file:
        return [(row["item"], row["label"]) for row in csv.DictReader(file)]


def agree(name, got, published, tolerance):
    """Compares one row of figures with the published ones; returns whether they agree."""
    good = all(abs(g - p) <= tolerance for g, p in zip(got, published, strict=True))
    figures = lambda values: " / ".join(f"{value:.3f}" for value in values)
    print(f"{'ok  ' if good else 'FAIL'} {name}: got {figures(got)}, published {figures(published)}")
    return good


def spread(rows):
    """Mean of several runs' figures, and their sample deviation where there are several."""
    keys = [key for key in rows[0] if all(key in row for row in rows)]
    mean = {key: float(np.mean([row[key] for row in rows])) for key in keys}
    deviation = {key: float(np.std([row[key] for row in rows], ddof=1)) for key in keys} if len(rows) > 1 else {}
    return mean, deviation


def table(columns, rows):
    """A Markdown table: `rows` are (name, figures, deviations); an absent figure is a dash."""
    lines = ["| method | " + " | ".join(columns) + " |", "|---|" + "--:|" * len(columns)]
    for name, figures, deviations in rows:
        cells = []
        for column in columns:
            cell = f"{figures[column]:.3f}" if column in figures else "–"
            cells.append(cell + (f" ± {deviations[column]:.3f}" if column in deviations else ""))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(arguments, facts, title, body):
    """Prints the result and, with `--record`, writes it to benches/record."""
    facts["versions"] = f"{machine.version(arguments.gatewise)}, numpy {np.__version__}"
    facts["commit"] = machine.commit()
    facts["training flags"] = " ".join(arguments.options) or "defaults"
    facts["seeds"] = " ".join(map(str, arguments.seeds))
    print(body)
    if arguments.record:
        path = HERE.parent / "record" / f"{arguments.record}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {title}\n\n{machine.markdown(facts)}\n\n{body}\n")
        print(f"\nwritten to {path}", file=sys.stderr)
