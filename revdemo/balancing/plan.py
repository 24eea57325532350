"""What a table lacks of each star, and what the ledger already has towards it.

The seed of every run comes from the plan (the table, the settings, the models and its own seed), so the
ledger alone tells what a plan has: a fill that was stopped or killed resumes without a record of its own.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from revdemo import notebooks
from revdemo.errors import RevdemoError
from revdemo.generation.copies import same_words
from revdemo.generation.ledger import Ledger, RunSummary
from revdemo.generation.request import AT_ONCE, RANGES, Classifier, Request, Review, Writer
from revdemo.intervals import Rate, wilson
from revdemo.kinds import guess_kind
from revdemo.reviews import STARS
from revdemo.settings import Settings

SAMPLING = ("temperature", "top_p", "min_p", "max_tokens", "guidance", "guided_tokens")
OPTIONS = ("round_size", "tolerance", "min_confidence", "kind", "min_likeness", *SAMPLING)
PATIENCE = 50  # samples for each review that is missing, after which a star's run is given up


def gaps(stars: Sequence[int], level: int | None = None) -> dict[int, int]:
    """How many reviews each star lacks to reach `level`; None stands for the count of the commonest star."""
    counts = count(stars)
    level = max(counts.values()) if level is None else level
    return {star: max(0, level - counts[star]) for star in STARS}


def count(stars: Sequence[int]) -> dict[int, int]:
    """How many reviews each star has."""
    found = np.bincount(np.asarray(stars, dtype=np.int64), minlength=len(STARS) + 1)
    return {star: int(found[star]) for star in STARS}


@dataclass(frozen=True)
class Limits:
    """What ends the run of a star before its gap is filled; another fill then resumes it.

    accepted: most synthetic reviews of a star. rounds, deadline (seconds): of one run.
    """

    accepted: int = RANGES["accepted"][2]
    rounds: int = RANGES["rounds"][2]
    deadline: float = RANGES["deadline"][2]

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that the settings give every run."""
        return cls(settings.max_accepted, settings.max_rounds, settings.deadline)


@dataclass(frozen=True)
class BalancePlan:
    """What to fill: real reviews and their stars, the level to reach, and how reviews are asked for.

    level: reviews per star; None takes the commonest star's count. options: fields of Request (OPTIONS).
    A plan with another level or other limits continues from the same reviews; any other change starts over.

    Raises:
        RevdemoError: nothing is lacking, or an option is unknown or out of range.
    """

    texts: Sequence[str]
    stars: Sequence[int]
    level: int | None = None
    seed: int = 0
    options: Mapping[str, float | int | str | None] = field(default_factory=dict)
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if unknown := set(self.options) - set(OPTIONS):
            raise RevdemoError(
                "{unknown} cannot be set here; these can: {options}.",
                unknown=", ".join(sorted(unknown)),
                options=", ".join(OPTIONS),
            )
        self.request(STARS[0], 1, self.seed)
        if not any(self.gaps.values()):
            raise RevdemoError(
                "No star lacks a review: each has as many as the level. Ask for a higher level, or use the "
                "table as it is."
            )

    def about(self, generator: Writer) -> BalancePlan:
        """The plan with a kind of reviews, guessed where none was given and the generator knows kinds."""
        prefix = getattr(generator, "prefix", None)
        if prefix is None or not prefix.knows_kinds or self.options.get("kind"):
            return self
        return replace(self, options={**self.options, "kind": guess_kind(self.texts)})

    @cached_property
    def gaps(self) -> dict[int, int]:
        """How many reviews each star lacks."""
        return gaps(self.stars, self.level)

    @cached_property
    def wanted(self) -> dict[int, int]:
        """How many synthetic reviews each lacking star gets: its gap, or the limit where that is less."""
        return {star: min(gap, self.limits.accepted) for star, gap in self.gaps.items() if gap}

    @property
    def over(self) -> dict[int, int]:
        """The gaps that are larger than the limit allows to fill."""
        return {star: gap for star, gap in self.gaps.items() if gap > self.limits.accepted}

    def request(self, star: int, accepted: int, seed: int, **changes: Any) -> Request:
        """The request of one run."""
        own: dict[str, Any] = {name: value for name, value in self.options.items() if value is not None}
        limits = {"deadline": self.limits.deadline, "at_once": AT_ONCE}
        request = Request(stars=star, accepted=accepted, seed=seed, **(limits | own))
        patience = math.ceil(PATIENCE * accepted / request.round_size)
        return replace(request, **{"rounds": min(self.limits.rounds, patience), **changes})

    def key(self, generator: Writer, classifier: Classifier) -> int:
        """A number that only the same reviews, settings, seed and models give."""
        about = hashlib.sha256()
        options = {name: value for name, value in self.options.items() if value is not None}
        for part in (options, self.seed, generator.source.revision, classifier.source.revision):
            about.update(json.dumps(part, sort_keys=True).encode() + b"\n")
        for text, star in zip(self.texts, self.stars, strict=True):
            about.update(f"{star} {text}\n".encode("utf-8", "surrogatepass"))
        return int.from_bytes(about.digest()[:16], "big")


