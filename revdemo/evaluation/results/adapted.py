"""What adapting to a table changed: adapt.json, which train.adapt writes beside the models."""

# ruff: noqa: RUF012  (pydantic copies a default)

from pydantic import Field

from revdemo.evaluation.results.parts import Change, Difference, Part, StarReport
from revdemo.evaluation.results.texts import Judges, Shares
from revdemo.intervals import Rate


class Table(Part):
    """The table that was adapted to: its rows, and how many of each star every part has."""

    name: str
    rows: int
    parts: dict[str, dict[str, int]] = {}


class AdaptedStars(Part):
    """The classifiers on held-out rows."""

    n: int
    before: StarReport
    after: StarReport
    difference: Difference


class BitsPerByte(Part):
    """How many bits per byte the generators differ by."""

    bits_per_byte: Rate


class AdaptedGenerator(Part):
    """The generators on held-out rows."""

    n: int
    perplexity: Change
    bits_per_byte: Change
    difference: BitsPerByte


class AdaptedAcceptance(Part):
    """The share of written reviews that the filter accepts; by those stars that the table has."""

    all: Rate
    by_stars: dict[str, Rate]


class Written(Part):
    """What one side's generator wrote, by its filter and by the judge; None where there was too little."""

    acceptance: AdaptedAcceptance
    judge: Judges
    share_of_real: Shares = {}
    detector_auc: Rate | None = None


class WrittenDifference(Part):
    """What changed of it; None where a side has nothing to compare."""

    acceptance: Rate | None = None
    judge_exact_unfiltered: Rate | None = None
    judge_exact_accepted: Rate | None = None


class JudgeName(Part):
    """The classifier of another family that judges."""

    name: str


class Generated(Part):
    """Reviews written before and after."""

    n: int
    before: Written
    after: Written
    difference: WrittenDifference
    judge: JudgeName | None = None


class AdaptedFile(Part):
    """adapt.json; what was not adapted is None."""

    table: Table
    rows: dict[str, int] = {}
    models: dict[str, dict[str, dict]] = Field({}, description="by side and role, as Measured.model has them")
    stars: AdaptedStars | None = None
    generator: AdaptedGenerator | None = None
    generated: Generated | None = None
    device: str = ""
    minutes: float | None = None
    command: str = ""
