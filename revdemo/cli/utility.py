"""`python -m revdemo utility`: are synthetic reviews worth it beside the real rows of a table?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

from revdemo.cli.common import INTERRUPTED, Subcommands, add_table_options, open_table, stop_on_interrupt
from revdemo.settings import Settings

if TYPE_CHECKING:
    from revdemo.balancing.utility_report import UtilityReport
    from revdemo.intervals import Rate

HEAD = ("exact", "near", "error (stars)", "macro-F1")
MEASURES = ("exact", "near", "mae", "macro_f1")


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "utility", help="measure whether synthetic reviews are worth it", allow_abbrev=False,
        description="Train a small classifier on the real rows of a table, on real and synthetic ones, and "
        "on synthetic ones alone, and test all three on real rows that none of them saw.",
    )  # fmt: skip
    option = command.add_argument
    option("table", type=Path, metavar="TABLE", help="the real rows, with texts and ratings")
    option(
        "--synthetic",
        type=Path,
        metavar="FILE",
        help="synthetic reviews: accepted.csv of a run, or another table (default: the rows of TABLE that "
        "are true in its column synthetic)",
    )
    option("--resamples", type=int, default=10, metavar="N", help="random splits (default: 10)")
    option(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same splits (default: 0)"
    )
    option("--out", type=Path, metavar="FILE", help="where to write every figure as JSON")
    add_table_options(command)
    command.set_defaults(run=_utility)


def _utility(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo.balancing import utility, utility_job  # heavy imports wait until the arguments are known
    from revdemo.balancing.utility_report import UtilityPlan
    from revdemo.generation.context import JobContext

    plan = UtilityPlan(options.resamples, seed=options.seed)
    chosen = open_table(options, options.table)
    request = utility_job.UtilityRequest(chosen, file=options.synthetic, plan=plan)
    step = None
    with stop_on_interrupt() as should_stop, tqdm(unit="classifier") as bar:
        context = JobContext(settings, should_stop=should_stop)
        for step in utility_job.measure(request, context, options.out):
            if isinstance(step, utility.UtilityStep):
                bar.total = step.of
                bar.update(step.done - bar.n)
    if not isinstance(step, utility_job.UtilityResult):
        return INTERRUPTED
    print(shown(step.report))
    return 0


def shown(report: UtilityReport) -> str:
    """A report as the terminal shows it: rows, the three arms, what two gain over real, the verdict."""
    lines = [
        f"{sum(counts):,} {kind} rows by stars: {', '.join(f'{count:,}' for count in counts)}"
        for kind, counts in (("real", report.real), ("synthetic", report.synthetic))
    ]
    lines.append(
        f"{report.plan.resamples} splits: {report.train:,.0f} real rows to learn from, {report.test:,.0f} to "
        "test on"
    )
    recalls = [name for name in report.arms["real"] if name.startswith("recall_")]
    for head, names in ((HEAD, MEASURES), ([f"recall {name[-1]}★" for name in recalls], recalls)):
        lines += ["", f"{'':24}" + "".join(f"{name:>26}" for name in head)]
        for arm, own in report.arms.items():
            lines.append(f"{arm:24}" + "".join(f"{_cell(name, own[name]):>26}" for name in names))
        for arm, own in report.differences.items():
            cells = "".join(f"{_cell(name, own[name], '+'):>26}" for name in names)
            lines.append(f"{arm + ' - real':24}{cells}")
    return "\n".join([*lines, "", report.verdict])


def _cell(name: str, found: Rate, sign: str = "") -> str:
    if name == "mae":
        value, low, high = (f"{one:{sign}.2f}" for one in (found.value, found.low, found.high))
    else:
        value, low, high = (f"{100 * one:{sign}.1f}" for one in (found.value, found.low, found.high))
    return value if found.few else f"{value} ({low} to {high})"
