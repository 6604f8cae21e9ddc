"""Recurrent sequence models (RNN, GRU, LSTM) for the CPU.

`LSTM`, `GRU` and `RNN` are layers on numpy arrays under PyTorch's names; `gatewise.torch` has the same as PyTorch modules. `gatewise.onnx` runs
recurrent networks that other programs have exported.
"""

import os as _os

from . import onnx
from ._estimator import Choice, Report
from ._gatewise import Stream, __version__, get_num_threads, set_num_threads
from ._gatewise import after_fork as _after_fork
from .classify import Classifier, Figures, Regressor
from .detect import Detector, DetectorStream, Scored
from .errors import DataError, FileError, GatewiseError, GatewiseWarning, NotFiniteError, SettingError
from .forecast import Evaluation, Forecaster
from .forecast_stream import ForecasterStream
from .keras import from_keras_weights
from .language import Completion, LanguageModel, Likelihood, Next, TextStream
from .layers import GRU, LSTM, RNN, Gradients

if hasattr(_os, "register_at_fork"):
    # Threads are not copied by a fork: the child starts its own.
    _os.register_at_fork(after_in_child=_after_fork)

__all__ = [
    "Choice", "Classifier", "Completion", "DataError", "Detector", "DetectorStream", "Evaluation", "Figures", "FileError", "Forecaster",
    "ForecasterStream", "GRU", "GatewiseError", "GatewiseWarning", "Gradients", "LSTM", "LanguageModel", "Likelihood", "Next",
    "NotFiniteError", "RNN", "Regressor", "Report", "Scored", "SettingError", "Stream", "TextStream", "__version__", "from_keras_weights",
    "get_num_threads", "onnx", "set_num_threads",
]
