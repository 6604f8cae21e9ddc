"""Tables of other libraries as columns of numbers and texts, and forecasts back in the kind that came in."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import DataError

__all__ = ["Given", "of"]

# Whole numbers up to here are floating-point numbers too.
_EXACT = 2**53
# Name of a column of times that has none.
_TIME = "ds"


@dataclass
class _Column:
    """One column: 64-bit floating-point numbers with NaN where there is none, or texts with None; and what its values were."""

    name: str
    values: np.ndarray | list[str | None]
    # Times, in units of numpy's datetime64 and in a time zone.
    is_time: bool = False
    unit: str | None = None
    zone: Any = None
    # Whole numbers that stand as texts, for floating-point numbers would round them.
    is_whole: bool = False


@dataclass
class Given:
    """A table: a path, or columns, with what is needed to give a forecast back in the same kind."""

    kind: str
    label: str
    path: str | None = None
    columns: list[_Column] = field(default_factory=list)
    # The index of a pandas object whose times are the first column.
    index: Any = None

    @property
    def raw(self) -> Any:
        """The table as the engine takes it."""
        return self.path if self.path is not None else [(column.name, column.values) for column in self.columns]

    @property
    def rows(self) -> int:
        """Rows of the table; 0 of a path."""
        return len(self.columns[0].values) if self.columns else 0

    def with_target(self, y: Any) -> tuple[Given, str]:
        """The table with a further column, and its name."""
        if self.path is not None:
            raise DataError("y stands beside a table in memory; the target of a file is named by the setting target")
        name = getattr(y, "name", None)
        name = "y" if name is None else str(name)
        column = _column(name, y)
        if self.columns and len(column.values) != self.rows:
            raise DataError(f"y has {len(column.values)} rows, the table {self.rows}")
        others = [other for other in self.columns if other.name != name]
        return Given(self.kind, self.label, None, [*others, column], self.index), name

    def answer(self, forecast: dict[str, Any], time_column: str | None) -> Any:
        """A forecast, columns of texts and numbers, in the kind that the table has.

        `time_column` is the column of the table whose times go on in ``ds``.
        """
        source = next((column for column in self.columns if column.name == time_column), None)
        columns: dict[str, Any] = {}
        for name, values in forecast.items():
            if ":" in name:
                continue
            if name in ("ds", "cutoff"):
                values = _times(values, forecast.get(f"{name}:step"), forecast.get(f"{name}:iso"), source)
            columns[name] = values if isinstance(values, np.ndarray) else np.array(values, dtype=object)
        kinds = {"pandas": self._pandas, "polars": self._polars, "pyarrow": _pyarrow}
        return kinds.get(self.kind, lambda columns, _: columns)(columns, source)

    def _pandas(self, columns: dict[str, Any], source: _Column | None) -> Any:
        import pandas as pd

        times: dict[str, Any] = {name: _pandas_times(columns[name], source) for name in ("ds", "cutoff") if name in columns}
        frame = pd.DataFrame({name: times.get(name, values) for name, values in columns.items()})
        for name in ("unique_id", "channel"):
            if name in frame:
                frame[name] = frame[name].astype(str)
        if self.index is None or source is None or source is not self.columns[0]:
            return frame
        index = pd.Index(frame.pop("ds"), name=self.index.name)
        if isinstance(self.index, pd.PeriodIndex):
            index = pd.DatetimeIndex(index).to_period(self.index.freq).rename(self.index.name)
        elif getattr(self.index, "freq", None) is not None and index.is_unique:
            with contextlib.suppress(ValueError):
                index = pd.DatetimeIndex(index, freq=self.index.freq)
        frame.index = index
        return frame

    @staticmethod
    def _polars(columns: dict[str, Any], source: _Column | None) -> Any:
        import polars as pl

        def series(name: str, values: np.ndarray) -> Any:
            if values.dtype == object:
                return pl.Series(name, list(values), dtype=pl.String)
            made = pl.Series(name, values)
            if name in ("ds", "cutoff") and source is not None and source.is_time:
                if source.unit == "D":
                    return made.cast(pl.Date)
                made = made.cast(pl.Datetime("ms" if source.unit == "ms" else "ns" if source.unit == "ns" else "us"))
                if source.zone is not None:
                    made = made.dt.replace_time_zone("UTC").dt.convert_time_zone(source.zone)
            return made

        return pl.DataFrame([series(name, values) for name, values in columns.items()])


def steps(forecast: Any, each: int, wanted: int) -> Any:
    """The first `wanted` rows of every forecast in a table of them, each of `each` rows."""
    if isinstance(forecast, dict):
        return {name: values[np.arange(len(values)) % each < wanted] for name, values in forecast.items()}
    kept = np.arange(len(forecast)) % each < wanted
    library = type(forecast).__module__.partition(".")[0]
    if library == "pandas":
        # A slice keeps the frequency of an index.
        part = forecast.iloc[:wanted].copy() if len(forecast) == each else forecast[kept]
        return part.reset_index(drop=True) if type(part.index).__name__ in ("RangeIndex", "Index") else part
    return forecast.filter(kept)


def _pyarrow(columns: dict[str, Any], source: _Column | None) -> Any:
    import pyarrow as pa

    def array(name: str, values: np.ndarray) -> Any:
        if values.dtype == object:
            return pa.array(list(values), type=pa.string())
        made = pa.array(values)
        if name in ("ds", "cutoff") and source is not None and source.is_time:
            if source.unit == "D":
                return made.cast(pa.date32())
            return made.cast(pa.timestamp(source.unit if source.unit in ("s", "ms", "us", "ns") else "us", tz=source.zone))
        return made

    return pa.table({name: array(name, values) for name, values in columns.items()})


def _times(texts: list[str], steps: np.ndarray | None, iso: list[str] | None, source: _Column | None) -> Any:
    """Times of a forecast: numbers of rows, dates where the table has them (those with a zone in UTC), else the table's own texts."""
    if steps is not None:
        return steps
    if source is None:
        return texts
    if source.is_time:
        unit = "ns" if source.unit == "ns" else "us"
        if source.zone is None:
            return np.array([text.replace(" ", "T") for text in iso or texts], dtype=f"datetime64[{unit}]")
        return np.array([_moment(text) for text in texts], dtype=f"datetime64[{unit}]")
    if source.is_whole:
        return np.array([int(text) for text in texts])
    if isinstance(source.values, np.ndarray):
        # Times that the table counts, such as seconds since 1970.
        numbers = np.array([float(text) for text in texts])
        return numbers.astype(np.int64) if np.all(numbers == np.round(numbers)) else numbers
    return texts


