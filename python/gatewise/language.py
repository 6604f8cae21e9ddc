"""Language models of texts, with the habits of scikit-learn."""

from __future__ import annotations

import datetime
import operator
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import numpy as np

from . import _gatewise, _texts
from ._estimator import Bar, Choice, Estimator, dumped, signature, value_error, warn

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Completion", "LanguageModel", "Likelihood", "Next", "TextStream"]

# Names of all settings, with what each is for.
_SETTINGS: dict[str, str] = dict(_gatewise._settings("language"))


class Adapting(TypedDict, total=False):
    """How a model learns from what it reads."""

    adapt: bool
    adapt_rate: float | None
    adapt_decay: float | None
    adapt_window: int | None
    cache: int | None


class Running(TypedDict, total=False):
    """How weights are held, and on what is computed."""

    precision: str | None
    threads: int | None


class Scoring(Adapting, Running, total=False):
    """How texts are scored."""

    each_line: bool


class Decoding(Adapting, Running, total=False):
    """How a text is written."""

    length: int | None
    stop: str | list[str] | None
    count: int | None
    temperature: float | None
    top_k: int | None
    top_p: float | None
    min_p: float | None
    repetition_penalty: float | None
    repetition_memory: int | None
    seed: int | None
    beams: int | None
    length_penalty: float | None
    strict: bool
    no_prompt: bool
    save_state: str | os.PathLike[str] | None
    load_state: str | os.PathLike[str] | None


class Likelihood(dict[str, Any]):
    """How probable texts are: ``nats`` (of a symbol), ``perplexity`` and ``symbols``; whatever the symbols are, ``bits_per_char``,
    ``bits_per_byte`` and ``perplexity_per_token`` with ``characters``, ``bytes`` and ``tokens``, in which ``unknown_nats`` are what it costs
    to spell symbols that the model does not know.

    Of the text held back, and of :meth:`LanguageModel.evaluate`, the nats of methods that count stand under ``baseline``, and the name of
    the best of them under ``best_baseline``. Of :meth:`LanguageModel.likelihood` the least likely places stand under ``unlikely``.
    """


class Next(NamedTuple):
    """A symbol that may come next."""

    symbol: str
    """The symbol, as it is shown."""
    probability: float
    """Its probability, from 0 to 1."""


class Completion(str):
    """A text that a model wrote, with its prompt."""

    reason: str
    """Why it ended: ``"length"`` or ``"stop"``."""
    stop: str | None
    """The string that it ended before, which is no part of it; None where the length ended it."""
    symbols: int
    """Symbols that were written."""
    log_probability: float | None
    """Sum of the logarithms of their probabilities in nats, of a text that ``beams`` found; else None."""
    score: float | None
    """That sum by the length, which the texts found are held against each other by; else None."""

    @classmethod
    def _of(cls, written: tuple[Any, ...]) -> Completion:
        text = cls(written[0])
        text.reason, text.stop, text.symbols, text.log_probability, text.score = written[1:]
        return text


