"""`python -m revdemo utility`: are synthetic reviews worth it beside the real rows of a table?"""

import argparse
import json
import os
from pathlib import Path

from tqdm import tqdm

from revdemo.cli.common import INTERRUPTED, stop_on_interrupt
from revdemo.errors import RevdemoError
from revdemo.settings import Settings

HEAD = ("exact", "near", "error (stars)", "macro-F1")
MEASURES = ("exact", "near", "mae", "macro_f1")


def add(commands) -> None:
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
    option("--column", metavar="NAME", help="the column of the texts (default: guessed)")
    option("--rating", metavar="NAME", help="the column of the ratings (default: guessed)")
    option("--scale", type=int, metavar="N", help="the highest rating (default: guessed)")
    option("--resamples", type=int, default=10, metavar="N", help="random splits (default: 10)")
    option(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same splits (default: 0)"
    )
    option("--out", type=Path, metavar="FILE", help="where to write every figure as JSON")
    command.set_defaults(run=_utility)


def _utility(options: argparse.Namespace, _: Settings) -> int:
    from revdemo import tables, utility, utility_data  # heavy imports wait until the arguments are known

    plan = utility.Plan(options.resamples, seed=options.seed)
    if options.out and (options.out.is_dir() or not os.access(options.out.parent, os.W_OK)):
        raise RevdemoError(
            f"{options.out} cannot be written: name a file in a folder that may be written to."
        )
    chosen = tables.open_chosen(options.table, options.column, options.rating, options.scale)
    step = None
    with stop_on_interrupt() as should_stop, tqdm(unit="classifier") as bar:
        for step in utility_data.steps(chosen, options.synthetic, plan, should_stop=should_stop):
            bar.total = step.of
            bar.update(step.done - bar.n)
    if step is None or step.report is None:
        return INTERRUPTED
    print(shown(step.report))
    if options.out:
        _write(step.report.as_dict(), options.out)
    return 0


def shown(report) -> str:
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


def _cell(name: str, found, sign: str = "") -> str:
    if name == "mae":
        value, low, high = (f"{one:{sign}.2f}" for one in found)
    else:
        value, low, high = (f"{100 * one:{sign}.1f}" for one in found)
    return f"{value} ({low} to {high})"


def _write(report: dict, path: Path) -> None:
    """Write the report whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RevdemoError(f"{path} cannot be written: {error.strerror}.") from error
