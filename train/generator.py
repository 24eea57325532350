"""Train a generator: prefix + " " + review + end, loss on the review only.

    python -m train.generator --recipe starter-cpu    # LoRA on SmolLM2-135M-Instruct, an hour on two cores
    python -m train.generator --recipe starter-gpu    # the same on longer reviews: minutes on a GPU
    python -m train.generator --recipe original       # the report's distilGPT-2 (needs the Hub and a GPU)
    python -m train.generator --recipe starter-cpu --limit 200 --out models/trial

Reads what train.prepare wrote. A killed run resumes from its last checkpoint. The app uses models/generator.
"""

from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from datasets import Dataset
from peft import TaskType
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GroupKFold
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForCausalLM, PreTrainedTokenizerBase, TrainerCallback

from revdemo.errors import RevdemoError
from revdemo.models import COPIES
from revdemo.quality import words
from revdemo.reviews import STARS, prefix
from train import baseline, training
from train.recipes import GeneratorRecipe
from train.split import components

# The final norm; a tied output layer stays frozen, or the embeddings would train too.
HEAD = ["model.norm", "ln_f"]
FOLDS = 3


def clearness(rows: pd.DataFrame) -> np.ndarray:
    """How plainly each review shows its stars: their probability by reviews of other films; else NaN.

    The judge is TF-IDF and a logistic regression by stochastic gradient, the baseline's quick cousin.
    """
    labelled = rows[rows["stars"] > 0]
    stars, films = labelled["stars"].to_numpy(), components(labelled["movie_id"], np.zeros((0, 2), int))
    shown = np.zeros(len(labelled))
    try:
        grams = baseline.vectorizer().fit_transform(labelled["text"])
        for learn, score in GroupKFold(FOLDS).split(grams, groups=films):
            judge = SGDClassifier(loss="log_loss", alpha=3e-5, class_weight="balanced", random_state=0)
            judge.fit(grams[learn], stars[learn])
            probabilities = np.zeros((len(score), STARS[-1] + 1))
            probabilities[:, judge.classes_] = judge.predict_proba(grams[score])
            shown[score] = probabilities[np.arange(len(score)), stars[score]]
    except ValueError as error:
        raise RevdemoError(
            f"{len(labelled):,} reviews of {len(set(films)):,} films do not tell which of them show their "
            f"stars ({error}). Set clear: 1 in the recipe to keep them all."
        ) from error
    return pd.Series(shown, labelled.index).reindex(rows.index).to_numpy()


def of_length(rows: pd.DataFrame, least: int, most: int | None) -> pd.DataFrame:
    """The reviews that have from `least` to `most` words."""
    count = rows["text"].map(lambda text: len(words(text)))
    return rows[count.between(least, most or math.inf)]


def choose_rows(rows: pd.DataFrame, recipe: GeneratorRecipe) -> pd.DataFrame:
    """The reviews to learn from: of the right length, plain about their stars, stars alike, some unlabelled.

    Raises RevdemoError where a star has none.
    """
    if recipe.clear < 1:
        rows = rows.assign(shown=clearness(rows))
    rows = of_length(rows, recipe.min_words, recipe.max_words)
    labelled, free = rows[rows["stars"] > 0], rows[rows["stars"] == 0]
    missing = [str(star) for star in STARS if not (labelled["stars"] == star).any()]
    if missing:
        raise RevdemoError(
            f"There is no review of {', '.join(missing)} stars of the recipe's length to train on."
        )
    size = 2 * labelled["stars"].value_counts().min()
    if recipe.clear < 1:
        stars = labelled.groupby("stars")["shown"]
        labelled = labelled[stars.rank(ascending=False) <= np.ceil(recipe.clear * stars.transform("size"))]
    labelled = even_out(labelled, size, recipe.seed)
    free = free.sample(min(len(free), int(recipe.unlabelled * len(labelled))), random_state=recipe.seed)
    every = pd.concat([labelled, free]).sample(frac=1, random_state=recipe.seed)
    return every.head(recipe.rows or len(every)).reset_index(drop=True)


