"""Backtests: forecasts of rows that nothing was learned from, in the kind of the table."""

import numpy as np
import pytest

import gatewise as gw

pd = pytest.importorskip("pandas")
LEVELS = ["q0.025", "q0.1", "q0.5", "q0.9", "q0.975"]
QUICK = {"train": "none", "threads": 1}


def sales(rows=96):
    t = np.arange(rows)
    values = 100 + 0.5 * t + 10 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(0).normal(size=rows)
    return pd.DataFrame({"sales": values}, index=pd.date_range("2018-01-01", periods=rows, freq="MS"))


def long_table(rows=(60, 48)):
    parts = [
        pd.DataFrame({"unique_id": f"s{k}", "ds": pd.date_range("2020-01-01", periods=n), "y": 10.0 * k + np.arange(n) % 7 + 0.1 * np.arange(n)})
        for k, n in enumerate(rows)
    ]
    return pd.concat(parts, ignore_index=True)


class TestWindows:
    def test_the_rows_before_each_window_forecast_it(self):
        table = sales()
        model = gw.Forecaster(horizon=6, **QUICK)
        found = model.backtest(table, windows=3, refit=True)
        frame = found.forecasts
        assert list(frame.columns) == ["cutoff", "y", "forecast", *LEVELS] and isinstance(frame.index, pd.DatetimeIndex)
        assert frame.index.equals(table.index[-18:]) and frame["y"].tolist() == table["sales"][-18:].tolist()
        assert frame["cutoff"].unique().tolist() == list(table.index[[77, 83, 89]])
        for cutoff, part in frame.groupby("cutoff"):
            alone = gw.Forecaster(horizon=6, **QUICK).fit(table[:cutoff]).predict()
            assert part["forecast"].tolist() == alone["forecast"].tolist() and part["q0.9"].tolist() == alone["q0.9"].tolist()
        assert not model.__sklearn_is_fitted__(), "the forecaster stays as it was"

    def test_the_errors_are_those_of_the_rows(self):
        found = gw.Forecaster(horizon=6, **QUICK).backtest(sales(), windows=4, stride=3)
        off = found.forecasts["y"] - found.forecasts["forecast"]
        assert found["mae"] == pytest.approx(off.abs().mean(), rel=1e-5) and found["rmse"] == pytest.approx((off**2).mean() ** 0.5, rel=1e-5)
        assert found["windows"] == 4 and found["series"] == 1 and found["seen_in_training"] == 0
        assert {"seasonal_naive", "last_value"} <= set(found["baseline"]) and 0 < found["mase"] < 1
        assert "MASE" in found.summary and "seasonal naive" in found.summary
        inside = (found.forecasts["q0.1"] <= found.forecasts["y"]) & (found.forecasts["y"] <= found.forecasts["q0.9"])
        assert found["coverage"]["0.80"] == pytest.approx(inside.mean(), abs=1e-9)

    def test_one_training_is_evaluated_over_all_windows(self):
        table = sales()
        settings = {"horizon": 6, "train": "full", "lookback": 12, "epochs": 2, "hidden": 4, "threads": 1, "seed": 1}
        found = gw.Forecaster(**settings).backtest(table, windows=3)
        trained = gw.Forecaster(**settings).fit(table[:78])
        beside = trained.evaluate(table, test_from="2024-07-01", rolling=True, stride=6)
        assert found.forecasts["forecast"].tolist() == beside.forecasts["forecast"].tolist() and found["mase"] == beside["mase"]
        assert beside.summary == found.summary

    def test_phases_say_which_window(self):
        phases = []
        hear = lambda event: phases.append(event["name"]) if event["event"] == "phase" else None  # noqa: E731
        gw.Forecaster(horizon=6, train="full", lookback=12, max_steps=2, threads=1).backtest(sales(), windows=2, refit=True, callback=hear)
        assert phases[0].startswith("window 1 of 2") and phases[-1].startswith("window 2 of 2")

    def test_an_exception_of_the_callback_comes_out(self):
        def stop(event):
            raise LookupError("enough")

        with pytest.raises(LookupError, match="enough"):
            gw.Forecaster(horizon=6, train="full", lookback=12, threads=1).backtest(sales(), callback=stop)


class TestKinds:
    def test_every_kind_of_long_table(self):
        pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
        frame = long_table()
        model = gw.Forecaster(horizon=7, **QUICK)
        reference = model.backtest(frame, windows=2).forecasts
        assert list(reference.columns) == ["unique_id", "cutoff", "ds", "y", "forecast", *LEVELS]
        assert reference["unique_id"].tolist() == ["s0"] * 14 + ["s1"] * 14 and reference["y"].iloc[-1] == frame["y"].iloc[-1]
        columns = {name: frame[name].to_list() for name in frame}
        for table in (pl.DataFrame(columns), pa.table(columns), columns):
            found = model.backtest(table, windows=2).forecasts
            found = found.to_dict(as_series=False) if isinstance(found, pl.DataFrame) else found.to_pydict() if isinstance(found, pa.Table) else found
            assert list(found["forecast"]) == reference["forecast"].tolist() and list(found["y"]) == reference["y"].tolist()
            assert [pd.Timestamp(time) for time in found["cutoff"]] == reference["cutoff"].tolist()

    def test_a_short_series_has_fewer_windows_or_none(self):
        found = gw.Forecaster(horizon=7, **QUICK).backtest(long_table((60, 25, 9)), windows=4)
        assert found.forecasts.groupby("unique_id").size().to_dict() == {"s0": 28, "s1": 14} and found["series"] == 2

    def test_a_target_beside_the_table(self):
        table = sales()
        beside = gw.Forecaster(horizon=6, **QUICK).backtest(table[[]].assign(x=1.0), table["sales"], windows=2)
        assert beside.forecasts["y"].tolist() == table["sales"][-12:].tolist()


class TestRefusals:
    @pytest.mark.parametrize("how", [{"windows": 0}, {"windows": -3}, {"stride": 0}, {"stride": -1}])
    def test_windows_and_strides_are_counted_from_one(self, how):
        with pytest.raises(gw.SettingError, match="1 or more") as caught:
            gw.Forecaster(horizon=6, **QUICK).backtest(sales(), **how)
        assert caught.value.setting == next(iter(how))

    def test_tables_without_room(self):
        with pytest.raises(gw.DataError, match="96 rows hold no 20 windows") as caught:
            gw.Forecaster(horizon=6, **QUICK).backtest(sales(), windows=20)
        assert "windows=15 at most" in caught.value.remedy
        with pytest.raises(gw.DataError, match="11 rows"):
            gw.Forecaster(horizon=6, **QUICK).backtest(sales(11), windows=1)

    def test_settings_that_do_not_fit(self):
        with pytest.raises(gw.SettingError, match="test_from") as caught:
            gw.Forecaster(horizon=6, test_from="2024-01", **QUICK).backtest(sales())
        assert caught.value.setting == "test_from"
        with pytest.raises(gw.SettingError, match="horizon=12"):
            gw.Forecaster(**QUICK).backtest(sales())
