"""Rows a second of `gatewise detect --online`, learning included, alone or beside another build in alternating rounds.

    python detect_rows.py --gatewise ../../target/release/gatewise --record detect-rows [--against OTHER]

One channel without a time column: a wave in noise.
"""

import argparse
import math
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import machine  # noqa: E402  (beside the folder of this script)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    parser.add_argument("--against", metavar="BINARY", help="another build")
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args()
    facts = machine.facts(arguments.gatewise)
    binaries = {"gatewise": arguments.gatewise} | ({"the other build": arguments.against} if arguments.against else {})
    seconds = {name: [] for name in binaries}
    with tempfile.TemporaryDirectory() as folder:
        table, draw = pathlib.Path(folder) / "table.csv", random.Random(1)
        values = (f"{50 + 5 * math.sin(row / 20) + draw.gauss(0, 1):.3f}" for row in range(arguments.rows))
        table.write_text("value\n" + "\n".join(values) + "\n")
        for turn in range(arguments.rounds):
            for name, binary in binaries.items():
                run = pathlib.Path(folder) / f"{turn}-{name}"
                began = time.perf_counter()
                subprocess.run([binary, "detect", table, "--online", "--quiet", "--run", run, "-o", run.with_suffix(".csv")], check=True)
                seconds[name].append(time.perf_counter() - began)
    lines = ["| build | seconds, median | lowest | highest | rows a second |", "|---|--:|--:|--:|--:|"]
    for name, took in seconds.items():
        middle = statistics.median(took)
        lines.append(f"| {name} | {middle:.2f} | {min(took):.2f} | {max(took):.2f} | {arguments.rows / middle:,.0f} |")
    if arguments.against:
        ratio = statistics.median(b / a for a, b in zip(*seconds.values()))
        lines.append(f"\nRows a second over those of the other build, median of the rounds: {ratio:.2f}")
    body = f"{arguments.rows:,} rows, reading and writing included, {arguments.rounds} rounds.\n\n" + "\n".join(lines)
    print(body)
    if arguments.record:
        machine.record(arguments.record, "Rows a second in detection", facts, body)


if __name__ == "__main__":
    main()
