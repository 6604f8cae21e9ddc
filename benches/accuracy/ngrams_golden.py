#!/usr/bin/env python3
"""Writes crates/gatewise-ngrams/tests/golden/scikit-learn.json: what scikit-learn's TfidfVectorizer and LogisticRegression make of small texts.

    pip install scikit-learn && python ngrams_golden.py

The Rust test makes the rows of the same texts, learns the same labels and is held against sums of the rows' values and the scores of new texts.
"""

import json
import pathlib

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

OUT = pathlib.Path(__file__).resolve().parents[2] / "crates" / "gatewise-ngrams" / "tests" / "golden" / "scikit-learn.json"
WORDS = ["영화", "정말", "좋다", "싫다", "good", "Bad", "İstanbul", "x", "12", "👩‍👧"]


def grams(text):
    """Runs of one to four characters, but for a blank alone."""
    text = " " + "".join(word + " " for word in "".join(c.lower() for c in text).split())
    runs = (text[k : k + n] for n in range(1, 5) for k in range(len(text) - n + 1))
    return [run for run in runs if run != " "]


def case(classes, weights, penalty, seed):
    rng = np.random.default_rng(seed)
    draw = lambda: " ".join(rng.choice(WORDS, rng.integers(1, 7)))
    texts, new = [draw() for _ in range(40)], [draw() for _ in range(8)] + ["", "알려지지 않은"]
    labels = [(2 * ("좋다" in text) + ("good" in text) + int(rng.integers(2))) % classes for text in texts]
    vectors = TfidfVectorizer(analyzer=grams, lowercase=False, min_df=2, sublinear_tf=True)
    rows = vectors.fit_transform(texts)
    scores = []
    for held in [1] if classes == 2 else range(classes):
        truth = np.array(labels) == held
        weight = np.array([weights[label] for label in labels])
        model = LogisticRegression(C=penalty, solver="liblinear", tol=1e-10, max_iter=100_000)
        scores.append(model.fit(rows, truth, weight).decision_function(vectors.transform(new)).tolist())
    return {
        "classes": classes, "weights": weights, "c": penalty, "texts": texts, "labels": labels, "new": new, "scores": scores,
        "features": rows.shape[1], "sums": np.asarray(rows.sum(1)).ravel().tolist(), "new_sums": np.asarray(vectors.transform(new).sum(1)).ravel().tolist(),
    }  # fmt: skip


OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps([case(2, [1.0, 1.0], 10.0, 1), case(3, [1.0, 2.0, 0.5], 3.0, 2)], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
