"""The hyper-parameter study's finished runs as the contents of study.json: means and spreads over samples.

train.sweep leaves in its folder a plan a role (`stars.json`: the axes, their values, the runs of each) and a
file per run. Only runs that the plan names count: those of another recipe or other reviews never mix in.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import mean, stdev

from revdemo.errors import RevdemoError
from train.data import prepared

NAMES = {"stars": "classifier", "generator": "generator"}  # of the roles, in study.json
METRICS = {"stars": ("exact", "near", "mae", "loss"), "generator": ("perplexity", "bits_per_byte", "loss")}


def evaluate(args: argparse.Namespace) -> dict:
    """The contents of study.json from the study in the folder `args.work`, on the reviews in `args.data`."""
    measured = report(args.work)
    data = prepared.read_fingerprint(args.data)
    for name, own in measured.items():
        if own["data"] != data:
            raise RevdemoError(
                "The {name}'s runs in {work} are of other reviews than {data}.",
                name=name,
                work=args.work,
                data=args.data,
            )
    return measured


def report(folder: Path) -> dict:
    """Every role that has finished runs in a study's folder.

    Raises RevdemoError where there is none, or a role lacks some of its runs.
    """
    found = {name: own for role, name in NAMES.items() if (own := _role(folder, role))}
    if not found:
        raise RevdemoError("There is no finished run in {folder}. Run python -m train.sweep.", folder=folder)
    return found


def run_path(folder: Path, role: str, key: str) -> Path:
    """Where the result of a run is kept."""
    return folder / role / f"{key}.json"


def _role(folder: Path, role: str) -> dict | None:
    """One role's part of study.json; None where nothing is finished."""
    if not (folder / f"{role}.json").exists():
        return None
    plan = _read(folder / f"{role}.json")
    keys = {key for values in plan["axes"].values() for value in values for key in value["runs"]}
    runs = {key: _read(path) for key in sorted(keys) if (path := run_path(folder, role, key)).exists()}
    if not runs:
        return None
    _refuse_gaps(plan, runs, folder, role)
    return {
        "axes": {
            axis: [{"value": value["value"]} | _summary(role, runs, value["runs"]) for value in values]
            for axis, values in plan["axes"].items()
        },
        **{key: plan[key] for key in ("default", "samples", "rows", "evaluated", "base", "mode", "data")},
        "device": ", ".join(sorted({run["device"] for run in runs.values()})),
        "minutes": sum(run["seconds"] for run in runs.values()) / 60,
    }


def _summary(role: str, runs: dict[str, dict], keys: list[str]) -> dict[str, dict[str, float]]:
    """Each metric's mean over the samples, and its spread: their standard deviation (n - 1)."""
    measured = {name: [runs[key]["metrics"][name] for key in keys] for name in METRICS[role]}
    return {name: {"mean": mean(values), "spread": stdev(values)} for name, values in measured.items()}


def _refuse_gaps(plan: dict, runs: dict[str, dict], folder: Path, role: str) -> None:
    missing = [
        f"{axis} {value['value']} on sample {sample}"
        for axis, values in plan["axes"].items()
        for value in values
        for sample, key in enumerate(value["runs"], 1)
        if key not in runs
    ]
    if missing:
        raise RevdemoError(
            "The {role} study in {folder} is not finished; it lacks {missing}. Run python -m train.sweep "
            "with the same options: it resumes where it stopped.",
            role=role,
            folder=folder,
            missing=", ".join(missing),
        )


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of this job beside the common ones."""
    parser.add_argument("--work", type=Path, default=Path("runs/study/cpu"), help="what train.sweep left")
