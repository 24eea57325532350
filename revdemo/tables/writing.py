"""Tables written to disk a piece at a time, whole or not at all: CSV, XLSX, JSON and Parquet."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from revdemo import csv_formulas, files
from revdemo.errors import RevdemoError
from revdemo.tables.reading import chunks, parquet
from revdemo.tables.reading.layout import Layout

SHEET_ROWS, SHEET_CELL = 1_048_575, 32_767  # rows below the header, and characters of a cell, that XLSX holds

Write = Callable[[pd.DataFrame], None]


KINDS = {  # endings of tables that are written
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}


def kind_of(path: Path) -> str:
    """The kind of a table to write by its file name: csv, xlsx, json (a list or lines) or parquet."""
    if path.suffix.lower() not in KINDS:
        raise RevdemoError(
            "{file} is not a table that can be written here: name it {kinds}.",
            file=path.name,
            kinds=", ".join(KINDS),
        )
    return KINDS[path.suffix.lower()]


def check_writable(path: Path, rows: int = 0) -> None:
    """Refuse, before any work is done, a file that could not be written at the end of it."""
    if kind_of(path) == "xlsx" and rows > SHEET_ROWS:
        raise RevdemoError(
            "A spreadsheet holds {most:,} rows, not {rows:,}: write .csv or .parquet.",
            most=SHEET_ROWS,
            rows=rows,
        )
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK) or path.is_dir():
        raise RevdemoError(
            "{path} cannot be written: {folder} is not a folder that may be written to.",
            path=path,
            folder=path.parent,
        )


def with_columns(table: pd.DataFrame, kinds: dict[str, str], rows: Sequence[tuple]) -> pd.DataFrame:
    """The table with more columns at its end: `kinds` names each and its kind, `rows` holds their values."""
    values = zip(*rows, strict=True) if rows else [()] * len(kinds)
    added = {
        name: pd.array(list(column), dtype=cast("Any", kinds[name]))
        for name, column in zip(kinds, values, strict=True)
    }
    return table.assign(**added)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table that is in memory; see `writing`."""
    schema = infer_schema([table]) if kind_of(path) == "parquet" else None
    with writing(path, list(table.columns), schema) as write:
        write(table)


@contextmanager
def writing(
    path: Path, columns: Sequence[str], schema: pa.Schema | None = None, inert: bool = False
) -> Iterator[Write]:
    """What writes pieces of a table with these columns to a file, which is there once all are written.

    A CSV is UTF-8 with a byte order mark, which spreadsheets need.

    Args:
        schema: the kinds of the columns; Parquet needs it, the others do without.
        inert: put an apostrophe before what a spreadsheet would run as a formula; CSV only.

    Raises:
        RevdemoError: the file cannot be written.
    """
    try:
        with (
            files.atomic(path) as temporary,
            WRITERS[kind_of(path)](temporary, columns, schema, inert) as write,
        ):
            yield write
    except OSError as error:
        raise RevdemoError(
            "{path} cannot be written: {reason}.", path=path, reason=error.strerror or error
        ) from error


@contextmanager
def _csv(path: Path, columns: Sequence[str], schema: pa.Schema | None, inert: bool) -> Iterator[Write]:
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    with path.open("w", encoding="utf-8-sig", newline="") as file:

        def write(table: pd.DataFrame, header: bool = False) -> None:
            table = table.apply(lambda column: _as_cells(column, inert))
            table.to_csv(file, index=False, header=header, sep=separator, lineterminator="\r\n")

        write(
            pd.DataFrame(columns=[csv_formulas.inert(name) if inert else name for name in columns]),
            header=True,
        )
        yield write


def _as_cells(column: pd.Series, inert: bool) -> pd.Series:
    numeric, dated = pd.api.types.is_numeric_dtype(column), pd.api.types.is_datetime64_any_dtype(column)
    if numeric or dated:  # booleans count as numeric
        return column
    cells = [None if _is_missing(cell) else _as_text(cell) for cell in column]
    return pd.Series(
        [csv_formulas.inert(cell) for cell in cells] if inert else cells, index=column.index, dtype=object
    )


