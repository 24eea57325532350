"""Tables written to disk with all their columns: CSV, JSON and Parquet."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.table_files import kind_of


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
