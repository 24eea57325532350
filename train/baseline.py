"""TF-IDF and logistic regression: the yardstick of the star classifier, and a judge of another family."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from revdemo.errors import RevdemoError
from revdemo.reviews import STARS

NAME = "TF-IDF (1-2 grams) + logistic regression"


def vectorizer(min_df: int = 3) -> TfidfVectorizer:
    """TF-IDF of single words and pairs; one counts from `min_df` reviews on."""
    return TfidfVectorizer(ngram_range=(1, 2), min_df=min_df, sublinear_tf=True, dtype=np.float32)


def train(texts: Sequence[str], stars: Sequence[int], min_df: int = 3) -> Pipeline:
    """Fit the baseline; rare stars weigh as much as frequent ones.

    min_df: a word or pair of words counts from so many reviews on.
    """
    missing = sorted(set(STARS) - set(stars))
    if missing:
        raise RevdemoError(f"The baseline needs reviews of every star; there is none of {missing[0]}.")
    model = make_pipeline(vectorizer(min_df), LogisticRegression(class_weight="balanced", max_iter=1000))
    try:
        return model.fit(list(texts), np.asarray(stars))
    except ValueError as error:
        raise RevdemoError(f"The baseline cannot learn from {len(texts):,} reviews: {error}") from error


def predict(model: Pipeline, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Predicted stars (n,) and the probability of each star (n, 5)."""
    probabilities = model.predict_proba(list(texts))
    return model.classes_[probabilities.argmax(axis=1)], probabilities