def even_out(rows: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """At most `size` reviews of every star; of a star that has fewer, as many again, each at most twice."""
    chosen = []
    for _, star in rows.groupby("stars"):
        again = max(0, min(len(star), size - len(star)))
        chosen += [star.sample(n, random_state=seed) for n in (min(len(star), size), again)]
    return pd.concat(chosen)


def dataset(rows: pd.DataFrame, tokenizer, recipe: GeneratorRecipe, bare: float) -> Dataset:
    """Token ids, labels (-100 on the prefix) and length of each review; a share `bare` of them without stars.

    A review too long for max_length loses its end, and its end token.
    """
    draw = np.random.default_rng(recipe.seed).random(len(rows))
    asks = [
        prefix(star if star and drawn >= bare else None, recipe.prefix)
        for star, drawn in zip(rows["stars"].tolist(), draw, strict=True)
    ]
    whole = [f"{ask} {text}{tokenizer.eos_token}" for ask, text in zip(asks, rows["text"], strict=True)]
    ids = [own[: recipe.max_length] for own in tokenizer(whole, verbose=False)["input_ids"]]
    skip = [len(own) for own in tokenizer(asks)["input_ids"]]
    labels = [[-100] * n + own[n:] for n, own in zip(skip, ids, strict=True)]
    return Dataset.from_dict({"input_ids": ids, "labels": labels, "length": [len(own) for own in ids]})


def collate(batch: list[dict]) -> dict[str, torch.Tensor]:
    """Pad a batch on the right to its longest review; what is padded is not attended to and not scored."""
    ids = [torch.tensor(row["input_ids"]) for row in batch]
    labels = [torch.tensor(row["labels"]) for row in batch]
    return {
        "input_ids": pad_sequence(ids, batch_first=True),
        "attention_mask": pad_sequence([torch.ones_like(own) for own in ids], batch_first=True),
        "labels": pad_sequence(labels, batch_first=True, padding_value=-100),
    }


def make_trainer(
    recipe: GeneratorRecipe,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    out: Path,
    *callbacks: TrainerCallback,
) -> tuple[training.ReviewTrainer, PreTrainedTokenizerBase]:
    """A trainer of the recipe's model on `rows`, its checkpoints in `out`, and the model's tokenizer."""
    model, tokenizer = training.load_base(AutoModelForCausalLM, recipe)
    head = HEAD if recipe.mode == "last_blocks" else []
    model = training.make_trainable(model, recipe, head, TaskType.CAUSAL_LM)
    learned = dataset(rows, tokenizer, recipe, recipe.bare)
    print(
        f"{len(rows):,} reviews, {sum(learned['length']):,} tokens, {training.trainable(model):,} weights to "
        f"train; stars {rows['stars'].value_counts().sort_index().to_dict()} (0: unlabelled)",
        flush=True,
    )
    trainer = training.ReviewTrainer(
        model=model,
        args=training.arguments(recipe, out, len(rows), "loss"),
        train_dataset=learned,
        eval_dataset=dataset(validation, tokenizer, recipe, 0.0),
        data_collator=collate,
        callbacks=[training.Log(), *callbacks],
    )
    return trainer, tokenizer


def sampling(recipe: GeneratorRecipe) -> dict:
    """How to ask and sample the generator that the recipe made, for revdemo.json."""
    return {
        "prefix": recipe.prefix,
        "max_tokens": recipe.max_length - 16,
        "temperature": recipe.temperature,
        "top_p": recipe.top_p,
        "guidance": recipe.guidance,
    }


def main(argv: list[str] | None = None) -> None:
    """Train by the command line."""
    args = training.parser("generator", __doc__).parse_args(argv)
    recipe = training.recipe_of(GeneratorRecipe, args)
    part = training.read_part(args.data, "generator")
    validation = of_length(training.read_part(args.data, "validation"), recipe.min_words, recipe.max_words)
    rows = choose_rows(part, recipe)
    trainer, tokenizer = make_trainer(recipe, rows, validation, args.out)
    training.train(trainer, recipe, rows, args.out, args.fresh)
    if (args.data / COPIES).exists():
        shutil.copyfile(args.data / COPIES, args.out / COPIES)
    config = {
        "role": "generator",
        "end_token": tokenizer.eos_token,
        **sampling(recipe),
        "training_rows": training.rows_fingerprint(rows),
    }
    training.save(trainer, tokenizer, recipe, args.out, config)


if __name__ == "__main__":
    sys.exit(training.run(main))
