"""What can be said of generated text without a model: copies of training text, near duplicates, diversity.

Whether one text is another's copy is asked for four reasons, and each has an answer of its own:

- `NearDuplicates` (here), of reviews of one run: is it new beside those accepted? Every pair is compared by
  its sorted words, which is exact and affordable for thousands of texts.
- `CopyIndex` (here), of training text: are 13 words in a row from there? Only hashes, because no training
  text is to ship with a model.
- `balance.splits.duplicate_groups`, of a user's rows: may two stand on both sides of a split? 13 words in
  common; transitive, because groups are divided as a whole.
- `train.data.split_by_film.near_copy_pairs` and `hidden_pairs`, of all prepared reviews: the same
  question of a million texts, where copies are edited: 8 words, sampled, and a share of the smaller text.

What is the same but for case and punctuation has one answer everywhere: `same_words`.
"""

import math
import os
import random
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from rapidfuzz import fuzz, process

from revdemo.errors import RevdemoError
from revdemo.files import atomic
from revdemo.models.weights.checks import read_arrays
from revdemo.models.weights.registry import ModelSource

COPIES = "copies.npz"  # beside a generator's weights: hashes of its training text
GRAM = 13  # words; the overlap that work on contaminated benchmarks calls a copy
HASH_BITS = 40
MAX_HASHES = 1_700_000  # 4.4 MB on disk at 40 bits
MIN_WINDOW = 4
NEAR = 90.0  # percent of the sorted words' letters in common, from which two texts are near duplicates
COMPARED = 10_000  # characters of a text's words that are compared with those of others
REMEMBERED = 64  # characters: the hashes of longer words are not kept, so that those kept take little memory
BLEU_ORDER = 4

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BASE = np.uint64(0x9E3779B97F4A7C15)


def words(text: str) -> list[str]:
    """Split a text into words without case; punctuation and spacing do not count."""
    return _WORD.findall(text.casefold())


