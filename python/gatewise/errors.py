"""Exceptions and warnings of Gatewise."""

from __future__ import annotations

__all__ = ["DataError", "FileError", "GatewiseError", "GatewiseWarning", "NotFiniteError", "SettingError"]


class GatewiseError(Exception):
    """Something that went wrong, and what to do about it; the base of all exceptions of Gatewise.

    Attributes:
        kind: What is at fault: ``"io"`` (the file system), ``"usage"`` (a setting), ``"data"`` (the data or a model file) or
            ``"not_finite"`` (numbers that are infinite or none).
        setting: The setting that the message or the remedy names first, as a keyword argument; None where none is named.
        remedy: What to do about it; None where nothing is known.
        node: The node of a graph of ONNX that is at fault; None where none is.
    """

    kind: str = "usage"
    setting: str | None = None
    remedy: str | None = None
    node: str | None = None

    def __str__(self) -> str:
        message = super().__str__()
        return message if self.remedy is None else f"{message}\nhelp: {self.remedy}"


class SettingError(GatewiseError, ValueError):
    """A setting that does not exist, or that does not fit the others or the data."""


class DataError(GatewiseError, ValueError):
    """Data that nothing can be learned from, or a file that is no model."""

    kind = "data"


class FileError(GatewiseError, OSError):
    """A file that cannot be read or written."""

    kind = "io"


class NotFiniteError(GatewiseError, ArithmeticError):
    """A training whose numbers became infinite, or none."""

    kind = "not_finite"


class GatewiseWarning(UserWarning):
    """Something in the data or the result that is probably not what was meant."""


for _class in (GatewiseError, SettingError, DataError, FileError, NotFiniteError, GatewiseWarning):
    _class.__module__ = "gatewise"
