"""Tables and settings of detectors: the kinds that are taken, and what is refused."""

import numpy as np
import pytest
from data_tables import fleet, hours, waves

import gatewise as gw

pd = pytest.importorskip("pandas")


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
