"""Balancing a table: the one way in which the page, the command line and Python do it.

plan says what is lacking, domain_gap whether the table looks like what the generator writes, filling writes
what is lacking, and dataset saves real and synthetic reviews together.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revdemo.balancing import dataset, domain_gap
from revdemo.balancing.domain_gap import Distance
from revdemo.balancing.filling import SAMPLE, FillEstimate, FillProgress, estimate, fill, sample
from revdemo.balancing.plan import Balanced, BalancePlan, Held, Limits, held
from revdemo.errors import RevdemoError
from revdemo.generation.context import JobContext
from revdemo.generation.ledger import Ledger
from revdemo.tables import table

if TYPE_CHECKING:
    import pandas as pd

MOST_SAMPLED = 256  # reviews per star


@dataclass(frozen=True)
class BalanceRequest:
    """What is asked for a table.

    level, seed and options are those of the plan. limits: by default the outermost ones, which suit one's own
    machine; the page takes those of its settings. sample: reviews per star (up to 256) to look at and to
    estimate from, 0 for none; before a fill only where nothing was judged yet of a star that lacks some.
    fill: whether to fill the gaps then. kind: of the data, "parquet" or "csv".

    Raises:
        RevdemoError: a field is out of range.
    """

    chosen: table.Chosen
    level: int | None = None
    seed: int = 0
    options: Mapping[str, float | int | None] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    sample: int = SAMPLE
    fill: bool = True
    kind: str = "parquet"

    def __post_init__(self) -> None:
        dataset.check_kind(self.kind)
        least = 0 if self.fill else 1
        if not least <= self.sample <= MOST_SAMPLED:
            raise RevdemoError(
                "The sample is {sample} reviews per star: it must be from {least} to {most}.",
                sample=self.sample,
                least=least,
                most=MOST_SAMPLED,
            )


@dataclass(frozen=True)
class Planned:
    """The table was read: what each star lacks."""

    plan: BalancePlan


@dataclass(frozen=True)
class DistanceMeasured:
    """How far the table is from what the generator writes, None where it could not be told, and what the
    ledger has of the plan already."""

    plan: BalancePlan
    distance: Distance | None
    held: Held


@dataclass(frozen=True)
class Estimated:
    """What the fill will take, None where nothing was judged this time; whoever does not agree ends here."""

    plan: BalancePlan
    held: Held
    estimate: FillEstimate | None


@dataclass(frozen=True)
class Saving:
    """The fill has ended, and its files are being written."""


@dataclass(frozen=True)
class BalanceResult:
    """What there is of a plan at the end.

    estimate: of what is still lacking, after a sample. files: the data and its card, after a fill into a
    folder.
    """

    balanced: Balanced
    distance: Distance | None
    estimate: FillEstimate | None = None
    files: tuple[Path, ...] = ()


BalanceStep = Planned | DistanceMeasured | FillProgress | Estimated | Saving | BalanceResult


def balance(
    request: BalanceRequest,
    context: JobContext,
    out: Path | None = None,
    read: Callable[[table.Chosen], pd.DataFrame] = table.labelled,
) -> Generator[BalanceStep, None, None]:
    """Measure the table, write a sample, fill its gaps, and save real and synthetic reviews in a folder.

    Yields Planned, DistanceMeasured, a FillProgress for each few reviews of the sample, Estimated, the same
    for the fill, Saving where there is a folder, and last a BalanceResult. Interrupted, the same request
    resumes where it stopped: what was accepted is in the ledger.

    Args:
        out: the folder for data.parquet (or data.csv) and README.md of a fill.
        read: gives the labelled rows of a table, for a caller that keeps them.

    Raises:
        RevdemoError: the table has no ratings, nothing is lacking, or a model is missing.
    """
    rows = read(request.chosen)
    plan = plan_of(request, rows)
    yield Planned(plan)
    generator, classifier = context.generator, context.stars
    plan = plan.about(generator)
    distance = _distance(rows, plan, context)
    with context.open_ledger() as ledger:
        yield DistanceMeasured(plan, distance, held(plan, generator, classifier, ledger, context.owner))
        after = yield from _write(request, plan, context, ledger)
        balanced = Balanced(plan, held(plan, generator, classifier, ledger, context.owner))
    files: tuple[Path, ...] = ()
    if request.fill and out:
        yield Saving()
        about = "" if distance is None else distance.told
        dataset.write(balanced, request.chosen, generator, context.copies, out, request.kind, about)
        files = (out / f"data.{request.kind}", out / dataset.CARD)
    yield BalanceResult(balanced, distance, after, files)


def plan_of(request: BalanceRequest, rows: pd.DataFrame) -> BalancePlan:
    """The plan of a request, from the labelled rows of its table.

    Raises:
        RevdemoError: nothing is lacking, or an option is out of range.
    """
    stars = [int(star) for star in rows["stars"]]
    return BalancePlan(
        list(rows["text"]), stars, request.level, request.seed, request.options, request.limits
    )


def _distance(rows: pd.DataFrame, plan: BalancePlan, context: JobContext) -> Distance | None:
    """The distance of a table, measured once and kept with its rows."""
    known, revision = rows.attrs.setdefault("distance", {}), context.generator.source.revision
    if revision not in known:
        measured = domain_gap.measure(
            context.generator, plan.texts, plan.stars, should_stop=context.should_stop
        )
        if measured is None:
            return None
        known[revision] = measured
    return known[revision]


def _write(
    request: BalanceRequest, plan: BalancePlan, context: JobContext, ledger: Ledger
) -> Generator[FillProgress | Estimated, None, FillEstimate | None]:
    """The sample and the fill; returns the estimate."""
    given = (plan, context.generator, context.stars, ledger, context.owner)
    options: dict[str, Any] = {
        "copies": context.copies,
        "likeness": context.likeness,
        "should_stop": context.should_stop,
    }
    so_far, last = held(*given), None
    if request.sample and (not request.fill or _unknown(plan, so_far)):
        for last in sample(*given, each=request.sample, **options):
            yield last
    so_far = last.held if last else so_far
    after = _estimate(plan, so_far, last)
    if context.should_stop():
        return after
    yield Estimated(plan, so_far, after)
    if request.fill and so_far.missing(plan):
        yield from fill(*given, **options)
    return after


def _unknown(plan: BalancePlan, so_far: Held) -> bool:
    """Whether a star that lacks reviews had none judged yet."""
    return any(not so_far.judged[star] for star in so_far.missing(plan))


def _estimate(plan: BalancePlan, so_far: Held, last: FillProgress | None) -> FillEstimate | None:
    if last is None or not last.judged or not so_far.missing(plan):
        return None
    return estimate(plan, so_far, last.judged, last.seconds)
