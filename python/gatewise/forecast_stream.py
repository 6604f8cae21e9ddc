"""A forecaster on rows of one series as they come."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _gatewise, _rows
from ._estimator import STATE, of_version
from .errors import DataError

__all__ = ["ForecasterStream"]


class ForecasterStream:
    """Rows of one series that come one at a time, and a forecast behind each; :meth:`Forecaster.stream` makes it.

    A pickle keeps the model and where the stream stands: the copy goes on as this one does, to the bit.
    """

    def __init__(self, stream: Any, time: str | None) -> None:
        self._stream, self._time = stream, time
        self._columns: list[str] = stream.columns

    @property
    def columns(self) -> list[str]:
        """Names of the columns that a row has to have: targets, then covariates."""
        return list(self._columns)

    @property
    def series(self) -> str:
        """Name of the series; empty where the model knows one alone."""
        series: str = self._stream.series
        return series

    @property
    def rows(self) -> int:
        """Rows that were read."""
        rows: int = self._stream.rows
        return rows

    @property
    def forecast(self) -> dict[str, np.ndarray] | None:
        """The forecast behind the last row, as :meth:`update` gives it."""
        return _answer(self._stream.forecast())

    def update(self, row: Any, time: Any = None) -> dict[str, np.ndarray] | None:
        """Reads a row, and forecasts the rows behind it.

        Args:
            row: A mapping of names to numbers (a dict, a row of a DataFrame) with at least :attr:`columns`, a sequence of numbers in their
                order, or a number where there is one column.
            time: When the row is: that of the row before and a step. None counts on from the row before; rows without times are numbered
                from 1. The time column of the table that the stream goes on from says it too.

        Returns:
            A dict of arrays, a row a step: ``ds`` (times as numpy has them, without a zone, or numbers of rows), ``forecast`` and the levels
            ``q0.025`` … in units of the data, with ``channel`` where there are several targets. None before there are rows enough to look
            back on.

        Raises:
            DataError: A row without a column, of another number of values, with a value that is none or infinite, or with another time than
                the one due. The stream stays as it was.
        """
        values = _rows.named(row, self._columns)
        if time is None and self._time is not None and _rows.is_named(row):
            time = values.get(self._time)
        _rows.complete(values, self._columns)
        numbers = [_number(name, values[name]) for name in self._columns]
        moment = None if time is None else _rows.cell(time)
        return _answer(self._stream.update(numbers, _text(moment)))

    def state(self) -> bytes:
        """Where the stream stands, as bytes: what :meth:`restore` goes on from, with the same model in any process."""
        state: bytes = self._stream.save()
        return state

    def restore(self, state: bytes) -> None:
        """Goes on where :meth:`state` left off.

        Raises DataError for bytes of another model, or damaged ones; the stream then stands where it stood.
        """
        self._stream.restore(state)

    def __repr__(self) -> str:
        of = f" of {self.series!r}" if self.series else ""
        return f"<gatewise.ForecasterStream{of}: {', '.join(self._columns)}; {self.rows} rows>"

    def __getstate__(self) -> dict[str, Any]:
        return {"version": STATE, "parts": self._stream.parts(), "state": self.state(), "time": self._time}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = of_version(state)
        self.__init__(_gatewise._ForecasterStream.of_parts(*state["parts"]), state["time"])  # type: ignore[misc]
        self.restore(state["state"])


def _text(moment: float | str | None) -> str | None:
    """A time as a table writes it."""
    if isinstance(moment, float):
        return str(int(moment)) if moment.is_integer() else str(moment)
    return moment


def _number(name: str, value: Any) -> float:
    try:
        return float("nan") if value is None else float(value)
    except (TypeError, ValueError):
        raise DataError(f'"{name}": {value!r} is not a number') from None


def _answer(columns: dict[str, Any] | None) -> dict[str, np.ndarray] | None:
    """A forecast as arrays."""
    if columns is None:
        return None
    answer = {}
    for name, values in columns.items():
        if name == "ds":
            values = columns["ds:step"] if "ds:step" in columns else np.array([time.replace(" ", "T") for time in columns["ds:iso"]], "M8[us]")
        if ":" not in name:
            answer[name] = values if isinstance(values, np.ndarray) else np.array(values, dtype=object)
    return answer


ForecasterStream.__module__ = "gatewise"
