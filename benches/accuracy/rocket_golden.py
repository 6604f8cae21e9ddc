#!/usr/bin/env python3
"""Writes crates/gatewise-rocket/tests/golden/aeon.json: what aeon's MiniRocket and scikit-learn's RidgeClassifierCV make of small series.

    pip install aeon && python rocket_golden.py

The Rust test takes plan and biases from the file, makes the features itself and regresses the same labels on them.
"""

import json
import pathlib

import numpy as np
from aeon.transformations.collection.convolution_based import MiniRocket
from sklearn.linear_model import RidgeClassifierCV
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).resolve().parents[2] / "crates" / "gatewise-rocket" / "tests" / "golden" / "aeon.json"


def case(channels, length, kernels, classes, weights):
    rng = np.random.default_rng(channels * 100 + length)
    labels = np.arange(15) % classes
    time = np.arange(length)
    clean = np.sin(time * (0.2 + 0.1 * labels[:, None, None]) + rng.uniform(0, 6, (15, channels, 1)))
    series = np.round(clean + 0.4 * rng.normal(size=(15, channels, length)), 2).astype(np.float32)
    transform = MiniRocket(n_kernels=kernels, random_state=1).fit(series)
    count, reads, dilations, counts, biases = transform.parameters
    features = transform.transform(series)
    scaled = StandardScaler(with_mean=False).fit_transform(features)
    by_class = None if weights is None else dict(enumerate(weights))
    ridge = RidgeClassifierCV(alphas=np.logspace(-3, 3, 10), class_weight=by_class).fit(scaled, labels)
    scores = ridge.decision_function(scaled)
    return {
        "channels": channels,
        "dilations": dilations.tolist(),
        "counts": counts.tolist(),
        "reads": [part.tolist() for part in np.split(reads, np.cumsum(count)[:-1])] if channels > 1 else [],
        "biases": [float(f"{bias:.9g}") for bias in biases],
        # Rows of steps, as the library reads them.
        "series": [[float(f"{value:.9g}") for value in item.T.ravel()] for item in series],
        # As whole numbers of places: of the first series each feature, of the others their sum.
        "features": [float(f"{value:.7g}") for value in features[0]],
        "sums": [float(f"{row.sum(dtype=np.float64):.9g}") for row in features],
        "labels": labels.tolist(),
        "weights": weights or [1.0] * classes,
        "alpha": float(ridge.alpha_),
        "scores": [float(f"{value:.6g}") for value in np.column_stack([-scores, scores] if classes == 2 else scores.T).ravel()],
    }


cases = [case(1, 40, 336, 3, None), case(3, 26, 168, 3, [1.0, 2.0, 0.5]), case(1, 12, 84, 2, None)]
OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(OUT, OUT.stat().st_size, "bytes")
