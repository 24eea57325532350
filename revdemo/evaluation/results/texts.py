"""What was measured of the generator: generator.json, generated.json, real-diversity.json."""

# ruff: noqa: RUF012  (pydantic copies a default)

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveInt

from revdemo.evaluation.results.parts import Change, Measured, Part, StarReport
from revdemo.intervals import Rate


class GeneratorFile(Measured):
    """generator.json."""

    perplexity: Change
    bits_per_byte: Change
    ratio: Rate | None = None


class Accepted(Part):
    """The share of generated reviews that a filter accepts."""

    all: Rate
    by_stars: Annotated[dict[Literal["1", "2", "3", "4", "5"], Rate], Field(min_length=5)]


class Acceptance(Accepted):
    """The same, and what it would be without the filter of likeness."""

    before_likeness: Accepted | None = None


class Point(Part):
    """A way of sampling, and what its accepted reviews are like.

    likeness: the least score that was accepted. variety: distinct-2 as a share of that of as many real
    reviews of the same lengths. chosen: whether it is the point to sample at by default.
    """

    temperature: float
    min_p: float
    top_p: float = 1.0
    guidance: float
    likeness: float = 0.0
    n: int
    acceptance: Rate
    judge_exact: Rate | None = None
    distinct2: float
    variety: float
    detector_auc: Rate | None = None
    chosen: bool = False


class Texts(Part):
    """How varied a set of texts is."""

    n: int | None = None
    distinct1: float | None = None
    distinct2: float | None = None
    self_bleu: float | None = None
    length: Rate | None = None


class Copied(Part):
    """Runs of tokens shared with training reviews."""

    longest: int
    share_30: Rate


class LongestCopy(Copied):
    """The same, beside real reviews."""

    real: Copied | None = None


class Example(Part):
    """One generated review with its verdicts."""

    requested: int = Field(ge=1, le=5)
    filter: int | None = Field(None, ge=1, le=5)
    judge: int | None = Field(None, ge=1, le=5)
    accepted: bool
    reason: str | None = None
    text: str


class OfOneStar(Part):
    """What one judge says of the reviews for one number of stars."""

    n: int
    mean: Rate
    exact: Rate
    near: Rate
    mae: Rate


class JudgeReport(StarReport):
    """What one judge says of reviews, and by requested stars."""

    by_stars: dict[str, OfOneStar] = {}


def _without_empty(judges: object) -> object:
    """Reports by judge without those of no review, which hold nothing but `n`."""
    if not isinstance(judges, dict):
        return judges
    return {name: own for name, own in judges.items() if own != {"n": 0}}


def _without_none(shares: object) -> object:
    """Shares by name without those that nothing could be said of."""
    if not isinstance(shares, dict):
        return shares
    return {name: own for name, own in shares.items() if own is not None}


Judges = Annotated[dict[str, JudgeReport], BeforeValidator(_without_empty)]
Shares = Annotated[dict[str, Rate], BeforeValidator(_without_none)]


class GeneratedFile(Texts, Measured):
    """generated.json: each judge's report by name; `accepted` has none where nothing was accepted."""

    n: int
    per_star: int | None = None
    unfiltered: Judges
    accepted: Judges
    reference: Judges
    acceptance: Acceptance
    sampling: dict[str, float | str] = {}
    share_of_real: Shares = {}
    rejected: dict[str, int] = {}
    duplicates: Rate | None = None
    near_duplicates: Rate | None = None
    real: Texts | None = None
    longest_copy: LongestCopy | None = None
    detector_auc: Rate | None = None
    strong_detector_auc: Shares = {}
    frontier: list[Point] = []
    polarity_agreement: Rate | None = None
    examples: list[Example] = []


class Curves(Part):
    """Figures of real reviews of one star, by how many there are and how long they are cut.

    cut_words: the mean length after each cut. distinct1, distinct2: a row for each count, in it each length.
    """

    cut_words: list[float]
    near_duplicates: list[Rate]
    words: list[Rate]
    distinct1: list[list[Rate]]
    distinct2: list[list[Rate]]


class DiversityFile(Measured):
    """real-diversity.json; copies: by length, None where the generator's training text has no index."""

    counts: Annotated[list[PositiveInt], Field(min_length=1)]
    lengths: Annotated[list[PositiveInt], Field(min_length=1)]
    by_stars: dict[str, Curves]
    copies: list[Rate] | None = None
