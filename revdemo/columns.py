"""Which columns of a table hold the texts and the ratings, and on which scale. Pure functions."""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from statistics import mean
from typing import NamedTuple

import pandas as pd

from revdemo.errors import RevdemoError

TEXT_COLUMNS = (  # the usual names, in the order in which they are tried
    "text",
    "review",
    "content",
    "body",
    "review_text",
    "review_body",
    "review_detail",
    "comment",
    "sentence",
)
RATING_COLUMNS = ("stars", "rating", "star_rating", "review_rating", "score", "overall", "ratings", "label")
SCALES = (5, 10, 100)
PROSE = 3  # words: a column with fewer a cell is no column of texts, unless its name says so
READABLE = 0.8  # the share of a column's filled cells that must be ratings for it to be guessed

_NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {name: number for number, name in enumerate(_NAMES, start=1)}
_UNIT = r"\s*(?:stars?|★|⭐️?|points?)?\s*"
_RATING = re.compile(
    rf"(?:rated|rating|score)?:?\s*(?P<value>\d+(?:[.,]\d+)?|{'|'.join(_NUMBERS)}){_UNIT}"
    rf"(?:(?:/|out of|of)\s*(?P<of>\d+)(?:[.,]0+)?)?{_UNIT}[.!]?",
    re.IGNORECASE,
)
_DRAWN = re.compile(r"(?P<full>(?:[★⭐]️?)+)(?P<empty>☆*)")


class Rating(NamedTuple):
    """A rating as it was read: its value, and the highest one where the cell says so, as in 4/5."""

    value: float
    of: int | None = None


def read_rating(cell: object) -> Rating | None:
    """The rating in a cell such as 4, "4.0", "4,5", "4/5", "4 out of 5 stars", "four stars" or "★★★★☆"."""
    return None if isinstance(cell, bool) or cell is None else _read(str(cell).strip())


@lru_cache(maxsize=4096)  # a column has few different ratings
def _read(text: str) -> Rating | None:
    if drawn := _DRAWN.fullmatch(text):
        full, empty = len(drawn["full"].replace("\ufe0f", "")), len(drawn["empty"])
        return Rating(full, full + empty if empty else None)
    found = _RATING.fullmatch(text)
    if found is None:
        return None
    value = found["value"].lower().replace(",", ".")
    return Rating(float(_NUMBERS.get(value, value)), int(found["of"]) if found["of"] else None)


def stars_of(cell: object, scale: int) -> int | None:
    """Stars on 1..5 for a cell with a rating on 1..`scale`: ceil(5 * rating / scale); None off the scale."""
    found = read_rating(cell)
    if found is None:
        return None
    highest = found.of or scale
    if not 0 < found.value <= highest:
        return None
    return math.ceil(5 * found.value / highest - 1e-9)


def guess_scale(ratings: Iterable[Rating]) -> int | None:
    """The scale that ratings are on: the one they name, else the smallest usual one that holds them all."""
    ratings = list(ratings)
    named = max((rating.of for rating in ratings if rating.of), default=None)
    highest = max((rating.value for rating in ratings if not rating.of), default=0)
    if named and highest <= named:
        return named
    return next((scale for scale in SCALES if 0 < highest <= scale), None)


def guess_columns(head: pd.DataFrame) -> tuple[str, str | None, int | None]:
    """The columns of the texts and of the ratings and the highest rating, from the first rows of a table.

    The last two are None where no column looks like ratings.

    Raises:
        RevdemoError: no column looks like texts.
    """
    text = text_column(head)
    return text, *guess_rating(head, text)


def guess_rating(head: pd.DataFrame, text: str) -> tuple[str | None, int | None]:
    """The column of the ratings and the highest rating, both None where no column but the texts has any."""
    names = {column: _plain(column) for column in map(str, head.columns) if column != text}
    usual = [column for name in RATING_COLUMNS for column in names if names[column] == name]
    alike = [c for c in names if c not in usual and {"rating", "stars", "score"} & set(names[c].split("_"))]
    for column in usual + alike:
        cells = [cell for cell in head[column].dropna() if str(cell).strip()]
        ratings = [rating for rating in map(read_rating, cells) if rating]
        counts_from_0 = any(rating.value == 0 for rating in ratings)  # then 1 is not the lowest
        if ratings and len(ratings) >= READABLE * len(cells) and not counts_from_0:
            scale = guess_scale(ratings)
            if scale:
                return column, scale
    return None, None


def text_column(table: pd.DataFrame, named: str | None = None) -> str:
    """The column of the texts: the one named, else one of a usual name, else the wordiest, else the only one.

    Raises:
        RevdemoError: it is not there, or cannot be guessed; the message lists the columns.
    """
    columns = [str(column) for column in table.columns]
    if named is not None:
        return check_column(columns, named)
    by_name = {_plain(column): column for column in reversed(columns)}
    usual = [by_name[name] for name in TEXT_COLUMNS if name in by_name]
    words = {column: _words(table[column]) for column in columns}
    worded = [column for column in usual if words[column]]
    wordiest = max(columns, key=words.get)
    if worded:
        return worded[0]
    if words[wordiest] >= PROSE:
        return wordiest
    if not usual and len(columns) > 1:
        raise RevdemoError(f"Which column holds the texts? Name one with --column: {', '.join(columns)}.")
    return usual[0] if usual else columns[0]


def check_column(columns: Iterable[str], named: str) -> str:
    """The column named; RevdemoError, which lists the columns, if there is none."""
    columns = list(columns)
    if named not in columns:
        raise RevdemoError(f"There is no column {named!r}; there are {', '.join(columns)}.")
    return named


def texts_of(table: pd.DataFrame, column: str) -> list[str]:
    """The texts of a column; a missing one is empty."""
    return [
        "" if missing else str(value)
        for value, missing in zip(table[column], table[column].isna(), strict=True)
    ]


def _plain(name: str) -> str:
    """A column's name without case and punctuation: "Review Text" is review_text."""
    return "_".join(re.findall(r"[^\W_]+", name.lower()))


def _words(column: pd.Series) -> float:
    """How many words with letters a filled cell has on average."""
    counts = [len(re.findall(r"[^\W\d_]+", str(cell))) for cell in column.dropna() if str(cell).strip()]
    return mean(counts) if counts else 0.0
