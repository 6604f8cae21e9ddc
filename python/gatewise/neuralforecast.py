"""Forecasts of long tables with the habits of NeuralForecast: ``unique_id``, ``ds``, ``y`` in, columns under the model's name out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .errors import SettingError
from .forecast import Evaluation, Forecaster

__all__ = ["Gatewise"]


class Gatewise:
    """:class:`gatewise.Forecaster` where ``NeuralForecast(models, freq)`` stood. One network is trained on all series.

    Tables are those that the forecaster takes (pandas, polars, pyarrow, a dict of columns), and come back in their kind.

    Args:
        h: Rows to forecast.
        freq: Time from row to row; None finds it out.
        level: Shares of the intervals in percent: 90 gives the columns ``Gatewise-lo-90`` and ``Gatewise-hi-90``.
        alias: Name of the columns.
        **settings: Any other setting of :class:`gatewise.Forecaster`, such as ``seed=1``.

    Attributes:
        forecaster_: The trained :class:`gatewise.Forecaster`: its report, choices and model file.
        score_: After :meth:`cross_validation`, the errors of all windows beside those of simple methods.
    """

    forecaster_: Forecaster
    score_: Evaluation

    def __init__(self, h: int, freq: str | None = None, level: Sequence[float] = (90,), alias: str = "Gatewise", **settings: Any) -> None:
        for share in level:
            if not 0 < share < 100:
                raise _error("level", f"level={share}: an interval holds more than 0 and less than 100 percent", "level=[80, 95]")
        if "quantiles" in settings:
            raise _error("quantiles", "quantiles: level says which there are", "level=[80, 95]")
        self.h, self.freq, self.level, self.alias, self.settings = h, freq, tuple(level), alias, settings
        self._forecaster()

    def _forecaster(self, columns: tuple[str, str, str] | None = None, h: int | None = None) -> Forecaster:
        """A forecaster of these settings, which was not trained."""
        ends = {end for share in self.level for end in self._ends(share)}
        places = {} if columns is None else dict(zip(("id", "time", "target"), columns, strict=True))
        quantiles = sorted({0.5, *ends}) if ends else None
        return Forecaster(horizon=h or self.h, freq=self.freq, quantiles=quantiles, **{**places, **self.settings})

    @staticmethod
    def _ends(share: float) -> tuple[float, float]:
        """Levels of the ends of an interval."""
        return round((100 - share) / 200, 9), round((100 + share) / 200, 9)

    def fit(
        self, df: Any, static_df: None = None, *, id_col: str = "unique_id", time_col: str = "ds", target_col: str = "y", **how: Any
    ) -> Gatewise:
        """Trains on a long table. `how` is what :meth:`gatewise.Forecaster.fit` takes beside data: ``callback``, ``progress``, ``base``.

        Raises:
            SettingError: For a `static_df`, which a network here does not read.
            DataError: A table that nothing can be learned from.
        """
        _refuse(static_df)
        self._columns = (id_col, time_col, target_col)
        self.forecaster_ = self._forecaster(self._columns).fit(df, **how)
        return self

    def predict(self, df: Any = None, static_df: None = None) -> Any:
        """Forecasts `h` rows beyond the end of every series of the table that was learned from, or of `df`.

        Returns:
            ``unique_id``, ``ds``, ``Gatewise``, and for each of `level` ``Gatewise-lo-…`` and ``Gatewise-hi-…``.
        """
        _refuse(static_df)
        if not hasattr(self, "forecaster_"):
            self._forecaster().predict()
        id_col, time_col, _ = self._columns
        return _named(self.forecaster_.predict(df), {"unique_id": id_col, "ds": time_col, **self._values()})

    def cross_validation(
        self,
        df: Any,
        static_df: None = None,
        n_windows: int = 1,
        step_size: int = 1,
        refit: bool = False,
        h: int | None = None,
        *,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
        **how: Any,
    ) -> Any:
        """Forecasts the last windows of every series, by a model that was trained on the rows before them, or anew for each with `refit`.

        Returns:
            ``unique_id``, ``ds``, ``cutoff``, the columns of :meth:`predict`, ``y``.

        Raises:
            DataError: A table that has no rows for so many windows.
        """
        _refuse(static_df)
        columns = (id_col, time_col, target_col)
        self.score_ = self._forecaster(columns, h).backtest(df, windows=n_windows, stride=step_size, refit=refit, **how)
        return _named(self.score_.forecasts, {"unique_id": id_col, "ds": time_col, "cutoff": "cutoff", **self._values(), "y": target_col})

    def _values(self) -> dict[str, str]:
        """Names of the columns of a forecast, with those of NeuralForecast."""
        names = {"forecast": self.alias}
        for share in sorted(self.level):
            low, high = self._ends(share)
            names |= {f"q{low}": f"{self.alias}-lo-{share}", f"q{high}": f"{self.alias}-hi-{share}"}
        return names

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self.settings.items())
        return f"Gatewise(h={self.h}, freq={self.freq!r}, level={list(self.level)}{settings})"


def _named(frame: Any, names: dict[str, str]) -> Any:
    """Some columns of a table, renamed."""
    if isinstance(frame, dict):
        return {new: frame[old] for old, new in names.items()}
    part = frame.select(list(names)) if hasattr(frame, "select") else frame[list(names)]
    if hasattr(part, "rename_columns"):
        return part.rename_columns(list(names.values()))
    return part.rename(columns=names) if hasattr(part, "iloc") else part.rename(names)


def _refuse(static_df: Any) -> None:
    if static_df is not None:
        raise _error("static_df", "static_df: what does not change over time is not read", "leave it out, or train a model for each kind of series")


def _error(setting: str, message: str, remedy: str) -> SettingError:
    error = SettingError(message)
    error.setting, error.remedy = setting, remedy
    return error
