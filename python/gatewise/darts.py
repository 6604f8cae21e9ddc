"""A global forecasting model for Darts over :class:`gatewise.Forecaster`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from darts import TimeSeries
from darts.models.forecasting.forecasting_model import GlobalForecastingModel

from . import _levels
from .errors import SettingError
from .forecast import Forecaster

__all__ = ["GatewiseModel"]

# Levels outside of which nothing is drawn: there is no knowing how far the tails go.
_DRAWN = 0.001


class GatewiseModel(GlobalForecastingModel):
    """:class:`gatewise.Forecaster` for Darts: one network for one or many series of one or several components.

    ``historical_forecasts``, ``backtest``, ``residuals``, ``gridsearch``, ``save`` and ``load`` are Darts' own. Covariates are not read.
    Samples are drawn step by step from the quantiles, which say nothing of how the errors of two steps hang together: sums over the horizon
    come out too narrow.

    Args:
        output_chunk_length: Rows to forecast at most.
        random_state: Start of every random choice.
        **settings: Any other setting of :class:`gatewise.Forecaster`, such as ``train="none"``.
    """

    def __init__(self, output_chunk_length: int, random_state: int | None = None, **settings: Any) -> None:
        super().__init__(add_encoders=None)
        self._ahead, self._own = output_chunk_length, {"seed": random_state, **settings}
        Forecaster(horizon=output_chunk_length, **self._own)
        self._series_fitted = 0

    def fit(self, series: TimeSeries | Sequence[TimeSeries], verbose: bool | None = None) -> GatewiseModel:
        """Trains on one series, or on several of equal components.

        Raises DataError for series that nothing can be learned from, and what Darts raises for series that it cannot take.
        """
        super().fit(series)
        table, names = _table(_listed(series), known=True)
        self._series_fitted, self._components = len(_listed(series)), names
        self._forecaster = Forecaster(horizon=self._ahead, **self._own, target=names).fit(table, progress=bool(verbose))
        return self

    def predict(
        self,
        n: int,
        series: TimeSeries | Sequence[TimeSeries] | None = None,
        num_samples: int = 1,
        verbose: bool | None = None,
        show_warnings: bool = True,
        random_state: int | None = None,
    ) -> TimeSeries | list[TimeSeries]:
        """Forecasts `n` rows behind `series`, or behind the one series that was learned from.

        Args:
            n: Rows, at most `output_chunk_length`.
            series: Series that end where the forecasts begin; None for the one of ``fit``.
            num_samples: Samples of each value; 1 gives the point forecast.
            random_state: Start of what is drawn.

        Raises:
            SettingError: More rows than the model forecasts, and samples of a model without quantiles.
        """
        super().predict(n, series, num_samples=num_samples, verbose=verbose, show_warnings=show_warnings, random_state=random_state)
        if n > self._ahead:
            error = SettingError(f"n={n}: the model forecasts {self._ahead} rows")
            error.setting, error.remedy = "output_chunk_length", f"GatewiseModel(output_chunk_length={n}), and fit anew"
            raise error
        if series is None:
            series = self.training_series
        if series is None:
            raise ValueError("the model was trained on several series: say behind which to forecast")
        all_series = _listed(series)
        # Of several series that were learned from none can be told by its values.
        table, _ = _table(all_series, known=self._series_fitted == 1 and len(all_series) == 1)
        forecast = self._forecaster.predict(table)
        shape = (len(all_series), len(self._components), self._ahead)
        columns = {name: values.reshape(shape)[:, :, :n] for name, values in forecast.items() if name[0] in "fq"}
        if num_samples == 1:
            values = columns["forecast"][..., None]
        else:
            levels, said = _levels.known(columns)
            drawn = np.random.default_rng(random_state).uniform(_DRAWN, 1 - _DRAWN, size=(*said.shape[:-1], num_samples))
            values = _levels.at(levels, said, drawn)
        answers = [
            self._build_forecast_series(np.ascontiguousarray(own.swapaxes(0, 1)), input_series=one)
            for own, one in zip(values, all_series, strict=True)
        ]
        return answers[0] if isinstance(series, TimeSeries) else answers

    @property
    def output_chunk_length(self) -> int:
        """Rows to forecast at most."""
        return self._ahead

    @property
    def supports_multivariate(self) -> bool:
        """Several components are forecast by one model."""
        return True

    @property
    def supports_probabilistic_prediction(self) -> bool:
        """Samples are drawn from the quantiles."""
        return True

    @property
    def supports_optimized_historical_forecasts(self) -> bool:
        """Forecasts of the past are made one by one."""
        return False

    @property
    def supports_sample_weight(self) -> bool:
        """All rows count alike."""
        return False

    @property
    def min_train_samples(self) -> int:
        """Windows that a training takes at least."""
        return 1

    @property
    def _target_window_lengths(self) -> tuple[int, int]:
        return self._ahead, self._ahead

    @property
    def extreme_lags(self) -> tuple[int, int, None, None, None, None, int]:
        """A horizon is looked back on at least, and one is forecast."""
        return -self._ahead, self._ahead - 1, None, None, None, None, 0

    @property
    def _model_encoder_settings(self) -> tuple[int, int, bool, bool, None, None]:
        return self._ahead, self._ahead, False, False, None, None


def _listed(series: TimeSeries | Sequence[TimeSeries]) -> list[TimeSeries]:
    return [series] if isinstance(series, TimeSeries) else list(series)


def _table(all_series: list[TimeSeries], known: bool) -> tuple[dict[str, Any], list[str]]:
    """Series as a long table, and its columns to forecast. Series that are `known` have the names they had in ``fit``."""
    wide = {series.n_components for series in all_series}
    if len(wide) != 1:
        raise ValueError(f"the series have {' and '.join(map(str, sorted(wide)))} components: all have as many")
    names = [f"y{at}" for at in range(wide.pop())]
    prefix = "series" if known else "other"
    parts = []
    for number, series in enumerate(all_series):
        series._assert_deterministic()
        frame = pd.DataFrame(series.values(copy=False).astype(np.float64), columns=names)
        index = series.time_index
        frame.insert(0, "ds", index if isinstance(index, pd.DatetimeIndex) else np.arange(len(series)))
        frame.insert(0, "unique_id", f"{prefix}{number}")
        parts.append(frame)
    table = pd.concat(parts, ignore_index=True)
    return {name: table[name].to_numpy() for name in table}, names
