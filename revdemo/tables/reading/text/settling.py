"""How to read a text table whose beginning does not tell: quotes that stand alone, short rows."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import mean

from revdemo.errors import Phrase
from revdemo.tables.ratings.cells import read_rating
from revdemo.tables.reading import limits
from revdemo.tables.reading.layout import NUMERIC, Layout
from revdemo.tables.reading.text.parsing import (
    Irregular,
    about_quotes,
    check_swallowed,
    fitted,
    opened,
    parsed,
    records,
    separator_of,
)

SURVEYED = 1_000  # whole rows from which the kinds of the columns are told
BLOCK = 1 << 20  # bytes or characters of a file that are looked through together


@dataclass
class _Survey:
    """What reading a whole file in one way met: its rows, those too short, and the first other problem."""

    layout: Layout
    rows: int = 0
    shorts: list[list[str]] = field(default_factory=list)
    problem: Irregular | None = None

    @property
    def regular(self) -> bool:
        return self.problem is None and not self.shorts


def settle(path: Path, layout: Layout, error: Irregular) -> Layout:
    """Another way to read a table that is not as its beginning looks.

    Raises:
        ValueError: there is none, with the row where it fails and what to do.
    """
    if layout.joins or layout.mode in ("lines", "whole"):
        raise error
    modes: tuple[str, ...] = (
        ("quoted", "escaped", "lines") if _has_escapes(path, layout) else ("quoted", "lines")
    )
    if _has_too_many_lines(path, layout):  # which are rows, where no quote joins them
        modes = modes[:-1]
    surveys = [_survey(path, replace(layout, mode=mode)) for mode in modes]
    for found in surveys:
        if found.regular:
            return _said(found.layout)
    for found in surveys:
        if found.problem is None:
            return _settle_short(path, found)
    trusted = _survey(path, replace(layout, joins="trusted"))
    if trusted.regular:
        return trusted.layout
    raise surveys[0].problem or error


def _has_escapes(path: Path, layout: Layout) -> bool:
    last = ""  # of a block, which may end between the two signs
    with opened(path, layout) as file:
        # A line at a time takes minutes where they are short.
        for block in iter(partial(file.read, BLOCK), ""):
            if '\\"' in last + block:
                return True
            last = block[-1]
    return False


def _has_too_many_lines(path: Path, layout: Layout) -> bool:
    if (layout.encoding or "").startswith(("utf-16", "utf-32")):  # bytes tell nothing of lines there
        return False
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(partial(file.read, BLOCK), b"")) > limits.ROWS


def _said(layout: Layout) -> Layout:
    if layout.mode == "quoted":
        return layout
    notes = {
        "escaped": Phrase('Quotes inside of texts are written as \\" in this file.'),
        "lines": Phrase("Quotes do not come in pairs in this file, so they are read as they stand."),
    }
    return replace(layout, notes=(*layout.notes, notes[layout.mode]))


def _survey(path: Path, layout: Layout) -> _Survey:
    found, width = _Survey(layout), len(layout.names)
    with opened(path, layout) as file:
        found_records = parsed(file, layout)
        try:
            for number, (record, lines) in enumerate(found_records, start=1):
                if number <= layout.start:
                    continue
                if lines > 1 and layout.joins != "trusted":
                    check_swallowed(record, width, separator_of(layout), number)
                if len(record) > width:
                    fitted(record, width, number, "pad")
                elif len(record) < width:
                    found.shorts.append(record)
                found.rows += 1
        except csv.Error as error:
            found.problem = Irregular(about_quotes(found.rows + layout.start + 1, str(error)))
        except ValueError as error:
            found.problem = error if isinstance(error, Irregular) else Irregular(error.args[0])
    return found


def _settle_short(path: Path, survey: _Survey) -> Layout:
    """Whether short rows are parts of others, which line breaks cut, or lack their last cells."""
    layout = _said(survey.layout)
    rows = [
        record
        for record in islice(records(path, replace(layout, joins="pad")), 50 * SURVEYED)
        if record[-1] != ""
    ][:SURVEYED]
    numeric, words = _kinds(rows, len(layout.names))
    fits = [how for how in ("next", "previous") if _fits(path, replace(layout, joins=how), numeric)]
    if len(fits) == 2 and words[0] != words[-1]:  # the break is where the texts are
        fits = ["next"] if words[0] > words[-1] else ["previous"]
    if len(fits) == 1 and any(numeric):
        said = Phrase(
            "Line breaks cut rows into parts, which are joined: {n:,} texts are not in quotes.",
            n=len(survey.shorts),
        )
        return replace(layout, joins=fits[0], notes=(*layout.notes, said))
    known = [record for record in survey.shorts if _matches(record, numeric) and any(numeric[: len(record)])]
    if len(known) == len(survey.shorts) and not fits:
        said = Phrase(
            "Rows shorter than the header: {n:,}. Their last cells are empty.", n=len(survey.shorts)
        )
        return replace(layout, joins="pad", notes=(*layout.notes, said))
    for _ in records(path, layout):
        pass  # which says the first row that is too short
    return layout


def _kinds(rows: Sequence[Sequence[str]], width: int) -> tuple[list[bool], list[float]]:
    """Of each column whether it holds ratings or numbers, and how many words a cell has."""
    numeric, words = [], []
    for place in range(width):
        cells = [row[place] for row in rows if row[place].strip()]
        read = sum(read_rating(cell) is not None for cell in cells)
        numeric.append(bool(cells) and read >= NUMERIC * len(cells))
        words.append(mean(len(cell.split()) for cell in cells) if cells else 0.0)
    return numeric, words


def _fits(path: Path, layout: Layout, numeric: Sequence[bool]) -> bool:
    wrong = count = 0
    try:
        for record in records(path, layout):
            count += 1
            wrong += not _matches(record, numeric)
    except ValueError:
        return False
    return wrong <= (1 - NUMERIC) * count


def _matches(record: Sequence[str], numeric: Sequence[bool]) -> bool:
    return all(
        not number or not cell.strip() or read_rating(cell) is not None
        for cell, number in zip(record, numeric, strict=False)
    )
