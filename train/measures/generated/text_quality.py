"""Diversity, copies, length and detectability of generated texts, beside real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from revdemo import intervals
from revdemo.evaluation.tfidf import text_classifier
from revdemo.generation.copies import NearDuplicates, distinct, same_words, self_bleu
from revdemo.intervals import SHARE, Rate, share
from train.measures.generated.originality import LONG


def text_quality(
    texts: list[str],
    real: list[str],
    longest: Callable[[Sequence[str]], Sequence[int]],
    seed: int = 0,
) -> dict:
    """Diversity, duplicates, length, copied runs and how easily a detector tells, beside real reviews.

    All of these change with the length of a text, so a real review is cut to the words of the generated one
    beside it, the long beside the long; its length is told uncut.
    """
    drawn = pd.Series(real).sample(min(len(texts), len(real)), random_state=seed).tolist()
    pairs = zip(
        sorted(texts, key=_length, reverse=True), sorted(drawn, key=_length, reverse=True), strict=False
    )
    cut = [" ".join(other.split()[: _length(text)]) for text, other in pairs]
    exact = share(pd.Series([same_words(text) for text in texts]).duplicated())
    ours, theirs = _quality(texts, texts, longest, seed), _quality(cut, drawn, longest, seed)
    copies = ours.pop("longest_copy") | {"real": theirs.pop("longest_copy")}
    return {
        **ours,
        "duplicates": exact,
        "near_duplicates": share(_near_duplicates(texts)),
        "longest_copy": copies,
        "detector_auc": detector_auc(texts, cut, seed),
        "real": {"n": len(drawn), **theirs},
    }


def _quality(texts: list[str], uncut: list[str], longest, seed: int) -> dict:
    runs = pd.Series(longest(texts))
    return {
        "distinct1": distinct(texts, 1),
        "distinct2": distinct(texts, 2),
        "self_bleu": self_bleu(texts, seed=seed),
        "length": intervals.mean([_length(text) for text in uncut], seed=seed),
        "longest_copy": {
            "longest": int(runs.max()),
            "mean": float(runs.mean()),
            f"share_{LONG}": share(runs >= LONG),
        },
    }


def _near_duplicates(texts: Iterable[str]) -> pd.Series:
    """Which texts are exact or near duplicates of one before them."""
    seen = NearDuplicates()
    return pd.Series([seen.add_or_find(text) is not None for text in texts])


def detector_auc(written: Sequence[str], real: Sequence[str], seed: int = 0) -> Rate:
    """How well TF-IDF + logistic regression tells generated from real: 0.5 is not at all, 1 is always.

    The area under the ROC curve of scores from five-fold cross-validation, with its interval.
    """
    labels = np.array([1] * len(written) + [0] * len(real))
    model = text_classifier(dtype=np.float64)
    folds = StratifiedKFold(min(5, np.bincount(labels).min()), shuffle=True, random_state=seed)
    scores = cross_val_predict(model, [*written, *real], labels, cv=folds, method="predict_proba")[:, 1]
    sides = np.flatnonzero(labels), np.flatnonzero(labels == 0)
    return intervals.stratified(
        lambda rows: roc_auc_score(labels[rows], scores[rows]), sides, ranges=SHARE, seed=seed
    )


def _length(text: str) -> int:
    return len(text.split())
