"""Classifiers and regressions: series of numbers with every readout, MiniRocket beside them, texts with n-grams beside them, a label a step."""

import numpy as np
from page import page
from trained import floats, gatewise, place, rows, same, train


def waves(rng, count, channels):
    """Items (T, C) of different lengths, and their classes."""
    classes = np.arange(count) % 3
    items = []
    for k in classes:
        t = np.arange(rng.integers(14, 26))[:, None]
        items.append(np.round(5e3 * (channels > 1) + np.sin(t * (0.3 + 0.2 * k) + np.arange(channels)) + rng.normal(0, 0.2, (len(t), channels)), 5))
    return items, classes


def long_table(name, items, heading, cells):
    """Items as a long table; `cells(item, t)` is what stands behind the numbers."""
    lines = [",".join(["id", "t", *(f"x{c + 1}" for c in range(items[0].shape[1])), *heading])]
    for k, item in enumerate(items):
        lines += [",".join([f"i{k:02}", str(t), *(f"{v:.5f}" for v in row), *map(str, cells(k, t))]) for t, row in enumerate(item)]
    (place / name).write_text("\n".join(lines) + "\n")


def check(what, run, data, items):
    """Holds a model's answers for items against `gatewise predict`."""
    about, tensors = page.read_model(place / run / "model.safetensors")
    computed = np.concatenate([np.atleast_2d(page.answer(about, tensors, item)) for item in items])
    (kind, of), = about["task"]["classify"]["answer"].items()
    columns = of["labels"] if kind == "classes" else of.get("names", ["value"])
    printed = rows(gatewise("predict", run, data, *(["--all"] if kind == "classes" else [])))
    if kind == "classes":
        same(what, computed, floats(printed, *columns))
    else:
        # Each for itself: their spreads differ.
        for k, column in enumerate(columns):
            same(f"{what}, {column}", computed[:, k], floats(printed, column)[:, 0])
    return about


def series(rng):
    items, classes = waves(rng, 36, 2)
    long_table("waves.csv", items, ["label"], lambda k, _: ["abc"[classes[k]]])
    usual = ["--combine", "network", "--epochs", 3, "--lr", 0.01, "--hidden", 8]
    train("classify", "waves.csv", "c-both", *usual, "--cell", "lstm", "--bidirectional", "--layers", 2, "--layer-norm", "--readout", "last")
    about = check("LSTM, two layers, both directions", "c-both", "waves.csv", items)
    assert about["model"]["bidirectional"] and about["task"]["classify"]["answer"]["classes"]["temperature"] != 1
    about, tensors = page.read_model(place / "c-both" / "model.safetensors")
    states = [page.stack(about["model"], tensors, page.steps_of(about, page.numbers_of(about, item)))[0].detach() for item in items]
    printed = rows(gatewise("features", "c-both", "waves.csv", "--pool", "none"))
    numbers = [column for column in printed[0] if column not in ("item", "step")]
    same("states of each step", np.concatenate(states), floats(printed, *numbers))
    same("last states", [page.readout(about["model"], tensors, y) for y in states], floats(rows(gatewise("features", "c-both", "waves.csv")), *numbers))
    train("classify", "waves.csv", "c-before", *usual, "--cell", "gru-reset-before", "--bidirectional", "--readout", "concat", "--normalize", "item")
    check("GRU (reset before), both directions, last, mean and max, scale of the item", "c-before", "waves.csv", items)
    for readout, cell in (("mean", "gru"), ("max", "rnn"), ("attention", "lstm")):
        train("classify", "waves.csv", f"c-{readout}", *usual, "--cell", cell, "--readout", readout, "--segment", 4, "--changes", "--normalize", "none")
        check(f"{cell}, {readout}, segments and changes", f"c-{readout}", "waves.csv", items)
    train("classify", "waves.csv", "c-fcn", *usual, "--fcn", 6, "--segment=1")
    assert len(check("convolutions over time", "c-fcn", "waves.csv", items)["model"]["branch"]["blocks"]) == 3

    train("classify", "waves.csv", "c-rocket", "--epochs", 20, "--hidden", 8)
    about = check("MiniRocket beside it, two channels", "c-rocket", "waves.csv", items)
    assert 0 < about["task"]["beside"]["network"] < 1 and about["task"]["beside"]["plan"]["reads"]
    single = [item[:, :1] for item in items]
    long_table("single.csv", single, ["label"], lambda k, _: ["abc"[classes[k]]])
    train("classify", "single.csv", "c-single", "--epochs", 5, "--hidden", 8)
    assert "beside" in check("MiniRocket beside it, one channel", "c-single", "single.csv", single)["task"]

    # A level so high that single precision would lose what goes on above it.
    high = [np.round(item * [1, 1e-3] + [2e7, 0], 5) for item in items]
    values = lambda k: [100 + 0.5 * classes[k], -classes[k]]
    for names in (["speed"], ["speed", "phase"]):
        name = f"r-{len(names)}"
        long_table(f"{name}.csv", high, names, lambda k, _: values(k)[: len(names)])
        train("regress", f"{name}.csv", name, "--epochs", 3, "--hidden", 8, "--label-column", ",".join(names))
        about = check(f"regression of {' and '.join(names)}", name, f"{name}.csv", high)
        assert about["task"]["data"]["level"][0] > 1e7

    steps = [(item[:, 0] > 5e3).astype(int) for item in single]
    long_table("steps.csv", single, ["label"], lambda k, t: ["no", "yes"][steps[k][t]: steps[k][t] + 1])
    train("classify", "steps.csv", "c-steps", "--epochs", 3, "--hidden", 8)
    assert check("a label each step", "c-steps", "steps.csv", single)["task"]["classify"]["each_step"]


