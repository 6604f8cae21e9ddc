"""Language models of every unit: probabilities, scores and what they write."""

import json
import re
import unicodedata

from page import page
from trained import floats, gatewise, place, rows, same, train

LINES = ["the cat sat on the mat.", "it's a caf\u00e9 by the sea", "the dog didn't sit, the cat did!", "나는 학교에 간다", "5 o'clock at the caf\u00e9"]
# Spelled in another way, with words and letters that the training has not.
NEW = "the cafe\u0301 cat didn't zzz at \u03a9, the dog did"
UNITS = {
    "char": ["--cell", "lstm", "--layers", 2, "--layer-norm"],
    "word": ["--cell", "lstm", "--tied"],
    "byte": ["--cell", "gru", "--embedding", 6],
    "sub-word": ["--cell", "rnn", "--vocabulary", 300],
    "unigram": ["--cell", "rnn", "--vocabulary", 300],
    "token": ["--cell", "gru", "--tied"],
    "jamo": ["--cell", "lstm"],
}


def run():
    (place / "text.txt").write_text("".join(LINES[(k * k) % 5] + "\n" for k in range(400)))
    (place / "new.txt").write_text(NEW)
    for unit, flags in UNITS.items():
        name = f"l-{unit}"
        train("language", "text.txt", name, "--unit", unit, "--hidden", 16, "--max-steps", 40, "--batch", 8, "--window", 32, "--sample", 0, *flags)
        about, tensors = page.read_model(place / name / "model.safetensors")
        symbols = page.symbols_of(about, NEW)
        odds = page.next_probabilities(about, tensors, symbols)[-1]
        printed = rows(gatewise("predict", name, "new.txt"))
        order = odds.sort(descending=True).values[: len(printed)]
        same(f"{unit}: the likeliest symbols", order[:, None], floats(printed, "probability"))
        if unit in ("char", "word", "token", "jamo"):
            vocabulary = list(about["task"]["vocabulary"])
            named = [odds[vocabulary.index(row["symbol"])] for row in printed]
            same(f"{unit}: by name", named, order)
        scored = json.loads(gatewise("score", name, "new.txt", "--json").splitlines()[-1])
        same(f"{unit}: nats of a symbol", [page.nats(about, tensors, NEW)], [scored["nats"]])
        written = gatewise("generate", name, "--temperature", 0, "--length", 30, "--prompt", "the cat", "--seed", 1)
        computed = page.write(about, tensors, "the cat", 30)
        assert written.rstrip() == text_of(about, computed).rstrip(), f"{unit}: gatewise wrote {written!r}"
        print(f"  {unit}: 30 symbols written alike", flush=True)
        if unit != "char":
            continue
        begun = gatewise("generate", name, "--temperature", 0, "--length", 20)
        assert begun.rstrip("\n") == text_of(about, page.write(about, tensors, "\n", 20))[1:].rstrip("\n"), f"gatewise began {begun!r}"


def text_of(about, symbols):
    """What symbols stand for."""
    vocabulary = about["task"].get("vocabulary")
    match about["task"]["unit"]:
        case "byte":
            return bytes(symbols).decode(errors="replace")
        case "token":
            return re.sub(r" ?\n ?", "\n", " ".join(vocabulary[symbol] for symbol in symbols))
        case "sub-word" | "unigram":
            from tokenizers import Tokenizer

            return Tokenizer.from_str(json.dumps(vocabulary)).decode(symbols)
    return unicodedata.normalize("NFC", "".join(vocabulary[symbol] for symbol in symbols))
