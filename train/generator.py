"""Train a generator: prefix + " " + review + end, loss on the review only.

    python -m train.generator --recipe starter-cpu    # LoRA on SmolLM2-135M-Instruct, an hour on two cores
    python -m train.generator --recipe starter-gpu    # the same on longer reviews: minutes on a GPU
    python -m train.generator --recipe original       # the report's distilGPT-2 (needs the Hub and a GPU)
    python -m train.generator --recipe starter-cpu --limit 200 --out models/trial

    python -m train.generator --recipe kinds-cpu --also data/products   # films and other kinds: 4 core hours

Reads what train.prepare wrote. A killed run resumes from its last checkpoint. The app uses models/generator.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from datasets import Dataset
from peft import TaskType
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForCausalLM, PreTrainedTokenizerBase, TrainerCallback

from revdemo.generation.copies import COPIES, CopyIndex, merged
from revdemo.reviews import Prefix
from train.data import prepared
from train.fitting import adapters, commands, guidance, processes
from train.fitting import trainer as training
from train.fitting.generator_reviews import choose_rows, of_known_kind, of_length
from train.fitting.recipes import GeneratorRecipe
from train.written.own_reviews import own_reviews

# The final norm; a tied output layer stays frozen, or the embeddings would train too.
HEAD = ["model.norm", "ln_f"]
PREFIX = 16  # tokens of a prompt, at most


def asks_of(rows: pd.DataFrame, prefix: Prefix) -> list[str]:
    """The words that ask for each review: its stars (0: any) and, where it has one, its kind."""
    kinds = rows["kind"] if "kind" in rows else [""] * len(rows)
    return [prefix.ask(star or None, kind or None) for star, kind in zip(rows["stars"], kinds, strict=True)]


def within_budget(
    rows: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, recipe: GeneratorRecipe
) -> pd.DataFrame:
    """As many of the rows, from the first on, as the recipe's tokens allow."""
    if recipe.tokens is None:
        return rows
    sizes = dataset(rows, tokenizer, recipe, recipe.bare)["length"]
    return rows[np.cumsum(sizes) <= recipe.tokens]


def dataset(
    rows: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, recipe: GeneratorRecipe, bare: float
) -> Dataset:
    """Token ids, labels (-100 on the prefix) and length of each review; a share `bare` of them without stars.

    A review too long for max_length loses its end, and its end token. Where guidance is distilled, also the
    ids of the prefix without stars.
    """
    draw = np.random.default_rng(recipe.seed).random(len(rows))
    asks = asks_of(rows.assign(stars=rows["stars"].where(draw >= bare, 0)), recipe.asks)
    whole = [f"{ask} {text}{tokenizer.eos_token}" for ask, text in zip(asks, rows["text"], strict=True)]
    ids = [own[: recipe.max_length] for own in tokenizer(whole, verbose=False)["input_ids"]]
    skip = [len(own) for own in tokenizer(asks)["input_ids"]]
    labels = [[guidance.IGNORED] * n + own[n:] for n, own in zip(skip, ids, strict=True)]
    columns = {"input_ids": ids, "labels": labels, "length": [len(own) for own in ids]}
    if recipe.distilled_guidance:
        columns["bare_prefix"] = tokenizer(asks_of(rows.assign(stars=0), recipe.asks))["input_ids"]
    return Dataset.from_dict(columns)


def collate(batch: list[dict]) -> dict[str, torch.Tensor]:
    """Pad a batch on the right to its longest review; what is padded is not attended to and not scored."""
    ids = [torch.tensor(row["input_ids"]) for row in batch]
    labels = [torch.tensor(row["labels"]) for row in batch]
    return {
        "input_ids": pad_sequence(ids, batch_first=True),
        "attention_mask": pad_sequence([torch.ones_like(own) for own in ids], batch_first=True),
        "labels": pad_sequence(labels, batch_first=True, padding_value=guidance.IGNORED),
    }


