"""Detectors: what comes in, what comes out, and that it is what the command line gives."""

import _thread
import csv
import inspect
import json
import pickle
import subprocess
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import gatewise as gw

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target" / "release" / "gatewise"

pd = pytest.importorskip("pandas")


def gatewise(*args):
    if not BINARY.exists():
        print("skipped: no binary")
        pytest.skip("no binary")
    done = subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def waves(rows=900, channels=1, seed=0):
    t = np.arange(rows)[:, None]
    noise = np.random.default_rng(seed).normal(size=(rows, channels))
    return np.round(20 + 5 * np.sin(2 * np.pi * t / 24 + np.arange(channels)) + 0.3 * noise, 3)


def hours(rows=900, odd=700):
    """Hours with one value that is far off."""
    values = waves(rows)[:, 0]
    values[odd] += 25
    return pd.DataFrame({"time": pd.date_range("2024-01-01", periods=rows, freq="h"), "load": values})


def fleet(rows=500):
    """Two devices whose rows are mixed, with a state, a counter and cells that are missing."""
    t = np.arange(rows)
    frames = []
    for k, name in enumerate(["a", "b"]):
        mode = np.where(t // 25 % 2 == 0, "RUN", "IDLE").astype(object)
        mode[4 * rows // 5] = "FAULT" if name == "b" else mode[4 * rows // 5]
        values = waves(rows, 2, k)
        values[rows // 2 : rows // 2 + 6, 0] = np.nan
        times = pd.date_range("2024-01-01", periods=rows, freq="min")
        own = {"time": times, "device": name, "flow": values[:, 0], "heat": values[:, 1], "total": 3 * (t % 170), "mode": mode}
        frames.append(pd.DataFrame(own))
    return pd.concat(frames).sort_values(["time", "device"], kind="stable").reset_index(drop=True)


def columns_of(scores):
    return {name: np.asarray(scores[name]) for name in (scores.columns if hasattr(scores, "columns") else scores)}


def told(event):
    return {name: value for name, value in event.items() if name != "event"}


class TestAgainstTheBinary:
    def same(self, folder, table, settings, *flags):
        """Marks a table in memory and with the command line on the same table as CSV."""
        table.to_csv(folder / "table.csv", index=False)
        done = gatewise("detect", folder / "table.csv", *flags, "--json", "--run", folder / "run", "-o", folder / "o.csv")
        events = [json.loads(line) for line in (done.stdout + done.stderr).splitlines() if line.startswith("{")]
        detector = gw.Detector(**settings)
        scores = detector.fit_predict(table)
        expected = rows_of(folder / "o.csv")
        assert len(scores) == len(expected)
        assert list(scores.columns) == list(expected[0])
        for name in scores.columns:
            if name in ("score", "threshold", "is_anomaly", "ignored") or name.startswith("expected"):
                assert scores[name].astype(float).tolist() == [float(row[name]) for row in expected], name
        assert detector.events_ == [told(event) for event in events if event["event"] == "anomaly"]
        assert detector.to_bytes() == (folder / "run" / "model.safetensors").read_bytes()
        done = next(event for event in events if event["event"] == "done")
        assert detector.threshold_ == done["threshold"] and len(detector.events_) == done["events"]
        found = [told(event) for event in events if event["event"] == "metrics"]
        assert detector.metrics_ == (found[0] if found else None)
        return detector, scores

    @pytest.mark.parametrize("online", [False, True])
    def test_a_table_of_hours(self, tmp_path, online):
        flags = ["--online"] if online else []
        detector, scores = self.same(tmp_path, hours(), {"online": online}, *flags)
        assert scores["is_anomaly"][700] and scores["time"].tolist() == hours()["time"].tolist()
        event = next(event for event in detector.events_ if event["peak"].startswith("2024-01-30 04:00"))
        assert event["channels"][0]["name"] == "load" and event["channels"][0]["value"] == hours()["load"][700]

    def test_series_with_states_counters_and_missing_cells(self, tmp_path):
        settings = {"id": "device", "states": ["mode"], "counter": "total", "seed": 3, "online": True, "false_alarms": 1e-3}
        flags = ["--id", "device", "--states", "mode", "--counter", "total", "--seed", 3, "--online", "--false-alarms", "1e-3"]
        detector, scores = self.same(tmp_path, fleet(), settings, *flags)
        causes = [(channel["name"], channel["kind"]) for event in detector.events_ for channel in event["channels"]]
        assert ("mode", "unseen-state") in causes
        assert {event["series"] for event in detector.events_} <= {"a", "b"}
        assert "expected_flow" in scores and "expected_mode" not in scores

    def test_labels_maintenance_shapes_and_the_number_of_false_alarms(self, tmp_path):
        table = hours()
        table["odd"] = 0
        table.loc[700, "odd"] = 1
        (tmp_path / "known.csv").write_text("2024-01-10 00:00,2024-01-10 12:00\n2025-01-01,2025-01-02\n")
        settings = {"label": "odd", "ignore": tmp_path / "known.csv", "shapes": 24, "expect": 0.5, "effort": 2}
        flags = ["--label", "odd", "--ignore", tmp_path / "known.csv", "--shapes=24", "--expect", 0.5, "--effort", 2]
        with pytest.warns(gw.GatewiseWarning, match="no row lies in"):
            detector, scores = self.same(tmp_path, table, settings, *flags)
        assert int(scores["ignored"].sum()) == 13
        assert detector.metrics_["recall"] == 1.0

    def test_a_file_is_read_as_the_command_line_reads_it(self, tmp_path):
        path = tmp_path / "t.csv"
        fleet().to_csv(path, index=False)
        scores = gw.Detector(id="device", online=True).fit_predict(path)
        gatewise("detect", path, "--id", "device", "--online", "--run", tmp_path / "run", "-o", tmp_path / "o.csv", "-q")
        expected = rows_of(tmp_path / "o.csv")
        assert list(scores) == list(expected[0])
        for name in ["score", "threshold", "is_anomaly", "expected_flow", "expected_total"]:
            assert scores[name].astype(float).tolist() == [float(row[name]) for row in expected], name
        for name in ["time", "device", "mode"]:
            assert scores[name].tolist() == [row[name] for row in expected], name

    def test_predict_goes_on_where_the_training_ended(self, tmp_path):
        table = hours()
        old, new = table[:600], table[600:].reset_index(drop=True)
        old.to_csv(tmp_path / "old.csv", index=False)
        new.to_csv(tmp_path / "new.csv", index=False)
        gatewise("train", "detect", tmp_path / "old.csv", "-o", tmp_path / "run", "-q")
        after = tmp_path / "after.safetensors"
        gatewise("predict", tmp_path / "run", tmp_path / "new.csv", "-o", tmp_path / "p.csv", "--save", after, "-q")
        expected = [float(row["score"]) for row in rows_of(tmp_path / "p.csv")]
        detector = gw.Detector().fit(old)
        before = detector.to_bytes()
        assert before == (tmp_path / "run" / "model.safetensors").read_bytes()
        assert detector.predict(new)["score"].tolist() == expected
        assert detector.to_bytes() == before
        assert detector.predict(new, keep=True)["score"].tolist() == expected
        assert detector.to_bytes() == after.read_bytes()
        assert gw.Detector.load(tmp_path / "run").predict(new)["score"].tolist() == expected
        # Rows that do not follow start anew.
        gatewise("predict", tmp_path / "run", tmp_path / "old.csv", "-o", tmp_path / "p.csv", "-q")
        again = gw.Detector.load(tmp_path / "run").predict(old)
        assert again["score"].tolist() == [float(row["score"]) for row in rows_of(tmp_path / "p.csv")]

    def test_the_rate_of_the_training_is_that_of_later_rows(self, tmp_path):
        table = hours()
        table[:600].to_csv(tmp_path / "old.csv", index=False)
        table[600:].to_csv(tmp_path / "new.csv", index=False)
        gatewise("train", "detect", tmp_path / "old.csv", "--false-alarms", "0.003", "-o", tmp_path / "run", "-q")
        detector = gw.Detector(false_alarms=0.003).fit(table[:600])
        for flags, settings in [([], {}), (["--false-alarms", "0.02"], {"false_alarms": 0.02})]:
            gatewise("predict", tmp_path / "run", tmp_path / "new.csv", "-o", tmp_path / "p.csv", "-q", *flags)
            expected, scores = rows_of(tmp_path / "p.csv"), detector.predict(table[600:], **settings)
            for name in ["score", "threshold", "is_anomaly"]:
                assert scores[name].astype(float).tolist() == [float(row[name]) for row in expected], name

    def test_the_binary_reads_its_model(self, tmp_path):
        table = hours()
        table[:600].to_csv(tmp_path / "old.csv", index=False)
        table[600:].to_csv(tmp_path / "new.csv", index=False)
        detector = gw.Detector().fit(table[:600])
        detector.save(tmp_path / "m.safetensors")
        gatewise("predict", tmp_path / "m.safetensors", tmp_path / "new.csv", "-o", tmp_path / "p.csv", "-q")
        assert detector.predict(table[600:])["score"].tolist() == [float(row["score"]) for row in rows_of(tmp_path / "p.csv")]


class TestKinds:
    def test_all_kinds_have_the_same_scores(self, tmp_path):
        table = hours(300, 250)
        scores = gw.Detector().fit_predict(table)
        assert list(scores.columns) == ["time", "load", "score", "threshold", "is_anomaly", "expected"]
        assert scores["is_anomaly"].dtype == bool and scores["time"].dtype == table["time"].dtype
        others = [{"time": table["time"].to_numpy(), "load": table["load"].tolist()}, table.to_records(index=False)]
        table.to_csv(tmp_path / "t.csv", index=False)
        others += [tmp_path / "t.csv", str(tmp_path / "t.csv")]
        for other in others:
            found = gw.Detector().fit_predict(other)
            assert isinstance(found, dict) and list(found) == list(scores.columns)
            assert found["score"].tolist() == scores["score"].tolist()
            assert found["load"].tolist() == table["load"].tolist()

    def test_polars_and_pyarrow(self):
        table = hours(300, 250)
        scores = gw.Detector().fit_predict(table)
        pl = pytest.importorskip("polars")
        frame = pl.from_pandas(table)
        found = gw.Detector().fit_predict(frame)
        assert isinstance(found, pl.DataFrame) and found.columns == list(scores.columns)
        assert found["score"].to_list() == scores["score"].tolist() and found["time"].equals(frame["time"])
        assert found["is_anomaly"].dtype == pl.Boolean
        assert gw.Detector().fit_predict(frame.lazy()).equals(found)
        lone = gw.Detector().fit_predict(frame["load"])
        assert lone.columns[:2] == ["row", "load"]
        pa = pytest.importorskip("pyarrow")
        given = pa.Table.from_pandas(table)
        found = gw.Detector().fit_predict(given)
        assert isinstance(found, pa.Table) and found.column_names == list(scores.columns)
        assert found["score"].to_pylist() == scores["score"].tolist() and found["time"].equals(given["time"])

    def test_an_index_stays(self):
        table = hours(300, 250)
        plain = gw.Detector().fit_predict(table)
        indexed = table.set_index("time")
        scores = gw.Detector().fit_predict(indexed)
        assert scores.index.equals(indexed.index) and list(scores.columns) == ["load", "score", "threshold", "is_anomaly", "expected"]
        assert scores["score"].tolist() == plain["score"].tolist()
        series = gw.Detector().fit_predict(indexed["load"])
        assert series["score"].tolist() == plain["score"].tolist() and series.index.equals(indexed.index)
        part = gw.Detector().fit_predict(table[100:])
        assert part.index.tolist() == list(range(100, 300))
        detector = gw.Detector()
        detector.fit_predict(indexed)
        event = next(event for event in detector.events_ if event["peak"] == str(indexed.index[250]))
        assert len(indexed.loc[event["start"] : event["end"]]) == event["rows"]

    def test_arrays_and_columns_that_are_called_by_numbers(self):
        values = waves(300, 3)
        values[250, 1] += 25
        array = gw.Detector().fit_predict(values)
        assert list(array)[:4] == ["row", "y1", "y2", "y3"] and array["row"].tolist() == list(range(1, 301))
        assert array["is_anomaly"][250]
        frame = gw.Detector().fit_predict(pd.DataFrame(values))
        assert list(frame.columns)[:4] == ["row", "0", "1", "2"] and "expected_2" in frame
        assert frame["score"].tolist() == array["score"].tolist()
        lone = gw.Detector(target="1")
        assert list(lone.fit_predict(pd.DataFrame(values)).columns) == ["row", "1", "score", "threshold", "is_anomaly", "expected"]
        assert lone.model_["table"]["channels"] == ["1"]
        twice = pd.DataFrame(values[:, :2], columns=["a", "a"])
        with pytest.warns(gw.GatewiseWarning, match="a second column of this name"):
            assert "a.1" in gw.Detector().fit_predict(twice)

    def test_texts_with_marks_are_cells(self):
        table = hours(200, 150)
        table["mode"] = np.where(np.arange(200) // 20 % 2 == 0, 'on, "full"', "off\nfor now")
        scores = gw.Detector(states="mode").fit_predict(table)
        assert scores["mode"].tolist() == table["mode"].tolist()

    def test_a_comma_in_texts_does_not_change_numbers(self):
        table = {"y": waves(200)[:, 0] * 1000 + 0.5, "note": ["1,5"] * 200}
        scores = gw.Detector(target="y").fit_predict(table)
        assert abs(np.median(scores["expected"]) - np.median(table["y"])) < 2000


class TestWrong:
    def test_settings(self):
        with pytest.raises(gw.SettingError, match="unknown setting") as caught:
            gw.Detector(false_alarm=1e-3)
        assert caught.value.setting == "false_alarm" and "false_alarms" in caught.value.remedy
        with pytest.raises(gw.SettingError, match="checkpoint_every"):
            gw.Detector(checkpoint_every="10s")
        assert "checkpoint_every" not in gw.Detector.settings()
        for settings, text in [
            ({"false_alarms": 2}, "no share of rows"),
            ({"false_alarms": 1e-3, "expect": 2}, "exclude each other"),
            ({"hidden": 0}, "hidden"),
            ({"cell": "gru2"}, "cell"),
            ({"shapes": "round"}, "number of rows"),
            ({"shapes": 5000}, "shapes"),
            ({"season": [24, 168, 8766]}, "season"),
            ({"seed": float("nan")}, "finite"),
            ({"online": "perhaps"}, "online"),
        ]:
            with pytest.raises(gw.SettingError, match=text) as caught:
                gw.Detector(**settings).fit_predict(hours(100, 50))
            assert caught.value.kind == "usage", settings
            assert caught.value.setting in settings, (settings, caught.value.setting)
        with pytest.raises(gw.DataError, match="is one more than the 1") as caught:
            gw.Detector(id="device", max_series=1).fit(fleet(100))
        assert caught.value.setting == "max_series" and caught.value.remedy.startswith("max_series watches more")
        with pytest.raises(gw.GatewiseError, match='no column "speed"'):
            gw.Detector(target="speed").fit(hours(100, 50))

    def test_tables(self, tmp_path):
        for table in [pd.DataFrame(), pd.DataFrame({"y": []}), {}, [], pd.DataFrame({"name": [f"n{k}" for k in range(60)]})]:
            with pytest.raises(gw.DataError) as caught:
                gw.Detector().fit_predict(table)
            assert caught.value.kind == "data" and str(caught.value)
        with pytest.raises(gw.GatewiseError, match='column "b" has 3 rows, others have 4'):
            gw.Detector().fit({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3]})
        with pytest.raises(gw.DataError, match="finite") as caught:
            gw.Detector().fit({"y": [1.0, 2.0, np.inf, 4.0]})
        assert ":4:" in str(caught.value)
        with pytest.raises(gw.DataError, match="is not a number"):
            gw.Detector(target="y").fit({"y": [1.0] * 50 + ["broken"] + [2.0] * 50})
        with pytest.raises(TypeError, match="a table is"):
            gw.Detector().fit(5)
        with pytest.raises(TypeError, match="complex"):
            gw.Detector().fit({"y": np.ones(4, dtype=complex)})
        with pytest.raises(gw.FileError) as caught:
            gw.Detector().fit(tmp_path / "none.csv")
        assert caught.value.kind == "io" and "none.csv" in str(caught.value)

    def test_columns_that_are_called_as_those_that_are_added(self):
        table = hours(100, 50)
        scores = gw.Detector().fit_predict(table)
        detector = gw.Detector()
        with pytest.raises(gw.DataError, match='a column is called "score"') as caught:
            detector.fit_predict(scores)
        assert "target" in caught.value.remedy and not detector.__sklearn_is_fitted__()
        again = gw.Detector(target="load").fit_predict(scores)
        assert again["score"].tolist() == scores["score"].tolist()

    def test_missing_values_are_not_scored(self):
        table = hours(400, 350)
        table.loc[200, "load"] = np.nan
        detector = gw.Detector()
        scores = detector.fit_predict(table)
        assert not scores["is_anomaly"][200] and np.isfinite(scores["expected"][200]) and np.isnan(scores["load"][200])
        assert any("1 rows with a missing value" in note["message"] for note in detector.notes_)
        lone = gw.Detector().fit_predict(table["load"])
        assert len(lone) == 400
        nothing = gw.Detector(target="load").fit_predict({"load": [np.nan] * 60})
        assert not nothing["is_anomaly"].any()

    def test_missing_rows_are_an_event(self):
        table = hours(600, 550).drop(index=range(300, 340)).reset_index(drop=True)
        detector = gw.Detector()
        detector.fit_predict(table)
        hole = next(event for event in detector.events_ if event.get("kind") == "rows-missing")
        assert hole["rows"] == 40 and hole["start"] == "2024-01-13 12:00:00"

    def test_use_before_learning(self, tmp_path):
        detector = gw.Detector()
        for call in [lambda: detector.predict(hours(50, 20)), detector.report, detector.to_bytes, detector.stream]:
            with pytest.raises(gw.GatewiseError, match="not learned") as caught:
                call()
            assert caught.value.remedy
        with pytest.raises(AttributeError, match="known after"):
            detector.events_  # noqa: B018
        detector.fit(hours(200, 150))
        with pytest.raises(AttributeError, match="known after fit_predict"):
            detector.events_  # noqa: B018
        with pytest.raises(gw.DataError, match="report"):
            detector.report()
        with pytest.raises(gw.DataError, match="2 columns to watch, the model watches 1"):
            detector.predict({"a": [1.0, 2.0], "b": [2.0, 1.0]}, target=["a", "b"])
        with pytest.raises(gw.SettingError, match="settled") as caught:
            detector.predict(hours(50, 20), hidden=3)
        assert caught.value.setting == "hidden"
        detector.save(tmp_path / "m.safetensors")
        with pytest.raises(gw.DataError, match="forecaster"):
            gw.Forecaster.load(tmp_path / "m.safetensors")
        with pytest.raises(gw.DataError, match="does not know"):
            gw.Detector.load(tmp_path / "m.safetensors").stream()
        (tmp_path / "m.safetensors").write_bytes(b"nothing of the kind")
        with pytest.raises(gw.DataError):
            gw.Detector.load(tmp_path / "m.safetensors")


class TestHabits:
    def test_parameters(self):
        detector = gw.Detector(online=True, season=[24])
        assert detector.get_params()["season"] == [24] and detector.get_params()["seed"] is None
        assert detector.set_params(seed=4) is detector and detector.seed == 4
        assert repr(detector) == "Detector(season=[24], seed=4, online=True)"
        with pytest.raises(gw.SettingError):
            detector.set_params(seeds=4)
        assert set(detector.get_params()) == set(gw.Detector.settings())
        assert list(inspect.signature(gw.Detector).parameters) == ["online", "settings"]

    def test_scikit_learn_clones_it(self):
        sklearn = pytest.importorskip("sklearn.base")
        detector = gw.Detector(season=[24], seed=1).fit(hours(100, 50))
        copy = sklearn.clone(detector)
        assert copy.get_params() == detector.get_params() and not copy.__sklearn_is_fitted__()

    def test_pickles(self):
        table = hours(400, 350)
        detector = gw.Detector(seed=2)
        scores = detector.fit_predict(table[:300])
        copy = pickle.loads(pickle.dumps(detector))
        assert copy.events_ == detector.events_ and copy.to_bytes() == detector.to_bytes() and copy.seed == 2
        assert copy.predict(table[300:])["score"].tolist() == detector.predict(table[300:])["score"].tolist()
        assert len(scores) == 300
        assert pickle.loads(pickle.dumps(gw.Detector(seed=2))).seed == 2
        state = {**detector.__getstate__(), "version": 0}
        with pytest.raises(gw.DataError, match="another version"):
            gw.Detector().__setstate__(state)

    def test_the_report_and_what_was_found_out(self, tmp_path):
        detector = gw.Detector()
        detector.detect(hours())
        page = detector.report()
        assert page.html.startswith("<!") and "fit_predict" in page.html and "--" not in page.html.split("<body", 1)[-1].split("<svg")[0]
        assert "<iframe" in page._repr_html_()
        page.save(tmp_path / "r.html")
        assert {choice.setting for choice in detector.choices_} >= {"season", "false_alarms"}
        assert "event" in detector.verdict_ and "false_alarms=0.0001" in detector.verdict_
        assert detector.model_["config"]["detect"]["channels"] == 1 and detector.model_["rows"] == 900


class TestStreams:
    def same(self, detector, stream, table, **how):
        scores = detector.fit_predict(table) if not how else detector.predict(table, **how)
        rows = [stream.update(row) for row in table.to_dict("records")]
        for name in ["score", "threshold", "is_anomaly"]:
            assert [getattr(row, name) for row in rows] == scores[name].tolist(), name
        return rows, scores

    def test_rows_have_the_scores_of_the_table(self):
        table = hours()
        rows, scores = self.same(gw.Detector(online=True), gw.Detector().stream(table), table)
        assert [row.expected for row in rows] == scores["expected"].tolist()
        assert rows[700].is_alarm and rows[700].channels[0]["name"] == "load" and rows[699].channels == []
        head = gw.Detector().stream(table[:100])
        assert [head.update(row).score for row in table[:400].to_dict("records")] == scores["score"][:400].tolist()

    def test_several_series_states_and_counters(self):
        table = fleet()
        settings = {"id": "device", "states": "mode", "counter": "total", "false_alarms": 1e-3}
        stream = gw.Detector(**settings).stream(table)
        assert stream.columns == ["time", "device", "flow", "heat", "total", "mode"]
        rows, scores = self.same(gw.Detector(online=True, **settings), stream, table)
        for name in ["flow", "heat", "total"]:
            assert [row.expected[name] for row in rows] == scores[f"expected_{name}"].tolist()
        odd = next(row for row, mode in zip(rows, table["mode"], strict=True) if mode == "FAULT")
        assert "mode" in {channel["name"] for channel in odd.channels}

    def test_after_learning(self):
        table = hours()
        new = table[600:].reset_index(drop=True)
        detector = gw.Detector().fit(table[:600])
        before = detector.to_bytes()
        self.same(detector, detector.stream(), new, learn=True)
        self.same(detector, detector.stream(learn=False), new, learn=False)
        self.same(detector, detector.stream(false_alarms=0.01), new, false_alarms=0.01)
        assert detector.to_bytes() == before
        # Rows that do not follow start anew.
        self.same(detector, detector.stream(), table[:300], learn=True)

    def test_a_pickle_goes_on_to_the_bit(self, tmp_path):
        table = fleet(300)
        settings = {"id": "device", "states": "mode", "counter": "total"}
        (tmp_path / "known.csv").write_text("2024-01-01 03:00,2024-01-01 03:20\n")
        stream = gw.Detector(**settings, ignore=tmp_path / "known.csv").stream(table)
        rows = table.to_dict("records")
        scores = gw.Detector(online=True, **settings, ignore=tmp_path / "known.csv").fit_predict(table)
        found = []
        for number, row in enumerate(rows):
            if number % 97 == 0:
                stream = pickle.loads(pickle.dumps(stream))
                assert stream.rows == number
            found.append(stream.update(row))
        assert [row.score for row in found] == scores["score"].tolist()
        assert [row.is_ignored for row in found] == scores["ignored"].tolist()
        assert sum(row.is_ignored for row in found) > 0

    def test_the_forms_of_a_row(self):
        table = hours(300, 250)
        scores = gw.Detector(online=True).fit_predict(table)["score"].tolist()
        first = table.iloc[0]["time"]
        streams = {
            "dict": lambda s, row: s.update({"load": row.load, "time": row.time, "more": "words"}),
            "named": lambda s, row: s.update(row),
            "series": lambda s, row: s.update(pd.Series({"time": row.time, "load": row.load})),
            "list": lambda s, row: s.update([row.time, row.load]),
            "texts": lambda s, row: s.update([str(row.time), str(row.load)]),
            "numpy": lambda s, row: s.update([np.datetime64(row.time), np.float64(row.load)]),
            "number": lambda s, row: s.update(row.load, time=row.time),
            "array": lambda s, row: s.update(np.array([row.load]), time=row.time.to_pydatetime()),
        }
        for name, update in streams.items():
            stream = gw.Detector().stream(table)
            assert [update(stream, row).score for row in table.itertuples(index=False)] == scores, name
            assert stream.rows == 300 and first == table["time"][0]
        lone = gw.Detector().stream(table["load"])
        assert lone.columns == ["load"] and lone.update(3.5).score >= 0 and lone.update(None).score == 0

    def test_wrong_rows_change_nothing(self):
        table = hours(300, 250)
        stream, other = gw.Detector().stream(table), gw.Detector().stream(table)
        for number, row in enumerate(table[:100].to_dict("records")):
            assert stream.update(row) == other.update(row)
            if number != 50:
                continue
            for wrong, text in [
                ({"time": row["time"]}, 'no value for "load"'),
                ([1.0], "a row of 1 values, it needs 2: time, load"),
                ({**row, "load": "broken"}, 'row 52: .*"broken" is not a number'),
                ({**row, "load": float("inf")}, "not a finite number"),
                ({**row, "time": "yesterday"}, "is no time"),
                ({**row, "time": None}, "is no time"),
            ]:
                with pytest.raises(gw.DataError, match=text):
                    stream.update(wrong)
        with pytest.raises(gw.SettingError, match="0 columns of times") as caught:
            gw.Detector().stream(table["load"]).update(2.0, time=3)
        assert caught.value.setting == "time"
        with pytest.raises(gw.SettingError):
            gw.Detector(false_alarms=3).stream(table)


class TestRunning:
    def test_ctrl_c_stops(self):
        values = np.random.default_rng(0).normal(size=(200_000, 2))
        for detector in [gw.Detector(), gw.Detector(online=True)]:
            began = time.monotonic()
            timer = threading.Timer(0.7, _thread.interrupt_main)
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                detector.fit_predict(values)
            timer.join()
            assert time.monotonic() - began < 5
            assert not detector.__sklearn_is_fitted__()

    def test_other_threads_run_meanwhile(self):
        values, ticks, done = waves(20_000), [], threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.005)

        thread = threading.Thread(target=tick)
        thread.start()
        began = time.monotonic()
        gw.Detector(online=True).fit_predict(values)
        took = time.monotonic() - began
        done.set()
        thread.join()
        assert len(ticks) > 5 and max(np.diff(ticks)) < took / 2

    def test_threads_share_a_detector(self):
        table = hours(500, 450)
        detector = gw.Detector().fit(table[:300])
        expected, found = detector.predict(table[300:])["score"].tolist(), []
        threads = [threading.Thread(target=lambda: found.append(detector.predict(table[300:])["score"].tolist())) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert detector.model_["rows"] == 300
        for thread in threads:
            thread.join()
        assert found == [expected] * 3

    def test_warnings_name_the_line_that_asked(self):
        twice = pd.DataFrame(waves(200, 2), columns=["a", "a"])
        detector = gw.Detector()
        for call in [detector.fit, detector.fit_predict, detector.detect]:
            with pytest.warns(gw.GatewiseWarning) as caught:
                call(twice)
            assert caught[0].filename == __file__

    def test_nothing_warns_of_a_plain_table(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gw.Detector().fit_predict(hours(200, 150))
