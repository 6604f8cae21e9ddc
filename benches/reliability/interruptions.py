"""Trainings that are killed, signalled or whose writes fail, and go on: do they end in the bytes of one that was left alone?

    python benches/reliability/interruptions.py --gatewise target/release/gatewise [--count 600] [--record interruptions]

Every task is trained once undisturbed. Then each trial starts one, disturbs it at a random moment in a random way, resumes it (and disturbs
some of the resumed ones again) until it ends, and compares every file of the run but the report and the log.
"""

import argparse
import collections
import concurrent.futures
import math
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import machine

# Seconds between checkpoints, and what a checkpoint may take beyond them: a step, and the writing of the one under way.
EVERY, SLACK = 0.2, 0.3
# What is compared; a report and a log tell how often a run was interrupted.
TOLD = {"report.html", "metrics.jsonl", "forecast.svg"}
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
WAYS = ["kill -9", "TERM", "HUP", "INT", "TERM twice", "failing write"]

SMALL = ["--threads", "1", "--checkpoint-every", f"{EVERY}s"]
TASKS = {
    "forecast": (["forecast", "sales.csv", "--horizon", "6", "--hidden", "64", "--lookback", "36", "--segment", "1", "--epochs", "12",
                  "--batch", "8", "--combine", "network", "-o", "OUT.csv", *SMALL], "--run", "train forecast"),
    "train forecast": (["train", "forecast", "sales.csv", "--horizon", "6", "--hidden", "48", "--lookback", "36", "--segment", "1",
                        "--epochs", "8", "--seeds", "2", *SMALL], "-o", "train forecast"),
    "train classify": (["train", "classify", "items.csv", "--label-column", "0", "--hidden", "48", "--max-steps", "300", *SMALL], "-o", "train classify"),
    "train regress": (["train", "regress", "values.csv", "--label-column", "0", "--hidden", "48", "--max-steps", "300", *SMALL], "-o", "train regress"),
    "train language": (["train", "language", "story.txt", "--hidden", "96", "--max-steps", "200", *SMALL], "-o", "train language"),
    "detect": (["detect", "sensor.csv", "-o", "OUT.csv"], "--run", "train detect"),
    "train detect": (["train", "detect", "sensor.csv"], "-o", "train detect"),
}


def write_data(place, seed):
    draw = random.Random(seed)
    months = [f"{2000 + t // 12}-{t % 12 + 1:02},{100 + t + 20 * math.sin(t * math.pi / 6) + draw.random():.2f}" for t in range(160)]
    (place / "sales.csv").write_text("month,sales\n" + "\n".join(months) + "\n")
    def rows(first):
        return "".join(f"{first(k)},{','.join(f'{math.sin(t * (1 + k % 3) / 4) + draw.random() / 2:.3f}' for t in range(40))}\n" for k in range(150))
    (place / "items.csv").write_text(rows(lambda k: "abc"[k % 3]))
    (place / "values.csv").write_text(rows(lambda k: k % 3 + draw.random() / 4))
    lines = ["나는 학교에 간다.", "너는 집에 간다.", "the cat sat on the mat,", "and the dog sat on the log."]
    (place / "story.txt").write_text("".join(draw.choice(lines) + "\n" for _ in range(1500)))
    sensor = [f"{t},{math.sin(t / 9) + draw.gauss(0, 0.1):.4f},{draw.gauss(5, 1):.4f}" for t in range(30000)]
    (place / "sensor.csv").write_text("t,a,b\n" + "\n".join(sensor) + "\n")


def held(run, out):
    """What a run left, by name."""
    files = {path.name: path.read_bytes() for path in run.iterdir() if path.name not in TOLD and path.name != "begun.toml"}
    if out.exists():
        files["OUT"] = out.read_bytes()
    return files


def limited(size):
    def limit():
        if size is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    return limit


def disturb(command, place, way, after, size):
    """Runs a command and disturbs it: its status, and when it ended."""
    process = subprocess.Popen(command, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               preexec_fn=limited(size if way == "failing write" else None))
    sent = None
    try:
        if way != "failing write":
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                name = "KILL" if way == "kill -9" else way.split()[0]
                sent = getattr(signal, f"SIG{name}")
                process.send_signal(sent)
                ended = time.time()
                if way == "TERM twice":
                    time.sleep(0.001)
                    process.send_signal(sent)
        said = process.communicate(timeout=120)[1].decode()
    except subprocess.TimeoutExpired:
        process.kill()
        return None, "it hung", time.time()
    return process.returncode, said, ended if sent else time.time()


def lost(run, began, ended):
    """Seconds of work that a kill cost: since the last checkpoint, or since the start."""
    saved = [path.stat().st_mtime for path in run.glob("*.safetensors")] if run.exists() else []
    return ended - max([began, *saved])


