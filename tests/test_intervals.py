"""Intervals: against a plain bootstrap and by hand, and always around their value within their range."""

import json

import numpy as np
import pytest

from revdemo import intervals
from revdemo.errors import RevdemoError
from revdemo.evaluation import metrics
from revdemo.intervals import Rate, as_json, corrected_t, wilson


def sample(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = rng.integers(1, 6, n)
    return true, np.clip(true + rng.integers(-1, 2, n), 1, 5)


# --- shares and splits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 20, 0.0, 0.1611), (1, 20, 0.0089, 0.2361), (10, 20, 0.2993, 0.7007), (20, 20, 0.8389, 1.0)],
)
def test_the_interval_is_wilsons(successes, trials, low, high):
    rate = wilson(successes, trials)
    assert (rate.value, rate.low, rate.high) == pytest.approx((successes / trials, low, high), abs=1e-4)


def test_a_share_counts_flags():
    assert intervals.share([True, False, True, True]) == wilson(3, 4)


def test_the_interval_is_that_of_nadeau_and_bengio():
    values = [0.02, 0.05, 0.01, 0.04]  # mean 0.03, variance 1/3000, t(0.975, 3) = 3.1824
    half = 3.182446 * ((1 / 4 + 3 / 7) / 3000) ** 0.5
    found = corrected_t(values, 3 / 7)
    assert (found.value, found.low, found.high) == pytest.approx((0.03, 0.03 - half, 0.03 + half), rel=1e-5)


# --- bootstraps -------------------------------------------------------------------------------------------


def test_interval_is_that_of_a_plain_bootstrap_over_films():
    true, predicted = sample(300)
    films = np.repeat(np.arange(60), 5)
    found = intervals.bootstrap(metrics.star_metrics, metrics.star_rows(true, predicted), films, n=2000)
    rng = np.random.default_rng(1)
    plain = []
    for _ in range(2000):
        chosen = (rng.integers(0, 60, 60)[:, None] * 5 + np.arange(5)).ravel()
        plain.append(metrics.near_metrics(true[chosen], predicted[chosen])["f1"])
    assert found["near"]["f1"].value == metrics.near_metrics(true, predicted)["f1"]
    assert found["near"]["f1"].low == pytest.approx(np.quantile(plain, 0.025), abs=0.006)
    assert found["near"]["f1"].high == pytest.approx(np.quantile(plain, 0.975), abs=0.006)


def test_rows_of_one_film_are_resampled_together():
    values = np.repeat([1.0, 5.0] * 10, 20)
    films = np.repeat(np.arange(20), 20)
    by_film, by_row = intervals.mean(values, films), intervals.mean(values)
    assert by_film.high - by_film.low > 3 * (by_row.high - by_row.low)


def test_interval_repeats_with_its_seed_and_holds_its_value():
    values = np.random.default_rng(3).normal(3, 1, 200)
    first = intervals.mean(values, seed=7)
    assert first == intervals.mean(values, seed=7)
    assert first != intervals.mean(values, seed=8)
    assert first.low < first.value < first.high
    assert first.high - first.low == pytest.approx(2 * 1.96 * values.std() / 200**0.5, rel=0.15)


def test_paired_difference_is_narrower_than_the_two_intervals_and_keeps_the_sign():
    true, second = sample(500)
    first = second.copy()
    first[:25] = true[:25]
    rows = [metrics.star_rows(true, predicted) for predicted in (first, second)]
    found = intervals.paired_difference(metrics.star_metrics, *rows)["exact"]["accuracy"]
    gain = metrics.exact_metrics(true, first)["accuracy"] - metrics.exact_metrics(true, second)["accuracy"]
    assert found.value == pytest.approx(gain)
    assert 0 < found.low < found.value < found.high
    alone = intervals.bootstrap(metrics.star_metrics, rows[0])["exact"]["accuracy"]
    assert found.high - found.low < (alone.high - alone.low) / 2


