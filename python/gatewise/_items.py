"""Items of other libraries as numbers or texts, and their labels as names of classes or values."""

from __future__ import annotations

import math
import os
import sys
import unicodedata
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import DataError, GatewiseWarning

__all__ = ["Classes", "Items", "classes_found", "classes_of", "of", "several", "values_of"]

# The largest number of a network, whose numbers have 32 bits.
_LARGEST = float(np.finfo(np.float32).max)
# What is taken as items.
_KINDS = (
    "items are an array of numbers (items, time) or (items, time, channels), a list of arrays (time,) or (time, channels) whose lengths "
    "may differ, a list or Series of texts, or the path of a file or folder"
)


@dataclass
class Items:
    """Items as the engine takes them."""

    # A path; numbers one after the other with the steps of each item and the channels; or a list of texts.
    raw: Any
    # How many there are; None of a path.
    count: int | None
    label: str


@dataclass
class Classes:
    """Labels of items as classes."""

    # The labels that occur, rising, in their own dtype.
    classes: np.ndarray
    # What each is called in the model, and which of them each item has.
    names: list[str]
    codes: np.ndarray

    @property
    def raw(self) -> Any:
        """The labels as the engine takes them."""
        return self.names, self.codes.tolist()


def _refused(message: str, remedy: str | None = None) -> DataError:
    error = DataError(message)
    error.remedy = remedy
    return error


def of(X: Any) -> Items:
    """Items of any kind that is taken.

    Raises TypeError for what are no items, and DataError for those that nothing can be made of.
    """
    label = f"<{type(X).__name__}>"
    if isinstance(X, (str, os.PathLike)):
        path = os.fsdecode(X)
        return Items(path, None, path)
    if hasattr(X, "tocsr"):
        raise TypeError(f"X is a sparse matrix; {_KINDS}: X.toarray() makes an array of it")
    library = type(X).__module__.partition(".")[0]
    if library == "pandas" and hasattr(X, "iloc"):
        X = _of_pandas(X)
    elif library == "polars" and hasattr(X, "to_numpy"):
        X = X.to_list() if hasattr(X, "to_list") else X.to_numpy()
    if isinstance(X, (list, tuple)):
        return _of_list(X, label)
    if isinstance(X, np.ndarray) or hasattr(X, "__array__"):
        return _of_array(np.asarray(X), label)
    raise TypeError(f"{_KINDS}; this is a {type(X).__name__}")


def _of_pandas(X: Any) -> Any:
    """A Series as a list, a DataFrame with a row an item as an array."""
    if X.ndim == 1:
        return X.tolist()
    try:
        return X.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise _refused(
            "X has columns that are no numbers", "give the columns of the steps alone, or one column of texts as a Series"
        ) from None


def _texts(texts: list[Any], label: str) -> Items:
    if not texts:
        raise _refused("X holds no item: 0 samples", "give at least two items")
    return Items([str(text) for text in texts], len(texts), label)


def _of_array(array: np.ndarray, label: str) -> Items:
    if array.dtype.kind == "U" and array.ndim == 1:
        return _texts(array.tolist(), label)
    if array.dtype.kind == "O" and array.ndim == 1 and all(isinstance(value, str) for value in array):
        return _texts(array.tolist(), label)
    array = _numbers(array, "X")
    if array.ndim == 1:
        raise _refused(
            f"X has one dimension, of {array.shape[0]} numbers: the items are not told apart",
            "Reshape your data: X.reshape(1, -1) is one series, X.reshape(-1, 1) is a series of one step an item",
        )
    if array.ndim not in (2, 3):
        raise _refused(f"X has {array.ndim} dimensions; {_KINDS}")
    if array.shape[0] == 0:
        raise _refused(f"X holds no item: 0 samples (shape={array.shape})", "give at least two items")
    if 0 in array.shape:
        raise _refused(f"X has items without a step: 0 feature(s) (shape={array.shape}) while a minimum of 1 is required.")
    channels = array.shape[2] if array.ndim == 3 else 1
    return _series(array.reshape(-1), [array.shape[1]] * array.shape[0], channels, label)


