"""Drawing a token for each of many texts from the logits of a language model."""

import math
from collections.abc import Sequence

import torch

from revdemo.models.sampling.options import Sampling

STRETCH = 128  # tokens of the vocabulary that are looked through together
FLOORS = 1e-3, 1e-6  # beside the likeliest token: where a nucleus is looked for first
LOWEST = torch.finfo(torch.float32).min  # a token that cannot be drawn is below it
ROUNDED = 16  # numbers in a vector register


def draw(logits: torch.Tensor, draws: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """One token for each row of `logits`: the distribution function inverted at `draws`.

    The vocabulary is never sorted, which would take as long as the model. What a row draws depends on that
    row alone.

    logits: rows x vocabulary; draws: one number in [0, 1) for each row; returns one token for each row.
    """
    if sampling.top_p < 1:
        return _draw_from_nucleus(
            logits, draws, sampling, [sampling.min_p] if sampling.min_p else [*FLOORS, 0]
        )
    weights, tokens = _likely(logits, sampling, sampling.min_p)
    return tokens.gather(1, _invert(weights, draws)).squeeze(1)


def _invert(weights: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """The first column of each row at which its running sum passes the share of `draws`: rows x 1."""
    mass = weights.cumsum(dim=-1)
    last = (weights > 0).cumsum(dim=-1).argmax(dim=-1, keepdim=True)  # what a rounded draw must not pass
    return torch.searchsorted(mass, draws[:, None] * mass[:, -1:], right=True).minimum(last)


def _likely(logits: torch.Tensor, sampling: Sampling, least: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens that are at least that share as likely as the likeliest, in the vocabulary's order.

    Returns their likelihoods beside the likeliest's (0 beyond a row's own) and their numbers; both are rows x
    the most that a row has left. Only stretches whose likeliest token is in are looked through.
    """
    stretches = torch.nn.functional.pad(logits, (0, -logits.shape[-1] % STRETCH), value=-math.inf)
    stretches = stretches.view(len(logits), -1, STRETCH)
    peaks = stretches.amax(dim=-1)
    best = peaks.amax(dim=-1)
    floor = best + sampling.temperature * math.log(least) if least else torch.full_like(best, LOWEST)
    owners, places = (peaks >= floor[:, None]).nonzero(as_tuple=True)
    inside, offsets = (found := stretches[owners, places]).ge(floor[owners, None]).nonzero(as_tuple=True)
    rows, columns = owners[inside], places[inside] * STRETCH + offsets
    counts = torch.bincount(rows, minlength=len(logits))
    order = torch.arange(len(rows), device=rows.device) - (counts.cumsum(dim=0) - counts)[rows]
    width = -(-int(counts.max()) // ROUNDED) * ROUNDED  # the same instructions whoever the neighbours are
    weights, tokens = logits.new_zeros(len(logits), width), columns.new_zeros(len(logits), width)
    weights[rows, order] = ((found[inside, offsets] - best[rows]) / sampling.temperature).exp()
    tokens[rows, order] = columns
    return weights, tokens


def _draw_from_nucleus(
    logits: torch.Tensor, draws: torch.Tensor, sampling: Sampling, floors: Sequence[float]
) -> torch.Tensor:
    """One token of each row's nucleus; a lower floor is looked at only for the rows that need it."""
    weights, tokens = _likely(logits, sampling, floors[0])
    scores = logits if sampling.temperature == 1 else logits / sampling.temperature
    shares = weights * (scores.amax(dim=-1) - scores.logsumexp(dim=-1)).exp()[:, None]
    wide = shares.sum(dim=-1) < sampling.top_p
    if not wide.all():
        weights = weights.masked_fill(shares < _least_of_nucleus(shares, sampling.top_p), 0)
    chosen = tokens.gather(1, _invert(weights, draws)).squeeze(1)
    if len(floors) > 1 and wide.any():
        chosen[wide] = _draw_from_nucleus(logits[wide], draws[wide], sampling, floors[1:])
    return chosen


def _least_of_nucleus(shares: torch.Tensor, top_p: float) -> torch.Tensor:
    """The smallest share in the nucleus of each row: rows x 1."""
    ordered = shares.sort(dim=-1, descending=True).values
    inside = ordered.cumsum(dim=-1) - ordered < top_p
    return ordered.masked_fill(~inside, math.inf).amin(dim=-1, keepdim=True)
