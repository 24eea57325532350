"""Text tables: CSV, TSV and one text per line. Separator, quotes and header are told from the file itself."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from revdemo.errors import Phrase
from revdemo.tables.names import plain_name
from revdemo.tables.reading.layout import (
    HEAD,
    USUAL,
    Layout,
    are_dashes,
    find_header,
    in_blocks,
    trimmed,
    unique_names,
)
from revdemo.tables.reading.options import ReadOptions
from revdemo.tables.reading.text.encoding import find_encoding
from revdemo.tables.reading.text.parsing import Irregular, parsed, records
from revdemo.tables.reading.text.separators import ALONE, find_separator, named_separator
from revdemo.tables.reading.text.settling import settle

__all__ = ["Irregular", "blocks", "detect", "settle"]

_RATED = re.compile(
    r"^(?:__label__)?(\d{1,2}(?:[.,]\d)?)(?:\s|[:#=/]\s?)(?!\d)|[\s:#=/](\d{1,2}(?:[.,]\d)?)$"
)
SNIFFED = 1 << 16  # characters from which the separator is told


def detect(path: Path, options: ReadOptions, lines: bool = False) -> Layout:
    """How a text table is laid out, from its beginning; `settle` looks further where that is not enough.

    lines: the file is called .txt, so that it may hold one text per line.
    """
    found = find_encoding(path, options.encoding)
    with path.open(encoding=found.name, errors=found.errors, newline="") as file:
        sample = file.read(SNIFFED)
    if not sample.strip():
        raise ValueError(Phrase("it is empty"))
    separator = named_separator(options.separator) or find_separator(sample, len(sample) == SNIFFED) or ALONE
    layout = Layout("csv", encoding=found.name, errors=found.errors, separator=separator, notes=found.notes)
    layout = replace(layout, mode="whole" if lines and separator == ALONE else "quoted")
    head = _head(sample, layout)
    if not head:
        raise ValueError(Phrase("it is empty"))
    top, named = find_header(head, options.header, layout.mode == "whole")
    body = head[top + 1 :] if named else head[top:]
    drawn = bool(named and body and are_dashes(body[0]))
    width = len(trimmed(head[top])) if named else Counter(map(len, map(trimmed, body))).most_common(1)[0][0]
    header = trimmed(head[top]) if named else [None] * max(1, width)
    if named and width > 1 and _lacks_a_name(body, width):
        header = [None, *header]  # R writes no name above its row numbers
    row = top + 1 if named else None
    layout = replace(layout, names=unique_names(header), header_row=row, start=top + named + drawn)
    return replace(layout, notes=(*layout.notes, *_doubts(layout, head[top], sample, options)))


def _doubts(layout: Layout, first: Sequence[str], sample: str, options: ReadOptions) -> Iterator[Phrase]:
    if layout.header_row is None and options.header is None and layout.mode != "whole":
        yield Phrase("The first row is like the others, so the columns have no names.")
    if layout.separator == ALONE and (example := _rated_line(sample.splitlines()[layout.start :])):
        yield Phrase(
            'Nearly every line begins or ends with what may be a rating, such as "{line}": it is read as '
            "part of the text. Put a comma or a tab between them, or name what stands there with "
            "--separator.",
            line=example,
        )
    alone = layout.separator == ALONE and layout.header_row is not None and options.header is None
    if alone and plain_name(first[0]) not in USUAL:
        yield Phrase('The first line, "{line}", is taken for the name of the column.', line=first[0][:60])


def _rated_line(lines: Sequence[str]) -> str | None:
    """One of some lines that begin or end with numbers as ratings are, of which some repeat; or None."""
    lines = [line.strip() for line in lines if line.strip()][:HEAD]
    found = [(line, match) for line in lines if (match := _RATED.search(line))]
    values = {match[1] or match[2] for _, match in found}
    if len(lines) < 4 or len(found) < 0.8 * len(lines) or not 1 < len(values) <= 0.8 * len(found):
        return None
    return _shown(found[0][0], found[0][1])


def _shown(line: str, found: re.Match[str]) -> str:
    """The end of a line that holds its rating."""
    return f"{line[:20]}…" if found[1] else f"…{line[-20:]}"


def _lacks_a_name(body: Sequence[Sequence[str]], width: int) -> bool:
    rows = [record for record in body if record]
    return len(rows) > 1 and all(len(trimmed(record)) == width + 1 for record in rows) and (
        len({record[0] for record in rows}) == len(rows) and all(record[0].isalnum() for record in rows)
    )  # fmt: skip


def _head(sample: str, layout: Layout) -> list[list[str]]:
    """The first records of a sample, by quotes where these make sense."""
    if layout.mode == "whole":
        return [record for record, _ in islice(parsed(io.StringIO(sample), layout), HEAD)]
    found = {}
    for mode in ("quoted", "lines"):
        records = parsed(io.StringIO(sample, newline=""), replace(layout, mode=mode), strict=False)
        try:
            found[mode] = [record for record, _ in islice(records, HEAD)]
        except csv.Error:
            found[mode] = []
    widths = {mode: Counter(map(len, records)) for mode, records in found.items()}
    even = {mode: max(counts.values(), default=0) / (counts.total() or 1) for mode, counts in widths.items()}
    return found["lines"] if even["lines"] > even["quoted"] else found["quoted"]


def blocks(path: Path, layout: Layout, rows: int) -> Iterator[list[tuple[str, ...]]]:
    """The columns of a table, some rows at a time."""
    for block in in_blocks(records(path, layout), rows):
        yield list(zip(*block, strict=True))
