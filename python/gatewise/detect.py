"""Anomalies in tables and streams of rows, with the habits of scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from . import _gatewise, _rows, _tables
from ._estimator import STATE, Choice, Estimator, dumped, of_version, warn
from .errors import DataError, GatewiseError, SettingError

__all__ = ["Detector", "DetectorStream", "Scored"]

# Names of all settings, with what each is for.
_SETTINGS: dict[str, str] = dict(_gatewise._settings("detect"))
# Settings of how a table is read and when an alarm is raised, which may differ from table to table.
_READING = frozenset(["target", "time", "na", "delimiter", "id", "states", "label", "ignore", "false_alarms", "memory_limit"])
# What is known after rows were learned from, by the call that finds it out.
_KNOWN = {
    "choices_": "fit or fit_predict",
    "notes_": "fit or fit_predict",
    "threshold_": "fit or fit_predict",
    "events_": "fit_predict or predict",
    "verdict_": "fit_predict or predict",
    "metrics_": "fit_predict or predict",
}


class Scored(NamedTuple):
    """What a stream says of a row."""

    score: float
    """How unlikely the row is given those before it, from 0 to 1."""
    threshold: float
    """The score above which a row is an anomaly."""
    is_anomaly: bool
    """Whether the row is an anomaly."""
    expected: float | dict[str, float]
    """What was expected before the row was seen, in the unit of its column; by column where other than one is watched."""
    is_alarm: bool
    """Whether the anomaly is news: the first of its event, or stronger than those before it."""
    channels: list[dict[str, Any]]
    """The columns to blame for an anomaly: ``name``, ``value``, ``expected`` and ``kind``; with ``rows`` where a state or a missing value
    lasts. Empty where there is none."""
    missing_rows: int
    """Rows that are missing right before this one, where that is an anomaly of its own; else 0."""
    is_ignored: bool
    """Whether the row is known maintenance, by the setting ``ignore``."""


class Detector(Estimator):
    """Anomalies in the rows of a table: a recurrent network foretells each value, and rows that are unlikelier than the rate of false
    alarms are marked. States, counters, missing values and missing rows are watched too.

    >>> detector = Detector(false_alarms=1e-4)  # doctest: +SKIP
    >>> scores = detector.fit_predict(frame)  # doctest: +SKIP
    >>> scores[scores["is_anomaly"]], detector.events_  # doctest: +SKIP

    A table is a DataFrame or Series of pandas, a DataFrame of polars, a Table of pyarrow, a dict of columns, an array of one or two
    dimensions (rows, or rows × columns), or the path of a CSV file. Rows are taken as they come, in any number of series (``id``) that may
    be mixed; times need not be regular. An index of pandas that holds times or names is a column; one that only counts rows is left out.
    Empty cells and NaN are missing values: they are not scored, and an anomaly where they last for longer than ever.

    Scores come in the kind that the table has; those of an array, a dict or a file are a dict of arrays. Their numbers are those of the
    command line on the same table as CSV: six digits of scores, as many of expected values as single precision holds.

    Args:
        online: Whether the score of a row uses nothing after it, with learning that goes on as the rows come; else :meth:`fit_predict`
            learns from the whole table first and then scores it.
        **settings: Any other setting; :meth:`settings` lists them. None leaves a setting to be found out from the data.

    Attributes:
        events_: Neighbouring anomalies as one event, a dict each: ``start``, ``end`` and ``peak`` (times as the table has them, else
            numbers of rows from 1, as text), ``rows``, ``score`` and ``channels``, the columns to blame (``name``, ``value``,
            ``expected``, ``kind``); ``series`` where there are several. Rows that are missing for longer than ever are an event of the
            ``kind`` ``"rows-missing"``.
        choices_: What was found out from the data: a list of :class:`gatewise.Choice`.
        notes_: What was noticed in the data, a dict each, with ``severity`` (``"note"`` or ``"warning"``) and ``message``. Warnings are
            also issued as :class:`gatewise.GatewiseWarning`.
        metrics_: Precision, recall, F1 and others against the labels of the column ``label``, which are never learned from; None without
            one.
        threshold_: The score from which the next row would be an anomaly; of several series, the median.
        verdict_: The outcome in one or two sentences.

    Raises:
        SettingError: For a setting that does not exist, with those whose names are near.
    """

    _task = "detect"
    _settings = _SETTINGS
    _known = _KNOWN
    _settled = "what this detector is was settled when it learned"
    _unfitted = "has not learned yet"
    _how_to_fit = "fit(data) or fit_predict(data)"
    _how_to_report = "report() right after fit_predict, and save(path) of what it gives"

    def __init__(self, online: bool | None = None, **settings: Any) -> None:
        self._set(settings)
        self.online = online

    def _json(self) -> str:
        return dumped(self.get_params())

    def _reading(self, more: Mapping[str, Any]) -> str:
        """Settings of a table that a detector is used on: what it learned is settled."""
        self._check_reading(more, _READING)
        # Files of known maintenance and labels are those of one table.
        own = {name: value for name, value in self.get_params().items() if name in _READING - {"ignore", "label"}}
        return dumped({**own, **more})

    def fit(self, data: Any, y: Any = None) -> Detector:
        """Learns from a table, for other rows. Nothing is marked.

        Args:
            data: The table.
            y: Is not used.

        Returns:
            The detector itself.

        Raises:
            SettingError: A setting that does not fit the others or the data.
            DataError: A table that nothing can be learned from, with the place of what is wrong in it.
            FileError: A file that cannot be read.
            KeyboardInterrupt: After Ctrl-C. The detector stays as it was.
        """
        given = _tables.of(data)
        self._model, details = _gatewise._Detector.fit(given.raw, given.label, self._json())
        for name in _KNOWN:
            self.__dict__.pop(name, None)
        self.choices_ = [Choice(**choice) for choice in details["choices"]]
        self.notes_ = details["notes"]
        self.threshold_ = details["threshold"]
        warn(self.notes_)
        return self

    def fit_predict(self, data: Any, y: Any = None) -> Any:
        """Learns from a table and marks its own anomalies: what ``gatewise detect`` does.

        Args:
            data: The table.
            y: Is not used.

        Returns:
            A row for each row of the table, in its kind: the time column (``row``, a number from 1, where there is none; the index where
            the table has its times there), the columns of ids, values and states, then ``score`` and ``threshold`` (0 to 1),
            ``is_anomaly`` (bool) and ``expected`` (in the unit of the column; ``expected_`` and its name where several are watched), with
            ``ignored`` (bool) where maintenance is known.

        Raises:
            SettingError: A setting that does not fit the others or the data.
            DataError: A table that nothing can be learned from, with the place of what is wrong in it.
            FileError: A file that cannot be read.
            KeyboardInterrupt: After Ctrl-C. The detector stays as it was.
        """
        answer = self._marked(data)
        warn(self.notes_)
        return answer

    def detect(self, data: Any) -> Any:
        """Learns from a table and marks its own anomalies: :meth:`fit_predict` by the name of the command."""
        answer = self._marked(data)
        warn(self.notes_)
        return answer

    def _marked(self, data: Any) -> Any:
        given = _tables.of(data)
        command = f"{self!r}.fit_predict({given.label})"
        model, table, details = _gatewise._Detector.detect(given.raw, given.label, self._json(), command)
        answer = _answer(data, given, table)
        self._model = model
        self.choices_ = [Choice(**choice) for choice in details["choices"]]
        self._note(details)
        return answer

    def predict(self, data: Any, *, learn: bool = True, keep: bool = False, **reading: Any) -> Any:
        """Marks the anomalies of other rows, each scored by those before it: what ``gatewise predict`` does.

        Rows that follow those of the training go on where these ended; others start anew with what was learned.

        Args:
            data: The table, with the columns of the one that was learned from.
            learn: Whether rows are learned from as they come.
            keep: Whether this detector goes on from these rows; else it stays as it is.
            **reading: Settings of how `data` is read and of when an alarm is raised, such as ``false_alarms``, ``label`` or ``ignore``.

        Returns:
            The table of scores, as :meth:`fit_predict` gives it; ``events_``, ``metrics_``, ``notes_`` and ``verdict_`` are those of
            `data`.

        Raises:
            GatewiseError: A detector that has learned nothing.
            DataError: A table that the detector does not fit.
            KeyboardInterrupt: After Ctrl-C. The detector stays as it was.
        """
        model, settings, given = self._fitted(), self._reading(reading), _tables.of(data)
        table, details = model.predict(given.raw, given.label, settings, learn, keep)
        answer = _answer(data, given, table)
        self._note(details)
        warn(self.notes_)
        return answer

    def _note(self, details: dict[str, Any]) -> None:
        self.events_, self.metrics_ = details["events"], details["metrics"]
        self.notes_, self.verdict_, self.threshold_ = details["notes"], details["verdict"], details["threshold"]

    def stream(self, data: Any = None, *, learn: bool = True, **reading: Any) -> DetectorStream:
        """Rows one at a time, each scored by those before it.

        A detector that has learned goes on where its rows ended, and stays as it is itself; one that has not starts a stream with nothing
        learned, whose scores are those of ``Detector(online=True).fit_predict``.

        Args:
            data: A table whose rows are laid out as those to come: it tells columns, times, states and seasons, and nothing is learned from
                it. None for the table that was learned from.
            learn: Whether rows are learned from as they come; a detector that has not learned always does.
            **reading: Settings of how rows are read and of when an alarm is raised; of a detector that has learned.

        Raises:
            GatewiseError: No table for a detector that has not learned, or that was read from a file.
            DataError: A table that the detector does not fit.
        """
        model = self.__dict__.get("_model")
        given = None if data is None else _tables.of(data)
        if model is None:
            if given is None or reading:
                error = GatewiseError("this detector has not learned yet: a stream of it needs to know what rows look like")
                error.remedy = "stream(data) with a few rows such as those to come and all settings in the constructor, or fit(data) first"
                raise error
            return DetectorStream(_gatewise._DetectorStream.start(given.raw, given.label, self._json()))
        raw, label = (None, "") if given is None else (given.raw, given.label)
        stream = model.stream(raw, label, self._reading(reading), learn)
        if stream is None:
            error = DataError("a detector that was read from a file does not know what rows look like")
            error.remedy = "stream(data) with a few rows such as those to come"
            raise error
        return DetectorStream(stream)

    def to_onnx(self, path: str | os.PathLike[str] | None = None, *, series: str | None = None) -> bytes:
        """The network that foretells a series as a graph of ONNX, from where it stands.

        Args:
            path: Where the file is written too.
            series: Of several series the one whose network is meant.

        Returns:
            The bytes of the file.

        Raises:
            SettingError: `series` names none, or is missing where there are several.
            DataError: A detector that watches no numbers.
            FileError: The file system refuses.
        """
        content, notes = self._exported(path, series)
        warn(notes)
        return content

    @classmethod
    def load(cls, path: str | os.PathLike[str], **settings: Any) -> Detector:
        """Reads a model file, or that of a run folder of the command line.

        Args:
            path: The file or folder.
            **settings: How tables are read from here on, where that is otherwise than in training.

        Raises:
            FileError: A file that cannot be read.
            DataError: A file that is damaged, or no detector.
        """
        detector = cls(**settings)
        detector._model = _gatewise._Detector.load(os.fspath(path))
        detector.threshold_ = detector._model.about()["threshold"]
        return detector

    @property
    def model_(self) -> dict[str, Any]:
        """What the detector is: its ``config``, how many ``rows`` it has seen of which ``series``, its ``threshold``, and the ``table`` it
        was made for."""
        about: dict[str, Any] = self._fitted().about()
        return about

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name != "_model"}
        if "_model" in self.__dict__:
            state["_bytes"], state["_head"] = self._model.to_bytes(), self._model.head()
        return {"version": STATE, **state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = of_version(state)
        bytes_, head = state.pop("_bytes", None), state.pop("_head", None)
        self.__dict__.update(state)
        if bytes_ is not None:
            self._model = _gatewise._Detector.of_bytes(bytes_, head)

    def _take_bytes(self, content: bytes) -> None:
        # The form of its rows is no part of the file.
        self._model = _gatewise._Detector.of_bytes(content, self._model.head())


class DetectorStream:
    """Rows that come one at a time; :meth:`Detector.stream` makes it.

    A pickle keeps all that it has learned and where it stands: the copy goes on as this one does, to the bit.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._all, self._needed, self._channels, self._times = stream.layout()

    @property
    def columns(self) -> list[str]:
        """Names of the columns that a row has to have: time, ids, values, then states."""
        return list(self._needed)

    @property
    def rows(self) -> int:
        """Rows that came."""
        rows: int = self._stream.rows
        return rows

    @property
    def threshold(self) -> float:
        """The score from which the next row would be an anomaly; of several series, the median."""
        threshold: float = self._stream.threshold
        return threshold

    def update(self, row: Any, time: Any = None) -> Scored:
        """Scores a row by those before it, then takes it in.

        Args:
            row: A mapping of names to values (a dict, a row of a DataFrame) with at least :attr:`columns`, a sequence of values in their
                order, or a number where one column alone is watched. None and NaN are missing values.
            time: When the row is, where `row` does not say so: it stands for the time column.

        Raises:
            DataError: A row without a column that is watched, of another number of values, or with a value that is no number, no time or
                infinite. The stream stays as it was.
            SettingError: A time for rows that have none.
        """
        score, threshold, is_anomaly, expected, is_alarm, channels, missing_rows, is_ignored = self._stream.update(self._cells(row, time))
        named = expected[0] if len(self._channels) == 1 else dict(zip(self._channels, expected, strict=True))
        return Scored(score, threshold, is_anomaly, named, is_alarm, channels, missing_rows, is_ignored)

    def _cells(self, row: Any, time: Any) -> list[float | str | None]:
        """The cells of a row, in the order of all columns."""
        if time is not None and len(self._times) != 1:
            error = SettingError(f"time={time!r}: the rows of this stream have {len(self._times)} columns of times")
            error.setting = "time"
            error.remedy = "leave it out" if not self._times else f"give the row a value for each of {', '.join(self._times)}"
            raise error
        timed = {} if time is None else {self._times[0]: time}
        values = _rows.named(row, [name for name in self._needed if name not in timed])
        values.update(timed)
        _rows.complete(values, self._needed)
        return [_rows.cell(values.get(name)) for name in self._all]

    def __repr__(self) -> str:
        return f"<gatewise.DetectorStream of {', '.join(self._needed)}; {self.rows} rows>"

    def __getstate__(self) -> dict[str, Any]:
        return {"version": STATE, "parts": self._stream.parts()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(_gatewise._DetectorStream.of_parts(*of_version(state)["parts"]))  # type: ignore[misc]


def _answer(data: Any, given: _tables.Given, table: dict[str, Any]) -> Any:
    """The table of scores in the kind that the table has."""
    added, own = dict(table["added"]), table["input"]
    numbers = {"row": table["numbers"]} if "numbers" in table else {}
    taken = next((name for name in own if name in added or name in numbers), None)
    if taken is not None:
        error = DataError(f'{given.label}: a column is called "{taken}" as one of the columns that are added')
        error.remedy = "rename it, or leave it out of the columns to watch with target"
        raise error
    if given.path is not None:
        texts = {name: values if isinstance(values, np.ndarray) else np.array(values, dtype=object) for name, values in own.items()}
        return {**numbers, **texts, **added}
    places = {name: place for place, name in enumerate(_unique([column.name for column in given.columns]))}
    chosen = [(name, places[name]) for name in own]
    if given.kind == "pandas":
        return _pandas(data, given, chosen, numbers, added)
    if given.kind == "polars":
        import polars as pl

        frame = data.collect() if isinstance(data, pl.LazyFrame) else data.to_frame() if isinstance(data, pl.Series) else data
        columns = [pl.Series(name, values) for name, values in numbers.items()]
        columns += [frame.to_series(place).alias(name) for name, place in chosen]
        return pl.DataFrame(columns + [pl.Series(name, values) for name, values in added.items()])
    if given.kind == "pyarrow":
        import pyarrow as pa

        return pa.table({**numbers, **{name: data.column(place) for name, place in chosen}, **added})
    return {**numbers, **{name: _array(data, place) for name, place in chosen}, **added}


def _pandas(data: Any, given: _tables.Given, chosen: list[tuple[str, int]], numbers: dict[str, Any], added: dict[str, Any]) -> Any:
    import pandas as pd

    frame = data.to_frame("y" if data.name is None else data.name) if isinstance(data, pd.Series) else data
    shift = 0
    if given.index is not None:
        # The index is the first column, and stays where it is.
        shift = 1
    elif isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        frame = frame.reset_index()
    columns = {name: pd.Series(values, index=frame.index) for name, values in numbers.items()}
    columns.update({name: frame.iloc[:, place - shift] for name, place in chosen if place >= shift})
    columns.update({name: pd.Series(values, index=frame.index) for name, values in added.items()})
    out = pd.concat(list(columns.values()), axis=1)
    out.columns = pd.Index(list(columns))
    return out


def _array(data: Any, place: int) -> np.ndarray:
    """A column of a dict or an array."""
    if isinstance(data, Mapping):
        return np.array(list(data.values())[place])
    array = np.asarray(data)
    if array.dtype.names:
        return np.array(array[array.dtype.names[place]])
    return np.array(array if array.ndim == 1 else array[:, place])


def _unique(names: list[str]) -> list[str]:
    """Names of columns as the engine tells them apart: of equal ones the later get a number."""
    unique: list[str] = []
    for place, name in enumerate(names):
        wanted = name.replace("\n", " ").replace("\r", " ").strip() or str(place + 1)
        copy, made = 0, wanted
        while made in unique:
            copy += 1
            made = f"{wanted}.{copy}"
        unique.append(made)
    return unique


for _class in (Detector, DetectorStream, Scored):
    _class.__module__ = "gatewise"
