"""The likelihood of a text under a generator: nats of each review, hence perplexity and bits per byte."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import torch

BATCH_TOKENS = 2048  # of a forward pass, padding included


class Likelihood(NamedTuple):
    """What a model says of each review: summed negative log-likelihoods (nats), and how much was scored."""

    nats: np.ndarray
    tokens: np.ndarray
    bytes: np.ndarray

    @property
    def bits(self) -> np.ndarray:
        """The bits that each review takes."""
        return self.nats / math.log(2)

    @property
    def bits_per_byte(self) -> float:
        """Bits per byte over all of the reviews."""
        return float(self.bits.sum() / self.bytes.sum())

    @property
    def perplexity(self) -> float:
        """Perplexity per token over all of the reviews."""
        return float(np.exp(self.nats.sum() / self.tokens.sum()))


def score(
    model: Any,
    tokenizer: Any,
    texts: Sequence[str],
    asks: Sequence[str],
    *,
    longest: int | None = None,
    scored: int | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> Likelihood:
    """Score each review under the prefix that asks for it, which is not scored; no end token is scored.

    Models with the same tokenizer are scored on the same tokens.

    Args:
        longest: tokens of a review with its prefix, from which on it is cut.
        scored: the same of the review alone.
        progress: told the number of reviews of each batch that is done.
    """
    import torch

    from revdemo.models.classifier import batches  # here: torch takes seconds

    skip = [len(ids) for ids in tokenizer(list(asks))["input_ids"]]
    whole = tokenizer([f"{ask} {text}" for ask, text in zip(asks, texts, strict=True)], verbose=False)
    rows = [
        ids[:longest] if scored is None else ids[:longest][: first + scored]
        for ids, first in zip(whole["input_ids"], skip, strict=True)
    ]
    nats = np.zeros(len(rows))
    with torch.inference_mode():
        for batch in batches([len(row) for row in rows], BATCH_TOKENS):
            nats[batch] = _summed(model, [rows[i] for i in batch], [skip[i] for i in batch])
            progress(len(batch))
    tokens = np.array([len(row) - first for row, first in zip(rows, skip, strict=True)])
    read = [tokenizer.decode(row[first:]).strip() for row, first in zip(rows, skip, strict=True)]
    return Likelihood(nats, tokens, np.array([len(text.encode()) for text in read]))


def token_nats(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The nats of every token but the first, (batch, length - 1); 0 where the label is -100.

    Args:
        logits: (batch, length, vocabulary). labels: (batch, length), the tokens themselves, not shifted.
    """
    import torch

    return torch.nn.functional.cross_entropy(
        logits[:, :-1].float().transpose(1, 2), labels[:, 1:], reduction="none", ignore_index=-100
    )


def _summed(model: Any, rows: list[list[int]], skip: list[int]) -> list[float]:
    """The summed negative log-likelihood of each row's tokens after the first `skip`."""
    import torch

    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device)
    seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
    logits = model(input_ids=ids, attention_mask=seen, use_cache=False).logits
    found = token_nats(logits, ids).cpu()
    return [float(own[n - 1 : len(row) - 1].sum()) for own, row, n in zip(found, rows, skip, strict=True)]