def make_trainer(
    recipe: GeneratorRecipe,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    out: Path,
    *callbacks: TrainerCallback,
) -> tuple[training.ReviewTrainer, PreTrainedTokenizerBase]:
    """A trainer of the recipe's model on `rows`, its checkpoints in `out`, and the model's tokenizer."""
    # On a CPU, short padded batches take plain attention 1.2 times as fast as torch's fused one.
    options = {} if torch.cuda.is_available() else {"attn_implementation": "eager"}
    model, tokenizer = training.load_base(AutoModelForCausalLM, recipe, **options)
    head = HEAD if recipe.mode == "last_blocks" else []
    model = adapters.make_trainable(model, recipe, head, TaskType.CAUSAL_LM)
    arguments = training.arguments(recipe, out, len(rows), "loss")
    teacher = guidance.frozen_copy(model) if recipe.distilled_guidance else None
    if recipe.mode == "adapter" and arguments.bf16 and not torch.cuda.is_available():
        for own in filter(None, (model, teacher)):
            training.freeze_in_bf16(own)
    learned = dataset(rows, tokenizer, recipe, recipe.bare)
    checked = dataset(training.few(validation, recipe), tokenizer, recipe, 0.0)
    print(
        f"{len(rows):,} reviews, {sum(learned['length']):,} tokens, {adapters.trainable(model):,} weights to "
        f"train; stars {rows['stars'].value_counts().sort_index().to_dict()} (0: unlabelled)",
        flush=True,
    )
    plan = {"model": model, "args": arguments, "callbacks": [training.Log(), *callbacks]}
    if teacher is None:
        trainer = training.ReviewTrainer(
            train_dataset=learned, eval_dataset=checked, data_collator=collate, **plan
        )
    else:
        trainer = guidance.GuidanceTrainer(
            teacher=teacher,
            guidance=recipe.distilled_guidance,
            train_dataset=guidance.with_bare(learned),
            eval_dataset=guidance.with_bare(checked),
            data_collator=guidance.collate_with(collate),
            **plan,
        )
    return trainer, tokenizer


def sampling(recipe: GeneratorRecipe) -> dict:
    """How to ask and sample the generator that the recipe made, for revdemo.json."""
    return {
        "prefix": recipe.prefix,
        "bare_prefix": recipe.bare_prefix,
        "max_tokens": recipe.max_tokens or recipe.max_length - PREFIX,
        "temperature": recipe.temperature,
        "top_p": recipe.top_p,
        "min_p": recipe.min_p,
        "guidance": recipe.guidance,
        "guided_tokens": recipe.guided_tokens,
    }


def main(argv: list[str] | None = None) -> None:
    """Train by the command line."""
    parser = commands.parser("generator", __doc__)
    parser.add_argument(
        "--also", type=Path, nargs="*", default=[], help="more folders of train.prepare to learn from as well"
    )
    args = parser.parse_args(argv)
    recipe = commands.recipe_of(GeneratorRecipe, args)
    folders = [args.data, *args.also]
    validation = prepared.read_parts(folders, "validation")
    validation = of_length(validation, recipe.min_words, recipe.max_words)
    if recipe.asks.knows_kinds:
        validation = of_known_kind(validation)
    if recipe.own_reviews:
        processes.check_alone()  # it keeps what it writes
        rows = own_reviews(recipe, args.data.parent / "own", args.threads)
    else:
        rows = choose_rows(prepared.read_parts(folders, "generator"), recipe)
    rows = within_budget(rows, training.load_tokenizer(recipe), recipe)
    trainer, tokenizer = make_trainer(recipe, rows, validation, args.out)
    training.train(trainer, recipe, rows, args.out, args.fresh)
    copies = [CopyIndex.load(folder / COPIES) for folder in folders if (folder / COPIES).exists()]
    if copies:
        processes.write(trainer, lambda: merged(copies).save(args.out / COPIES))
    config = {
        "role": "generator",
        "end_token": tokenizer.eos_token,
        **sampling(recipe),
        "training_rows": prepared.rows_fingerprint(rows),
    }
    training.save(trainer, tokenizer, recipe, args.out, config)


if __name__ == "__main__":
    sys.exit(commands.run(main))
