"""Tables of texts on disk: CSV, JSON lines and Parquet, read and written with all their columns."""

import io
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from revdemo.errors import RevdemoError

KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
TEXT_COLUMNS = (  # the usual names, in the order in which they are tried
    "text",
    "review",
    "content",
    "body",
    "review_text",
    "review_body",
    "review_detail",
    "comment",
    "sentence",
)


def kind_of(path: Path) -> str:
    """The kind of a table by its file name: csv, json (a list, or an object a line) or parquet."""
    if path.suffix.lower() not in KINDS:
        raise RevdemoError(f"{path} is none of the tables known here: name it {', '.join(KINDS)}.")
    return KINDS[path.suffix.lower()]


def read_table(path: Path) -> pd.DataFrame:
    """Read a table; the cells of a CSV stay the strings they are.

    A CSV may be UTF-8, UTF-16 or Windows-1252, and split by commas, semicolons or tabs.

    Raises:
        RevdemoError: the file is missing, empty, or not of its kind.
    """
    kind = kind_of(path)
    try:
        content = path.read_bytes()
        table = {"csv": _read_csv, "json": _read_json, "parquet": _read_parquet}[kind](content)
    except OSError as error:
        raise RevdemoError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # pandas, pyarrow and json all raise kinds of it
        raise RevdemoError(f"{path} is not a readable {kind} table: {str(error).splitlines()[0]}") from error
    if table.empty:
        raise RevdemoError(f"{path} holds no rows.")
    return table


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")  # has a letter for every byte


def _read_csv(content: bytes) -> pd.DataFrame:
    text = _decode(content)
    header = text.lstrip().partition("\n")[0]
    separator = max(",;\t", key=header.count)
    return pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)


def _read_json(content: bytes) -> pd.DataFrame:
    text = _decode(content)
    if text.lstrip().startswith("["):
        rows = json.loads(text)
    else:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("every row must be an object with named fields")
    return pd.DataFrame(rows, dtype=object)


def _read_parquet(content: bytes) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(content), dtype_backend="pyarrow")


def text_column(table: pd.DataFrame, named: str | None = None) -> str:
    """The column of the texts: the one named, else one of the usual names, else the only one there is.

    Raises:
        RevdemoError: it is not there, or cannot be guessed; the message lists the columns.
    """
    columns = [str(column) for column in table.columns]
    if named is not None:
        if named not in columns:
            raise RevdemoError(f"There is no column {named!r}; there are {', '.join(columns)}.")
        return named
    lowered = {column.lower(): column for column in reversed(columns)}
    usual = [lowered[name] for name in TEXT_COLUMNS if name in lowered]
    if not usual and len(columns) > 1:
        raise RevdemoError(f"Which column holds the texts? Name one with --column: {', '.join(columns)}.")
    return usual[0] if usual else columns[0]


def texts_of(table: pd.DataFrame, column: str) -> list[str]:
    """The texts of a column; a missing one is empty."""
    return [
        "" if missing else str(value)
        for value, missing in zip(table[column], table[column].isna(), strict=True)
    ]


def check_writable(path: Path) -> None:
    """Refuse, before any work is done, a file that could not be written at the end of it."""
    kind_of(path)
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK) or path.is_dir():
        raise RevdemoError(f"{path} cannot be written: {path.parent} is not a folder that may be written to.")


def check_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a table that already has columns of these names, before any work is done."""
    taken = [name for name in names if name in table.columns]
    if taken:
        raise RevdemoError(
            f"The table already has the columns {', '.join(taken)}: rename or remove them first."
        )


def with_columns(table: pd.DataFrame, kinds: dict[str, str], rows: Sequence[tuple]) -> pd.DataFrame:
    """The table with more columns at its end: `kinds` names each and its kind, `rows` holds their values."""
    values = zip(*rows, strict=True)
    added = {
        name: pd.array(list(column), dtype=kinds[name]) for name, column in zip(kinds, values, strict=True)
    }
    return table.assign(**added)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all; a CSV is UTF-8 with a byte order mark, which spreadsheets need.

    Raises:
        RevdemoError: the file cannot be written.
    """
    write = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}[kind_of(path)]
    try:
        with tempfile.TemporaryDirectory(prefix=".revdemo-", dir=path.parent) as folder:
            temporary = Path(folder) / path.name
            write(table, temporary)
            os.replace(temporary, path)
    except OSError as error:
        raise RevdemoError(f"{path} cannot be written: {error.strerror}.") from error


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig", sep="\t" if path.suffix.lower() == ".tsv" else ",")


def _write_json(table: pd.DataFrame, path: Path) -> None:
    lines = path.suffix.lower() != ".json"
    table.to_json(
        path, orient="records", lines=lines, force_ascii=False, double_precision=6, date_format="iso"
    )


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)