def _digest(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


_kept_digest = lru_cache(maxsize=1 << 18)(_digest)


def _word_hash(word: str) -> int:
    return _kept_digest(word) if len(word) <= REMEMBERED else _digest(word)


def gram_hashes(text: str, n: int = GRAM) -> np.ndarray:
    """Hash every run of n words of a text, the same in every process.

    Returns uint64 of length max(0, words - n + 1), each below 2**40: a polynomial of the words' hashes, mixed
    (the finaliser of SplitMix64) so that neighbours are unrelated.
    """
    tokens = words(text)
    hashes = np.fromiter(map(_word_hash, tokens), np.uint64, len(tokens))
    count = max(0, len(tokens) - n + 1)
    grams = np.zeros(count, np.uint64)
    for start in range(n if count else 0):
        grams = grams * _BASE + hashes[start : start + count]
    grams = (grams ^ (grams >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    grams = (grams ^ (grams >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return grams >> np.uint64(64 - HASH_BITS)


def winnow(hashes: np.ndarray, window: int) -> np.ndarray:
    """Keep the smallest hash of every window of consecutive hashes, about 2 in window + 1 of them.

    Source: Schleimer, Wilkerson and Aiken, "Winnowing", SIGMOD 2003. The choice depends on content alone, so
    a run of words is kept the same way wherever it stands, and no two kept ones are over `window` apart.
    """
    if len(hashes) <= window:
        return hashes.min(keepdims=True) if len(hashes) else hashes
    windows = np.lib.stride_tricks.sliding_window_view(hashes, window)[:, ::-1]  # ties: the rightmost
    return hashes[np.unique(np.arange(len(windows)) + window - 1 - windows.argmin(axis=1))]


@dataclass(frozen=True)
class CopyIndex:
    """Winnowed hashes of the 13-grams of a training text, which tell a copy without holding the text.

    A run of `window` + 12 words in common is always found, a shorter one of 13 or more often. With N hashes
    of 40 bits an unrelated text of 80 words is called a copy with probability 68 N / 2**40: at the most N
    kept, 1,700,000, that is 1 in 9,500.
    """

    hashes: np.ndarray  # sorted, unique, uint64 below 2**40
    window: int

    def longest_copy(self, text: str) -> int:
        """Return the length in words of the longest run found in the training text; 0 without one.

        Only kept hashes can be seen, so up to `window` - 1 words at either end of a run may be missed.
        """
        grams = gram_hashes(text)
        if not len(grams) or not len(self.hashes):
            return 0
        places = np.searchsorted(self.hashes, grams).clip(max=len(self.hashes) - 1)
        hits = np.flatnonzero(self.hashes[places] == grams)
        if not len(hits):
            return 0
        runs = np.split(hits, np.flatnonzero(np.diff(hits) > self.window) + 1)
        return int(max(run[-1] - run[0] for run in runs)) + GRAM

    def is_copy(self, text: str) -> bool:
        """Say whether 13 words or more in a row come from the training text."""
        return self.longest_copy(text) > 0

    def save(self, path: str | os.PathLike) -> None:
        """Write the index to one file of at most 5 MB, whole or not at all."""
        gaps = np.diff(self.hashes, prepend=np.uint64(0)).astype("<u8")
        planes = np.ascontiguousarray(gaps.view(np.uint8).reshape(-1, 8).T)  # high bytes apart: they compress
        with atomic(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, planes=planes, window=np.int64(self.window))

    @classmethod
    def load(cls, path: str | os.PathLike) -> "CopyIndex":
        """Read an index; a missing or damaged file raises RevdemoError."""
        try:
            arrays = read_arrays(path, {"planes": 2, "window": 0})
            planes, window = arrays["planes"], int(arrays["window"])
            if planes.dtype != np.uint8 or planes.ndim != 2 or len(planes) != 8 or window < 1:
                raise ValueError("not an index of copies")
        except FileNotFoundError:
            raise RevdemoError(
                "There is no index of copies at {path}: run train.prepare.", path=path
            ) from None
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise RevdemoError(
                "The index of copies at {path} cannot be read ({error}). Run train.prepare to make it again.",
                path=path,
                error=error,
            ) from error
        gaps = np.ascontiguousarray(planes.T).view("<u8").ravel()
        return cls(np.cumsum(gaps, dtype=np.uint64), window)


def build_copy_index(texts: Iterable[str]) -> CopyIndex:
    """Index the 13-grams of training texts, 8 bytes of memory a word while it is built.

    The window grows with the texts (4 up to 4 million words, 11 at 10 million), so that the file stays small.
    """
    grams = [gram_hashes(text) for text in texts]
    total = sum(map(len, grams))
    window = max(MIN_WINDOW, -(-2 * total // MAX_HASHES) - 1)
    kept = [winnow(hashes, window) for hashes in grams if len(hashes)]
    return CopyIndex(np.unique(np.concatenate(kept)) if kept else np.zeros(0, np.uint64), window)


def load_copies(source: ModelSource) -> CopyIndex | None:
    """The index of a generator's training text, where its checkpoint carries one."""
    path = source.folder / COPIES
    return CopyIndex.load(path) if path.exists() else None


def merged(indices: Sequence[CopyIndex]) -> CopyIndex:
    """One index of what several ones are of."""
    hashes = np.unique(np.concatenate([index.hashes for index in indices]))
    return CopyIndex(hashes, max(index.window for index in indices))


def same_words(text: str) -> str:
    """The words of a text, alike for texts that only case, spacing or punctuation tell apart."""
    return " ".join(words(text))


class NearDuplicates:
    """Texts seen so far, which tells whether the next one is new.

    Two texts are the same when only case, spacing or punctuation tell them apart, and near duplicates when
    their sorted words are alike by `threshold` percent (rapidfuzz's token sort ratio). Of a long text the
    words in its first COMPARED characters are compared: the comparison grows with the square of the length.
    """

    def __init__(self, threshold: float = NEAR):
        self.threshold = threshold
        self._exact: dict[str, int] = {}
        self._sorted: list[str] = []

    def add(self, text: str) -> None:
        """Count a text as seen without looking for its like, which takes no time where there are many."""
        if (same := same_words(text)) not in self._exact:
            self._exact[same] = len(self._sorted)
            self._sorted.append(_sorted(same))

    def find_exact(self, text: str) -> int | None:
        """Return the index of the same text, in the order of adding, or None."""
        return self._exact.get(same_words(text))

    def add_or_find(self, text: str) -> int | None:
        """Return the index of the same text or of the nearest duplicate; without one, add the text."""
        same = same_words(text)
        if (found := self._exact.get(same)) is not None:
            return found
        key = _sorted(same)
        if near := process.extractOne(key, self._sorted, scorer=fuzz.ratio, score_cutoff=self.threshold):
            return near[2]
        self._exact[same] = len(self._sorted)
        self._sorted.append(key)
        return None


def _sorted(words: str) -> str:
    """The words with which a text is compared, in the order of the alphabet."""
    return " ".join(sorted(words[:COMPARED].split()))


def _grams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return list(zip(*(tokens[start:] for start in range(n)), strict=False))


def distinct(texts: Iterable[str], n: int) -> float:
    """Return the share of n-grams of words that are different ones, over all texts together; 0 without any.

    Source: Li et al., "A Diversity-Promoting Objective Function for Neural Conversation Models", 2016.
    It falls as texts grow, so compare equal amounts of words only.
    """
    grams = [gram for text in texts for gram in _grams(words(text), n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def self_bleu(texts: Iterable[str], limit: int = 500, seed: int = 0) -> float:
    """Return the mean BLEU-4 of each text against all the others, 0 (diverse) to 1 (all the same).

    Of more than `limit` texts, that many are drawn by `seed`; texts without words are left out, and fewer
    than two give 0. Sources: Zhu et al., "Texygen", 2018; BLEU of Papineni et al., 2002, with the counts of
    2-grams and longer smoothed by one (Lin and Och, 2004), so that a text is not 0 for want of one 4-gram.
    """
    pool = [tokens for text in texts if (tokens := words(text))]
    if len(pool) > limit:
        pool = random.Random(seed).sample(pool, limit)
    if len(pool) < 2:
        return 0.0
    counts = [[Counter(_grams(tokens, n)) for n in range(1, BLEU_ORDER + 1)] for tokens in pool]
    most = [_two_most([text[n] for text in counts]) for n in range(BLEU_ORDER)]
    lengths = Counter(map(len, pool))
    return sum(_bleu(i, counts[i], most, lengths, len(pool[i])) for i in range(len(pool))) / len(pool)


def _two_most(counts: list[Counter]) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """For each n-gram: its most uses in one text, that text, and the most uses in any other text."""
    most: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for text, grams in enumerate(counts):
        for gram, uses in grams.items():
            first, owner, second = most.get(gram, (0, -1, 0))
            most[gram] = (uses, text, first) if uses > first else (first, owner, max(second, uses))
    return most


def _bleu(text: int, counts: list[Counter], most: list[dict], lengths: Counter, length: int) -> float:
    """Smoothed BLEU-4 of one text against all the others."""
    logs = 0.0
    for order, grams in enumerate(counts):
        matched = 0
        for gram, uses in grams.items():
            first, owner, second = most[order][gram]
            matched += min(uses, second if owner == text else first)
        smooth = 1 if order else 0
        precision = (matched + smooth) / (grams.total() + smooth)
        if not precision:
            return 0.0
        logs += math.log(precision) / BLEU_ORDER
    others = (other for other, uses in lengths.items() if uses > (other == length))
    nearest = min(others, key=lambda other: (abs(other - length), other))
    return math.exp(min(0.0, 1 - nearest / length) + logs)
