"""How varied real reviews are, by how many they are and how long; the contents of real-diversity.json.

    python -m train.evaluate real-diversity

The share of different words falls as texts grow in number and in length, so a run of the app can only be
compared with as many real reviews, cut to its length. Texts may not be published, their figures may: of each
count and each length, the mean over draws of that many reviews, and the range that holds 95 % of the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from revdemo.loop import wilson
from revdemo.quality import CopyIndex, NearDuplicates, distinct

COUNTS = (5, 10, 20, 50, 100, 200, 500)  # reviews
LENGTHS = (10, 20, 40, 80, 160)  # words of a review, at most
DRAWS = 200  # of the fewest reviews; fewer of many, which differ less
FEWEST_DRAWS = 20


def measure(texts: Sequence[str], copies: CopyIndex | None, seed: int = 0) -> dict:
    """The curves of real reviews: distinct-1 and -2 by count and length, near duplicates and words by count.

    Copies are the share of the reviews, cut to each length, that hold 13 words in a row of `copies`, which is
    None where the generator's training text has no index.
    """
    texts = list(texts)
    cut = {length: [" ".join(text.split()[:length]) for text in texts] for length in LENGTHS}
    counts = [count for count in COUNTS if count <= len(texts)]
    report = {
        "n": len(texts),
        "counts": counts,
        "lengths": list(LENGTHS),
        "cut_words": [mean_words(cut[length]) for length in LENGTHS],  # less: some reviews are shorter
        "near_duplicates": [_over_draws(near_duplicates, texts, count, seed) for count in counts],
        "words": [_over_draws(mean_words, texts, count, seed) for count in counts],
    }
    for n in (1, 2):
        report[f"distinct{n}"] = [
            [_over_draws(lambda own, n=n: distinct(own, n), cut[length], count, seed) for length in LENGTHS]
            for count in counts
        ]
    if copies:
        found = {length: [copies.is_copy(text) for text in own] for length, own in cut.items()}
        report["copies"] = [wilson(sum(hits), len(hits))._asdict() for hits in found.values()]
    return report


def near_duplicates(texts: Sequence[str]) -> float:
    """The share of texts that are the same or nearly the same as one before them."""
    seen = NearDuplicates()
    return float(np.mean([seen.add_or_find(text) is not None for text in texts]))


def mean_words(texts: Sequence[str]) -> float:
    """The mean length in words."""
    return float(np.mean([len(text.split()) for text in texts]))


def _over_draws(figure: Callable[[Sequence[str]], float], texts: list[str], count: int, seed: int) -> dict:
    """The mean of a figure over draws of `count` texts, and the range that holds 95 % of them."""
    rng = np.random.default_rng([seed, count])
    pool = pd.Series(texts)
    draws = max(FEWEST_DRAWS, DRAWS * COUNTS[0] // count)
    values = [figure(pool.iloc[rng.permutation(len(pool))[:count]].tolist()) for _ in range(draws)]
    low, high = np.quantile(values, [0.025, 0.975])
    return {"value": float(np.mean(values)), "low": float(low), "high": float(high)}
