"""Forecasts of tables, with the habits of scikit-learn."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from typing import Any

from . import _gatewise, _tables
from ._estimator import Bar, Choice, Estimator, dumped, value_error, warn
from .errors import DataError
from .forecast_stream import ForecasterStream

__all__ = ["Evaluation", "Forecaster"]

# Names of all settings, with what each is for.
_SETTINGS: dict[str, str] = dict(_gatewise._settings("forecast"))


class Evaluation(dict[str, Any]):
    """Errors of a forecaster on known rows: ``mase``, ``smape``, ``mape``, ``mae``, ``rmse``, ``coverage`` of the intervals by their
    nominal share, ``windows``, ``series``, the same of simple methods under ``baseline``, and ``seen_in_training``: series whose rows the
    model has learned from.

    ``mae`` and ``rmse`` have the unit of the data, ``smape`` and ``mape`` are in percent; what the data do not define is None.
    """

    forecasts: Any
    """The forecasts that were held against the truth, in the kind of the data."""
    summary: str
    """The errors beside those of simple methods, as a table in text."""


class Forecaster(Estimator):
    """Forecasts of series: a recurrent network, a network that has seen synthetic series alone, and simple methods, weighted by their
    errors on rows kept back.

    >>> model = Forecaster(horizon=12).fit(frame)  # doctest: +SKIP
    >>> forecast = model.predict()  # doctest: +SKIP

    A table is a DataFrame or Series of pandas, a DataFrame of polars, a Table of pyarrow, a dict of columns, an array of one or two
    dimensions (rows, or rows × columns), or the path of a file. It is wide (a row a time, a column a channel) or long (columns
    ``unique_id``, ``ds``, ``y``). A DatetimeIndex or PeriodIndex is its time column; an index without a name that only counts rows is left
    out. Empty cells and NaN are missing values: the network is told which they are, and nothing is learned from them or held against them, unless
    ``impute`` says otherwise. A forecast comes in the kind that the table has; that of an array, a dict or a file is a dict of arrays. Its numbers are those of the command line on the same table
    as CSV: seven significant digits, or as many as show seven of the interval's width.

    Args:
        horizon: Rows to forecast.
        **settings: Any other setting; :meth:`settings` lists them. None leaves a setting to be found out from the data.

    Attributes:
        choices_: What was found out from the data: a list of :class:`Choice`.
        notes_: What was noticed in the data and the result, a dict each, with ``severity`` (``"note"`` or ``"warning"``) and ``message``.
            Warnings are also issued as :class:`gatewise.GatewiseWarning`.
        score_: Errors on rows that nothing was learned from, as :class:`Evaluation` has them; None where no rows were kept back.
        verdict_: The outcome in one or two sentences.

    Raises:
        SettingError: For a setting that does not exist, with those whose names are near.
    """

    _task = "forecast"
    _settings = _SETTINGS
    _known = dict.fromkeys(("choices_", "notes_", "score_", "verdict_"), "fit")
    _how_to_fit = "fit(data)"

    @classmethod
    def _read_model(cls, path: str) -> Any:
        return _gatewise._Forecaster.load(path)

    def __init__(self, horizon: int | None = None, **settings: Any) -> None:
        self._set(settings)
        self.horizon = horizon

    def _json(self, more: Mapping[str, Any] | None = None) -> str:
        return dumped({**self.get_params(), **(more or {})})

    def _reading(self, more: Mapping[str, Any]) -> str:
        """Settings of a table that a trained model is used on: what was trained is settled."""
        self._check_reading(more, _READING)
        own = {name: value for name, value in self.get_params().items() if name in _READING}
        return dumped({**own, **more})

    def fit(
        self,
        data: Any,
        y: Any = None,
        *,
        base: Forecaster | str | os.PathLike[str] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        callback: Callable[[dict[str, Any]], object] | None = None,
        progress: bool = False,
    ) -> Forecaster:
        """Trains on a table, and forecasts beyond its end.

        Args:
            data: The table.
            y: A further column of as many rows, which alone is forecast; None forecasts the columns that ``target`` names, ``y`` or
                ``target`` of a long table, else every column of numbers.
            base: A trained forecaster, or the file or run folder of one, whose weights training begins with: its horizon and the sizes of its
                network are those of this one. The file of a prior stands in place of the built-in one.
            checkpoint: A folder that is this training's own. A fit that was stopped is gone on with by the same call: the same data, settings
                and base, which are checked; it ends in the same bytes. One that is done gives its result at once.
            callback: Is told of every event of the training, a dict with its name under ``"event"``: ``phase``, ``start``, ``step``,
                ``epoch``, ``stopped`` and others. What it raises ends the training and comes out of this call.
            progress: Shows a bar where the package tqdm is installed.

        Returns:
            The forecaster itself.

        Raises:
            SettingError: A setting that does not fit the others or the data.
            DataError: A table that nothing can be learned from, with the place of what is wrong in it.
            KeyboardInterrupt: After Ctrl-C, at the next step of a training, or when the rows kept back are judged. The forecaster stays
                as it was.
        """
        given, table, settings = self._read(data, y)
        warn(table.notes)
        begun = base._fitted() if isinstance(base, Forecaster) else base if base is None else os.fspath(base)
        folder = None if checkpoint is None else os.fspath(checkpoint)
        bar = Bar(callback) if progress else None
        created = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        try:
            told = (bar or callback, f"{self!r}.fit({given.label})", created)
            fitted = _gatewise._Forecaster.fit(table, settings, begun, folder, *told)
        finally:
            if bar is not None:
                bar.close()
        self._model, forecast, details = fitted
        self._forecast = given.answer(forecast, table.time_column)
        self.choices_ = [Choice(**choice) for choice in details["choices"]]
        self.notes_ = table.notes + details["notes"]
        self.score_ = None if details["score"] is None else Evaluation(details["score"])
        self.verdict_ = details["verdict"]
        self._score_text = details["score_text"]
        warn(details["notes"])
        return self

    def _read(self, data: Any, y: Any) -> tuple[_tables.Given, Any, str]:
        """A table that is learned from: as it was given, as the engine read it, and the settings."""
        given, more = _tables.of(data), {}
        if y is not None:
            given, target = given.with_target(y)
            more["target"] = [target]
        settings = self._json(more)
        return given, _gatewise._read_table(given.raw, given.label, settings), settings

    def predict(self, data: Any = None, *, horizon: int | None = None, **reading: Any) -> Any:
        """Forecasts ``horizon`` rows beyond the end of every series.

        Args:
            data: The table that ends where the forecast begins, with the columns of the one that was learned from; None for that one.
            horizon: The first so many rows alone; None for all that the model was trained for. It has no more.
            **reading: Settings of how `data` is read, such as ``time="date:dmy"``, where that is otherwise than the table that was learned
                from.

        Returns:
            A row a step, in the kind of the table: ``ds`` (the time; it is the index where the table had its times there), ``forecast``,
            and the levels of the intervals ``q0.025`` …; with ``unique_id`` where there are several series and ``channel`` where there are
            several targets. All values have the unit of the data.

        Raises:
            DataError: No table where the model was read from a file, or one that the model does not fit.
            SettingError: A horizon that the model was not trained for.
        """
        model = self._fitted()
        if horizon is not None:
            all_steps = model.about()["config"]["horizon"]
            _check_steps(horizon, all_steps)
            return _tables.steps(self.predict(data, **reading), all_steps, horizon)
        if data is None:
            if reading:
                raise DataError(f"{', '.join(reading)}: how a table is read needs one; give data too")
            if self._forecast is None:
                error = DataError("a model that was read from a file knows no rows to forecast from")
                error.remedy = "predict(data) with the table that ends where the forecast begins"
                raise error
            return _copied(self._forecast)
        given, settings = _tables.of(data), self._reading(reading)
        table = model.read(given.raw, given.label, settings)
        warn(table.notes)
        forecast, notes = model.predict(table, self._threads())
        warn(notes)
        return given.answer(forecast, table.time_column)

    def fit_predict(self, data: Any, y: Any = None, **how: Any) -> Any:
        """Trains on a table and gives its forecast: :meth:`fit`, then :meth:`predict`."""
        return self.fit(data, y, **how).predict()

    def evaluate(
        self,
        data: Any,
        *,
        history: Any = None,
        test_from: str | int | None = None,
        test_to: str | int | None = None,
        rolling: bool = False,
        stride: int = 1,
        **reading: Any,
    ) -> Evaluation:
        """Holds forecasts against the truth, beside the seasonal-naive forecast and the last value.

        Args:
            data: The table with the truth.
            history: A table whose rows come before those of `data`; all of `data` is then held against the forecast.
            test_from: First row that is held against forecasts: a time as the table writes it, or a row number from 1. None for that of
                the training, else the last horizon.
            test_to: First row behind them; None for the end.
            rolling: Whether forecasts begin at every `stride`-th row, instead of the first alone.
            stride: Rows between two forecasts.
            **reading: Settings of how the tables are read.

        Returns:
            The errors; their attribute ``forecasts`` holds what was forecast, with the last time that each forecast saw under ``cutoff``
            where they roll.

        Raises:
            DataError: Rows too few for a forecast, or a table that the model does not fit.
        """
        model, settings = self._fitted(), self._reading(reading)
        if stride < 1:
            raise value_error("stride", "stride: at least one row lies between two forecasts")
        given = _tables.of(data)
        table = model.read(given.raw, given.label, settings)
        before = None
        if history is not None:
            earlier = _tables.of(history)
            before = model.read(earlier.raw, earlier.label, settings)
            warn(before.notes)
        warn(table.notes)
        place = [None if at is None else str(at) for at in (test_from, test_to)]
        *found, notes = model.evaluate(table, self._threads(), before, *place, rolling, stride)
        warn(notes)
        return _evaluation(given, table, *found)

    def backtest(
        self,
        data: Any,
        y: Any = None,
        *,
        windows: int = 5,
        stride: int | None = None,
        refit: bool = False,
        callback: Callable[[dict[str, Any]], object] | None = None,
        progress: bool = False,
    ) -> Evaluation:
        """Forecasts the last rows of a table from those before them, and holds the forecasts against what came.

        Each window is as long as the horizon, and the last one ends with the series. A forecaster with these settings is trained on the rows
        before the first window, or anew on those before each; this one stays as it is, trained or not. Nothing of a window is known to what
        forecasts it.

        Args:
            data: The table.
            y: As for :meth:`fit`.
            windows: Windows of each series; a series with rows for fewer has those.
            stride: Rows between the starts of two windows; None for the horizon, so that they follow each other.
            refit: Whether each window is forecast by a forecaster that is trained anew, on all rows before it.
            callback: As for :meth:`fit`; the names of phases say which window it is.
            progress: As for :meth:`fit`.

        Returns:
            The errors over all windows, beside the seasonal-naive forecast and the last value; MASE is scaled by the rows before the first
            window. Their attribute ``forecasts`` is a table in the kind of the data, a row a step: ``cutoff`` (the last time that the forecast
            saw), ``ds``, ``y`` (what came), ``forecast`` and the levels; ``summary`` is the errors as text. ``seen_in_training`` is 0.

        Raises:
            SettingError: Windows or a stride below 1, and ``test_from``, which holds back other rows.
            DataError: A table that has no rows for so many windows.
        """
        for name, value in (("windows", windows), ("stride", stride)):
            if value is not None and value < 1:
                raise value_error(name, f"{name}={value}: it is 1 or more")
        given, table, settings = self._read(data, y)
        warn(table.notes)
        bar = Bar(callback) if progress else None
        try:
            *found, notes = _gatewise._backtest(table, settings, windows, stride, refit, bar or callback)
        finally:
            if bar is not None:
                bar.close()
        warn(notes)
        evaluation = _evaluation(given, table, *found)
        evaluation["seen_in_training"] = 0
        return evaluation

    def stream(self, data: Any = None, *, series: str | None = None, **reading: Any) -> ForecasterStream:
        """Begins a series whose rows come one at a time, with a forecast behind each as :meth:`predict` gives it.

        Where simple methods count for something in the forecast, they are fitted anew to all rows so far with each row; where the network
        forecasts alone, a row takes microseconds and the rows looked back on are kept.

        Args:
            data: A table whose rows come before those of the stream; None for none.
            series: The name of the series, where the model or the table knows several.
            **reading: Settings of how `data` is read.

        Returns:
            The stream. It keeps the model as it is now, and leaves this forecaster alone.

        Raises:
            DataError: A table that the model does not fit, or one of several series without a name.
        """
        model, settings = self._fitted(), self._reading(reading)
        table, time = None, None
        if data is not None:
            given = _tables.of(data)
            table = model.read(given.raw, given.label, settings)
            time = table.time_column
            warn(table.notes)
        elif reading:
            raise DataError(f"{', '.join(reading)}: how a table is read needs one; give data too")
        return ForecasterStream(_gatewise._ForecasterStream.start(model, table, series, self._threads()), time)

    @classmethod
    def load(cls, path: str | os.PathLike[str], **settings: Any) -> Forecaster:
        """Reads a model file, or that of a run folder of the command line.

        Args:
            path: The file or folder.
            **settings: How tables are read from here on, where that is otherwise than in training, and ``threads``.

        Raises:
            FileError: A file that cannot be read.
            DataError: A file that is damaged, or no forecaster.
        """
        model = cls(**settings)
        model._model = cls._read_model(os.fspath(path))
        model._forecast = None
        model.horizon = model._model.about()["config"]["horizon"]
        return model

    @property
    def model_(self) -> dict[str, Any]:
        """What the model is: its ``config`` (horizon, lookback, season, quantiles and others), how many ``networks`` and ``parameters`` it
        has, and the ``table`` it was made for."""
        about: dict[str, Any] = self._fitted().about()
        return about

    def _threads(self) -> str:
        return dumped({"threads": self.threads})


# Settings of how a table is read, which may differ from table to table.
_READING = frozenset(
    ["target", "time", "na", "delimiter", "id", "impute", "covariates", "future", "future_file", "holidays", "events", "freq", "duplicates", "aggregate", "decimal", "encoding", "sheet"]
    + ["memory_limit"]
)


def _evaluation(given: _tables.Given, table: Any, score: dict[str, Any], summary: str, forecasts: dict[str, Any]) -> Evaluation:
    """Errors with the forecasts that they are of."""
    evaluation = Evaluation(score)
    evaluation.forecasts, evaluation.summary = given.answer(forecasts, table.time_column), summary
    return evaluation


def _check_steps(wanted: int, trained: int) -> None:
    """Raises SettingError for a number of steps that a model of so many does not forecast."""
    if not 1 <= wanted <= trained:
        error = value_error("horizon", f"horizon={wanted}: the model forecasts 1 to {trained} rows")
        error.remedy = f"give the constructor horizon={wanted} and fit anew" if wanted > trained else "horizon=1, or more"
        raise error


def _copied(forecast: Any) -> Any:
    """A forecast that may be changed without changing the next one."""
    if isinstance(forecast, dict):
        return {name: values.copy() for name, values in forecast.items()}
    return forecast.copy() if hasattr(forecast, "copy") else forecast
