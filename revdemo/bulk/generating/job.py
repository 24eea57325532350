"""Reviews written on a Ray cluster: the same job as on one machine, with the workers' models in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from revdemo.bulk.cluster import Crew, connected
from revdemo.bulk.generating.blocks import block_size
from revdemo.bulk.generating.output import ResumedLedger, ReviewParts
from revdemo.bulk.generating.progress import BulkStep, Tally
from revdemo.bulk.generating.replay import SharedClassifier, SharedWriter
from revdemo.bulk.generating.supply import Supply, Workers
from revdemo.bulk.parts import Parts
from revdemo.files import make_folder
from revdemo.generation import job
from revdemo.generation.context import JobContext
from revdemo.generation.job import GenerationResult
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request
from revdemo.models.loading import settled
from revdemo.models.weights.registry import find
from revdemo.settings import Settings

DONE = ("target", "rounds")  # ends that leave nothing to resume


def generate(
    request: Request,
    settings: Settings,
    out: str | os.PathLike[str] | None = None,
    crew: Crew | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    announce: Callable[[str], object] = lambda dashboard: None,
) -> Generator[BulkStep | GenerationResult]:
    """Write the reviews that one process would write for the request, and save them as it does.

    Yields a BulkStep after every sub-batch, and last a GenerationResult. What workers wrote is kept in the
    data folder until the run has come to its end: the same request resumes there, as the same run of the
    ledger.

    Args:
        out: a folder for accepted.csv, rejected.csv and all.jsonl, or an address, for Parquet in parts.
        announce: told the address of Ray's dashboard, "" for none.

    Raises:
        RevdemoError: at once, for what cannot be found, reached or written, and for a damaged part.
    """
    crew = crew or Crew()
    crew.check()
    settings = settled(settings)
    key = _key(request, settings)
    folder = addressed = None
    if out is not None and "://" in os.fspath(out):
        addressed = ReviewParts(os.fspath(out), key)
    elif out is not None:
        folder = Path(out)
        make_folder(folder)
    parts = Parts(str(settings.data_dir / "bulk" / key[:16]), key)
    parts.check()

    def steps() -> Generator[BulkStep | GenerationResult]:
        given: dict[str, Any] = {"announce": announce, "should_stop": should_stop}
        with closing(Ledger(settings.data_dir / "ledger.sqlite")) as ledger:
            given["ledger"] = ResumedLedger(ledger, parts)
            with shared(crew, settings, block_size(request), parts, **given) as context:
                yield from followed(request, context, parts, folder, addressed)

    return steps()


def followed(
    request: Request,
    context: JobContext,
    parts: Parts,
    folder: Path | None = None,
    addressed: ReviewParts | None = None,
) -> Generator[BulkStep | GenerationResult]:
    """The run of a shared context: who did what is counted, and what is needed no more is removed."""
    writer = context.generator
    tally = Tally(writer.supply)
    run = None
    try:
        with closing(job.generate(request, context, folder)) as steps:
            for step in steps:
                if isinstance(step, GenerationResult):
                    break
                run = step.run
                tally.add(step.new, writer.workers)
                if addressed:
                    addressed.add(run, step.new)
                yield tally.step(step)
    finally:
        complete = run is not None and run.ended in DONE
        if addressed and run:
            addressed.close(run, complete)
        if complete:
            parts.remove()
        else:
            parts.close()
    if isinstance(step, GenerationResult):
        yield step


@contextmanager
def shared(
    crew: Crew,
    settings: Settings,
    size: int | None = None,
    parts: Parts | None = None,
    announce: Callable[[str], object] = lambda dashboard: None,
    **context: Any,
) -> Iterator[JobContext]:
    """A context whose generator and classifier are those of a crew, for the length of a block.

    Args:
        size, parts: of the supply. announce: told the address of Ray's dashboard, "" for none.
        context: what else JobContext takes.

    Raises:
        RevdemoError: before any model is loaded, where there is no cluster, no room on it, or no model.
    """
    crew.check()
    settings = settled(settings)
    sources = [find(role, settings) for role in ("generator", "stars")]
    with ExitStack() as stack:
        dashboard = stack.enter_context(connected(crew))
        from revdemo.bulk.generating.crew import RayWorkers  # here: it imports Ray

        announce(dashboard)
        workers = stack.enter_context(closing(RayWorkers(crew, settings)))
        yield context_of(
            workers, settings, sources, Supply(workers, size, parts), workers.elsewhere, **context
        )


def context_of(
    workers: Workers,
    settings: Settings,
    sources: Sequence[Any],
    supply: Supply,
    elsewhere: Callable[..., Any] | None = None,
    **context: Any,
) -> JobContext:
    """A context in which a supply writes; `sources` are those of the generator and of the classifier."""
    classifier = SharedClassifier(sources[1])
    writer = SharedWriter(sources[0], classifier, supply, elsewhere)
    return JobContext(settings, generator=writer, stars=classifier, **context)


def _key(request: Request, settings: Settings) -> str:
    """What a run depends on, but for its deadline; to find the models also tells of a missing one."""
    models = [find(role, settings).revision for role in ("generator", "stars")]
    asked = {name: value for name, value in asdict(request).items() if name != "deadline"}
    told = ("generate", asked, models, settings.quantize, settings.device)
    return hashlib.sha256(repr(told).encode()).hexdigest()
