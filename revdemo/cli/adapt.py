"""`python -m revdemo adapt`: adapt the models to a table of reviews with ratings."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from revdemo.cli.common import (
    INTERRUPTED,
    MODEL_SETTINGS,
    Subcommands,
    add_settings,
    add_table_options,
    open_table,
    stop_on_interrupt,
)
from revdemo.errors import RevdemoError
from revdemo.settings import Settings

if TYPE_CHECKING:
    from revdemo.tables.adapting.contract import AdaptEstimate
    from revdemo.tables.adapting.job import AdaptResult
    from revdemo.tables.adapting.process import Status


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "adapt", help="adapt the models to a table of reviews", allow_abbrev=False,
        description="Train the star classifier and the generator further on the reviews of a table, and "
        "measure both before and after on rows that no model learned from. Ctrl-C stops after the step under "
        "way; the same command resumes.",
    )  # fmt: skip
    option = command.add_argument
    option("table", type=Path, metavar="TABLE", help="reviews with ratings")
    option("--out", type=Path, metavar="FOLDER", required=True, help="where the models and the report go")
    option("--minutes", type=float, metavar="N", help="learn from as many reviews as fit into N minutes")
    option("--group", metavar="NAME", help="the column of the item reviewed: no item is in two parts")
    option("--estimate", action="store_true", help="say how long it takes, and do nothing else")
    option(
        "--generate",
        type=int,
        default=20,
        metavar="N",
        help="reviews per star that the report writes with the models before and after (default: 20)",
    )
    add_table_options(command)
    names = [name for name in MODEL_SETTINGS if name != "stars_model"]
    add_settings(command, [*names, "data_dir"])
    command.set_defaults(run=_adapt)


def _adapt(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo.generation.context import JobContext  # heavy imports wait until the arguments are known
    from revdemo.tables.adapting.job import AdaptRequest, AdaptResult, adapt

    for name, least in (("minutes", 0.1), ("generate", 0)):
        if (given := getattr(options, name)) is not None and given < least:
            raise RevdemoError(
                "--{name} is {given}, and must be {least} or more.", name=name, given=given, least=least
            )
    request = AdaptRequest(
        open_table(options, options.table),
        options.minutes,
        options.group,
        options.estimate,
        options.generate,
    )
    step = None
    with stop_on_interrupt() as should_stop, tqdm(unit="step", disable=options.estimate) as bar:
        for step in adapt(request, JobContext(settings, should_stop=should_stop), options.out):
            if not isinstance(step, AdaptResult):
                _show(bar, step)
    if not isinstance(step, AdaptResult):
        return INTERRUPTED
    print(_said(step, options.out))
    return 0


def _show(bar: tqdm, status: Status) -> None:
    """Move the bar to where the training of the role under way stands."""
    bar.set_description(status.doing or status.state, refresh=False)
    if line := status.roles.get(status.doing):
        bar.total, bar.n = line.steps, line.step or 0
        bar.set_postfix(loss="" if line.loss is None else f"{line.loss:.3f}", refresh=False)
    bar.refresh()


def _said(result: AdaptResult, out: Path) -> str:
    from revdemo.evaluation.adapt_figures import figures

    if result.status.estimate and not result.models:
        return estimated(result.status.estimate)
    report = result.status.report
    rows = [("", "before", "after", "difference"), *(figures(report) if report else ())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    flags = {"stars": "--stars-model", "generator": "--generator"}
    used = " ".join(f"{flags[role]} {shlex.quote(str(path))}" for role, path in result.models.items())
    return "\n".join([*lines, "", f"Start the app with these models: python app.py {used}"])


def estimated(found: AdaptEstimate) -> str:
    """How long an adaptation will take, as the terminal shows it."""
    lines = [f"{role}: {own.rows:,} reviews, {own.minutes:.1f} minutes" for role, own in found.roles.items()]
    lines.append(f"reading the table: {found.reading:.1f} minutes; the report: {found.report:.1f} minutes")
    return "\n".join([*lines, f"altogether about {found.minutes:.0f} minutes on {found.device}"])
