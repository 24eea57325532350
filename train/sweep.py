"""The hyper-parameter study: one setting at a time is varied around a default, over disjoint samples.

    python -m train.sweep --study cpu     # both networks, small: ten minutes on two cores
    python -m train.sweep --study full    # on all the reviews of the parts: for a GPU
    python -m train.sweep --study cpu --role stars --limit 25    # a trial, in runs/study/cpu-25

Reads what train.prepare wrote: the classifier's part for the stars, the generator's for the generator. Every
run leaves one small file in --work and no weights: a killed study goes on where it was. python -m
train.evaluate study makes study.json of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import hashlib
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from peft import TaskType
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    model_validator,
)
from sklearn.model_selection import StratifiedGroupKFold
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)
from transformers.utils import logging

from revdemo.errors import RevdemoError
from revdemo.reviews import STARS
from train import generator, stars, training
from train.evaluate import read_fingerprint
from train.recipes import FOLDER, GeneratorRecipe, Recipe, StarsRecipe, load_recipe, read_yaml
from train.split import components
from train.study import METRICS, run_path

KINDS = {"stars": StarsRecipe, "generator": GeneratorRecipe}
PARTS = {"stars": "classifier", "generator": "generator"}
FOLDS = 5  # of a sample; one is for evaluation: the report's 20 %
UNIT = FOLDS * len(STARS)  # the smallest sample: a review of every star to evaluate on, four to learn from

# What a study leaves aside of a recipe: it draws balanced samples of its own, begins anew (a trained adapter
# may have seen what it would be evaluated on), and varies nothing of the linear model on words.
ASIDE: dict[str, dict[str, Any]] = {
    "stars": {"rows": None, "balance": None, "ngrams": 0, "start": None},
    "generator": {"rows": None, "clear": 1.0, "unlabelled": 0.0, "start": None},
}

Beta = Annotated[float, Field(ge=0, lt=1)]


class Axes(BaseModel):
    """The values of each setting; among them is the default, which is trained once for all axes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: tuple[PositiveFloat, ...]
    learning_rate: tuple[PositiveFloat, ...]
    batch_size: tuple[PositiveInt, ...]
    betas: tuple[tuple[Beta, Beta], ...]


class Study(BaseModel):
    """The study of one role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: str  # a recipe of the role: where the default comes from
    changes: dict[str, Any] = {}  # to that recipe
    axes: Axes
    samples: int = Field(3, ge=2)  # disjoint, by film
    rows: int | None = Field(None, ge=UNIT)  # most reviews a sample; None: as many as there are
    seed: int = 0  # of the samples


class Studies(BaseModel):
    """A file of train/recipes/study."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stars: Study | None = None
    generator: Study | None = None

    @model_validator(mode="after")
    def _no_change_is_idle(self) -> Studies:
        for role, own in self:
            if own and (idle := ASIDE[role].keys() & own.changes.keys()):
                raise ValueError(f"a study of {role} leaves {', '.join(sorted(idle))} aside")
        return self


class Sample(NamedTuple):
    """Reviews to learn from, and of other films to evaluate on."""

    learn: pd.DataFrame
    evaluate: pd.DataFrame


class Run(NamedTuple):
    """One training: a combination of settings on a sample."""

    key: str
    what: str  # in words
    recipe: Recipe
    sample: Sample


def load_study(name: str) -> Studies:
    """Read a study by name (a file of train/recipes/study) or by path.

    Raises RevdemoError for what is wrong in it.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / "study" / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in (FOLDER / "study").glob("*.yaml")))
        raise RevdemoError(
            f"There is no study {name!r}. There are {known}; or give the path of a .yaml file."
        )
    return read_yaml(Studies, path, "study")


def default_recipe(role: str, study: Study) -> Recipe:
    """The combination that every axis varies; RevdemoError where an axis does not hold its value."""
    recipe = load_recipe(KINDS[role], study.recipe, **study.changes).model_copy(update=ASIDE[role])
    if recipe.precision == "fp16" and not torch.cuda.is_available():
        raise RevdemoError(
            f"The {role} study trains in fp16, which needs a CUDA GPU, and torch sees none. Add "
            "precision: float32 to its changes."
        )
    for axis, values in study.axes:
        own = setting(recipe, axis)
        if own not in values or len(set(values)) < len(values):
            raise RevdemoError(
                f"The {role} study's values of {axis} must differ, and one be the default, {say(own)}."
            )
    return recipe


def setting(recipe: Recipe, axis: str) -> float | tuple[float, float]:
    """A recipe's value on an axis."""
    return (recipe.beta1, recipe.beta2) if axis == "betas" else getattr(recipe, axis)


