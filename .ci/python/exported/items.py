"""Classifiers and regressors: every cell in both directions with every readout, segments, changes, scales, labels a step, texts, pictures."""

import json

import numpy as np
from trained import floats, gatewise, place, rows, train

from .graphs import Graph, cells, close, padded, passengers
from .root import ROOT

# With each readout something else that can be.
READOUTS = {
    "last": ["--layers", 2, "--layer-norm", "--segment=1"],
    "mean": ["--segment", 3],
    "max": ["--changes", "--segment", 2],
    "attention": ["--normalize", "item", "--segment=1"],
    "concat": ["--layer-norm", "--segment=1"],
}


def items(channels=2):
    """Parts of the sample's years, of several lengths: passengers and their change, (T, C). The class is the third of the years."""
    _, sold = passengers()
    change = np.diff(sold, prepend=sold[0])
    table = np.column_stack([sold, change])[:, :channels]
    starts = range(0, 132, 4)
    parts = [table[start : start + 7 + start % 5] for start in starts]
    return parts, [start // 44 for start in starts]


def long_table(name, parts, heading, cells):
    lines = [",".join(["id", "t", *(f"x{c + 1}" for c in range(parts[0].shape[1])), *heading])]
    for k, item in enumerate(parts):
        lines += [",".join([f"i{k:02}", str(t), *map(repr, map(float, row)), *map(str, cells(k, t))]) for t, row in enumerate(item)]
    (place / name).write_text("\n".join(lines) + "\n")


def answers(graph, parts, fill=1e3):
    """What a graph says of items of several lengths, all at once, a row an item; what stands behind an item must not count."""
    numbers, lengths = padded([np.float64(part) for part in parts], fill)
    name = "probabilities" if graph.about["task"] == "classify" else "values"
    together = graph(numbers=numbers, lengths=lengths)[name]
    # One without a length, by itself.
    alone = graph(numbers=numbers[:1, : lengths[0]])[name]
    np.testing.assert_allclose(alone[0], together[0] if together.ndim == 2 else together[0, : lengths[0]], rtol=2e-5, atol=1e-6)
    return together, lengths


def check(what, run, data, parts):
    graph = Graph(run)
    together, lengths = answers(graph, parts)
    if graph.about["task"] == "classify":
        printed = floats(rows(gatewise("predict", run, data, "--all")), *graph.json("labels"))
        if together.ndim == 3:
            together = np.concatenate([item[:length] for item, length in zip(together, lengths)])
        close(what, together, printed)
    else:
        names = graph.json("targets")
        printed = rows(gatewise("predict", run, data))
        for k, name in enumerate(names):
            close(f"{what}, {name}", together[:, k], floats(printed, name)[:, 0])
    return graph


def series():
    parts, classes = items()
    long_table("years.csv", parts, ["label"], lambda k, _: ["abc"[classes[k]]])
    usual = ["--combine", "network", "--max-steps", 4, "--lr", 0.02, "--hidden", 4]
    for cell in cells():
        for both in (False, True):
            for readout, more in READOUTS.items():
                name = "-".join(["c", cell, readout, *(["both"] if both else [])])
                train("classify", "years.csv", name, *usual, "--cell", cell, "--readout", readout, f"--bidirectional={str(both).lower()}", *more)
                graph = check(f"{cell}, {readout}{', both directions' if both else ''}", name, "years.csv", parts)
                assert graph.directions() == 1 + both
    train("classify", "years.csv", "c-plain", *usual, "--normalize", "none", "--readout", "max")
    check("numbers as they are", "c-plain", "years.csv", parts)
    train("classify", "years.csv", "c-fcn", *usual, "--fcn", 3, "--segment=1")
    check("convolutions over time", "c-fcn", "years.csv", parts)
    train("classify", "years.csv", "c-mixed", *usual[2:])
    assert "MiniRocket" in Graph("c-mixed").told["left_out"][0]

    # A level so high that single precision would lose what goes on above it.
    high = [item + [2e7, 0] for item in parts]
    values = lambda k: [100 + 0.5 * classes[k], -classes[k]]
    for names in (["speed"], ["speed", "phase"]):
        name = f"r-{len(names)}"
        long_table(f"{name}.csv", high, names, lambda k, _: values(k)[: len(names)])
        train("regress", f"{name}.csv", name, *usual[2:], "--label-column", ",".join(names))
        check(f"regression of {' and '.join(names)}", name, f"{name}.csv", high)


def steps():
    """A label each step, and items that come in parts."""
    parts, _ = items()
    long_table("steps.csv", parts, ["label"], lambda k, t: ["up" if parts[k][t, 1] > 0 else "down"])
    for cell, more in (("lstm", ["--layers", 2, "--changes"]), ("gru", ["--layer-norm"]), ("mingru", []), ("rnn", ["--bidirectional=true"])):
        name = f"s-{cell}"
        train("classify", "steps.csv", name, "--max-steps", 4, "--hidden", 4, "--cell", cell, *more, *([] if more[-1:] == ["--bidirectional=true"] else ["--bidirectional=false"]))
        graph = check(f"a label each step, {cell}", name, "steps.csv", parts)
        if "--bidirectional=true" in more:
            assert graph.outputs == ["probabilities"]
            continue
        whole, carried, found = parts[0], {}, []
        for part in (whole[:3], whole[3:4], whole[4:]):
            answer = graph(numbers=part[None], **carried)
            found.append(answer["probabilities"][0])
            carried = {first: answer[last] for first, last in (("h0", "hn"), ("c0", "cn"), ("previous", "last")) if last in answer}
        close(f"in three parts, {cell}", np.concatenate(found), graph(numbers=whole[None])["probabilities"][0])


def texts():
    """Lines of the readmes: in which of two languages."""
    lines = []
    for name, label in (("README.md", "en"), ("README.ko.md", "ko")):
        found = [line.strip().replace('"', "'") for line in (ROOT / name).read_text().splitlines() if 20 < len(line) < 90 and line[0] not in "|`#"]
        lines += [(line, label) for line in found[:30]]
    (place / "lines.csv").write_text("text,label\n" + "".join(f'"{line}",{label}\n' for line, label in lines))
    for cell, flags in (("lstm", ["--bidirectional", "--readout", "attention"]), ("gru-reset-before", ["--readout", "mean"])):
        name = f"t-{cell}"
        train("classify", "lines.csv", name, "--combine", "network", "--max-steps", 4, "--hidden", 4, "--unit", "char", "--cell", cell, *flags)
        graph = Graph(name)
        number = {symbol: k for k, symbol in enumerate(graph.json("vocabulary"))}
        symbols = [np.array([number[c] for c in line if c in number]) for line, _ in lines]
        given, lengths = padded(symbols, 0)
        printed = floats(rows(gatewise("predict", name, "lines.csv", "--all")), *graph.json("labels"))
        close(f"texts, {cell}", graph(symbols=given, lengths=lengths)["probabilities"], printed)


def films():
    """Films of one pixel a pixel: months of the sample as grey bars."""
    _, sold = passengers()
    frames = {}
    for k in range(12):
        where = "above" if k % 2 else "below"
        months = np.resize(sold[k * 12 : k * 12 + 12] / 3, 16)
        grey = np.tile(np.uint8(months)[None, :], (16, 1))
        grey = np.stack([np.roll(grey, step, 1) for step in range(3 + k % 4)])
        grey[:, slice(8) if k % 2 else slice(8, 16)] //= 4
        (place / "films" / where).mkdir(parents=True, exist_ok=True)
        head = b"YUV4MPEG2 W16 H16 F5:1 Ip A1:1 Cmono\n"
        (place / "films" / where / f"{k}.y4m").write_bytes(head + b"".join(b"FRAME\n" + frame.tobytes() for frame in grey))
        small = np.clip((np.float32(grey) - 16) / 219, 0, 1).reshape(len(grey), -1)
        change = np.diff(small, axis=0, prepend=small[:1])
        frames[f"{k}.y4m"] = np.concatenate([small, np.sign(change) * np.sqrt(np.abs(change))], 1)
    train("classify", "films", "v-films", "--max-steps", 4, "--hidden", 4, "--combine", "network", "--cache", "none", "--frame-size", 16, "--video-channels", "both")
    graph = Graph("v-films")
    assert json.loads(graph.about["media"])["video"]["differences"] and any("video" in sentence for sentence in graph.told["left_out"])
    printed = rows(gatewise("predict", "v-films", "films", "--all", "--cache", "none"))
    parts = [frames[row["item"].split("/")[-1]] for row in printed]
    close("films", answers(graph, parts, 0.0)[0], floats(printed, *graph.json("labels")))


def run():
    series()
    steps()
    texts()
    films()
