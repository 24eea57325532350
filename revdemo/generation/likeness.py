"""How much a generated text reads like a real review: the second filter of the loop, after the stars.

A small linear model told real reviews from generated ones of the same kinds and lengths (train.likeness). It
stands beside the generator that it was made for; without its file there is no such filter.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from revdemo.errors import RevdemoError
from revdemo.files import atomic
from revdemo.generation.copies import words
from revdemo.models.ngrams import NgramModel
from revdemo.models.weights.registry import ModelSource

LIKENESS = "likeness.npz"  # beside the generator's weights
FEATURES = (
    "words",  # how they are chosen and joined, by an n-gram model
    "nats",  # a token, under the generator itself
    "length",  # the logarithm of the words
    "different",  # share of the words that are different ones
    "repeated",  # share of the pairs of words that were there before
    "letters",  # a word
)


@dataclass(frozen=True)
class Likeness:
    """Scores from 0 (like a generated text) to 1 (like a real one), and the least score that is accepted.

    ngrams: two labels, generated and real. centre, spread, weights: one number for each of FEATURES.
    """

    ngrams: NgramModel
    centre: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    bias: float
    threshold: float

    def scores(self, texts: Sequence[str], nats: Sequence[float]) -> np.ndarray:
        """The score of each cleaned text; `nats` a token, as a Sample's nats over its tokens."""
        if not len(texts):
            return np.zeros(0)
        rows = (features(self.ngrams, texts, nats) - self.centre) / self.spread
        return 1 / (1 + np.exp(-(rows @ self.weights + self.bias)))

    def save(self, path: Path) -> None:
        """Write the model to one file, whole or not at all."""
        with atomic(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                idf=self.ngrams.idf.astype(np.float16),
                ngrams=self.ngrams.weights.astype(np.float16),
                usual=np.float64(self.ngrams.usual),
                linear=np.stack([self.centre, self.spread, self.weights]),
                ends=np.array([self.bias, self.threshold]),
            )

    @classmethod
    def load(cls, path: Path) -> Likeness:
        """Read a model; a damaged file raises RevdemoError."""
        try:
            with np.load(path, allow_pickle=False) as data:
                ngrams = NgramModel(data["idf"], data["ngrams"], float(data["usual"]))
                linear, (bias, threshold) = data["linear"], data["ends"]
            if ngrams.weights.shape != (len(ngrams.idf), 2) or linear.shape != (3, len(FEATURES)):
                raise ValueError(f"it holds arrays of {ngrams.weights.shape} and {linear.shape}")
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise RevdemoError(
                "The likeness model at {path} cannot be read ({error}). Restore it, train it again, or "
                "remove it: the generator works without it.",
                path=path,
                error=error,
            ) from error
        centre, spread, weights = linear
        return cls(ngrams, centre, spread, weights, float(bias), float(threshold))


def features(ngrams: NgramModel, texts: Sequence[str], nats: Sequence[float]) -> np.ndarray:
    """What a score is made of: (texts, FEATURES)."""
    scores = ngrams.logits(texts)
    rows = [_counted(text) for text in texts]
    return np.column_stack([scores[:, 1] - scores[:, 0], np.asarray(nats, dtype=float), rows])


def _counted(text: str) -> tuple[float, float, float, float]:
    """Length, share of different words, share of repeated pairs, and letters a word."""
    tokens = words(text)
    count, pairs = max(1, len(tokens)), list(pairwise(tokens))
    repeated = 1 - len(set(pairs)) / len(pairs) if pairs else 0.0
    return np.log(count), len(set(tokens)) / count, repeated, sum(map(len, tokens)) / count


def load_likeness(source: ModelSource) -> Likeness | None:
    """The likeness model of a generator, where its checkpoint carries one."""
    path = source.folder / LIKENESS
    return Likeness.load(path) if path.exists() else None
