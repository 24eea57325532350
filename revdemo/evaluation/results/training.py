"""What was measured of training: study.json, use.json, and the log of a run, training.json."""

# ruff: noqa: RUF012  (pydantic copies a default)

from typing import Annotated, Any

from pydantic import Field

from revdemo.evaluation.results.parts import Measured, Part
from revdemo.intervals import Rate


class Spread(Part):
    """A mean and its standard deviation over samples."""

    mean: float
    spread: float


class Setting(Part):
    """What one value of one setting gave."""

    value: float | str
    exact: Spread | None = None
    near: Spread | None = None
    mae: Spread | None = None
    perplexity: Spread | None = None
    bits_per_byte: Spread | None = None
    loss: Spread | None = None


class StudyResults(Part):
    """One setting varied at a time, averaged over samples."""

    axes: dict[str, Annotated[list[Setting], Field(min_length=1)]]
    default: dict[str, Any] = {}
    samples: int
    rows: int


class StudyFile(Measured):
    """study.json."""

    classifier: StudyResults | None = None
    generator: StudyResults | None = None


class Arm(Part):
    """A way to fill the gap, or the difference of two of them."""

    name: str
    exact: Rate
    near: Rate | None = None
    mae: Rate | None = None
    recall_of_gap: Rate | None = None


class Use(Part):
    """A star classifier on few reviews, one star of them cut short."""

    name: str
    title: str
    gap_star: int
    rows_per_class: int
    cut_to: int
    resamples: int
    arms: Annotated[list[Arm], Field(min_length=1)]
    differences: list[Arm] = []


class UseFile(Measured):
    """use.json."""

    settings: list[Use]


class Entry(Part):
    """One line of the log of a training run."""

    epoch: float | None = None
    loss: float | None = None
    eval_loss: float | None = None


class TrainingFile(Measured):
    """training.json, beside an adapter."""

    log: list[Entry]
