"""Commands on mutated inputs: does every one of them end soon, with a status that tells what was wrong?

    python benches/reliability/fuzz_binary.py --gatewise target/release/gatewise [--count 20000] [--seed 1] [--record fuzz-binary]

Small valid tables, items, texts, sounds, films, model files and settings are changed at random, and a random command is run on them, or on the
valid ones with a hostile argument. A run counts as good if it ends within the time that it may compute, by no signal, without "panicked" on standard error, and with
status 0, 2, 3, 4 or 5; with 1 only where the system refused to read or write. Inputs and commands of the others are kept with --keep.
"""

import argparse
import collections
import concurrent.futures
import datetime
import json
import math
import pathlib
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import wave

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import machine

# Seconds of the processor and bytes of address space that a run may take; one that waits ends after some times as many seconds of the clock.
SECONDS, MEMORY, WAITING = 20, 4 << 30, 10
GOOD = {0, 2, 3, 4, 5}
# What the system says when it refuses.
REFUSED = re.compile(r"\(os error \d+\)|failed to fill whole buffer|stream did not contain")
ONE = ["--threads", "1"]
SOON = ["--max-steps", "2", "--hidden", "4", *ONE]
NUMBERS = ["0", "-1", "1", "2", "7", "1000", "65536", "100000", "4294967295", "1000000000", "9223372036854775807", "18446744073709551615",
           "99999999999999999999999", "1e308", "1e-320", "-0.5", "nan", "inf", "", "x", "5,1", "1:2"]
SCRAPS = [b"\n", b"\r", b'"', b",", b";", b"\t", b"-", b":", b"/", b".", b"0", b"9" * 20, b"1e999", b"NaN", b"\0", b"\xff", b"\xef\xbb\xbf",
          "é".encode(), b"Q4", b"Jan", b" PM", b"+23:59", b"9999-12-31", b"-9223372036854775808", b"[]", b"{}", b"null", b"\x1b[31m"]


def write_inputs(place):
    """Valid inputs, each by its kind."""
    draw = random.Random(1)
    first = datetime.date(2020, 1, 1)
    days = "".join(f"{first + datetime.timedelta(t)},{10 + t % 7 + draw.random():.2f},{t}\n" for t in range(120))
    (place / "table.csv").write_text("day,sold,visits\n" + days)
    (place / "long.csv").write_text("id,ds,y\n" + "".join(f"{s},{t},{t % 5 + draw.random():.2f}\n" for s in "AB" for t in range(1, 41)))
    (place / "german.csv").write_text("Zeit;Wert\n" + "".join(f"{1 + t // 24:02}.01.2020 {t % 24:02}:00;{t % 24},{t % 10}\n" for t in range(96)))
    (place / "log.csv").write_text("ts,cpu,state\n" + "".join(f"{1700000000 + 60 * t},{50 + 9 * math.sin(t / 4):.2f},{'RUN' if t % 9 else 'IDLE'}\n" for t in range(200)))
    def row(first, k):
        return f"{first},{','.join(f'{math.sin(t * (1 + k % 2) / 3) + draw.random() / 5:.3f}' for t in range(12))}\n"
    (place / "items.csv").write_text("".join(row("ab"[k % 2], k) for k in range(24)))
    (place / "values.csv").write_text("".join(row(k % 2 + 0.25, k) for k in range(24)))
    (place / "items.ts").write_text("@problemName x\n@timeStamps false\n@classLabel true a b\n@data\n" + "".join(f"{k},2,{k + 1}:4,5,?:{'ab'[k % 2]}\n" for k in range(12)))
    (place / "items.idx").write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 6, 4, 3) + bytes(range(72)))
    (place / "texts.csv").write_text("text,label\n" + "".join(f"\"{draw.choice(['good', 'very good', 'nice'])} thing {k}\",1\nbad {k} thing,0\n" for k in range(12)))
    (place / "story.txt").write_text("".join(draw.choice(["the cat sat on the mat,\n", "나는 학교에 간다.\n", "and the dog sat.\n"]) for _ in range(60)))
    for k in range(6):
        folder = place / "wavs" / "ab"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        with wave.open(str(folder / f"{k}.wav"), "wb") as out:
            out.setparams((1, 2, 8000, 0, "NONE", ""))
            out.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(t * (1 + k % 2) / 5))) for t in range(800)))
        folder = place / "clips" / "ab"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        frames = b"".join(b"FRAME\n" + bytes((t * 30 + x * (1 + k % 2)) % 256 for x in range(64)) + bytes([128] * 32) for t in range(4))
        (folder / f"{k}.y4m").write_bytes(b"YUV4MPEG2 W8 H8 F8:1 C420\n" + frames)
        (folder / f"{k}.gif").write_bytes(gif(k))


