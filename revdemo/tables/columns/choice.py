"""Which columns of a table hold the texts and the ratings: by their names, and by what is in them."""

import re
from collections import Counter
from typing import NamedTuple

from revdemo.errors import Phrase, RevdemoError
from revdemo.tables.columns.profile import VALUES, Column, Profile
from revdemo.tables.names import (
    NOT_TEXT,
    OTHER_WORDS,
    RATING_NAMES,
    RATING_WORDS,
    REPLIES,
    plain_name,
    rating_rank,
    says_other,
    text_tier,
)
from revdemo.tables.ratings.cells import Rating, is_blank, read_rating
from revdemo.tables.ratings.judging import JudgedColumn, judge
from revdemo.tables.ratings.scale import Words

PROSE = 3  # words: a column with fewer per cell is not a column of texts, unless its name says so


# --- texts ------------------------------------------------------------------------------------------------


def find_text(profile: Profile) -> tuple[str, tuple[Phrase, ...]]:
    """The column of the texts, and what to say of others that could be it.

    Raises:
        RevdemoError: no column looks like texts.
    """
    worded = [column for column in profile.columns if _may_be_text(column, profile.rows)]
    ranked = sorted(worded, key=lambda column: _text_rank(column), reverse=True)
    if not ranked:
        return _unlikely_text(profile), ()
    first, *others = ranked
    alike = [column for column in others if text_tier(column.name) < 9 and column.wordiness >= PROSE]
    if not alike:
        return first.name, ()
    names = ", ".join(f'"{column.name}"' for column in alike[:3])
    return first.name, (
        Phrase(
            '"{column}" is read as the texts; {others} could be too (--column).',
            column=first.name,
            others=names,
        ),
    )


class NoTextColumn(RevdemoError):
    """No column of a table looks like texts."""


def _unlikely_text(profile: Profile) -> str:
    """The column of the texts where none holds any: one of a usual name, the wordiest or the only one."""
    named = [column for column in profile.columns if text_tier(column.name) < 9]
    worded = [column for column in profile.columns if column.wordiness >= PROSE and not column.linked]
    for found in (named, worded, profile.columns if len(profile.columns) == 1 else []):
        if found:
            return max(found, key=lambda column: (-text_tier(column.name), column.wordiness)).name
    names = ", ".join(column.name for column in profile.columns)
    said = Phrase("Which column holds the texts? Name one with --column: {columns}.", columns=names)
    raise NoTextColumn.of(said)


def _may_be_text(column: Column, rows: int) -> bool:
    named = text_tier(column.name) < 9
    if column.linked or not column.wordiness:
        return False
    if column.repeated and rows > 2:
        return False
    return named or column.wordiness >= PROSE


def _text_rank(column: Column) -> tuple[float, ...]:
    words = set(plain_name(column.name).split("_"))
    reply = bool(words & REPLIES)
    variety = len(column.texts) / max(1, column.sampled)
    return -reply, -text_tier(column.name), min(column.wordiness, 200) * variety, column.wordiness


# --- ratings ----------------------------------------------------------------------------------------------


class Found(NamedTuple):
    """The column of the ratings and how its cells become stars, both None where there is none; and notes."""

    name: str | None
    judged: JudgedColumn | None
    notes: tuple[Phrase, ...] = ()


def find_rating(profile: Profile, text: str, words: Words = (), scale: int | None = None) -> Found:
    """The column of the ratings: of those whose names say so the first that holds some; with what to say."""
    candidates = [c for c in profile.columns if c.name != text and _is_candidate(c, profile)]
    ranked = sorted(candidates, key=lambda column: rating_rank(column.name), reverse=True)
    used: tuple[Column, JudgedColumn] | None = None
    notes: list[Phrase] = []
    alike: list[str] = []
    for column in ranked:
        judged = judge_column(profile, column, words, scale)
        if says_other(column.name):
            judged = JudgedColumn(None, Phrase("its name says that it is something else"))
        if judged.rule is None:
            usable = judge_column(profile, column, words, scale, certain=True).rule is not None
            notes.append(_not_used(column.name, judged.reason, usable))
        elif used is None or (used[1].constant and not judged.constant):
            alike += [used[0].name] if used else []
            used = column, judged
        else:
            alike.append(column.name)
    if used is None:
        return Found(None, None, tuple(notes or _like_ratings(profile, text)))
    column, judged = used
    if alike:
        names = ", ".join(f'"{name}"' for name in alike)
        notes.insert(0, _also(column.name, names))
    return Found(column.name, judged, (*judged.notes, *notes))


