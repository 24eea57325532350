"""Adapting to a table: the one way in which the command line and Python do it, and stop it.

The page begins and follows the same process through `Adapting`, which also knows whose it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from revdemo.errors import RevdemoError
from revdemo.files import make_folder
from revdemo.generation.context import JobContext
from revdemo.tables.adapting import process
from revdemo.tables.adapting.contract import REPORT, ROLES
from revdemo.tables.adapting.process import Start, Status
from revdemo.tables.table import Chosen

LOG = "log.txt"
EVERY = 0.2  # seconds between two looks at the process
PATIENCE = 30.0  # seconds that a process has to end, of which nobody wants to hear any more


@dataclass(frozen=True)
class AdaptRequest:
    """To which table the models are adapted, and how.

    minutes: as many reviews as fit; None takes those that the recipes name. group: the column of the item
    reviewed, so that no item is in two parts. estimate: say how long it takes, and do nothing else. generate:
    reviews per star that the report writes, with the models before and after.
    """

    chosen: Chosen
    minutes: float | None = None
    group: str | None = None
    estimate: bool = False
    generate: int = process.GENERATE


@dataclass(frozen=True)
class AdaptResult:
    """How an adaptation ended, and what its folder holds: a model for each role, and the report's file."""

    status: Status
    models: dict[str, Path]
    files: tuple[Path, ...] = ()


def adapt(request: AdaptRequest, context: JobContext, out: Path) -> Iterator[Status | AdaptResult]:
    """Adapt the classifier and the generator to a table; the folder `out` gets the models and the report.

    Yields where it stands whenever that changes, and last an AdaptResult; stopped, none. Interrupted, the
    same call resumes where it stopped.

    Raises:
        RevdemoError: there is no train/, the table has no ratings, `out` cannot be written, or it failed.
    """
    check(request)
    make_folder(out)
    told = process.arguments(
        Path(request.chosen.path), out, request.chosen.said, request.minutes, request.group, request.generate
    )
    begun = time.time()
    own = process.start([*told, "--estimate"] if request.estimate else told, out / LOG, context.settings)
    stopping, before = False, None
    try:
        while True:
            alive = own.poll() is None
            last = Start(begun, request.estimate, alive, stopping, own)
            now = process.status("", request.chosen.name, out, out / LOG, last)
            if now != before:
                yield now
                before = now
            if not alive:
                break
            if not stopping and context.should_stop():
                own.terminate()
                stopping = True
            time.sleep(EVERY)
    finally:
        if own.poll() is None:
            own.terminate()
            own.wait(PATIENCE)
    if now.state in ("failed", "interrupted"):
        raise _failure(now)
    if now.state != "stopped":
        yield _result(now, out)


def check(request: AdaptRequest) -> None:
    """Raise RevdemoError where nothing can be adapted here, or to this table."""
    if not process.MODULE.exists():
        raise RevdemoError.of(process.NO_TRAIN)
    process.check_ratings(request.chosen)


def _failure(found: Status) -> RevdemoError:
    problem = found.problem or process.ENDED
    if isinstance(problem, str):
        return RevdemoError("{problem}", problem=problem.removeprefix("error: "))
    return RevdemoError.of(problem)


def _result(found: Status, out: Path) -> AdaptResult:
    models = {role: out / role for role in ROLES if found.report and (out / role).is_dir()}
    return AdaptResult(found, models, (out / REPORT,) if found.report else ())
