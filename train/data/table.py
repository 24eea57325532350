"""A table of reviews to adapt to: read, masked, cleaned, and cut so that no item is in two parts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.kinds import guess_kind
from revdemo.reviews import STARS
from revdemo.tables.columns.profile import check_column
from revdemo.tables.table import Chosen, labels, texts_of
from train.data.cleaning import mark_duplicates, prepare_row
from train.data.split_by_film import components, hidden_pairs

# train: what both models learn from. judge: what neither sees, for the judge of the report.
SHARES = {"train": 0.5, "judge": 0.2, "validation": 0.1, "test": 0.2}
LEAST = 20  # reviews of each star that the table has: ten to learn from, four to test on
MOST = 50_000  # reviews that are read at most: of more, those of rare stars are kept first
SOURCE = "table"


def read_rows(chosen: Chosen, group: str | None, limit: int | None, seed: int) -> pd.DataFrame:
    """The reviews of a table: text (masked, cleaned), text_scored, stars, movie_id (the item), source, grams.

    `.attrs["dropped"]` counts what is left out, by reason; `.attrs["mix"]` is the share of each star in the
    table. Of more than `limit` reviews, common stars are thinned out first.

    Raises:
        RevdemoError: the table has no ratings or no such column, or too few reviews are left of some star.
    """
    if chosen.rating is None:
        raise RevdemoError(
            "{table} has no column of ratings to learn from. Name one with --rating.", table=chosen.name
        )
    raw = _evened(_read(chosen, group), min(limit or MOST, MOST), seed)
    dropped = Counter({"no rating": chosen.rows - raw.attrs["rated"], "over the limit": raw.attrs["over"]})
    pairs = zip(raw["text"], raw["stars"], strict=True)
    rows = [prepare_row(text, float(stars), STARS[-1]) for text, stars in pairs]
    table = pd.DataFrame(rows, columns=["text", "text_scored", "stars", "dropped", "grams"])
    kind = guess_kind(table["text"])
    table = table.assign(movie_id=raw["item"].to_numpy(), source=SOURCE, kind=kind)
    mark_duplicates(table)
    dropped.update(table.loc[table["dropped"] != "", "dropped"])
    table = table[table["dropped"] == ""].drop(columns="dropped").reset_index(drop=True)
    _check(table, chosen)
    table.attrs["dropped"] = {reason: int(n) for reason, n in dropped.items() if n}
    table.attrs["mix"] = raw.attrs["mix"]
    return table


def _read(chosen: Chosen, group: str | None) -> pd.DataFrame:
    """The rated rows: text (raw), stars, item (missing without `group`)."""
    found = []
    for chunk in chosen.chunks():
        if group is not None:
            check_column(chunk.columns, group)
        items = chunk[group].astype("string") if group is not None else pd.NA
        own = pd.DataFrame({"text": texts_of(chunk, chosen.text), "stars": labels(chunk, chosen)})
        found.append(own.assign(item=items.to_numpy() if group is not None else items))
    table = pd.concat(found, ignore_index=True)
    return table[table["stars"].notna()].reset_index(drop=True)


def _evened(rows: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """At most so many rows: one of each star after the other until they are full, in the table's order."""
    mixed = rows.sample(frac=1, random_state=seed)
    turn = mixed.groupby("stars").cumcount().sort_values(kind="stable")
    kept = rows.loc[sorted(turn.index[:most])].reset_index(drop=True)
    mix = [float((rows["stars"] == star).mean()) for star in STARS]
    kept.attrs.update(rated=len(rows), over=len(rows) - len(kept), mix=mix)
    return kept


def _check(table: pd.DataFrame, chosen: Chosen) -> None:
    count = table["stars"].value_counts().sort_index()
    few = [f"{n} of {star} star{'s' if star > 1 else ''}" for star, n in count.items() if n < LEAST]
    if few:
        raise RevdemoError(
            "{table} has only {few} once cleaned; of every star that it has, {least} reviews are needed: "
            "half to learn from, the rest to calibrate, judge and test. Add some, or leave those rows out.",
            table=chosen.name,
            few=", ".join(few),
            least=LEAST,
        )
    if len(count) < 2:
        raise RevdemoError(
            "All reviews of {table} have the same stars: there is nothing to tell apart.", table=chosen.name
        )


def cut_rows(rows: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """The parts of SHARES by name: no item and no near copy in two of them, each star shared out alike.

    Raises:
        RevdemoError: the items are too few or too large for that.
    """
    groups = components(rows["movie_id"], hidden_pairs(rows["grams"].tolist()))
    rows = rows.drop(columns="grams").assign(movie_id=[f"item {group}" for group in groups])
    size = rows["stars"].map(rows["stars"].value_counts())
    key = pd.DataFrame({"group": groups, "size": size}).groupby("group")["size"].agg(["min", "count"])
    rng, part = np.random.default_rng(seed), pd.Series("", index=key.index)
    for _, alike in key.groupby("min"):  # groups whose rarest star is the same
        order = alike.sample(frac=1, random_state=int(rng.integers(2**31)))["count"]
        middle = (order.cumsum() - order / 2) / order.sum()
        place = np.searchsorted(np.cumsum(list(SHARES.values()))[:-1], middle.to_numpy())
        part[order.index] = np.array(list(SHARES))[place]
    names = part.loc[groups].to_numpy()
    parts = {name: rows[names == name].reset_index(drop=True) for name in SHARES}
    _check_parts(parts, rows)
    return parts


def _check_parts(parts: dict[str, pd.DataFrame], rows: pd.DataFrame) -> None:
    stars, items = set(rows["stars"]), rows["movie_id"].nunique()
    for name in SHARES:
        least = stars if name == "train" else sorted(stars)[:2]
        if parts[name]["stars"].nunique() < len(least):
            raise RevdemoError(
                "The {items:,} items of the table cannot be cut into parts that each have its stars: too "
                "few reviews are left for the {name} part. Name another --group, or none.",
                items=items,
                name=name,
            )


def at_most(rows: pd.DataFrame, a_star: int, seed: int) -> pd.DataFrame:
    """At most so many reviews of each star."""
    mixed = rows.sample(frac=1, random_state=seed)
    return mixed[mixed.groupby("stars").cumcount() < a_star].sort_index().reset_index(drop=True)


def missing_stars(rows: pd.DataFrame) -> list[int]:
    """The stars that no review has."""
    return [star for star in STARS if not (rows["stars"] == star).any()]