def trial(number, args, data, reference, seconds):
    draw = random.Random(f"{args.seed}-{number}")
    task = list(TASKS)[number % len(TASKS)]
    words, flag, resumes = TASKS[task]
    place = data / f"trial{number}"
    place.mkdir()
    for path in data.glob("*.*"):
        (place / path.name).symlink_to(path)
    run, out, ways, faults, worst = place / "run", place / "OUT.csv", [], [], 0.0
    first = [args.gatewise, *words, flag, "run"]
    again = [args.gatewise, *resumes.split(), "--resume", "run"]
    for turn in range(4):
        way = draw.choice(WAYS) if turn == 0 or draw.random() < 0.3 else None
        after, size = draw.uniform(0, 1.05 * seconds[task]), int(10 ** draw.uniform(2.5, 6))
        command, began = (again if run.exists() else first), time.time()
        status, said, ended = disturb(command, place, way, after, size) if way else disturb(command, place, "INT", 300, None)
        if way:
            ways.append(way)
        expected = {"kill -9": -9, "TERM": 143, "HUP": 129, "INT": 130, "TERM twice": 143, "failing write": 1, None: 0}[way]
        if status not in (0, expected) or "panicked" in said:
            # A signal before the program listens ends it as the system does.
            early = way in ("TERM", "HUP", "INT", "TERM twice") and status == -getattr(signal, f"SIG{way.split()[0]}")
            if not early:
                faults.append(f"{way} gave status {status}: {said.strip()[-300:]}")
        if way == "kill -9" and status == -9 and "detect" not in task:
            worst = max(worst, lost(run, began, ended))
        if status == 0:
            break
    if status != 0:
        status, said, _ = disturb(again if run.exists() else first, place, "INT", 300, None)
        if status != 0:
            faults.append(f"the last resume gave {status}: {said.strip()[-300:]}")
    if not faults:
        found = held(run, out)
        for name in sorted(set(found) | set(reference[task])):
            if found.get(name) != reference[task].get(name):
                faults.append(f"{name} {'differs' if name in found and name in reference[task] else 'is in one run alone'}")
        faults += [f"{path.name} was left" for path in place.rglob(".gatewise-*")]
    shutil.rmtree(place)
    return task, ways, faults, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gatewise", required=True)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--record")
    args = parser.parse_args()
    args.gatewise = str(pathlib.Path(args.gatewise).resolve())
    facts = machine.facts(args.gatewise)
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder)
        write_data(data, args.seed)
        reference, seconds = {}, {}
        for task, (words, flag, _) in TASKS.items():
            place = data / task.replace(" ", "-")
            place.mkdir()
            for path in data.glob("*.*"):
                (place / path.name).symlink_to(path)
            start = time.time()
            done = subprocess.run([args.gatewise, *words, flag, "run"], cwd=place, capture_output=True, text=True)
            seconds[task] = time.time() - start
            if done.returncode != 0:
                sys.exit(f"{task}: {done.stderr}")
            reference[task] = held(place / "run", place / "OUT.csv")
        print({task: round(s, 2) for task, s in seconds.items()}, file=sys.stderr)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            results = list(pool.map(lambda number: trial(number, args, data, reference, seconds), range(args.count)))
    counts, good, worst, times = collections.Counter(), collections.Counter(), collections.Counter(), collections.Counter()
    for task, ways, faults, lost_here in results:
        counts[task] += 1
        times[task] += len(ways)
        good[task] += not faults
        worst[task] = max(worst[task], lost_here)
        for fault in faults:
            print(f"{task}, {', '.join(ways)}: {fault}", file=sys.stderr)
    lines = ["| task | trials | interruptions | ended in the same bytes | most work lost by kill -9, s |", "|---|---|---|---|---|"]
    for task in TASKS:
        lines.append(f"| {task} | {counts[task]} | {times[task]} | {good[task]} | {f'{worst[task]:.2f}' if 'detect' not in task else 'the pass'} |")
    lines.append(f"| all | {sum(counts.values())} | {sum(times.values())} | {sum(good.values())} | {max(worst.values()):.2f} |")
    table = "\n".join(lines)
    print(table)
    if args.record:
        how = f"Checkpoints every {EVERY} s. Ways: {', '.join(WAYS)}, at random moments; some resumed runs are disturbed again."
        machine.record(args.record, "Interruptions", facts, f"{how}\n\n{table}")
    allowed = EVERY + SLACK
    sys.exit(0 if sum(good.values()) == args.count and max(worst.values()) <= allowed else 1)


if __name__ == "__main__":
    main()
