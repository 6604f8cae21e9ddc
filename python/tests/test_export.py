"""Models as graphs of ONNX: what ONNX Runtime says with them is what the models say."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import gatewise as gw

onnxruntime = pytest.importorskip("onnxruntime")
pd = pytest.importorskip("pandas")

AIRLINE = Path(__file__).resolve().parents[2] / "samples" / "airline-passengers.csv"
QUICK = {"hidden": 4, "epochs": 2, "seed": 1, "threads": 1}
LEVELS = ["q0.025", "q0.1", "q0.5", "q0.9", "q0.975"]


class Graph:
    def __init__(self, content):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self.about = self.session.get_modelmeta().custom_metadata_map

    def __call__(self, **inputs):
        return dict(zip([output.name for output in self.session.get_outputs()], self.session.run(None, inputs)))


def close(computed, expected):
    np.testing.assert_allclose(computed, expected, rtol=1e-5, atol=1e-5 * np.std(expected))


@pytest.fixture(scope="module")
def passengers():
    return pd.read_csv(AIRLINE)["Passengers"].to_numpy(np.float64)


@pytest.fixture(scope="module")
def forecaster(passengers):
    return gw.Forecaster(horizon=6, lookback=24, combine="network", **QUICK).fit({"y": passengers})


def test_a_forecast_with_its_intervals(forecaster, passengers, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = forecaster.to_onnx(tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_bytes() == content == forecaster.to_onnx()
    graph = Graph(content)
    answer, expected = graph(rows=passengers[None, :, None]), forecaster.predict({"y": passengers})
    close(answer["point"][0, :, 0], np.asarray(expected["forecast"]))
    close(answer["quantiles"][0, :, 0], np.column_stack([expected[level] for level in LEVELS]))
    assert json.loads(graph.about["gatewise.targets"]) == ["y"] and graph.about["gatewise.version"] == gw.__version__


def test_who_answers_beside_the_network_is_a_warning(passengers):
    model = gw.Forecaster(horizon=6, lookback=24, **QUICK).fit({"y": passengers})
    with pytest.warns(gw.GatewiseWarning, match='combine="network" is exported whole'):
        content = model.to_onnx()
    assert json.loads(Graph(content).about["gatewise.calibrated"]) is False


def test_a_model_without_a_network_is_refused(passengers):
    with pytest.raises(gw.DataError, match="no network to export") as caught:
        gw.Forecaster(horizon=6, train="none").fit({"y": passengers}).to_onnx()
    assert 'combine="network"' in caught.value.remedy and caught.value.kind == "data"
    with pytest.raises(gw.GatewiseError, match="not trained"):
        gw.Forecaster(horizon=6).to_onnx()


def test_a_path_that_cannot_be_written(forecaster, tmp_path):
    with pytest.raises(gw.FileError):
        forecaster.to_onnx(tmp_path / "absent" / "m.onnx")


@pytest.mark.parametrize("cell", ["lstm", "gru", "mingru"])
def test_items_of_several_lengths(passengers, cell):
    items = [passengers[start : start + 6 + start % 5, None] for start in range(0, 120, 4)]
    kinds = ["early" if k < 15 else "late" for k in range(30)]
    model = gw.Classifier(cell=cell, combine="network", **QUICK).fit(items, kinds)
    lengths = np.array([len(item) for item in items])
    numbers = np.zeros((30, lengths.max(), 1), np.float32)
    for row, item in zip(numbers, items):
        row[: len(item)] = item
    graph = Graph(model.to_onnx())
    assert json.loads(graph.about["gatewise.labels"]) == list(model.classes_)
    close(graph(numbers=numbers, lengths=lengths)["probabilities"], model.predict_proba(items))

    values = gw.Regressor(cell=cell, **QUICK).fit(items, [item[-1, 0] for item in items])
    close(Graph(values.to_onnx())(numbers=numbers, lengths=lengths)["values"][:, 0], values.predict(items))


def test_a_detector_of_one_series_of_several(passengers):
    rows = np.tile(passengers, 4)
    table = pd.DataFrame({"host": np.repeat(["a", "b"], len(rows)), "load": np.concatenate([rows, rows[::-1]])})
    detector = gw.Detector(hidden=4, seed=1, id="host", time="row", target=["load"]).fit(table)
    with pytest.raises(gw.SettingError, match="2 series") as caught:
        detector.to_onnx()
    assert caught.value.setting == "series" and "a, b" in caught.value.remedy
    with pytest.raises(gw.SettingError, match='no series "c"'):
        detector.to_onnx(series="c")
    graph = Graph(detector.to_onnx(series="b"))
    whole = graph(rows=rows[None, :, None])
    assert np.isfinite(whole["expected"]).all() and np.isfinite(whole["surprise"]).all()
    # In two parts, from the states of the first.
    first = graph(rows=rows[None, :9, None])
    carried = {"h0": first["hn"], "c0": first["cn"], "history": first["history_n"]}
    close(graph(rows=rows[None, 9:, None], **carried)["expected"], whole["expected"][:, 9:])
