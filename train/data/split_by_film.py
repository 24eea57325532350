"""Cutting reviews into parts so that no film and no near copy is in two of them. Pure functions on arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from revdemo.generation.copies import gram_hashes

PARTS = ("classifier", "generator", "judge", "validation", "test")
SHARES = {"classifier": 0.45, "generator": 0.35, "judge": 0.20}
GRAM = 8  # words; shorter than the 13 of the copy index, because a near copy may be edited
SAMPLE = 8  # one gram in eight of a long text
COMMON = 20  # a gram in more texts than this is a phrase of the language or of the site
SHARED = 0.3  # of the smaller text's sampled grams


def sampled_grams(text: str) -> np.ndarray:
    """Return the 8-word hashes that near copies share: all of a short text, one in eight of a long one."""
    grams = np.unique(gram_hashes(text, GRAM))
    return grams if len(grams) <= 5 * SAMPLE else grams[grams % SAMPLE == 0]


def _entries(grams: list[np.ndarray]) -> pd.DataFrame:
    """Every sampled gram of every row, with the number of rows that have it."""
    rows = np.repeat(np.arange(len(grams)), [len(own) for own in grams])
    entries = pd.DataFrame({"gram": np.concatenate([np.zeros(0, np.uint64), *grams]), "row": rows})
    return entries.assign(count=entries.groupby("gram")["row"].transform("size"))


def _overlaps(entries: pd.DataFrame) -> pd.DataFrame:
    """The pairs of rows that share grams, and how many; grams that are phrases do not count."""
    shared = entries.loc[(entries["count"] > 1) & (entries["count"] <= COMMON), ["gram", "row"]]
    pairs = shared.merge(shared, on="gram", suffixes=("_x", "_y"))
    pairs = pairs[pairs["row_x"] < pairs["row_y"]]
    return pairs.groupby(["row_x", "row_y"]).size().reset_index(name="n")


def _alike(pairs: pd.DataFrame, smaller: np.ndarray) -> np.ndarray:
    enough = (pairs["n"] >= SHARED * smaller) & (pairs["n"] >= np.minimum(2, smaller))
    return pairs.loc[enough, ["row_x", "row_y"]].to_numpy()


def near_copy_pairs(grams: list[np.ndarray]) -> np.ndarray:
    """Return the pairs (k, 2) of texts that share at least 30% of the sampled grams of the smaller one."""
    sizes = np.array([len(own) for own in grams], dtype=np.int64)
    pairs = _overlaps(_entries(grams))
    return _alike(pairs, np.minimum(sizes[pairs["row_x"]], sizes[pairs["row_y"]]))


def hidden_pairs(grams: list[np.ndarray]) -> np.ndarray:
    """Return the pairs (k, 2) that `near_copy_pairs` finds or overlooks: excerpts, and copies by the dozen.

    A short text has all its grams, a long one an eighth, so only that eighth of an excerpt can be shared.
    Of the texts that share a common gram each is compared with the next one only.
    """
    sizes = np.array([len(own) for own in grams], dtype=np.int64)
    eighths = np.array([(own % SAMPLE == 0).sum() for own in grams], dtype=np.int64)
    entries = _entries(grams)
    common = entries[entries["count"] > COMMON].sort_values(["gram", "row"])
    follows = (common["gram"] == common["gram"].shift()).to_numpy()
    rows = common["row"].to_numpy()
    chained = pd.DataFrame({"row_x": rows[:-1], "row_y": rows[1:]})[follows[1:]].assign(n=1)
    pairs = pd.concat([_overlaps(entries), chained]).groupby(["row_x", "row_y"], as_index=False)["n"].sum()
    x, y = pairs["row_x"].to_numpy(), pairs["row_y"].to_numpy()
    both_whole = (sizes[x] > eighths[x]) & (sizes[y] > eighths[y])
    return _alike(
        pairs, np.where(both_whole, np.minimum(sizes[x], sizes[y]), np.minimum(eighths[x], eighths[y]))
    )


def strays(part: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Mark the rows that have a near copy in a part further down the list of PARTS, where it stays.

    This comes after the cut: linking the pairs before it would deal out all films anew, and the parts are
    those that the published figures were measured on.
    """
    rank = np.array([PARTS.index(name) if name else -1 for name in part])
    pairs = pairs[(rank[pairs] >= 0).all(axis=1)]
    groups = components(pd.Series([None] * len(part), dtype="string"), pairs)
    best = np.full(len(part), -1)
    np.maximum.at(best, groups, rank)
    return (rank >= 0) & (rank < best[groups])


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

    Only groups whose labelled rows are all `eligible` are taken, which keeps the held-out films few; a
    group's surplus rows are chosen by nobody. Returns the chosen row numbers; fewer than the quota where data
    run out.
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

    `stars` 0 means unlabelled: such a row may only join the generator's part. `quotas` gives reviews per star
    for test and validation; everything else is shared out by group, 45 / 35 / 20%, and the groups without a
    label all go to the generator.
    """
    rng = np.random.default_rng(seed)
    part = np.full(len(stars), "", dtype=object)
    free = np.ones(len(stars), dtype=bool)
    for name in ("test", "validation"):
        rows = hold_out(stars, groups, eligible & free, quotas[name], rng)
        part[rows] = name
        free &= ~np.isin(groups, groups[rows])
    ids = np.unique(groups[free])
    shares = rng.choice(list(SHARES), size=len(ids), p=list(SHARES.values()))
    shares[~np.isin(ids, groups[stars > 0])] = "generator"
    part[free] = shares[np.searchsorted(ids, groups[free])]
    part[(stars == 0) & (part != "generator")] = ""
    return part


def cap(films: np.ndarray, stars: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Mark at most `most` reviews of each star and film, at random: a film with hundreds would dominate."""
    table = pd.DataFrame({"film": films, "stars": stars, "order": rng.permutation(len(films))})
    rank = table.sort_values("order").groupby(["film", "stars"], dropna=False).cumcount().sort_index()
    return (rank.to_numpy() < most) | table["film"].isna().to_numpy()
