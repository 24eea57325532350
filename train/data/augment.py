"""Word-level augmentation: a review with some of its words swapped, left out or repeated.

Source: Wei and Zou 2019, "EDA: Easy Data Augmentation Techniques for Boosting Performance on Text
Classification Tasks", and the share of words that they recommend. What needs a thesaurus is left out: no word
is replaced by a synonym, and the word that is inserted is one of the review's own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SHARE = 0.1  # of the words that one operation touches


def swap(words: list[str], count: int, rng: np.random.Generator) -> list[str]:
    """Exchange two words, `count` times."""
    words = words.copy()
    for _ in range(count):
        first, second = rng.choice(len(words), 2, replace=False)
        words[first], words[second] = words[second], words[first]
    return words


def delete(words: list[str], count: int, rng: np.random.Generator) -> list[str]:
    """Leave out `count` words."""
    gone = set(rng.choice(len(words), count, replace=False).tolist())
    return [word for place, word in enumerate(words) if place not in gone]


def duplicate(words: list[str], count: int, rng: np.random.Generator) -> list[str]:
    """Put another of the words somewhere, `count` times."""
    words = words.copy()
    for _ in range(count):
        words.insert(rng.integers(len(words) + 1), words[rng.integers(len(words))])
    return words


OPERATIONS: tuple[Callable[[list[str], int, np.random.Generator], list[str]], ...] = (swap, delete, duplicate)


def augment(text: str, rng: np.random.Generator, share: float = SHARE) -> str:
    """The review after one operation drawn by `rng` on a share of its words; a single word stays as it is."""
    words = text.split()
    if len(words) < 2:
        return text
    operation = OPERATIONS[rng.integers(len(OPERATIONS))]
    return " ".join(operation(words, max(1, round(share * len(words))), rng))
