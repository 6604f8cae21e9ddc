"""Tables that are not as they should be, and processes that are: what is refused says where and what to do."""

import multiprocessing
import os
import sys

import numpy as np
import pytest

import gatewise as gw

pd = pytest.importorskip("pandas")
QUICK = {"train": "none", "threads": 1}


def days(rows=60):
    values = 20 + np.arange(rows) % 7 + 0.1 * np.arange(rows)
    return pd.DataFrame({"y": values}, index=pd.date_range("2024-01-01", periods=rows, name="day"))


def fit(table, **settings):
    return gw.Forecaster(horizon=3, **QUICK, **settings).fit(table)


class TestTables:
    def test_times_that_come_twice(self):
        table = days()
        doubled = pd.concat([table, table.iloc[[10]] + 5]).sort_index()
        with pytest.raises(gw.DataError, match="2024-01-11") as caught:
            fit(doubled)
        assert caught.value.setting == "duplicates" and caught.value.remedy
        assert len(fit(doubled, duplicates="mean").predict()) == 3
        copies = pd.concat([table, table.iloc[[10]]]).sort_index()
        assert fit(copies).predict().equals(fit(table).predict()), "a copy is dropped"

    def test_rows_out_of_order_are_put_in_order(self):
        table = days()
        shuffled = table.sample(frac=1.0, random_state=0)
        assert not shuffled.index.is_monotonic_increasing
        model = fit(shuffled)
        assert model.predict().equals(fit(table).predict())
        assert any("order" in note["message"] for note in model.notes_)

    def test_rows_that_are_missing(self):
        holed = days().drop(pd.Timestamp("2024-01-21"))
        with pytest.raises(gw.DataError, match="between 2024-01-20 and 2024-01-22") as caught:
            fit(holed, impute="refuse")
        assert caught.value.setting == "impute"
        model = fit(holed)
        assert any("1 value is missing" in note["message"] for note in model.notes_)
        assert model.predict().index.equals(fit(days()).predict().index)

    def test_an_index_without_a_frequency(self):
        table = days()
        bare = pd.DataFrame({"y": table["y"].to_numpy()}, index=pd.DatetimeIndex(table.index.to_numpy(), freq=None, name="day"))
        assert bare.index.freq is None and fit(bare).predict().index[0] == pd.Timestamp("2024-03-01")
        odd = bare.iloc[[0, 1, 2, 4, 7, 12, 13, 20, 22, 31, 40, 41, 55]]
        with pytest.raises(gw.DataError) as caught:
            fit(odd)
        assert caught.value.setting in ("impute", "freq", "aggregate") and caught.value.remedy

    def test_columns_of_objects(self):
        table = days().reset_index()
        assert fit(table.astype({"y": object})).predict().equals(fit(table).predict()), "numbers are numbers"
        words = table.astype({"y": object})
        words.loc[7, "y"] = "many"
        with pytest.raises(gw.DataError, match="many"):
            fit(words, target="y")
        nested = table.assign(y=[[value] for value in table["y"]])
        with pytest.raises(gw.DataError):
            fit(nested, target="y")

    @pytest.mark.parametrize("empty", [pd.DataFrame(), days()[:0], days()[["y"]].iloc[:0].reset_index(), pd.Series([], dtype=float), [], np.empty((0, 2))])
    def test_tables_without_rows(self, empty):
        with pytest.raises(gw.DataError):
            fit(empty)
        with pytest.raises(gw.DataError):
            gw.Forecaster(horizon=3, **QUICK).backtest(empty)

    def test_infinite_and_missing_values(self):
        table = days()
        for value, setting in ((np.inf, None), (np.nan, "impute")):
            broken = table.copy()
            broken.iloc[5, 0] = value
            with pytest.raises(gw.DataError, match="2024-01-06|line|row") as caught:
                fit(broken, impute="refuse")
            assert setting is None or caught.value.setting == setting
        assert np.isfinite(fit(broken).predict()["forecast"]).all()

    def test_columns_of_one_name(self):
        table = days()
        doubled = pd.concat([table, table * 2], axis=1)
        assert doubled.columns.tolist() == ["y", "y"]
        model = fit(doubled)
        assert sorted(set(model.predict()["channel"])) == ["y", "y.1"]


class TestHorizons:
    @pytest.mark.parametrize("horizon", [0, -1, 2.5, "many", 10**12])
    def test_those_that_are_none(self, horizon):
        with pytest.raises(gw.SettingError, match="horizon") as caught:
            gw.Forecaster(horizon=horizon, **QUICK).fit(days())
        assert caught.value.setting == "horizon"

    def test_a_model_looks_ahead_alone(self):
        """Rows that a model has learned from are held against forecasts by evaluate, which says so; predict has none of them."""
        model = fit(days())
        assert model.predict().index[0] == pd.Timestamp("2024-03-01")
        with pytest.warns(gw.GatewiseWarning, match="trained on rows of this test part"):
            model.evaluate(days(), test_from="2024-02-20")


def _forecast(model, table):
    return model.predict(table)["forecast"].tolist()


def _in_child(queue, model, table):
    queue.put((os.getpid(), _forecast(model, table), gw.Forecaster(horizon=3, train="none", threads=2).fit(table).predict()["forecast"].tolist()))


class TestProcesses:
    @pytest.mark.skipif(sys.platform == "win32", reason="no fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_fork_after_a_fit(self):
        """Threads of the parent are not there in a child, which starts its own."""
        table = days()
        model = gw.Forecaster(horizon=3, train="none", threads=2).fit(table)
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        children = [context.Process(target=_in_child, args=(queue, model, table)) for _ in range(2)]
        for child in children:
            child.start()
        found = [queue.get(timeout=120) for _ in children]
        for child in children:
            child.join(timeout=30)
            assert child.exitcode == 0
        expected = model.predict()["forecast"].tolist()
        assert all(pid != os.getpid() and there == anew == expected for pid, there, anew in found)
        assert _forecast(model, table) == expected

    def test_joblib(self):
        joblib = pytest.importorskip("joblib")
        table = days()
        model = fit(table)
        tables = [table[:50], table[:55], table]
        there = joblib.Parallel(n_jobs=2)(joblib.delayed(_forecast)(model, own) for own in tables)
        assert there == [_forecast(model, own) for own in tables]

    def test_scikit_learn_in_two_processes(self):
        selection = pytest.importorskip("sklearn.model_selection")
        t = np.arange(24)
        X = np.stack([np.sin(2 * np.pi * t / (8 if k % 2 else 12)) + 0.1 * k for k in range(24)])[..., None]
        y = np.array(["fast" if k % 2 else "slow" for k in range(24)])
        model = gw.Classifier(hidden=4, epochs=2, threads=1, seed=1)
        two, one = (selection.cross_val_score(model, X, y, cv=2, n_jobs=jobs).tolist() for jobs in (2, 1))
        assert two == one
