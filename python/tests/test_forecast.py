"""Forecasters of tables: what comes in, what comes out, and that it is what the command line gives."""

import csv
import datetime
import json
import pickle
import subprocess
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from support import ctrl_c, ticks_during

import gatewise as gw

ROOT = Path(__file__).resolve().parents[2]
AIRLINE = ROOT / "samples" / "airline-passengers.csv"
BINARY = ROOT / "target" / "release" / "gatewise"
LEVELS = ["q0.025", "q0.1", "q0.5", "q0.9", "q0.975"]
# No network is trained: the built-in one answers at once.
QUICK = {"train": "none", "threads": 1}

pd = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def airline():
    return pd.read_csv(AIRLINE)


def by_date(frame):
    return frame.set_index(pd.DatetimeIndex(frame["Month"]))[["Passengers"]]


def long_table(rows=60, series=("a", "b"), start="2020-01-01"):
    times = pd.date_range(start, periods=rows, freq="D")
    parts = [
        pd.DataFrame({"unique_id": name, "ds": times, "y": 10.0 * (k + 1) + np.arange(rows) % 7 + 0.1 * np.arange(rows)})
        for k, name in enumerate(series)
    ]
    return pd.concat(parts, ignore_index=True)


def wave(rows):
    t = np.arange(rows)
    return 50 + 0.01 * t + 5 * np.sin(2 * np.pi * t / 24) + np.random.default_rng(0).normal(size=rows)


def gatewise(*args):
    if not BINARY.exists():
        pytest.skip("no binary")
    done = subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class TestAgainstTheBinary:
    def same(self, folder, table, settings, *flags):
        """Trains on a table in memory and with the command line on the same table as CSV; gives both forecasts."""
        table.to_csv(folder / "table.csv", index=False)
        gatewise("forecast", folder / "table.csv", *flags, "--seed", 1, "--threads", 2, "--run", folder / "run", "-q")
        model = gw.Forecaster(seed=1, threads=2, **settings).fit(table)
        expected, forecast = rows_of(folder / "run" / "forecast.csv"), model.predict()
        assert list(forecast.columns) == list(expected[0])
        assert len(forecast) == len(expected)
        for name in ["forecast", *LEVELS]:
            assert forecast[name].tolist() == [float(row[name]) for row in expected], name
        for name in {"ds", "unique_id", "channel"} & set(expected[0]):
            texts = forecast[name].astype(str).tolist()
            assert texts == [row[name] for row in expected], name
        assert model.to_bytes() == (folder / "run" / "model.safetensors").read_bytes()
        assert model.score_ == json.loads((folder / "run" / "metrics.json").read_text())
        return model

    def test_a_table_of_months(self, tmp_path, airline):
        self.same(tmp_path, airline, {"horizon": 12}, "--horizon", 12)

    def test_a_long_table(self, tmp_path):
        self.same(tmp_path, long_table(), {"horizon": 7}, "--horizon", 7)

    def test_several_channels_with_settings(self, tmp_path):
        times = pd.date_range("2024-01-01", periods=400, freq="h")
        table = pd.DataFrame({"time": times, "load": wave(400), "wind": np.sqrt(wave(400)), "heat": wave(400) / 3})
        settings = {"horizon": 24, "target": ["load", "wind"], "covariates": "heat", "hidden": 8, "epochs": 3, "channels": "joint"}
        flags = ["--horizon", 24, "--target", "load,wind", "--covariates", "heat", "--hidden", 8, "--epochs", 3, "--channels", "joint"]
        self.same(tmp_path, table, settings, *flags)

    def test_missing_values(self, tmp_path):
        table = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=90), "sales": wave(90)})
        table.loc[[5, 40], "sales"] = np.nan
        table = table.drop(index=60).reset_index(drop=True)
        self.same(tmp_path, table, {"horizon": 7, "impute": "linear"}, "--horizon", 7, "--impute", "linear")

    def test_a_path_and_numbers_that_hardly_differ(self, tmp_path):
        values = 1e9 + np.arange(50) / 3
        pd.DataFrame({"y": values}).to_csv(tmp_path / "t.csv", index=False)
        here = gw.Forecaster(horizon=3, **QUICK).fit(tmp_path / "t.csv").predict()
        there = gw.Forecaster(horizon=3, **QUICK).fit({"y": values}).predict()
        assert here["forecast"].tolist() == there["forecast"].tolist()

    def test_evaluate_and_predict_of_its_model(self, tmp_path, airline):
        old, new = tmp_path / "old.csv", tmp_path / "all.csv"
        airline[:120].to_csv(old, index=False)
        airline.to_csv(new, index=False)
        gatewise("forecast", old, "--horizon", 12, "--seed", 1, "--run", tmp_path / "run", "-q")
        model = gw.Forecaster.load(tmp_path / "run")
        assert model.horizon == 12 and model.model_["config"]["season"] == 12
        gatewise("predict", tmp_path / "run", new, "-o", tmp_path / "p.csv", "-q")
        forecast = model.predict(airline)
        assert forecast["forecast"].tolist() == [float(row["forecast"]) for row in rows_of(tmp_path / "p.csv")]
        told = json.loads(gatewise("evaluate", tmp_path / "run", new, "--rolling", "--json", "-o", tmp_path / "e.csv", "-q"))
        told.pop("page", None)
        evaluation = model.evaluate(airline, rolling=True)
        assert evaluation == told
        assert evaluation.forecasts["cutoff"].tolist() == [row["cutoff"] for row in rows_of(tmp_path / "e.csv")]
        assert evaluation.forecasts["q0.9"].tolist() == [float(row["q0.9"]) for row in rows_of(tmp_path / "e.csv")]

    def test_the_binary_reads_its_model(self, tmp_path, airline):
        model = gw.Forecaster(horizon=12, **QUICK).fit(airline[:120])
        model.save(tmp_path / "m.safetensors")
        airline.to_csv(tmp_path / "all.csv", index=False)
        gatewise("predict", tmp_path / "m.safetensors", tmp_path / "all.csv", "-o", tmp_path / "p.csv", "-q")
        assert model.predict(airline)["forecast"].tolist() == [float(row["forecast"]) for row in rows_of(tmp_path / "p.csv")]