def judge_column(
    profile: Profile, column: Column, words: Words = (), scale: int | None = None, certain: bool = False
) -> JudgedColumn:
    """What the cells of a column are as ratings."""
    percent = column.name in profile.layout.percent
    if column.values is None:
        judged = judge(column.texts, column.name, words=words, scale=scale, percent=percent, certain=certain)
        if judged.rule is None:
            return judged
        many = Phrase("it holds more than {n:,} different values", n=VALUES)
        return judged if certain else JudgedColumn(None, many)
    own = plain_name(column.name)
    starry = own in RATING_NAMES and own != "label"
    return judge(
        column.values, column.name, words=words, scale=scale, percent=percent, certain=certain, starry=starry
    )


def _also(name: str, others: str) -> Phrase:
    return Phrase(
        'Ratings are read from "{column}"; {others} could be ratings too (--rating).',
        column=name,
        others=others,
    )


def _not_used(name: str, reason: Phrase | None, usable: bool) -> Phrase:
    if not usable:
        return Phrase('"{column}" is not used as ratings: {reason}.', column=name, reason=reason)
    return Phrase(
        '"{column}" is not used as ratings: {reason}. --rating uses it.', column=name, reason=reason
    )


def _is_candidate(column: Column, profile: Profile) -> bool:
    """Whether a column may hold ratings: by its name, or where all or none have names, by its cells."""
    words = set(plain_name(column.name).split("_"))
    if words & RATING_WORDS and column.wordiness < 4 * PROSE:
        return True
    values = column.values
    if values is None:
        return False
    cells = Counter({cell: n for cell, n in values.items() if not is_blank(cell)})
    read = {cell: found for cell in cells if (found := read_rating(cell)) is not None}
    share = sum(cells[cell] for cell in read) / cells.total() if cells else 0
    if share < 0.8:
        return False
    if sum(cells[cell] for cell, found in read.items() if _says_so(cell, found)) > 0.8 * cells.total():
        return True
    unnamed = bool(re.fullmatch(r"column \d+", column.name)) and profile.layout.header_row is None
    return unnamed and all(found.value in (0, 1, 2, 3, 4, 5, -1) for found in read.values()) and len(read) > 1


def _like_ratings(profile: Profile, text: str) -> list[Phrase]:
    """What to say of a column that holds what ratings are, though its name is none that says so."""
    for column in profile.columns:
        cells = {cell: n for cell, n in (column.values or {}).items() if not is_blank(cell)}
        read = [found for cell in cells if (found := read_rating(cell)) is not None]
        whole = {found.value for found in read if found.of is None and found.value in range(1, 11)}
        if (
            column.name != text
            and len(whole) == len(read) == len(cells) > 2
            and sum(cells.values()) > len(cells)
            and not set(plain_name(column.name).split("_")) & (OTHER_WORDS | NOT_TEXT)
        ):
            said = Phrase(
                'No name of a column says ratings; "{column}" holds numbers from {low:g} to {high:g}, and '
                "could be some (--rating).",
                column=column.name, low=min(whole), high=max(whole),
            )  # fmt: skip
            return [said]
    return []


def _says_so(cell: object, found: Rating) -> bool:
    """Whether a cell says itself that it is a rating, as "4 of 5 stars" and "★★★" do."""
    return isinstance(cell, str) and (
        found.of in (5, 10) or bool(re.search(r"★|⭐|☆|\bstars?\b", cell.lower()))
    )
