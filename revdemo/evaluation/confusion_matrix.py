"""Confusion matrices of stars and of polarity, and the scores that are read from them."""

from collections.abc import Sequence

import numpy as np

from revdemo.errors import RevdemoError

Stars = Sequence[int] | np.ndarray
DISTANCE = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))


def near_predictions(true: Stars, predicted: Stars) -> np.ndarray:
    """Predicted stars, counted as the true ones where they are at most one star away."""
    asked, given = checked(true), checked(predicted)
    return np.where(np.abs(given - asked) <= 1, asked, given)


def confusion(true: Stars, predicted: Stars) -> np.ndarray:
    """Counts, 5x5 in star order: a row for each true (or requested) star, a column for each predicted one."""
    return cells(true, predicted).sum(axis=0).reshape(5, 5).astype(int)


def near_confusion(matrix: np.ndarray) -> np.ndarray:
    """A confusion matrix (..., 5, 5) with everything at most one star off moved onto the diagonal."""
    matrix = np.asarray(matrix)
    moved = np.where(DISTANCE <= 1, matrix, 0).sum(axis=-1)
    return np.where(DISTANCE <= 1, 0, matrix) + moved[..., None] * np.eye(5, dtype=int)


def scores(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, and precision, recall and F1 weighted by support, of confusion matrices (..., 5, 5)."""
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    support, predicted = matrix.sum(axis=-1), matrix.sum(axis=-2)
    share = divided(support, support.sum(axis=-1, keepdims=True))
    return {
        "accuracy": divided(hits.sum(axis=-1), support.sum(axis=-1)),
        "precision": (share * divided(hits, predicted)).sum(axis=-1),
        "recall": (share * divided(hits, support)).sum(axis=-1),
        "f1": (share * divided(2 * hits, support + predicted)).sum(axis=-1),
    }


def polarity_cells(true: Sequence[bool], predicted: Sequence[bool]) -> np.ndarray:
    """One row per review (n, 4): 1 in its cell of the 2x2 confusion matrix, negative before positive."""
    return np.eye(4)[2 * np.asarray(true, dtype=int) + np.asarray(predicted, dtype=int)]


def polarity_scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, and precision, recall and F1 of positive, from summed `polarity_cells` (..., 4)."""
    missed, found = sums[..., 2], sums[..., 3]
    called, positive = sums[..., 1] + found, missed + found
    return {
        "accuracy": divided(sums[..., 0] + found, sums.sum(axis=-1)),
        "precision": divided(found, called),
        "recall": divided(found, positive),
        "f1": divided(2 * found, called + positive),
    }


def cells(true: Stars, predicted: Stars) -> np.ndarray:
    """One row per review (n, 25): 1 in its cell of the confusion matrix, 0 elsewhere."""
    return np.eye(25)[(checked(true) - 1) * 5 + checked(predicted) - 1]


def checked(values: Stars) -> np.ndarray:
    """Stars as whole numbers; RevdemoError where one is not from 1 to 5."""
    stars = np.asarray(values, dtype=int)
    outside = stars[(stars < 1) | (stars > 5)]
    if outside.size:
        raise RevdemoError(
            "Stars go from 1 to 5; found {stars}. Unlabelled reviews cannot be measured.", stars=outside[0]
        )
    return stars


def divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The shares, 0 where the whole is 0: a star never predicted has no precision."""
    return np.divide(
        part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole != 0
    )