@contextmanager
def _json(path: Path, columns: Sequence[str], schema: pa.Schema | None, inert: bool) -> Iterator[Write]:
    before, between, after = ("[", ",\n", "]\n") if path.suffix.lower() == ".json" else ("", "\n", "\n")
    first = True
    with path.open("w", encoding="utf-8") as file:
        file.write(before)

        def write(table: pd.DataFrame) -> None:
            nonlocal first
            for row in _rows(table):
                named = dict(zip(table.columns, row, strict=True))
                line = json.dumps(named, ensure_ascii=False, default=_as_json)
                file.write(line if first else between + line)
                first = False

        yield write
        file.write(after)


@contextmanager
def _parquet(path: Path, columns: Sequence[str], schema: pa.Schema, inert: bool) -> Iterator[Write]:
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with pq.ParquetWriter(path, schema) as file:

        def write(table: pd.DataFrame) -> None:
            mixed = [name for name in texts if pd.api.types.is_object_dtype(table[name])]
            table = table.copy(deep=False)
            for name in mixed:
                table[name] = [None if _is_missing(cell) else _as_text(cell) for cell in table[name]]
            file.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))

        yield write


@contextmanager
def _xlsx(path: Path, columns: Sequence[str], schema: pa.Schema | None, inert: bool) -> Iterator[Write]:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet()

    def cell(value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, date) and getattr(value, "tzinfo", None) is None:
            return value
        own = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", _as_text(value))[:SHEET_CELL])
        own.data_type = "s"  # also of what looks like a formula
        return own

    def write(table: pd.DataFrame) -> None:
        for row in _rows(table):
            sheet.append([cell(value) for value in row])

    sheet.append([cell(name) for name in columns])
    yield write
    book.save(path)


WRITERS = {"csv": _csv, "json": _json, "parquet": _parquet, "xlsx": _xlsx}


# --- values -----------------------------------------------------------------------------------------------


def _rows(table: pd.DataFrame) -> Iterator[list[object]]:
    """Rows as plain Python values, None for what is missing."""
    columns = [
        [None if _is_missing(cell) else _plain(cell) for cell in table[name]] for name in table.columns
    ]
    yield from map(list, zip(*columns, strict=True))


def _is_missing(cell: object) -> bool:
    if isinstance(cell, str):
        return False
    return cell is None or bool(pd.api.types.is_scalar(cell) and pd.isna(cast("Any", cell)))


def _plain(cell: object) -> object:
    if isinstance(cell, pd.Timestamp):
        return cell.to_pydatetime()
    return cast("Any", cell).item() if hasattr(cell, "dtype") and getattr(cell, "ndim", 1) == 0 else cell


def _as_text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    cell = cell.tolist() if hasattr(cell, "tolist") else cell
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, list | dict) else str(cell)


def _as_json(cell: object) -> object:
    return cell.tolist() if hasattr(cell, "tolist") else _as_text(cell)


# --- kinds of columns -------------------------------------------------------------------------------------


def schema_of(path: str | Path, layout: Layout | None = None) -> pa.Schema:
    """The kinds of a table's columns, for Parquet; what does not say is read through to tell."""
    path = Path(path)
    if path.suffix.lower() == ".parquet":
        return parquet.schema(path)
    return infer_schema(chunks(path, layout=layout))


def infer_schema(tables: Iterable[pd.DataFrame]) -> pa.Schema:
    """The kinds of the columns of a table in pieces; a column of several kinds becomes one of texts."""
    found: dict[str, set[str]] = {}
    typed: dict[str, pa.DataType] = {}
    for table in tables:
        for name in table.columns:
            kinds = found.setdefault(name, set())
            if pd.api.types.is_object_dtype(table[name]):
                kinds.update(_kind(cell) for cell in table[name] if not _is_missing(cell))
            elif name not in typed:
                kind = pa.array(table[name][:1]).type
                typed[name] = pa.string() if pa.types.is_large_string(kind) else kind
    return pa.schema([(name, typed.get(name) or _arrow_type(kinds)) for name, kinds in found.items()])


def _kind(cell: object) -> str:
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 1 << 63:
        return "text"
    kinds = ((bool, "bool"), (int, "int"), (float, "float"), (datetime, "time"))
    return next((kind for own, kind in kinds if isinstance(cell, own)), "text")


def _arrow_type(kinds: set[str]) -> pa.DataType:
    alone = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "time": pa.timestamp("us")}
    if len(kinds) == 1:
        return alone.get(next(iter(kinds)), pa.string())
    return pa.float64() if kinds == {"int", "float"} else pa.string()
