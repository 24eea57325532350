"""How varied real reviews are, by how many they are and how long; the contents of real-diversity.json.

    python -m train.evaluate real-diversity

The share of different words falls as texts grow in number and in length, so a run of the app can only be
compared with as many real reviews, cut to its length. Texts may not be published, their figures may: of each
count and each length, the mean over draws of that many reviews, and the range that holds 95% of the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.generation.copies import CopyIndex, NearDuplicates, distinct
from revdemo.intervals import Rate, share

COUNTS = (5, 10, 20, 50, 100, 200)  # reviews
LENGTHS = (10, 20, 40, 80, 160)  # words of a review, at most
DRAWS = 200  # of the fewest reviews; fewer of many, which differ less
FEWEST_DRAWS = 20


def measure(rows: pd.DataFrame, copies: CopyIndex | None, seed: int = 0) -> dict:
    """The curves of real reviews by stars: distinct-1 and -2 by count and length, the others by count.

    A run is of one number of stars, and such reviews are less varied than those of all stars. Copies are the
    share of all reviews, cut to each length, that hold 13 words in a row of `copies`, which is None where the
    generator's training text has no index.

    Args:
        rows: text and stars.
    """
    report = {
        "n": len(rows),
        "counts": list(COUNTS),
        "lengths": list(LENGTHS),
        "by_stars": {str(stars): curves(own.tolist(), seed) for stars, own in rows.groupby("stars")["text"]},
    }
    if copies:
        found = [[copies.is_copy(text) for text in cut] for cut in _cut(rows["text"]).values()]
        report["copies"] = [share(hits) for hits in found]
    return report


def curves(texts: list[str], seed: int) -> dict:
    """The figures of one pool of reviews, more than the largest count.

    cut_words: the mean length in words after each cut, which leaves shorter reviews as they are.
    """
    cut = _cut(texts)
    report = {"n": len(texts), "cut_words": [mean_words(own) for own in cut.values()]}
    for name, figure in (("near_duplicates", near_duplicates), ("words", mean_words)):
        report[name] = [_over_draws(figure, texts, count, seed) for count in COUNTS]
    for n in (1, 2):
        report[f"distinct{n}"] = [
            [_over_draws(lambda own, n=n: distinct(own, n), own, count, seed) for own in cut.values()]
            for count in COUNTS
        ]
    return report


def near_duplicates(texts: Sequence[str]) -> float:
    """The share of texts that are the same or nearly the same as one before them."""
    seen = NearDuplicates()
    return float(np.mean([seen.add_or_find(text) is not None for text in texts]))


def mean_words(texts: Sequence[str]) -> float:
    """The mean length in words."""
    return float(np.mean([len(text.split()) for text in texts]))


def _cut(texts: Iterable[str]) -> dict[int, list[str]]:
    """The texts cut to each of LENGTHS."""
    words = [text.split() for text in texts]
    return {length: [" ".join(own[:length]) for own in words] for length in LENGTHS}


def _over_draws(figure: Callable[[Sequence[str]], float], texts: list[str], count: int, seed: int) -> Rate:
    """The mean of a figure over draws of `count` texts, and the range that holds 95% of them.

    Draws of most of a pool are much alike, so the range is widened by the finite population correction.
    """
    if len(texts) <= count:
        raise RevdemoError(
            "{reviews} reviews per star are too few for draws of {count}.", reviews=len(texts), count=count
        )
    rng = np.random.default_rng([seed, count])
    draws = max(FEWEST_DRAWS, DRAWS * COUNTS[0] // count)
    values = [figure([texts[one] for one in rng.permutation(len(texts))[:count]]) for _ in range(draws)]
    mean, widened = float(np.mean(values)), 1 / np.sqrt(1 - count / len(texts))
    low, high = mean + (np.quantile(values, [0.025, 0.975]) - mean) * widened
    return Rate(mean, float(low), float(high))
