"""The longest run of tokens that a text shares with any training review. Pure functions on token ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from transformers import PreTrainedTokenizerBase

SHORTEST = 8  # tokens; shorter runs are phrases of the language, and count as none
LONG = 30  # tokens; a run as long as this is a copy
_PRIME = np.uint64(1_099_511_628_211)


class TrainingRuns:
    """Every run of `shortest` tokens of the training reviews, by its hash and its place.

    reviews: token ids. Takes 16 bytes a token.
    """

    def __init__(self, reviews: Sequence[Sequence[int]], shortest: int = SHORTEST):
        self.shortest = shortest
        hashes, places, start = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], 0
        for review in reviews:
            own = _hashes(review, shortest)
            hashes.append(own)
            places.append(np.arange(start, start + len(own)))
            start += len(review) + 1  # the gap keeps a run from crossing from one review into the next
        joined = np.concatenate(hashes)
        order = np.argsort(joined, kind="stable")
        self.hashes, self.places = joined[order], np.concatenate(places)[order]

    def longest(self, text: Sequence[int]) -> int:
        """The length of the longest run of tokens that the text shares with a review; 0 below `shortest`."""
        own = _hashes(text, self.shortest)
        first, last = (np.searchsorted(self.hashes, own, side) for side in ("left", "right"))
        count = last - first
        if not count.any():
            return 0
        here = np.repeat(np.arange(len(own)), count)
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        there = self.places[np.repeat(first, count) + nth]
        # On a shared run both places advance together, so their difference stays.
        order = np.lexsort((here, there - here))
        here, apart = here[order], (there - here)[order]
        breaks = np.flatnonzero((np.diff(here) != 1) | (np.diff(apart) != 0))
        edges = np.concatenate([[-1], breaks, [len(here) - 1]])
        return int(np.diff(edges).max()) + self.shortest - 1


def _hashes(tokens: Sequence[int], n: int) -> np.ndarray:
    """A 64-bit hash of each run of n tokens."""
    ids = np.asarray(tokens, dtype=np.uint64)
    if len(ids) < n:
        return np.zeros(0, np.uint64)
    found = np.zeros(len(ids) - n + 1, np.uint64)
    for offset in range(n):
        found = (found ^ (ids[offset : offset + len(found)] + np.uint64(1))) * _PRIME
        found ^= found >> np.uint64(29)
    return found


def longest_runs(
    reviews: Sequence[str], tokenizer: PreTrainedTokenizerBase
) -> Callable[[Sequence[str]], list[int]]:
    """A function from texts to the longest run of tokens that each shares with any of the reviews."""
    print(f"indexing the tokens of {len(reviews):,} training reviews")
    runs = TrainingRuns(tokenizer(list(reviews), verbose=False)["input_ids"])
    return lambda texts: [runs.longest(ids) for ids in tokenizer(list(texts), verbose=False)["input_ids"]]