def texts(rng):
    good, bad = ["a fine day", "it's good, very good", "so fine"], ["a bad night", "it's poor; very poor", "how bad"]
    lines = [[good, bad][k % 2][rng.integers(3)] + " " + "abcdefgh"[rng.integers(8)] + "!" for k in range(60)]
    (place / "texts.csv").write_text("text,label\n" + "".join(f'"{line}",{["good", "bad"][k % 2]}\n' for k, line in enumerate(lines)))
    # Symbols that the training has not, a letter in two spellings, and a text without any known symbol.
    new = ["a fine \u03a9 night", "e\u0301 good", "\u03a9"]
    (place / "new.csv").write_text("text\n" + "".join(f'"{line}"\n' for line in new))
    for unit in ("char", "word", "byte", "sub-word", "unigram", "token", "jamo"):
        more = ["--vocabulary", 280] if unit in ("sub-word", "unigram") else []
        train("classify", "texts.csv", f"t-{unit}", "--unit", unit, "--epochs", 3, "--hidden", 8, "--embedding", 5, *more)
        about = check(f"texts of {unit} symbols", f"t-{unit}", "texts.csv", lines)
        assert 0 <= about["task"]["beside"]["network"] < 1 and about["task"]["beside"]["temperature"] > 0
        check(f"new texts of {unit} symbols", f"t-{unit}", "new.csv", new)


def three_classes(rng):
    """Texts of three classes, in Korean, with an emoji of several code points and a capital that is two letters in lower case."""
    words = ["참 좋아요", "그저 그래요", "정말 싫어요"]
    lines = [f"{words[k % 3]} İ {'👩‍👧' * int(rng.integers(3))} {rng.integers(100)}" for k in range(60)]
    (place / "three.csv").write_text("text,label\n" + "".join(f'"{line}",{"abc"[k % 3]}\n' for k, line in enumerate(lines)))
    train("classify", "three.csv", "t-three", "--epochs", 3, "--hidden", 8)
    assert "beside" in check("texts of three classes, n-grams beside them", "t-three", "three.csv", lines)["task"]


def run():
    rng = np.random.default_rng(2)
    series(rng)
    texts(rng)
    three_classes(rng)
