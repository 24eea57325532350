"""Spreadsheets: XLSX, XLSM, XLSB, XLS and ODS, of which the sheet with texts and ratings is read."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import BinaryIO, Protocol
from xml.etree.ElementTree import ParseError

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from revdemo.errors import Phrase, RevdemoError
from revdemo.tables.ratings.cells import is_blank, read_rating
from revdemo.tables.reading import limits
from revdemo.tables.reading.layout import (
    HEAD,
    Layout,
    find_header,
    in_blocks,
    is_filled,
    trimmed,
    unique_names,
)
from revdemo.tables.reading.options import ReadOptions
from revdemo.tables.reading.workbooks.bounds import check_size
from revdemo.tables.reading.workbooks.xlsx import Damaged, Streamed, is_streamed

LOOKED_AT = 200  # rows of each sheet from which it is told what the sheet holds
SHEETS = 50  # that are looked at
PROSE = 3  # words of a cell
HELD = "held"  # the mode of a layout whose sheet is in memory while it is read
PERCENT_ROWS = 60  # of which the formats are looked at

Record = list[object]


def detect(path: Path, options: ReadOptions) -> Layout:
    """The sheet to read and how it is laid out: of several the one with texts and ratings.

    Raises:
        RevdemoError: there is no sheet of the name given.
        ValueError: no sheet holds anything, or one is larger than any that is read.
    """
    check_size(path)
    if is_streamed(path):
        try:
            return _detected(path, options, held=False)
        except Damaged:  # which the other library may read
            pass
    return _detected(path, options, held=True)


def _detected(path: Path, options: ReadOptions, held: bool) -> Layout:
    with _opened(path, held) as book:
        sheet = _chosen_sheet(book, options.sheet)
        others = tuple(name for name in book.sheets if name != sheet)
        head = list(islice(_records(book, sheet), HEAD))
        if not head:
            raise ValueError(Phrase("it is empty"))
        records = [record for _, record in head]
        top, named = find_header(records, options.header)
        width = max(len(trimmed(record)) for record in records)
        width = max(width, *(len(trimmed(record)) for _, record in _records(book, sheet)))
        header = records[top] if named else []
        names = unique_names([*header, *[None] * (width - len(header))][:width])
        layout = Layout(
            "xlsx", names, mode=HELD * held, header_row=head[top][0] if named else None, start=top + named,
            sheet=sheet,
        )  # fmt: skip
    layout = replace(layout, sheets=others, percent=_percent_columns(path, layout, records[top + named :]))
    return replace(layout, notes=tuple(_notes(layout, options)))


def records(path: Path, layout: Layout) -> Iterator[Record]:
    """The rows of the sheet that hold anything, each as wide as the header."""
    width = len(layout.names)
    with _opened(path, layout.mode == HELD) as book:
        found = (record for _, record in _records(book, str(layout.sheet)))
        rows = (
            [*record[:width], *[None] * (width - len(record))] for record in islice(found, layout.start, None)
        )
        if layout.footer == 0:
            yield from rows
            return
        kept = list(islice(rows, layout.footer))
        for record in rows:
            kept.append(record)
            yield kept.pop(0)


def blocks(path: Path, layout: Layout, rows: int) -> Iterator[list[tuple[object, ...]]]:
    """The columns of the sheet, some rows at a time."""
    for block in in_blocks(records(path, layout), rows):
        yield list(zip(*block, strict=True))


def _notes(layout: Layout, options: ReadOptions) -> Iterator[Phrase]:
    if layout.sheets:
        names = ", ".join(f'"{name}"' for name in layout.sheets)
        yield Phrase(
            'The sheet "{sheet}" is read; not read: {others}. --sheet names another one.',
            sheet=layout.sheet, others=names,
        )  # fmt: skip
    if layout.header_row is None and options.header is None:
        yield Phrase("The first row is like the others, so the columns have no names.")


# --- workbooks --------------------------------------------------------------------------------------------


@contextmanager
def _workbook(path: Path) -> Iterator[CalamineWorkbook]:
    try:
        # By its name the library expects another kind of some files, such as an XLSX that is called .xls.
        with _by_content(path) as source, load_workbook(source) as book:
            yield book
    except PasswordError as error:
        raise ValueError(Phrase("it is protected by a password; save it without one")) from error
    except CalamineError as error:
        raise ValueError(str(error)) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of the library, at a file that is damaged on purpose
            raise ValueError(Phrase("it is damaged")) from error
        raise


@contextmanager
def _by_content(path: Path) -> Iterator[str | BinaryIO]:
    packed = zipfile.is_zipfile(path)
    if packed == (path.suffix.lower() != ".xls"):
        yield str(path)
        return
    with path.open("rb") as file:
        yield file


class _Book(Protocol):
    """A workbook that is open: its sheets with whether they are shown, and the rows of each."""

    sheets: dict[str, bool]

    def rows(self, sheet: str) -> Iterator[tuple[int, Record]]:
        """The rows of a sheet with their numbers."""


class _Held:
    """A workbook that the library holds in memory, a sheet at a time: any but XLSX."""

    def __init__(self, book: CalamineWorkbook):
        self._book = book
        found = {one.name: one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet}
        self.sheets = {
            name: found[name].visible == SheetVisibleEnum.Visible
            for name in book.sheet_names
            if name in found
        }

    def rows(self, sheet: str) -> Iterator[tuple[int, Record]]:
        """The rows of a sheet with their numbers."""
        found = self._book.get_sheet_by_name(sheet)
        if found.start is None:
            return
        _, left = found.start
        limits.check_columns(left + found.width)
        limits.check_sheet_cells(found.height * (left + found.width))
        for number, row in enumerate(found.iter_rows(), start=1):  # also those above the first cell
            yield number, [*[None] * left, *row]


@contextmanager
def _opened(path: Path, held: bool) -> Iterator[_Book]:
    if held:
        with _workbook(path) as book:
            yield _Held(book)
    else:
        with Streamed(path) as streamed:
            yield streamed


def _records(book: _Book, sheet: str) -> Iterator[tuple[int, Record]]:
    """The rows of a sheet that hold anything, with their numbers."""
    for number, row in book.rows(sheet):
        record = [_cell(cell) for cell in row]
        if any(map(is_filled, record)):
            yield number, record


def _cell(cell: object) -> object:
    if isinstance(cell, str):
        return cell if cell else None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1 << 53 else cell
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)
    return cell


def _chosen_sheet(book: _Book, wanted: str | None) -> str:
    names = list(book.sheets)
    if not names:
        raise ValueError(Phrase("it has no sheet"))
    if wanted is not None:
        if wanted in names:
            return wanted
        if wanted.isdigit() and 0 < int(wanted) <= len(names):
            return names[int(wanted) - 1]
        raise RevdemoError(
            "There is no sheet {sheet!r}; there are {names}.", sheet=wanted, names=", ".join(names)
        )
    if len(names) == 1:
        return names[0]
    ranked = [(*_worth(book, name), book.sheets[name]) for name in names[:SHEETS]]
    best = max(range(len(ranked)), key=lambda place: (ranked[place][0], ranked[place][2], ranked[place][1]))
    return names[best]


def _worth(book: _Book, sheet: str) -> tuple[int, int]:
    """What a sheet holds: 2 for texts, 1 for ratings beside them; and how many rows."""
    rows = _records(book, sheet)
    head = [record for _, record in islice(rows, LOOKED_AT)]
    if len(head) < 2:
        return 0, len(head)
    columns = list(
        zip(*[[*record, *[None] * (max(map(len, head)) - len(record))] for record in head], strict=True)
    )
    texts = sum(_is_prose(column) for column in columns)
    ratings = sum(_are_ratings(column[1:]) for column in columns)
    return 2 * bool(texts) + bool(texts and ratings), len(head) + sum(1 for _ in rows)


def _is_prose(column: Sequence[object]) -> bool:
    cells = [cell for cell in column[1:] if isinstance(cell, str)]
    if len(cells) < 0.3 * len(column) or len(set(cells)) < 2:
        return False
    return (
        mean(len(cell.split()) + len(re.findall(r"[\u3040-\u9fff\uac00-\ud7af]", cell)) / 3 for cell in cells)
        >= PROSE
    )


def _are_ratings(column: Sequence[object]) -> bool:
    cells = [cell for cell in column if not is_blank(cell)]
    found = [read_rating(cell) for cell in cells]
    read = [rating for rating in found if rating is not None and (rating.of or 0 < rating.value <= 100)]
    return bool(cells) and len(read) >= 0.8 * len(cells)


# --- per cent ---------------------------------------------------------------------------------------------


def _percent_columns(path: Path, layout: Layout, rows: Sequence[Record]) -> frozenset[str]:
    """The columns of numbers up to 1 that the sheet shows as per cent."""
    shares = [place for place in range(len(layout.names)) if _holds_shares(rows, place)]
    if not shares or not zipfile.is_zipfile(path):
        return frozenset()
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True)
        sheet = book[layout.sheet]
        sheet.reset_dimensions()
        first = layout.header_row or 0
        cells = list(islice(sheet.iter_rows(min_row=first + 1), PERCENT_ROWS))
        shown = {
            cell.column - 1
            for row in cells
            for cell in row
            if cell.value is not None and "%" in str(getattr(cell, "number_format", ""))
        }
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, ParseError):
        return frozenset()  # of another kind than openpyxl reads, such as ODS
    book.close()
    return frozenset(layout.names[place] for place in shares if place in shown)


def _holds_shares(rows: Sequence[Record], place: int) -> bool:
    cells = [row[place] for row in rows if place < len(row) and is_filled(row[place])]
    numbers = [cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
    return bool(cells) and len(numbers) >= 0.8 * len(cells) and all(0 <= number <= 1 for number in numbers)
