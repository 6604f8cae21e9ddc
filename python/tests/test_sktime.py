"""The classes for sktime: its own suites, and that they say what Gatewise's own say."""

import warnings

import numpy as np
import pytest

import gatewise as gw

pytest.importorskip("sktime", reason="skipped: no sktime")
pd = pytest.importorskip("pandas")
# Its own pages of a suite are passed over where another package is missing.
pytestmark = pytest.mark.filterwarnings("ignore")

from sktime.utils.estimator_checks import check_estimator  # noqa: E402

from gatewise.sktime import GatewiseClassifier, GatewiseDetector, GatewiseForecaster  # noqa: E402

QUICK = {"train": "none", "threads": 1}


def sales(rows=72, freq="M"):
    t = np.arange(rows)
    values = 100 + 0.5 * t + 10 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(0).normal(size=rows)
    return pd.Series(values, index=pd.period_range("2018-01", periods=rows, freq=freq), name="sales")


@pytest.mark.parametrize(("kind", "least"), [(GatewiseForecaster, 600), (GatewiseClassifier, 200), (GatewiseDetector, 80)])
def test_its_own_suite(kind, least):
    results = check_estimator(kind, raise_exceptions=False, verbose=False)
    failed = {name: result for name, result in results.items() if result != "PASSED" and not str(result).startswith("SKIPPED")}
    assert not failed, failed
    assert sum(result == "PASSED" for result in results.values()) > least


class TestForecaster:
    def test_its_numbers_are_those_of_a_forecaster(self):
        y = sales()
        said = GatewiseForecaster(**QUICK).fit(y, fh=[1, 2, 6]).predict()
        own = gw.Forecaster(horizon=6, **QUICK).fit(y.to_timestamp()).predict()
        assert said.tolist() == own["forecast"].iloc[[0, 1, 5]].tolist()
        assert said.index.equals(pd.PeriodIndex(["2024-01", "2024-02", "2024-06"], freq="M")) and said.name == "sales"

    def test_intervals_and_quantiles(self):
        y = sales()
        model = GatewiseForecaster(**QUICK).fit(y, fh=[1, 2, 3])
        own = gw.Forecaster(horizon=3, **QUICK).fit(y.to_timestamp()).predict()
        interval = model.predict_interval(coverage=0.8)
        assert interval[("sales", 0.8, "lower")].tolist() == pytest.approx(own["q0.1"].tolist())
        assert interval[("sales", 0.8, "upper")].tolist() == pytest.approx(own["q0.9"].tolist())
        quantiles = model.predict_quantiles(alpha=[0.01, 0.05, 0.25, 0.5, 0.75, 0.99]).to_numpy()
        assert (np.diff(quantiles, axis=1) >= 0).all() and (quantiles[:, 0] < own["q0.025"]).all() and (quantiles[:, -1] > own["q0.975"]).all()
        blind = GatewiseForecaster(**{**QUICK, "train": "full"}, settings={"loss": "mse", "combine": "network", "max_steps": 2, "lookback": 12, "hidden": 4})
        with pytest.raises(gw.SettingError, match="no intervals"):
            blind.fit(y, fh=[1]).predict_interval()

    def test_updates(self):
        y = sales()
        model = GatewiseForecaster(horizon=4, **QUICK).fit(y[:60])
        model.update(y[60:66], update_params=False)
        assert model.cutoff[0] == y.index[65] and model.predict(fh=[1, 4]).index[0] == y.index[66]
        first = gw.Forecaster(horizon=4, **QUICK).fit(y[:60].to_timestamp())
        assert model.predict(fh=[1]).tolist() == first.predict(y[:66].to_timestamp())["forecast"].tolist()[:1]
        model.update(y[64:], update_params=True)
        anew = gw.Forecaster(horizon=4, **QUICK).fit(y.to_timestamp())
        assert model.predict(fh=[1, 2, 3, 4]).tolist() == anew.predict()["forecast"].tolist()

    def test_horizons(self):
        y = sales()
        with pytest.raises(ValueError, match="fh"):
            GatewiseForecaster(**QUICK).fit(y)
        model = GatewiseForecaster(horizon=4, **QUICK).fit(y)
        assert len(model.predict(fh=pd.PeriodIndex(["2024-03"], freq="M"))) == 1
        with pytest.raises(gw.SettingError, match="5 rows ahead"):
            model.predict(fh=[5])
        for steps in ([0], [-1, 1], pd.PeriodIndex(["2023-12"], freq="M")):
            with pytest.raises(NotImplementedError):
                GatewiseForecaster(horizon=4, **QUICK).fit(y).predict(fh=steps)
        with pytest.raises(gw.SettingError, match="hiden"):
            GatewiseForecaster(settings={"hiden": 3}).fit(y, fh=[1])

    def test_several_columns_panels_and_cross_validation(self):
        from sktime.forecasting.model_evaluation import evaluate
        from sktime.split import ExpandingWindowSplitter

        y = pd.DataFrame({"a": sales(), "b": 3 * sales()})
        both = GatewiseForecaster(**QUICK).fit(y, fh=[1, 2])
        assert list(both.predict().columns) == ["a", "b"] and both.predict_quantiles(alpha=[0.1, 0.9]).shape == (2, 4)
        panel = pd.concat({name: y[["a"]] for name in ("x", "z")}, names=["series", "time"])
        assert GatewiseForecaster(**QUICK).fit(panel, fh=[1, 2]).predict().shape == (4, 1)
        found = evaluate(GatewiseForecaster(**QUICK), ExpandingWindowSplitter(fh=[1, 2, 3], initial_window=48, step_length=12), sales())
        assert len(found) == 2 and (found.iloc[:, 0] < 0.1).all()


def test_a_classifier_turns_the_axes():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2, 25))
    y = np.where(np.arange(30) % 3 == 0, "b", "a")
    X[y == "b", 1] += 3
    settings = {"epochs": 4, "hidden": 4, "seed": 1, "threads": 1}
    there, own = GatewiseClassifier(**settings).fit(X, y), gw.Classifier(**settings).fit(X.transpose(0, 2, 1), y)
    assert there.predict_proba(X).tolist() == own.predict_proba(X.transpose(0, 2, 1)).tolist() and (there.predict(X) == y).mean() > 0.9


def test_a_detector_names_the_rows():
    load = np.sin(np.arange(400) * 2 * np.pi / 24) * 10 + np.random.default_rng(0).normal(size=400)
    load[350] = 90.0
    detector = GatewiseDetector().fit(load[:300])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert 50 in detector.predict(load[300:])["ilocs"].tolist()
        assert detector.transform_scores(load[300:])["score"].idxmax() == 50
