"""What estimators of every task have in common: settings as keyword arguments, what is known after fit, model files."""

from __future__ import annotations

import inspect
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from . import _gatewise
from ._weights import floats
from .errors import DataError, GatewiseError, GatewiseWarning, SettingError

# Version of the pickles of estimators.
STATE = 1

Self = TypeVar("Self", bound="Estimator")


class Choice(NamedTuple):
    """A setting that was found out from the data."""

    what: str
    """What was found out, such as ``"season"``."""
    value: str
    """What it was taken to be, with the reason where there is one."""
    setting: str
    """The setting that decides it otherwise, as a keyword argument."""


def signature(settings: Mapping[str, str]) -> inspect.Signature:
    """That of a constructor which takes every setting by its name, for what asks for them."""
    own = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    return inspect.Signature(own + [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in settings])


class Report:
    """The page of a training: the forecast, its errors on rows kept back beside those of simple methods, and every choice.

    A notebook shows it in place; it is one HTML document that loads nothing.
    """

    def __init__(self, html: str) -> None:
        self._html = html

    @property
    def html(self) -> str:
        """The document."""
        return self._html

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the document to a file.

        Raises OSError where the file system refuses.
        """
        Path(path).write_text(self._html, encoding="utf-8")

    def _repr_html_(self) -> str:
        from html import escape

        frame = f'<iframe srcdoc="{escape(self._html, quote=True)}"'
        return f'{frame} style="width: 100%; height: 900px; border: 0" title="Report of a training"></iframe>'

    def __repr__(self) -> str:
        return f"<gatewise.Report of {len(self._html)} characters; save(path) writes it>"


class Estimator:
    """An estimator with the habits of scikit-learn. Settings are attributes, but those that were left open are none."""

    _task: ClassVar[str] = ""
    """The engine's name of the task."""
    _settings: ClassVar[dict[str, str]] = {}
    """Names of all settings, with what each is for."""
    _known: ClassVar[dict[str, str]] = {}
    """What is known after a call, with its name."""
    _settled: ClassVar[str] = "what this model says was settled when it was trained"
    _unfitted: ClassVar[str] = "was not trained yet"
    _how_to_fit: ClassVar[str] = "fit(data)"
    _how_to_report: ClassVar[str] = "report() right after fit, and save(path) of what it gives"

    def _set(self, given: dict[str, Any]) -> None:
        type(self)._check_settings(json.dumps(dict.fromkeys(given)))
        self.__dict__.update(given)

    @classmethod
    def _check_settings(cls, settings: str) -> None:
        """Raises SettingError for a name that is no setting: takes a JSON object."""
        _gatewise._check_settings(cls._task, settings)

    @classmethod
    def settings(cls) -> dict[str, str]:
        """Names of all settings, with what each is for."""
        return dict(cls._settings)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Settings by name; None where one is left open. `deep` changes nothing."""
        return {name: self.__dict__.get(name) for name in self._settings}

    def set_params(self: Self, **params: Any) -> Self:
        """Changes settings, which the next fit is done with.

        Raises SettingError for a setting that does not exist.
        """
        self._set(params)
        return self

    def __getattr__(self, name: str) -> Any:
        if name in type(self)._settings:
            return None
        if name in type(self)._known:
            raise AttributeError(f"{name} is known after {type(self)._known[name]}")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in self.get_params().items() if value is not None)
        return f"{type(self).__name__}({', '.join(given)})"

    def __sklearn_is_fitted__(self) -> bool:
        return "_model" in self.__dict__

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file, beside its place first and then renamed. The command line reads it too.

        Raises FileError where the file system refuses.
        """
        self._fitted().save(os.fspath(path))

    def to_bytes(self) -> bytes:
        """The bytes of the model file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.safetensors"
            self.save(path)
            return path.read_bytes()

    def to_onnx(self, path: str | os.PathLike[str] | None = None) -> bytes:
        """The model as a graph of ONNX, which other programs run: its networks, with the scaling of what they read and the meaning of what they say.
        docs/onnx.md says what goes in and comes out; so does the file.

        Warns where the model's answer is not the network's alone, which the graph then gives.

        Args:
            path: Where the file is written too.

        Returns:
            The bytes of the file.

        Raises:
            DataError: A model without a network.
            FileError: The file system refuses.
        """
        content, notes = self._exported(path, None)
        warn(notes)
        return content

    def _exported(self, path: str | os.PathLike[str] | None, series: str | None) -> tuple[bytes, list[dict[str, str]]]:
        """The bytes of the graph, which stand in a file then where one is named, and what is to be said."""
        exported: tuple[bytes, list[dict[str, str]]] = _gatewise._to_onnx(self.to_bytes(), series, None if path is None else os.fspath(path))
        return exported

    def state_dict(self) -> dict[str, np.ndarray]:
        """Every tensor of the model file under its name there, as ``recurrent.weight_ih_l0``: copies. docs/model-file.md says what each is."""
        file = _gatewise.TensorFile.of_bytes(self.to_bytes())
        return {name: file.tensor(name) for name in file.names()}

    def load_state_dict(self, tensors: Mapping[str, Any]) -> None:
        """Takes over tensors as `state_dict` names them: numpy arrays, or PyTorch tensors on the CPU. Figures of the training stay those of before.

        Raises DataError where one is missing, unknown, of another shape or not finite; nothing is changed then.
        """
        file = _gatewise.TensorFile.of_bytes(self.to_bytes())
        self._take_bytes(file.exchanged([(name, floats(name, tensor)) for name, tensor in tensors.items()]))

    @classmethod
    def load(cls: type[Self], path: str | os.PathLike[str], **settings: Any) -> Self:
        """Reads a model file, or that of a run folder of the command line."""
        raise NotImplementedError

    @classmethod
    def from_bytes(cls: type[Self], content: bytes, **settings: Any) -> Self:
        """A model out of what :meth:`to_bytes` gave; settings as those of :meth:`load`.

        Raises DataError for bytes that are no model, or one of another task.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.safetensors"
            path.write_bytes(content)
            return cls.load(path, **settings)

    def report(self) -> Report:
        """The page of the training, or of the rows that were marked in learning.

        Raises DataError for a model that was read from a file or a pickle, which keep the model alone.
        """
        page = self._fitted().page()
        if page is None:
            error = DataError("there is no report: a file or a pickle keeps the model alone, and a table that was only learned from has none")
            error.remedy = self._how_to_report
            raise error
        return Report(page)

    def _check_reading(self, given: Mapping[str, Any], reading: frozenset[str]) -> None:
        """Raises SettingError for what is no setting of how data are read: what was trained is settled."""
        unknown = sorted(set(given) - reading)
        if unknown:
            type(self)._check_settings(json.dumps(dict.fromkeys(unknown)))
            error = value_error(unknown[0], f"{unknown[0]}: {self._settled}")
            error.remedy = "leave it out, or give it to the constructor and fit anew"
            raise error

    @classmethod
    def _read_model(cls, path: str) -> Any:
        """The engine's model out of a file."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name != "_model"}
        if "_model" in self.__dict__:
            state["_bytes"] = self.to_bytes()
        return {"version": STATE, **state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = of_version(state)
        content = state.pop("_bytes", None)
        self.__dict__.update(state)
        if content is not None:
            self._take_bytes(content)

    def _take_bytes(self, content: bytes) -> None:
        """Becomes the model of a file with these bytes."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.safetensors"
            path.write_bytes(content)
            self._model = self._read_model(str(path))

    def _fitted(self) -> Any:
        """The engine's model; an error where there is none."""
        model = self.__dict__.get("_model")
        if model is None:
            name = type(self).__name__
            error = not_fitted()(f"this {name} {self._unfitted}")
            error.remedy = f"{self._how_to_fit} first, or {name}.load(path)"
            raise error
        return model


