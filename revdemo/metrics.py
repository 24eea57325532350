"""Exact and near metrics, ordinal metrics, calibration, and their uncertainty.

Everything measured here is a function of sums over rows: of the 5x5 confusion cells, of values and counts.
So a bootstrap over films weighs each film's sums, and a thousand resamples cost one matrix product.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from revdemo.errors import RevdemoError

_DISTANCE = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))

Metric = Callable[[np.ndarray], "np.ndarray | Mapping"]


def near_predictions(true: Sequence[int], predicted: Sequence[int]) -> np.ndarray:
    """Predicted stars, counted as the true ones where they are at most one star away."""
    true, predicted = _stars(true), _stars(predicted)
    return np.where(np.abs(predicted - true) <= 1, true, predicted)


def confusion(true: Sequence[int], predicted: Sequence[int]) -> np.ndarray:
    """Counts, 5x5 in star order: a row for each true (or requested) star, a column for each predicted one."""
    return cells(true, predicted).sum(axis=0).reshape(5, 5).astype(int)


def near_confusion(matrix: np.ndarray) -> np.ndarray:
    """A confusion matrix (..., 5, 5) with everything at most one star off moved onto the diagonal."""
    matrix = np.asarray(matrix)
    moved = np.where(_DISTANCE <= 1, matrix, 0).sum(axis=-1)
    return np.where(_DISTANCE <= 1, 0, matrix) + moved[..., None] * np.eye(5, dtype=int)


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
        probabilities: (n, 5), one row a review.
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


def scores(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, and precision, recall and F1 weighted by support, of confusion matrices (..., 5, 5)."""
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    support, predicted = matrix.sum(axis=-1), matrix.sum(axis=-2)
    share = _divide(support, support.sum(axis=-1, keepdims=True))
    return {
        "accuracy": _divide(hits.sum(axis=-1), support.sum(axis=-1)),
        "precision": (share * _divide(hits, predicted)).sum(axis=-1),
        "recall": (share * _divide(hits, support)).sum(axis=-1),
        "f1": (share * _divide(2 * hits, support + predicted)).sum(axis=-1),
    }


def polarity_cells(true: Sequence[bool], predicted: Sequence[bool]) -> np.ndarray:
    """One row a review (n, 4): 1 in its cell of the 2x2 confusion matrix, negative before positive."""
    return np.eye(4)[2 * np.asarray(true, dtype=int) + np.asarray(predicted, dtype=int)]


