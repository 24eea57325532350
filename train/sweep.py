"""The hyper-parameter study: one setting at a time is varied around a default, over disjoint samples.

    python -m train.sweep --study cpu     # both networks, small: ten minutes on two cores
    python -m train.sweep --study full    # on all the reviews of the parts: for a GPU
    python -m train.sweep --study cpu --role stars --limit 25    # a trial, in runs/study/cpu-25

Reads what train.prepare wrote: the classifier's part for the stars, the generator's for the generator. Every
run leaves one small file in --work and no weights: a killed study resumes where it stopped. python -m
train.evaluate study makes study.json of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from transformers.utils import logging

from revdemo.errors import RevdemoError
from revdemo.files import write_json
from train.data import prepared
from train.fitting import commands
from train.study.runs import go_on, plan
from train.study.samples import draw, pool
from train.study.settings import KINDS, Study, default_recipe, load_study

PARTS = {"stars": "classifier", "generator": "generator"}


def main(argv: list[str] | None = None) -> None:
    """Run the study by the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", default="full" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--role", choices=list(KINDS), help="only this network; both by default")
    parser.add_argument("--data", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    parser.add_argument(
        "--work", type=Path, default=Path("runs/study"), help="results go in a folder by study"
    )
    parser.add_argument("--limit", type=int, help="this many reviews a sample, for a trial")
    parser.add_argument("--threads", type=int, help="CPU threads")
    args = parser.parse_args(argv)
    logging.disable_progress_bar()  # one line per run is enough
    logging.set_verbosity_error()  # that a head is new
    if args.threads:
        torch.set_num_threads(args.threads)
    studies = load_study(args.study)
    folder = args.work / (Path(args.study).stem + (f"-{args.limit}" if args.limit else ""))
    for role in [args.role] if args.role else KINDS:
        if (study := getattr(studies, role)) is not None:
            sweep(role, study, args.data, folder, args.limit)
        elif args.role:
            raise RevdemoError("The study {study} has none of {role}.", study=args.study, role=role)


def sweep(role: str, study: Study, data: Path, folder: Path, limit: int | None) -> None:
    """Run one role's study, leaving its plan and its results in `folder`."""
    recipe = default_recipe(role, study)
    rows = pool(role, prepared.read_part(data, PARTS[role]), recipe)
    samples = draw(rows, study.samples, study.rows if limit is None else limit, study.seed)
    about, runs = plan(role, study, recipe, samples, prepared.read_fingerprint(data))
    print(
        f"{role}: {len(runs)} runs on {about['samples']} samples of {about['rows']:,} reviews, "
        f"{about['evaluated']:,} of them for evaluation",
        flush=True,
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / f"{role}.json", about)
    go_on(role, runs, folder)


if __name__ == "__main__":
    sys.exit(commands.run(main))
