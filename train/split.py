"""Cutting reviews into parts so that no film and no near copy is in two of them. Pure functions on numpy arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from revdemo.quality import gram_hashes

PARTS = ("classifier", "generator", "judge", "validation", "test")
SHARES = {"classifier": 0.45, "generator": 0.35, "judge": 0.20}
GRAM = 8  # words; shorter than the 13 of the copy index, because a near copy may be edited
SAMPLE = 8  # one gram in eight of a long text
COMMON = 20  # a gram in more texts than this is a phrase of the language or of the site
SHARED = 0.3  # of the smaller text's sampled grams


def sampled_grams(text: str) -> np.ndarray:
    """Return the 8-word hashes by which near copies are found: all of a short text, one in eight of a long one."""
    grams = np.unique(gram_hashes(text, GRAM))
    return grams if len(grams) <= 5 * SAMPLE else grams[grams % SAMPLE == 0]


def near_copy_pairs(grams: list[np.ndarray]) -> np.ndarray:
    """Return the pairs (k, 2) of texts that share at least 30 % of the sampled grams of the smaller one."""
    sizes = np.array([len(own) for own in grams], dtype=np.int64)
    entries = pd.DataFrame(
        {"gram": np.concatenate(grams) if len(grams) else [], "row": np.repeat(np.arange(len(grams)), sizes)}
    )
    counts = entries.groupby("gram")["row"].transform("size")
    shared = entries[(counts > 1) & (counts <= COMMON)]
    pairs = shared.merge(shared, on="gram")
    pairs = pairs[pairs["row_x"] < pairs["row_y"]].groupby(["row_x", "row_y"]).size().reset_index(name="n")
    smaller = np.minimum(sizes[pairs["row_x"]], sizes[pairs["row_y"]])
    return pairs.loc[
        (pairs["n"] >= SHARED * smaller) & (pairs["n"] >= np.minimum(2, smaller)), ["row_x", "row_y"]
    ].to_numpy()


def components(films: pd.Series, pairs: np.ndarray) -> np.ndarray:
    """Number the groups of rows that must stay together: same film, or near copies, or linked by either.

    `films` may hold missing values: such a row is a film of its own.
    """
    codes = films.astype("category").cat.codes.to_numpy(dtype=np.int64)
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(alone.sum())
    n = codes.max(initial=-1) + 1
    links = coo_array((np.ones(len(pairs)), (codes[pairs[:, 0]], codes[pairs[:, 1]])), shape=(n, n))
    return connected_components(links, directed=False)[1][codes]


def hold_out(
    stars: np.ndarray, groups: np.ndarray, eligible: np.ndarray, quota: int, rng: np.random.Generator
) -> np.ndarray:
    """Choose rows for an evaluation part: `quota` of each star, from whole groups taken in random order.

    Only groups whose labelled rows are all `eligible` are taken, which keeps the held-out films few; a group's
    surplus rows are chosen by nobody. Returns the chosen row numbers; fewer than the quota where data run out.
    """
    table = pd.DataFrame(
        {"row": np.arange(len(stars)), "stars": stars, "group": groups, "eligible": eligible}
    )
    table = table[table["stars"] > 0]
    table = table[table.groupby("group")["eligible"].transform("all")]
    left = dict.fromkeys(sorted(table["stars"].unique()), quota)
    chosen: list[int] = []
    by_group = {group: rows for group, rows in table.groupby("group")}
    for group in rng.permutation(sorted(by_group)):
        rows = by_group[group].sample(frac=1, random_state=int(rng.integers(2**31)))
        for row, star in zip(rows["row"], rows["stars"], strict=True):
            if left[star]:
                left[star] -= 1
                chosen.append(row)
        if not any(left.values()):
            break
    return np.array(chosen, dtype=np.int64)


def cut(
    stars: np.ndarray, groups: np.ndarray, eligible: np.ndarray, quotas: dict[str, int], seed: int
) -> np.ndarray:
    """Name the part of every row ("" for rows of held-out films that no part uses).

    `stars` 0 means unlabelled: such a row may only join the generator's part. `quotas` gives reviews a star for
    test and validation; everything else is shared out by group, 45 / 35 / 20 %, and the groups without a label
    all go to the generator.
    """
    rng = np.random.default_rng(seed)
    part = np.full(len(stars), "", dtype=object)
    free = np.ones(len(stars), dtype=bool)
    for name in ("test", "validation"):
        rows = (
            hold_out(stars, groups, eligible & free, quotas[name], rng)
            if quotas[name]
            else np.array([], dtype=np.int64)
        )
        part[rows] = name
        free &= ~np.isin(groups, groups[rows])
    ids = np.unique(groups[free])
    shares = rng.choice(list(SHARES), size=len(ids), p=list(SHARES.values()))
    shares[~np.isin(ids, groups[stars > 0])] = "generator"
    part[free] = shares[np.searchsorted(ids, groups[free])]
    part[(stars == 0) & (part != "generator")] = ""
    return part


def cap(films: np.ndarray, stars: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Keep at most `most` reviews of each star of each film, at random: films with hundreds would dominate."""
    table = pd.DataFrame({"film": films, "stars": stars, "order": rng.permutation(len(films))})
    rank = table.sort_values("order").groupby(["film", "stars"], dropna=False).cumcount().sort_index()
    return (rank.to_numpy() < most) | table["film"].isna().to_numpy()
