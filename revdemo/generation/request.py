"""What a run is asked for and what comes of it, and what the loop needs of others: types without any work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Protocol

from revdemo import notebooks
from revdemo.errors import Phrase, RevdemoError
from revdemo.generation.copies import words
from revdemo.intervals import Rate
from revdemo.kinds import check_kind
from revdemo.models.sampling.options import SAMPLING_RANGES
from revdemo.reviews import STARS, clean, states_score

if TYPE_CHECKING:
    from revdemo.models.classifier import Prediction
    from revdemo.models.generator import Sample
    from revdemo.models.weights.registry import ModelSource

REASONS = (  # in the order in which they are looked for; the first one found is given
    "empty",
    "truncated",
    "states score",
    "opening",
    "copy",
    "duplicate",
    "near duplicate",
    "stars",
    "confidence",
    "likeness",
)
BY_HAND = "by hand"  # the reason of a review that the filter accepted and a person keeps out
ENDS = ("target", "rounds", "deadline", "stopped", "failed")
NO_MISS = frozenset({"empty", "opening", "copy", "duplicate", "near duplicate", BY_HAND})  # never the nearest
NEVER = frozenset({"empty", "opening", "copy", "duplicate"})  # not even taken in by hand
LONGEST_OPENING = 500  # characters
AT_ONCE = 2  # rounds that the page, the command line and Python sample together: a third faster on two cores
RANGES = {
    "stars": (Integral, 1, 5),
    "accepted": (Integral, 1, 100_000),
    "rounds": (Integral, 1, 100_000),
    "round_size": (Integral, 1, 256),
    "at_once": (Integral, 1, 8),
    "tolerance": (Integral, 0, 1),
    "min_confidence": (Real, 0, 1),
    "seed": (Integral, 0, 2**32 - 1),
    "deadline": (Real, 0.001, 7 * 86_400),
    **SAMPLING_RANGES,
    "min_likeness": (Real, 0, 1),
}
SAID = {  # what a visitor of the page can set, in words
    "accepted": Phrase("accepted", context="setting"),
    "rounds": Phrase("rounds", context="setting"),
    "seed": Phrase("seed", context="setting"),
    "min_confidence": Phrase("min_confidence", context="setting"),
    "temperature": Phrase("temperature", context="setting"),
    "top_p": Phrase("top_p", context="setting"),
    "min_p": Phrase("min_p", context="setting"),
    "max_tokens": Phrase("max_tokens", context="setting"),
    "min_likeness": Phrase("min_likeness", context="setting"),
}
SHOWN = 20  # reviews of a run in a notebook
OPTIONAL = frozenset({*SAMPLING_RANGES, "min_likeness"})


@dataclass(frozen=True)
class Request:
    """What a run is asked for; every field is checked, and RevdemoError names the one that is wrong.

    stars: 1 to 5. accepted: how many accepted reviews end the run. rounds, deadline (seconds): what ends it
    without them. round_size: samples per round. at_once: rounds that may be sampled together, which is
    faster, while that many are still wanted. tolerance: 0 for exactly the stars, 1 for near ones.
    min_confidence: 0 to 1. seed: the same seed, models and device give the same reviews. temperature, top_p,
    min_p, max_tokens, guidance and guided_tokens: None leaves them to the generator. kind: what the reviews
    are about, one of kinds.KINDS, for a generator that was taught kinds. min_likeness: 0 to 1, how much a
    review must read like a real one, where the generator has a model of that; None leaves it to the model.
    opening: how every review begins.
    until_first: the original project's rule instead of `accepted`, whole rounds until one review is accepted.
    """

    stars: int
    accepted: int = 20
    rounds: int = 10
    round_size: int = 20
    at_once: int = 1
    tolerance: int = 0
    min_confidence: float = 0.0
    temperature: float | None = None
    top_p: float | None = None
    min_p: float | None = None
    max_tokens: int | None = None
    guidance: float | None = None
    guided_tokens: int | None = None
    kind: str | None = None
    min_likeness: float | None = None
    seed: int = 0
    opening: str = ""
    until_first: bool = False
    deadline: float = 600.0

    def __post_init__(self) -> None:
        for name, (kind, low, high) in RANGES.items():
            value = getattr(self, name)
            if value is None and name in OPTIONAL:
                continue
            if not _is_number(value, kind) or not low <= value <= high:
                whole = Phrase("a whole number") if kind is Integral else Phrase("a number")
                raise RevdemoError(
                    "{name} is {value!r}, and must be {whole} from {low:,} to {high:,}.",
                    name=SAID.get(name, name),
                    value=value,
                    whole=whole,
                    low=low,
                    high=high,
                )
            object.__setattr__(self, name, int(value) if kind is Integral else float(value))
        if not isinstance(self.until_first, bool):
            raise RevdemoError(
                "until_first is {until_first!r}, and must be True or False.", until_first=self.until_first
            )
        if self.kind is not None:
            check_kind(self.kind)
        self._check_opening()

    def _check_opening(self) -> None:
        if not isinstance(self.opening, str) or len(self.opening) > LONGEST_OPENING:
            raise RevdemoError(
                "opening must be a text of at most {limit} characters: shorten it.", limit=LONGEST_OPENING
            )
        if self.opening.strip() and not words(clean(self.opening)):
            raise RevdemoError("opening holds no words: write at least one, or leave it empty.")
        if states_score(self.opening):
            raise RevdemoError("opening states a score, and such reviews are rejected: leave the score out.")

    @property
    def target(self) -> int:
        """How many accepted reviews end the run."""
        return 1 if self.until_first else self.accepted


@dataclass(frozen=True)
class Review:
    """One generated review with its verdict; reason: one of REASONS, or BY_HAND, empty when accepted.

    index and round count from 1. predicted, confidence and probabilities are None for a text without words.
    overruled: the filter's reason (empty where it accepted) once a person decided otherwise, else None.
    """

    index: int
    round: int
    text: str
    requested: int
    predicted: int | None
    confidence: float | None
    probabilities: tuple[float, ...] | None
    accepted: bool
    reason: str
    overruled: str | None = None

    @property
    def by_hand(self) -> bool:
        """Whether a person decided otherwise than the filter."""
        return self.overruled is not None

    @property
    def passed(self) -> bool:
        """Whether the filter accepted it, whatever a person decided."""
        return self.accepted != self.by_hand

    @property
    def filter_reason(self) -> str:
        """Why the filter rejected it, empty where it accepted it, whatever a person decided."""
        return self.reason if self.overruled is None else self.overruled

    @property
    def can_be_accepted(self) -> bool:
        """Whether a person may take it in: not what is empty, or a copy of another text."""
        return self.filter_reason not in NEVER

    def decided(self, accepted: bool) -> Review:
        """The review as a person decides on it: to decide as the filter did is to undo."""
        reason = self.filter_reason
        if accepted == self.passed:
            return replace(self, accepted=accepted, reason=reason, overruled=None)
        return replace(self, accepted=accepted, reason="" if accepted else BY_HAND, overruled=reason)

    @property
    def expected(self) -> float | None:
        """The mean of the stars under the probabilities, 1.0 to 5.0."""
        if self.probabilities is None:
            return None
        return sum(stars * share for stars, share in zip(STARS, self.probabilities, strict=True))


@dataclass
class Run:
    """A run so far; `ended` is one of ENDS once it is over."""

    id: str
    request: Request
    models: dict[str, dict[str, str]]
    accepted: list[Review] = field(default_factory=list)
    rejected: list[Review] = field(default_factory=list)
    ended: str | None = None

    @property
    def reviews(self) -> list[Review]:
        """Accepted and rejected reviews in the order in which they were judged."""
        return sorted(self.accepted + self.rejected, key=lambda review: review.index)

    @property
    def nearest(self) -> list[Review]:
        """The rejected reviews, nearest to what was asked first; empty once a review is accepted."""
        if self.accepted:
            return []
        misses = [one for one in self.rejected if one.predicted is not None and one.reason not in NO_MISS]
        return sorted(misses, key=_distance)

    def _repr_html_(self) -> str:
        """The run as a notebook shows it: its reviews, the newest first."""
        ended = self.ended or "running"
        said = f"{len(self.accepted)} accepted, {len(self.rejected)} rejected ({ended})"
        rows = [
            (one.requested, one.predicted or "", one.reason or "accepted", one.text)
            for one in reversed(self.reviews[-SHOWN:])
        ]
        return notebooks.table(said, ("requested", "predicted", "verdict", "review"), rows)

    @property
    def confusion(self) -> list[list[int]]:
        """Counts of requested (rows) by predicted stars (columns), 5 x 5, accepted or not."""
        counts = [[0] * len(STARS) for _ in STARS]
        for review in self.accepted + self.rejected:
            if review.predicted is not None:
                counts[review.requested - 1][review.predicted - 1] += 1
        return counts


@dataclass(frozen=True)
class Step:
    """What one sub-batch brought: the new reviews, and where the run stands after them.

    rate: accepted of judged, None before any. seconds_left: until the target at the rate and pace so far, or
    until the rounds or the deadline end the run, whichever comes first; None before any review.
    """

    run: Run
    new: tuple[Review, ...]
    round: int
    judged: int
    accepted: int
    rate: Rate | None
    seconds: float
    seconds_left: float | None


class Writer(Protocol):
    """What the loop needs of a generator of reviews: ReviewGenerator, or a fake."""

    @property
    def source(self) -> ModelSource: ...

    @property
    def stream(self) -> Callable[..., Generator[list[Sample]]]: ...


class Classifier(Protocol):
    """What the loop needs of a classifier: StarClassifier, or a fake."""

    @property
    def source(self) -> ModelSource: ...

    @property
    def predict(self) -> Callable[..., Sequence[Prediction]]: ...


class Recorder(Protocol):
    """What the loop needs of a record of runs: the ledger, or a fake."""

    def start(self, request: Request, owner: str, models: dict[str, dict[str, str]]) -> str: ...

    def add(self, run_id: str, reviews: Sequence[Review]) -> None: ...

    def finish(self, run_id: str, ended: str) -> None: ...


def _distance(review: Review) -> tuple[float, float, float]:
    """How far a review with a prediction is from what was asked."""
    return (
        abs((review.predicted or 0) - review.requested),
        abs((review.expected or 0) - review.requested),
        -(review.confidence or 0),
    )


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
