"""The classifier in the loop: rounds of samples, a verdict on each, and the budgets that end a run."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from revdemo.errors import RevdemoError
from revdemo.quality import CopyIndex, NearDuplicates, words
from revdemo.reviews import STARS, clean, states_score

if TYPE_CHECKING:
    from revdemo.ledger import Ledger

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
)
ENDS = ("target", "rounds", "deadline", "stopped", "failed")
NO_MISS = frozenset(
    {"empty", "opening", "copy", "duplicate", "near duplicate"}
)  # never offered as the nearest
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
    "temperature": (Real, 0.05, 5),
    "top_p": (Real, 0.01, 1),
    "max_tokens": (Integral, 1, 4096),
    "guidance": (Real, 0, 10),
}
OPTIONAL = frozenset({"temperature", "top_p", "max_tokens", "guidance"})


@dataclass(frozen=True)
class Request:
    """What a run is asked for; every field is checked, and RevdemoError names the one that is wrong.

    stars: 1 to 5. accepted: how many accepted reviews end the run. rounds, deadline (seconds): what ends it
    without them. round_size: samples a round. at_once: rounds that may be sampled together, which is faster a
    review, while that many are still wanted. tolerance: 0 for exactly the stars, 1 for near ones.
    min_confidence: 0 to 1. seed: the same seed, models and device give the same reviews. temperature, top_p,
    max_tokens and guidance: None leaves them to the generator. opening: how every review begins.
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
    max_tokens: int | None = None
    guidance: float | None = None
    seed: int = 0
    opening: str = ""
    until_first: bool = False
    deadline: float = 600.0

    def __post_init__(self):
        for name, (kind, low, high) in RANGES.items():
            value = getattr(self, name)
            if value is None and name in OPTIONAL:
                continue
            if not _is_number(value, kind) or not low <= value <= high:
                whole = "a whole number" if kind is Integral else "a number"
                raise RevdemoError(f"{name} is {value!r}, and must be {whole} from {low:,} to {high:,}.")
            object.__setattr__(self, name, int(value) if kind is Integral else float(value))
        if not isinstance(self.until_first, bool):
            raise RevdemoError(f"until_first is {self.until_first!r}, and must be True or False.")
        self._check_opening()

    def _check_opening(self) -> None:
        if not isinstance(self.opening, str) or len(self.opening) > LONGEST_OPENING:
            raise RevdemoError(f"opening must be a text of at most {LONGEST_OPENING} characters: shorten it.")
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
    """One generated review with its verdict: `reason` is one of REASONS, or empty when it is accepted.

    index and round count from 1. predicted, confidence and probabilities are None for a text without words.
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

    @property
    def confusion(self) -> list[list[int]]:
        """Counts of requested (rows) by predicted stars (columns), 5 x 5, accepted or not."""
        counts = [[0] * len(STARS) for _ in STARS]
        for review in self.accepted + self.rejected:
            if review.predicted is not None:
                counts[review.requested - 1][review.predicted - 1] += 1
        return counts


class Rate(NamedTuple):
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


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


class Writes(Protocol):
    """What the loop needs of a generator: ReviewGenerator, or a fake."""

    source: object

    def stream(self, stars: int, n: int, seed: int, **options) -> Generator: ...


class Judges(Protocol):
    """What the loop needs of a classifier: StarClassifier, or a fake."""

    source: object

    def predict(self, texts: Sequence[str]) -> list: ...


def generate(
    request: Request,
    generator: Writes,
    classifier: Judges,
    *,
    copies: CopyIndex | None = None,
    seen: NearDuplicates | None = None,
    ledger: Ledger | None = None,
    owner: str = "",
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Step]:
    """Write reviews and judge them until enough are accepted, or a budget or the user ends the run.

    Yields a Step after every sub-batch, once its reviews are in the ledger, and a last one without new
    reviews that says how the run ended. Closing the iterator stops the run. A review like one of `seen` is a
    duplicate, and what the run writes is added there. When the generator or the classifier raises, what was
    judged is kept, the ledger marks the run as failed, and the error goes on.
    """
    models = {"generator": _describe(generator), "classifier": _describe(classifier)}
    run_id = ledger.start(request, owner, models) if ledger else secrets.token_hex(16)
    run = Run(run_id, request, models)
    halt = _Halt(should_stop, clock, request.deadline)
    judge = _Judge(request, classifier, copies, seen)
    try:
        run.ended = yield from _rounds(run, generator, judge, halt, ledger)
        if ledger:
            ledger.finish(run.id, run.ended)
    except BaseException as error:
        run.ended = "stopped" if isinstance(error, GeneratorExit | KeyboardInterrupt) else "failed"
        if ledger:
            with suppress(RevdemoError):  # the ledger itself may be what failed
                ledger.finish(run.id, run.ended)
        raise
    yield _step(run, (), judge.round, halt.seconds())


def round_seed(seed: int, number: int) -> int:
    """The seed of one round, below 2**32: rounds differ, and a run can be made again from its one seed."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def wilson(successes: int, trials: int) -> Rate:
    """A share of at least one trial with its 95 % interval (Wilson, 1927), sensible at 0 and 1 too."""
    z = 1.959964
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half))


