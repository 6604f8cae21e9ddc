#!/usr/bin/env python3
"""Single units that stand for something: AUC on held-back text of the unit that says most, as `gatewise walk` finds it.

    python units.py DATA --gatewise ../../target/release/gatewise --record units -- --time-limit 3m

DATA holds tinyshakespeare.txt. Two more texts are written here, English and Korean, in which people speak between quotation marks, in the words of speech, and
a narrator tells. A character model is trained on each; `walk` searches the last 20,000 characters, the first half to choose a unit by,
the second held back.
"""

import json
import random
import subprocess
import sys

import harness

# What must be told by a single unit: text and property.
ASKED = [
    ("Tiny Shakespeare", "speaker"),
    ("Tiny Shakespeare", "line_position"),
    ("English dialogues", "quotes"),
    ("Korean dialogues", "quotes"),
]
LEAST = 0.9
PLACES = {
    "en": ["the old market", "the river", "a small house", "the station", "our school", "the long road", "the garden", "a quiet church"],
    "ko": ["오래된 시장", "강가", "작은 집", "기차역", "우리 학교", "긴 길", "정원", "조용한 교회"],
}
NAMES = {"en": ["Anna", "Tom", "Mina", "the teacher", "my brother", "an old man"], "ko": ["민수", "영희", "선생님", "동생", "할머니", "이웃"]}
WHEN = {"en": ["in the morning", "after the rain", "before dinner", "every day", "at night"], "ko": ["아침에", "비가 그친 뒤", "저녁 전에", "날마다", "밤에"]}


def after(word, closed, opened):
    """The particle behind a Korean word: one where it ends in a consonant, another where it does not."""
    return word + (closed if (ord(word[-1]) - 0xAC00) % 28 else opened)


def told(rng, lang):
    """What a narrator says of somebody."""
    name, place, when = rng.choice(NAMES[lang]), rng.choice(PLACES[lang]), rng.choice(WHEN[lang])
    if lang == "en":
        verb = rng.choice(["went to", "waited at", "walked past", "looked for", "came back to", "dreamed of"])
        return f"{name} {verb} {place} {when}"
    verb = rng.choice(["갔다", "기다렸다", "지나갔다", "돌아왔다", "머물렀다", "쉬었다"])
    return f"{after(name, '은', '는')} {when} {place}에서 {verb}"


def said(rng, lang):
    """What somebody says to another, as people speak."""
    name, place, when = rng.choice(NAMES[lang]), rng.choice(PLACES[lang]), rng.choice(WHEN[lang])
    if lang == "en":
        verb = rng.choice(["will go to", "am waiting at", "don't like", "have seen", "want to see", "can't find"])
        who = rng.choice(["I", "you and I", f"{name} and I"])
        return f"{who} {verb} {place} {when}"
    verb = rng.choice(["갈래", "기다릴게", "가 봤어", "가고 싶어", "못 찾겠어", "쉬자"])
    return f"나는 {when} {after(name, '이랑', '랑')} {place}에서 {verb}"


def dialogue(lang, characters, seed):
    """Narration and speech of every length."""
    rng, parts, length = random.Random(seed), [], 0
    while length < characters:
        narrated = [told(rng, lang) + "." for _ in range(rng.randint(1, 4))]
        spoken = [said(rng, lang) + rng.choice([".", "?", "!"]) for _ in range(rng.randint(1, 5))]
        who = rng.choice(NAMES[lang])
        text = " ".join(narrated)
        text += f' "{" ".join(spoken)}" ' + (f"said {who}." if lang == "en" else f"{after(who, '이', '가')} 말했다.") + "\n"
        text = text[0].upper() + text[1:]
        parts.append(text)
        length += len(text)
    return "".join(parts)


def main():
    arguments = harness.parse(__doc__, published=False)
    facts = harness.machine.describe()
    rows, missed = [], []
    with harness.folder(arguments) as work:
        for name, lang in [("English dialogues", "en"), ("Korean dialogues", "ko")]:
            (work / f"{lang}.txt").write_text(dialogue(lang, 600_000, 1))
        texts = {
            "Tiny Shakespeare": arguments.data / "tinyshakespeare.txt",
            "English dialogues": work / "en.txt",
            "Korean dialogues": work / "ko.txt",
        }
        for name, path in texts.items():
            for seed in arguments.seeds:
                run = work / f"{path.stem}-{seed}"
                seconds = harness.gatewise(arguments, "train", "language", path, "--seed", seed, "--sample", 0, "-o", run, *arguments.options)
                walked = subprocess.run(
                    [arguments.gatewise, "walk", str(run), "--data", str(path), "--json"], check=True, capture_output=True, text=True
                ).stdout
                events = [json.loads(line) for line in walked.splitlines()]
                (network,) = [event for event in events if event["event"] == "network"]
                for event in events:
                    if event["event"] != "property":
                        continue
                    found, asked = event["property"], (name, event["property"]["property"])
                    unit = found["unit"]
                    rows.append(
                        (
                            name,
                            seed,
                            f"{found['property']}{' *' if asked in ASKED else ''}",
                            f"{100 * found['share']:.0f} %",
                            f"{unit['unit']} of {network['hidden']}, layer {unit['layer'] + 1}",
                            f"{unit['auc']:.3f}",
                            f"{unit['train_auc']:.3f}",
                            f"{found['probe_auc']:.3f}",
                            f"{seconds:.0f}",
                        )
                    )
                    if asked in ASKED and unit["auc"] < LEAST:
                        missed.append(asked)
    heads = ["text", "seed", "property", "places", "unit", "AUC held back", "AUC chosen by", "all units", "seconds of training"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "|".join("---" for _ in heads) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    table = "\n".join(lines) + f"\n\n\\* asked for: at least {LEAST}; missed: {', '.join(map(str, missed)) or 'none'}\n"
    harness.report(arguments, facts, "Units that stand for something", table)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
