"""Adapt the star classifier and the generator to a table of your own, starting from the starter's adapters.

    python -m train.adapt reviews.csv --out models/mine --estimate     # how long, from a few real steps
    python -m train.adapt reviews.csv --out models/mine --minutes 12   # as many reviews as fit
    python -m train.adapt reviews.csv --out models/mine --group product_id --generate 60
    python app.py --stars-model models/mine/stars --generator models/mine/generator

Columns and scale are guessed where --column, --rating and --scale do not name them. Without --minutes, the
recipes in train/recipes/adapt say how many reviews: on a CPU 1,500 for the classifier and 600 for the
generator, once; on a GPU all of them, a few times. Stars that the table never gives stay what the starter
knows of them.

Ctrl-C or SIGTERM stops after the current step; the same command resumes from there. In the end the folder
holds stars/ and generator/ as the app loads them, adapt.json (figures before and after, on rows that no model
learned from) and progress.jsonl.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import pandas as pd
import torch
from filelock import FileLock, Timeout

from revdemo.cli.common import add_table_options, open_table
from revdemo.errors import RevdemoError
from revdemo.evaluation.results import AdaptedFile
from revdemo.files import read_json, write_json
from revdemo.intervals import as_json
from revdemo.models.weights import registry
from revdemo.settings import load_settings
from revdemo.tables.adapting.contract import ESTIMATE, LOCK, REPORT, ROLES, WORK, AdaptEstimate, State
from train.adapting import fit, timing
from train.adapting import report as adapt_report
from train.adapting.follow import Follow, ProgressFile, Stop, Stopped
from train.adapting.report import AdaptReport, Side
from train.data.table import cut_rows, missing_stars, read_rows
from train.fitting import processes, trainer
from train.fitting.recipes import FOLDER, Recipe

PLAN = "plan.json"
SAID_IN_PLAN = (
    "column", "rating", "scale", "sheet", "encoding", "separator", "map", "group",
    "roles", "minutes", "limit", "seed", "recipes",
)  # fmt: skip
STOPPED = 130  # the exit status of what a person interrupted


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m train.adapt",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("table", type=Path, help="the labelled reviews: CSV, XLSX, JSON lines, Parquet")
    parser.add_argument("--out", type=Path, required=True, help="folder for the models and the report")
    add_table_options(parser)
    parser.add_argument("--group", help="a column that names the item reviewed: no item is in two parts")
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=list(ROLES), help="what to adapt")
    parser.add_argument("--minutes", type=float, help="take as many reviews as fit, the report included")
    parser.add_argument("--estimate", action="store_true", help="say how long it takes, and do nothing else")
    parser.add_argument(
        "--generate",
        type=int,
        default=0,
        metavar="N",
        help="write N reviews per star for the report, both sides",
    )
    parser.add_argument("--limit", type=int, help="read only the first N reviews, for a trial")
    parser.add_argument("--recipes", type=Path, default=FOLDER / "adapt", help="folder of the two recipes")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="begin again")
    args = parser.parse_args(argv)
    for name in ("column", "rating", "group"):  # before Python 3.13 "--column=--" gave an empty list
        if getattr(args, name) == []:
            setattr(args, name, "--")
    args.roles = [role for role in ROLES if role in args.roles]
    for name, least in (("minutes", 0.1), ("limit", 1), ("generate", 0)):
        if (given := getattr(args, name)) is not None and given < least:
            raise RevdemoError(
                "--{name} is {given}, and must be {least} or more.", name=name, given=given, least=least
            )
    return args


# --- the table --------------------------------------------------------------------------------------------


def read_parts(args: argparse.Namespace) -> tuple[dict[str, pd.DataFrame], dict]:
    """The parts of the table, and what adapt.json says of it."""
    chosen = open_table(args, args.table)
    rows = read_rows(chosen, args.group, args.limit, args.seed)
    parts = cut_rows(rows, args.seed)
    counts = {name: adapt_report.by_star(part["stars"]) for name, part in parts.items()}
    absent = missing_stars(rows)
    about = {
        "name": chosen.name,
        "columns": {"text": chosen.text, "rating": chosen.rating, "scale": chosen.scale, "group": args.group},
        "read_as": chosen.read_as.as_dict(),
        "rows": chosen.rows,
        "kept": len(rows),
        "dropped": rows.attrs["dropped"],
        "mix": rows.attrs["mix"],
        "parts": counts,
        "missing_stars": absent,
    }
    print(json.dumps(about), flush=True)
    if absent:
        print(
            f"The table has no {', '.join(map(str, absent))} stars: what the classifier knows of them it has "
            "from the starter, and the report has no figures for them.",
            flush=True,
        )
    return parts, about


# --- the plan of a folder -----------------------------------------------------------------------------------


def plan(args: argparse.Namespace, recipes: dict[str, Recipe]) -> dict:
    """What must be the same for a run to be resumed."""
    said = {name: str(own) if isinstance(own := getattr(args, name), Path) else own for name in SAID_IN_PLAN}
    return {
        "table": registry.checksum(args.table),
        **said,
        "recipes_read": {role: recipe.model_dump(mode="json") for role, recipe in recipes.items()},
    }


def planned_rows(args: argparse.Namespace, own: dict) -> dict[str, int] | None:
    """The rows that an earlier start of the same run decided on; None at the first one.

    Raises RevdemoError where the folder holds another run.
    """
    path = args.out / PLAN
    if args.fresh:
        for stale in (*ROLES, WORK):
            shutil.rmtree(args.out / stale, ignore_errors=True)
        for stale in (PLAN, REPORT):
            (args.out / stale).unlink(missing_ok=True)
    if not path.exists():
        return None
    begun = read_json(path)
    differ = [key for key in own if begun.get(key) != own[key]]
    if differ:
        raise RevdemoError(
            "{out} holds an adaptation of another table or with other settings ({differ}). Add --fresh to "
            "begin again, or name another --out.",
            out=args.out,
            differ=", ".join(differ),
        )
    return begun["rows"]


# --- running ------------------------------------------------------------------------------------------------


def adapt(args: argparse.Namespace, progress: ProgressFile, stop: Stop) -> None:
    """Do what is left to do of the run in args.out."""
    began = time.monotonic()
    if not args.table.is_file():
        raise RevdemoError("There is no table at {table}.", table=args.table)
    recipes = fit.read_recipes(args.recipes, args.roles, args.seed)
    own = plan(args, recipes)
    rows = None if args.estimate else planned_rows(args, own)
    progress.tell(role="reading")
    parts, about = read_parts(args)
    if "generator" in recipes:
        parts["train"] = fit.with_clearness(parts["train"], recipes["generator"])
    reading = time.monotonic() - began
    stop.check()
    if args.estimate or (rows is None and args.minutes):
        found = timing.estimate(args, recipes, parts, progress, stop) | {"reading": reading}
        rows = timing.fitted(found, args.minutes, time.monotonic() - began)
        said = timing.told(found, rows, about)
        AdaptEstimate.model_validate(said)
        write_json(args.out / ESTIMATE, said)
        timing.show(said)
        if args.estimate:
            progress.tell(state=State.ESTIMATED)
            return
    rows = rows or {role: recipe.rows for role, recipe in recipes.items()}
    write_json(args.out / PLAN, own | {"rows": rows})
    for role, recipe in recipes.items():
        train_role(
            role, recipe.model_copy(update={"rows": rows[role]}), parts, args.out / role, progress, stop
        )
        stop.check()
    write_report(args, parts, about, progress, stop, began)
    for role in recipes:
        shutil.rmtree(args.out / role / "checkpoints", ignore_errors=True)
    progress.tell(state=State.DONE)


def train_role(role: str, recipe: Recipe, parts: dict, out: Path, progress: ProgressFile, stop: Stop) -> None:
    """Train a role, unless an earlier start of this run has done so."""
    if (out / registry.CONFIG).exists():
        return
    progress.tell(role=role, step=0, steps=None, loss=None, seconds_left=None)
    train = fit.adapt_stars if role == "stars" else fit.adapt_generator
    train(parts, recipe, out, Follow(role, progress, stop), fresh=False)


def write_report(
    args: argparse.Namespace, parts: dict, about: dict, progress: ProgressFile, stop: Stop, began: float
) -> None:
    """Measure before and after, and write adapt.json."""
    starts = fit.starts(args.recipes)
    new = {role: str(args.out / role) for role in args.roles}
    before = Side(starts["stars_model"], starts["generator"])
    after = Side(new.get("stars", before.stars), new.get("generator", before.generator))

    def step(what: str = "") -> None:
        stop.check()
        progress.tell(role="report", what=what)

    report = AdaptReport(
        parts, {"before": before, "after": after}, load_settings([]), args.out / WORK, step, args.seed
    )
    whole = {
        "table": about,
        **as_json(report(args.roles, about["mix"], args.generate)),
        "rows": read_json(args.out / PLAN)["rows"],
        "seed": args.seed,
        "command": "python -m train.adapt " + " ".join(sys.argv[1:]),
        "device": timing.device(),
        "minutes": round((time.monotonic() - began) / 60, 2),  # since the last start
        "training_minutes": {role: training_minutes(args.out / role) for role in args.roles},
    }
    write_json(args.out / REPORT, whole)
    print(adapt_report.summary(AdaptedFile.model_validate(whole)), flush=True)


def training_minutes(folder: Path) -> float:
    """The minutes that the training of a role took, over all of its starts."""
    return read_json(folder / trainer.LOG)["log"][-1]["minutes"]


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, 2 for a user's mistake, 130 once stopped."""
    stop = Stop()
    stop.listen()
    try:
        processes.check_alone()
        args = parse(argv)
        if args.threads:
            torch.set_num_threads(args.threads)
        progress = ProgressFile(args.out)
    except RevdemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        with FileLock(args.out / LOCK, timeout=1):
            return _guarded(args, progress, stop)
    except Timeout:
        print(
            f"error: another adaptation is at work in {args.out}. Wait for it, or stop it.", file=sys.stderr
        )
        return 2


def _guarded(args: argparse.Namespace, progress: ProgressFile, stop: Stop) -> int:
    """Adapt, and say in the progress how it ended."""
    progress.begin(estimate=args.estimate)
    try:
        adapt(args, progress, stop)
    except Stopped:
        progress.tell(state=State.STOPPED)
        print("stopped; the same command resumes from here", flush=True)
        return STOPPED
    except RevdemoError as error:
        progress.tell(state=State.FAILED, problem=str(error), said=error.phrase.as_dict())
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BaseException as error:
        progress.tell(state=State.FAILED, problem=f"{type(error).__name__}: {error}")
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
