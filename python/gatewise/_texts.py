"""Texts of other libraries as the engine takes them."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError, GatewiseWarning

__all__ = ["Texts", "frame", "of", "prompt"]

# What is taken as texts.
_KINDS = "a text is a str, a path (pathlib) of a file or folder, a list of such paths, or an iterable of texts, such as a column"
# Characters of the longest text that may be the name of a file.
_LONGEST_NAME = 4096


@dataclass
class Texts:
    """Texts as the engine takes them."""

    # Whether they are paths, and these or the texts.
    raw: tuple[bool, list[str]]
    # What a call of them looks like.
    label: str
    # The library of the column that they were, else "".
    library: str = ""


def of(text: Any, *, learned: bool = False) -> Texts:
    """Texts, for a call that learns from them or one that does not."""
    if isinstance(text, str):
        _look_like_a_path(text, learned)
        return Texts((False, [_sound(text, "the text")]), "text")
    if isinstance(text, os.PathLike):
        return Texts((True, [_path(text)]), f"Path({os.fsdecode(text)!r})")
    if isinstance(text, (bytes, bytearray, memoryview)):
        raise TypeError(f"the text is {type(text).__name__}: decode it first, as text.decode('utf-8'); {_KINDS}")
    if isinstance(text, Mapping) or text is None or hasattr(text, "columns") or not isinstance(text, Iterable):
        raise TypeError(f"{_KINDS}; this is a {type(text).__name__}")
    library = type(text).__module__.partition(".")[0]
    if isinstance(text, np.ndarray) and text.ndim != 1:
        raise DataError(f"the texts have {text.ndim} dimensions: an array of texts has one")
    to_list = next((getattr(text, name) for name in ("to_pylist", "to_list", "tolist") if hasattr(text, name)), None)
    each = list(text) if to_list is None else to_list()
    if each and all(isinstance(one, os.PathLike) for one in each):
        return Texts((True, [_path(one) for one in each]), f"{len(each)} paths")
    for number, one in enumerate(each):
        _check(one, number)
    return Texts((False, each), f"{len(each)} texts", library)


def prompt(text: Any) -> str:
    """What a text begins with."""
    if not isinstance(text, str):
        raise TypeError(f"a prompt is a str; this is a {type(text).__name__}")
    return _sound(text, "the prompt")


def _check(one: Any, number: int) -> None:
    if isinstance(one, str):
        _sound(one, f"text {number}")
    elif one is None or type(one).__name__ in ("NaTType", "NAType") or isinstance(one, float) and math.isnan(one):
        error = DataError(f"text {number} is missing")
        error.remedy = 'leave such texts out, or give "" in their place'
        raise error
    else:
        raise TypeError(f"text {number} is a {type(one).__name__}; {_KINDS}")


def _sound(text: str, what: str) -> str:
    """A text that can be spelled in UTF-8."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as wrong:
            error = DataError(f"{what}: character {wrong.start} (U+{ord(text[wrong.start]):04X}) is half of a character")
            error.remedy = "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace') joins halves that belong together"
            raise error from None
    return text


def _path(path: os.PathLike[Any]) -> str:
    # A lone "-" is standard input on the command line.
    return os.path.join(os.curdir, "-") if os.fsdecode(path) == "-" else os.fsdecode(path)


def _look_like_a_path(text: str, learned: bool) -> None:
    """Refuses to learn from the name of a file, and warns where it is read otherwise."""
    if not text or len(text) > _LONGEST_NAME or "\n" in text or "\0" in text:
        return
    try:
        if not Path(text).exists():
            return
    except (OSError, ValueError):
        return
    message = f"the text {text!r} is the name of a file, which is not read"
    if learned:
        error = DataError(message)
        error.remedy = f"pathlib.Path({text!r}) reads it"
        raise error
    warnings.warn(f"{message}; pathlib.Path({text!r}) reads it", GatewiseWarning, stacklevel=4)


def frame(texts: Texts, columns: dict[str, Any]) -> Any:
    """Columns as a table of the library that the texts came from, else as they are."""
    if texts.library == "pandas":
        import pandas as pd

        return pd.DataFrame(columns)
    if texts.library == "polars":
        import polars as pl

        return pl.DataFrame({name: values.tolist() if values.dtype == object else values for name, values in columns.items()})
    if texts.library == "pyarrow":
        import pyarrow as pa

        return pa.table({name: pa.array(values) for name, values in columns.items()})
    return columns
