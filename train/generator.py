"""Train a generator: prefix + " " + review + end, loss on the review only.

    python -m train.generator --recipe starter-cpu        # LoRA on SmolLM2-135M-Instruct, an hour or so on two cores
    python -m train.generator --recipe starter-gpu        # the same on longer reviews: minutes on a GPU
    python -m train.generator --recipe original           # the report's distilGPT-2 (needs the Hub and a GPU)
    python -m train.generator --recipe starter-cpu --limit 200 --out models/trial

Reads what train.prepare wrote. A killed run resumes from its last checkpoint. The model in --out is used by the app.
"""

from __future__ import annotations

import math
import shutil
import sys

import numpy as np
import pandas as pd
import torch
from datasets import Dataset
from peft import TaskType
from sklearn.model_selection import GroupKFold
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

from revdemo.errors import RevdemoError
from revdemo.models import COPIES
from revdemo.quality import words
from revdemo.reviews import STARS, check_template, prefix
from train import baseline, training
from train.recipes import GeneratorRecipe

HEAD = [
    "model.norm",
    "ln_f",
]  # the final norm; a tied output layer stays frozen, or the embeddings would train too
FOLDS = 3


def clearness(rows: pd.DataFrame) -> np.ndarray:
    """How plainly each review shows its stars: what TF-IDF + logistic regression, trained on other films, gives them."""
    shown = np.zeros(len(rows))
    for learn, score in GroupKFold(FOLDS).split(rows, groups=rows["movie_id"]):
        model = baseline.train(rows["text"].iloc[learn].tolist(), rows["stars"].iloc[learn].tolist())
        _, probabilities = baseline.predict(model, rows["text"].iloc[score].tolist())
        shown[score] = probabilities[np.arange(len(score)), rows["stars"].iloc[score] - 1]
    return shown


def choose_rows(rows: pd.DataFrame, recipe: GeneratorRecipe) -> pd.DataFrame:
    """The reviews to learn from: of the recipe's length, those that show their stars, every star alike, some unlabelled.

    Rare stars are repeated, at most once, and frequent ones thinned out to twice the rarest.
    Raises RevdemoError where a star has none.
    """
    count = rows["text"].map(lambda text: len(words(text)))
    labelled = rows[rows["stars"] > 0]
    if recipe.clear < 1:
        labelled = labelled.assign(shown=clearness(labelled))
    long_enough = (count >= recipe.min_words) & (count <= (recipe.max_words or math.inf))
    labelled = labelled[long_enough[labelled.index]]
    missing = [str(star) for star in STARS if not (labelled["stars"] == star).any()]
    if missing:
        raise RevdemoError(
            f"There is no review of {', '.join(missing)} stars of the recipe's length to train on."
        )
    chosen = [
        _even_out(star, recipe, 2 * labelled["stars"].value_counts().min())
        for _, star in labelled.groupby("stars")
    ]
    every = pd.concat(chosen)
    free = rows[(rows["stars"] == 0) & long_enough]
    free = free.sample(min(len(free), int(recipe.unlabelled * len(every))), random_state=recipe.seed)
    every = pd.concat([every, free]).sample(frac=1, random_state=recipe.seed)
    return every.head(recipe.rows or len(every)).reset_index(drop=True)


def _even_out(star: pd.DataFrame, recipe: GeneratorRecipe, size: int) -> pd.DataFrame:
    """One star's reviews: the clearest share of them, then `size` of these, or each twice where there are fewer."""
    if recipe.clear < 1:
        star = star.nlargest(math.ceil(recipe.clear * len(star)), "shown")
    if len(star) >= size:
        return star.sample(size, random_state=recipe.seed)
    return pd.concat([star, star.sample(min(len(star), size - len(star)), random_state=recipe.seed)])


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
    width = max(len(row["input_ids"]) for row in batch)
    pad = lambda key, value: torch.tensor([row[key] + [value] * (width - len(row[key])) for row in batch])  # noqa: E731
    mask = torch.tensor(
        [[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in batch]
    )
    return {"input_ids": pad("input_ids", 0), "attention_mask": mask, "labels": pad("labels", -100)}


def main(argv: list[str] | None = None) -> None:
    """Train by the command line."""
    args = training.parser("generator", __doc__).parse_args(argv)
    recipe = training.recipe_of(GeneratorRecipe, args)
    check_template(recipe.prefix)
    rows = choose_rows(training.read_part(args.data, "generator"), recipe)
    validation = training.read_part(args.data, "validation")
    count = validation["text"].map(lambda text: len(words(text)))
    validation = validation[count.between(recipe.min_words, recipe.max_words or math.inf)]
    folder = training.base_folder(recipe)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, **training.base_options(folder, recipe))
    model = training.make_trainable(
        model, recipe, HEAD if recipe.mode == "last_blocks" else [], TaskType.CAUSAL_LM
    )
    model.config.use_cache = False
    learned = dataset(rows, tokenizer, recipe, recipe.bare)
    print(
        f"{len(rows):,} reviews, {sum(learned['length']):,} tokens, {sum(p.numel() for p in model.parameters() if p.requires_grad):,} "
        f"weights to train; stars {rows['stars'].value_counts().sort_index().to_dict()} (0: unlabelled)",
        flush=True,
    )
    trainer = Trainer(
        model=model,
        args=training.arguments(recipe, args.out, len(rows), "loss"),
        train_dataset=learned,
        eval_dataset=dataset(validation, tokenizer, recipe, 0.0),
        data_collator=collate,
        callbacks=[training.Log()],
    )
    training.train(trainer, recipe, args.out, args.fresh)
    config = {
        "role": "generator",
        "prefix": recipe.prefix,
        "end_token": tokenizer.eos_token,
        "max_tokens": recipe.max_length - 16,
        "temperature": recipe.temperature,
        "top_p": recipe.top_p,
        "guidance": recipe.guidance,
        "training_rows": training.rows_fingerprint(rows),
    }
    training.save(trainer, tokenizer, recipe, args.out, config)
    if (args.data / COPIES).exists():
        shutil.copyfile(args.data / COPIES, args.out / COPIES)
    print(trainer.evaluate(), flush=True)


if __name__ == "__main__":
    sys.exit(training.run(main))