def _moment(text: str) -> Any:
    """A time with its offset from UTC, such as 2024-05-01 12:00+09:00, in UTC."""
    parts = re.fullmatch(r"(.{10})[T ]?([\d:.]*) ?(?:Z|([+-])(\d\d):?(\d\d)?)?", text)
    if parts is None:
        raise DataError(f'"{text}" is no time with an offset from UTC')
    day, clock, sign, hours, minutes = parts.groups()
    offset = 60 * int(hours or 0) + int(minutes or 0)
    return np.datetime64(f"{day}T{clock or '00:00'}") - np.timedelta64(-offset if sign == "-" else offset, "m")


def _pandas_times(values: Any, source: _Column | None) -> Any:
    import pandas as pd

    if source is None or not source.is_time or not isinstance(values, np.ndarray) or values.dtype.kind != "M":
        return values
    times = pd.DatetimeIndex(values)
    if source.unit in ("s", "ms", "us", "ns") and hasattr(times, "as_unit"):
        times = times.as_unit(source.unit)
    return times if source.zone is None else times.tz_localize("UTC").tz_convert(source.zone)


def of(data: Any) -> Given:
    """A table of any kind that is taken.

    Raises TypeError for what is no table.
    """
    if isinstance(data, (str, os.PathLike)):
        path = os.fsdecode(data)
        return Given("path", path, path=path)
    library = type(data).__module__.partition(".")[0]
    label = f"<{type(data).__name__}>"
    if library == "pandas" and hasattr(data, "iloc") and hasattr(data, "index"):
        return _of_pandas(data, label)
    if library == "polars" and hasattr(data, "collect"):
        data = data.collect()
    if library == "polars" and hasattr(data, "to_frame"):
        data = data.rename(data.name or "y").to_frame()
    if library == "polars" and hasattr(data, "get_columns"):
        return Given("polars", label, columns=[_of_polars(column) for column in data.get_columns()])
    if library == "pyarrow" and hasattr(data, "column_names"):
        return Given("pyarrow", label, columns=[_of_pyarrow(name, data.column(at)) for at, name in enumerate(data.column_names)])
    if isinstance(data, Mapping):
        return Given("dict", "<dict>", columns=[_column(str(name), values) for name, values in data.items()])
    if isinstance(data, np.ndarray) or hasattr(data, "__array__") or isinstance(data, (list, tuple)):
        return _of_array(np.asarray(data), label)
    raise TypeError(
        "a table is a DataFrame or Series of pandas or polars, a Table of pyarrow, a dict of columns, an array of one or two dimensions, "
        f"or a path; this is a {type(data).__name__}"
    )


