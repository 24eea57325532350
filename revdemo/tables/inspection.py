"""What a table is read as, in figures and sentences: the same for every door."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from revdemo.errors import Phrase
from revdemo.reviews import STARS
from revdemo.tables.columns.profile import Profile
from revdemo.tables.ratings.scale import StarRule

ALONE = "\x1f"  # the separator of a table of one column


@dataclass(frozen=True)
class Inspection:
    """What a table is read as. texts, ratings: columns. stars: rows by stars; unrated: rows without any.

    header_row: where the names of the columns are, counted from 1; None where there are none, and for the
    kinds of tables that name each value. notes: what was found out or is doubtful, a sentence each.
    """

    rows: int
    texts: str
    ratings: str | None
    scale: int | None
    stars: dict[int, int]
    unrated: int
    encoding: str | None
    separator: str | None
    header_row: int | None
    sheet: str | None
    sheets_not_read: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[Phrase, ...]

    def as_dict(self) -> dict[str, object]:
        """The same for JSON: stars by "1" to "5", notes as sentences."""
        return vars(self) | {
            "stars": {str(stars): self.stars[stars] for stars in STARS},
            "sheets_not_read": list(self.sheets_not_read),
            "columns": list(self.columns),
            "notes": [str(note) for note in self.notes],
        }

    @property
    def line(self) -> Phrase:
        """The table in one line."""
        rows = Phrase("1 row") if self.rows == 1 else Phrase("{count:,} rows", count=self.rows)
        texts = Phrase('texts in "{column}"', column=self.texts)
        if self.ratings is None:
            return Phrase("{rows}, {texts}, no ratings", rows=rows, texts=texts)
        counts = ", ".join(f"{stars}★ {self.stars[stars]:,}" for stars in STARS)
        return Phrase(
            '{rows}, {texts}, stars in "{ratings}" of {scale} ({counts}; {unrated:,} without)',
            rows=rows, texts=texts, ratings=self.ratings, scale=self.scale, counts=counts,
            unrated=self.unrated,
        )  # fmt: skip

    def __str__(self) -> str:
        """The line, where more than usual is to be said how the file is read, and every note."""
        return " ".join([f"{self.line}.", *map(str, self.notes)])


def summed_up(
    profile: Profile, text: str, rating: str | None, rule: StarRule | None, notes: tuple[Phrase, ...]
) -> Inspection:
    """The inspection of a table from what was seen of it."""
    layout = profile.layout
    stars = dict.fromkeys(STARS, 0)
    if rating is not None and rule is not None:
        for cell, count in (profile.column(rating).values or Counter()).items():
            found = rule.stars(cell)
            if found is not None:
                stars[found] += count
    separator = None if layout.separator == ALONE else layout.separator
    return Inspection(
        profile.rows, text, rating, rule.scale if rule else None, stars, profile.rows - sum(stars.values()),
        layout.encoding, separator, layout.header_row, layout.sheet, layout.sheets, layout.names, notes,
    )  # fmt: skip