class TestKinds:
    def test_dates_in_the_index_come_back_there(self, airline):
        frame = by_date(airline).asfreq("MS")
        forecast = gw.Forecaster(horizon=12, **QUICK).fit(frame).predict()
        assert isinstance(forecast.index, pd.DatetimeIndex) and forecast.index.name == "Month"
        assert forecast.index.equals(pd.date_range("1961-01-01", periods=12, freq="MS")) and forecast.index.freqstr == "MS"
        assert list(forecast.columns) == ["forecast", *LEVELS]
        assert forecast.index.dtype == frame.index.dtype
        joined = pd.concat([frame["Passengers"], forecast["forecast"]])
        assert joined.index.is_monotonic_increasing and len(joined) == 156
        texts = gw.Forecaster(horizon=12, **QUICK).fit(airline).predict()
        assert texts["ds"].tolist()[:2] == ["1961-01", "1961-02"]
        assert texts["forecast"].tolist() == forecast["forecast"].tolist()

    def test_series_periods_and_zones(self, airline):
        series = by_date(airline)["Passengers"]
        reference = gw.Forecaster(horizon=3, **QUICK).fit(series).predict()
        periods = gw.Forecaster(horizon=3, **QUICK).fit(series.to_period("M")).predict()
        assert isinstance(periods.index, pd.PeriodIndex) and str(periods.index[0]) == "1961-01"
        assert periods["forecast"].tolist() == reference["forecast"].tolist()
        hours = pd.Series(wave(200), index=pd.date_range("2024-03-25", periods=200, freq="h", tz="Europe/Berlin"), name="load")
        zoned = gw.Forecaster(horizon=24, **QUICK).fit(hours).predict()
        assert str(zoned.index.tz) == "Europe/Berlin"
        assert zoned.index[0] == hours.index[-1] + pd.Timedelta(hours=1)
        assert (np.diff(zoned.index.asi8) > 0).all()

    def test_a_month_end_index(self):
        series = pd.Series(np.arange(48.0), index=pd.date_range("2020-01-31", periods=48, freq=pd.offsets.MonthEnd()))
        forecast = gw.Forecaster(horizon=3, **QUICK).fit(series).predict()
        assert forecast.index.equals(pd.date_range("2024-01-31", periods=3, freq=pd.offsets.MonthEnd()))

    def test_columns_of_pandas(self):
        days = pd.date_range("2024-01-01", periods=40)
        frame = pd.DataFrame({"day": days, "n": pd.array(range(40), dtype="Int64"), "x": np.arange(40, dtype=np.float32)})
        forecast = gw.Forecaster(horizon=2, target="n", **QUICK).fit(frame).predict()
        assert forecast["ds"].tolist() == [pd.Timestamp("2024-02-10"), pd.Timestamp("2024-02-11")]
        frame.loc[7, "n"] = pd.NA
        with pytest.raises(gw.DataError, match="missing"):
            gw.Forecaster(horizon=2, target="n", impute="refuse", **QUICK).fit(frame)
        assert any("1 value is missing" in note["message"] for note in gw.Forecaster(horizon=2, target="n", **QUICK).fit(frame).notes_)

    def test_a_long_table_of_every_kind(self):
        pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
        frame = long_table()
        reference = gw.Forecaster(horizon=5, **QUICK).fit(frame).predict()
        assert list(reference.columns) == ["unique_id", "ds", "forecast", *LEVELS]
        assert reference["unique_id"].tolist() == ["a"] * 5 + ["b"] * 5
        assert reference["ds"].iloc[0] == pd.Timestamp("2020-03-01")
        columns = {name: frame[name].to_list() for name in frame}
        categories = frame.assign(unique_id=frame["unique_id"].astype("category"))
        indexed = frame.set_index(["unique_id", "ds"])
        for table in (pl.DataFrame(columns), pl.DataFrame(columns).lazy(), pa.table(columns), columns, categories, indexed):
            forecast = gw.Forecaster(horizon=5, **QUICK).fit(table).predict()
            if hasattr(table, "lazy"):
                assert isinstance(forecast, pl.DataFrame) and forecast["ds"].dtype == pl.Datetime("us")
                forecast = forecast.to_dict(as_series=False)
            elif isinstance(table, pa.Table):
                assert isinstance(forecast, pa.Table)
                forecast = forecast.to_pydict()
            assert list(forecast["unique_id"]) == reference["unique_id"].tolist()
            assert [pd.Timestamp(time) for time in forecast["ds"]] == reference["ds"].tolist()
            assert list(forecast["q0.9"]) == reference["q0.9"].tolist()

    def test_dates_of_polars_and_arrow(self):
        pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
        days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=k) for k in range(50)]
        columns = {"day": days, "y": [float(k) for k in range(50)]}
        forecast = gw.Forecaster(horizon=2, **QUICK).fit(pl.DataFrame(columns)).predict()
        assert forecast["ds"].to_list() == [datetime.date(2024, 2, 20), datetime.date(2024, 2, 21)]
        forecast = gw.Forecaster(horizon=2, **QUICK).fit(pa.table(columns)).predict()
        assert forecast["ds"].to_pylist() == [datetime.date(2024, 2, 20), datetime.date(2024, 2, 21)]
        zoned = pl.DataFrame(columns).with_columns(pl.col("day").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"))
        forecast = gw.Forecaster(horizon=2, **QUICK).fit(zoned).predict()
        assert forecast["ds"].dtype == pl.Datetime("ms", "UTC") and forecast["ds"][0].day == 20

    def test_arrays(self):
        values = wave(100)
        one = gw.Forecaster(horizon=4, **QUICK).fit(values).predict()
        assert one["ds"].tolist() == [101, 102, 103, 104] and one["forecast"].dtype == np.float64
        assert list(one) == ["ds", "forecast", *LEVELS]
        two = gw.Forecaster(horizon=4, **QUICK).fit(np.stack([values, values[::-1]], axis=1)).predict()
        assert two["channel"].tolist() == ["y1"] * 4 + ["y2"] * 4
        lists = gw.Forecaster(horizon=4, **QUICK).fit(values.tolist()).predict()
        assert lists["forecast"].tolist() == one["forecast"].tolist()
        with pytest.raises(TypeError, match="3 dimensions"):
            gw.Forecaster(horizon=4).fit(np.zeros((2, 2, 2)))
        with pytest.raises(TypeError, match="this is a int"):
            gw.Forecaster(horizon=4).fit(7)

    def test_times_that_are_counted(self):
        starts = {"s": 1_700_000_000, "ms": 1_700_000_000_000, "ns": 1_700_000_000_000_000_000}
        for unit, start in starts.items():
            step = 3600 * start // 1_700_000_000
            forecast = gw.Forecaster(horizon=2, **QUICK).fit({"ts": start + np.arange(60) * step, "y": wave(60)}).predict()
            assert forecast["ds"].tolist() == [start + 60 * step, start + 61 * step], unit
        odd = {"unique_id": ['a\tb"c,\nd'] * 60, "ds": np.arange(60), "y": wave(60)}
        forecast = gw.Forecaster(horizon=2, **QUICK).fit(odd).predict()
        assert forecast["unique_id"].tolist() == odd["unique_id"][:2] and forecast["ds"].tolist() == [60, 61]

    def test_tables_that_hold_nothing(self):
        for table in (pd.DataFrame(), {}, {"a": ["x", "y"]}, np.full(60, np.nan), np.where(np.arange(60) == 5, np.inf, 1.0)):
            with pytest.raises(gw.DataError):
                gw.Forecaster(horizon=2, **QUICK).fit(table)
        with pytest.raises(gw.GatewiseError, match="one length"):
            gw.Forecaster(horizon=2, **QUICK).fit({"a": [1, 2, 3], "b": [1, 2]})
        with pytest.raises(TypeError, match="complex"):
            gw.Forecaster(horizon=2, **QUICK).fit(np.ones(9) * 1j)

    def test_a_target_beside_the_table(self):
        frame = pd.DataFrame({"a": wave(60), "b": wave(60)})
        model = gw.Forecaster(horizon=2, **QUICK).fit(frame[["a"]], frame["b"])
        other = gw.Forecaster(horizon=2, target="b", **QUICK).fit(frame)
        assert model.predict()["forecast"].tolist() == other.predict()["forecast"].tolist()
        with pytest.raises(gw.DataError, match="59 rows"):
            gw.Forecaster(horizon=2).fit(frame[["a"]], frame["b"][:59])

    def test_other_rows_and_other_kinds(self, airline):
        model = gw.Forecaster(horizon=12, **QUICK).fit(airline[:132])
        newer = model.predict(airline)
        assert newer["ds"].tolist()[0] == "1961-01"
        again = gw.Forecaster(horizon=12, **QUICK).fit(airline[:132]).predict(AIRLINE)
        assert isinstance(again, dict) and again["forecast"].tolist() == newer["forecast"].tolist()
        renamed = airline.rename(columns={"Month": "when"})
        assert model.predict(renamed, time="when")["forecast"].tolist() == newer["forecast"].tolist()


class TestSettings:
    def test_near_names_are_told(self):
        with pytest.raises(gw.SettingError, match="did you mean.*horizon") as caught:
            gw.Forecaster(horison=12)
        assert (caught.value.kind, caught.value.setting) == ("usage", "horison") and "horizon" in caught.value.remedy
        with pytest.raises(gw.GatewiseError, match="hidden"):
            gw.Forecaster().set_params(hiden=3)

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("hidden", 0), ("cell", "elman"), ("impute", "guess"), ("lr", float("nan")), ("lr", -1), ("log", "maybe"), ("seeds", 0),
            ("delimiter", "ab"), ("quantiles", [0.9, 0.1]), ("threads", 100_000),
        ],
    )
    def test_values_are_held_to_their_bounds(self, airline, setting, value):
        with pytest.raises(gw.SettingError, match=setting) as caught:
            gw.Forecaster(horizon=12, **{setting: value}).fit(airline)
        assert caught.value.setting == setting

    def test_numbers_of_numpy_and_lists(self, airline):
        model = gw.Forecaster(horizon=np.int64(3), quantiles=np.array([0.1, 0.9]), season=(12,), log=np.bool_(True), **QUICK).fit(airline)
        assert list(model.predict().columns) == ["ds", "forecast", "q0.1", "q0.9"]

    def test_errors_speak_python(self, airline):
        gap = airline.assign(Passengers=airline["Passengers"].where(airline["Passengers"] != 118))
        with pytest.raises(gw.DataError) as caught:
            gw.Forecaster(horizon=12, impute="refuse").fit(gap)
        assert caught.value.setting == "impute" and caught.value.remedy.startswith('impute="linear"')
        assert 'column "Passengers"' in str(caught.value) and isinstance(caught.value, ValueError)
        with pytest.raises(gw.SettingError, match="horizon=12"):
            gw.Forecaster().fit(airline)
        with pytest.raises(gw.FileError) as caught:
            gw.Forecaster(horizon=12).fit("/none.csv")
        assert isinstance(caught.value, OSError) and caught.value.kind == "io"
        with pytest.raises(gw.DataError):
            gw.Forecaster.load(AIRLINE)
        with pytest.raises(gw.FileError):
            gw.Forecaster.load("/none")
        assert pickle.loads(pickle.dumps(caught.value)).remedy == caught.value.remedy

    def test_the_habits_of_scikit_learn(self, airline):
        model = gw.Forecaster(horizon=6, hidden=4, **QUICK)
        params = model.get_params()
        assert params["horizon"] == 6 and params["hidden"] == 4 and params["lookback"] is None and set(params) == set(model.settings())
        assert model.hidden == 4 and repr(model) == "Forecaster(horizon=6, train='none', hidden=4, threads=1)"
        assert model.set_params(horizon=3, hidden=None) is model and model.horizon == 3
        model.seed = 5
        assert model.get_params()["seed"] == 5 and model.lookback is None and not hasattr(model, "lookbak")
        with pytest.raises(gw.GatewiseError, match="not trained"):
            model.predict()
        with pytest.raises(AttributeError, match="after fit"):
            _ = model.choices_
        sklearn = pytest.importorskip("sklearn.base")
        copy = sklearn.clone(model.fit(airline))
        assert copy.get_params() == model.get_params() and not copy.__sklearn_is_fitted__() and model.__sklearn_is_fitted__()

    def test_only_reading_is_settled_anew(self, airline):
        model = gw.Forecaster(horizon=3, **QUICK).fit(airline)
        with pytest.raises(gw.SettingError, match="settled when it was trained"):
            model.predict(airline, lookback=5)
        with pytest.raises(gw.SettingError, match="did you mean"):
            model.predict(airline, imput="linear")


