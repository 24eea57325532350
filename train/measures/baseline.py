"""TF-IDF and logistic regression: the yardstick of the star classifier, and a judge of another family."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from revdemo.errors import RevdemoError
from revdemo.evaluation.tfidf import text_classifier
from revdemo.reviews import STARS
from train.data.prepared import rows_fingerprint


def read_training_rows(path: Path, config: dict, rated: bool = True) -> pd.DataFrame:
    """The rows the star classifier learned from, as its checkpoint names them.

    rated: only those with stars. It may have learned from others too, by a teacher's answers, of which a
    baseline can make nothing.

    Raises RevdemoError when the checkpoint names none, or others than those in the file.
    """
    expected = config.get("training_rows")
    if not expected:
        raise RevdemoError(
            "The star classifier does not say which rows it learned from, so no baseline can have the same. "
            "Train it with python -m train.stars."
        )
    if not path.exists():
        raise RevdemoError(
            "There are no training rows at {path}: name the file train.stars wrote with --rows.", path=path
        )
    rows = pd.read_parquet(path)
    if rows_fingerprint(rows) != expected:
        raise RevdemoError(
            "{path} does not hold the {n:,} reviews that the star classifier learned from. Name the right "
            "file with --rows.",
            path=path,
            n=expected["n"],
        )
    return rows[rows["stars"] > 0].reset_index(drop=True) if rated else rows


def train(texts: Sequence[str], stars: Sequence[int], min_df: int = 3) -> Pipeline:
    """Fit the baseline; rare stars weigh as much as frequent ones.

    min_df: a word or pair of words counts from so many reviews on.
    """
    missing = sorted(set(STARS) - set(stars))
    if missing:
        raise RevdemoError(
            "The baseline needs reviews of every star; there is none of {star}.", star=missing[0]
        )
    model = text_classifier(min_df, balanced=True)
    try:
        return model.fit(list(texts), np.asarray(stars))
    except ValueError as error:
        raise RevdemoError(
            "The baseline cannot learn from {reviews:,} reviews: {error}", reviews=len(texts), error=error
        ) from error


def predict(model: Pipeline, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Predicted stars (n,) and the probability of each star (n, 5)."""
    probabilities = model.predict_proba(list(texts))
    return model.classes_[probabilities.argmax(axis=1)], probabilities
