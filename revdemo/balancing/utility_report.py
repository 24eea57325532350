"""What *Is it worth it?* asks and answers: the plan, the figures of every split, the report and verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from revdemo import notebooks
from revdemo.errors import Phrase, RevdemoError
from revdemo.evaluation.confusion_matrix import near_confusion
from revdemo.intervals import FEW, SHARE, Range, Rate, as_json, corrected_t, of_difference
from revdemo.reviews import STARS

if TYPE_CHECKING:
    import pandas as pd

REAL, BOTH, SYNTHETIC = "real", "real + synthetic", "synthetic only"
ARMS = (REAL, BOTH, SYNTHETIC)
CLASSIFIER = "TF-IDF of 1-2 words + logistic regression, every star weighted equally"
INTERVAL = "95%, corrected resampled t-test (Nadeau and Bengio 2003)"
SHARES = ("exact", "near", "macro_f1", *(f"recall_{stars}" for stars in STARS))
TOLD = ("exact", "near", "mae", "macro_f1")  # in a notebook
MAIN = "macro_f1"  # what the verdict is about: every star counts alike, however rare
YES, NO, UNTOLD = "yes", "no", "untold"
VERDICTS = {
    YES: Phrase(
        "Yes: with the synthetic reviews macro-F1 is {value:.1f} points higher ({low:.1f} to {high:.1f})."
    ),
    NO: Phrase(
        "No, it hurts: with the synthetic reviews macro-F1 is "
        "{value:.1f} points lower ({low:.1f} to {high:.1f})."
    ),
    UNTOLD: Phrase(
        "No difference that can be told: macro-F1 changes by {value:+.1f} points ({low:+.1f} to {high:+.1f})."
    ),
}
TOO_FEW = Phrase("{rows:,} real rows are too few for intervals and an answer: {least:,} are needed.")


@dataclass(frozen=True)
class UtilityPlan:
    """How it is measured: resamples (2 to 100), test_share of the real rows, the seed of every split.

    most: rows of a kind that are used; of more, about so many are drawn, with the same mix of stars.
    """

    resamples: int = 10
    test_share: float = 0.3
    seed: int = 0
    most: int = 10_000

    def __post_init__(self) -> None:
        if not 2 <= self.resamples <= 100:
            raise RevdemoError(
                "resamples is {resamples}, and must be from 2 to 100.", resamples=self.resamples
            )
        if not 0.05 <= self.test_share <= 0.9:
            raise RevdemoError(
                "The share of test rows is {test_share}, and must be from 0.05 to 0.9.",
                test_share=self.test_share,
            )
        if not 0 <= self.seed < 2**32:
            raise RevdemoError(
                "seed is {seed}, and must be a whole number from 0 to {highest:,}.",
                seed=self.seed,
                highest=2**32 - 1,
            )


@dataclass(frozen=True)
class UtilityReport:
    """What came out.

    real, synthetic: rows used, by stars. train, test: real rows of a split, on average. repeats: synthetic
    rows that a split left out because they repeat a test row, on average. arms: by name, the estimate of each
    measure (exact, near, mae, macro_f1, and recall_1 to recall_5 of the stars that occur). differences: of
    each other arm minus real, over the same splits.
    """

    plan: UtilityPlan
    real: tuple[int, ...]
    synthetic: tuple[int, ...]
    train: float
    test: float
    repeats: float
    arms: Mapping[str, Mapping[str, Rate]]
    differences: Mapping[str, Mapping[str, Rate]]

    @property
    def answer(self) -> str:
        """YES, NO or UNTOLD: whether synthetic reviews beside the real ones change the main measure."""
        gain = self.differences[BOTH][MAIN]
        if gain.few:
            return UNTOLD
        return YES if gain.low > 0 else NO if gain.high < 0 else UNTOLD

    @property
    def verdict(self) -> Phrase:
        """The answer in a sentence."""
        gain = self.differences[BOTH][MAIN]
        if gain.few:
            return TOO_FEW.fill(rows=sum(self.real), least=FEW)
        figures = [100 * gain.value, 100 * gain.low, 100 * gain.high]
        if self.answer == NO:
            figures = [-figures[0], -figures[2], -figures[1]]
        return VERDICTS[self.answer].fill(**dict(zip(("value", "low", "high"), figures, strict=True)))

    def _repr_html_(self) -> str:
        """The report as a notebook shows it: the answer, and every arm with its intervals."""
        rows = [(name, *(_shown(own[key]) for key in TOLD)) for name, own in self.arms.items()]
        return notebooks.table(str(self.verdict), ("learned from", *TOLD), rows)

    def as_dict(self) -> dict:
        """The report as JSON can hold it."""
        found = asdict(self) | {"answer": self.answer, "verdict": self.verdict}
        found |= {kind: as_json(getattr(self, kind)) for kind in ("arms", "differences")}
        return found | {"classifier": CLASSIFIER, "interval": INTERVAL}


def report_of(
    plan: UtilityPlan,
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    splits: Sequence[np.ndarray],
    repeats: float,
    matrices: Mapping[str, Sequence[np.ndarray]],
) -> UtilityReport:
    """The report of all splits: `splits` marks the test rows of each, `matrices` are one for each, by arm."""
    found = {arm: measures_of(np.array(own)) for arm, own in matrices.items()}
    test = float(np.mean([held.sum() for held in splits]))
    ratio = test / (len(real) - test)
    few = len(real) < FEW
    arms = {
        arm: {name: corrected_t(values, ratio, _range(name), few=few) for name, values in own.items()}
        for arm, own in found.items()
    }
    differences = {
        arm: {
            name: corrected_t(own[name] - found[REAL][name], ratio, _range_of_gain(name), few=few)
            for name in own
        }
        for arm, own in found.items()
        if arm != REAL
    }
    return UtilityReport(
        plan,
        by_stars(real),
        by_stars(synthetic),
        len(real) - test,
        test,
        repeats,
        arms,
        differences,
    )


def measures_of(matrices: np.ndarray) -> dict[str, np.ndarray]:
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


def _shown(rate: Rate) -> str:
    return f"{rate.value:.3f}" + ("" if rate.few else f" ({rate.low:.3f} to {rate.high:.3f})")


def _range(name: str) -> Range:
    return SHARE if name in SHARES else (0.0, 4.0)


def _range_of_gain(name: str) -> Range:
    return cast(Range, of_difference(_range(name)))


def by_stars(rows: pd.DataFrame) -> tuple[int, ...]:
    """How many rows each number of stars has."""
    found = rows["stars"].to_numpy(int)
    return tuple(int((found == stars).sum()) for stars in STARS)
