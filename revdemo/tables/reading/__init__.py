"""Tables on disk, read a piece at a time: CSV, TSV, one text per line, spreadsheets, JSON and Parquet."""

import csv
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from xml.etree.ElementTree import ParseError

import pandas as pd
import pyarrow as pa

from revdemo.errors import Phrase, RevdemoError
from revdemo.tables.reading import json_tables, limits, parquet
from revdemo.tables.reading.layout import Layout, total_rows
from revdemo.tables.reading.options import ReadOptions
from revdemo.tables.reading.text import delimited
from revdemo.tables.reading.unpack import KINDS, unpacked
from revdemo.tables.reading.workbooks import sheets

__all__ = ["CHUNK", "KINDS", "Layout", "ReadOptions", "chunks", "examine", "layout_of", "read_table"]

CHUNK = limits.CHUNK
TAIL = 3  # rows among which totals are looked for

Columns = Sequence[Sequence[object]]


class Observer(Protocol):
    """What looks at each piece of a table as it is read: its columns, some rows at a time."""

    def add(self, columns: Columns, rows: int) -> None:
        """Look at some rows more."""


def read_table(path: str | Path, layout: Layout | None = None) -> pd.DataFrame:
    """A whole table; see `chunks`.

    Raises:
        RevdemoError: the file is missing, empty, or not of its kind.
    """
    found: list[pd.DataFrame] = []
    if layout is None:
        examine(path, ReadOptions(), lambda layout: _Collector(layout, found))
    else:
        found.extend(chunks(path, layout=layout))
    if not found:
        raise RevdemoError("{file} holds no rows.", file=Path(path).name)
    return pd.concat(found, ignore_index=True)


def chunks(path: str | Path, rows: int = CHUNK, layout: Layout | None = None) -> Iterator[pd.DataFrame]:
    """A table in pieces of at most `rows` rows, all with the same columns, indexed by the row's position.

    Of text tables the cells stay the strings they are. All but JSON not in lines and spreadsheets other than
    XLSX stay out of memory.

    Args:
        layout: how to read the file, as `examine` found it; None finds out.

    Raises:
        RevdemoError: the file is missing, empty, or not of its kind.
    """
    path, start = Path(path), 0
    layout = layout or layout_of(path)
    with _readable(path), unpacked(path) as (file, _):
        for frame in _frames(file, layout, limits.rows_together(len(layout.names), rows)):
            frame.index = pd.RangeIndex(start, start + len(frame))
            start += len(frame)
            yield frame


def _frames(path: Path, layout: Layout, rows: int) -> Iterator[pd.DataFrame]:
    return (_frame(layout, block) for block in _blocks(path, layout, rows))


def _frame(layout: Layout, block: Columns) -> pd.DataFrame:
    names = list(layout.names)
    if layout.kind == "parquet":
        return parquet.frame(pa.RecordBatch.from_arrays(list(block), names=names))
    if layout.kind == "csv":  # the quickest way to columns of strings
        texts = [pa.array(column, pa.large_string()) for column in block]
        return pa.RecordBatch.from_arrays(texts, names=names).to_pandas()
    series = (pd.Series(list(column), dtype=object) for column in block)
    return pd.DataFrame(dict(zip(names, series, strict=True)))


def _blocks(path: Path, layout: Layout, rows: int) -> Iterator[Columns]:
    if layout.kind == "parquet":
        return (batch.columns for batch in parquet.batches(path, layout, rows))
    reader = {"csv": delimited, "xlsx": sheets, "json": json_tables}[layout.kind]
    return reader.blocks(path, layout, rows)


# --- how a file is read -----------------------------------------------------------------------------------


def examine(path: str | Path, options: ReadOptions, begin: Callable[[Layout], Observer]) -> Layout:
    """Find out how a file is read, and show all of its rows to an observer, in one pass where that will do.

    Args:
        begin: makes an observer for a layout; it is asked for another one where the first layout was wrong.

    Raises:
        RevdemoError: the file is missing, empty, or not of its kind, or some of the options do not fit it.
    """
    path = Path(path)
    _check_name(path)
    with _readable(path), unpacked(path) as (file, kind):
        layout = _detect(file, kind, options)
        while True:
            observer = begin(layout)
            if isinstance(observer, _Blind) and layout.kind in ("json", "parquet"):
                return layout  # which its rows cannot change
            try:
                return _observed(file, layout, observer)
            except delimited.Irregular as error:
                layout = delimited.settle(file, layout, error)