def gif(k):
    """Two frames of 4 × 4 in four greys, packed as literal codes with clears between."""
    head = b"GIF89a" + struct.pack("<2H", 4, 4) + bytes([0x91, 0, 0]) + bytes(v for g in (0, 80, 160, 255) for v in (g, g, g))
    body = b""
    for frame in range(2):
        codes, bits, held = [4], 0, 0
        for pixel in range(16):
            codes += [(pixel + k + frame) % 4] + ([4] if pixel % 2 else [])
        packed = bytearray()
        for code in [*codes, 5]:
            held |= code << bits
            bits += 3
            while bits >= 8:
                packed.append(held & 255)
                held >>= 8
                bits -= 8
        packed.append(held & 255)
        body += b"\x21\xf9\x04\x00\x0a\x00\x00\x00" + b"\x2c" + struct.pack("<4H", 0, 0, 4, 4) + bytes([0, 2, len(packed)]) + bytes(packed) + b"\x00"
    return head + body + b"\x3b"


# Name of the run, the command that trains it, the data it is used on.
RUNS = {
    "forecast": (["train", "forecast", "table.csv", "--horizon", "6", *SOON], "table.csv"),
    "classify": (["train", "classify", "items.csv", "--label-column", "0", *SOON], "items.csv"),
    "regress": (["train", "regress", "values.csv", "--label-column", "0", *SOON], "values.csv"),
    "texts": (["train", "classify", "texts.csv", *SOON], "texts.csv"),
    "sounds": (["train", "classify", "wavs", *SOON], "wavs"),
    "films": (["train", "classify", "clips", *SOON], "clips"),
    "language": (["train", "language", "story.txt", *SOON], "story.txt"),
    "detect": (["train", "detect", "log.csv", "--hidden", "4"], "log.csv"),
}
TABLES = ["table.csv", "long.csv", "german.csv", "log.csv"]
ITEMS = ["items.csv", "items.ts", "items.idx", "texts.csv", "values.csv"]
# Flags that take numbers, by the command; without those that ask for as much work as they say, as --effort and --epochs do beside --max-steps.
FLAGS = {
    "forecast": ["--horizon", "--lookback", "--hidden", "--layers", "--batch", "--epochs", "--seed", "--seeds", "--lr", "--dropout", "--season",
                 "--segment", "--clip-norm", "--valid-share", "--time-limit", "--patience", "--threads", "--memory-limit", "--freq", "--checkpoint-every"],
    "classify": ["--hidden", "--layers", "--batch", "--epochs", "--lr", "--dropout", "--embedding", "--vocabulary", "--item-channels", "--mels",
                 "--rate", "--deltas", "--frame-size", "--fps", "--label-column", "--fold", "--valid-share", "--test-share", "--threads", "--memory-limit"],
    "language": ["--hidden", "--layers", "--batch", "--epochs", "--lr", "--vocabulary", "--embedding", "--window", "--unit", "--threads", "--memory-limit", "--seed"],
    "detect": ["--hidden", "--layers", "--lr", "--false-alarms", "--expect", "--hold", "--season", "--join", "--shapes", "--max-series", "--memory-limit", "--seed"],
    "generate": ["--length", "--temperature", "--top-k", "--top-p", "--min-p", "--repetition-penalty", "--repetition-memory", "--seed", "--length-penalty",
                 "--threads"],
}


def mutated(draw, content):
    content = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 4, 9])):
        if not content:
            break
        at = draw.randrange(len(content))
        way = draw.randrange(8)
        if way == 0:
            content[at] ^= 1 << draw.randrange(8)
        elif way == 1:
            content[at] = draw.randrange(256)
        elif way == 2:
            del content[at:]
        elif way == 3:
            del content[at : at + draw.choice([1, 5, 60])]
        elif way == 4:
            content[at:at] = content[at : at + draw.choice([1, 8, 200])] * draw.choice([1, 1, 3, 50])
        elif way == 5:
            content[at:at] = draw.choice(SCRAPS)
        else:
            found = re.compile(rb"\d+").search(content, at)
            if found:
                content[found.start() : found.end()] = draw.choice(NUMBERS[:17]).encode()
    return bytes(content)


