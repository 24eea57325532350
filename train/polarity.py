"""Train a polarity classifier: title and text -> negative or positive.

    python -m train.polarity prepare                  # films of data/prepared, the rest of $REVDEMO_DATA
    python -m train.polarity --recipe starter-cpu     # from the star adapter on: ten minutes on two cores
    python -m train.polarity --recipe starter-gpu     # the same on all reviews: minutes on a GPU
    python -m train.polarity --recipe starter-cpu --limit 200 --out models/trial

The report's BERT (needs the Hub and a GPU), on 10,000 rows of amazon_polarity, four fifths for training:

    python -m train.polarity prepare amazon_polarity --no-films --limit 10000 --validation 0.2 --test 0 --out data/amazon
    python -m train.polarity --recipe original --data data/amazon --out models/amazon

A killed run resumes from its last checkpoint. The app uses models/polarity.
"""  # noqa: E501

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
from scipy.special import expit
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    EvalPrediction,
    PreTrainedTokenizerBase,
    Trainer,
)

from revdemo.errors import RevdemoError
from revdemo.evaluation import confusion_matrix
from revdemo.models.classifier import encode
from revdemo.models.ngrams import NgramModel
from revdemo.models.weights import bases, registry
from train import prepare
from train.data import polarity, prepared
from train.fitting import adapters, calibrate, commands, ngrams
from train.fitting import trainer as training
from train.fitting.recipes import PolarityRecipe
from train.stars import HEAD

HALF = {1: 0.0, 2: 0.0, 3: 0.5, 4: 1.0, 5: 1.0}  # how positive so many stars are
FAR_BELOW = 0.7  # of the lowest training loss
LEAK = (
    "The validation loss ({validation:.3f}) is far below the training loss ({training:.3f}). Usually that "
    "means that rows, or near copies of them, stand on both sides, and that the accuracy is not to be "
    "believed. Harmless reasons: dropout, label smoothing, three-star reviews that only training has, or a "
    "model that learned most of it between two evaluations."
)


# --- rows ---------------------------------------------------------------------------------------------------


def is_clear(rows: pd.DataFrame) -> pd.Series:
    """Which reviews are negative or positive, and not in the middle."""
    return rows["stars"] != 3


def choose_rows(rows: pd.DataFrame, recipe: PolarityRecipe) -> pd.DataFrame:
    """The reviews to train on: even over domains and polarity, and some of three stars.

    Raises RevdemoError where one of the two polarities has none.
    """
    clear = polarity.even_out(rows[is_clear(rows)], recipe.seed)
    if clear.empty:
        raise RevdemoError("There are no reviews to train on: each source needs negative and positive ones.")
    total = round(recipe.rows / (1 + recipe.three_stars)) if recipe.rows else len(clear)
    clear = _spread(clear, [clear["domain"], clear["stars"] > 3], total, recipe.seed)
    middle = rows[~is_clear(rows)]
    middle = _spread(middle, [middle["domain"]], round(recipe.three_stars * len(clear)), recipe.seed)
    return pd.concat([clear, middle]).sort_index().reset_index(drop=True)


