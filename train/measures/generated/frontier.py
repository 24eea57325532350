"""What each way of sampling buys: variety, agreement, acceptance and how real it reads, over a grid.

The default of the generator should be the point that `choose` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from revdemo.generation.copies import CopyIndex, distinct
from revdemo.generation.likeness import Likeness
from revdemo.generation.request import Classifier
from revdemo.intervals import share, wilson
from train.likeness import of_like_length
from train.measures.generated.detector import StrongDetector
from train.written.samples import StoredRounds, samples_path, write_reviews

TEMPERATURES = (0.85, 1.0, 1.2)
MIN_PS = (0.0, 0.02, 0.05)
LIKENESS_SHARES = (0.0, 0.25, 0.5)  # of the reviews of the right stars that the threshold keeps out
VARIED = 0.9  # of real reviews' distinct-2: what a default has to keep
WORTH = 0.5  # of the best acceptance: what a default has to keep


class Bench(NamedTuple):
    """What a point of the grid is measured with; no likeness where the generator carries no such model."""

    generator: Any
    classifier: Classifier
    judge: Callable[[Sequence[str]], np.ndarray]
    copies: CopyIndex | None
    likeness: Likeness | None
    detector: StrongDetector
    work: Path
    kind: str | None = None


def measure(bench: Bench, per_star: int, seed: int = 0) -> list[dict]:
    """The points of the grid, of which one is `chosen`; each has `per_star` reviews per star, unfiltered."""
    guidances = sorted({1.0, bench.generator.defaults.guidance})
    points = [
        point
        for temperature, min_p, guidance in product(TEMPERATURES, MIN_PS, guidances)
        for point in _points(bench, per_star, seed, temperature, min_p, guidance)
    ]
    best = choose(points)
    return [point | {"chosen": point is best} for point in points]


def choose(points: Sequence[dict]) -> dict | None:
    """The point of the highest acceptance among those that read most like real ones and are varied enough.

    Varied enough: nine tenths of real reviews' distinct-2, to a hundredth, for so few reviews do not tell
    more. Cheap enough: at least half of the highest acceptance of any point. Of these the accepted reviews of
    one are least told from real ones; whose figure is within its interval cannot be told from it. None where
    no point is varied and cheap enough, or too few reviews were accepted to tell.
    """
    best = max((point["acceptance"].value for point in points), default=0)
    fit = [
        point
        for point in points
        if point["detector_auc"]
        and round(point["variety"], 2) >= VARIED
        and point["acceptance"].value >= WORTH * best
    ]
    if not fit:
        return None
    least = min((point["detector_auc"] for point in fit), key=lambda auc: auc.value)
    alike = [point for point in fit if point["detector_auc"].value <= least.high]
    return max(alike, key=lambda point: (point["acceptance"].value, -point["detector_auc"].value))


def _points(
    bench: Bench, per_star: int, seed: int, temperature: float, min_p: float, guidance: float
) -> Iterator[dict]:
    """A point of sampling, once for each threshold of likeness."""
    sampling = {"temperature": temperature, "min_p": min_p, "top_p": 1.0, "guidance": guidance}
    stored = StoredRounds(bench.generator, samples_path(bench.work, bench.generator, bench.kind, **sampling))
    reviews = write_reviews(
        stored, bench.classifier, bench.copies, per_star, seed, kind=bench.kind, **sampling
    )
    right = reviews[reviews["accepted"]].reset_index(drop=True)
    right["judge"] = bench.judge(right["text"].tolist()) if len(right) else []
    scores = np.zeros(len(right))
    if bench.likeness and len(right):
        scores = bench.likeness.scores(right["text"].tolist(), right["surprise"].tolist())
    for out in LIKENESS_SHARES if bench.likeness else LIKENESS_SHARES[:1]:
        threshold = float(np.quantile(scores, out)) if out and len(right) else 0.0
        accepted = right[scores >= threshold]
        yield sampling | {"likeness": threshold} | _figures(bench, reviews, accepted, seed)


def _figures(bench: Bench, reviews: pd.DataFrame, accepted: pd.DataFrame, seed: int) -> dict:
    texts = accepted["text"].tolist()
    return {
        "n": len(reviews),
        "acceptance": wilson(len(accepted), len(reviews)),
        "judge_exact": share(accepted["judge"] == accepted["requested"]) if texts else None,
        "distinct2": distinct(texts, 2) if texts else 0.0,
        "variety": _variety(bench, accepted, seed) if texts else 0.0,
        "detector_auc": bench.detector.auc(texts, seed) if texts else None,
    }


def _variety(bench: Bench, accepted: pd.DataFrame, seed: int) -> float:
    """Distinct-2 as a share of that of real reviews, as many and as long."""
    real = of_like_length(bench.detector.real, accepted, seed)
    ours = of_like_length(accepted, real, seed)
    return distinct(ours["text"].tolist(), 2) / distinct(real["text"].tolist(), 2) if len(real) else 0.0
