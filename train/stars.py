"""Train a star classifier: review -> stars 1..5.

    python -m train.stars --recipe starter-cpu     # LoRA on all-MiniLM-L6-v2, an hour or two on two cores
    python -m train.stars --recipe starter-gpu     # the same on all reviews: minutes on a GPU
    python -m train.stars --recipe original        # the report's DistilBERT (needs the Hub and a GPU)
    python -m train.stars --recipe starter-cpu --limit 200 --out models/trial
    python -m train.stars --part judge --out models/judge    # the judge learns from reviews of its own
    python -m train.stars --recipe starter-taught-cpu --teacher data/teacher    # what train.teach wrote

Reads what train.prepare wrote. A killed run resumes from its last checkpoint. The app uses models/stars.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from datasets import Dataset
from peft import TaskType
from transformers import (
    AutoModelForSequenceClassification,
    EvalPrediction,
    PreTrainedTokenizerBase,
    TrainerCallback,
)

from revdemo.errors import RevdemoError
from revdemo.models.classifier import encode
from revdemo.models.ngrams import NgramModel
from revdemo.reviews import STARS
from train.data import prepared
from train.data.teacher import COLUMNS, TeacherAnswers, with_answers
from train.data.weights import thin_out, weights
from train.fitting import adapters, calibrate, commands, ngrams
from train.fitting import trainer as training
from train.fitting.recipes import StarsRecipe

HEAD = ["classifier", "pre_classifier", "pooler", "score"]  # by the names encoders give it


def targets(rows: pd.DataFrame, neighbours: float, taught: float = 0.0) -> np.ndarray:
    """What the model is to say of each review: (reviews, 5) probabilities times the review's weight.

    The weights even out the stars within each source. Stars that a source never gives are marked -1: its
    reviews say nothing about those, or the model would learn from aclImdb's style that there are no 3 stars.
    Of a review that a teacher answered for, its answer is the share `taught` of what to say, and all of it
    where the review has no rating (Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural
    Network"); the teacher knows every star, so none is marked.
    """
    rated = (rows["stars"] > 0).to_numpy()
    wanted = np.zeros((len(rows), len(STARS)))
    wanted[rated] = _rated_targets(rows[rated], neighbours)
    if COLUMNS[0] not in rows:
        return wanted
    answers = rows[COLUMNS].to_numpy(dtype=float)
    asked = ~np.isnan(answers[:, 0])
    share = np.where(rated, taught, 1.0)[asked, None]
    weight = np.ones(len(rows))
    weight[rated] = weights(rows[rated])
    said = weight[asked, None] * answers[asked]
    wanted[asked] = share * said + (1 - share) * wanted[asked].clip(min=0)
    return wanted


def _rated_targets(rows: pd.DataFrame, neighbours: float) -> np.ndarray:
    labels = rows["stars"].to_numpy() - 1
    wanted = np.eye(5)[labels] * (1 - neighbours)
    beside = np.abs(np.arange(5)[None, :] - labels[:, None]) == 1
    wanted += neighbours * beside / beside.sum(axis=1, keepdims=True)
    wanted *= weights(rows)[:, None]
    for source in rows["source"].unique():
        own = (rows["source"] == source).to_numpy()
        wanted[np.ix_(own, ~np.isin(STARS, rows.loc[own, "stars"]))] = -1
    return wanted


def star_loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Cross-entropy against `targets`, over the stars that the review's source can have."""
    scores = logits.float().masked_fill(wanted < 0, -1e4).log_softmax(dim=-1)
    return -(wanted.clamp(min=0) * scores).sum(dim=-1).mean()


class StarTrainer(training.ReviewTrainer):
    """A trainer with the loss of this module."""

    loss_is_scaled_for_ga = False

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The mean loss of a batch."""
        wanted = inputs.pop("labels")
        outputs = model(**inputs)
        loss = star_loss(outputs.logits, wanted)
        return (loss, {"loss": loss, "logits": outputs.logits}) if return_outputs else loss


def collate(tokenizer: PreTrainedTokenizerBase) -> Callable[[list[dict]], dict[str, torch.Tensor]]:
    """Pad a batch to its longest review."""

    def collate_batch(batch: list[dict]) -> dict[str, torch.Tensor]:
        inputs = tokenizer.pad([{"input_ids": row["input_ids"]} for row in batch], return_tensors="pt")
        return {**inputs, "labels": torch.tensor([row["labels"] for row in batch])}

    return collate_batch


def dataset(
    rows: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, recipe: StarsRecipe, neighbours: float
) -> Dataset:
    """Token ids, targets and length of each review; without `neighbours` the targets are the plain labels."""
    ids = encode(rows["text"].tolist(), tokenizer, recipe.max_length, recipe.head_tokens)
    wanted = targets(rows, neighbours, recipe.taught).astype(np.float32)
    return Dataset.from_dict(
        {"input_ids": ids, "labels": wanted.tolist(), "length": [len(own) for own in ids]}
    )


def measure(prediction: EvalPrediction) -> dict[str, float]:
    """Exact, near and mean absolute error on the validation part, after each evaluation."""
    true, predicted = prediction.label_ids.argmax(axis=-1), prediction.predictions.argmax(axis=-1)
    distance = np.abs(true - predicted)
    return {
        "exact": float((distance == 0).mean()),
        "near": float((distance <= 1).mean()),
        "mae": float(distance.mean()),
    }


def choose_rows(rows: pd.DataFrame, recipe: StarsRecipe) -> pd.DataFrame:
    """The labelled reviews to train on; raises RevdemoError where a star has none."""
    rows = thin_out(rows[rows["stars"] > 0], recipe.balance, recipe.seed)
    for source, most in recipe.source_rows.items():
        own = rows.index[rows["source"] == source]
        drawn = rows.loc[own].sample(min(most, len(own)), random_state=recipe.seed).index
        rows = rows.drop(own.difference(drawn))
    if recipe.rows and recipe.rows < len(rows):
        rows = rows.sample(recipe.rows, random_state=recipe.seed)
    missing = [str(star) for star in STARS if not (rows["stars"] == star).any()]
    if missing:
        raise RevdemoError(
            "There is no review of {missing} stars among the {rows} to train on.",
            missing=", ".join(missing),
            rows=len(rows),
        )
    return rows.reset_index(drop=True)


def choose_free(rows: pd.DataFrame, recipe: StarsRecipe) -> pd.DataFrame:
    """As many of the reviews without a rating as the recipe wants."""
    free = rows[rows["stars"] == 0]
    return free.sample(min(len(free), recipe.unlabelled), random_state=recipe.seed)


def taught_rows(rows: pd.DataFrame, free: pd.DataFrame, recipe: StarsRecipe, folder: Path) -> pd.DataFrame:
    """The rated rows with a teacher's answers beside them, and so many of `free` that it answered for.

    Raises RevdemoError where the teacher answered for none of the rated ones.
    """
    answers = TeacherAnswers(folder).read()
    rows, free = with_answers(rows, answers), with_answers(free, answers)
    if rows[COLUMNS[0]].isna().all():
        raise RevdemoError(
            "The teacher of {folder} answered for none of these reviews: run python -m train.teach on the "
            "same folders.",
            folder=folder,
        )
    free = choose_free(free[free[COLUMNS[0]].notna()], recipe)
    known = int(rows[COLUMNS[0]].notna().sum())
    print(f"the teacher answered for {known:,} of {len(rows):,} rated reviews, and {len(free):,} others")
    return pd.concat([rows, free]).sample(frac=1, random_state=recipe.seed).reset_index(drop=True)


def fit_ngrams(rows: pd.DataFrame, recipe: StarsRecipe) -> NgramModel | None:
    """The n-gram model beside the transformer, from the same reviews, where the recipe asks for one."""
    if not recipe.ngrams:
        return None
    print(f"fitting a linear model of words and pairs of words, hashed to {recipe.ngrams:,}", flush=True)
    wanted = targets(rows, recipe.neighbours, recipe.taught)
    return ngrams.fit(rows["text"].tolist(), wanted, recipe.ngrams)


def finish(
    trainer: StarTrainer,
    tokenizer: PreTrainedTokenizerBase,
    recipe: StarsRecipe,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    out: Path,
    role: str,
) -> None:
    """Put the n-gram model beside what was trained on `rows`, calibrate both on validation, and save them."""
    predicted = trainer.predict(dataset(validation, tokenizer, recipe, 0.0))
    beside = fit_ngrams(rows, recipe)
    scores = [beside.logits(validation["text"].tolist())] if beside else []
    temperature, shift, weight = calibrate.fit(
        predicted.predictions, predicted.label_ids.argmax(axis=-1), *scores
    )
    calibrate.shift_head(trainer.model, temperature * shift)
    config = {
        "role": role,
        "labels": len(STARS),
        "max_length": recipe.max_length,
        "head_tokens": recipe.head_tokens,
        "pooling": recipe.pooling,
        "temperature": round(temperature, 4),
        "training_rows": prepared.rows_fingerprint(rows),
    }
    beside = beside and beside.scaled(weight[0])
    training.save(trainer, tokenizer, recipe, out, config, beside)
    print({key: round(value, 4) for key, value in predicted.metrics.items()}, config, flush=True)


def make_trainer(
    recipe: StarsRecipe, rows: pd.DataFrame, validation: pd.DataFrame, out: Path, *callbacks: TrainerCallback
) -> tuple[StarTrainer, PreTrainedTokenizerBase]:
    """A trainer of the recipe's model on `rows`, its checkpoints in `out`, and the model's tokenizer."""
    model, tokenizer = training.load_base(AutoModelForSequenceClassification, recipe, num_labels=len(STARS))
    model = adapters.make_trainable(model, recipe, HEAD, TaskType.SEQ_CLS)
    print(f"{len(rows):,} reviews, {adapters.trainable(model):,} weights to train", flush=True)
    trainer = StarTrainer(
        model=model,
        args=training.arguments(recipe, out, len(rows), "exact"),
        train_dataset=dataset(rows, tokenizer, recipe, recipe.neighbours),
        eval_dataset=dataset(training.few(validation, recipe), tokenizer, recipe, 0.0),
        data_collator=collate(tokenizer),
        compute_metrics=measure,
        callbacks=[training.Log(), *callbacks],
    )
    return trainer, tokenizer


def main(argv: list[str] | None = None) -> None:
    """Train by the command line."""
    parser = commands.parser("stars", __doc__)
    parser.add_argument(
        "--part", default="classifier", choices=["classifier", "judge"], help="which reviews to learn from"
    )
    parser.add_argument(
        "--also", type=Path, nargs="*", default=[], help="more folders of train.prepare to learn from as well"
    )
    parser.add_argument("--teacher", type=Path, help="folder of train.teach: its answers are learned as well")
    args = parser.parse_args(argv)
    if args.teacher and args.part == "judge":
        raise RevdemoError("The judge learns from its own part alone: leave --teacher out.")
    recipe = commands.recipe_of(StarsRecipe, args)
    folders = [args.data, *args.also]
    rows = choose_rows(prepared.read_parts(folders, args.part), recipe)
    if args.teacher:
        free = prepared.read_parts(folders, "generator")
        rows = taught_rows(rows, free[free["stars"] == 0], recipe, args.teacher)
    validation = prepared.read_part(args.data, "validation")
    trainer, tokenizer = make_trainer(recipe, rows, validation, args.out)
    training.keep_rows(trainer, rows, args.out)
    training.train(trainer, recipe, rows, args.out, args.fresh)
    finish(
        trainer, tokenizer, recipe, rows, validation, args.out, "judge" if args.part == "judge" else "stars"
    )


if __name__ == "__main__":
    sys.exit(commands.run(main))
