"""Which character parts the cells of a text table: it cuts nearly all records alike, and no sentences."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import cast

from revdemo.errors import RevdemoError
from revdemo.tables.names import plain_name
from revdemo.tables.ratings.cells import read_rating
from revdemo.tables.reading.layout import USUAL, Layout, find_header, is_name, trimmed
from revdemo.tables.reading.text.parsing import parsed

SEPARATORS = ",;\t|^~\x01"
ALONE = "\x1f"  # the separator of a table of one column: no text holds it
NAMES = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "bar": "|",
    "none": ALONE,
    "": ALONE,
}
EVEN = 0.6  # the share of the records that a separator must cut alike


def named_separator(separator: str | None) -> str | None:
    """The separator that a visitor said, by itself or by its name; None where nothing was said."""
    if separator is None:
        return None
    found = NAMES.get(separator.casefold(), separator)
    if len(found) != 1 or found in '"\r\n':
        raise RevdemoError(
            "The separator is {separator!r}: it must be one character, or tab, comma, semicolon, bar, none.",
            separator=separator,
        )
    return found


def find_separator(sample: str, cut: bool = False) -> str | None:
    """The separator that cuts the records of a sample most evenly; None where none does.

    cut: the sample ends in the middle of the file, so that its last record counts for nothing.
    """
    first = sample.strip().partition("\n")[0].strip()
    if said := re.fullmatch(r'"?sep=(.)"?', first):
        return said[1]
    if plain_name(first.strip('"')) in USUAL and not re.search(r"[^\w \-.\"'#:]", first):
        return None  # a single column, whose texts may hold any of them
    scores = {separator: _evenness(sample, separator, cut) for separator in SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])
    return best if scores[best][0] >= EVEN else None


def _evenness(sample: str, separator: str, cut: bool) -> tuple[float, int]:
    """The share of the records that a separator cuts into the commonest number of cells, and this number."""
    best = 0.0, 0
    for mode in ("quoted", "lines"):
        layout = Layout("csv", separator=separator, mode=mode)
        found = islice(parsed(io.StringIO(sample, newline=""), layout, strict=False), 200)
        try:
            records = [record for record, _ in found]
        except csv.Error:
            continue
        records = records[:-1] if cut and len(records) > 1 else records
        if records and _are_usual(records[0]):
            return 1.0, len(records[0])
        for cells in (records, [cast("list[str]", trimmed(record)) or [""] for record in records]):
            widths = Counter(len(record) for record in cells if mode == "quoted" or not _cuts_a_quote(record))
            width, count = widths.most_common(1)[0] if widths else (1, 0)
            if width > 1 and not _is_prose(cells):
                best = max(best, (count / len(cells), width))
    return best


def _cuts_a_quote(record: list[str]) -> bool:
    """Whether a quote that opens in one cell closes in another, so that they are rather one."""
    return any(cell.startswith('"') and cell.count('"') % 2 for cell in record)


def _are_usual(first: list[str]) -> bool:
    """Whether these are names of columns, of which one is usual in tables of reviews."""
    return (
        len(first) > 1
        and all(map(is_name, filter(None, first)))
        and any(plain_name(cell) in USUAL for cell in first)
    )


def _begin_with_numbers(records: Sequence[Sequence[str]]) -> bool:
    """Whether nearly all of these begin with a rating or a number, as no sentences do."""
    return sum(read_rating(record[0]) is not None for record in records) >= 0.8 * len(records)


def _is_prose(records: Sequence[Sequence[str]]) -> bool:
    """Whether these are rather texts cut at their punctuation: parts of sentences, below a single name."""
    first = cast("list[str]", trimmed(records[0]))
    later = [cell for record in records[1:] for cell in record[1:]]
    parts = sum(bool(re.match(r" [^\W\d]", cell)) for cell in later)
    spaced = any(cell.startswith(" ") for cell in first[1:])  # as all cells of some tables are
    named = all(map(is_name, filter(None, first))) or _begin_with_numbers(records)
    if later and parts > 0.5 * len(later) and not (spaced and named):
        return True
    if len(first) > 1 or len(records) < 3:
        return False
    # A single cell above: a title, unless what is below it are rows at once.
    below = records[1:]
    _, named = find_header([record for record in below if len(trimmed(record)) > 1] or below)
    return not named