def _spread(rows: pd.DataFrame, by: list[pd.Series], total: int, seed: int) -> pd.DataFrame:
    """At most `total` rows, as many of each group as of the others or all that it has."""
    groups = sorted((own for _, own in rows.groupby(by)), key=len)
    kept = [rows[:0]]
    for place, own in enumerate(groups):
        few = min(len(own), total // (len(groups) - place))
        kept.append(own.sample(few, random_state=seed))
        total -= few
    return pd.concat(kept)


def dataset(rows: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, recipe: PolarityRecipe) -> Dataset:
    """Token ids, how positive, and length of each review."""
    ids = encode(rows["text"].tolist(), tokenizer, recipe.max_length, recipe.head_tokens)
    labels = rows["stars"].map(HALF).astype(np.float32).tolist()
    return Dataset.from_dict({"input_ids": ids, "labels": labels, "length": [len(own) for own in ids]})


def collate(tokenizer: PreTrainedTokenizerBase, recipe: PolarityRecipe) -> Callable[[list[dict]], Any]:
    """Pad a batch as the recipe says."""
    pad = DataCollatorWithPadding(tokenizer, padding=recipe.padding, max_length=recipe.max_length)
    return lambda batch: pad([{key: row[key] for key in ("input_ids", "labels")} for row in batch])


# --- the model ----------------------------------------------------------------------------------------------


def load(recipe: PolarityRecipe) -> tuple:
    """The model that trains, with two labels, and its tokenizer.

    It may start from a star adapter, whose five stars become two labels.
    """
    start = registry.read_config(bases.resolve_adapter(recipe.start)) if recipe.start else {}
    model, tokenizer = training.load_base(
        AutoModelForSequenceClassification, recipe, num_labels=start.get("labels", 2)
    )
    model = adapters.make_trainable(model, recipe, HEAD, TaskType.SEQ_CLS)
    if start.get("labels") == 5:
        fold_head(model)
    return model, tokenizer


@torch.no_grad()
def fold_head(model: torch.nn.Module) -> None:
    """Make two labels of a head's five stars: negative is the mean of 1 and 2, positive of 4 and 5."""
    for head in model.modules():
        if isinstance(head, torch.nn.Linear) and head.out_features == 5:
            for name in ("weight", "bias"):
                five = getattr(head, name)
                two = torch.stack([five[:2].mean(dim=0), five[3:].mean(dim=0)])
                setattr(head, name, torch.nn.Parameter(two, requires_grad=five.requires_grad))
            head.out_features = 2
    model.config.num_labels = 2


def polarity_loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
    """Mean Kullback-Leibler divergence from how positive a review is: cross-entropy where that is 0 or 1."""
    scores = outputs.logits.float().log_softmax(dim=-1)
    wanted = torch.stack([1 - labels, labels], dim=-1)
    loss = torch.nn.functional.kl_div(scores, wanted, reduction="sum")
    return loss / (len(labels) if num_items_in_batch is None else num_items_in_batch)


def measure(prediction: EvalPrediction) -> dict[str, float]:
    """Accuracy, F1, precision and recall on the validation part, after each evaluation."""
    positive = prediction.predictions.argmax(axis=-1) == 1
    rows = confusion_matrix.polarity_cells(prediction.label_ids > 0.5, positive)
    return {name: float(value) for name, value in confusion_matrix.polarity_scores(rows.sum(axis=0)).items()}


# --- the middle ---------------------------------------------------------------------------------------------


def fit_ngrams(rows: pd.DataFrame, recipe: PolarityRecipe) -> NgramModel:
    """The linear model of words that stands beside the transformer, from the same reviews."""
    print(f"fitting a linear model of words and pairs of words, hashed to {recipe.ngrams:,}", flush=True)
    positive = rows["stars"].map(HALF).to_numpy()
    return ngrams.fit(rows["text"].tolist(), np.column_stack([1 - positive, positive]), recipe.ngrams)


def probabilities(logits: np.ndarray, temperature: float, shift: np.ndarray) -> np.ndarray:
    """The calibrated probability of positive of each review."""
    scores = logits / temperature + shift
    return expit(scores[:, 1] - scores[:, 0])


def neutral_limits(clear: np.ndarray, middle: np.ndarray, most: float) -> tuple[float, float] | None:
    """The limits between which most three-star reviews fall while at most the share `most` of clear ones do.

    Both are probabilities of positive. None where there are no three-star reviews to choose by.
    """
    if not len(middle):
        return None
    steps = np.linspace(0.02, 0.98, 97)
    limits = [(low, high) for low in steps[steps < 0.5] for high in steps[steps > 0.5]]
    clear, middle = np.sort(clear), np.sort(middle)
    allowed = [own for own in limits if _between(clear, own) <= most]
    if not allowed:
        return None
    low, high = max(allowed, key=lambda own: (_between(middle, own), own[0] - own[1]))
    return round(float(low), 2), round(float(high), 2)


def _between(ordered: np.ndarray, limits: tuple[float, float]) -> float:
    low, high = limits
    return float(np.searchsorted(ordered, high, "right") - np.searchsorted(ordered, low)) / len(ordered)


# --- the table by epoch -------------------------------------------------------------------------------------


def table_by_epoch(log: list[dict]) -> list[dict]:
    """A row for each evaluation of a trainer's log; the training loss is the mean since the one before."""
    rows, losses = [], []
    for entry in log:
        if "loss" in entry:
            losses.append(entry["loss"])
        if "eval_loss" in entry and losses:
            own = {"training_loss": float(np.mean(losses)), "validation_loss": entry["eval_loss"]}
            own |= {name: entry[f"eval_{name}"] for name in ("accuracy", "f1", "precision", "recall")}
            rows.append({"epoch": entry["epoch"], **own})
            losses = []
    return rows


def show_table(rows: list[dict]) -> str:
    """The table by epoch as text, and what a validation loss far below the training loss usually means."""
    names = ("epoch", "training_loss", "validation_loss", "accuracy", "f1", "precision", "recall")
    lines = ["".join(f"{name.replace('_', ' '):>17}" for name in names)]
    lines += ["".join(f"{row[name]:>17.4f}" for name in names) for row in rows]
    lowest = min((row["training_loss"] for row in rows), default=0.0)
    if rows and rows[-1]["validation_loss"] < FAR_BELOW * lowest:
        lines.append(LEAK.format(validation=rows[-1]["validation_loss"], training=lowest))
    return "\n".join(lines)


# --- running ------------------------------------------------------------------------------------------------


def read_part(folder: Path, name: str) -> pd.DataFrame:
    """One part that `prepare` wrote."""
    if not (folder / prepare.FINGERPRINT).exists():
        raise RevdemoError(
            "There are no prepared reviews in {folder}. Run python -m train.polarity prepare, or name its "
            "folder with --data.",
            folder=folder,
        )
    return pd.read_parquet(folder / f"{name}.parquet")


def finish(
    trainer: Trainer,
    tokenizer: PreTrainedTokenizerBase,
    recipe: PolarityRecipe,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    out: Path,
) -> None:
    """Calibrate, choose the neutral limits, save, and print the table by epoch."""
    parts = validation[is_clear(validation)], validation[~is_clear(validation)]
    clear, middle = (
        trainer.predict(dataset(part, tokenizer, recipe)).predictions if len(part) else np.zeros((0, 2))
        for part in parts
    )
    beside = fit_ngrams(rows, recipe) if recipe.ngrams else None
    words = [beside.logits(part["text"].tolist()) if len(part) else 0 for part in parts] if beside else []
    positive = (parts[0]["stars"] > 3).to_numpy()
    temperature, shift, weights = calibrate.fit(clear, positive.astype(int), *words[:1])
    for weight in weights:
        clear, middle = clear + weight * words[0], middle + weight * words[1]
    limits = neutral_limits(
        probabilities(clear, temperature, shift), probabilities(middle, temperature, shift), recipe.neutral
    )
    calibrate.shift_head(trainer.model, temperature * shift)
    config = {
        "role": "polarity",
        "labels": 2,
        "max_length": recipe.max_length,
        "head_tokens": recipe.head_tokens,
        "temperature": round(temperature, 4),
        "training_rows": prepared.rows_fingerprint(rows),
    }
    beside = beside and beside.scaled(weights[0])
    training.save(trainer, tokenizer, recipe, out, config | ({"neutral": limits} if limits else {}), beside)
    print(show_table(table_by_epoch(trainer.state.log_history)), flush=True)
    print(f"neutral from {limits[0]} to {limits[1]}" if limits else "no neutral band", flush=True)


def main(argv: list[str] | None = None) -> None:
    """Prepare or train by the command line."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["prepare"]:
        return polarity.main(argv[1:])
    parser = commands.parser("polarity", __doc__)
    parser.set_defaults(data=Path("data/polarity"))
    args = parser.parse_args(argv)
    recipe = commands.recipe_of(PolarityRecipe, args)
    rows = choose_rows(read_part(args.data, "train"), recipe)
    validation = read_part(args.data, "validation")
    model, tokenizer = load(recipe)
    print(f"{len(rows):,} reviews, {adapters.trainable(model):,} weights to train", flush=True)
    trainer = training.ReviewTrainer(
        model=model,
        args=training.arguments(recipe, args.out, len(rows), "accuracy"),
        train_dataset=dataset(rows, tokenizer, recipe),
        eval_dataset=dataset(validation[is_clear(validation)], tokenizer, recipe),
        data_collator=collate(tokenizer, recipe),
        compute_loss_func=polarity_loss,
        compute_metrics=measure,
        callbacks=[training.Log()],
    )
    training.keep_rows(trainer, rows, args.out)
    training.train(trainer, recipe, rows, args.out, args.fresh)
    finish(trainer, tokenizer, recipe, rows, validation, args.out)


if __name__ == "__main__":
    sys.exit(commands.run(main))