def layout_of(path: str | Path, options: ReadOptions | None = None) -> Layout:
    """How a file is read; see `examine`. A file that did not change is not looked at again."""
    path = Path(path)
    with _readable(path):
        about = path.stat()
    return _layout_of(path, about.st_mtime_ns, about.st_size, options or ReadOptions())


@lru_cache(maxsize=64)
def _layout_of(path: Path, _changed: int, _size: int, options: ReadOptions) -> Layout:
    return examine(path, options, lambda _: _Blind())


class _Blind:
    """Sees nothing: what is asked for is the layout."""

    def add(self, columns: Columns, rows: int) -> None:
        """Look away."""


class _Collector:
    """Keeps all rows, of the layout that proves right."""

    def __init__(self, layout: Layout, frames: list[pd.DataFrame]):
        frames.clear()
        self._layout, self._frames = layout, frames

    def add(self, columns: Columns, rows: int) -> None:
        """Keep some rows more."""
        self._frames.append(_frame(self._layout, columns))


def _detect(path: Path, kind: str, options: ReadOptions) -> Layout:
    if kind in ("csv", "lines"):
        return delimited.detect(path, options, lines=kind == "lines")
    return {"xlsx": sheets, "json": json_tables, "parquet": parquet}[kind].detect(path, options)


def _observed(path: Path, layout: Layout, observer: Observer) -> Layout:
    """Show every row to an observer, but for the totals at the end, which the layout then leaves out."""
    rows, last = 0, None
    for block in _blocks(path, layout, limits.rows_together(len(layout.names))):
        if last is not None:
            observer.add(last, len(last[0]))
        last = block
        rows += len(block[0]) if block else 0
        limits.check_rows(rows, len(layout.names))
    if not last:
        return layout
    count = _totals(last, layout)
    left = len(last[0]) - count
    if left:
        observer.add([column[:left] for column in last], left)
    if not count:
        return layout
    said = Phrase("Rows of totals at the end are left out: {n:,}.", n=count)
    return replace(layout, footer=count, notes=(*layout.notes, said))


def _totals(columns: Columns, layout: Layout) -> int:
    if layout.kind not in ("csv", "xlsx") or len(layout.names) < 2:
        return 0
    return total_rows(list(zip(*(column[-TAIL:] for column in columns), strict=True)), len(layout.names))


def _check_name(path: Path) -> None:
    if path.suffix.lower() not in KINDS:
        raise RevdemoError(
            "{file} is not a table that can be read here: name it {kinds}.",
            file=path.name,
            kinds=", ".join(KINDS),
        )


class _readable:
    """Tell in words why a file cannot be read, for the time of a block."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> None:
        _check_name(self.path)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, delimited.Irregular) or error is None or isinstance(error, RevdemoError):
            if isinstance(error, delimited.Irregular):
                raise _unreadable(self.path, error) from error
            return
        if isinstance(error, OSError) and not isinstance(error, zipfile.BadZipFile):
            raise RevdemoError(
                "{file} cannot be read: {reason}.",
                file=self.path.name,
                reason=error.strerror or str(error).rstrip("."),
            ) from error
        damaged = (
            ValueError, KeyError, csv.Error, zipfile.BadZipFile, ParseError, NotImplementedError,
            RecursionError,
        )  # fmt: skip
        if isinstance(error, damaged):
            raise _unreadable(self.path, error) from error


def _unreadable(path: Path, error: BaseException) -> RevdemoError:
    reason = _reason(error)
    kind = path.suffix.lower().lstrip(".")
    return RevdemoError(
        "{file} is not a readable {kind} table: {reason}", file=path.name, kind=kind, reason=reason
    )


def _reason(error: BaseException) -> str | Phrase:
    """Why a table cannot be read: in our words, else in the first line of a library's."""
    if error.args and isinstance(error.args[0], Phrase):
        return error.args[0]
    if isinstance(error, RecursionError):
        return json_tables.DEEP
    if isinstance(error, UnicodeEncodeError):
        return Phrase(
            "it holds half of a character, {escape}; remove it", escape=ascii(error.object[error.start])
        )
    if "integer string conversion" in str(error):  # of Python, which tells how to lift its own limit
        return Phrase("it holds a number of more than {most:,} digits", most=sys.get_int_max_str_digits())
    return next(iter(str(error).splitlines()), Phrase("it is damaged"))
