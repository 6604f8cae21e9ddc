#!/usr/bin/env python3
"""Holds `gatewise bench` against PyTorch, ONNX Runtime, OpenVINO, JAX and RTNeural on the same shapes, in the same minutes.

A round times every peer of the case, each with every number of threads up to ours, and gatewise;
its ratio is the fastest peer's median time over ours. The figure of a case is the median over the
rounds, so a machine whose speed drifts does not decide it. Above 1 gatewise is faster. A peer that
is not installed here is left out and named; so is a case in bf16 where the processor has none.

    python compare.py --gatewise ../../target/release/gatewise --threads 1 2 --markdown ../record/peers.md
"""

import argparse
import itertools
import json
import math
import pathlib
import subprocess
import sys
import tomllib
from statistics import fmean, median, mode

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import machine  # noqa: E402  (beside the folder of this script)
import table  # noqa: E402
from layer import NOT_HERE  # noqa: E402

SHAPE_KEYS = ("batch", "time", "input", "hidden", "layers", "lengths", "precision")
PEERS = {
    "torch": "torch_peer.py",
    "onnxruntime": "ort_peer.py",
    "openvino": "openvino_peer.py",
    "jax": "jax_peer.py",
    "rtneural": "rtneural_peer.py",
}
# A single huge ratio must not carry the mean.
RATIO_CAP = 4.0


def main():
    arguments = parse()
    facts = machine.describe()
    rows, missing = [], set()
    for threads in arguments.threads:
        for case in cases(arguments):
            if case.get("precision") == "bf16" and "bf16" not in facts["processor"]:
                print(f"{case['name']}: left out, this processor has no bf16")
                continue
            row = compare(case, threads, arguments, missing)
            if row is None:
                print(f"{case['name']}: left out, none of its peers is installed here")
                continue
            rows.append(row)
            print(table.line(row), flush=True)
    if not rows:
        sys.exit(f"nothing to compare: no case of {arguments.cases} is named like {arguments.only!r} and has a peer here")
    summary = summarize(rows)
    print(table.closing(summary))
    if missing:
        print("left out, not installed here:", ", ".join(sorted(missing)))
        facts["peers left out"] = ", ".join(sorted(missing))

    facts["versions"] = ", ".join(
        [machine.version(arguments.gatewise), *sorted({e for row in rows for e in row["engines"]})]
    )
    facts["commit"] = machine.commit()
    if arguments.json:
        record = {**facts, "rounds": arguments.pairs, "seconds": arguments.seconds, **summary, "rows": rows}
        pathlib.Path(arguments.json).write_text(json.dumps(record, indent=1) + "\n")
    if arguments.markdown:
        pathlib.Path(arguments.markdown).write_text(table.page(facts, rows, summary, arguments.pairs))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatewise", required=True, metavar="BINARY")
    parser.add_argument("--cases", default=HERE / "cases.toml", metavar="FILE")
    parser.add_argument("--threads", type=int, nargs="+", default=[1], help="threads given to gatewise")
    parser.add_argument("--pairs", type=int, default=3, help="rounds a case")
    parser.add_argument("--seconds", type=float, default=1.0, help="time of one measurement")
    parser.add_argument("--only", default="", metavar="WORD", help="cases whose name contains WORD")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--markdown", metavar="FILE")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the peers")
    return parser.parse_args()


def cases(arguments):
    text = pathlib.Path(arguments.cases).read_text()
    return [one for case in tomllib.loads(text)["case"] for one in each(case) if arguments.only in one["name"]]


def each(case):
    """A case for each combination of the values that stand in lists, named by its sizes."""
    lists = {key: case[key] for key in SHAPE_KEYS + ("cell",) if isinstance(case.get(key), list)}
    if not lists:
        return [case]
    chosen = [dict(zip(lists, values)) for values in itertools.product(*lists.values())]
    return [{**case, **one, "name": f"{case['name']}, I{one['input']} H{one['hidden']}"} for one in chosen]


def run(command):
    """Runs one measurement; its last line of output is the JSON object. Nothing where the peer is not installed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode == NOT_HERE:
        return None
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with status {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(case, threads, arguments, missing):
    """All rounds of one case; one row of the table, or none without a peer. Adds the peers that are not installed to `missing`."""
    flags = ["--cell", case["cell"], "--mode", case["mode"], "--seconds", arguments.seconds]
    for key in SHAPE_KEYS:
        if key in case:
            flags += [f"--{key}", case[key]]
    if case.get("bidirectional"):
        flags.append("--bidirectional")

    peers = {
        (peer, count): [arguments.python, HERE / PEERS[peer], *flags, "--threads", count]
        for peer in case["peers"]
        if peer not in missing
        # One step of one sequence is one thread's work in RTNeural.
        for count in range(1, 2 if peer == "rtneural" else threads + 1)
    }
    ours = [arguments.gatewise, "bench", *flags, "--threads", threads]
    rounds, engines = [], set()
    for number in range(arguments.pairs):
        # Who goes first alternates: a processor that heats up or cools down favours neither.
        mine = run(ours) if number % 2 else None
        theirs = {key: run(command) for key, command in peers.items() if key[0] not in missing}
        missing |= {peer for (peer, _), result in theirs.items() if result is None}
        theirs = [result for result in theirs.values() if result]
        if not theirs:
            return None
        mine = mine or run(ours)
        engines |= {result["engine"] for result in theirs}
        rounds.append((min(theirs, key=lambda result: result["median_ms"]), mine))

    ratios = [peer["median_ms"] / mine["median_ms"] for peer, mine in rounds]
    row = {
        "case": case["name"],
        "cell": case["cell"],
        "mode": case["mode"],
        "threads": threads,
        "peer": mode(peer["engine"] for peer, _ in rounds).split("+")[0],
        "peer_ms": median(peer["median_ms"] for peer, _ in rounds),
        "gatewise_ms": median(mine["median_ms"] for _, mine in rounds),
        "gatewise_gflops": median(mine.get("gflops", math.nan) for _, mine in rounds),
        "ratio": median(ratios),
        "ratios": ratios,
        "engines": sorted(engines),
    }
    for key in ("fraction_of_peak", "allocations"):
        if all(key in mine for _, mine in rounds):
            row[key] = median(mine[key] for _, mine in rounds)
    return row


def summarize(rows):
    """Geometric means over all cases, and the case that does worst."""
    worst = min(rows, key=lambda row: row["ratio"])
    return {
        "geometric_mean": math.exp(fmean(math.log(row["ratio"]) for row in rows)),
        "geometric_mean_capped": math.exp(fmean(math.log(min(row["ratio"], RATIO_CAP)) for row in rows)),
        "cap": RATIO_CAP,
        "worst": worst["ratio"],
        "worst_case": f"{worst['case']}, {worst['threads']} thread(s)",
    }


if __name__ == "__main__":
    main()
