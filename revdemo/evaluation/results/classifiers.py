"""What was measured of the classifiers: stars.json, judge.json, polarity.json, limits.json and why.json."""

# ruff: noqa: RUF012  (pydantic copies a default)

from typing import Annotated

from pydantic import Field

from revdemo.evaluation.results.parts import (
    Chance,
    Counts,
    Difference,
    Five,
    Measured,
    Part,
    PolarityReport,
    Scores,
    StarReport,
)
from revdemo.intervals import Rate


class Natural(Part):
    """The same reviews, weighed to stars as frequent as they are where nobody balances them."""

    mix: Annotated[list[float], Five]
    exact: Scores | Rate
    mae: Rate
    ece: Rate | None = None


class Bin(Part):
    """Reviews of about the same confidence, and how often the prediction was right."""

    confidence: float
    accuracy: float
    n: int = Field(gt=0)


class Balance(Part):
    """Reviews of each star in the training data."""

    before: Counts
    after: Counts


class StarFile(StarReport, Measured):
    """stars.json, judge.json, stars-validation.json."""

    n: int
    films: int | None = None
    by_source: dict[str, StarReport] = {}
    with_stated_scores: StarReport | None = None
    baseline: StarReport | None = None
    untrained: StarReport | None = None
    difference: Difference | None = None
    natural: Natural | None = None
    reliability: list[Bin] = []
    balance: Balance | None = None
    chance: dict[str, Chance] = {}


class Domains(Part):
    """Another way to tell positive from negative, by domain."""

    name: str = ""
    domains: dict[str, PolarityReport] = {}


class Epoch(Part):
    """One epoch of training."""

    epoch: float
    training_loss: float | None = None
    validation_loss: float | None = None
    accuracy: float | None = None
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None


class Neutral(Part):
    """Where the page says neutral, and how many reviews fall there."""

    low: float
    high: float
    three_star_share: Rate
    other_share: Rate


class PolarityFile(PolarityReport, Domains, Measured):
    """polarity.json."""

    n: int
    epochs: list[Epoch] = []
    baseline: Domains | None = None
    from_stars: Domains | None = None
    neutral: Neutral | None = None


class Failing(StarReport):
    """Stars of reviews of a kind that the classifier did not learn from."""

    plain: StarReport | None = None  # of the same, said plainly in English
    by_domain: dict[str, StarReport] = {}


class FailingPolarity(PolarityReport):
    """Polarity of such reviews."""

    n: int
    plain: PolarityReport | None = None


class LimitsFile(Measured):
    """limits.json."""

    n: int
    note: str = ""
    sets: dict[str, Failing]
    polarity: dict[str, FailingPolarity] = {}


class WhyFile(Measured):
    """why.json: how far the expected stars move without five words, the strongest or random ones."""

    n: int
    removed: int
    strongest: Rate
    random: Rate
    difference: Rate
    ahead: Rate
