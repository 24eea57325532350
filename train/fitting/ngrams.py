"""Fit the linear model of words and pairs of words that stands beside a classifier's transformer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from revdemo.models.ngrams import NgramModel, count, features, lengths, weigh

STRENGTH = 2.0  # of the data against the penalty on the weights, as C of scikit-learn's LogisticRegression
ITERATIONS = 60


def fit(texts: Sequence[str], wanted: np.ndarray, buckets: int) -> NgramModel:
    """Fit by the loss that the transformer has, with a penalty on the squared weights.

    Args:
        wanted: (texts, labels), of train.stars.targets: what the model is to say, times the text's weight;
            -1 marks a label that the text says nothing about.
        buckets: of the hashed n-grams.
    """
    counts = count(texts, buckets)
    idf = _idf(counts, len(texts))
    usual = float(np.median(lengths(weigh(counts, idf))))
    rows = features(counts, idf, usual).astype(np.float32)
    silent, wanted = wanted < 0, wanted.clip(min=0).astype(np.float32)
    weight = wanted.sum(axis=1, keepdims=True)
    labels, n = wanted.shape[1], len(texts)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        """The mean loss and its gradient, for weights and, in the last row, biases."""
        own = flat.reshape(-1, labels).astype(np.float32)
        scores = rows @ own[:-1] + own[-1]
        scores[silent] = -1e4
        logs = log_softmax(scores, axis=1)
        error = (np.exp(logs) * weight - wanted) / n
        slope = np.vstack([rows.T @ error + own[:-1] / (STRENGTH * n), error.sum(axis=0)])
        value = -(wanted * logs).sum() / n + (own[:-1] ** 2).sum() / (2 * STRENGTH * n)
        return float(value), slope.ravel().astype(np.float64)

    found = minimize(
        loss, np.zeros((buckets + 1) * labels), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}
    )
    # The bias is left out: calibration fits one for the whole classifier.
    return NgramModel(idf, found.x.reshape(-1, labels)[:-1], usual)


def _idf(counts, n: int) -> np.ndarray:
    """Smoothed inverse document frequencies; a bucket that only one text uses counts for nothing."""
    used = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.where(used > 1, np.log((1 + n) / (1 + used)) + 1, 0).astype(np.float32)
