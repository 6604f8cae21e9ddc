#!/usr/bin/env python3
"""What `gatewise demo memory` finds over several seeds, in both languages.

    python memory.py --gatewise ../../target/release/gatewise --seeds 1 2 3 4 5 --record demo-memory [-- demo flags]

Every network is trained anew for each language and seed. The table shows each kind's accuracy by gap: the lowest and the highest over the seeds.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import machine  # noqa: E402

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
    found, took = {}, []
    for language in arguments.languages:
        for seed in arguments.seeds:
            command = [arguments.gatewise, "demo", "memory", "--language", language, "--seed", str(seed), "--json", *options]
            start = time.perf_counter()
            lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
            took.append(time.perf_counter() - start)
            for event in map(json.loads, lines):
                if event["event"] == "result":
                    found.setdefault((language, event["net"], event["gap"]), []).append(100 * event["accuracy"])
            print(language, seed, f"{took[-1]:.0f} s", flush=True)
    facts["seconds a run"] = f"{min(took):.0f} to {max(took):.0f}"
    gaps = sorted({gap for _, _, gap in found})
    lines = ["| language | network | " + " | ".join(f"gap {gap}" for gap in gaps) + " |", "|---|---|" + "--:|" * len(gaps)]
    for language in arguments.languages:
        for net in sorted({net for spoken, net, _ in found if spoken == language}):
            cells = [found[language, net, gap] for gap in gaps]
            shown = [f"{min(c):.1f}" if min(c) == max(c) else f"{min(c):.1f} – {max(c):.1f}" for c in cells]
            lines.append(f"| {language} | {net} | " + " | ".join(shown) + " |")
    title = f"`demo memory`: accuracy in %, lowest and highest of seeds {' '.join(map(str, arguments.seeds))}"
    out = "\n".join([f"# {title}", "", machine.markdown(facts), "- chance: 8.3 %", "", *lines, ""])
    print(out)
    if arguments.record:
        (machine.ROOT / "benches" / "record" / f"{arguments.record}.md").write_text(out)


if __name__ == "__main__":
    main()
