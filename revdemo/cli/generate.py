"""`python -m revdemo generate`: reviews for the stars asked for, saved with what the classifier said."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

from tqdm import tqdm

from revdemo import api
from revdemo.cli.common import INTERRUPTED, MODEL_SETTINGS, add_settings, stop_on_interrupt
from revdemo.errors import RevdemoError
from revdemo.ledger import export
from revdemo.loop import AT_ONCE, Request, Run, Step
from revdemo.settings import Settings


def add(commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "generate", help="write reviews for the stars you ask for", allow_abbrev=False,
        description="Write reviews until enough are accepted; both kinds are saved, also after Ctrl-C.",
    )  # fmt: skip
    option = command.add_argument
    option("--stars", type=int, required=True, metavar="1..5", help="the stars to ask for")
    option(
        "--accepted",
        type=int,
        default=20,
        metavar="N",
        help="stop after so many accepted reviews (default: 20)",
    )
    option("--until-first", action="store_true", help="instead: whole rounds until a review is accepted")
    option("--rounds", type=int, metavar="N", help="at most so many rounds (default: the setting max-rounds)")
    option("--round-size", type=int, default=20, metavar="N", help="reviews a round (default: 20)")
    option(
        "--at-once",
        type=int,
        default=AT_ONCE,
        metavar="N",
        help=f"rounds that may be sampled together; another number writes other reviews (default: {AT_ONCE})",
    )
    option("--tolerance", type=int, default=0, metavar="0|1", help="accept so many stars off (default: 0)")
    option(
        "--min-confidence", type=float, default=0.0, metavar="P", help="least confidence, 0 to 1 (default: 0)"
    )
    option(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same reviews (default: 0)"
    )
    option("--opening", default="", metavar="TEXT", help="how every review begins")
    for name, kind in (("temperature", float), ("top-p", float), ("max-tokens", int), ("guidance", float)):
        option(f"--{name}", type=kind, metavar="N", help="default: the generator's own")
    option(
        "--out",
        type=Path,
        default=Path("runs"),
        metavar="FOLDER",
        help="where runs are saved (default: runs)",
    )
    add_settings(command, (*MODEL_SETTINGS, "generator", "data_dir", "deadline"))
    command.set_defaults(run=_generate)


def _generate(options: argparse.Namespace, settings: Settings) -> int:
    request = _request(options, settings)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RevdemoError(
            f"{options.out} cannot be made ({error.strerror}): name another with --out."
        ) from error
    run = None
    try:
        with stop_on_interrupt() as should_stop, _bar(request) as bar:
            for step in _steps(request, settings, should_stop):
                run = step.run
                _show(bar, step)
    finally:  # also when the generator fails halfway
        if run:
            _save(run, options.out / run.id)
    _report(run, options.out / run.id)
    return INTERRUPTED if run.ended == "stopped" else 0


def _request(options: argparse.Namespace, settings: Settings) -> Request:
    given = {field.name: getattr(options, field.name) for field in fields(Request) if field.name in options}
    given["deadline"] = settings.deadline
    given["rounds"] = settings.max_rounds if options.rounds is None else options.rounds
    return Request(**given)


def _steps(request: Request, settings: Settings, should_stop: Callable[[], bool]) -> Iterator[Step]:
    writer, stars = api.load_generator(settings), api.load_stars(settings)
    yield from api.steps(request, settings, writer, stars, should_stop)


def _bar(request: Request) -> tqdm:
    total = None if request.until_first else request.accepted
    return tqdm(total=total, unit="review", desc="accepted")


def _show(bar: tqdm, step: Step) -> None:
    bar.set_postfix_str(
        f"round {step.round}, {step.judged} judged" + (f", {_percent(step)}" if step.rate else "")
    )
    bar.update(step.accepted - bar.n)


def _percent(step: Step) -> str:
    return f"{step.rate.value:.0%} accepted ({step.rate.low:.0%} to {step.rate.high:.0%})"


def _save(run: Run, folder: Path) -> None:
    """Write accepted.csv, rejected.csv and all.jsonl, each whole or not at all."""
    folder.mkdir(exist_ok=True)
    for name, reviews in (
        ("accepted.csv", run.accepted),
        ("rejected.csv", run.rejected),
        ("all.jsonl", run.reviews),
    ):
        path = export(run, reviews, name.rpartition(".")[2], folder)
        path.replace(folder / name)
        path.parent.rmdir()


def _report(run: Run, folder: Path) -> None:
    print(f"{len(run.accepted)} accepted, {len(run.rejected)} rejected, ended by: {run.ended}.")
    if run.nearest:
        print("Nothing was accepted. The nearest misses:")
    for miss in run.nearest[:3]:
        print(f"- {miss.predicted} stars: {miss.text}")
    print(folder)
