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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from revdemo.balancing.splits import duplicate_groups, split
from revdemo.balancing.utility_report import (
    ARMS,
    BOTH,
    REAL,
    SYNTHETIC,
    UtilityPlan,
    UtilityReport,
    by_stars,
    report_of,
)
from revdemo.errors import Phrase, RevdemoError
from revdemo.evaluation.confusion_matrix import confusion
from revdemo.evaluation.tfidf import counts_classifier
from revdemo.models.ngrams import count
from revdemo.reviews import STARS

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_matrix

FEWEST = 10  # real rows of a star that occurs
FEWEST_DRAWN = 100  # rows of a star that are kept when rows are drawn, where there are so many
COLUMNS = 2**20


@dataclass(frozen=True)
class UtilityStep:
    """Where the work stands: classifiers trained, of how many, and the report once all are."""

    done: int
    of: int
    seconds_left: float | None
    report: UtilityReport | None = None


def compare(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    plan: UtilityPlan | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[UtilityStep]:
    """Train and test all classifiers; yields a Step after each, the last one with the report.

    Args:
        real, synthetic: rows with text and stars (1 to 5).
        should_stop: asked before each classifier; once true there is no report.

    Raises:
        RevdemoError: there are too few rows to learn from and to test on.
    """
    plan = plan or UtilityPlan()
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
    began, features = time.monotonic(), count(texts, COLUMNS)
    matrices: dict[str, list[np.ndarray]] = {arm: [] for arm in ARMS}
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
                yield UtilityStep(done, of, (time.monotonic() - began) / done * (of - done))
    yield UtilityStep(of, of, 0.0, report_of(plan, real, synthetic, splits, repeats / len(splits), matrices))


def _check(real: pd.DataFrame, synthetic: pd.DataFrame) -> None:
    counts = by_stars(real)
    few = [(stars, count) for stars, count in zip(STARS, counts, strict=True) if 0 < count < FEWEST]
    if few:
        shown = [
            Phrase("{count} of {stars} stars", count=count, stars=stars)
            if stars > 1
            else Phrase("{count} of 1 star", count=count)
            for stars, count in few
        ]
        raise RevdemoError(
            "There are too few real rows to hold some out: {shown}. Each star that occurs needs "
            "at least {least}: add real rows, or leave out the rows of that star.",
            shown=shown,
            least=FEWEST,
        )
    if np.count_nonzero(counts) < 2:
        raise RevdemoError("The real rows must have at least two different numbers of stars.")
    if synthetic.empty:
        raise RevdemoError("There are no synthetic reviews to compare with: choose where they come from.")


def _drawn(rows: pd.DataFrame, plan: UtilityPlan) -> pd.DataFrame:
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


def _learn(features: csr_matrix, stars: np.ndarray, asked: csr_matrix) -> np.ndarray:
    """The stars that a classifier of these rows gives others; always the same where it learned one alone."""
    used = np.bincount(features.indices, minlength=features.shape[1])
    columns = np.flatnonzero(used > 1)  # what only one review says teaches nothing of others
    if not len(stars) or len(np.unique(stars)) == 1 or not len(columns):
        return np.full(asked.shape[0], stars[0] if len(stars) else 3)
    model = counts_classifier(balanced=True)
    return model.fit(features[:, columns], stars).predict(asked[:, columns])
