"""The model for Darts: its forecasts are Gatewise's, and what Darts does with a model works."""

import numpy as np
import pytest

import gatewise as gw

pytest.importorskip("darts", reason="skipped: no darts")
pd = pytest.importorskip("pandas")
pytestmark = pytest.mark.filterwarnings("ignore")

from darts import TimeSeries  # noqa: E402

from gatewise.darts import GatewiseModel  # noqa: E402

QUICK = {"train": "none", "threads": 1}


def series(rows=96, factor=1.0):
    t = np.arange(rows)
    values = factor * (100 + 0.5 * t + 10 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(0).normal(size=rows))
    return TimeSeries.from_times_and_values(pd.date_range("2016-01-01", periods=rows, freq="MS"), values, columns=["sales"])


def own(one, horizon, rows=None):
    table = {"ds": one.time_index[:rows], "y": one.values().ravel()[:rows]}
    return gw.Forecaster(horizon=horizon, **QUICK).fit(table).predict()


def test_point_forecasts():
    said = GatewiseModel(6, **QUICK).fit(series()).predict(4)
    assert said.values().ravel() == pytest.approx(own(series(), 6)["forecast"][:4], rel=1e-6)
    assert said.start_time() == pd.Timestamp("2024-01-01") and list(said.components) == ["sales"] and said.freq_str == "MS"
    counted = GatewiseModel(3, **QUICK).fit(TimeSeries.from_values(np.arange(50.0))).predict(2)
    assert counted.time_index.tolist() == [50, 51]


def test_samples_follow_the_quantiles():
    model = GatewiseModel(6, **QUICK).fit(series())
    said, again = (model.predict(6, num_samples=400, random_state=1) for _ in range(2))
    assert said.n_samples == 400 and (said.all_values() == again.all_values()).all()
    for level in (0.1, 0.5, 0.9):
        below = (said.all_values()[:, 0] <= own(series(), 6)[f"q{level}"][:, None]).mean()
        assert below == pytest.approx(level, abs=0.03)


def test_the_past():
    from darts.metrics import mae

    model = GatewiseModel(6, **QUICK).fit(series()[:72])
    past = model.historical_forecasts(series(), start=72, start_format="position", forecast_horizon=6, stride=6, retrain=False, last_points_only=False)
    assert [one.start_time() for one in past] == list(pd.to_datetime(["2022-01-01", "2022-07-01", "2023-01-01", "2023-07-01"]))
    assert past[0].values().tolist() == model.predict(6).values().tolist()
    anew = model.historical_forecasts(series(), start=84, start_format="position", forecast_horizon=6, stride=6, retrain=True, last_points_only=False)
    assert anew[0].values().ravel() == pytest.approx(own(series(), 6, 84)["forecast"], rel=1e-6)
    assert 0 < model.backtest(series(), start=0.8, forecast_horizon=3, retrain=False, metric=mae) < 10


def test_several_series_and_components():
    both = series().stack(series(factor=3.0))
    model = GatewiseModel(5, **QUICK).fit([both, both * 2.0])
    said = model.predict(5, series=[both, both * 2.0])
    assert [one.shape for one in said] == [(5, 2, 1)] * 2
    assert model.predict(5, series=both).values().tolist() == said[0].values().tolist()


def test_files_and_copies(tmp_path):
    model = GatewiseModel(4, **QUICK).fit(series())
    model.save(str(tmp_path / "model.pkl"))
    assert GatewiseModel.load(str(tmp_path / "model.pkl")).predict(4).values().tolist() == model.predict(4).values().tolist()
    assert model.untrained_model().fit(series()).predict(4).values().tolist() == model.predict(4).values().tolist()


def test_refusals():
    model = GatewiseModel(4, **QUICK).fit(series())
    with pytest.raises(gw.SettingError, match="forecasts 4 rows") as caught:
        model.predict(5)
    assert caught.value.setting == "output_chunk_length" and caught.value.remedy
    with pytest.raises(ValueError, match="must be fit"):
        GatewiseModel(4).predict(2)
    with pytest.raises(ValueError, match="several series"):
        GatewiseModel(4, **QUICK).fit([series(), series()]).predict(2)
    with pytest.raises(ValueError, match="components"):
        GatewiseModel(4, **QUICK).fit([series(), series().stack(series())])
    with pytest.raises(gw.SettingError, match="hiden"):
        GatewiseModel(4, hiden=3)
    for wrong in (0, -1):
        with pytest.raises(gw.SettingError):
            GatewiseModel(wrong, **QUICK).fit(series())
    holed = TimeSeries.from_values(np.array([1.0, np.nan, 3.0, 4.0, 5.0, 6.0]))
    with pytest.raises(gw.DataError):
        GatewiseModel(2, **QUICK, impute="refuse").fit(holed)
    assert np.isfinite(GatewiseModel(2, **QUICK).fit(holed).predict(2).values()).all()
