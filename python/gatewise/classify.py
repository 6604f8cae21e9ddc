"""Classes and values of sequences, with the habits of scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from . import _gatewise, _items
from ._estimator import Bar, Choice, Estimator, dumped, signature, warn
from .errors import DataError

__all__ = ["Classifier", "Figures", "Regressor"]

# Names of all settings, with what each is for.
_SETTINGS: dict[str, str] = dict(_gatewise._settings("classify"))
# Settings of how a file or folder is read, which may differ from one to the next.
_READING = frozenset(
    ["label_column", "label_regex", "input_column", "channels", "labels", "cache", "on_error", "time", "na", "delimiter", "id", "impute"]
    + ["memory_limit"]
)
_Self = TypeVar("_Self", bound="_Sequences")


class Figures(dict[str, Any]):
    """How a model did on items whose labels are known.

    Of classes: ``accuracy``, ``f1_macro``, ``loss`` (nats), ``count``, ``labels`` and ``confusion`` (rows are the truth), ``classes`` with
    the figures of each, ``mistakes``, and of two classes ``ranking`` (areas under the curves). Of values: ``mae`` and ``rmse`` in the unit
    of the values, ``r2``, ``count``. The same of the most frequent class, or the mean, stands under ``baseline``.
    """


class _Sequences(Estimator):
    """What classifiers and regressors have in common."""

    _values = False
    _task = "classify"
    _settings = _SETTINGS
    _known = dict.fromkeys(("choices_", "classes_", "metrics_", "notes_", "parts_", "verdict_"), "fit")
    _how_to_fit = "fit(X, y)"

    @classmethod
    def _read_model(cls, path: str) -> Any:
        return _gatewise._Classifier.load(path, cls._values)

    def __init__(self, **settings: Any) -> None:
        self._set(settings)

    __init__.__signature__ = signature(_SETTINGS)  # type: ignore[attr-defined]

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor" if self._values else "classifier",
            target_tags=TargetTags(required=True, multi_output=self._values),
            classifier_tags=None if self._values else ClassifierTags(),
            regressor_tags=RegressorTags() if self._values else None,
            input_tags=InputTags(two_d_array=True, three_d_array=True, string=True),
        )

    def _learn(
        self,
        items: _items.Items,
        labels: Any,
        groups: Any,
        base: str | os.PathLike[str] | None,
        callback: Callable[[dict[str, Any]], object] | None,
        progress: bool,
    ) -> list[dict[str, str]]:
        """Trains, and gives what was noticed."""
        settings = dumped(self.get_params())
        if groups is not None:
            if items.count is None:
                raise DataError("groups stand beside items in memory; the setting group names those of a path")
            groups = [str(group) for group in np.asarray(groups).tolist()]
            if len(groups) != items.count:
                raise DataError(f"X has {items.count} items, groups has {len(groups)}")
        bar = Bar(callback) if progress else None
        title = items.label if items.count is None else f"{items.count} items"
        command = f"{self!r}.fit({items.label}{', y' if labels is not None else ''})"
        try:
            how = (self._values, settings, None if base is None else os.fspath(base))
            fitted = _gatewise._Classifier.fit(items.raw, labels, groups, *how, bar or callback, command, title)
        finally:
            if bar is not None:
                bar.close()
        self._model, details = fitted
        self.choices_ = [Choice(**choice) for choice in details["choices"]]
        self.notes_ = details["notes"]
        self.metrics_ = {part: None if score is None else Figures(score) for part, score in details["score"].items()}
        self.parts_ = {part: np.array(numbers, dtype=np.int64) for part, numbers in details["parts"].items()}
        self.verdict_ = details["verdict"]
        self._score_text = details["score_text"]
        notes: list[dict[str, str]] = details["notes"]
        return notes

    def _reading(self, more: Mapping[str, Any]) -> str:
        """Settings of items that a trained model is used on: what was trained is settled."""
        self._check_reading(more, _READING)
        own = {name: value for name, value in self.get_params().items() if name in _READING - {"labels"}}
        return dumped({**own, "threads": self.threads, **more})

    def _answers(self, X: Any, reading: Mapping[str, Any]) -> tuple[np.ndarray, list[int] | None, list[dict[str, str]]]:
        model = self._fitted()
        answers: tuple[np.ndarray, list[int] | None, list[dict[str, str]]] = model.predict(_items.of(X).raw, self._reading(reading))
        return answers

    def names(self, X: Any, **reading: Any) -> list[str]:
        """Names of items in the order of their answers: paths below a folder, ids or lines of a file, numbers from 0 of items in memory."""
        found: list[str] = self._fitted().names(_items.of(X).raw, self._reading(reading))
        return found

    @classmethod
    def load(cls: type[_Self], path: str | os.PathLike[str], **settings: Any) -> _Self:
        """Reads a model file, or that of a run folder of the command line.

        Labels of a file are texts; those that all are whole numbers come back as such, as do ``True`` and ``False``.

        Args:
            path: The file or folder.
            **settings: How files are read from here on, where that is otherwise than in training, and ``threads``.

        Raises:
            FileError: A file that cannot be read.
            DataError: A file that is damaged, or a model of another task.
        """
        model = cls(**settings)
        model._model = cls._read_model(os.fspath(path))
        model._adopt(None)
        return model

    def _adopt(self, known: _items.Classes | None) -> None:
        """Takes over what the model is called to say."""

    @property
    def model_(self) -> dict[str, Any]:
        """What the model is: its ``config``, how many ``parameters`` its network has, what answers ``beside`` it with which share the
        ``network`` has in the answer, and how its ``items`` were read."""
        about: dict[str, Any] = self._fitted().about()
        return about


class Classifier(_Sequences):
    """Names the class of sequences of numbers, texts, sound and video: a recurrent network, with MiniRocket (of numbers) or n-grams (of
    texts) beside it, weighted by what they say of items that decide when to stop.

    >>> model = Classifier(hidden=32, seed=1).fit(X, y)  # doctest: +SKIP
    >>> model.predict(X_new)  # doctest: +SKIP

    Items are an array of numbers (items, time, channels), or (items, time) of one channel; a list of arrays (time, channels) or (time,)
    whose lengths may differ, also from those learned from; a list or Series of texts; or the path of a file or folder that the command
    line reads, which holds its labels itself. Missing numbers are refused.

    Args:
        **settings: Settings, as flags and keys of ``config.toml``; :meth:`settings` lists them. None leaves one to be found out from the
            items.

    Attributes:
        classes_: The labels, rising, in the dtype of `y`; those of a path are as :meth:`load` gives them.
        choices_: What was found out from the items: a list of :class:`Choice`.
        notes_: What was noticed, a dict each, with ``severity`` (``"note"`` or ``"warning"``) and ``message``. Warnings are also issued as
            :class:`gatewise.GatewiseWarning`.
        metrics_: :class:`Figures` of the items that decided when to stop under ``valid``, and of those held back (``test_share`` and the
            like) under ``test``; None where there are none.
        parts_: Numbers of the items, from 0, that were learned from (``train``), decided when to stop (``valid``) and were held back
            (``test``).
        verdict_: The outcome in a sentence; None where nothing was held back.

    Raises:
        SettingError: For a setting that does not exist, with those whose names are near.
    """

    _estimator_type = "classifier"

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        groups: Any = None,
        base: str | os.PathLike[str] | None = None,
        callback: Callable[[dict[str, Any]], object] | None = None,
        progress: bool = False,
    ) -> Classifier:
        """Trains on items.

        Args:
            X: The items.
            y: Their labels (items,): texts, whole numbers or truth values. None for a path alone, which holds them.
            groups: Those that items belong to (items,), as persons: the items of one stay in one part.
            base: The file or run folder of a model whose weights training begins with: a classifier or regressor, which reads its items
                alike, or of texts a language model. None for weights drawn at random.
            callback: Is told of every event of the training, a dict with its name under ``"event"``: ``phase``, ``start``, ``step``,
                ``epoch``, ``stopped`` and others. What it raises ends the training and comes out of this call.
            progress: Shows a bar where the package tqdm is installed.

        Returns:
            The classifier itself.

        Raises:
            SettingError: A setting that does not fit the others or the items.
            DataError: Items or labels that nothing can be learned from.
            FileError: A path that cannot be read.
            KeyboardInterrupt: After Ctrl-C, at the next step of a training. The classifier stays as it was.
        """
        items = _items.of(X)
        known = None
        if y is not None or items.count is not None:
            known = _items.classes_of(y, items, type(self).__name__, self.normalize_unicode)
        notes = self._learn(items, None if known is None else known.raw, groups, base, callback, progress)
        self._adopt(known)
        warn(notes)
        return self

    def _adopt(self, known: _items.Classes | None) -> None:
        labels = self._model.labels()
        self.classes_ = _items.classes_found(labels) if known is None else known.classes
        names = [str(value) for value in self.classes_.tolist()] if known is None else known.names
        place = {label: at for at, label in enumerate(labels)}
        # Where each class stands in the model's own order, in which numbers are sorted as numbers.
        self._order = np.array([place[self._model.spelled(name)] for name in names], dtype=np.int64)

    def predict(self, X: Any, **reading: Any) -> Any:
        """The most probable class of each item.

        Args:
            X: The items, with as many channels as those learned from; their lengths may differ.
            **reading: Settings of how a path is read, where that is otherwise than in training.

        Returns:
            Labels (items,) in the dtype of :attr:`classes_`; a list of arrays (time,) where every step has a label.

        Raises:
            DataError: Items that the model does not fit.
        """
        answers, steps, notes = self._answers(X, reading)
        warn(notes)
        back = np.argsort(self._order)
        return _by_step(self.classes_[back[answers.argmax(axis=1)]], steps)

    def predict_proba(self, X: Any, **reading: Any) -> Any:
        """The probability of each class, calibrated on the items that decided when to stop.

        Args:
            X: The items, as in :meth:`predict`.
            **reading: Settings of how a path is read.

        Returns:
            32-bit floating-point numbers (items, classes) in the order of :attr:`classes_`; a list of arrays (time, classes) where every
            step has a label.

        Raises:
            DataError: Items that the model does not fit.
        """
        answers, steps, notes = self._answers(X, reading)
        warn(notes)
        return _by_step(np.ascontiguousarray(answers[:, self._order]), steps)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None, **reading: Any) -> float:
        """The share of items that are named right.

        Args:
            X: The items.
            y: Their labels (items,); None for a path, which holds them.
            sample_weight: What each item counts for (items,); None for 1.
            **reading: Settings of how a path is read.

        Returns:
            The accuracy, from 0 to 1.

        Raises:
            DataError: Items that the model does not fit, or as many labels as there are no items.
        """
        if y is None:
            return float(self.evaluate(X, **reading)["accuracy"])
        truth = np.asarray(y).reshape(-1)
        said = self.predict(X, **reading)
        if len(said) != len(truth):
            raise DataError(f"X has {len(said)} items, y has {len(truth)} labels")
        # By name: labels of a model file were texts.
        right = [_items._name(one) == _items._name(other) for one, other in zip(said, truth)]
        return float(np.average(right, weights=sample_weight))

    def evaluate(self, X: Any, y: Any = None, **reading: Any) -> Figures:
        """Holds answers against labels, beside the most frequent class of the training.

        Args:
            X: The items.
            y: Their labels (items,); None for a path, which holds them. Labels that the model does not have are left out, with a warning.
            **reading: Settings of how a path is read.

        Returns:
            The figures.

        Raises:
            DataError: Items that the model does not fit, and labels none of which it knows.
        """
        model, items, labels = self._fitted(), _items.of(X), None
        if y is not None or items.count is not None:
            array = np.asarray(y)
            if y is None or array.ndim != 1 or len(array) != items.count:
                raise DataError(f"X has {items.count} items, y has the shape {array.shape}: a label an item is needed")
            classes, codes = np.unique(array, return_inverse=True)
            labels = ([_items._name(value) for value in classes.tolist()], codes.tolist())
        figures, notes = model.evaluate(items.raw, labels, self._reading(reading))
        warn(notes)
        return Figures(figures)


class Regressor(_Sequences):
    """Predicts values of sequences of numbers, texts, sound and video, as :class:`Classifier` names their classes; items are the same.

    >>> model = Regressor(seed=1).fit(X, y)  # doctest: +SKIP
    >>> model.predict(X_new)  # doctest: +SKIP

    Args:
        **settings: Settings, as flags and keys of ``config.toml``; :meth:`settings` lists them. None leaves one to be found out from the
            items.

    Attributes:
        choices_, notes_, metrics_, parts_, verdict_: As those of :class:`Classifier`.

    Raises:
        SettingError: For a setting that does not exist, with those whose names are near.
    """

    _estimator_type = "regressor"
    _values = True

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        groups: Any = None,
        base: str | os.PathLike[str] | None = None,
        callback: Callable[[dict[str, Any]], object] | None = None,
        progress: bool = False,
    ) -> Regressor:
        """Trains on items.

        Args:
            X: The items.
            y: Their values (items,), or (items, targets) of several. None for a path alone, which holds them.
            groups: Those that items belong to (items,), as persons: the items of one stay in one part.
            base: The file or run folder of a model whose weights training begins with: a classifier or regressor, which reads its items
                alike, or of texts a language model. None for weights drawn at random.
            callback: Is told of every event of the training, as that of :meth:`Classifier.fit`.
            progress: Shows a bar where the package tqdm is installed.

        Returns:
            The regressor itself.

        Raises:
            SettingError: A setting that does not fit the others or the items.
            DataError: Items or values that nothing can be learned from.
            FileError: A path that cannot be read.
            KeyboardInterrupt: After Ctrl-C, at the next step of a training. The regressor stays as it was.
        """
        items, labels = _items.of(X), None
        if y is not None or items.count is not None:
            values, names = _items.values_of(y, items, type(self).__name__)
            _items.several(items)
            labels = (names, values)
        notes = self._learn(items, labels, groups, base, callback, progress)
        warn(notes)
        return self

    @property
    def targets_(self) -> list[str]:
        """Names of several values; empty of one."""
        names: list[str] = self._fitted().targets()
        return names

    def predict(self, X: Any, **reading: Any) -> np.ndarray:
        """The value of each item.

        Args:
            X: The items, with as many channels as those learned from; their lengths may differ.
            **reading: Settings of how a path is read, where that is otherwise than in training.

        Returns:
            64-bit floating-point numbers (items,), or (items, targets) of several, in the unit of what was learned from.

        Raises:
            DataError: Items that the model does not fit.
        """
        answers, _, notes = self._answers(X, reading)
        warn(notes)
        return answers if self._model.targets() else answers[:, 0]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None, **reading: Any) -> float:
        """The share of the variance that is explained: R², 1 at best and 0 where the mean is as good; the mean over several targets.

        Args:
            X: The items.
            y: Their values (items,) or (items, targets); None for a path, which holds them.
            sample_weight: What each item counts for (items,); None for 1.
            **reading: Settings of how a path is read.

        Returns:
            R².

        Raises:
            DataError: Items that the model does not fit, or values of another shape than the answers.
        """
        if y is None:
            figures = self.evaluate(X, **reading)
            each = [figures] if "r2" in figures else list(figures["targets"].values())
            return float(np.mean([np.nan if one["r2"] is None else one["r2"] for one in each]))
        said = self.predict(X, **reading)
        said = said.reshape(len(said), -1)
        truth = np.asarray(y, dtype=np.float64)
        if truth.shape[:1] != said.shape[:1] or truth.size != said.size:
            raise DataError(f"X has {said.shape[0]} items of {said.shape[1]} values, y has the shape {truth.shape}")
        truth = truth.reshape(said.shape)
        weights = np.ones(len(said)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        wrong = weights @ (truth - said) ** 2
        spread = weights @ (truth - np.average(truth, axis=0, weights=weights)) ** 2
        constant = spread == 0
        shares = np.where(constant, np.where(wrong == 0, 1.0, 0.0), 1 - wrong / np.where(constant, 1, spread))
        return float(shares.mean())

    def evaluate(self, X: Any, y: Any = None, **reading: Any) -> Figures:
        """Holds predictions against values, beside the mean of the training.

        Args:
            X: The items.
            y: Their values (items,) or (items, targets); None for a path, which holds them.
            **reading: Settings of how a path is read.

        Returns:
            The figures.

        Raises:
            DataError: Items or values that the model does not fit.
        """
        model, items, labels = self._fitted(), _items.of(X), None
        if y is not None or items.count is not None:
            values, names = _items.values_of(y, items, type(self).__name__)
            labels = (model.targets() if len(model.targets()) == values.shape[1] else names, values)
        figures, notes = model.evaluate(items.raw, labels, self._reading(reading))
        warn(notes)
        return Figures(figures)


def _by_step(rows: np.ndarray, steps: list[int] | None) -> Any:
    """Rows of answers by item where every step has one."""
    return rows if steps is None else np.split(rows, np.cumsum(steps)[:-1])
