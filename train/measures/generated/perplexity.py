"""How well a language model predicts real reviews: perplexity and bits per byte."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from tqdm.auto import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from revdemo import intervals
from revdemo.intervals import POSITIVE
from revdemo.models import likelihood
from revdemo.models.generator import ReviewGenerator
from revdemo.models.likelihood import Likelihood
from train.generator import asks_of


def score(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    asks: Sequence[str],
    longest: int,
    task: str,
) -> Likelihood:
    """The likelihood of each review, with a bar of the progress; see `likelihood.score`."""
    with tqdm(total=len(texts), desc=task, unit=" reviews") as bar:
        return likelihood.score(model, tokenizer, texts, asks, longest=longest, progress=bar.update)


def before_and_after(
    generator: ReviewGenerator, base: PreTrainedModel, rows: pd.DataFrame, longest: int
) -> tuple[Likelihood, Likelihood]:
    """The likelihood of the reviews under the base of a generator, and under the generator."""
    asks, texts = asks_of(rows, generator.prefix), rows["text"].tolist()
    before, after = (
        score(model.eval(), generator.tokenizer, texts, asks, longest, task)
        for task, model in (("before", base.to(generator.device)), ("after", generator.model))
    )
    return before, after


def measure(before: Likelihood, after: Likelihood, films: Sequence, seed: int = 0) -> dict:
    """The contents of generator.json, from what the base and the generator say of the same reviews."""
    rows = np.column_stack([before.nats, after.nats, after.tokens, after.bytes])

    def rates(sums: np.ndarray) -> dict:
        old, new, tokens, size = np.moveaxis(sums, -1, 0)
        return {
            "perplexity": {"before": np.exp(old / tokens), "after": np.exp(new / tokens)},
            "bits_per_byte": {"before": old / size / np.log(2), "after": new / size / np.log(2)},
            "ratio": new / old,
        }

    counts = {"n": len(rows), "tokens": int(after.tokens.sum()), "bytes": int(after.bytes.sum())}
    return counts | intervals.bootstrap(rates, rows, films, ranges=POSITIVE, seed=seed)
