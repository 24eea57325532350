"""`python -m revdemo runs`: the runs of the ledger, the reviews of one, and decisions on them by hand."""

import argparse
from contextlib import closing
from pathlib import Path

from revdemo.cli.common import Subcommands, add_settings
from revdemo.errors import RevdemoError
from revdemo.generation.job import save
from revdemo.generation.ledger import Ledger, RunSummary
from revdemo.generation.request import Review, Run
from revdemo.generation.runs.curation import curate
from revdemo.settings import Settings

SHOWN = 20  # runs in the list


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "runs", help="list earlier runs, and keep reviews out or take them in by hand", allow_abbrev=False,
        description="Without ID, the latest runs; with it, the reviews of a run, each with its number.",
    )  # fmt: skip
    option = command.add_argument
    option("id", nargs="?", metavar="ID", help="a run, as the list and the name of its folder have it")
    option("--keep-out", type=int, nargs="+", default=[], metavar="N", help="accepted reviews to reject")
    option("--take-in", type=int, nargs="+", default=[], metavar="N", help="rejected reviews to accept")
    option("--out", type=Path, metavar="FOLDER", help="write the run's files here (after a decision: runs)")
    add_settings(command, ("data_dir",))
    command.set_defaults(run=_runs)


def _runs(options: argparse.Namespace, settings: Settings) -> int:
    decided = bool(options.keep_out or options.take_in)
    if options.id is None and (decided or options.out):
        raise RevdemoError("Name the run: python -m revdemo runs lists the latest, each with its ID.")
    with closing(Ledger(settings.data_dir / "ledger.sqlite")) as ledger:
        if options.id is None:
            print("\n".join(map(_line, ledger.runs(None, SHOWN))) or "No run yet.")
            return 0
        run = curate(ledger, options.id, options.keep_out, options.take_in)
    _show(run, (options.out or Path("runs")) / run.id if decided or options.out else None)
    return 0


def _show(run: Run, folder: Path | None) -> None:
    """Print the reviews of a run, and write its files where a folder is given."""
    print("\n".join(map(_of_review, run.reviews)))
    print(f"{len(run.accepted)} accepted, {len(run.rejected)} rejected, ended by: {run.ended}.")
    if folder:
        save(run, folder)
        print(folder)


def _line(run: RunSummary) -> str:
    when = run.started.astimezone().strftime("%Y-%m-%d %H:%M")
    by_hand = f" (by hand: {run.kept_out} kept out, {run.taken_in} taken in)" * bool(
        run.kept_out + run.taken_in
    )
    return (
        f"{run.id}  {when}  {run.request.stars} ★  {run.ended}  "
        f"{run.accepted} accepted, {run.rejected} rejected{by_hand}"
    )


def _of_review(one: Review) -> str:
    verdict = "accepted" if one.accepted else f"rejected ({one.reason})"
    by_hand = " by hand" if one.by_hand and one.accepted else ""
    return f"{one.index}. {one.predicted or '-'} ★, {verdict}{by_hand}: {one.text}"
