"""A linear model on words and pairs of words: beside a transformer, it reads the whole of a long text."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from revdemo.errors import RevdemoError

FILE = "ngrams.npz"  # beside the transformer's weights


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
        target = Path(path)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                halves = {"idf": self.idf.astype(np.float16), "weights": self.weights.astype(np.float16)}
                np.savez_compressed(file, usual=np.float64(self.usual), **halves)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike, labels: int) -> NgramModel:
        """Read a model; a damaged file, or one with another number of labels, raises RevdemoError."""
        try:
            with np.load(path, allow_pickle=False) as data:
                idf, weights, usual = data["idf"], data["weights"], float(data["usual"])
            if idf.ndim != 1 or weights.shape != (len(idf), labels):
                raise ValueError(f"it holds arrays of {idf.shape} and {weights.shape}")
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise RevdemoError(
                f"The n-gram model at {path} cannot be read ({error}). Restore it, or train the model again."
            ) from error
        return cls(idf, weights, usual)


def count(texts: Sequence[str], buckets: int) -> csr_matrix:
    """How often the 1-grams and 2-grams of each text fall into each hash bucket: (texts, buckets).

    Hashing keeps no word of the training texts (Weinberger et al. 2009, "Feature Hashing").
    """
    from sklearn.feature_extraction.text import HashingVectorizer  # here: it takes a second to import

    hashing = HashingVectorizer(
        ngram_range=(1, 2), n_features=buckets, alternate_sign=False, norm=None, dtype=np.float32
    )
    return hashing.transform(list(texts))


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
