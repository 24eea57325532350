"""The classifier in the loop: rounds of samples, a verdict on each, and the budgets that end a run."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from revdemo.errors import RevdemoError
from revdemo.generation.copies import CopyIndex, NearDuplicates
from revdemo.generation.filter import Filter
from revdemo.generation.likeness import Likeness
from revdemo.generation.request import Classifier, Recorder, Request, Review, Run, Step, Writer
from revdemo.intervals import wilson

PULSE = 4  # tokens between two groups that are filtered


def generate(
    request: Request,
    generator: Writer,
    classifier: Classifier,
    *,
    copies: CopyIndex | None = None,
    seen: NearDuplicates | None = None,
    likeness: Likeness | None = None,
    ledger: Recorder | None = None,
    owner: str = "",
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Step]:
    """Write reviews and filter them until enough are accepted, or a budget or the user ends the run.

    Yields a Step after every sub-batch, once its reviews are in the ledger, and a last one without new
    reviews that says how the run ended. Closing the iterator stops the run. A review like one of `seen` is a
    duplicate, and what the run writes is added there. With a `likeness` model a review must read like a real
    one. When the generator or the classifier raises, what was filtered is kept, the ledger marks the run as
    failed, and the error is raised again.
    """
    models = {"generator": _describe(generator), "classifier": _describe(classifier)}
    run_id = ledger.start(request, owner, models) if ledger else secrets.token_hex(16)
    run = Run(run_id, request, models)
    halt = _Halt(should_stop, clock, request.deadline)
    filtering = Filter(request, classifier, copies, seen, likeness)
    try:
        run.ended = yield from _rounds(run, generator, filtering, halt, ledger)
        if ledger:
            ledger.finish(run.id, run.ended)
    except BaseException as error:
        run.ended = "stopped" if isinstance(error, GeneratorExit | KeyboardInterrupt) else "failed"
        if ledger:
            with suppress(RevdemoError):  # the ledger itself may be what failed
                ledger.finish(run.id, run.ended)
        raise
    yield _step(run, (), filtering.round, halt.seconds())


def round_seed(seed: int, number: int) -> int:
    """The seed of one round, below 2**32: rounds differ, and a run can be made again from its one seed."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _rounds(
    run: Run, generator: Writer, filtering: Filter, halt: _Halt, ledger: Recorder | None
) -> Generator[Step, None, str]:
    """Run round after round; returns why no other follows."""
    request = run.request
    if request.at_once > 1 and not request.until_first and getattr(generator, "refills", False):
        return (yield from _seated(run, generator, filtering, halt, ledger))
    done = 0
    while done < request.rounds and not halt():
        together = min(_wanted(run), request.rounds - done)
        filtering.begin(done + 1)
        groups = _stream(generator, request, done + 1, together, halt, filtering)
        yield from _judge(run, groups, filtering, halt, ledger)
        if len(run.accepted) >= request.target:
            return "target"
        done += together
    return halt.reason or "rounds"


def _seated(
    run: Run, generator: Writer, filtering: Filter, halt: _Halt, ledger: Recorder | None
) -> Generator[Step, None, str]:
    """All rounds as one stream, in which the next text begins as soon as another one ends."""
    request = run.request
    if halt():
        return halt.reason
    filtering.begin(1)
    seated = {
        "seats": request.at_once * request.round_size,
        "more": lambda begun: begun < _enough(run),
        "flaw": filtering.hopeless,
        "pulse": PULSE,
    }
    groups = _stream(generator, request, 1, request.rounds, halt, filtering, **seated)
    yield from _judge(run, groups, filtering, halt, ledger)
    return "target" if len(run.accepted) >= request.target else halt.reason or "rounds"


def _judge(
    run: Run, groups: Generator, filtering: Filter, halt: _Halt, ledger: Recorder | None
) -> Generator[Step]:
    """Filter groups until there are no more, enough is accepted, or the run must end."""
    with closing(groups):
        for group in groups:
            if group:
                new = filtering([sample for sample in group if sample.finished or not halt.reason])
                _keep(run, new, ledger)
                yield _step(run, new, filtering.round, halt.seconds())
            if not run.request.until_first and len(run.accepted) >= run.request.target:
                return
            if halt():
                return


def _rate(run: Run) -> float:
    """The share that is accepted, by Laplace's estimate; a half to begin with."""
    accepted = len(run.accepted)
    return (accepted + 1) / (accepted + len(run.rejected) + 2)


def _wanted(run: Run) -> int:
    """How many rounds to sample together: as many as the reviews that are missing will probably take."""
    request = run.request
    if request.until_first:
        return 1
    missing = (request.target - len(run.accepted)) / _rate(run)
    return min(request.at_once, math.ceil(missing / request.round_size))


def _enough(run: Run) -> int:
    """How many texts may have begun: those that are judged, what is missing, and its spread."""
    missing = max(0, run.request.target - len(run.accepted)) / _rate(run)
    return len(run.accepted) + len(run.rejected) + math.ceil(missing + math.sqrt(missing))


def _stream(
    generator: Writer,
    request: Request,
    number: int,
    together: int,
    halt: _Halt,
    filtering: Filter,
    **seated: Any,
) -> Generator:
    return generator.stream(
        request.stars,
        together * request.round_size,
        round_seed(request.seed, number),
        temperature=request.temperature,
        top_p=request.top_p,
        min_p=request.min_p,
        max_tokens=request.max_tokens,
        guidance=request.guidance,
        opening=request.opening,
        should_stop=halt,
        **({"guided_tokens": request.guided_tokens} if request.guided_tokens else {}),
        **({"kind": request.kind} if request.kind else {}),
        **({"likelihood": True} if filtering.likeness else {}),
        **seated,
    )


def _keep(run: Run, new: Sequence[Review], ledger: Recorder | None) -> None:
    """Put reviews into the ledger first, so that nothing is shown that a crash could lose."""
    if ledger:
        ledger.add(run.id, new)
    for review in new:
        (run.accepted if review.accepted else run.rejected).append(review)


def _step(run: Run, new: Sequence[Review], number: int, seconds: float) -> Step:
    accepted, judged = len(run.accepted), len(run.accepted) + len(run.rejected)
    rate = wilson(accepted, judged) if judged else None
    step = Step(run, tuple(new), number, judged, accepted, rate, seconds, None)
    return replace(step, seconds_left=_seconds_left(step))


def samples_left(step: Step) -> float:
    """How many texts a run still needs, at the rate so far; once it has ended, none."""
    request = step.run.request
    samples: float = request.rounds * request.round_size - step.judged
    if step.run.ended:
        return 0.0
    if request.until_first and step.accepted:
        return step.round * request.round_size - step.judged
    if step.accepted:
        return min(samples, (request.target - step.accepted) * step.judged / step.accepted)
    return samples


def _seconds_left(step: Step) -> float | None:
    if step.run.ended:
        return 0.0
    if not step.judged:
        return None
    pace = step.seconds / step.judged
    return max(0.0, min(samples_left(step) * pace, step.run.request.deadline - step.seconds))


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


def _describe(model: Writer | Classifier) -> dict[str, str]:
    """What the ledger keeps of a model: `name` and `kind` say what to ask for when the run is repeated."""
    about = {"label": model.source.label, "revision": model.source.revision}
    named = {key: getattr(model.source, key) for key in ("kind", "name") if hasattr(model.source, key)}
    return about | (named if len(named) == 2 else {})
