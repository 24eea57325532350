"""A generator and a filter that learn from the few reviews alone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo.files import write_json
from revdemo.generation.copies import COPIES, build_copy_index
from revdemo.models.classifier import load_stars
from revdemo.models.generator import load_generator
from revdemo.models.weights.registry import CONFIG
from revdemo.settings import Settings
from train import generator as generator_training
from train import stars as stars_training
from train.data import prepared
from train.fitting.recipes import FOLDER
from train.measures.benefit.arms import BenefitPlan, cut_rows
from train.measures.benefit.fillings import write_accepted

ENDING = 110  # words of a review that the generator of the few learns from
TRAINING = {"stars": stars_training, "generator": generator_training}


def ending(text: str, most: int = ENDING) -> str:
    """The last whole sentences of a review, at most that many words: the verdict stands at the end.

    A generator cannot learn to end a review that is cut, and few reviews are short. One sentence stays.
    """
    kept: list[str] = []
    for sentence in reversed(re.split(r"(?<=[.!?])\s+", text)):
        if kept and len(" ".join([sentence, *kept]).split()) > most:
            break
        kept.insert(0, sentence)
    return " ".join(kept)


def hold_out(rows: pd.DataFrame, gap_star: int, plan: BenefitPlan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cut rows as those to learn from, and those that choose the checkpoint and calibrate the filter.

    A tenth of every star is held out, and of the cut star a fifth, again and again until it is as much: the
    filter must not learn from its calibration that the cut star is rare.
    """
    size = max(1, plan.rows // 10)
    order = rows.groupby("stars").cumcount()
    held = order < np.where(rows["stars"] == gap_star, max(1, plan.cut // 5), size)
    alike = [star.iloc[np.arange(size) % len(star)] for _, star in rows[held].groupby("stars")]
    return rows[~held], pd.concat(alike)


def write_parts(rows: pd.DataFrame, gap_star: int, plan: BenefitPlan, folder: Path) -> None:
    """The cut rows as a folder of prepared data, for the training scripts; fingerprint.json comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    learn, held = hold_out(rows.assign(source="few"), gap_star, plan)
    shortened = learn.assign(text=learn["text"].map(ending))
    for name, part in {"classifier": learn, "generator": shortened, "validation": held}.items():
        part.to_parquet(folder / f"{name}.parquet", index=False)
    build_copy_index(rows["text"]).save(folder / COPIES)
    write_json(folder / prepared.FINGERPRINT, prepared.rows_fingerprint(rows))


def train_few(rows: pd.DataFrame, gap_star: int, plan: BenefitPlan, work: Path) -> Path:
    """Train a filter and a generator on the cut rows alone, unless that was done; returns their folder.

    Its name depends on the rows and on the recipes, so that no model of others is taken for them.
    """
    recipes = {role: FOLDER / "few" / f"{role}.yaml" for role in TRAINING}
    about = hashlib.sha256(prepared.rows_fingerprint(rows)["sha256"].encode())
    for path in recipes.values():
        about.update(path.read_bytes())
    folder = work / f"few-{gap_star}-{about.hexdigest()[:12]}"
    if not (folder / "data" / prepared.FINGERPRINT).exists():
        write_parts(rows, gap_star, plan, folder / "data")
    for role, module in TRAINING.items():
        if not (folder / role / CONFIG).exists():
            print(f"training the {role} model of {folder.name}", flush=True)
            where = ["--data", str(folder / "data"), "--out", str(folder / role)]
            module.main(["--recipe", str(recipes[role]), *where])
    return folder


def few_pool(
    rows: pd.DataFrame, gap_star: int, plan: BenefitPlan, settings: Settings, work: Path
) -> list[str]:
    """Accepted reviews that fill the gap, by a generator and a filter trained on the cut rows alone."""
    folder = train_few(cut_rows(rows, gap_star, plan), gap_star, plan, work)
    named = {"stars_model": str(folder / "stars"), "generator": str(folder / "generator")}
    own = settings.model_copy(update=named)
    return write_accepted(load_generator(own), load_stars(own), gap_star, plan.gap, folder, plan.seed)