def _of_array(array: np.ndarray, label: str) -> Given:
    if array.dtype.names:
        return Given("array", label, columns=[_column(name, array[name]) for name in array.dtype.names])
    if array.ndim == 1:
        return Given("array", label, columns=[_column("y", array)])
    if array.ndim == 2:
        names = ["y"] if array.shape[1] == 1 else [f"y{at + 1}" for at in range(array.shape[1])]
        return Given("array", label, columns=[_column(name, array[:, at]) for at, name in enumerate(names)])
    raise TypeError(f"an array of {array.ndim} dimensions is no table: give rows, or rows × columns")


def _of_pandas(data: Any, label: str) -> Given:
    import pandas as pd

    frame = data.to_frame("y" if data.name is None else data.name) if isinstance(data, pd.Series) else data
    index = frame.index
    given = Given("pandas", label)
    if isinstance(index, pd.MultiIndex):
        frame = frame.reset_index()
    elif isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)) or index.dtype == object or isinstance(index.dtype, pd.StringDtype):
        name = _TIME if index.name is None else str(index.name)
        if name in map(str, frame.columns):
            raise DataError(f'{label}: the index and a column are both called "{name}"; rename one of them')
        times = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
        given.index = index
        given.columns.append(_of_pandas_column(name, pd.Series(times, index=range(len(times)))))
    elif index.name is not None:
        frame = frame.reset_index()
    given.columns += [_of_pandas_column(_name(name), frame.iloc[:, at]) for at, name in enumerate(frame.columns)]
    return given


def _name(name: Any) -> str:
    """The name of a column; those of several levels are joined."""
    return "_".join(str(part) for part in name if part != "") if isinstance(name, tuple) else str(name)