def _rounds(
    run: Run, generator: Writes, judge: _Judge, halt: _Halt, ledger: Ledger | None
) -> Generator[Step, None, str]:
    """Run round after round; returns why no other follows."""
    request = run.request
    done = 0
    while done < request.rounds and not halt():
        together = min(_wanted(run), request.rounds - done)
        judge.begin(done + 1)
        with closing(_stream(generator, request, done + 1, together, halt)) as groups:
            for group in groups:
                new = judge([sample for sample in group if sample.finished or not halt.reason])
                _keep(run, new, ledger)
                yield _step(run, new, judge.round, halt.seconds())
                if not request.until_first and len(run.accepted) >= request.target:
                    return "target"
                if halt():
                    break
        if len(run.accepted) >= request.target:
            return "target"
        done += together
    return halt.reason or "rounds"


def _wanted(run: Run) -> int:
    """How many rounds to sample together: as many as the reviews that are missing will probably take."""
    request = run.request
    if request.until_first:
        return 1
    accepted = len(run.accepted)
    rate = (accepted + 1) / (accepted + len(run.rejected) + 2)  # Laplace's estimate; a half to begin with
    missing = (request.target - accepted) / rate
    return min(request.at_once, math.ceil(missing / request.round_size))


def _stream(generator: Writes, request: Request, number: int, together: int, halt: _Halt) -> Generator:
    return generator.stream(
        request.stars,
        together * request.round_size,
        round_seed(request.seed, number),
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        guidance=request.guidance,
        opening=request.opening,
        should_stop=halt,
    )


def _keep(run: Run, new: Sequence[Review], ledger: Ledger | None) -> None:
    """Put reviews into the ledger first, so that nothing is shown that a crash could lose."""
    if ledger:
        ledger.add(run.id, new)
    for review in new:
        (run.accepted if review.accepted else run.rejected).append(review)


def _step(run: Run, new: Sequence[Review], number: int, seconds: float) -> Step:
    accepted, judged = len(run.accepted), len(run.accepted) + len(run.rejected)
    rate = wilson(accepted, judged) if judged else None
    left = 0.0 if run.ended else _seconds_left(run, number, judged, seconds)
    return Step(run, tuple(new), number, judged, accepted, rate, seconds, left)


def _seconds_left(run: Run, number: int, judged: int, seconds: float) -> float | None:
    if not judged:
        return None
    request, accepted = run.request, len(run.accepted)
    samples = request.rounds * request.round_size - judged
    if request.until_first and accepted:
        samples = number * request.round_size - judged
    elif accepted:
        samples = min(samples, (request.target - accepted) * judged / accepted)
    return max(0.0, min(samples * seconds / judged, request.deadline - seconds))


class _Halt:
    """Says whether the run must end now, and remembers why: the user or the deadline."""

    def __init__(self, should_stop: Callable[[], bool], clock: Callable[[], float], deadline: float):
        self.should_stop, self.clock, self.deadline = should_stop, clock, deadline
        self.began = clock()
        self.reason = ""

    def seconds(self) -> float:
        return self.clock() - self.began

    def __call__(self) -> bool:
        if not self.reason and self.should_stop():
            self.reason = "stopped"
        elif not self.reason and self.seconds() >= self.deadline:
            self.reason = "deadline"
        return bool(self.reason)


class _Judge:
    """Samples to reviews with verdicts; remembers the texts of the run to tell duplicates."""

    def __init__(
        self, request: Request, classifier: Judges, copies: CopyIndex | None, seen: NearDuplicates | None
    ):
        self.request, self.classifier, self.copies = request, classifier, copies
        self.opening = clean(request.opening).rstrip(".,;:!? ")  # cleaning may change its last mark
        self.seen = NearDuplicates() if seen is None else seen
        self.first = self.start = self.count = self.round = 0

    def begin(self, number: int) -> None:
        """The samples that follow are those of this round, and of the next ones if they are more."""
        self.first, self.start = number, self.count

    def __call__(self, samples: Sequence) -> list[Review]:
        texts = [clean(sample.text) for sample in samples]
        worded = [text for text in texts if words(text)]
        # Also what is rejected for another reason is classified: the heat map counts every text.
        predictions = iter(self.classifier.predict(worded) if worded else ())
        return [
            self._review(sample, text, next(predictions) if words(text) else None)
            for sample, text in zip(samples, texts, strict=True)
        ]

    def _review(self, sample, text: str, prediction) -> Review:
        reason = "empty" if prediction is None else self._flaw(sample, text) or self._miss(prediction)
        self.round = self.first + (self.count - self.start) // self.request.round_size
        self.count += 1
        return Review(
            index=self.count,
            round=self.round,
            text=text,
            requested=self.request.stars,
            predicted=prediction and prediction.stars,
            confidence=prediction and prediction.confidence,
            probabilities=prediction and tuple(prediction.probabilities),
            accepted=not reason,
            reason=reason,
        )

    def _flaw(self, sample, text: str) -> str:
        """What is wrong with a text apart from its stars; the opening (the user's words) is not compared."""
        written = text.removeprefix(self.opening)
        if not sample.finished:
            return "truncated"
        if states_score(sample.text):  # before cleaning, which takes "7/10" apart
            return "states score"
        if not words(written):
            return "opening"
        if self.copies and self.copies.is_copy(written):
            return "copy"
        if self.seen.find_exact(written) is not None:
            return "duplicate"
        return "near duplicate" if self.seen.add_or_find(written) is not None else ""

    def _miss(self, prediction) -> str:
        if abs(prediction.stars - self.request.stars) > self.request.tolerance:
            return "stars"
        return "confidence" if prediction.confidence < self.request.min_confidence else ""


def _distance(review: Review) -> tuple[float, float, float]:
    return (
        abs(review.predicted - review.requested),
        abs(review.expected - review.requested),
        -review.confidence,
    )


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _describe(model: Writes | Judges) -> dict[str, str]:
    return {"label": model.source.label, "revision": model.source.revision}
