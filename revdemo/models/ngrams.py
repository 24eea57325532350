"""A linear model on words and pairs of words: beside a transformer, it reads the whole of a long text."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from revdemo.errors import RevdemoError
from revdemo.files import atomic
from revdemo.models.weights.checks import read_arrays
from revdemo.murmur import murmur

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FILE = "ngrams.npz"  # beside the transformer's weights
WORD = re.compile(r"\b\w\w+\b")


class NgramModel:
    """Scores for each label from hashed 1-grams and 2-grams, weighed as TF-IDF.

    Args:
        idf: (buckets,), the inverse document frequency of each hash bucket.
        weights: (buckets, labels).
        usual: the length of the TF-IDF vector of a usual text; a text with a shorter one has less of a say.
    """

    def __init__(self, idf: np.ndarray, weights: np.ndarray, usual: float):
        self.idf = np.asarray(idf, dtype=np.float32)
        self.weights = np.asarray(weights, dtype=np.float32)
        self.usual = float(usual)

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """The score of each label for each cleaned text: (texts, labels)."""
        return features(count(texts, len(self.idf)), self.idf, self.usual) @ self.weights

    def scaled(self, factor: float) -> NgramModel:
        """The same model with all its scores multiplied."""
        return NgramModel(self.idf, self.weights * factor, self.usual)

    def save(self, path: str | os.PathLike) -> None:
        """Write the model in half precision to one file, whole or not at all."""
        with atomic(path) as temporary, temporary.open("wb") as file:
            halves: dict[str, Any] = {
                "idf": self.idf.astype(np.float16),
                "weights": self.weights.astype(np.float16),
            }
            np.savez_compressed(file, usual=np.float64(self.usual), **halves)

    @classmethod
    def load(cls, path: str | os.PathLike, labels: int) -> NgramModel:
        """Read a model; a damaged file, or one with another number of labels, raises RevdemoError."""
        try:
            arrays = read_arrays(path, {"idf": 1, "weights": 2, "usual": 0})
            idf, weights, usual = arrays["idf"], arrays["weights"], float(arrays["usual"])
            if not len(idf) or weights.shape != (len(idf), labels) or usual <= 0:
                raise ValueError(
                    f"it holds arrays of {idf.shape} and {weights.shape}, and a usual of {usual}"
                )
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise RevdemoError(
                "The n-gram model at {path} cannot be read ({error}). Restore it, or train the model again.",
                path=path,
                error=error,
            ) from error
        return cls(idf, weights, usual)


def count(texts: Sequence[str], buckets: int) -> csr_matrix:
    """How often the 1-grams and 2-grams of each text fall into each hash bucket: (texts, buckets).

    Hashing keeps no word of the training texts (Weinberger et al. 2009, "Feature Hashing"). The buckets are
    those of scikit-learn's HashingVectorizer, which takes a second to import, before the first prediction.
    """
    found: list[int] = []
    ends = [0]
    for text in texts:
        words = WORD.findall(text.lower())
        found += [bucket(gram, buckets) for gram in (*words, *map(" ".join, pairwise(words)))]
        ends.append(len(found))
    ones = np.ones(len(found), dtype=np.float32)
    from scipy.sparse import csr_matrix  # here: the page imports this module, and needs none of it

    counts = csr_matrix((ones, np.array(found, dtype=np.int32), ends), shape=(len(texts), buckets))
    counts.sum_duplicates()
    return counts


def bucket(gram: str, buckets: int) -> int:
    """Which of the hash buckets a word or a pair of words falls into."""
    return abs(murmur(gram)) % buckets


def weigh(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """TF-IDF with logarithmic counts."""
    weighed = counts.copy()
    weighed.data = (np.log(weighed.data) + 1) * idf[weighed.indices]
    return weighed


def lengths(rows: csr_matrix) -> np.ndarray:
    """The Euclidean length of each row."""
    return np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())


def features(counts: csr_matrix, idf: np.ndarray, usual: float) -> csr_matrix:
    """TF-IDF rows, long ones of a length near 1, shorter ones in proportion to theirs.

    With every row of length 1, as is usual, the few words of a short text would say as much as the hundreds
    of a long one, and "not bad" would be mostly "bad".
    """
    weighed = weigh(counts, idf)
    weighed.data /= np.repeat(np.hypot(lengths(weighed), usual), np.diff(weighed.indptr))
    return weighed