def _of_pandas_column(name: str, values: Any) -> _Column:
    import pandas as pd

    dtype = values.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        texts = [None if time is pd.NaT else time.isoformat(sep=" ") for time in values]
        return _Column(name, texts, True, dtype.unit, dtype.tz)
    if isinstance(dtype, pd.PeriodDtype):
        return _column(name, values.dt.to_timestamp().to_numpy())
    if isinstance(dtype, pd.CategoricalDtype):
        return _of_pandas_column(name, values.astype(dtype.categories.dtype))
    if pd.api.types.is_bool_dtype(dtype):
        return _column(name, values.astype(object).to_numpy())
    if pd.api.types.is_integer_dtype(dtype) and values.hasnans or pd.api.types.is_float_dtype(dtype):
        return _column(name, values.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_integer_dtype(dtype):
        return _column(name, values.to_numpy(dtype=np.uint64 if "u" in str(dtype).lower() else np.int64))
    return _column(name, values.to_numpy())


def _of_polars(series: Any) -> _Column:
    import polars as pl

    dtype = series.dtype
    if dtype.is_numeric() and not dtype.is_decimal():
        return _column(series.name, series.to_numpy())
    if dtype == pl.Datetime and dtype.time_zone is not None:
        texts = [None if time is None else time.isoformat(sep=" ") for time in series.to_list()]
        return _Column(series.name, texts, True, dtype.time_unit, dtype.time_zone)
    if dtype == pl.Datetime or dtype == pl.Date:
        return _column(series.name, series.to_numpy())
    if dtype == pl.Categorical or dtype == pl.Enum:
        series = series.cast(pl.String)
    return _column(series.name, np.array(series.to_list(), dtype=object))


def _of_pyarrow(name: str, column: Any) -> _Column:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind) and kind.tz is None:
        return _column(name, column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False))
    if pa.types.is_timestamp(kind):
        texts = [None if time is None else time.isoformat(sep=" ") for time in column.to_pylist()]
        return _Column(name, texts, True, kind.unit, kind.tz)
    return _column(name, np.array(column.to_pylist(), dtype=object))


def _column(name: str, values: Any) -> _Column:
    """A column out of an array or whatever can be made one."""
    array = values if isinstance(values, np.ndarray) else np.asarray(values)
    if array.ndim != 1:
        raise TypeError(f'column "{name}" has {array.ndim} dimensions; a column has one')
    match array.dtype.kind:
        case "f":
            return _Column(name, np.ascontiguousarray(array, dtype=np.float64))
        case "i" | "u":
            if len(array) and max(int(array.max()), -int(array.min())) > _EXACT:
                return _Column(name, [str(value) for value in array.tolist()], is_whole=True)
            return _Column(name, array.astype(np.float64))
        case "m":
            return _Column(name, array / np.timedelta64(1, "s"))
        case "M":
            return _Column(name, _dates(array), True, np.datetime_data(array.dtype)[0])
        case "c":
            raise TypeError(f'column "{name}" holds complex numbers; give their parts as columns of their own')
        case _:
            return _of_objects(name, array.tolist())


def _dates(array: np.ndarray) -> list[str | None]:
    """Times as ISO texts with as many digits as all of them need."""
    known = array[~np.isnat(array)]
    unit = next((unit for unit in ("D", "m", "s", "ms", "us") if np.array_equal(known.astype(f"datetime64[{unit}]"), known)), "ns")
    unit = "s" if unit == "m" else unit
    texts = array.astype(f"datetime64[{unit}]").astype(str).tolist()
    return [None if text == "NaT" else text.replace("T", " ") for text in texts]


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return False


def _of_objects(name: str, values: list[Any]) -> _Column:
    """A column of any Python objects: numbers where all are, else texts."""
    known = [value for value in values if not _is_missing(value)]
    numbers = known and all(_is_number(value) for value in known)
    if numbers and not any(isinstance(value, int) and abs(value) > _EXACT for value in known):
        return _Column(name, np.array([np.nan if _is_missing(value) else float(value) for value in values], dtype=np.float64))
    is_time = bool(known) and all(isinstance(value, (datetime.date, np.datetime64)) for value in known)
    aware = is_time and any(getattr(value, "tzinfo", None) is not None for value in known)
    if is_time and not aware:
        times = [np.datetime64("NaT") if _is_missing(value) else np.datetime64(value) for value in values]
        return _column(name, np.array(times, dtype="datetime64[us]"))
    return _Column(name, [None if _is_missing(value) else _text(value) for value in values])


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_, str, bytes)):
        return False
    return isinstance(value, (int, float, np.number)) or type(value).__name__ in ("Decimal", "Fraction")


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return str(value)
