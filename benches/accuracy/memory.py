#!/usr/bin/env python3
"""What `gatewise demo memory` finds over several seeds, in both languages.

    python memory.py --gatewise ../../target/release/gatewise --seeds 1 2 3 4 5 --record demo-memory [-- demo flags]

Every network is trained anew for each language and seed, on gaps of 0 to 100 words, and once more on sentences without filler, which is then read over longer gaps.
The tables show each kind's accuracy by gap: the lowest and the highest over the seeds. Five sentences of other forms follow, a seed each.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import machine  # noqa: E402

# Sentences that nothing was settled by: the sentence, its key, its answer.
FORMS = [
    ("우리 집에는 강아지가 있어. … 밤이 되면 멍멍 소리가 나.", "강아지", "멍멍"),
    ("My mother is a doctor. … So she works in a hospital.", "doctor", "hospital"),
    ("나는 바나나를 제일 좋아해. … 그래서 노란색 가방을 샀어.", "바나나", "노란색"),
    ("We moved to Rome last year. … So now we live in Italy.", "Rome", "Italy"),
    ("우리 이모는 약사야. … 그래서 이모는 약국에 있어.", "약사", "약국"),
]
FIRST_SEED = 11


def run(arguments, options, *words):
    """Events of one demonstration, and the seconds it took."""
    command = [arguments.gatewise, "demo", "memory", *words, "--json", *options]
    start = time.perf_counter()
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines], time.perf_counter() - start


def table(title, found, rows, gaps):
    """Lowest and highest accuracy by row and gap."""
    lines = [f"## {title}", "", "| | network | " + " | ".join(f"gap {gap}" for gap in gaps) + " |", "|---|---|" + "--:|" * len(gaps)]
    for row in rows:
        for net in dict.fromkeys(net for name, net, _ in found if name == row):
            cells = [found[row, net, gap] for gap in gaps]
            shown = [f"{min(c):.1f}" if min(c) == max(c) else f"{min(c):.1f} – {max(c):.1f}" for c in cells]
            lines.append(f"| {row} | {net} | " + " | ".join(shown) + " |")
    return [*lines, ""]


def main():
    words, options = sys.argv[1:], []
    if "--" in words:
        cut = words.index("--")
        words, options = words[:cut], words[cut + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--languages", nargs="+", default=["ko", "en"])
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args(words)
    facts = machine.describe()
    over_all, without, forms, took = {}, {}, {}, []

    def add(events, name, seconds, over_all, without):
        took.append(seconds)
        for event in events:
            if event["event"] == "result":
                found = over_all if event["longest"] > 0 else without
                if found is not None:
                    found.setdefault((name, event["net"], event["gap"]), []).append(100 * event["accuracy"])
        print(name, f"{seconds:.0f} s", flush=True)

    for language in arguments.languages:
        for seed in arguments.seeds:
            events, seconds = run(arguments, options, "--language", language, "--seed", str(seed))
            add(events, language, seconds, over_all, without)
    for number, (sentence, key, answer) in enumerate(FORMS):
        seed = str(FIRST_SEED + number)
        events, seconds = run(arguments, options, "--sentence", sentence, "--key", key, "--answer", answer, "--seed", seed)
        add(events, f"{sentence} ({key} → {answer}, seed {seed})", seconds, forms, None)
    facts["seconds a run"] = f"{min(took):.0f} to {max(took):.0f}"
    gaps = sorted({gap for _, _, gap in over_all})
    title = f"# `demo memory`: accuracy in %, lowest and highest of seeds {' '.join(map(str, arguments.seeds))}"
    lines = [title, "", machine.markdown(facts), "- chance: 8.3 % where there are twelve keys", ""]
    lines += table("Trained on gaps of 0 to 100 words", over_all, arguments.languages, gaps)
    lines += table("Trained without filler, and read on", without, arguments.languages, gaps)
    lines += table("Other sentences, trained on gaps of 0 to 100 words", forms, dict.fromkeys(name for name, _, _ in forms), gaps)
    out = "\n".join(lines)
    print(out)
    if arguments.record:
        (machine.ROOT / "benches" / "record" / f"{arguments.record}.md").write_text(out)


if __name__ == "__main__":
    main()
