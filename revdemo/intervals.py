"""A value with its 95% interval, and every way there is here to come by one.

Shares of what stands alone have Wilson's interval. Most other measures are functions of sums over rows, so a
bootstrap over films weighs each film's sums, and a thousand resamples cost one matrix product. Means over
random splits of the same rows have the corrected resampled t-test. Whatever the way, an interval holds its
value and lies within the range of its measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from revdemo.errors import RevdemoError

FEW = 30  # rows below which an interval says too little to be shown
SHARE = (0.0, 1.0)
POSITIVE = (0.0, math.inf)
ANY = (-math.inf, math.inf)

Range = tuple[float, float]  # the least and the most that a measure can be
Ranges = Range | Mapping[str, Any]  # one for all measures, or one for each by name, nested as they are
Metric = Callable[[np.ndarray], "np.ndarray | Mapping[str, Any]"]


@dataclass(frozen=True)
class Rate:
    """A value with its 95% interval.

    few: it is of fewer than FEW rows, too few for an interval to be worth showing; never part of a file.
    """

    value: float
    low: float
    high: float
    few: bool = field(default=False, compare=False)

    def as_dict(self) -> dict[str, float]:
        """The rate as files hold it."""
        return {"value": self.value, "low": self.low, "high": self.high}


def as_json(content: Any) -> Any:
    """The same content with every rate in it as files hold it."""
    if isinstance(content, Rate):
        return content.as_dict()
    if isinstance(content, Mapping):
        return {key: as_json(value) for key, value in content.items()}
    return [as_json(value) for value in content] if isinstance(content, list | tuple) else content


# --- shares -----------------------------------------------------------------------------------------------


def wilson(successes: int, trials: int) -> Rate:
    """A share of at least one trial with its 95% interval (Wilson, 1927), sensible at 0 and 1 too."""
    z = 1.959964
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return within(Rate(share, middle - half, middle + half, trials < FEW), SHARE)


def share(flags: Sequence[bool] | np.ndarray) -> Rate:
    """The share of rows that stand alone for which something holds; see `wilson`."""
    return wilson(int(np.sum(flags)), len(flags))


# --- bootstraps -------------------------------------------------------------------------------------------


def bootstrap(
    metric: Metric,
    rows: np.ndarray,
    groups: Sequence | np.ndarray | None = None,
    *,
    ranges: Ranges = ANY,
    n: int = 1000,
    seed: int = 0,
) -> Any:
    """A metric with its interval: percentiles of a bootstrap over groups, shifted by its mean bias.

    The shift matters for metrics that resampling alone inflates (the calibration error).

    Args:
        metric: from sums over rows (..., k) to values (...), or to a (nested) dict of them.
        rows: (m, k), what each row adds to the sums.
        groups: (m,), the film of each row; None when every row stands alone.
        ranges: what the metric can be.
        n: resamples.

    Returns:
        A Rate, or a dict shaped like the metric's with rates as leaves.
    """
    rows = np.asarray(rows, dtype=float)
    if not len(rows):
        raise RevdemoError("There is nothing to measure: no review was given.")
    sums = rows if groups is None else _sum_by(rows, groups)
    drawn = _multinomial(np.random.default_rng(seed), len(sums), n) @ sums
    return from_draws(metric(np.vstack([sums.sum(axis=0), drawn])), ranges, few=len(rows) < FEW)


def paired_difference(
    metric: Metric,
    first: np.ndarray,
    second: np.ndarray,
    groups: Sequence | np.ndarray | None = None,
    *,
    ranges: Ranges = ANY,
    n: int = 1000,
    seed: int = 0,
) -> Any:
    """First minus second on the same rows, resampled together; see `bootstrap`.

    ranges: of the metric, not of the difference.
    """
    width = np.shape(first)[1]

    def difference(sums: np.ndarray) -> Any:
        return _minus(metric(sums[..., :width]), metric(sums[..., width:]))

    return bootstrap(
        difference, np.hstack([first, second]), groups, ranges=of_difference(ranges), n=n, seed=seed
    )


def mean(
    values: Sequence[float] | np.ndarray,
    groups: Sequence | np.ndarray | None = None,
    *,
    n: int = 1000,
    seed: int = 0,
) -> Rate:
    """A mean, bootstrapped over groups; see `bootstrap`."""
    values = np.asarray(values, dtype=float)
    rows = np.column_stack([values, np.ones_like(values)])
    ranges = (values.min(), values.max()) if len(values) else ANY
    return bootstrap(lambda sums: sums[..., 0] / sums[..., 1], rows, groups, ranges=ranges, n=n, seed=seed)


def ratio_of_means(
    first: Sequence[float] | np.ndarray,
    second: Sequence[float] | np.ndarray,
    groups: Sequence | np.ndarray,
    *,
    n: int = 1000,
    seed: int = 0,
) -> Rate:
    """The mean of `first` divided by that of `second`, two samples that are drawn anew apart.

    Every value of `first` stands alone, `second` goes by group. Hits (0 or 1) of which a draw of `second` has
    none count as half a hit there.
    """
    rng = np.random.default_rng(seed)
    means: list[np.ndarray] = []
    for values, own in ((first, range(len(first))), (second, groups)):
        sums = _sum_by(np.column_stack([values, np.ones(len(values))]), own)
        drawn = _multinomial(rng, len(sums), n) @ sums
        total, count = np.vstack([sums.sum(axis=0), drawn]).T
        means.append(np.maximum(total, 0.5 * len(means)) / count)
    return from_draws(means[0] / means[1], POSITIVE, few=min(len(first), len(second)) < FEW)


def difference_of_means(
    first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray, *, n: int = 1000, seed: int = 0
) -> Rate | None:
    """The mean of `first` minus that of `second`, two samples that are drawn anew apart; None without one."""
    if not len(first) or not len(second):
        return None
    rng, means = np.random.default_rng(seed), []
    samples = [np.asarray(values, dtype=float) for values in (first, second)]
    for values in samples:
        drawn = _multinomial(rng, len(values), n) @ values / len(values)
        means.append(np.concatenate([[values.mean()], drawn]))
    one, other = samples
    ranges = (one.min() - other.max(), one.max() - other.min())
    return from_draws(means[0] - means[1], ranges, few=min(len(one), len(other)) < FEW)


def stratified(
    statistic: Callable[[np.ndarray], float],
    strata: Sequence[np.ndarray],
    *,
    ranges: Range = ANY,
    n: int = 500,
    seed: int = 0,
) -> Rate:
    """A statistic of rows that is not a function of sums: plain percentiles over rows drawn anew by stratum.

    Args:
        statistic: from places of rows to a value.
        strata: the places of the rows of each stratum.
    """
    rng = np.random.default_rng(seed)
    drawn = [np.concatenate([rng.choice(own, len(own)) for own in strata]) for _ in range(n)]
    values = np.array([statistic(rows) for rows in [np.concatenate(strata), *drawn]])
    return from_draws(values, ranges, few=min(map(len, strata)) < FEW, shift=False)


def two_way_draws(sums: np.ndarray, *, n: int = 1000, seed: int = 0) -> np.ndarray:
    """Sums (n + 1, k), first as they are, then with both ways of grouping drawn anew at once.

    The same seed draws the same for every arm of a comparison, which pairs them. It errs on the wide side
    (Owen 2007, "The pigeonhole bootstrap").

    Args:
        sums: (resamples, films, k).
    """
    rng = np.random.default_rng(seed)
    first, second = (_multinomial(rng, size, n) for size in sums.shape[:2])
    drawn = np.einsum("br,bf,rfk->bk", first, second, sums, optimize=True)
    return np.vstack([sums.sum(axis=(0, 1)), drawn])


def from_draws(values: Any, ranges: Ranges = ANY, *, few: bool = False, shift: bool = True) -> Any:
    """The first value, which is the sample's own, with the interval of the others, the resamples'.

    Args:
        values: (1 + n,), or a (nested) dict of such.
        shift: move the percentiles by the mean bias of the resamples.
    """
    if isinstance(values, Mapping):
        return {
            name: from_draws(own, _range_of(ranges, name), few=few, shift=shift)
            for name, own in values.items()
        }
    value, resampled = float(values[0]), values[1:][np.isfinite(values[1:])]
    if not len(resampled):
        return Rate(value, value, value, few)
    low, high = np.quantile(resampled, [0.025, 0.975]) + (value - resampled.mean() if shift else 0)
    return within(Rate(value, float(low), float(high), few), ranges)


# --- random splits ----------------------------------------------------------------------------------------


def corrected_t(
    values: Sequence[float] | np.ndarray, ratio: float, ranges: Range = ANY, *, few: bool = False
) -> Rate:
    """The mean of a measure over random splits, with the interval of the corrected resampled t-test.

    Args:
        values: one a split; of a difference, paired over the splits.
        ratio: test rows to training rows, by which the splits' spread understates the variance of the mean
            (Nadeau and Bengio 2003, "Inference for the Generalization Error").
        few: the rows that were divided are fewer than FEW.
    """
    from scipy.stats import t

    values = np.asarray(values, dtype=float)
    n = len(values)
    half = float(t.ppf(0.975, n - 1) * np.sqrt((1 / n + ratio) * values.var(ddof=1)))
    value = float(values.mean())
    return within(Rate(value, value - half, value + half, few), ranges)


# --- ranges -----------------------------------------------------------------------------------------------


def within(rate: Rate, ranges: Ranges) -> Rate:
    """The rate with an interval that holds its value and lies within the range of its measure."""
    least, most = ranges
    low = min(max(rate.low, least), rate.value)
    high = max(min(rate.high, most), rate.value)
    return Rate(rate.value, float(low), float(high), rate.few)


def of_difference(ranges: Ranges) -> Ranges:
    """The ranges of the difference of two measures that have these."""
    if isinstance(ranges, Mapping):
        return {name: of_difference(own) for name, own in ranges.items()}
    least, most = ranges
    return least - most, most - least


def _range_of(ranges: Ranges, name: str) -> Ranges:
    return ranges[name] if isinstance(ranges, Mapping) else ranges


def _multinomial(rng: np.random.Generator, size: int, n: int) -> np.ndarray:
    """How often each of `size` things is drawn in each of n resamples (n, size)."""
    return rng.multinomial(size, np.full(size, 1 / size), size=n)


def _sum_by(rows: np.ndarray, groups: Sequence | np.ndarray) -> np.ndarray:
    """Rows summed by group (g, k)."""
    names, place = np.unique(np.asarray(groups).astype(str), return_inverse=True)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, place, rows)
    return sums


def _minus(first: Any, second: Any) -> Any:
    if isinstance(first, Mapping):
        return {name: _minus(first[name], second[name]) for name in first}
    return first - second
