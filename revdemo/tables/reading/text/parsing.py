"""The records of a text table: how quotes cut them, how wide they are, and how parts of them are joined."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TextIO, cast

from revdemo.errors import Phrase
from revdemo.tables.reading import limits
from revdemo.tables.reading.layout import Layout, trimmed


class Irregular(ValueError):
    """A record that does not fit the header, or quotes that make no sense: the way of reading is wrong."""

    def __init__(self, said: Phrase):
        super().__init__(said)


def opened(path: Path, layout: Layout) -> TextIO:
    """The file as text, with its line breaks as they are."""
    return path.open(encoding=layout.encoding, errors=layout.errors, newline="")


def separator_of(layout: Layout) -> str:
    """The separator of a text table; each has one, also where it never occurs."""
    return layout.separator or ","


def parsed(file: TextIO, layout: Layout, strict: bool = True) -> Iterator[tuple[list[str], int]]:
    """The records of a file and the lines that each takes; blank lines are left out."""
    if layout.mode in ("whole", "lines"):
        cut = (lambda line: [line]) if layout.mode == "whole" else _cutter(separator_of(layout))
        for line in limits.lines(file):
            line = line.rstrip("\r\n")
            if len(line) > limits.CELL:
                raise ValueError(limits.long_cell())
            if line.strip():
                yield cut(line), 1
        return
    csv.field_size_limit(limits.CELL)
    escaped = layout.mode == "escaped"
    reader = csv.reader(
        limits.lines(file), delimiter=separator_of(layout), strict=strict, doublequote=not escaped,
        escapechar="\\" if escaped else None,
    )  # fmt: skip
    before = 0
    for record in reader:
        if record:
            yield record, reader.line_num - before
        before = reader.line_num


@lru_cache(maxsize=8)
def _cutter(separator: str) -> Callable[[str], list[str]]:
    """What cuts a line into cells where a quote counts only at the edges of a cell."""
    edge = re.escape(separator)
    cell = re.compile(rf'(?:^|{edge})(?:"((?:[^"]|""|"(?!{edge}|"|$))*)"(?={edge}|$)|([^{edge}]*))')

    def cut(line: str) -> list[str]:
        if '"' not in line:
            return line.split(separator)
        return [
            found[1].replace('""', '"') if found[1] is not None else found[2] for found in cell.finditer(line)
        ]

    return cut


def records(path: Path, layout: Layout) -> Iterator[list[str]]:
    """The rows of a table, each as wide as its header.

    Raises:
        Irregular: a row is not, or its quotes make no sense; its first rows may have come by then.
    """
    with opened(path, layout) as file:
        found = parsed(file, layout)
        for _ in range(layout.start):
            next(found, None)
        whole = _whole(found, layout)
        yield from whole if layout.footer == 0 else _without_end(whole, layout.footer)


def _whole(found: Iterator[tuple[list[str], int]], layout: Layout) -> Iterator[list[str]]:
    width, number = len(layout.names), layout.start
    waiting: list[str] | None = None
    try:
        for cut, lines in found:
            record: list[str] | None = cut
            number += 1
            if lines > 1 and layout.joins != "trusted":
                check_swallowed(cut, width, separator_of(layout), number)
            if len(cut) != width:
                cut = record = fitted(cut, width, number, layout.joins)
            if layout.joins in ("next", "previous"):
                waiting, record = _join(waiting, cut, width, number, layout.joins)
            if record is not None:
                yield record
    except csv.Error as error:
        raise Irregular(about_quotes(number + 1, str(error))) from error
    if waiting is not None:
        if layout.joins == "next":
            raise Irregular(_too_short(waiting, width, number))
        yield waiting


def about_quotes(number: int, error: str) -> Phrase:
    """What is said of quotes that make no sense at a row, after what the parser said."""
    if "field limit" in error:
        return limits.long_cell(number)
    return Phrase(
        "a quote in row {row:,} or before it is not closed; close it, or double the quotes inside of texts",
        row=number,
    )


def check_swallowed(record: list[str], width: int, separator: str, number: int) -> None:
    """Refuse a record that took in what look like rows of their own, because of a quote that stands alone."""
    for cell in record:
        inner = cell.split("\n")[1:-1] if cell.count("\n") > 1 else []
        if width > 1 and inner and all(line.count(separator) >= width - 1 for line in inner):
            raise Irregular(Phrase("a quote in row {row:,} is not closed where its text ends", row=number))
        last = cell.rpartition("\n")[2] if "\n" in cell else ""
        if width > 1 and last.count(separator) == width - 1 and not inner:
            raise Irregular(Phrase("a quote in row {row:,} is not closed where its text ends", row=number))


def fitted(record: list[str], width: int, number: int, joins: str) -> list[str]:
    """A record of another width: without empty cells at its end, or filled up where that was settled."""
    cells = cast("list[str]", trimmed(record)) if len(record) > width else record
    if len(cells) > width:
        raise Irregular(
            Phrase(
                "row {row:,} has {cells:,} cells and the header names {names:,}; are its texts in quotes?",
                row=number, cells=len(cells), names=width,
            )
        )  # fmt: skip
    if len(cells) == width or joins in ("next", "previous"):
        return cells
    if joins == "pad" or len(record) > width:
        return cells + [""] * (width - len(cells))
    raise Irregular(_too_short(cells, width, number))


def _too_short(cells: Sequence[str], width: int, number: int) -> Phrase:
    return Phrase(
        "row {row:,} has {cells:,} of the {names:,} cells that the header names; does a line break cut its "
        "text? Put texts in quotes, or save the table as .xlsx",
        row=number, cells=len(cells), names=width,
    )  # fmt: skip


def _join(
    waiting: list[str] | None, record: list[str], width: int, number: int, how: str
) -> tuple[list[str] | None, list[str] | None]:
    """What still waits for more, and the row that is whole, of the parts that line breaks made of rows."""
    if how == "previous":
        if len(record) == 1 < width and waiting is not None:
            return [*waiting[:-1], f"{waiting[-1]}\n{record[0]}"], None
        if len(record) != width:
            raise Irregular(_too_short(record, width, number))
        return record, waiting
    if waiting is not None:
        record = [*waiting[:-1], f"{waiting[-1]}\n{record[0]}", *record[1:]]
    if len(record) > width:
        raise Irregular(_too_short(record, width, number))
    return (record, None) if len(record) < width else (None, record)


def _without_end(found: Iterator[list[str]], count: int) -> Iterator[list[str]]:
    kept = list(islice(found, count))
    for record in found:
        kept.append(record)
        yield kept.pop(0)
