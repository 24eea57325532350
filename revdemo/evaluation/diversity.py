"""The quality of a run: how varied, how long, how much copied, a second opinion; real reviews beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from revdemo.evaluation.results import DiversityFile, File, PolarityFile, read_file_or_none
from revdemo.files import METRICS
from revdemo.generation.copies import CopyIndex, NearDuplicates, distinct, words
from revdemo.generation.request import Review
from revdemo.intervals import Rate, wilson

DIVERSITY, POLARITY = "real-diversity.json", "polarity.json"
BATCH = 32  # reviews between two reports of progress


@dataclass(frozen=True)
class DiversityFigures:
    """What is said of texts: their number, and each figure with the real reviews' beside it.

    A real figure is the mean over draws of as many real reviews, cut to the same mean length, and the range
    of 95% of the draws; it is left out where there is none to compare with. distinct1 and distinct2 are
    then of at most 200 texts, each cut to its first 160 words. copies: None without an index of the training
    text. A share that counts texts has its interval.
    """

    n: int
    words: float
    distinct1: float
    distinct2: float
    near_duplicates: Rate
    copies: Rate | None
    real: Mapping[str, Rate]


@dataclass(frozen=True)
class Agreement:
    """How often the polarity classifier says what the requested stars mean; `real`: of real reviews, or None.

    Of 1 and 2 stars it should say negative, of 4 and 5 positive, of 3 neutral. It learned from the same
    reviews as the filter: a second opinion, not an independent one.
    """

    n: int
    rate: Rate
    real: Rate | None


def measure(
    reviews: Sequence[Review], copies: CopyIndex | None, reference: Reference | None
) -> DiversityFigures | None:
    """The figures of the reviews of a run but for those without words; None where none is left."""
    texts = [review.text for review in reviews if words(review.text)]
    if not texts:
        return None
    compared, longest = (texts, None) if reference is None else (texts[: reference.most], reference.longest)
    cut = [" ".join(text.split()[:longest]) for text in compared]
    seen = NearDuplicates()
    near = sum(seen.add_or_find(text) is not None for text in texts)
    return DiversityFigures(
        n=len(texts),
        words=_mean_words(texts),
        distinct1=distinct(cut, 1),
        distinct2=distinct(cut, 2),
        near_duplicates=wilson(near, len(texts)),
        copies=wilson(sum(map(copies.is_copy, texts)), len(texts)) if copies else None,
        real={} if reference is None else reference.at(reviews[0].requested, len(cut), _mean_words(cut)),
    )


def opinions(reviews: Sequence[Review], polarity: Any) -> Iterator[dict[int, bool]]:
    """By the index of each review so far, whether the polarity classifier agrees with the requested stars.

    Yields after every batch, so that the caller can show progress and stop.
    """
    found: dict[int, bool] = {}
    worded = [review for review in reviews if review.predicted is not None]
    for start in range(0, len(worded), BATCH):
        batch = worded[start : start + BATCH]
        predictions = polarity.predict([review.text for review in batch])
        found |= {
            review.index: fits(review.requested, one.polarity, one.probability)
            for review, one in zip(batch, predictions, strict=True)
        }
        yield found


def fits(stars: int, polarity: str, probability: float) -> bool:
    """Whether a text is as positive as its stars say: likely so with 4 and 5, unlikely with 1 and 2.

    probability: of being positive. Only with 3 stars may, and must, the polarity be neutral.
    """
    return polarity == "neutral" if stars == 3 else (probability > 0.5) == (stars > 3)


def contradicts(stars: int, polarity: str) -> bool:
    """Whether a polarity is the opposite of what the stars say; 3 stars and neutral contradict nothing."""
    return (stars < 3 and polarity == "positive") or (stars > 3 and polarity == "negative")


def agreement(reviews: Sequence[Review], found: Mapping[int, bool], real: Rate | None) -> Agreement | None:
    """The agreement over reviews of which `opinions` said something; None where it was of none."""
    own = [found[review.index] for review in reviews if review.index in found]
    return Agreement(len(own), wilson(sum(own), len(own)), real) if own else None


# --- real reviews -------------------------------------------------------------------------------------------


class Reference:
    """The figures of real reviews by their number and length, as they were measured."""

    def __init__(self, report: DiversityFile):
        self.stars, self.copies = report.by_stars, report.copies
        self.counts = np.log(report.counts)
        self.most, self.longest = max(report.counts), max(report.lengths)

    @classmethod
    def read(cls, folder: Path = METRICS) -> Reference | None:
        """The reference of a folder of measured results; None where there is none that can be read."""
        report = _read(folder / DIVERSITY, DiversityFile)
        return None if report is None else cls(report)

    def at(self, stars: int, count: int, mean_words: float) -> dict[str, Rate]:
        """The figures of `count` real reviews of those stars and that length, between those measured.

        Very few texts, or very short ones, were not measured: then there is nothing to compare with.
        """
        curves, place, length = self.stars.get(str(stars)), np.log(count), np.log(mean_words)
        if curves is None or place < self.counts[0]:
            return {}
        lengths = np.log(curves.cut_words)
        found = {
            "near_duplicates": self._by_count(curves.near_duplicates, place),
            "words": self._by_count(curves.words, place),
        }
        if length < lengths[0] - 0.1:  # a tenth shorter: as good as measured
            return found
        for name, rows in (("distinct1", curves.distinct1), ("distinct2", curves.distinct2)):
            found[name] = self._by_count([_between(lengths, row, length) for row in rows], place)
        return found | ({"copies": _between(lengths, self.copies, length)} if self.copies else {})

    def _by_count(self, curve: Sequence[Rate], place: float) -> Rate:
        return _between(self.counts, curve, place)


def real_agreement(stars: int, revision: str, folder: Path = METRICS) -> Rate | None:
    """How often this very polarity classifier agrees with the stars of real film reviews, where measured.

    Of 3 stars: how often it calls them neutral.
    """
    report = _read(folder / POLARITY, PolarityFile)
    if report is None or not report.is_of("polarity", revision):
        return None
    if stars == 3:
        return report.neutral.three_star_share if report.neutral else None
    films = report.domains.get("films")
    return films.accuracy if films else None


def _between(places: np.ndarray, curve: Sequence[Rate], place: float) -> Rate:
    """A curve of figures at a place between those measured, or at the nearest end."""
    value, low, high = (
        float(np.interp(place, places, [getattr(rate, name) for rate in curve]))
        for name in ("value", "low", "high")
    )
    return Rate(value, low, high)


def _read(path: Path, contract: type[File]) -> File | None:
    return _load(path, contract, path.stat().st_mtime) if path.exists() else None


@lru_cache(maxsize=8)
def _load(path: Path, contract: type[File], _: float) -> File | None:
    return read_file_or_none(path, contract)


def _mean_words(texts: Sequence[str]) -> float:
    return float(np.mean([len(text.split()) for text in texts]))
