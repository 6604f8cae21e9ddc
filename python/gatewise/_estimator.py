"""What estimators of every task have in common: settings as keyword arguments, what is known after fit, model files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

Self = TypeVar("Self", bound="Estimator")


class Estimator:
    """An estimator with the habits of scikit-learn. Settings are attributes, but those that were left open are none."""

    _settings: ClassVar[dict[str, str]] = {}
    """Names of all settings, with what each is for."""
    _check_settings: ClassVar[Callable[[str], None]]
    """Raises SettingError for a name that is no setting: takes a JSON object."""
    _known: ClassVar[dict[str, str]] = {}
    """What is known after a call, with its name."""

    def _set(self, given: dict[str, Any]) -> None:
        type(self)._check_settings(json.dumps(dict.fromkeys(given)))
        self.__dict__.update(given)

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

    def _fitted(self) -> Any:
        """The engine's model; an error where there is none."""
        raise NotImplementedError