class TestTraining:
    def test_what_was_chosen_and_how_it_did(self, airline):
        model = gw.Forecaster(horizon=12, seed=1).fit(airline)
        choices = {choice.what: choice for choice in model.choices_}
        assert choices["season"].value.startswith("12") and choices["season"].setting == "season"
        assert 0.3 < model.score_["mase"] < 1.2 and "MASE" in model.verdict_
        page = model.report()
        assert page.html.startswith("<!") and "Forecast of" in page.html and "⦃" not in page.html and "--" + "impute" not in page.html
        assert "iframe" in page._repr_html_()

    def test_a_page_is_written(self, tmp_path, airline):
        gw.Forecaster(horizon=12, **QUICK).fit(airline).report().save(tmp_path / "page.html")
        assert "airline" not in (tmp_path / "page.html").read_text()

    def test_findings_are_warnings(self):
        with pytest.warns(gw.GatewiseWarning, match="longer than the history") as caught:
            model = gw.Forecaster(horizon=12, **QUICK).fit([1.0, 2.0, 4.0])
        assert caught[0].filename == __file__
        assert any(note["severity"] == "warning" for note in model.notes_)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gw.Forecaster(horizon=2, **QUICK).fit(wave(100))

    def test_events(self):
        events = []
        gw.Forecaster(horizon=4, train="full", epochs=2, lookback=24).fit(wave(300), callback=events.append)
        names = [event["event"] for event in events]
        assert {"phase", "start", "step", "epoch", "stopped"} <= set(names)
        start = events[names.index("start")]
        assert start["phase"] == "held back" and start["steps_per_epoch"] >= 1 and isinstance(start["estimate_seconds"], float)

    def test_an_exception_of_the_callback_ends_the_training(self):
        steps = []

        def stop(event):
            steps.append(event)
            if event["event"] == "step":
                raise LookupError("enough")

        model = gw.Forecaster(horizon=4, train="full", lookback=24)
        with pytest.raises(LookupError, match="enough"):
            model.fit(wave(300), callback=stop)
        assert sum(event["event"] == "step" for event in steps) == 1 and not model.__sklearn_is_fitted__()

    def test_ctrl_c_ends_the_training(self):
        model = gw.Forecaster(horizon=4, train="full", lookback=24, epochs=100_000, patience=100_000, max_steps=200_000)
        with ctrl_c(after=0.3):
            model.fit(wave(2000))

    def test_other_threads_run_meanwhile(self):
        model, table = gw.Forecaster(horizon=4, train="full", lookback=24, epochs=200, patience=200, max_steps=2000), wave(1000)
        assert ticks_during(lambda: model.fit(table)) > 5

    def test_threads_share_a_model(self, airline):
        model = gw.Forecaster(horizon=12, **QUICK).fit(airline)
        results = []
        threads = [threading.Thread(target=lambda: results.append(model.predict(airline))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(result.equals(model.predict()) for result in results) and len(results) == 4

    def test_progress_needs_nothing(self):
        events = []
        gw.Forecaster(horizon=4, train="full", epochs=2, lookback=24).fit(wave(200), callback=events.append, progress=True)
        assert events

    def test_the_number_of_threads_changes_nothing(self):
        models = [gw.Forecaster(horizon=4, train="full", epochs=3, lookback=24, threads=n).fit(wave(400)) for n in (1, 2)]
        assert models[0].to_bytes() == models[1].to_bytes()


class TestKeeping:
    def test_pickles(self, airline):
        model = gw.Forecaster(horizon=12, seed=3, train="full", epochs=2).fit(by_date(airline))
        copy = pickle.loads(pickle.dumps(model))
        assert copy.predict().equals(model.predict()) and copy.to_bytes() == model.to_bytes()
        assert copy.predict(by_date(airline)).equals(model.predict(by_date(airline)))
        assert copy.choices_ == model.choices_ and copy.get_params() == model.get_params()
        with pytest.raises(gw.DataError, match="no report"):
            copy.report()
        assert pickle.loads(pickle.dumps(gw.Forecaster(horizon=2))).horizon == 2

    def test_files(self, tmp_path, airline):
        model = gw.Forecaster(horizon=12, **QUICK).fit(airline)
        model.save(tmp_path / "m.safetensors")
        loaded = gw.Forecaster.load(tmp_path / "m.safetensors")
        assert loaded.predict(airline).equals(model.predict()) and loaded.to_bytes() == model.to_bytes()
        with pytest.raises(gw.DataError, match="no rows to forecast from"):
            loaded.predict()
        with pytest.raises(gw.FileError):
            model.save(tmp_path / "none" / "m.safetensors")
        (tmp_path / "cut.safetensors").write_bytes(model.to_bytes()[:500])
        with pytest.raises(gw.DataError, match="not a complete"):
            gw.Forecaster.load(tmp_path / "cut.safetensors")

    def test_evaluation(self, airline):
        model = gw.Forecaster(horizon=12, **QUICK).fit(airline[:132])
        evaluation = model.evaluate(airline)
        truth = airline["Passengers"][132:].to_numpy()
        assert evaluation["mae"] == pytest.approx(np.abs(evaluation.forecasts["forecast"] - truth).mean(), rel=1e-6)
        assert evaluation["seen_in_training"] == 0 and "seasonal_naive" in "".join(evaluation["baseline"]).replace("-", "_")
        beside = model.evaluate(airline[132:], history=airline[:132])
        assert beside["mae"] == evaluation["mae"]
        with pytest.warns(gw.GatewiseWarning, match="trained on rows of this test part"):
            assert model.evaluate(airline, test_from="1958-01")["seen_in_training"] == 1
        with pytest.raises(gw.SettingError, match="stride"):
            model.evaluate(airline, rolling=True, stride=0)

    def test_the_forecast_is_the_callers_own(self, airline):
        model = gw.Forecaster(horizon=3, **QUICK).fit(airline)
        first = model.predict()
        first["forecast"] = 0.0
        assert (model.predict()["forecast"] > 0).all()
