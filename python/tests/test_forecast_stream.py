"""Forecasters on rows as they come: what they say of a table row by row, and where they stand as bytes."""

import datetime
import pickle

import numpy as np
import pytest

import gatewise as gw

pd = pytest.importorskip("pandas")
QUICK = {"train": "none", "threads": 1}
SMALL = {"train": "full", "lookback": 12, "season": 12, "max_steps": 3, "hidden": 4, "threads": 1, "seed": 1}


def sales(rows=80):
    t = np.arange(rows)
    values = 100 + 0.5 * t + 10 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(0).normal(size=rows)
    return pd.DataFrame({"sales": values}, index=pd.date_range("2018-01-01", periods=rows, freq="MS", name="month"))


@pytest.fixture(scope="module")
def combined():
    return gw.Forecaster(horizon=4, **QUICK).fit(sales()[:60])


@pytest.fixture(scope="module")
def network():
    return gw.Forecaster(horizon=4, backtest_windows=0, **SMALL).fit(sales()[:60])


class TestAgainstTables:
    def test_each_row_has_the_forecast_of_the_table_so_far(self, combined):
        table = sales()
        stream = combined.stream(table[:60])
        assert stream.rows == 60 and stream.forecast["forecast"].tolist() == combined.predict()["forecast"].tolist()
        for row in range(60, 64):
            said = stream.update(table["sales"].iloc[row])
            whole = combined.predict(table[: row + 1])
            assert list(said) == ["ds", *whole.columns]
            assert all(said[name].tolist() == whole[name].tolist() for name in whole)
            assert pd.DatetimeIndex(said["ds"]).equals(whole.index)

    def test_the_network_alone(self, network):
        table = sales()
        stream = network.stream()
        said = [stream.update(value) for value in table["sales"]]
        assert said[10] is None and said[11] is not None, "a season is looked back on at least"
        whole = network.predict(table)
        assert said[-1]["forecast"] == pytest.approx(whole["forecast"], rel=1e-5) and said[-1]["ds"].tolist() == [81, 82, 83, 84]

    def test_several_columns_and_covariates(self):
        table = pd.DataFrame({"a": sales()["sales"], "b": 2 * sales()["sales"], "x": 1.0 + np.arange(80) % 3}).reset_index(drop=True)
        model = gw.Forecaster(horizon=3, target=["a", "b"], covariates="x", **QUICK).fit(table[:70])
        stream = model.stream(table[:70])
        assert stream.columns == ["a", "b", "x"]
        said = stream.update({"b": table["b"][70], "a": table["a"][70], "x": table["x"][70], "other": "word"})
        whole = model.predict(table[:71])
        assert said["channel"].tolist() == ["a"] * 3 + ["b"] * 3 and said["forecast"].tolist() == whole["forecast"].tolist()
        with pytest.raises(gw.DataError, match='no value for "x"'):
            stream.update({"a": 1.0, "b": 2.0})
        with pytest.raises(gw.DataError, match="2 values, it needs 3"):
            stream.update([1.0, 2.0])

    def test_one_series_of_several(self):
        parts = [sales().reset_index().rename(columns={"month": "ds", "sales": "y"}).assign(unique_id=name) for name in ("a", "b")]
        parts[1]["y"] *= 7
        table = pd.concat(parts, ignore_index=True)
        model = gw.Forecaster(horizon=3, **QUICK).fit(table)
        stream = model.stream(table, series="b")
        assert stream.series == "b" and stream.forecast["forecast"].tolist() == model.predict()["forecast"].tolist()[3:]
        with pytest.raises(gw.DataError, match="2 series") as caught:
            model.stream(table)
        assert caught.value.setting == "series" and "a, b" in caught.value.remedy
        with pytest.raises(gw.DataError, match='no series "c"'):
            model.stream(table, series="c")


