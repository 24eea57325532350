"""A table of texts that somebody chose: how it is read, which columns count, and its labelled rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from revdemo.errors import Phrase, RevdemoError
from revdemo.reviews import clean
from revdemo.tables import reading
from revdemo.tables.columns.choice import find_rating, find_text, judge_column
from revdemo.tables.columns.profile import Profile, check_column
from revdemo.tables.columns.texts import is_reviewable, texts_of
from revdemo.tables.inspection import Inspection, summed_up
from revdemo.tables.ratings.judging import JudgedColumn
from revdemo.tables.ratings.scale import StarRule
from revdemo.tables.reading import KINDS, Layout, ReadOptions, chunks, layout_of, read_table
from revdemo.tables.reading.options import check_scale
from revdemo.tables.writing import (
    check_writable,
    infer_schema,
    kind_of,
    schema_of,
    with_columns,
    write_table,
    writing,
)

__all__ = [
    "KINDS",
    "Chosen",
    "ReadOptions",
    "check_scale",
    "check_writable",
    "chunks",
    "infer_schema",
    "kind_of",
    "labelled",
    "labels",
    "layout_of",
    "open_chosen",
    "read_table",
    "schema_of",
    "texts_of",
    "with_columns",
    "write_table",
    "writing",
]


@dataclass(frozen=True)
class Chosen:
    """A table that a visitor (or the command line) pointed at, how it is read, and which columns count."""

    path: str
    name: str  # as the visitor called it
    text: str  # column of the texts
    rating: str | None  # column of the ratings, None: unlabelled
    scale: int | None  # the highest rating; None iff rating is None
    rows: int
    layout: Layout | None = None  # None: found out when it is read
    rule: StarRule | None = None  # how ratings become stars; None: those on 1 to `scale`
    options: ReadOptions | None = None  # what the visitor said of it
    read_as: Inspection | None = field(default=None, compare=False, repr=False)

    def chunks(self, rows: int = reading.CHUNK) -> Iterator[pd.DataFrame]:
        """The table in pieces; see `reading.chunks`."""
        yield from chunks(self.path, rows, self.layout)

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return list((self.layout or layout_of(self.path, self.options)).names)

    @property
    def said(self) -> ReadOptions:
        """All that is known of the table, so that another process reads it alike."""
        scaled = self.rule is not None and self.scale != self.rule.scale
        options = self.options or ReadOptions()
        scale = self.scale if scaled or options.scale else None
        return options.but(text=self.text, rating=self.rating or "", scale=scale)

    @property
    def stars(self) -> StarRule | None:
        """How a cell of the ratings becomes stars, with the scale as it is chosen by now."""
        if self.scale is None:
            return None
        return replace(self.rule, scale=self.scale) if self.rule else StarRule(self.scale)


def open_chosen(
    path: str | Path,
    text: str | None = None,
    rating: str | None = None,
    scale: int | None = None,
    name: str | None = None,
    *,
    options: ReadOptions | None = None,
) -> Chosen:
    """Read a table through once, and find out what is not given: layout, columns, ratings, their scale.

    Args:
        text, rating: columns; a rating of "" says that there is none.
        scale: the highest rating.
        name: what to call the table; its file name if None.
        options: all that a visitor says of the table, the three above included, which come before it.

    Raises:
        RevdemoError: the table cannot be read or holds no rows, a column named is not there, no column looks
            like texts, or the ratings named cannot be read.
    """
    path = Path(path)
    options = (options or ReadOptions()).but(text=text, rating=rating, scale=scale)
    seen: list[Profile] = []

    def begin(layout: Layout) -> Profile:
        seen.append(Profile(layout))
        return seen[-1]

    layout, profile = reading.examine(path, options, begin), seen[-1]
    if not profile.rows:
        raise RevdemoError("{file} holds no rows.", file=path.name)
    profile.layout = layout  # with the totals at its end, which are known by now
    return _chosen(path, name or path.name, profile, options)


def _chosen(path: Path, name: str, profile: Profile, options: ReadOptions) -> Chosen:
    notes: tuple[Phrase, ...] = ()
    if options.text is not None:
        text = profile.column(options.text).name
    else:
        text, notes = find_text(profile)
    rating, judged, said = _rating(profile, text, options)
    rule = judged.rule if judged else None
    every = (*profile.layout.notes, *notes, *said)
    read_as = summed_up(profile, text, rating, rule, every)
    scale = rule.scale if rule else None
    return Chosen(str(path), name, text, rating, scale, profile.rows, profile.layout, rule, options, read_as)


def _rating(
    profile: Profile, text: str, options: ReadOptions
) -> tuple[str | None, JudgedColumn | None, tuple[Phrase, ...]]:
    if options.rating == "":
        return None, None, ()
    if options.rating is None:
        found = find_rating(profile, text, options.words, options.scale)
        return found.name, found.judged, found.notes
    column = profile.column(options.rating)
    judged = judge_column(profile, column, options.words, options.scale, certain=True)
    if judged.rule is None:
        raise RevdemoError(
            '"{column}" cannot be read as ratings: {reason}.', column=column.name, reason=judged.reason
        )
    return column.name, judged, judged.notes


# --- labelled rows ------------------------------------------------------------------------------------------


def labels(table: pd.DataFrame, chosen: Chosen) -> list[int | None]:
    """The stars that the ratings of these rows stand for; None where there is none on the scale."""
    rule = chosen.stars
    if chosen.rating is None or rule is None:
        return [None] * len(table)
    check_column(table.columns, chosen.rating)
    known: dict[object, int | None] = {}
    found: list[int | None] = []
    for cell in table[chosen.rating]:
        plain = isinstance(cell, str | int | float) and not isinstance(cell, bool) and cell == cell
        key = cell if plain else str(cell)  # two NaN are not alike
        if key not in known:
            known[key] = rule.stars(cell)
        found.append(known[key])
    return found


def labelled(chosen: Chosen) -> pd.DataFrame:
    """The rows with words and a rating: row (0-based position), text (cleaned), stars (1 to 5, Int8).

    `.attrs["dropped"]` counts the others: {"no words": n, "no rating": n}, a row with neither as the first.

    Raises:
        RevdemoError: the table has no ratings, or no such row.
    """
    if chosen.rating is None:
        raise RevdemoError(
            "{table} has no column of ratings. Choose one, or take a table that has.", table=chosen.name
        )
    dropped = {"no words": 0, "no rating": 0}
    kept = []
    for row, text, stars in _cleaned(chosen):
        if not text:
            dropped["no words"] += 1
        elif stars is None:
            dropped["no rating"] += 1
        else:
            kept.append((row, text, stars))
    if not kept:
        raise RevdemoError(
            "No row of {table} has both words in {text!r} and a rating from 1 to {scale} in {rating!r}. "
            "Choose other columns.",
            table=chosen.name,
            text=chosen.text,
            scale=chosen.scale,
            rating=chosen.rating,
        )
    table = pd.DataFrame(kept, columns=["row", "text", "stars"]).astype({"stars": "Int8"})
    table.attrs["dropped"] = dropped
    return table


def _cleaned(chosen: Chosen) -> Iterator[tuple[int, str, int | None]]:
    for chunk in chosen.chunks():
        texts = (clean(text) if is_reviewable(text) else "" for text in texts_of(chunk, chosen.text))
        yield from zip(chunk.index, texts, labels(chunk, chosen), strict=True)
