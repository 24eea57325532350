"""How well a language model foresees real reviews: perplexity and bits per byte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from revdemo import metrics
from revdemo.classifier import batches
from revdemo.reviews import prefix

BATCH_TOKENS = 2048


class Score(NamedTuple):
    """What a model says of each review: summed negative log-likelihoods (nats), and how much was scored."""

    nats: np.ndarray
    tokens: np.ndarray
    bytes: np.ndarray


@torch.inference_mode()
def score(
    model, tokenizer, texts: Sequence[str], stars: Sequence[int], template: str, most: int, task: str
) -> Score:
    """Score each review under its prefix, which is context and not scored; no end token is scored.

    A review longer than `most` tokens with its prefix is scored up to there. Models with the same tokenizer
    are scored on the same tokens.
    """
    asks = [prefix(star, template) for star in stars]
    skip = [len(ids) for ids in tokenizer(asks)["input_ids"]]
    whole = [f"{ask} {text}" for ask, text in zip(asks, texts, strict=True)]
    ids = [row[:most] for row in tokenizer(whole, verbose=False)["input_ids"]]
    nats = np.zeros(len(ids))
    with tqdm(total=len(ids), desc=task, unit=" reviews") as bar:
        for batch in batches([len(row) for row in ids], BATCH_TOKENS):
            nats[batch] = _nats(model, [ids[i] for i in batch], [skip[i] for i in batch])
            bar.update(len(batch))
    tokens = np.array([len(row) - n for row, n in zip(ids, skip, strict=True)])
    scored = [tokenizer.decode(row[n:]) for row, n in zip(ids, skip, strict=True)]
    return Score(nats, tokens, np.array([len(text.strip().encode()) for text in scored]))


def _nats(model, rows: list[list[int]], skip: list[int]) -> list[float]:
    """The summed negative log-likelihood of each row's tokens after the first `skip`."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device)
    seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
    logits = model(input_ids=ids, attention_mask=seen, use_cache=False).logits[:, :-1]
    found = torch.nn.functional.cross_entropy(
        logits.float().transpose(1, 2), ids[:, 1:], reduction="none"
    ).cpu()
    return [float(own[n - 1 : len(row) - 1].sum()) for own, row, n in zip(found, rows, skip, strict=True)]


def measure(before: Score, after: Score, films: Sequence, seed: int = 0) -> dict:
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
    return counts | metrics.interval(rates, rows, films, seed=seed)
