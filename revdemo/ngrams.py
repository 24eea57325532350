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
    """

    def __init__(self, idf: np.ndarray, weights: np.ndarray):
        self.idf = np.asarray(idf, dtype=np.float32)
        self.weights = np.asarray(weights, dtype=np.float32)

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """The score of each label for each cleaned text: (texts, labels)."""
        return features(count(texts, len(self.idf)), self.idf) @ self.weights

    def scaled(self, factor: float) -> NgramModel:
        """The same model with all its scores multiplied."""
        return NgramModel(self.idf, self.weights * factor)

    def save(self, path: str | os.PathLike) -> None:
        """Write the model in half precision to one file, whole or not at all."""
        target = Path(path)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                np.savez_compressed(
                    file, idf=self.idf.astype(np.float16), weights=self.weights.astype(np.float16)
                )
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike, labels: int) -> NgramModel:
        """Read a model; a damaged file, or one with another number of labels, raises RevdemoError."""
        try:
            with np.load(path, allow_pickle=False) as data:
                idf, weights = data["idf"], data["weights"]
            if idf.ndim != 1 or weights.shape != (len(idf), labels):
                raise ValueError(f"it holds arrays of {idf.shape} and {weights.shape}")
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise RevdemoError(
                f"The n-gram model at {path} cannot be read ({error}). Restore it, or train the model again."
            ) from error
        return cls(idf, weights)


def count(texts: Sequence[str], buckets: int) -> csr_matrix:
    """How often the 1-grams and 2-grams of each text fall into each hash bucket: (texts, buckets).

    Hashing keeps no word of the training texts (Weinberger et al. 2009, "Feature Hashing").
    """
    from sklearn.feature_extraction.text import HashingVectorizer  # here: it takes a second to import

    hashing = HashingVectorizer(
        ngram_range=(1, 2), n_features=buckets, alternate_sign=False, norm=None, dtype=np.float32
    )
    return hashing.transform(list(texts))


def features(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """TF-IDF with logarithmic counts, every row of length 1; a row without words stays 0."""
    weighed = counts.copy()
    weighed.data = (np.log(weighed.data) + 1) * idf[weighed.indices]
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    weighed.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(weighed.indptr))
    return weighed
