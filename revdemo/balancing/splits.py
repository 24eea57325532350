"""Dividing rows into those to learn from and those to test on, so that no copy stands on both sides."""

import hashlib
from collections.abc import Sequence

import numpy as np

from revdemo.errors import RevdemoError
from revdemo.generation.copies import MIN_WINDOW, gram_hashes, winnow, words

STOCK = 20  # rows that share 13 words are copies of one another; those that more rows share are a phrase


def duplicate_groups(texts: Sequence[str]) -> np.ndarray:
    """A number for each text, the same for texts that are the same or share 13 words in a row (n,).

    Winnowed, so that 16 words are always found. What more than STOCK texts share is a phrase of the trade,
    not a sign of a copy.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    keys, owners, whole = [], [], []
    for number, text in enumerate(texts):
        tokens = words(text)
        same = hashlib.blake2b(" ".join(tokens).encode(), digest_size=8).digest()
        grams = np.unique(winnow(gram_hashes(text), MIN_WINDOW))
        keys.append(np.append(grams, np.frombuffer(same, np.uint64)))
        owners.append(np.full(len(grams) + 1, number))
        whole.append(np.arange(len(grams) + 1) == len(grams))
    key, owner, all_of_it = (np.concatenate(part) for part in (keys, owners, whole))
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    kept = (count[place] > 1) & ((count[place] <= STOCK) | all_of_it)
    rows, columns = owner[kept], len(texts) + place[kept]
    size = len(texts) + len(count)
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    return connected_components(graph, directed=False)[1][: len(texts)]


def split(stars: np.ndarray, groups: np.ndarray, share: float, seed: Sequence[int]) -> np.ndarray:
    """Which rows are held out as test rows, drawn by `seed`: a share of every star, groups as a whole (n,).

    Raises:
        RevdemoError: a star's rows repeat one another so much that they cannot be divided.
    """
    rng = np.random.default_rng(list(seed))
    names, first, place, size = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    held = np.zeros(len(names), bool)
    for star in np.unique(stars):
        wanted = max(1, round(share * int((stars == star).sum())))
        for group in rng.permutation(np.flatnonzero(stars[first] == star)):
            if size[group] <= wanted:
                held[group] = True
                wanted -= size[group]
    test = held[place]
    for star in np.unique(stars):
        if len(np.unique(test[stars == star])) < 2:
            raise RevdemoError(
                ("The rows of {star} stars repeat one another, so none can be held out: remove the copies."),
                star=star,
            )
    return test
