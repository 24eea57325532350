"""How well a strong detector tells generated reviews from real ones: embeddings of a large encoder.

It reads whole real texts of the lengths that the generated ones have, from reviews that no model learned
from, and nothing that it says chooses anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from revdemo import intervals
from revdemo.intervals import SHARE, Rate
from train.likeness import of_like_length

BASE = "all-mpnet-base-v2"
FOLDS = 5
LEAST = 25  # texts of a side; with fewer an area under the curve says nothing


class StrongDetector(NamedTuple):
    """Real texts that may stand beside generated ones, and how texts become vectors.

    real: text, whole reviews and closing sentences of the kind of those that the generator writes.
    """

    real: pd.DataFrame
    embed: Callable[[Sequence[str]], np.ndarray]

    def auc(self, written: Sequence[str], seed: int = 0) -> Rate | None:
        """The area under the ROC curve, from five-fold cross-validation: 0.5 cannot tell, 1 always can.

        None where there are too few texts of either side.
        """
        like = of_like_length(self.real, pd.DataFrame({"text": list(written)}), seed)
        if min(len(written), len(like)) < LEAST:
            return None
        rows = np.concatenate([self.embed(list(written)), self.embed(like["text"].tolist())])
        labels = np.array([1] * len(written) + [0] * len(like))
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
        scores = cross_val_predict(model, rows, labels, cv=folds, method="predict_proba")[:, 1]
        sides = np.flatnonzero(labels), np.flatnonzero(labels == 0)
        return intervals.stratified(
            lambda chosen: roc_auc_score(labels[chosen], scores[chosen]), sides, ranges=SHARE, seed=seed
        )
