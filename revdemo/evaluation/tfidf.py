"""TF-IDF of words and pairs of words with a logistic regression: the yardstick that reads no context.

scikit-learn takes a second to import, so it is imported where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

NAME = "TF-IDF (1-2 grams) + logistic regression"


def text_classifier(min_df: int = 1, balanced: bool = False, dtype: Any = np.float32) -> Pipeline:
    """An unfitted classifier of texts.

    Args:
        min_df: a word or pair of words counts from so many texts on.
        balanced: every label weighs the same, however rare.
        dtype: of the features.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=min_df, sublinear_tf=True, dtype=dtype)
    return make_pipeline(words, _regression(balanced))


def counts_classifier(balanced: bool = False) -> Pipeline:
    """The same, of counts (n, buckets) by `models.ngrams.count`, which many classifiers may share."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfTransformer(sublinear_tf=True), _regression(balanced))


def _regression(balanced: bool) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(class_weight="balanced" if balanced else None, max_iter=1000)
