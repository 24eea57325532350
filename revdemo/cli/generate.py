"""`python -m revdemo generate`: reviews for the stars asked for, saved with what the classifier said."""

import argparse
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

from tqdm.auto import tqdm

from revdemo.bulk.engine import local_context
from revdemo.cli import bulk
from revdemo.cli.common import (
    INTERRUPTED,
    KINDS_SAID,
    MODEL_SETTINGS,
    SAMPLING,
    Subcommands,
    add_settings,
    stop_on_interrupt,
)
from revdemo.generation.job import GenerationResult, generate
from revdemo.generation.request import AT_ONCE, Request, Run, Step
from revdemo.intervals import Rate
from revdemo.settings import Settings


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "generate", help="write reviews for the stars you ask for", allow_abbrev=False,
        description="Write reviews until enough are accepted; both kinds are saved, also after Ctrl-C.",
    )  # fmt: skip
    _add_request(command)
    command.add_argument(
        "--out",
        type=bulk.place,
        default="runs",
        metavar="FOLDER",
        help="where runs are saved (default: runs); with --engine ray also an address",
    )
    bulk.add_engine(command, bulk.WRITERS)
    add_settings(command, (*MODEL_SETTINGS, "generator", "data_dir", "deadline"))
    command.set_defaults(run=_generate)


def _add_request(command: argparse.ArgumentParser) -> None:
    """The flags that are fields of a request."""
    option = command.add_argument
    option("--stars", type=int, required=True, metavar="1..5", help="the stars to ask for")
    option(
        "--accepted",
        type=int,
        default=20,
        metavar="N",
        help="how many accepted reviews to write (default: 20)",
    )
    option("--until-first", action="store_true", help="instead: whole rounds until a review is accepted")
    option("--rounds", type=int, metavar="N", help="maximum of rounds (default: the setting max-rounds)")
    option("--round-size", type=int, default=20, metavar="N", help="reviews per round (default: 20)")
    option(
        "--at-once",
        type=int,
        default=AT_ONCE,
        metavar="N",
        help=f"rounds that may be sampled together; another number writes other reviews (default: {AT_ONCE})",
    )
    option(
        "--tolerance", type=int, default=0, metavar="0|1", help="how many stars off are accepted (default: 0)"
    )
    option(
        "--min-confidence", type=float, default=0.0, metavar="P", help="least confidence, 0 to 1 (default: 0)"
    )
    option(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same reviews (default: 0)"
    )
    option("--opening", default="", metavar="TEXT", help="how every review begins")
    option("--kind", metavar="KIND", help=f"what they are about, where the generator knows it: {KINDS_SAID}")
    for name, kind in SAMPLING:
        option(f"--{name}", type=kind, metavar="N", help="default: the generator's own")


def _generate(options: argparse.Namespace, settings: Settings) -> int:
    request = _request(options, settings)
    with (
        stop_on_interrupt() as should_stop,
        closing(_steps(request, options, settings, should_stop)) as steps,
        bulk.worker_lines() as show_workers,
        _bar(request) as bar,
    ):
        for step in steps:
            if isinstance(step, Step):
                _show(bar, step)
                show_workers(step)
    _report(step.run, options.out if "://" in str(options.out) else Path(options.out) / step.run.id)
    return INTERRUPTED if step.run.ended == "stopped" else 0


def _steps(
    request: Request, options: argparse.Namespace, settings: Settings, should_stop: Callable[[], bool]
) -> Generator[Step | GenerationResult]:
    if options.engine == "ray":
        from revdemo.bulk.generating import job as shared  # here: torch takes seconds

        crew = bulk.crew_of(options)
        return shared.generate(request, settings, options.out, crew, should_stop, bulk.name_dashboard)
    context = local_context(options.engine, settings, should_stop=should_stop)
    return generate(request, context, Path(options.out))


def _request(options: argparse.Namespace, settings: Settings) -> Request:
    given = {field.name: getattr(options, field.name) for field in fields(Request) if field.name in options}
    given["deadline"] = settings.deadline
    given["rounds"] = settings.max_rounds if options.rounds is None else options.rounds
    return Request(**given)


def _bar(request: Request) -> tqdm:
    total = None if request.until_first else request.accepted
    return tqdm(total=total, unit="review", desc="accepted")


def _show(bar: tqdm, step: Step) -> None:
    bar.set_postfix_str(
        f"round {step.round}, {step.judged} judged" + (f", {_percent(step.rate)}" if step.rate else "")
    )
    bar.update(step.accepted - bar.n)


def _percent(rate: Rate) -> str:
    return f"{rate.value:.0%} accepted ({rate.low:.0%} to {rate.high:.0%})"


def _report(run: Run, place: Path | str) -> None:
    print(f"{len(run.accepted)} accepted, {len(run.rejected)} rejected, ended by: {run.ended}.")
    if run.nearest:
        print("Nothing was accepted. The nearest misses:")
    for miss in run.nearest[:3]:
        print(f"- {miss.predicted} stars: {miss.text}")
    print(place)