class TestTimes:
    def test_a_row_that_is_not_due_is_refused(self, combined):
        table = sales()
        stream, other = combined.stream(table[:60]), combined.stream(table[:60])
        for wrong in (table.index[61], table.index[59], "2023-02-01", datetime.date(2022, 12, 1)):
            with pytest.raises(gw.DataError, match="row 61 is of .* the one due is of 2023-01-01"):
                stream.update(150.0, time=wrong)
        with pytest.raises(gw.DataError, match="no time"):
            stream.update(150.0, time="yesterday")
        assert stream.rows == 60
        for form in (table.index[60], "2023-01-01"):
            assert combined.stream(table[:60]).update(150.0, time=form)["ds"][0] == np.datetime64("2023-02-01")
        said = stream.update({"sales": 150.0, "month": table.index[60]})
        assert said["forecast"].tolist() == other.update(150.0)["forecast"].tolist()
        with pytest.raises(gw.DataError, match="is of"):
            stream.update({"sales": 150.0, "month": table.index[60]})

    def test_a_stream_that_begins_with_a_time(self, combined):
        stream = combined.stream()
        assert stream.forecast is None and stream.rows == 0
        assert stream.update(100.0, time="2030-01-01")["ds"][0] == np.datetime64("2030-02-01")
        assert stream.update(101.0)["ds"][0] == np.datetime64("2030-03-01")
        counted = combined.stream()
        assert counted.update(100.0)["ds"].tolist() == [2, 3, 4, 5]
        with pytest.raises(gw.SettingError, match="without times"):
            counted.update(101.0, time="2030-01-01")


class TestState:
    @pytest.mark.parametrize("which", ["combined", "network"])
    def test_a_copy_goes_on_to_the_bit(self, request, which):
        model, table = request.getfixturevalue(which), sales()
        stream = model.stream(table[:60])
        for value in table["sales"][60:70]:
            stream.update(value)
        copy, bare = pickle.loads(pickle.dumps(stream)), model.stream()
        bare.restore(stream.state())
        for value in table["sales"][70:75]:
            said = stream.update(value)
            for other in (copy.update(value), bare.update(value)):
                assert all(said[name].tolist() == other[name].tolist() for name in said)
        assert copy.rows == bare.rows == 75 and repr(copy) == repr(stream) == "<gatewise.ForecasterStream: sales; 75 rows>"

    def test_foreign_and_damaged_bytes_change_nothing(self, combined, network):
        stream = combined.stream(sales()[:60])
        state = stream.state()
        for wrong in (b"", b"nothing\n", state[:-3], state[: len(state) // 2], network.stream(sales()[:60]).state(), state + b"x"):
            with pytest.raises(gw.DataError):
                stream.restore(wrong)
            assert stream.state() == state

    def test_the_model_goes_its_own_way(self, combined):
        model = gw.Forecaster(horizon=4, **QUICK).fit(sales()[:60])
        stream, before = model.stream(sales()[:60]), combined.predict()["forecast"].tolist()
        model.fit(sales()[:20])
        assert stream.forecast["forecast"].tolist() == before

    def test_values_that_are_none_are_refused(self, combined):
        stream = combined.stream(sales()[:60])
        for wrong in (None, float("nan"), float("inf"), "word", {}, {"sales": None}, [], [1.0, 2.0], 1j):
            with pytest.raises(gw.DataError):
                stream.update(wrong)
        assert stream.rows == 60
        with pytest.raises(gw.DataError, match="needs one"):
            combined.stream(time="row")
        with pytest.raises(gw.GatewiseError, match="not trained"):
            gw.Forecaster(horizon=2).stream()


class TestShorterHorizons:
    def test_the_first_rows_of_every_forecast(self):
        pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
        table = pd.concat(
            [sales().reset_index().rename(columns={"month": "ds", "sales": "y"}).assign(unique_id=name) for name in "ab"], ignore_index=True
        )
        model = gw.Forecaster(horizon=4, **QUICK).fit(table)
        whole, part = model.predict(), model.predict(horizon=2)
        assert part["forecast"].tolist() == whole["forecast"].tolist()[:2] + whole["forecast"].tolist()[4:6] and part.index.tolist() == [0, 1, 2, 3]
        columns = {name: table[name].to_list() for name in table}
        for other in (pl.DataFrame(columns), pa.table(columns), columns):
            found = model.predict(other, horizon=2)
            assert type(found) is type(model.predict(other)) and list(found["forecast"]) == part["forecast"].tolist() or isinstance(other, pa.Table)
        single = gw.Forecaster(horizon=4, **QUICK).fit(sales())
        assert single.predict(horizon=3).index.freqstr == "MS" and len(single.predict(sales()[:50], horizon=1)) == 1

    @pytest.mark.parametrize("wanted", [0, -2, 5])
    def test_others_are_refused(self, combined, wanted):
        with pytest.raises(gw.SettingError, match="1 to 4 rows") as caught:
            combined.predict(horizon=wanted)
        assert caught.value.setting == "horizon" and caught.value.remedy
