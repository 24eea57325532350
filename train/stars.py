"""Train a star classifier: review -> stars 1..5.

    python -m train.stars --recipe starter-cpu     # LoRA on all-MiniLM-L6-v2, an hour or two on two cores
    python -m train.stars --recipe starter-gpu     # the same on all reviews: minutes on a GPU
    python -m train.stars --recipe original        # the report's DistilBERT (needs the Hub and a GPU)
    python -m train.stars --recipe starter-cpu --limit 200 --out models/trial
    python -m train.stars --part judge --out models/judge    # the judge learns from reviews of its own

Reads what train.prepare wrote. A killed run resumes from its last checkpoint. The app uses models/stars.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from datasets import Dataset
from peft import TaskType
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerBase, TrainerCallback

from revdemo.classifier import encode
from revdemo.errors import RevdemoError
from revdemo.ngrams import NgramModel
from revdemo.reviews import STARS
from train import calibrate, ngrams, training
from train.balance import thin_out, weights
from train.recipes import StarsRecipe

HEAD = ["classifier", "pre_classifier", "pooler", "score"]  # by the names encoders give it


def targets(rows: pd.DataFrame, neighbours: float) -> np.ndarray:
    """What the model is to say of each review: (reviews, 5) probabilities times the review's weight.

    The weights even out the stars within each source. Stars that a source never gives are marked -1: its
    reviews say nothing about those, or the model would learn from aclImdb's style that there are no 3 stars.
    """
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

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """The mean loss of a batch."""
        wanted = inputs.pop("labels")
        outputs = model(**inputs)
        loss = star_loss(outputs.logits, wanted)
        return (loss, {"loss": loss, "logits": outputs.logits}) if return_outputs else loss


def collate(tokenizer):
    """Pad a batch to its longest review."""

    def collate_batch(batch: list[dict]) -> dict[str, torch.Tensor]:
        inputs = tokenizer.pad([{"input_ids": row["input_ids"]} for row in batch], return_tensors="pt")
        return {**inputs, "labels": torch.tensor([row["labels"] for row in batch])}

    return collate_batch


def dataset(rows: pd.DataFrame, tokenizer, recipe: StarsRecipe, neighbours: float) -> Dataset:
    """Token ids, targets and length of each review."""
    ids = encode(rows["text"].tolist(), tokenizer, recipe.max_length, recipe.head_tokens)
    wanted = targets(rows, neighbours).astype(np.float32)
    return Dataset.from_dict(
        {"input_ids": ids, "labels": wanted.tolist(), "length": [len(own) for own in ids]}
    )


def measure(prediction) -> dict[str, float]:
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
    if recipe.rows and recipe.rows < len(rows):
        rows = rows.sample(recipe.rows, random_state=recipe.seed)
    missing = [str(star) for star in STARS if not (rows["stars"] == star).any()]
    if missing:
        raise RevdemoError(
            f"There is no review of {', '.join(missing)} stars among the {len(rows)} to train on."
        )
    return rows.reset_index(drop=True)


def fit_ngrams(rows: pd.DataFrame, recipe: StarsRecipe) -> NgramModel | None:
    """The n-gram model beside the transformer, from the same reviews, where the recipe asks for one."""
    if not recipe.ngrams:
        return None
    print(f"fitting a linear model of words and pairs of words, hashed to {recipe.ngrams:,}", flush=True)
    return ngrams.fit(rows["text"].tolist(), targets(rows, recipe.neighbours), recipe.ngrams)


def finish(
    trainer: StarTrainer,
    tokenizer,
    recipe: StarsRecipe,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    out: Path,
    role: str,
) -> None:
    """Put the n-gram model beside what was trained on `rows`, calibrate both on validation, and save them."""
    predicted = trainer.predict(trainer.eval_dataset)
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
        "temperature": round(temperature, 4),
        "training_rows": training.rows_fingerprint(rows),
    }
    beside = beside and beside.scaled(weight[0])
    training.save(trainer, tokenizer, recipe, out, config, beside)
    print({key: round(value, 4) for key, value in predicted.metrics.items()}, config, flush=True)


def make_trainer(
    recipe: StarsRecipe, rows: pd.DataFrame, validation: pd.DataFrame, out: Path, *callbacks: TrainerCallback
) -> tuple[StarTrainer, PreTrainedTokenizerBase]:
    """A trainer of the recipe's model on `rows`, its checkpoints in `out`, and the model's tokenizer."""
    model, tokenizer = training.load_base(AutoModelForSequenceClassification, recipe, num_labels=len(STARS))
    model = training.make_trainable(model, recipe, HEAD, TaskType.SEQ_CLS)
    print(f"{len(rows):,} reviews, {training.trainable(model):,} weights to train", flush=True)
    trainer = StarTrainer(
        model=model,
        args=training.arguments(recipe, out, len(rows), "exact"),
        train_dataset=dataset(rows, tokenizer, recipe, recipe.neighbours),
        eval_dataset=dataset(validation, tokenizer, recipe, 0.0),
        data_collator=collate(tokenizer),
        compute_metrics=measure,
        callbacks=[training.Log(), *callbacks],
    )
    return trainer, tokenizer


def main(argv: list[str] | None = None) -> None:
    """Train by the command line."""
    parser = training.parser("stars", __doc__)
    parser.add_argument(
        "--part", default="classifier", choices=["classifier", "judge"], help="which reviews to learn from"
    )
    args = parser.parse_args(argv)
    recipe = training.recipe_of(StarsRecipe, args)
    rows = choose_rows(training.read_part(args.data, args.part), recipe)
    validation = training.read_part(args.data, "validation")
    trainer, tokenizer = make_trainer(recipe, rows, validation, args.out)
    args.out.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(args.out / "training_rows.parquet", index=False)
    training.train(trainer, recipe, rows, args.out, args.fresh)
    finish(
        trainer, tokenizer, recipe, rows, validation, args.out, "judge" if args.part == "judge" else "stars"
    )


if __name__ == "__main__":
    sys.exit(training.run(main))