def mutated_model(draw, content):
    """A model file whose metadata are changed and its lengths mended, or bytes changed anywhere."""
    if draw.random() < 0.3:
        return mutated(draw, content)
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    text = mutated(draw, header["__metadata__"]["gatewise"].encode())
    header["__metadata__"]["gatewise"] = text.decode(errors="replace")
    packed = json.dumps(header).encode()
    return struct.pack("<Q", len(packed)) + packed + content[8 + length :]


def prepared(draw, base, place):
    """Copies what a command needs into `place`, changes something, and gives the kind and the command."""
    def take(name, change=None):
        source, target = base / name, place / name
        if source.is_dir():
            shutil.copytree(source, target)
            if change:
                file = draw.choice(sorted(path for path in target.rglob("*") if path.is_file()))
                file.write_bytes(change(draw, file.read_bytes()))
        else:
            content = source.read_bytes()
            target.write_bytes(change(draw, content) if change else content)
        return name

    kind = draw.choice(["table", "table", "items", "text", "media", "model", "model", "settings", "argument"])
    extra = ["--json"] if draw.random() < 0.2 else []
    if kind == "table":
        name = take(draw.choice(TABLES), mutated)
        run = "detect" if name == "log.csv" else "forecast"
        command = draw.choice([["check", name], ["check", name], ["predict", run, name], ["evaluate", run, name], ["features", run, name],
                               ["detect", name, "--hidden", "4"], ["train", "forecast", name, "-o", "out", "--horizon", "2", *SOON], ["inspect", run, name]])
    elif kind == "items":
        name = take(draw.choice(ITEMS), mutated)
        run = {"values.csv": "regress", "texts.csv": "texts"}.get(name, "classify")
        task = draw.choice(["classify", "regress"])
        command = draw.choice([["check", name], ["predict", run, name], ["evaluate", run, name], ["features", run, name], ["train", task, name, "-o", "out", *SOON]])
    elif kind == "text":
        name, run = take("story.txt", mutated), "language"
        command = draw.choice([["score", run, name], ["predict", run, name], ["generate", run, "--prompt-file", name, "-n", "5"],
                               ["train", "language", name, "-o", "out", *SOON], ["evaluate", run, name]])
    elif kind == "media":
        run = draw.choice(["sounds", "films"])
        name = take(RUNS[run][1], mutated)
        file = draw.choice(sorted(str(path.relative_to(place)) for path in (place / name).rglob("*") if path.is_file()))
        command = draw.choice([["check", name], ["check", file], ["predict", run, file], ["predict", run, name], ["evaluate", run, name],
                               ["train", "classify", name, "-o", "out", *SOON], ["features", run, name]])
    elif kind == "model":
        run = draw.choice(list(RUNS))
        data = RUNS[run][1]
        take(data)
        file = draw.choice(["model.safetensors", "model.safetensors", "last.safetensors"])
        take(run)
        path = place / run / file
        if not path.exists():
            path = place / run / "model.safetensors"
        path.write_bytes(mutated_model(draw, path.read_bytes()))
        uses = [["predict", run, data], ["evaluate", run, data], ["inspect", run], ["features", run, data]]
        if run == "language":
            uses = [["score", run, data], ["predict", run, data], ["generate", run, "-n", "5"], ["inspect", run, data]]
        if path.name == "last.safetensors":
            uses += [["train", RUNS[run][0][1], "--resume", run]] * 4
        command = draw.choice(uses)
    elif kind == "settings":
        run = draw.choice(list(RUNS))
        data = RUNS[run][1]
        take(data)
        take(run)
        path = place / run / "config.toml"
        path.write_bytes(mutated(draw, path.read_bytes()))
        task = RUNS[run][0][1]
        soon = ["--max-steps", "2", *ONE] if task != "detect" else []
        command = draw.choice([["train", task, data, "--config", f"{run}/config.toml", "-o", "out", *soon], ["train", task, "--resume", run], ["predict", run, data]])
    else:
        run = draw.choice(list(RUNS))
        task, data = RUNS[run][0][1], RUNS[run][1]
        take(data)
        flags = FLAGS["classify" if task == "regress" else task]
        command = ["train", task, data, "-o", "out", *(["--max-steps", "2"] if task != "detect" else [])]
        if run == "language" and draw.random() < 0.4:
            flags, command = FLAGS["generate"], ["generate", run, "-n", "5"]
        for _ in range(draw.choice([1, 1, 2])):
            command.append(f"{draw.choice(flags)}={draw.choice(NUMBERS)}")
    for word in command:
        if word in RUNS and not (place / word).exists():
            (place / word).symlink_to(base / word)
    return kind, command + extra