def test_a_ratio_of_means_draws_its_two_sides_apart():
    ours, theirs = [1, 0] * 200, [1, 1, 1, 0] * 100
    found = intervals.ratio_of_means(ours, theirs, np.arange(400) // 2)
    assert found.value == pytest.approx(0.5 / 0.75)
    spread = 0.5 / 0.75 * np.hypot(0.025 / 0.5, 0.0217 / 0.75)  # of a quotient, by its two standard errors
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(spread, rel=0.3)


def test_a_difference_of_means_draws_its_two_sides_apart():
    found = intervals.difference_of_means([1, 0] * 200, [1, 1, 1, 0] * 100)
    assert found.value == pytest.approx(-0.25)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.hypot(0.025, 0.0217), rel=0.2)
    assert intervals.difference_of_means([], [1]) is None


def test_strata_are_drawn_apart():
    strata = [np.arange(40), np.arange(40, 100)]
    seen = []
    found = intervals.stratified(lambda rows: seen.append(rows) or float(rows.mean()), strata, n=50)
    assert all((rows < 40).sum() == 40 and len(rows) == 100 for rows in seen)
    assert found.value == 49.5 and found.low < 49.5 < found.high and not found.few


def test_nothing_to_measure_is_an_error():
    with pytest.raises(RevdemoError, match="nothing to measure"):
        intervals.mean([])


# --- ranges and files -------------------------------------------------------------------------------------

SMALL = [
    ([1.0] * 10, (1.0, 1.0, 1.0)),
    ([0.0] * 10, (0.0, 0.0, 0.0)),
    ([0.7], (0.7, 0.7, 0.7)),
]


@pytest.mark.parametrize(("values", "expected"), SMALL)
def test_values_that_are_all_alike_have_no_spread(values, expected):
    assert intervals.mean(values) == Rate(*expected)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 29, 30, 200])
@pytest.mark.parametrize("share", [0, 0.05, 0.5, 0.95, 1])
def test_every_interval_holds_its_value_and_stays_in_range(n, share):
    right = (np.arange(n) < round(share * n)).astype(float)
    rows = np.column_stack([right, np.ones(n)])
    ratio = lambda sums: sums[..., 0] / sums[..., 1]  # noqa: E731
    unit = (0.0, 1.0)
    rates = {
        "mean": (intervals.mean(right), unit),
        "wilson": (wilson(int(right.sum()), n), unit),
        "bootstrap": (intervals.bootstrap(ratio, rows, ranges=unit), unit),
        "films": (intervals.bootstrap(ratio, rows, np.arange(n) // 2, ranges=unit), unit),
        "paired": (intervals.paired_difference(ratio, rows, 1 - rows + [0, 1], ranges=unit), (-1, 1)),
        "samples": (intervals.difference_of_means(right, [1, 0]), (-1, 1)),
        "ratio": (intervals.ratio_of_means(right, [1, 0], [0, 1]), (0, np.inf)),
        "splits": (corrected_t([*right, 1.0], 0.4, unit), unit),
    }
    for name, (rate, (least, most)) in rates.items():
        assert least <= rate.low <= rate.value <= rate.high <= most, name
    assert rates["mean"][0].few is rates["wilson"][0].few is (n < 30)


def test_a_draw_that_has_no_value_is_left_out():
    assert intervals.from_draws(np.array([0.5, np.nan, 0.4, 0.6])) == Rate(0.5, 0.405, pytest.approx(0.595))
    assert intervals.from_draws(np.array([0.5, np.nan])) == Rate(0.5, 0.5, 0.5)


def test_ranges_are_nested_as_the_measures_are():
    draws = {"exact": {"f1": np.array([1.0, 0.5, 1.0])}, "qwk": np.array([-0.9, -0.5, -0.9])}
    found = intervals.from_draws(draws, {"exact": (0.0, 1.0), "qwk": (-1.0, 1.0)})
    assert found["exact"]["f1"].high == 1 and found["qwk"].low == -1


def test_a_rate_in_a_file_has_three_keys():
    content = {"exact": Rate(0.5, 0.4, 0.6, few=True), "rows": (Rate(1.0, 1.0, 1.0), 3), "name": "a"}
    assert json.loads(json.dumps(as_json(content))) == {
        "exact": {"value": 0.5, "low": 0.4, "high": 0.6},
        "rows": [{"value": 1.0, "low": 1.0, "high": 1.0}, 3],
        "name": "a",
    }
