"""The runs of a study: planned, trained and measured one after another, and resumed."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from peft import TaskType
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    EvalPrediction,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from revdemo.files import write_json
from revdemo.models.likelihood import Likelihood, token_nats
from revdemo.reviews import STARS
from train import generator, stars
from train.data import prepared
from train.fitting import adapters
from train.fitting import trainer as training
from train.fitting.recipes import Recipe
from train.study.results import METRICS, run_path
from train.study.samples import StudySample
from train.study.settings import Study, changed, say, setting


class StudyRun(NamedTuple):
    """One training: a combination of settings on a sample."""

    key: str
    what: str  # in words
    recipe: Recipe
    sample: StudySample


def plan(
    role: str, study: Study, recipe: Recipe, samples: list[StudySample], data: str
) -> tuple[dict, list[StudyRun]]:
    """What train.study reads of a study, and its runs: sample by sample, the default first.

    A run is known by its recipe, its reviews and the fingerprint of all data.
    """
    runs: dict[str, StudyRun] = {}

    def add(number: int, what: str, own: Recipe) -> str:
        prints = [prepared.rows_fingerprint(rows) for rows in samples[number]]
        about = json.dumps([role, own.model_dump(), prints, data], sort_keys=True)
        key = f"{number + 1}-{hashlib.sha256(about.encode()).hexdigest()[:16]}"
        runs.setdefault(key, StudyRun(key, f"{what}, sample {number + 1}", own, samples[number]))
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


def go_on(role: str, runs: list[StudyRun], folder: Path) -> None:
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
        write_json(paths[run.key], result)
        done[run.key] = result["seconds"]
        found = ", ".join(f"{name} {value:.4g}" for name, value in result["metrics"].items())
        print(
            f"{role} {len(done)}/{len(runs)}, {run.what}: {found}; {result['seconds']:.0f} s, "
            f"{minutes_left(runs, done):.1f} minutes left",
            flush=True,
        )


def minutes_left(runs: list[StudyRun], done: dict[str, float]) -> float:
    """How long the other runs will take, if an epoch takes as long as it has until now."""
    epochs = sum(run.recipe.epochs for run in runs if run.key in done)
    left = sum(run.recipe.epochs for run in runs if run.key not in done)
    return left * sum(done.values()) / epochs / 60


def train(role: str, run: StudyRun) -> dict:
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
        "learned": prepared.rows_fingerprint(run.sample.learn),
        "evaluated": prepared.rows_fingerprint(run.sample.evaluate),
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


def stars_trainer(run: StudyRun, folder: Path) -> Trainer:
    """The trainer of train.stars."""
    recipe, (learn, score) = run.recipe, run.sample
    model, tokenizer = training.load_base(AutoModelForSequenceClassification, recipe, num_labels=len(STARS))
    return stars.StarTrainer(
        model=adapters.make_trainable(model, recipe, stars.HEAD, TaskType.SEQ_CLS),
        args=arguments(recipe, folder, len(learn)),
        train_dataset=stars.dataset(learn, tokenizer, recipe, recipe.neighbours),
        eval_dataset=stars.dataset(score, tokenizer, recipe, 0.0),
        data_collator=stars.collate(tokenizer),
        compute_metrics=stars.measure,
    )


def generator_trainer(run: StudyRun, folder: Path) -> Trainer:
    """The trainer of train.generator."""
    recipe, (learn, score) = run.recipe, run.sample
    model, tokenizer = training.load_base(AutoModelForCausalLM, recipe)
    head = generator.HEAD if recipe.mode == "last_blocks" else []
    return training.ReviewTrainer(
        model=adapters.make_trainable(model, recipe, head, TaskType.CAUSAL_LM),
        args=arguments(recipe, folder, len(learn)),
        train_dataset=generator.dataset(learn, tokenizer, recipe, recipe.bare),
        eval_dataset=generator.dataset(score, tokenizer, recipe, 0.0),
        data_collator=generator.collate,
        compute_metrics=measure_text(tokenizer),
        preprocess_logits_for_metrics=token_nats,
    )


def measure_text(tokenizer: PreTrainedTokenizerBase) -> Callable[[EvalPrediction], dict[str, float]]:
    """Perplexity per token and bits per byte of the reviews, without their prefixes and end tokens."""

    def measure(prediction: EvalPrediction) -> dict[str, float]:
        labels = prediction.label_ids[:, 1:]
        scored = (labels != -100) & (labels != tokenizer.eos_token_id)
        nats = np.where(scored, prediction.predictions, 0).sum(axis=1)
        texts = [tokenizer.decode(own[own_scored]) for own, own_scored in zip(labels, scored, strict=True)]
        size = np.array([len(text.strip().encode()) for text in texts])
        found = Likelihood(nats, scored.sum(axis=1), size)
        return {"perplexity": found.perplexity, "bits_per_byte": found.bits_per_byte}

    return measure