class TextStream(Iterator[str]):
    """A text that is told as it is made: an iterator over pieces of whole graphemes, as readers count characters."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __next__(self) -> str:
        piece: str | None = self._stream.next()
        if piece is None:
            raise StopIteration
        return piece

    @property
    def completion(self) -> Completion | None:
        """The whole text; None before its end."""
        written = self._stream.written()
        return None if written is None else Completion._of(written)


class LanguageModel(Estimator):
    """Predicts the next symbol of a text: a character, byte, word, piece of a word or letter of Hangul. It writes, says how probable a text
    is, and what may come next.

    >>> model = LanguageModel(unit="char").fit(pathlib.Path("novel.txt"))  # doctest: +SKIP
    >>> model.generate("나는", length=200, temperature=0.7)  # doctest: +SKIP

    A text is a ``str``; a path of pathlib, of a UTF-8 file or of a folder with such files; a list of such paths; or an iterable of texts,
    such as a list or a column of pandas, polars or pyarrow, which are taken as files of a folder are: one after the other, with a line end
    between them.

    Args:
        **settings: Settings, as flags and keys of ``config.toml``; :meth:`settings` lists them. None leaves one to be found out from the
            text.

    Attributes:
        choices_: What was found out from the text: a list of :class:`Choice`.
        notes_: What was noticed, a dict each, with ``severity`` (``"note"`` or ``"warning"``) and ``message``. Warnings are also issued as
            :class:`gatewise.GatewiseWarning`.
        metrics_: :class:`Likelihood` of the end of the text, which nothing was learned from; None where nothing was held back.
        verdict_: The outcome in a sentence.

    Raises:
        SettingError: For a setting that does not exist, with those whose names are near.
    """

    _task = "language"
    _settings = _SETTINGS
    _known = dict.fromkeys(("choices_", "metrics_", "model_", "notes_", "unit_", "verdict_", "vocabulary_"), "fit")
    _how_to_fit = "fit(text)"

    @classmethod
    def _read_model(cls, path: str) -> Any:
        return _gatewise._LanguageModel.load(path)

    def __init__(self, **settings: Any) -> None:
        self._set(settings)

    __init__.__signature__ = signature(_SETTINGS)  # type: ignore[attr-defined]

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
        )

    def fit(
        self,
        text: Any,
        y: Any = None,
        *,
        base: str | os.PathLike[str] | None = None,
        callback: Callable[[dict[str, Any]], object] | None = None,
        progress: bool = False,
    ) -> LanguageModel:
        """Trains on a text. Its end is held back, to say how well the model predicts what it never saw.

        Args:
            text: The text.
            y: Nothing; scikit-learn gives it.
            base: The file or run folder of a language model whose weights and symbols training begins with; symbols that it lacks are
                added. None for weights drawn at random.
            callback: Is told of every event of the training, a dict with its name under ``"event"``: ``phase``, ``start``, ``step``,
                ``epoch``, ``sample`` (what the model writes by then), ``stopped`` and others. What it raises ends the training and comes
                out of this call.
            progress: Shows a bar where the package tqdm is installed.

        Returns:
            The model itself.

        Raises:
            SettingError: A setting that does not fit the others or the text.
            DataError: A text that nothing can be learned from, or that is not UTF-8.
            FileError: A path that cannot be read.
            KeyboardInterrupt: After Ctrl-C. The model stays as it was.
        """
        texts = _texts.of(text, learned=True)
        bar = Bar(callback) if progress else None
        created = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        how = (dumped(self.get_params()), None if base is None else os.fspath(base))
        try:
            fitted = _gatewise._LanguageModel.fit(texts.raw, *how, bar or callback, f"{self!r}.fit({texts.label})", created)
        finally:
            if bar is not None:
                bar.close()
        self._model, details = fitted
        self.choices_ = [Choice(**choice) for choice in details["choices"]]
        self.notes_ = details["notes"]
        self.metrics_ = None if details["metrics"] is None else Likelihood(details["metrics"])
        self.verdict_ = details["verdict"]
        warn(self.notes_)
        return self

    def generate(self, prompt: str = "", **how: Unpack[Decoding]) -> Any:
        """Writes a text, or several.

        A symbol is drawn by ``repetition_penalty``, ``temperature``, ``top_k``, ``top_p`` and ``min_p``, in this order.

        Args:
            prompt: What the text begins with.
            length: Symbols to write; 500 where None.
            stop: A string or several: the text ends before the first of them.
            count: Texts to write at once, each with random numbers of its own; with `beams` the likeliest ones.
            temperature: Below 1 likely symbols gain, above 1 unlikely ones; 0 always takes the likeliest. 0.8 where None.
            top_k: Draws from so many likeliest symbols; 0 for all.
            top_p: Draws from the likeliest symbols that together have this probability.
            min_p: Draws from symbols at least so many times as probable as the likeliest.
            repetition_penalty: Above 1 the last `repetition_memory` symbols become unlikelier; that number is 64 where None.
            seed: The same seed gives the same text; 1 where None.
            beams: Draws nothing: keeps so many likeliest texts at every symbol, and gives the best at the end. `length_penalty` compares
                texts of different lengths: 0 favours short ones, 1 is the mean of a symbol.
            adapt: Learns from the prompt first, by steps of the weights (`adapt_rate`, `adapt_decay`, `adapt_window`) and a cache of
                `cache` symbols. The model stays as it was.
            strict: Refuses a prompt with symbols that the model does not know, instead of leaving them out.
            no_prompt: Gives what is written without the prompt before it.
            save_state, load_state: A file that keeps where the text stands at its end, and one that it goes on from.
            precision: How weights are held: ``"f32"``, ``"bf16"`` or ``"int8"``.
            threads: Threads; one where None.

        Returns:
            A :class:`Completion`, which is a str; a list of them where `count` is given.

        Raises:
            SettingError: A setting that does not exist, or does not fit the others.
            DataError: A prompt of which the model knows nothing.
        """
        several = how.get("count") is not None
        written, notes = self._fitted().generate(_texts.prompt(prompt), dumped(how))
        warn(notes)
        texts = [Completion._of(one) for one in written]
        return texts if several else texts[0]

    def stream(self, prompt: str = "", **how: Unpack[Decoding]) -> TextStream:
        """Writes a text piece by piece, as it is made, with a copy of the model.

        >>> for piece in model.stream("나는"):  # doctest: +SKIP
        ...     print(piece, end="", flush=True)

        Args:
            prompt: What the text begins with.
            **how: As those of :meth:`generate`, but for `count` and `beams`.

        Returns:
            An iterator over pieces, which together are the text that :meth:`generate` gives.

        Raises:
            SettingError: A setting that does not exist, or does not fit the others.
            DataError: A prompt of which the model knows nothing.
        """
        stream, notes = self._fitted().stream(_texts.prompt(prompt), dumped(how))
        warn(notes)
        return TextStream(stream)

    def predict(self, text: Any, k: int = 10, **how: Unpack[Running]) -> list[Next]:
        """The `k` symbols that are the likeliest behind the end of a text.

        Args:
            text: The text.
            k: Symbols to give.
            **how: `precision` and `threads`.

        Returns:
            The symbols with their probabilities, the likeliest first.

        Raises:
            SettingError: A `k` below 1.
            DataError: A text of which the model knows nothing.
        """
        most = operator.index(k)
        if most < 1:
            raise value_error("k", f"k={k}: at least one symbol is given")
        likeliest, notes = self._fitted().predict(_texts.of(text).raw, most, self._how(how))
        warn(notes)
        return [Next(*one) for one in likeliest]

    def predict_proba(self, text: Any, **how: Unpack[Running]) -> np.ndarray:
        """The probability of every symbol to come behind the end of a text.

        Args:
            text: The text.
            **how: `precision` and `threads`.

        Returns:
            64-bit floating-point numbers (symbols,) in the order of :attr:`vocabulary_`.

        Raises:
            DataError: A text of which the model knows nothing.
        """
        probabilities, notes = self._fitted().predict_proba(_texts.of(text).raw, self._how(how))
        warn(notes)
        found: np.ndarray = probabilities
        return found

    def score(self, text: Any, y: Any = None, **how: Unpack[Scoring]) -> float:
        """How probable texts are: minus the bits of a character, so that more is better and models of all units compare.

        Args:
            text: The texts, each of which is read from a start of its own.
            y: Nothing; scikit-learn gives it.
            **how: As those of :meth:`likelihood`.

        Returns:
            log₂ of the probability of a character, in the mean; NaN where no character is predicted in full.

        Raises:
            DataError: Texts of fewer than two symbols that the model knows.
        """
        figures, notes = self._fitted().likelihood(_texts.of(text).raw, self._how({**how, "worst": 0}))
        warn(notes)
        bits = figures["bits_per_char"]
        return float("nan") if bits is None else -float(bits)

    def likelihood(self, text: Any, worst: int = 5, **how: Unpack[Scoring]) -> Likelihood:
        """How probable texts are, and where they are least expected.

        Args:
            text: The texts, each of which is read from a start of its own.
            worst: Least likely places that are listed under ``unlikely``, a dict each: ``file``, ``line``, ``column``, ``symbol``, ``nats``
                and what stands ``before`` and ``behind``.
            each_line: Reads every line as a text of its own.
            adapt: Learns from each text while reading it, after each symbol is predicted, by steps of the weights (`adapt_rate`,
                `adapt_decay`, `adapt_window`) and a cache of `cache` symbols. The model stays as it was.
            precision: How weights are held: ``"f32"``, ``"bf16"`` or ``"int8"``.
            threads: Threads.

        Returns:
            The figures of all texts together.

        Raises:
            SettingError: A setting that does not exist, or does not fit the others.
            DataError: Texts of fewer than two symbols that the model knows.
        """
        figures, notes = self._fitted().likelihood(_texts.of(text).raw, self._how({**how, "worst": worst}))
        warn(notes)
        return Likelihood(figures)

    def surprise(self, text: Any, **how: Unpack[Scoring]) -> Any:
        """How unexpected every symbol is, but the first of each text, which nothing stands before.

        Args:
            text: The texts, each of which is read from a start of its own.
            **how: As those of :meth:`likelihood`.

        Returns:
            A row a symbol: ``text`` (its number from 0; of paths and lines their name), ``position`` (of the symbol in the text, from 0),
            ``symbol``, ``nats`` (−ln of its probability), ``start`` and ``end`` (the characters of the text in its normal spelling that it
            stands for). A table of the library that the texts are a column of, else a dict of arrays.

        Raises:
            SettingError: A setting that does not exist, or does not fit the others.
            DataError: Texts of fewer than two symbols that the model knows.
        """
        texts = _texts.of(text)
        found, notes = self._fitted().surprises(texts.raw, self._how(how))
        warn(notes)
        which = found["text"]
        if texts.raw[0] or how.get("each_line"):
            # Rows stand text by text.
            lengths = np.unique(which, return_counts=True)[1]
            which = np.repeat(np.array(found["names"], dtype=object), lengths)
        symbols = np.array(self.vocabulary_, dtype=object)[found["symbol"]]
        columns = {"text": which, "position": found["position"], "symbol": symbols, "nats": found["nats"]}
        return _texts.frame(texts, {**columns, "start": found["start"], "end": found["end"]})

    def evaluate(self, text: Any, **how: Unpack[Running]) -> Likelihood:
        """How well a text is predicted, beside methods that count: frequencies, pairs, n-grams with Kneser-Ney smoothing and PPM, which learn
        from this text as they read it.

        Args:
            text: The text; of several, one goes on where the one before it ended.
            **how: `precision` and `threads`.

        Returns:
            The figures; ``unknown`` is the share of symbols that the model does not know.

        Raises:
            DataError: A text of which the model knows nothing.
        """
        figures, notes = self._fitted().evaluate(_texts.of(text).raw, self._how(how))
        warn(notes)
        return Likelihood(figures)

    def features(self, text: Any, pool: str = "last", *, each_line: bool = False, **how: Unpack[Running]) -> Any:
        """What the network has learned to extract: the states of its last layer.

        Args:
            text: The texts, each of which is read from a start of its own.
            pool: ``"last"`` for the state behind the last symbol, ``"mean"`` for the mean over symbols, ``"none"`` for that behind each.
            each_line: Reads every line as a text of its own.
            **how: `precision` and `threads`.

        Returns:
            32-bit floating-point numbers (texts, features); a list of arrays (symbols, features) without pooling.

        Raises:
            DataError: A text of which the model knows nothing.
        """
        settings = self._how({**how, "pool": pool, "each_line": each_line})
        values, rows, notes = self._fitted().features(_texts.of(text).raw, settings)
        warn(notes)
        return values if rows is None else np.split(values, np.cumsum(rows)[:-1])

    def _how(self, how: Any) -> str:
        """Settings of a call, on the threads of the model where it names none."""
        return dumped({"threads": self.threads, **how})

    @classmethod
    def load(cls, path: str | os.PathLike[str], **settings: Any) -> LanguageModel:
        """Reads a model file, or that of a run folder of the command line.

        Args:
            path: The file or folder.
            **settings: Settings that a later fit is done with, and ``threads``.

        Raises:
            FileError: A file that cannot be read.
            DataError: A file that is damaged, or a model of another task.
        """
        model = cls(**settings)
        model._model = cls._read_model(os.fspath(path))
        return model

    @property
    def vocabulary_(self) -> list[str]:
        """The symbols as they are shown, in the order of their numbers."""
        symbols: list[str] = self._fitted().vocabulary()
        return symbols

    @property
    def unit_(self) -> str:
        """What a symbol is: ``"char"``, ``"byte"``, ``"word"``, ``"token"``, ``"sub-word"``, ``"unigram"`` or ``"jamo"``."""
        unit: str = self._fitted().about()["unit"]
        return unit

    @property
    def model_(self) -> dict[str, Any]:
        """What the model is: its ``config``, how many ``parameters`` and ``symbols`` it has, its ``unit``, and the spelling of characters
        (``normalize_unicode``)."""
        about: dict[str, Any] = self._fitted().about()
        return about
