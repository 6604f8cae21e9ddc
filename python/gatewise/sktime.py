"""Forecasters, classifiers and detectors for sktime: its interfaces and axes over Gatewise's."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sktime.classification.base import BaseClassifier
from sktime.detection.base import BaseDetector
from sktime.forecasting.base import BaseForecaster

from . import _levels
from .classify import Classifier
from .detect import Detector
from .errors import GatewiseWarning, SettingError
from .forecast import Forecaster

__all__ = ["GatewiseClassifier", "GatewiseDetector", "GatewiseForecaster"]


class GatewiseForecaster(BaseForecaster):
    """:class:`gatewise.Forecaster` for sktime.

    Several columns are forecast by one model. Panels and hierarchies are forecast a series at a time, as sktime does it for every forecaster
    of one series; one network for many series is what :class:`gatewise.Forecaster` makes of a long table. Exogenous data are passed over.
    ``update`` with ``update_params=False`` forecasts from the new rows on without a training. Quantiles at other levels than those of the
    model are those between and beyond them, in a straight line over the normal distribution's.

    Args:
        horizon: Rows to forecast at most; None for the last step of the `fh` that ``fit`` is given.
        quantiles: Levels that the model says; None for 0.025, 0.1, 0.5, 0.9, 0.975.
        train: Whether networks are trained: ``"auto"``, ``"none"`` or ``"full"``.
        seed: Start of every random choice.
        threads: Threads.
        settings: Any other setting of :class:`gatewise.Forecaster`, by name.

    Examples:
        >>> from gatewise.sktime import GatewiseForecaster
        >>> from sktime.datasets import load_airline
        >>> forecaster = GatewiseForecaster(seed=1)  # doctest: +SKIP
        >>> forecaster.fit(load_airline(), fh=[1, 2, 3]).predict_interval(coverage=0.8)  # doctest: +SKIP
    """

    _tags = {
        "authors": ["gatewise"],
        "maintainers": ["gatewise"],
        "y_inner_mtype": "pd.DataFrame",
        "X_inner_mtype": "pd.DataFrame",
        "capability:multivariate": True,
        "capability:exogenous": False,
        "capability:insample": False,
        "capability:missing_values": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:update": True,
        "capability:random_state": False,
        "requires-fh-in-fit": True,
    }

    def __init__(
        self,
        horizon: int | None = None,
        quantiles: list[float] | None = None,
        train: str | None = None,
        seed: int | None = None,
        threads: int | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.horizon = horizon
        self.quantiles = quantiles
        self.train = train
        self.seed = seed
        self.threads = threads
        self.settings = settings
        super().__init__()
        if horizon is not None:
            self.set_tags(**{"requires-fh-in-fit": False})

    def _fit(self, y: pd.DataFrame, X: Any, fh: Any) -> GatewiseForecaster:
        horizon = max([self.horizon or 1, *([] if fh is None else self._steps(fh))])
        own: dict[str, Any] = {"quantiles": self.quantiles, "train": self.train, "seed": self.seed, "threads": self.threads}
        self._rows = y
        self._forecaster = Forecaster(horizon=int(horizon), **own, **(self.settings or {})).fit(_table(y))
        return self

    def _update(self, y: pd.DataFrame, X: Any = None, update_params: bool = True) -> GatewiseForecaster:
        rows = pd.concat([self._rows.loc[~self._rows.index.isin(y.index)], y]).sort_index()
        if update_params:
            return self._fit(rows, X, self._fh)
        self._rows = rows
        return self

    def _steps(self, fh: Any) -> np.ndarray:
        """Steps ahead, from 1."""
        steps = np.asarray(fh.to_relative(self.cutoff).to_numpy(), dtype=np.int64)
        if len(steps) and steps.min() < 1:
            raise NotImplementedError("GatewiseForecaster forecasts rows behind the last one it has seen: give steps of 1 and more")
        return steps

    def _ahead(self, fh: Any) -> tuple[Any, np.ndarray, dict[str, np.ndarray]]:
        """The index of a forecast, and its columns by name, (steps, columns of y), at the steps asked for."""
        steps, wide = self._steps(fh), self._rows.shape[1]
        table = _table(self._rows)
        with warnings.catch_warnings():
            # Told in fit.
            warnings.simplefilter("ignore", GatewiseWarning)
            forecast = self._forecaster.predict(table)
        horizon = len(forecast["forecast"]) // wide
        if len(steps) and steps.max() > horizon:
            error = SettingError(f"fh reaches {steps.max()} rows ahead: the model forecasts {horizon}")
            error.setting, error.remedy = "horizon", f"give the constructor horizon={steps.max()} and fit anew"
            raise error
        chosen = {name: values.reshape(wide, horizon).T[steps - 1] for name, values in forecast.items() if name[0] in "fq"}
        return fh.to_absolute_index(self.cutoff), steps, chosen

    def _predict(self, fh: Any, X: Any) -> pd.DataFrame:
        index, _, chosen = self._ahead(fh)
        return pd.DataFrame(chosen["forecast"], index=index, columns=self._rows.columns)

    def _predict_quantiles(self, fh: Any, X: Any, alpha: list[float]) -> pd.DataFrame:
        index, steps, chosen = self._ahead(fh)
        found = _levels.at(*_levels.known(chosen), np.array(alpha)).reshape(len(steps), -1)
        return pd.DataFrame(found, index=index, columns=self._get_columns(method="predict_quantiles", alpha=alpha))

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Settings for sktime's own tests: small and quick ones."""
        small = {"lookback": 4, "hidden": 4, "max_steps": 5, "backtest_windows": 2}
        return [{"train": "none", "threads": 1}, {"horizon": 6, "quantiles": [0.1, 0.5, 0.9], "train": "full", "threads": 1, "settings": small}]


