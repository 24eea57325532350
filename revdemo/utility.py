"""Are synthetic reviews worth it? Measured on the user's own real rows, with a small classifier.

The same classifier learns from real rows, from real and synthetic ones, and from synthetic ones alone, and is
tested on real rows held out from all three; again for several random splits. It is TF-IDF of words and pairs
of words with a logistic regression, quick enough to be trained thirty times on two cores; every star weighs
the same in it, so that synthetic reviews gain nothing that weights would have given for free.

Splits of one table share most of their rows, so their spread alone would make every interval too narrow:
the intervals are of the corrected resampled t-test (Nadeau and Bengio 2003, "Inference for the
Generalization Error"). They speak of tables like this one with these very synthetic reviews, not of other
synthetic reviews. Where the generator learned from this table, it knew the rows that test it, and the gain is
flattered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from revdemo.errors import RevdemoError
from revdemo.metrics import confusion, near_confusion
from revdemo.reviews import STARS
from revdemo.splits import duplicate_groups, split

if TYPE_CHECKING:
    import pandas as pd

REAL, BOTH, SYNTHETIC = "real", "real + synthetic", "synthetic only"
ARMS = (REAL, BOTH, SYNTHETIC)
CLASSIFIER = "TF-IDF of 1-2 words + logistic regression, every star weighing the same"
INTERVAL = "95 %, corrected resampled t-test (Nadeau and Bengio 2003)"
SHARES = ("exact", "near", "macro_f1", *(f"recall_{stars}" for stars in STARS))
MAIN = "macro_f1"  # what the verdict is about: every star counts alike, however rare
YES, NO, UNTOLD = "yes", "no", "untold"
VERDICTS = {
    YES: "Yes: with the synthetic reviews macro-F1 is {value} points higher ({low} to {high}).",
    NO: "No, it hurts: with the synthetic reviews macro-F1 is {value} points lower ({low} to {high}).",
    UNTOLD: "No difference that can be told: macro-F1 changes by {value} points ({low} to {high}).",
}
FEWEST = 10  # real rows of a star that occurs
FEWEST_DRAWN = 100  # rows of a star that are kept when rows are drawn, where there are so many
COLUMNS = 2**20


@dataclass(frozen=True)
class Plan:
    """How it is measured: resamples (2 to 100), test_share of the real rows, the seed of every split.

    most: rows of a kind that are used; of more, about so many are drawn, with the same mix of stars.
    """

    resamples: int = 10
    test_share: float = 0.3
    seed: int = 0
    most: int = 10_000

    def __post_init__(self):
        if not 2 <= self.resamples <= 100:
            raise RevdemoError(f"resamples is {self.resamples}, and must be from 2 to 100.")
        if not 0.05 <= self.test_share <= 0.9:
            raise RevdemoError(f"The share of test rows is {self.test_share}, and must be from 0.05 to 0.9.")
        if not 0 <= self.seed < 2**32:
            raise RevdemoError(f"seed is {self.seed}, and must be a whole number from 0 to {2**32 - 1:,}.")


class Estimate(NamedTuple):
    """A mean over the resamples with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Report:
    """What came out.

    real, synthetic: rows used, by stars. train, test: real rows of a split, on average. repeats: synthetic
    rows that a split left out because they repeat a test row, on average. arms: by name, the estimate of each
    measure (exact, near, mae, macro_f1, and recall_1 to recall_5 of the stars that occur). differences: of
    each other arm minus real, over the same splits.
    """

    plan: Plan
    real: tuple[int, ...]
    synthetic: tuple[int, ...]
    train: float
    test: float
    repeats: float
    arms: Mapping[str, Mapping[str, Estimate]]
    differences: Mapping[str, Mapping[str, Estimate]]

    @property
    def answer(self) -> str:
        """YES, NO or UNTOLD: whether synthetic reviews beside the real ones change the main measure."""
        gain = self.differences[BOTH][MAIN]
        return YES if gain.low > 0 else NO if gain.high < 0 else UNTOLD

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        gain = self.differences[BOTH][MAIN]
        figures = [100 * one for one in gain]
        if self.answer == NO:
            figures = [-figures[0], -figures[2], -figures[1]]
        sign = "+" if self.answer == UNTOLD else ""
        names = ("value", "low", "high")
        shown = {name: f"{one:{sign}.1f}" for name, one in zip(names, figures, strict=True)}
        return VERDICTS[self.answer].format(**shown)

    def as_dict(self) -> dict:
        """The report as JSON can hold it."""
        found = asdict(self) | {"answer": self.answer, "verdict": self.verdict}
        for kind in ("arms", "differences"):
            arms = getattr(self, kind)
            found[kind] = {
                arm: {name: one._asdict() for name, one in own.items()} for arm, own in arms.items()
            }
        return found | {"classifier": CLASSIFIER, "interval": INTERVAL}


