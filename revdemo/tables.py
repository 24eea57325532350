"""A table of texts that somebody chose: which columns count, and its labelled rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from revdemo.columns import (
    Rating,
    check_column,
    guess_columns,
    guess_rating,
    guess_scale,
    read_rating,
    stars_of,
    text_column,
    texts_of,
)
from revdemo.errors import RevdemoError
from revdemo.reviews import clean
from revdemo.table_files import KINDS, chunks, kind_of, read_table
from revdemo.table_writers import check_writable, infer_schema, schema_of, with_columns, write_table, writing

__all__ = [
    "KINDS",
    "Chosen",
    "check_scale",
    "check_writable",
    "chunks",
    "guess_columns",
    "guess_rating",
    "infer_schema",
    "kind_of",
    "labelled",
    "labels",
    "open_chosen",
    "read_table",
    "schema_of",
    "text_column",
    "texts_of",
    "with_columns",
    "write_table",
    "writing",
]

HIGHEST_SCALE = 1000


@dataclass(frozen=True)
class Chosen:
    """A table that a visitor (or the command line) pointed at, and which columns count."""

    path: str
    name: str  # as the visitor called it
    text: str  # column of the texts
    rating: str | None  # column of the ratings, None: unlabelled
    scale: int | None  # the highest rating; None iff rating is None
    rows: int


def open_chosen(
    path: str | Path,
    text: str | None = None,
    rating: str | None = None,
    scale: int | None = None,
    name: str | None = None,
) -> Chosen:
    """Read a table through once, count its rows, and guess what is not given.

    Args:
        rating: "" says that there is none.
        name: what to call the table; its file name if None.

    Raises:
        RevdemoError: the table cannot be read or holds no rows, a column named is not there, no column looks
            like texts, or the ratings are on no scale known.
    """
    path = Path(path)
    if scale is not None:
        check_scale(scale)
    count, found, guessed = 0, set[Rating](), rating is None
    for chunk in chunks(path):
        if count == 0:
            text = text_column(chunk, text)
            if guessed:
                rating, _ = guess_rating(chunk, text)
            elif rating:
                check_column(chunk.columns, rating)
        count += len(chunk)
        if rating:
            cells = set(map(str, chunk[rating].dropna()))
            found.update(one for one in map(read_rating, cells) if one)
    if not count:
        raise RevdemoError(f"{path.name} holds no rows.")
    scale = (scale or guess_scale(found)) if rating else None
    if rating and scale is None and not guessed:
        raise RevdemoError(f"The ratings in {rating!r} cannot be read: write them as numbers from 1 up.")
    return Chosen(str(path), name or path.name, text, rating if scale else None, scale, count)


def check_scale(scale: float) -> None:
    """Refuse a highest rating that cannot be one."""
    if not 2 <= scale <= HIGHEST_SCALE or scale != int(scale):
        raise RevdemoError(
            f"The highest rating is {scale:g}: it must be a whole number from 2 to {HIGHEST_SCALE:,}."
        )


def labels(table: pd.DataFrame, chosen: Chosen) -> list[int | None]:
    """The stars that the ratings of these rows stand for; None where there is none on the scale."""
    if chosen.rating is None:
        return [None] * len(table)
    return [stars_of(cell, chosen.scale) for cell in table[chosen.rating]]


def labelled(chosen: Chosen) -> pd.DataFrame:
    """The rows with words and a rating: row (0-based position), text (cleaned), stars (1 to 5, Int8).

    `.attrs["dropped"]` counts the others: {"no words": n, "no rating": n}, a row with neither as the first.

    Raises:
        RevdemoError: the table has no ratings, or no such row.
    """
    if chosen.rating is None:
        raise RevdemoError(f"{chosen.name} has no column of ratings. Choose one, or take a table that has.")
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
            f"No row of {chosen.name} has both words in {chosen.text!r} and a rating from 1 to "
            f"{chosen.scale} in {chosen.rating!r}. Choose other columns."
        )
    table = pd.DataFrame(kept, columns=["row", "text", "stars"]).astype({"stars": "Int8"})
    table.attrs["dropped"] = dropped
    return table


def _cleaned(chosen: Chosen) -> Iterator[tuple[int, str, int | None]]:
    for chunk in chunks(chosen.path):
        texts = map(clean, texts_of(chunk, chosen.text))
        yield from zip(chunk.index, texts, labels(chunk, chosen), strict=True)