def not_fitted() -> type[GatewiseError]:
    """The exception of a model that was not trained; scikit-learn's too where that is in use."""
    sklearn = sys.modules.get("sklearn.exceptions")
    if sklearn is None:
        return GatewiseError
    return type("NotFittedError", (GatewiseError, sklearn.NotFittedError), {"__module__": "gatewise"})


def of_version(state: dict[str, Any]) -> dict[str, Any]:
    """What a pickle holds. Raises DataError where another version wrote it."""
    state = dict(state)
    if state.pop("version", None) != STATE:
        raise DataError("the pickle was written by another version of gatewise; save(path) keeps a model for all of them")
    return state


class Bar:
    """A bar of the training's steps, which also tells a callback of every event."""

    def __init__(self, callback: Callable[[dict[str, Any]], object] | None) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            tqdm = None
        self._tqdm, self._bar, self._callback = tqdm, None, callback

    def __call__(self, event: dict[str, Any]) -> None:
        name = event["event"]
        if self._tqdm is not None and name == "start":
            self.close()
            total = event["steps_per_epoch"] * event["epochs"]
            self._bar = self._tqdm(total=total, initial=event["step"], desc=event["phase"], unit="step")
        elif self._bar is not None and name == "step":
            self._bar.update(event["step"] - self._bar.n)
        elif self._bar is not None and name == "epoch":
            loss = event["train_loss"] if event["valid_loss"] is None else event["valid_loss"]
            self._bar.set_postfix_str(f"loss {loss:.4g}")
        elif name == "stopped":
            self.close()
        if self._callback is not None:
            self._callback(event)

    def close(self) -> None:
        """Ends the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def warn(notes: list[dict[str, str]]) -> None:
    """Issues what warns, as from the line that called the method."""
    for note in notes:
        if note["severity"] == "warning":
            warnings.warn(note["message"], GatewiseWarning, stacklevel=3)


def dumped(settings: Mapping[str, Any]) -> str:
    """Settings as JSON."""
    for name, value in settings.items():
        try:
            json.dumps(value, default=_plain, allow_nan=False)
        except ValueError:
            raise value_error(name, f"{name}={value!r}: a setting is a finite number") from None
    return json.dumps(settings, default=_plain)


def _plain(value: Any) -> Any:
    """A value of numpy or another library as JSON has it."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (np.ndarray, set, frozenset, range)):
        return list(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def value_error(setting: str, message: str) -> GatewiseError:
    error = SettingError(message)
    error.setting = setting
    return error


def _setting_error(setting: str) -> GatewiseError:
    error = value_error(setting, f"{setting}: what this model forecasts was settled when it was trained")
    error.remedy = "leave it out, or give it to the constructor and fit anew"
    return error