@dataclass
class Held:
    """What the ledger has of a plan: accepted reviews by star, how many were judged, and the runs."""

    accepted: dict[int, list[Review]] = field(default_factory=lambda: {star: [] for star in STARS})
    judged: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STARS, 0))
    passed: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STARS, 0))
    runs: dict[int, list[RunSummary]] = field(default_factory=lambda: {star: [] for star in STARS})

    def missing(self, plan: BalancePlan) -> dict[int, int]:
        """How many reviews each star still lacks; a star that lacks none is left out."""
        left = {star: wanted - len(self.accepted[star]) for star, wanted in plan.wanted.items()}
        return {star: count for star, count in left.items() if count > 0}

    def reviews(self, plan: BalancePlan) -> list[Review]:
        """The accepted reviews that fill the gaps, the earliest of each star, and no more than it lacks."""
        return [one for star, wanted in plan.wanted.items() for one in self.accepted[star][:wanted]]

    def rates(self) -> dict[int, Rate]:
        """The share of reviews accepted, for each star of which any was judged."""
        return {star: wilson(self.passed[star], judged) for star, judged in self.judged.items() if judged}


def held(plan: BalancePlan, generator: Writer, classifier: Classifier, ledger: Ledger, owner: str) -> Held:
    """What the ledger has of a plan. Another owner's reviews are never among it."""
    found, key = Held(), plan.key(generator, classifier)
    for star in STARS:
        known: set[str] = set()  # two fills at once, in two tabs, write the same reviews
        while runs := ledger.seeded(owner, run_seed(key, star, len(found.runs[star]))):
            found.runs[star].append(runs[0])
            for run in runs:
                found.judged[star] += run.accepted + run.rejected
                found.passed[star] += run.accepted
                for review in ledger.reviews(run.id, owner, accepted=True):
                    if (same := same_words(review.text)) not in known:
                        known.add(same)
                        found.accepted[star].append(review)
    return found


def run_seed(key: int, star: int, attempt: int) -> int:
    """The seed of a star's run, below 2**32: it depends on the plan, so that it tells the plan's runs."""
    return int(np.random.SeedSequence([key, star, attempt]).generate_state(1)[0])


@dataclass(frozen=True)
class Balanced:
    """A plan with what was written for it."""

    plan: BalancePlan
    held: Held

    def _repr_html_(self) -> str:
        """The table as a notebook shows it: real, synthetic and missing reviews of each star."""
        real, written = count(self.plan.stars), Counter(one.requested for one in self.reviews)
        rows = [(star, real[star], written[star], self.missing.get(star, 0)) for star in STARS]
        return notebooks.table("Reviews", ("stars", "real", "synthetic", "missing"), rows)

    @property
    def reviews(self) -> list[Review]:
        """The synthetic reviews, by star."""
        return self.held.reviews(self.plan)

    @property
    def missing(self) -> dict[int, int]:
        """How many reviews each star still lacks; a star that lacks none is left out."""
        return self.held.missing(self.plan)
