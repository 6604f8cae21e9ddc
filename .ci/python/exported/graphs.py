"""Graphs as the binary exports them, run by ONNX Runtime, and real data to train on."""

import csv
import json
import re

import numpy as np
import onnx
import onnxruntime
from trained import gatewise, place

from .root import ROOT

TOLERANCE = 1e-5
AIRLINE = ROOT / "samples" / "airline-passengers.csv"


class Graph:
    """A model exported, checked and ready to run."""

    def __init__(self, run, *flags):
        path = place / f"{run}.onnx"
        self.told = json.loads(gatewise("export", run, "-o", path.name, "--json", *flags))
        again = place / "again.onnx"
        gatewise("export", run, "-o", again.name, "-q", *flags)
        assert path.read_bytes() == again.read_bytes(), f"{run}: not the same bytes again"
        model = self.model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        assert model.opset_import[0].version == self.told["opset"]
        self.about = {entry.key.removeprefix("gatewise."): entry.value for entry in model.metadata_props}
        assert self.about["task"] == self.told["task"] and json.loads(self.about["left_out"]) is not None
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        self.outputs = [output.name for output in self.session.get_outputs()]

    def json(self, key):
        return json.loads(self.about[key])

    def directions(self):
        """Directions of the first layer: an operator for both, or a loop for each."""
        first = [node for node in self.model.graph.node if node.name.startswith("recurrent.l0/") and node.op_type in ("LSTM", "GRU", "RNN", "Scan")]
        return 2 if len(first) == 2 or any(option.name == "direction" for option in first[0].attribute) else 1

    def __call__(self, **inputs):
        kinds = {port["name"]: port["kind"] for port in self.told["inputs"]}
        given = {name: np.asarray(value, kinds[name]) for name, value in inputs.items()}
        return dict(zip(self.outputs, self.session.run(None, given)))


def close(what, computed, printed):
    """Holds what ONNX Runtime computed against what the binary printed: 1e-5 of each number, or of the spread of all where that is more."""
    computed, printed = np.array(computed, np.float64), np.array(printed, np.float64)
    assert computed.shape == printed.shape, f"{what}: shapes {computed.shape} and {printed.shape}"
    assert computed.size and np.isfinite(printed).all() and np.isfinite(computed).all(), f"{what}: {computed}, {printed}"
    off = (np.abs(computed - printed) / np.maximum(np.abs(printed), printed.std())).max()
    print(f"  {what}: {computed.size} numbers, at most {off:.1e} off", flush=True)
    assert off < TOLERANCE, f"{what}: ONNX Runtime has {computed.ravel()[:6]}, gatewise {printed.ravel()[:6]}"


def passengers():
    """Months and passengers of the sample."""
    with AIRLINE.open() as file:
        table = list(csv.DictReader(file))
    return [row["Month"] for row in table], np.array([float(row["Passengers"]) for row in table])


def cells():
    """Every cell that the binary knows, so that a new one is not left out."""
    found = re.search(r"--cell <CELL>.*?\[possible\s+values:(.*?)\]", gatewise("train", "forecast", "--help"), re.S)[1]
    assert "lstm" in found, found
    return found.replace(",", " ").split()


def padded(items, fill):
    """Items (T, …) of several lengths as one array, with `fill` behind the shorter ones, and their lengths."""
    lengths = np.array([len(item) for item in items])
    array = np.full((len(items), lengths.max(), *items[0].shape[1:]), fill, items[0].dtype)
    for row, item in zip(array, items):
        row[: len(item)] = item
    return array, lengths
