"""Filling the gaps of a plan: a sample, an estimate, and one run of the loop for each star."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from revdemo.balancing.plan import BalancePlan, Held, held, run_seed
from revdemo.errors import RevdemoError
from revdemo.generation.copies import CopyIndex, NearDuplicates
from revdemo.generation.ledger import Ledger
from revdemo.generation.likeness import Likeness
from revdemo.generation.loop import generate
from revdemo.generation.request import Classifier, Review, Step, Writer
from revdemo.intervals import Rate

SAMPLE = 5  # reviews per star that are written to look at, and to estimate from


@dataclass(frozen=True)
class FillProgress:
    """Where a fill (or the sample before it) stands after new reviews.

    star: the one being written. held: all of the plan so far, earlier runs included. judged and seconds are
    of this time alone. seconds_left: None before any review. ended: how the star's run ended, one of
    request.ENDS, None while it is running.
    """

    star: int
    new: tuple[Review, ...]
    held: Held
    judged: int
    seconds: float
    seconds_left: float | None
    ended: str | None


@dataclass(frozen=True)
class FillEstimate:
    """What a fill will probably take, from what was judged so far.

    rates: accepted of judged by star. missing: reviews by star. pace: reviews per second. seconds: the most
    likely time, None when a star had none accepted; low and high are the ends of the 95% interval of the
    rates, high None when it has no end.
    """

    missing: dict[int, int]
    rates: dict[int, Rate]
    pace: float
    seconds: float | None
    low: float
    high: float | None


def sample(
    plan: BalancePlan,
    generator: Writer,
    classifier: Classifier,
    ledger: Ledger,
    owner: str = "",
    copies: CopyIndex | None = None,
    likeness: Likeness | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    each: int = SAMPLE,
) -> Iterator[FillProgress]:
    """Write a few reviews of every star that still lacks some; what is accepted counts towards the fill."""
    few = {"accepted": each, "rounds": 1, "round_size": each}
    yield from _write(plan, generator, classifier, ledger, owner, copies, likeness, should_stop, few)


def fill(
    plan: BalancePlan,
    generator: Writer,
    classifier: Classifier,
    ledger: Ledger,
    owner: str = "",
    copies: CopyIndex | None = None,
    likeness: Likeness | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[FillProgress]:
    """Write reviews, star after star, until no gap is left or the limits or the user end it.

    Yields a FillProgress once its reviews are in the ledger, and one at the end of each star's run. Closing
    the iterator stops the fill. Calling it again with the same plan resumes from what the ledger has. No
    accepted review repeats, or nearly repeats, another one or a real one.
    """
    yield from _write(plan, generator, classifier, ledger, owner, copies, likeness, should_stop, {})


def estimate(plan: BalancePlan, found: Held, judged: int, seconds: float) -> FillEstimate:
    """What the rest of a fill will take, from `judged` reviews that took `seconds`.

    A full run writes more reviews together than a sample does, and is the faster for it.

    Raises:
        RevdemoError: nothing was judged.
    """
    if not judged or seconds <= 0:
        raise RevdemoError(
            "Nothing has been judged yet, so there is nothing to estimate from: write a sample."
        )
    missing, rates, pace = found.missing(plan), found.rates(), judged / seconds
    rates = {star: rates[star] for star in missing if star in rates}

    def total(end: str) -> float:
        return sum(missing[star] / getattr(rate, end) for star, rate in rates.items()) / pace

    ends = len(rates) == len(missing) and all(rate.value for rate in rates.values())
    return FillEstimate(
        missing, rates, pace, total("value") if ends else None, total("high"), total("low") if ends else None
    )


def _write(
    plan: BalancePlan,
    generator: Writer,
    classifier: Classifier,
    ledger: Ledger,
    owner: str,
    copies: CopyIndex | None,
    likeness: Likeness | None,
    should_stop: Callable[[], bool],
    changes: Mapping[str, int],
) -> Iterator[FillProgress]:
    """One run for each star that lacks reviews; `changes` are to their requests."""
    found, key = held(plan, generator, classifier, ledger, owner), plan.key(generator, classifier)
    clock, seen = _Clock(), _seen(plan, found)
    for star, missing in found.missing(plan).items():
        if should_stop():
            return
        seed = run_seed(key, star, len(found.runs[star]))
        request = plan.request(star, seed=seed, **{"accepted": missing, **changes})
        steps = generate(
            request, generator, classifier, copies=copies, likeness=likeness, seen=seen, ledger=ledger,
            owner=owner, should_stop=should_stop,
        )  # fmt: skip
        with closing(steps):
            for step in steps:
                _count(found, star, step)
                yield clock.progress(plan, star, step, found)
        found.runs[star].append(ledger.run(step.run.id, owner))
        if step.run.ended == "stopped":
            return


def _count(found: Held, star: int, step: Step) -> None:
    found.judged[star] += len(step.new)
    new = [review for review in step.new if review.accepted]
    found.passed[star] += len(new)
    found.accepted[star] += new


def _seen(plan: BalancePlan, found: Held) -> NearDuplicates:
    """The real reviews and the accepted ones, which no other one may repeat."""
    seen = NearDuplicates()
    for text in plan.texts:
        seen.add(text)
    for reviews in found.accepted.values():
        for review in reviews:
            seen.add(review.text)
    return seen


class _Clock:
    """How many reviews were judged this time, how long that took, and how long the rest will take."""

    def __init__(self) -> None:
        self.began, self.judged = time.monotonic(), 0

    def progress(self, plan: BalancePlan, star: int, step: Step, found: Held) -> FillProgress:
        self.judged += len(step.new)
        seconds = time.monotonic() - self.began
        left = self._left(plan, found, seconds) if self.judged else None
        return FillProgress(star, step.new, found, self.judged, seconds, left, step.run.ended)

    def _left(self, plan: BalancePlan, found: Held, seconds: float) -> float:
        """At the pace and the rates so far; a star that has not begun is as the others are."""
        passed, judged = sum(found.passed.values()), sum(found.judged.values())
        left = 0.0
        for star, missing in found.missing(plan).items():
            of_star = found.judged[star]
            rate = (found.passed[star] + (passed + 1) / (judged + 2)) / (of_star + 1)
            left += min(missing / rate * seconds / self.judged, plan.limits.deadline)
        return left