def polarity_scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, and precision, recall and F1 of positive, from summed `polarity_cells` (..., 4)."""
    missed, found = sums[..., 2], sums[..., 3]
    called, positive = sums[..., 1] + found, missed + found
    return {
        "accuracy": _divide(sums[..., 0] + found, sums.sum(axis=-1)),
        "precision": _divide(found, called),
        "recall": _divide(found, positive),
        "f1": _divide(2 * found, called + positive),
    }


def cells(true: Sequence[int], predicted: Sequence[int]) -> np.ndarray:
    """One row a review (n, 25): 1 in its cell of the confusion matrix, 0 elsewhere."""
    return np.eye(25)[(_stars(true) - 1) * 5 + _stars(predicted) - 1]


def calibration(probabilities: np.ndarray, true: Sequence[int], bins: int = 15) -> np.ndarray:
    """One row a review (n, bins): hit minus confidence, in the bin of that confidence."""
    probabilities = np.asarray(probabilities, dtype=float)
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) + 1 == _stars(true)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return np.eye(bins)[place] * (hit - confidence)[:, None]


def reliability(probabilities: np.ndarray, true: Sequence[int], bins: int = 10) -> list[dict[str, float]]:
    """Mean confidence and accuracy of the reviews in each equal-width bin of confidence that has any."""
    probabilities = np.asarray(probabilities, dtype=float)
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) + 1 == _stars(true)
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


def interval(
    metric: Metric, rows: np.ndarray, groups: Sequence | None = None, n: int = 1000, seed: int = 0
) -> dict:
    """A metric with its 95 % interval: percentiles of a bootstrap over groups, shifted by its mean bias.

    The shift matters for metrics that resampling alone inflates (the calibration error).

    Args:
        metric: from sums over rows (..., k) to values (...), or to a (nested) dict of them.
        rows: (m, k), what each row adds to the sums.
        groups: (m,), the film of each row; None when every row stands alone.
        n: resamples.

    Returns:
        {"value", "low", "high"}, or a dict shaped like the metric's with these as leaves.
    """
    rows = np.asarray(rows, dtype=float)
    if not len(rows):
        raise RevdemoError("There is nothing to measure: no review was given.")
    sums = rows if groups is None else _sum_by(rows, groups)
    size = len(sums)
    weights = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=n)
    return from_draws(metric(np.vstack([sums.sum(axis=0), weights @ sums])))


def paired_difference(
    metric: Metric,
    first: np.ndarray,
    second: np.ndarray,
    groups: Sequence | None = None,
    n: int = 1000,
    seed: int = 0,
) -> dict:
    """First minus second on the same reviews, resampled together, with its 95 % interval; see `interval`."""
    width = np.shape(first)[1]

    def difference(sums: np.ndarray) -> np.ndarray | dict:
        return _minus(metric(sums[..., :width]), metric(sums[..., width:]))

    return interval(difference, np.hstack([first, second]), groups, n, seed)


def mean_with_interval(
    values: Sequence[float], groups: Sequence | None = None, n: int = 1000, seed: int = 0
) -> dict[str, float]:
    """A mean with its 95 % interval, bootstrapped over groups; see `interval`."""
    values = np.asarray(values, dtype=float)
    rows = np.column_stack([values, np.ones_like(values)])
    return interval(lambda sums: sums[..., 0] / sums[..., 1], rows, groups, n, seed)


def ratio_with_interval(
    first: Sequence[float], second: Sequence[float], groups: Sequence, n: int = 1000, seed: int = 0
) -> dict[str, float]:
    """The mean of `first` divided by that of `second`, with its 95 % interval; see `interval`.

    The two are drawn anew apart: every value of `first` stands alone, `second` goes by group. Hits (0 or 1)
    of which a draw of `second` has none count as half a hit there.
    """
    rng = np.random.default_rng(seed)
    means = []
    for values, own in ((first, range(len(first))), (second, groups)):
        rows = np.column_stack([values, np.ones(len(values))])
        sums = _sum_by(rows, own)
        drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=n) @ sums
        total, count = np.vstack([sums.sum(axis=0), drawn]).T
        means.append(np.maximum(total, 0.5 * len(means)) / count)
    return from_draws(means[0] / means[1])


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
    report = interval(star_metrics, star_rows(true, predicted, probabilities), groups, seed=seed)
    if "ece" in report:
        report["ece"]["low"] = max(report["ece"]["low"], 0.0)
    return {"n": len(true), **report, "confusion": confusion(true, predicted).tolist()}


def star_rows(
    true: Sequence[int], predicted: Sequence[int], probabilities: np.ndarray | None = None
) -> np.ndarray:
    """What each review adds to the sums that `star_metrics` reads: (n, 25), or (n, 40) with probabilities."""
    if probabilities is None:
        return cells(true, predicted)
    return np.hstack([cells(true, predicted), calibration(probabilities, true)])


def _stars(values: Sequence[int]) -> np.ndarray:
    stars = np.asarray(values, dtype=int)
    outside = stars[(stars < 1) | (stars > 5)]
    if outside.size:
        raise RevdemoError(
            f"Stars go from 1 to 5; found {outside[0]}. Unlabelled reviews cannot be measured."
        )
    return stars


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """0 where the whole is 0: a star never predicted has no precision."""
    return np.divide(
        part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole != 0
    )


def _mae(matrix: np.ndarray) -> np.ndarray:
    return (matrix * _DISTANCE).sum(axis=(-2, -1)) / matrix.sum(axis=(-2, -1))


def _qwk(matrix: np.ndarray) -> np.ndarray:
    weight = _DISTANCE**2
    total = matrix.sum(axis=(-2, -1))
    by_chance = matrix.sum(axis=-1)[..., :, None] * matrix.sum(axis=-2)[..., None, :]
    expected = (weight * by_chance).sum(axis=(-2, -1)) / total
    return 1 - _divide((weight * matrix).sum(axis=(-2, -1)), expected)


def _ece(gaps: np.ndarray, n: np.ndarray | int) -> np.ndarray:
    return np.abs(gaps).sum(axis=-1) / n


def _sum_by(rows: np.ndarray, groups: Sequence) -> np.ndarray:
    """Rows summed by group (g, k)."""
    names, place = np.unique(np.asarray(groups).astype(str), return_inverse=True)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, place, rows)
    return sums


def from_draws(values: np.ndarray | Mapping) -> dict:
    """The first value, which is the sample's own, with the interval of the others, the resamples'."""
    if isinstance(values, Mapping):
        return {name: from_draws(value) for name, value in values.items()}
    value, resampled = float(values[0]), values[1:]
    low, high = np.quantile(resampled, [0.025, 0.975]) + value - resampled.mean()
    return {"value": value, "low": float(low), "high": float(high)}


def _minus(first: np.ndarray | Mapping, second: np.ndarray | Mapping) -> np.ndarray | dict:
    if isinstance(first, Mapping):
        return {name: _minus(first[name], second[name]) for name in first}
    return first - second


def _floats(values: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}