def limit(seconds):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def verdict(status, said):
    """What is wrong with how a run ended; none where nothing is."""
    if status is None or status == -signal.SIGXCPU:
        return "hang"
    if "panicked" in said or "internal error" in said:
        return "panic"
    if status < 0 or status in (134, 139):
        return "signal"
    if status in GOOD or (status == 1 and REFUSED.search(said)):
        return None
    return f"status {status}"


def trial(number, args, base):
    draw = random.Random(f"{args.seed}-{number}")
    place = pathlib.Path(tempfile.mkdtemp(dir=args.folder))
    kind, command = prepared(draw, base, place)
    start = time.monotonic()
    try:
        done = subprocess.run([args.gatewise, *command], cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=WAITING * args.seconds, preexec_fn=lambda: limit(args.seconds))
        status, said = done.returncode, done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as ended:
        status, said = None, (ended.stderr or b"").decode(errors="replace")
    fault = verdict(status, said)
    if fault and args.keep:
        kept = pathlib.Path(args.keep) / f"{fault.replace(' ', '-')}-{number}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(place, kept, symlinks=True)
        (kept / "COMMAND").write_text(f"gatewise {' '.join(command)}\nstatus {status}\n{said[-3000:]}\n")
    shutil.rmtree(place, ignore_errors=True)
    return kind, command, status, fault, said.strip()[-200:], time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gatewise", required=True)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--first", type=int, default=0, help="number of the first run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of the processor, after which a run counts as one that hangs")
    parser.add_argument("--keep", metavar="FOLDER", help="where inputs of bad runs are kept")
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    args = parser.parse_args()
    args.gatewise = str(pathlib.Path(args.gatewise).resolve())
    facts = machine.facts(args.gatewise)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None) as folder:
        args.folder = folder
        base = pathlib.Path(folder) / "base"
        base.mkdir()
        write_inputs(base)
        for name, (command, _) in RUNS.items():
            done = subprocess.run([args.gatewise, *command, "-o", name], cwd=base, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{name}: {done.stderr}")
        runs, statuses, faults, slowest = (collections.Counter() for _ in range(4))
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            numbers = range(args.first, args.first + args.count)
            for kind, command, status, fault, said, seconds in pool.map(lambda number: trial(number, args, base), numbers):
                runs[kind] += 1
                statuses[kind, status] += 1
                slowest[kind] = max(slowest[kind], seconds)
                if fault:
                    faults[kind, fault.split()[0]] += 1
                    print(f"{kind}: {fault}: gatewise {' '.join(command)}: {said!r}", file=sys.stderr, flush=True)
                if sum(runs.values()) % 500 == 0:
                    print(f"{sum(runs.values())} runs, {sum(faults.values())} bad", file=sys.stderr, flush=True)
    columns = ["panic", "signal", "hang", "status"]
    lines = ["| changed | runs | status 0 | 2 | 3 | 4, 5 | 1 | " + " | ".join(columns) + " | slowest, s |", "|---|" + "--:|" * (7 + len(columns))]
    def line(name, kinds):
        by = lambda *wanted: sum(statuses[kind, status] for kind in kinds for status in wanted)
        bad = [sum(faults[kind, fault] for kind in kinds) for fault in columns]
        cells = [sum(runs[kind] for kind in kinds), by(0), by(2), by(3), by(4, 5), by(1), *bad, f"{max(slowest[kind] for kind in kinds):.1f}"]
        return f"| {name} | " + " | ".join(map(str, cells)) + " |"
    lines += [line(kind, [kind]) for kind in sorted(runs)] + [line("all", list(runs))]
    table = "\n".join(lines)
    print(table)
    if args.record:
        body = f"Each run may take {args.seconds} s of the processor and {MEMORY >> 30} GiB of address space.\n\n{table}"
        machine.record(args.record, "Commands on mutated inputs", facts, body)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
