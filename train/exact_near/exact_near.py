"""Exact and near accuracy, precision, recall and F1 of predicted stars, and their mean absolute error.

stars = evaluate.load("train/exact_near")
stars.compute(predictions=[4, 5, 1], references=[5, 5, 3])
"""

import datasets
import evaluate
import numpy as np
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

DESCRIPTION = (
    "Metrics of predicted stars (1 to 5). Exact: a prediction is right where it is the true number of "
    "stars. Near: also where it is one star off. Precision, recall and F1 are weighted by support. "
    "Near metrics "
    "look at the truth, so chance is high: always 3 stars gives 0.60 on balanced data, a uniform guess 0.52."
)
INPUTS = """
Args:
    predictions: predicted stars, whole numbers from 1 to 5.
    references: true stars, whole numbers from 1 to 5.

Returns:
    exact_accuracy, exact_precision, exact_recall, exact_f1, the same four as near_..., and mae in stars.
"""


@evaluate.utils.file_utils.add_start_docstrings(DESCRIPTION, INPUTS)
class ExactNear(evaluate.Metric):
    """Exact and near metrics of predicted stars."""

    def _info(self):
        whole = datasets.Value("int64")
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="",
            inputs_description=INPUTS,
            features=datasets.Features({"predictions": whole, "references": whole}),
        )

    def _compute(self, predictions, references):
        predicted, true = np.asarray(predictions), np.asarray(references)
        for name, stars in (("predictions", predicted), ("references", true)):
            if ((stars < 1) | (stars > 5)).any():
                raise ValueError(f"Stars go from 1 to 5, and {name} hold others.")
        off = np.abs(predicted - true)
        near = np.where(off <= 1, true, predicted)
        return {**_four("exact", true, predicted), **_four("near", true, near), "mae": float(off.mean())}


def _four(name, true, predicted):
    scores = precision_recall_fscore_support(true, predicted, average="weighted", zero_division=0)
    values = (accuracy_score(true, predicted), *scores[:3])
    keys = ("accuracy", "precision", "recall", "f1")
    return {f"{name}_{key}": float(value) for key, value in zip(keys, values, strict=True)}