@dataclass(frozen=True)
class Step:
    """Where the work stands: classifiers trained, of how many, and the report once all are."""

    done: int
    of: int
    seconds_left: float | None
    report: Report | None = None


def compare(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    plan: Plan | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Train and test all classifiers; yields a Step after each, the last one with the report.

    Args:
        real, synthetic: rows with text and stars (1 to 5).
        should_stop: asked before each classifier; once true there is no report.

    Raises:
        RevdemoError: there are too few rows to learn from and to test on.
    """
    plan = plan or Plan()
    _check(real, synthetic)
    real, synthetic = (_drawn(rows, plan) for rows in (real, synthetic))
    stars = np.concatenate([rows["stars"].to_numpy(int) for rows in (real, synthetic)])
    texts = [*real["text"], *synthetic["text"]]
    is_real = np.arange(len(stars)) < len(real)
    groups = duplicate_groups(texts)
    splits = [
        split(stars[is_real], groups[is_real], plan.test_share, [plan.seed, number])
        for number in range(plan.resamples)
    ]
    began, features = time.monotonic(), _features(texts)
    matrices = {arm: [] for arm in ARMS}
    repeats, done, of = 0, 0, len(ARMS) * plan.resamples
    for test in splits:
        held = np.concatenate([test, np.zeros(len(synthetic), bool)])
        free = ~held & ~np.isin(groups, groups[held])
        repeats += int((~free & ~is_real).sum())
        for arm, learn in {REAL: free & is_real, BOTH: free, SYNTHETIC: free & ~is_real}.items():
            if should_stop():
                return
            predicted = _learn(features[learn], stars[learn], features[held])
            matrices[arm].append(confusion(stars[held], predicted))
            done += 1
            if done < of:
                yield Step(done, of, (time.monotonic() - began) / done * (of - done))
    yield Step(of, of, 0.0, _report(plan, real, synthetic, splits, repeats / len(splits), matrices))


def _check(real: pd.DataFrame, synthetic: pd.DataFrame) -> None:
    counts = _by_stars(real)
    few = [(stars, count) for stars, count in zip(STARS, counts, strict=True) if 0 < count < FEWEST]
    if few:
        shown = ", ".join(f"{count} of {stars} star{'s' if stars > 1 else ''}" for stars, count in few)
        raise RevdemoError(
            f"There are too few real rows to hold some out: {shown}. Each star that occurs needs {FEWEST} at "
            "least: add real rows, or leave those out."
        )
    if np.count_nonzero(counts) < 2:
        raise RevdemoError("The real rows must have two different numbers of stars at least.")
    if synthetic.empty:
        raise RevdemoError("There are no synthetic reviews to compare with: choose where they come from.")


def _drawn(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows; of more than `plan.most`, about so many of them, with the same mix of stars."""
    import pandas as pd

    share = plan.most / max(len(rows), 1)
    if share >= 1:
        return rows
    drawn = []
    for _, own in rows.groupby("stars"):
        count = min(len(own), max(FEWEST_DRAWN, round(share * len(own))))
        drawn.append(own.sample(count, random_state=plan.seed))
    return pd.concat(drawn)


def _by_stars(rows: pd.DataFrame) -> tuple[int, ...]:
    found = rows["stars"].to_numpy(int)
    return tuple(int((found == stars).sum()) for stars in STARS)


# --- the classifier -----------------------------------------------------------------------------------------


def _features(texts: Sequence[str]):
    """Counts of words and pairs of words (n, COLUMNS), hashed, so that no count depends on other texts."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        ngram_range=(1, 2), n_features=COLUMNS, alternate_sign=False, norm=None, dtype=np.float32
    ).transform(texts)


def _learn(features, stars: np.ndarray, asked) -> np.ndarray:
    """The stars that a classifier of these rows gives others; always the same where it learned one alone."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    used = np.bincount(features.indices, minlength=features.shape[1])
    columns = np.flatnonzero(used > 1)  # what only one review says teaches nothing of others
    if not len(stars) or len(np.unique(stars)) == 1 or not len(columns):
        return np.full(asked.shape[0], stars[0] if len(stars) else 3)
    model = make_pipeline(
        TfidfTransformer(sublinear_tf=True), LogisticRegression(class_weight="balanced", max_iter=1000)
    )
    return model.fit(features[:, columns], stars).predict(asked[:, columns])


# --- figures ------------------------------------------------------------------------------------------------


def _report(plan, real, synthetic, splits, repeats: float, matrices: Mapping[str, Sequence]) -> Report:
    found = {arm: _measures(np.array(own)) for arm, own in matrices.items()}
    test = float(np.mean([held.sum() for held in splits]))
    ratio = test / (len(real) - test)
    arms = {
        arm: {name: _bounded(name, corrected_interval(values, ratio)) for name, values in own.items()}
        for arm, own in found.items()
    }
    differences = {
        arm: {name: corrected_interval(own[name] - found[REAL][name], ratio) for name in own}
        for arm, own in found.items()
        if arm != REAL
    }
    return Report(
        plan,
        _by_stars(real),
        _by_stars(synthetic),
        len(real) - test,
        test,
        repeats,
        arms,
        differences,
    )


def _measures(matrices: np.ndarray) -> dict[str, np.ndarray]:
    """Each measure of confusion matrices (resamples, 5, 5), one value a resample."""
    total, support = matrices.sum(axis=(1, 2)), matrices.sum(axis=2)
    hits, near = (np.diagonal(one, axis1=1, axis2=2) for one in (matrices, near_confusion(matrices)))
    off = np.abs(np.subtract.outer(STARS, STARS))
    there = support[0] > 0  # the same stars in every split
    f1 = 2 * hits[:, there] / (support + matrices.sum(axis=1))[:, there]
    recall = hits[:, there] / support[:, there]
    names = [f"recall_{stars}" for stars, own in zip(STARS, there, strict=True) if own]
    return {
        "exact": hits.sum(axis=1) / total,
        "near": near.sum(axis=1) / total,
        "mae": (matrices * off).sum(axis=(1, 2)) / total,
        "macro_f1": f1.mean(axis=1),
        **dict(zip(names, recall.T, strict=True)),
    }


def corrected_interval(values: Sequence[float], ratio: float) -> Estimate:
    """The mean of a measure over random splits, with the 95 % interval of the corrected resampled t-test.

    Args:
        values: one a split; of a difference, paired over the splits.
        ratio: test rows to training rows, by which the splits' spread understates the variance of the mean
            (Nadeau and Bengio 2003).
    """
    from scipy.stats import t

    values = np.asarray(values, dtype=float)
    n = len(values)
    half = t.ppf(0.975, n - 1) * np.sqrt((1 / n + ratio) * values.var(ddof=1))
    mean = float(values.mean())
    return Estimate(mean, mean - float(half), mean + float(half))


def _bounded(name: str, found: Estimate) -> Estimate:
    """No share lies below 0 or above 1."""
    if name not in SHARES:
        return Estimate(found.value, max(found.low, 0.0), found.high)
    return Estimate(found.value, max(found.low, 0.0), min(found.high, 1.0))
