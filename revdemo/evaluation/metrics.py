"""Exact and near metrics, ordinal metrics, and calibration.

Everything measured here is a function of sums over rows: of the 5x5 confusion cells, of values and counts,
which is what `revdemo.intervals.bootstrap` draws anew.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from revdemo.evaluation.confusion_matrix import (
    DISTANCE,
    cells,
    checked,
    confusion,
    divided,
    near_confusion,
    scores,
)
from revdemo.intervals import SHARE, Rate, bootstrap, wilson

STAR_RANGES = {"exact": SHARE, "near": SHARE, "mae": (0.0, 4.0), "qwk": (-1.0, 1.0), "ece": SHARE}


def exact_metrics(true: Sequence[int], predicted: Sequence[int]) -> dict[str, float]:
    """Accuracy, and precision, recall and F1 weighted by support."""
    return _floats(scores(confusion(true, predicted)))


def near_metrics(true: Sequence[int], predicted: Sequence[int]) -> dict[str, float]:
    """The same four, when a prediction at most one star off counts as right."""
    return _floats(scores(near_confusion(confusion(true, predicted))))


def mae(true: Sequence[int], predicted: Sequence[int]) -> float:
    """Mean absolute error, in stars."""
    return float(_mae(confusion(true, predicted)))


def qwk(true: Sequence[int], predicted: Sequence[int]) -> float:
    """Cohen's kappa with quadratic weights: 1 is agreement, 0 is chance."""
    return float(_qwk(confusion(true, predicted)))


def ece(probabilities: np.ndarray, true: Sequence[int], bins: int = 15) -> float:
    """Expected calibration error of the predicted star's confidence, in equal-width bins (Guo et al. 2017).

    Args:
        probabilities: (n, 5), one row per review.
    """
    return float(_ece(calibration(probabilities, true, bins).sum(axis=0), len(true)))


def chance() -> dict[str, dict[str, float]]:
    """What no reading at all gives on balanced stars: always 3, and a uniform guess."""
    always = np.zeros((5, 5))
    always[:, 2] = 1
    return {
        name: {
            "exact": float(scores(matrix)["accuracy"]),
            "near": float(scores(near_confusion(matrix))["accuracy"]),
        }
        for name, matrix in {"always_3": always, "uniform": np.ones((5, 5))}.items()
    }


def calibration(probabilities: np.ndarray, true: Sequence[int], bins: int = 15) -> np.ndarray:
    """One row per review (n, bins): hit minus confidence, in the bin of that confidence."""
    probabilities = np.asarray(probabilities, dtype=float)
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) + 1 == checked(true)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return np.eye(bins)[place] * (hit - confidence)[:, None]


def reliability(probabilities: np.ndarray, true: Sequence[int], bins: int = 10) -> list[dict[str, float]]:
    """Mean confidence and accuracy of the reviews in each equal-width bin of confidence that has any."""
    probabilities = np.asarray(probabilities, dtype=float)
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) + 1 == checked(true)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [
        {"confidence": float(confidence[own].mean()), "accuracy": float(hit[own].mean()), "n": int(own.sum())}
        for own in (place == number for number in range(bins))
        if own.any()
    ]


def star_metrics(sums: np.ndarray) -> dict:
    """Every metric of predicted stars, from summed `cells` (..., 25), and calibration if its sums follow."""
    matrix = sums[..., :25].reshape(*sums.shape[:-1], 5, 5)
    metrics = {
        "exact": scores(matrix),
        "near": scores(near_confusion(matrix)),
        "mae": _mae(matrix),
        "qwk": _qwk(matrix),
    }
    if sums.shape[-1] > 25:
        metrics["ece"] = _ece(sums[..., 25:], matrix.sum(axis=(-2, -1)))
    return metrics


def star_report(
    true: Sequence[int],
    predicted: Sequence[int],
    probabilities: np.ndarray | None = None,
    groups: Sequence | None = None,
    seed: int = 0,
) -> dict:
    """Every metric of predicted stars with its interval, n, and the confusion matrix as lists.

    Without probabilities there is no calibration error.
    """
    rows = star_rows(true, predicted, probabilities)
    report = bootstrap(star_metrics, rows, groups, ranges=STAR_RANGES, seed=seed)
    return {"n": len(true), **report, "confusion": confusion(true, predicted).tolist()}


def of_standalone_rows(rates: Mapping[str, Rate], matrix: np.ndarray) -> dict[str, Rate]:
    """The rates of a confusion matrix whose rows stand alone, accuracy with Wilson's interval.

    A bootstrap of a few rows says too little, and of rows that are all right it says nothing.
    """
    return {**rates, "accuracy": wilson(int(np.trace(matrix)), int(np.sum(matrix)))}


def star_rows(
    true: Sequence[int], predicted: Sequence[int], probabilities: np.ndarray | None = None
) -> np.ndarray:
    """What each review adds to the sums that `star_metrics` reads: (n, 25), or (n, 40) with probabilities."""
    if probabilities is None:
        return cells(true, predicted)
    return np.hstack([cells(true, predicted), calibration(probabilities, true)])


def _mae(matrix: np.ndarray) -> np.ndarray:
    return (matrix * DISTANCE).sum(axis=(-2, -1)) / matrix.sum(axis=(-2, -1))


def _qwk(matrix: np.ndarray) -> np.ndarray:
    weight = DISTANCE**2
    total = matrix.sum(axis=(-2, -1))
    by_chance = matrix.sum(axis=-1)[..., :, None] * matrix.sum(axis=-2)[..., None, :]
    expected = (weight * by_chance).sum(axis=(-2, -1)) / total
    return 1 - divided((weight * matrix).sum(axis=(-2, -1)), expected)


def _ece(gaps: np.ndarray, n: np.ndarray | int) -> np.ndarray:
    return np.abs(gaps).sum(axis=-1) / n


def _floats(values: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}