def changed(recipe: Recipe, axis: str, value: float | tuple[float, float]) -> Recipe:
    """The recipe with another value on one axis."""
    update = dict(zip(("beta1", "beta2"), value, strict=True)) if axis == "betas" else {axis: value}
    return recipe.model_copy(update=update)


def say(value: float | tuple[float, float]) -> int | float | str:
    """A value as study.json has it: betas as "0.95, 0.999", a rate as "5e-05", which no rounding can harm."""
    if isinstance(value, tuple):
        return ", ".join(f"{beta:g}" for beta in value)
    if value < 0.01:
        return f"{value:g}"
    return int(value) if value == int(value) else value


# --- samples ------------------------------------------------------------------------------------------------


def pool(role: str, part: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The reviews that samples are drawn from: labelled, and for a generator of the recipe's length."""
    labelled = part[part["stars"] > 0]
    return (
        generator.of_length(labelled, recipe.min_words, recipe.max_words) if role == "generator" else labelled
    )


def draw(rows: pd.DataFrame, samples: int, most: int | None, seed: int) -> list[Sample]:
    """Samples of one size with as many reviews of every star, a fifth of them for evaluation.

    A film is in one sample only, and there either learned from or evaluated on. Raises RevdemoError where
    `most` reviews a sample are not to be had.
    """
    films = components(rows["movie_id"], np.zeros((0, 2), int))
    fewest = _fewest(rows)
    if min(fewest, len(set(films))) < samples * FOLDS:
        raise RevdemoError(
            f"{samples} samples need {samples * FOLDS} films and reviews of every star; there are "
            f"{len(set(films)):,} films, and {fewest:,} reviews of the rarest star."
        )
    cutter = StratifiedGroupKFold(samples * FOLDS, shuffle=True, random_state=seed)
    folds = [fold for _, fold in cutter.split(films, rows["stars"], films)]
    cuts = [folds[i : i + FOLDS] for i in range(0, len(folds), FOLDS)]
    whole = [Sample(rows.iloc[np.concatenate(learn)], rows.iloc[score]) for score, *learn in cuts]
    room = min(min(_fewest(one.evaluate), _fewest(one.learn) // (FOLDS - 1)) for one in whole)
    size = room if most is None else most // UNIT
    if not 0 < size <= room:
        raise RevdemoError(
            f"{samples} balanced samples of {most or UNIT:,} reviews are not to be had: one needs at least "
            f"{UNIT}, and the rarest star has room for {room * UNIT:,}. Ask for as many, or state rows: null."
        )
    return [
        Sample(_even(one.learn, size * (FOLDS - 1), seed), _even(one.evaluate, size, seed)) for one in whole
    ]


def _fewest(rows: pd.DataFrame) -> int:
    return min(int((rows["stars"] == star).sum()) for star in STARS)


def _even(rows: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """`size` reviews of every star, in random order."""
    chosen = rows.groupby("stars").sample(size, random_state=seed)
    return chosen.sample(frac=1, random_state=seed).reset_index(drop=True)


# --- runs ---------------------------------------------------------------------------------------------------


def plan(role: str, study: Study, recipe: Recipe, samples: list[Sample], data: str) -> tuple[dict, list[Run]]:
    """What train.study reads of a study, and its runs: sample by sample, the default first.

    A run is known by its recipe, its reviews and the fingerprint of all data.
    """
    runs: dict[str, Run] = {}

    def add(number: int, what: str, own: Recipe) -> str:
        prints = [training.rows_fingerprint(rows) for rows in samples[number]]
        about = json.dumps([role, own.model_dump(), prints, data], sort_keys=True)
        key = f"{number + 1}-{hashlib.sha256(about.encode()).hexdigest()[:16]}"
        runs.setdefault(key, Run(key, f"{what}, sample {number + 1}", own, samples[number]))
        return key

    axes: dict[str, list[dict]] = {
        axis: [{"value": say(value), "runs": []} for value in values] for axis, values in study.axes
    }
    for number in range(len(samples)):
        add(number, "default", recipe)
        for axis, values in study.axes:
            for value, row in zip(values, axes[axis], strict=True):
                row["runs"].append(add(number, f"{axis} {row['value']}", changed(recipe, axis, value)))
    about = {
        "axes": axes,
        "default": {axis: say(setting(recipe, axis)) for axis, _ in study.axes},
        "samples": len(samples),
        "rows": sum(map(len, samples[0])),
        "evaluated": len(samples[0].evaluate),
        "base": Path(recipe.base).name if Path(recipe.base).is_absolute() else recipe.base,
        "mode": recipe.mode,
        "data": data,
    }
    return about, list(runs.values())


def go_on(role: str, runs: list[Run], folder: Path) -> None:
    """Do the runs that have no result in `folder` yet, one line each with an estimate of the time left."""
    (folder / role).mkdir(parents=True, exist_ok=True)
    paths = {run.key: run_path(folder, role, run.key) for run in runs}
    done = {
        key: json.loads(path.read_text(encoding="utf-8"))["seconds"]
        for key, path in paths.items()
        if path.exists()
    }
    if done:
        print(f"{role}: {len(done)} of {len(runs)} runs are there already", flush=True)
    for run in [run for run in runs if run.key not in done]:
        result = train(role, run)
        training.write_json(paths[run.key], result)
        done[run.key] = result["seconds"]
        found = ", ".join(f"{name} {value:.4g}" for name, value in result["metrics"].items())
        print(
            f"{role} {len(done)}/{len(runs)}, {run.what}: {found}; {result['seconds']:.0f} s, "
            f"{minutes_left(runs, done):.1f} minutes left",
            flush=True,
        )


def minutes_left(runs: list[Run], done: dict[str, float]) -> float:
    """How long the other runs will take, if an epoch takes as long as it has until now."""
    epochs = sum(run.recipe.epochs for run in runs if run.key in done)
    left = sum(run.recipe.epochs for run in runs if run.key not in done)
    return left * sum(done.values()) / epochs / 60


def train(role: str, run: Run) -> dict:
    """Train once and measure once, keeping no weights; returns what a run's file holds."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        trainer = (stars_trainer if role == "stars" else generator_trainer)(run, Path(folder))
        trainer.remove_callback(PrinterCallback)
        outcome = trainer.train()
        measured = trainer.evaluate()
    device = training_device(trainer)
    del trainer
    gc.collect()  # a trainer is a circle of references; the next one needs its GPU memory
    return {
        "recipe": run.recipe.model_dump(),
        "learned": training.rows_fingerprint(run.sample.learn),
        "evaluated": training.rows_fingerprint(run.sample.evaluate),
        "metrics": {name: measured[f"eval_{name}"] for name in METRICS[role]},
        "training_loss": outcome.training_loss,
        "steps": outcome.global_step,
        "device": device,
        "seconds": round(time.monotonic() - began, 2),
    }


def training_device(trainer: Trainer) -> str:
    """The device in words, and the precision."""
    where = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f"CPU, {torch.get_num_threads()} threads"
    )
    return f"{where}, {'bf16' if trainer.args.bf16 else 'fp16' if trainer.args.fp16 else 'float32'}"


def arguments(recipe: Recipe, folder: Path, rows: int) -> TrainingArguments:
    """The recipe's own training arguments, without evaluations, checkpoints and output on the way."""
    own = training.arguments(recipe, folder, rows, "loss")
    return dataclasses.replace(
        own, eval_strategy="no", save_strategy="no", load_best_model_at_end=False, disable_tqdm=True
    )


def stars_trainer(run: Run, folder: Path) -> Trainer:
    """The trainer of train.stars."""
    recipe, (learn, score) = run.recipe, run.sample
    model, tokenizer = training.load_base(AutoModelForSequenceClassification, recipe, num_labels=len(STARS))
    return stars.StarTrainer(
        model=training.make_trainable(model, recipe, stars.HEAD, TaskType.SEQ_CLS),
        args=arguments(recipe, folder, len(learn)),
        train_dataset=stars.dataset(learn, tokenizer, recipe, recipe.neighbours),
        eval_dataset=stars.dataset(score, tokenizer, recipe, 0.0),
        data_collator=stars.collate(tokenizer),
        compute_metrics=stars.measure,
    )


def generator_trainer(run: Run, folder: Path) -> Trainer:
    """The trainer of train.generator."""
    recipe, (learn, score) = run.recipe, run.sample
    model, tokenizer = training.load_base(AutoModelForCausalLM, recipe)
    head = generator.HEAD if recipe.mode == "last_blocks" else []
    return training.ReviewTrainer(
        model=training.make_trainable(model, recipe, head, TaskType.CAUSAL_LM),
        args=arguments(recipe, folder, len(learn)),
        train_dataset=generator.dataset(learn, tokenizer, recipe, recipe.bare),
        eval_dataset=generator.dataset(score, tokenizer, recipe, 0.0),
        data_collator=generator.collate,
        compute_metrics=measure_text(tokenizer),
        preprocess_logits_for_metrics=surprise,
    )


def surprise(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The negative log-likelihood of every token but the first, (batch, length - 1); 0 where none counts."""
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].float().transpose(1, 2), labels[:, 1:], reduction="none", ignore_index=-100
    )


def measure_text(tokenizer):
    """Perplexity a token and bits a byte of the reviews, without their prefixes and end tokens."""

    def measure(prediction) -> dict[str, float]:
        labels = prediction.label_ids[:, 1:]
        scored = (labels != -100) & (labels != tokenizer.eos_token_id)
        nats = prediction.predictions[scored].sum()
        texts = [tokenizer.decode(own[own_scored]) for own, own_scored in zip(labels, scored, strict=True)]
        size = sum(len(text.strip().encode()) for text in texts)
        return {
            "perplexity": float(np.exp(nats / scored.sum())),
            "bits_per_byte": float(nats / math.log(2) / size),
        }

    return measure


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
    logging.disable_progress_bar()  # a line a run is enough
    logging.set_verbosity_error()  # that a head is new
    if args.threads:
        torch.set_num_threads(args.threads)
    studies = load_study(args.study)
    folder = args.work / (Path(args.study).stem + (f"-{args.limit}" if args.limit else ""))
    for role in [args.role] if args.role else KINDS:
        if (study := getattr(studies, role)) is not None:
            sweep(role, study, args.data, folder, args.limit)
        elif args.role:
            raise RevdemoError(f"The study {args.study} has none of {role}.")


def sweep(role: str, study: Study, data: Path, folder: Path, limit: int | None) -> None:
    """Run one role's study, leaving its plan and its results in `folder`."""
    recipe = default_recipe(role, study)
    rows = pool(role, training.read_part(data, PARTS[role]), recipe)
    samples = draw(rows, study.samples, study.rows if limit is None else limit, study.seed)
    about, runs = plan(role, study, recipe, samples, read_fingerprint(data))
    print(
        f"{role}: {len(runs)} runs on {about['samples']} samples of {about['rows']:,} reviews, "
        f"{about['evaluated']:,} of them for evaluation",
        flush=True,
    )
    folder.mkdir(parents=True, exist_ok=True)
    training.write_json(folder / f"{role}.json", about)
    go_on(role, runs, folder)


if __name__ == "__main__":
    sys.exit(training.run(main))
