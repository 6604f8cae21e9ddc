"""The habits of NeuralForecast: columns by the model's name, in the kind of the table."""

import numpy as np
import pytest

import gatewise as gw
from gatewise.neuralforecast import Gatewise

pd = pytest.importorskip("pandas")
QUICK = {"train": "none", "threads": 1}


def table(names=("unique_id", "ds", "y")):
    t = np.arange(60)
    parts = [
        pd.DataFrame({names[0]: one, names[1]: pd.date_range("2024-01-01", periods=60), names[2]: 10.0 * (k + 1) + t % 7 + 0.1 * t})
        for k, one in enumerate("ab")
    ]
    return pd.concat(parts, ignore_index=True)


def test_columns_and_numbers():
    nf = Gatewise(h=5, freq="D", level=[80, 95], **QUICK).fit(table())
    said = nf.predict()
    assert list(said.columns) == ["unique_id", "ds", "Gatewise", "Gatewise-lo-80", "Gatewise-hi-80", "Gatewise-lo-95", "Gatewise-hi-95"]
    own = gw.Forecaster(horizon=5, **QUICK).fit(table()).predict()
    assert said["Gatewise"].tolist() == own["forecast"].tolist() and said["Gatewise-hi-95"].tolist() == own["q0.975"].tolist()
    assert said["ds"].tolist() == own["ds"].tolist() and nf.forecaster_.model_["config"]["horizon"] == 5
    newer = table()
    newer = newer[newer["ds"] < "2024-02-20"]
    assert nf.predict(newer)["ds"].iloc[0] == pd.Timestamp("2024-02-20")


def test_cross_validation():
    nf = Gatewise(h=7, alias="net", **QUICK)
    found = nf.cross_validation(table(), n_windows=3, step_size=7)
    assert list(found.columns) == ["unique_id", "ds", "cutoff", "net", "net-lo-90", "net-hi-90", "y"] and len(found) == 2 * 3 * 7
    merged = found.merge(table(), on=["unique_id", "ds"], suffixes=("", "_true"))
    assert len(merged) == len(found) and (merged["y"] == merged["y_true"]).all()
    assert sorted(found["cutoff"].unique()) == list(pd.to_datetime(["2024-02-08", "2024-02-15", "2024-02-22"]))
    assert nf.score_["windows"] == 6 and "seasonal naive" in nf.score_.summary
    assert len(nf.cross_validation(table(), n_windows=2, step_size=1, h=3, refit=True)) == 2 * 2 * 3


def test_other_kinds_and_names():
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {name: table()[name].to_list() for name in table()}
    reference = Gatewise(h=3, **QUICK).fit(table()).predict()
    for kind in (pl.DataFrame(columns), pa.table(columns), columns):
        nf = Gatewise(h=3, **QUICK).fit(kind)
        said, tested = nf.predict(), nf.cross_validation(kind, n_windows=1)
        names = list(said) if isinstance(said, dict) else said.columns if isinstance(said, pl.DataFrame) else said.column_names
        assert names == list(reference.columns)
        values = said["Gatewise"].to_pylist() if isinstance(said, pa.Table) else list(said["Gatewise"])
        assert values == reference["Gatewise"].tolist() and tested["y"] is not None
    named = Gatewise(h=3, **QUICK).fit(table(("shop", "day", "sold")), id_col="shop", time_col="day", target_col="sold").predict()
    assert list(named.columns)[:3] == ["shop", "day", "Gatewise"] and named["Gatewise"].tolist() == reference["Gatewise"].tolist()


def test_refusals():
    nf = Gatewise(h=3, **QUICK)
    with pytest.raises(gw.GatewiseError, match="not trained"):
        nf.predict()
    for call in (lambda: nf.fit(table(), static_df=pd.DataFrame()), lambda: nf.cross_validation(table(), static_df=pd.DataFrame())):
        with pytest.raises(gw.SettingError, match="static_df") as caught:
            call()
        assert caught.value.setting == "static_df" and caught.value.remedy
    for wrong in ({"level": [0]}, {"level": [100]}, {"quantiles": [0.5]}, {"hiden": 3}):
        with pytest.raises(gw.SettingError):
            Gatewise(h=3, **wrong)
    with pytest.raises(gw.DataError):
        nf.cross_validation(table(), n_windows=50, step_size=7)
    assert repr(Gatewise(h=3, seed=1)) == "Gatewise(h=3, freq=None, level=[90], seed=1)"