def _of_list(items: Any, label: str) -> Items:
    if not items:
        raise _refused("X holds no item: 0 samples", "give at least two items")
    texts = sum(isinstance(item, str) for item in items)
    if texts == len(items):
        return _texts(list(items), label)
    if texts:
        odd = next(number for number, item in enumerate(items) if not isinstance(item, str))
        if _is_missing(items[odd]):
            raise _refused(f"X: item {odd} has no text", 'leave such items out, or give "" where there is nothing to read')
        raise _refused(f"X holds texts and other things: item {odd} is a {type(items[odd]).__name__}", "give items of one kind")
    parts, channels = [], 0
    for number, item in enumerate(items):
        try:
            part = np.asarray(item)
        except ValueError:
            raise _refused(f"X: item {number} is no array: its rows differ in length") from None
        if part.ndim == 0 and part.dtype.kind != "O":
            raise _refused(
                f"X has one dimension: item {number} is a single number",
                "Reshape your data: [X] is one series, and a list of lists has one series each",
            )
        part = _numbers(part, f"X: item {number}")
        if part.ndim not in (1, 2):
            raise _refused(f"X: item {number} has {part.ndim} dimensions; an item is (time,) or (time, channels)")
        width = part.shape[1] if part.ndim == 2 else 1
        if number == 0:
            channels = width
        if width != channels:
            raise _refused(f"X: item {number} has {width} channels, the items before have {channels}")
        if part.size == 0:
            raise _refused(f"X: item {number} has no step: 0 feature(s) (shape={part.shape}) while a minimum of 1 is required.")
        parts.append(part.reshape(-1))
    return _series(np.concatenate(parts), [len(part) // channels for part in parts], channels, label)


def _numbers(array: np.ndarray, what: str) -> np.ndarray:
    """An array of 64-bit floating-point numbers."""
    if array.dtype.kind in "fiub":
        return np.ascontiguousarray(array, dtype=np.float64)
    if array.dtype.kind == "c":
        raise _refused(f"{what} holds complex numbers: Complex data not supported", "give their parts as channels")
    if array.dtype.kind == "O":
        raise _refused(
            f"{what} is an array of objects", "array.astype(float) makes numbers of it; items of unequal lengths come as a list of arrays"
        )
    raise _refused(f"{what} holds {array.dtype}, which are no numbers", _KINDS)


def _series(values: np.ndarray, steps: list[int], channels: int, label: str) -> Items:
    finite = np.abs(values) <= _LARGEST
    if not finite.all():
        at = int(np.argmin(finite))
        item = int(np.searchsorted(np.cumsum(steps) * channels, at, side="right"))
        step = (at - channels * sum(steps[:item])) // channels
        kind = "NaN" if np.isnan(values[at]) else "infinity or a number too large for 32 bits"
        raise _refused(
            f"X contains {kind}: item {item}, step {step}, channel {at % channels} (all from 0)",
            "fill missing numbers first, as np.interp does, or leave the item out",
        )
    return Items((values, steps, channels), len(steps), label)


def _labels(y: Any, items: Items, of_class: str) -> np.ndarray:
    """The labels of items as an array of as many rows."""
    if y is None:
        raise _refused(f"{of_class} requires y to be passed, but the target y is None", "fit(X, y); a path has its labels itself")
    if items.count is None:
        remedy = "leave y out; label_column and label_regex say where they are"
        raise _refused("y stands beside items in memory; the labels of a path are found there", remedy)
    if hasattr(y, "tocsr"):
        raise TypeError("y is a sparse matrix; labels are an array or a list")
    try:
        array = np.asarray(y)
    except ValueError:
        raise _refused("y is no array: its rows differ in length") from None
    if array.ndim == 0:
        raise _refused("y is one label; y should be a 1d array, a label an item")
    if array.shape[0] != items.count:
        raise _refused(f"X has {items.count} items, y has {array.shape[0]} labels")
    if array.ndim == 2 and array.shape[1] == 1:
        sklearn = sys.modules.get("sklearn.exceptions")
        category = getattr(sklearn, "DataConversionWarning", GatewiseWarning)
        message = "A column-vector y was passed when a 1d array was expected: its shape is changed to (n_samples,)"
        warnings.warn(message, category, stacklevel=4)
        array = array.reshape(-1)
    return array


def several(items: Items) -> None:
    """Refuses one item alone, of which nothing can be learned."""
    if items.count == 1:
        raise _refused("X has one sample alone (n_samples = 1)", "give at least two items")


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NaTType", "NAType") or isinstance(value, float) and math.isnan(value)


def _kind(value: Any) -> str:
    """The kind of a label, as numpy calls it; "?" of any other object."""
    if isinstance(value, (bool, np.bool_)):
        return "b"
    if isinstance(value, (int, np.integer)):
        return "i"
    if isinstance(value, str):
        return "U"
    return "f" if isinstance(value, (float, np.floating)) else "?"


def classes_of(y: Any, items: Items, of_class: str, form: str | None) -> Classes:
    """Labels as classes. `form` is how their characters are spelled: nfc, nfkc or none."""
    array = _labels(y, items, of_class)
    several(items)
    if array.ndim != 1:
        raise _refused(f"y has {array.ndim} dimensions; y should be a 1d array, a label an item")
    kind: str = array.dtype.kind
    if kind == "O":
        missing = next((at for at, value in enumerate(array) if _is_missing(value)), None)
        if missing is not None:
            raise _refused(f"y contains NaN: item {missing} has no label", "leave such items out")
        kinds = {_kind(value) for value in array}
        if len(kinds) != 1 or "?" in kinds:
            raise _refused("y holds labels of several kinds", "give texts, whole numbers or truth values, one of them")
        kind = kinds.pop()
    if kind == "f":
        numbers = array.astype(np.float64)
        if not np.isfinite(numbers).all():
            at = int(np.argmin(np.isfinite(numbers)))
            raise _refused(f"y contains {'NaN' if np.isnan(numbers[at]) else 'infinity'}: item {at}", "leave such items out")
        if (numbers != np.round(numbers)).any():
            raise _refused("Unknown label type: y holds numbers that are not whole, which are no classes", "Regressor learns values")
    elif kind not in "biuUS":
        raise _refused(f"Unknown label type: y holds {array.dtype}", "labels are texts, whole numbers or truth values")
    classes, codes = np.unique(array, return_inverse=True)
    if len(classes) < 2:
        message = f"y has one class only, {classes.tolist()[0]!r}: there is nothing to tell apart"
        raise _refused(message, "give items of two classes or more")
    names = [_name(value) for value in classes.tolist()]
    if form != "none":
        first: dict[str, str] = {}
        for name in names:
            spelled = unicodedata.normalize("NFKC" if form == "nfkc" else "NFC", name)
            if spelled in first:
                raise _refused(f"the labels {first[spelled]!r} and {name!r} are one text spelled in two ways", 'normalize_unicode="none"')
            first[spelled] = name
    return Classes(classes, names, np.asarray(codes).reshape(-1))


def _name(value: Any) -> str:
    """What a label is called in the model."""
    if isinstance(value, bytes):
        return value.decode()
    return str(int(value)) if isinstance(value, float) else str(value)


def _is_whole(name: str) -> bool:
    """Whether a text is how Python writes a whole number of 64 bits."""
    digits = name.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 20 and str(int(name)) == name and abs(int(name)) < 2**63


def classes_found(names: list[str]) -> np.ndarray:
    """Labels out of a model: whole numbers or truth values where all are, else texts; rising."""
    if set(names) == {"False", "True"}:
        return np.array([False, True])
    if all(_is_whole(name) for name in names):
        return np.array(sorted(int(name) for name in names), dtype=np.int64)
    return np.array(sorted(names))


def values_of(y: Any, items: Items, of_class: str) -> tuple[np.ndarray, list[str]]:
    """Labels as values: (items, targets), with the names of several."""
    names = [str(name) for name in getattr(y, "columns", [])]
    array = _labels(y, items, of_class)
    refusal = _refused("y holds what are no numbers: a regression learns numbers", "Classifier learns names")
    if array.dtype.kind not in "fiubO":
        raise refusal
    try:
        values = np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise refusal from None
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise _refused(f"y has the shape {values.shape}; values are (items,) or (items, targets)")
    if not np.isfinite(values).all():
        at = np.argwhere(~np.isfinite(values))[0]
        kind = "NaN" if np.isnan(values[tuple(at)]) else "infinity"
        raise _refused(f"y contains {kind}: item {at[0]}", "leave such items out")
    if values.ndim == 1:
        return values.reshape(-1, 1), []
    if len(set(names)) != values.shape[1]:
        names = [f"y{at + 1}" for at in range(values.shape[1])]
    return values, names