def _table(y: pd.DataFrame) -> dict[str, Any]:
    """A frame as columns of numbers under names of their own, with its times where the index has some."""
    index = y.index.to_timestamp() if isinstance(y.index, pd.PeriodIndex) else y.index
    times = {"time": index.to_numpy()} if isinstance(index, pd.DatetimeIndex) else {}
    return {**times, **{f"y{at}": y.iloc[:, at].to_numpy(dtype=np.float64) for at in range(y.shape[1])}}


class GatewiseClassifier(BaseClassifier):
    """:class:`gatewise.Classifier` for sktime, whose axes are (n, channel, time).

    Args:
        epochs: Most passes over what is learned from; None leaves it to the data, as with the rest.
        hidden: Units of the network.
        seed: Start of every random choice.
        threads: Threads.
        settings: Any other setting of :class:`gatewise.Classifier`, by name.

    Examples:
        >>> from gatewise.sktime import GatewiseClassifier
        >>> from sktime.datasets import load_unit_test
        >>> X, y = load_unit_test()
        >>> GatewiseClassifier(seed=1).fit(X, y).predict_proba(X[:2])  # doctest: +SKIP
    """

    _tags = {
        "authors": ["gatewise"],
        "maintainers": ["gatewise"],
        "X_inner_mtype": ["df-list", "numpy3D"],
        "capability:multivariate": True,
        "capability:unequal_length": True,
        "capability:missing_values": False,
        "capability:predict_proba": True,
        "capability:random_state": False,
    }

    def __init__(
        self,
        epochs: int | None = None,
        hidden: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.epochs = epochs
        self.hidden = hidden
        self.seed = seed
        self.threads = threads
        self.settings = settings
        super().__init__()

    def _fit(self, X: Any, y: np.ndarray) -> GatewiseClassifier:
        own: dict[str, Any] = {"epochs": self.epochs, "hidden": self.hidden, "seed": self.seed, "threads": self.threads}
        self._classifier = Classifier(**own, **(self.settings or {})).fit(_items(X), y)
        return self

    def _predict(self, X: Any) -> np.ndarray:
        return np.asarray(self._classifier.predict(_items(X)))

    def _predict_proba(self, X: Any) -> np.ndarray:
        found = np.asarray(self._classifier.predict_proba(_items(X)))
        places = [list(self._classifier.classes_).index(label) for label in self.classes_]
        answers: np.ndarray = found[:, places]
        return answers

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Settings for sktime's own tests: small and quick ones."""
        return [{"epochs": 2, "hidden": 4, "seed": 1, "threads": 1}, {"epochs": 1, "threads": 1, "settings": {"cell": "lstm"}}]


class GatewiseDetector(BaseDetector):
    """:class:`gatewise.Detector` for sktime: every row is scored from those before it.

    ``predict`` gives the rows that are anomalies, ``transform_scores`` the score of every row.

    Args:
        false_alarms: Share of ordinary rows that may be marked; None for what is usual.
        seed: Start of every random choice.
        settings: Any other setting of :class:`gatewise.Detector`, by name.

    Examples:
        >>> import numpy as np
        >>> from gatewise.sktime import GatewiseDetector
        >>> load = np.sin(np.arange(400) * 2 * np.pi / 24)
        >>> GatewiseDetector(seed=1).fit_predict(load)  # doctest: +SKIP
    """

    _tags = {
        "authors": ["gatewise"],
        "maintainers": ["gatewise"],
        "task": "anomaly_detection",
        "learning_type": "unsupervised",
        "capability:multivariate": True,
        "capability:missing_values": True,
        "X_inner_mtype": "pd.DataFrame",
    }

    def __init__(
        self,
        false_alarms: float | None = None,
        seed: int | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.false_alarms = false_alarms
        self.seed = seed
        self.settings = settings
        super().__init__()

    def _fit(self, X: pd.DataFrame, y: Any = None) -> GatewiseDetector:
        own: dict[str, Any] = {"false_alarms": self.false_alarms, "seed": self.seed}
        self._detector = Detector(**own, **(self.settings or {})).fit(_table(X))
        return self

    def _scores(self, X: pd.DataFrame) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GatewiseWarning)
            return self._detector.predict(_table(X.to_frame() if isinstance(X, pd.Series) else X))

    def _predict(self, X: pd.DataFrame) -> pd.Series:
        return pd.Series(np.flatnonzero(self._scores(X)["is_anomaly"]), name="ilocs", dtype="int64")

    def _transform_scores(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"score": np.asarray(self._scores(X)["score"])}, index=X.index)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Settings for sktime's own tests: small and quick ones."""
        return [{}, {"false_alarms": 0.05, "settings": {"hidden": 4}}]


def _items(X: Any) -> Any:
    """Items as (n, time, channel), or a list of (time, channel)."""
    if isinstance(X, np.ndarray):
        return np.ascontiguousarray(X.transpose(0, 2, 1))
    return [frame.to_numpy(dtype=np.float64) for frame in X]
