"""Generating a run: the one way in which the page, the command line and Python do it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from revdemo.files import make_folder
from revdemo.generation import loop
from revdemo.generation.context import JobContext
from revdemo.generation.request import Request, Run, Step
from revdemo.generation.runs.exports import export
from revdemo.reviews import STARS

KINDS = {"accepted": "csv", "rejected": "csv", "all": "jsonl"}  # the files of a run


@dataclass(frozen=True)
class GenerationResult:
    """A run that has ended, and accepted.csv, rejected.csv and all.jsonl where a folder was named."""

    run: Run
    files: tuple[Path, ...] = ()


def generate(
    request: Request, context: JobContext, out: Path | None = None
) -> Generator[Step | GenerationResult, None, None]:
    """Write reviews until the request is met, into the ledger and, at the end, below the folder `out`.

    Yields a Step after every sub-batch, and last a GenerationResult. What was judged is saved in out/<run>
    also where a model fails halfway, or where the iterator is closed.

    Raises:
        RevdemoError: a model is missing, the generator refuses the request, or a file cannot be written.
    """
    if out:
        make_folder(out)
    run: Run | None = None
    files: tuple[Path, ...] = ()
    try:
        with context.open_ledger() as ledger:
            steps = loop.generate(
                request,
                context.generator,
                context.stars,
                copies=context.copies,
                likeness=context.likeness,
                ledger=ledger,
                owner=context.owner,
                should_stop=context.should_stop,
            )
            with closing(steps):
                for step in steps:
                    run = step.run
                    yield step
    finally:
        if run and out:
            files = save(run, out / run.id)
    if run:
        yield GenerationResult(run, files)


def one_of_each(
    request: Request, context: JobContext, out: Path | None = None
) -> Generator[Step | GenerationResult, None, None]:
    """Write one accepted review of each number of stars: five runs, one after the other, as `generate` does.

    The request says all but the stars and how many; its deadline is for all five together, a fifth for each.
    A stop ends the run under way, and no other begins.
    """
    for stars in STARS:
        own = replace(request, stars=stars, accepted=1, deadline=request.deadline / len(STARS))
        yield from generate(own, context, out)
        if context.should_stop():
            return


def save(run: Run, folder: Path) -> tuple[Path, ...]:
    """Write accepted.csv, rejected.csv and all.jsonl, each whole or not at all; returns their paths."""
    make_folder(folder)
    reviews = {"accepted": run.accepted, "rejected": run.rejected, "all": run.reviews}
    files = []
    for name, kind in KINDS.items():
        exported = export(run, reviews[name], kind, folder)
        files.append(exported.replace(folder / f"{name}.{kind}"))
        exported.parent.rmdir()
    return tuple(files)
