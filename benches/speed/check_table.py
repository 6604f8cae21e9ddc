"""Time and memory of `gatewise check` on large tables.

Two tables are made: seven columns of numbers beside ISO times, and one. Processor time is that of all threads, in user and in system mode
together, so that megabytes a second are those of one core; the peak is the largest resident set. Both are set beside the file's size.

    python check_table.py --gatewise ../../target/release/gatewise --record check-table
"""

import argparse
import datetime
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import machine  # noqa: E402  (beside the folder of this script)

MEGABYTE = 1_000_000
# Name, columns of numbers, how the times are written.
TABLES = [
    ("seven columns, `2020-01-31T13:00:00`", 7, "T"),
    ("one column, `2020-01-31 13:00:00`", 1, " "),
]
# Numbers that a column repeats; primes of different lengths keep the columns apart.
POOLS = [99991, 99989, 99971, 99961, 99929, 99923, 99907]
BLOCK = 50_000


def make(path, columns, lead, size):
    """Writes a table of at least `size` bytes, a row a minute; returns its rows."""
    draw = random.Random(1)
    pools = [[f"{draw.gauss(20, 50):.{draw.choice((1, 2, 3))}f}" for _ in range(count)] for count in POOLS[:columns]]
    at, minute, rows, written = datetime.datetime(1970, 1, 1), datetime.timedelta(minutes=1), 0, 0
    with open(path, "w", newline="") as file:
        written += file.write("time," + ",".join(f"c{column}" for column in range(columns)) + "\n")
        while written < size:
            lines = []
            for _ in range(BLOCK):
                lines.append(",".join([at.isoformat(lead), *(pool[rows % len(pool)] for pool in pools)]))
                at += minute
                rows += 1
            written += file.write("\n".join(lines) + "\n")
    return rows


def check(binary, path):
    """Seconds of processor time and the peak in bytes of one run."""
    with open(os.devnull, "rb") as nothing:
        process = subprocess.Popen([binary, "check", str(path)], stdin=nothing, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{binary} check {path} ended with status {process.returncode}")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    parser.add_argument("--megabytes", type=int, default=300, help="size of each table")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each table; the fastest and the smallest count")
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args()
    facts = machine.facts(arguments.gatewise)
    lines = ["| table | MB | rows | processor seconds | MB a second and core | peak in MB | of the file |", "|---|--:|--:|--:|--:|--:|--:|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, columns, lead in TABLES:
            path = pathlib.Path(folder) / "table.csv"
            rows = make(path, columns, lead, arguments.megabytes * MEGABYTE)
            size = path.stat().st_size
            runs = [check(arguments.gatewise, path) for _ in range(arguments.rounds)]
            seconds, peak = (min(part) for part in zip(*runs))
            rate = size / MEGABYTE / seconds
            line = f"| {name} | {size / MEGABYTE:.0f} | {rows} | {seconds:.2f} | {rate:.0f} | {peak / MEGABYTE:.0f} | {peak / size:.2f} |"
            lines.append(line)
            print(line, file=sys.stderr)
    body = f"`gatewise check`, the best of {arguments.rounds} runs: user and system time of all threads.\n\n" + "\n".join(lines)
    print(body)
    if arguments.record:
        machine.record(arguments.record, "Checking large tables", facts, body)


if __name__ == "__main__":
    main()
