"""The texts of a table, and which of them are reviews: those that say something in words."""

import re

import pandas as pd

from revdemo.reviews import clean, mask_scores
from revdemo.tables.ratings.cells import BLANK

SHORT = 60  # characters: a longer text with letters says something
NOTHING = BLANK | {
    "no negative", "no negatives", "no positive", "no positives", "no comment", "no comments", "nothing",
    "no review text", "none given", "no text", "not applicable",
}  # fmt: skip
_LETTER = re.compile(r"[^\W\d_]")


def is_reviewable(text: str) -> bool:
    """Whether a text may be a review: it holds letters beside a stated score, and is not a word for nothing.

    "5/5", "1 star", "nan" and "No Negative" may not. Whether cleaning leaves words is another question.
    """
    if len(text) > SHORT:
        return _LETTER.search(text) is not None
    if text.strip().casefold().rstrip(".!") in NOTHING or text.strip().casefold() in NOTHING:
        return False
    return _LETTER.search(text) is not None and _LETTER.search(clean(mask_scores(text))) is not None


def texts_of(table: pd.DataFrame, column: str) -> list[str]:
    """The texts of a column; a missing one is empty."""
    return [
        "" if missing else str(value)
        for value, missing in zip(table[column], table[column].isna(), strict=True)
    ]
