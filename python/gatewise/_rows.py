"""One row at a time, as Python has it: values by the names of columns, and cells as a table in memory has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from . import _tables
from .errors import DataError

# Whole numbers up to here are floating-point numbers too.
_EXACT = 2**53


def is_named(row: Any) -> bool:
    """Whether a row says which columns its values are of."""
    return isinstance(row, Mapping) or hasattr(row, "_asdict") or hasattr(row, "index") and hasattr(row, "items")


def named(row: Any, names: list[str]) -> dict[str, Any]:
    """The values of a row by name: of a mapping, a named tuple, a row of a DataFrame; of a sequence in the order of `names`; of a value alone
    where there is one name.

    Raises DataError for another number of values.
    """
    if is_named(row):
        fields = row._asdict() if hasattr(row, "_asdict") else row
        return {str(name): value for name, value in fields.items()}
    alone = row is None or isinstance(row, (str, bytes)) or not isinstance(row, Iterable) or getattr(row, "ndim", 1) == 0
    cells = [row] if alone else list(row)
    if len(cells) != len(names):
        raise DataError(f"a row of {len(cells)} values, it needs {len(names)}: {', '.join(names)}")
    return dict(zip(names, cells, strict=True))


def complete(values: Mapping[str, Any], needed: list[str]) -> None:
    """Raises DataError where a row has no value for a column."""
    for name in needed:
        if name not in values:
            absent = DataError(f'the row has no value for "{name}"')
            absent.remedy = f"give a value for each of {', '.join(needed)}; None is a missing one"
            raise absent


def cell(value: Any) -> float | str | None:
    """A cell as a table in memory has it."""
    if isinstance(value, str):
        return value
    if _tables._is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        return str(value).replace("T", " ")
    if isinstance(value, np.timedelta64):
        return float(value / np.timedelta64(1, "s"))
    if isinstance(value, complex) or not _tables._is_number(value):
        return _tables._text(value)
    if isinstance(value, (int, np.integer)) and abs(int(value)) > _EXACT:
        return str(int(value))
    return float(value)
