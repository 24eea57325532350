"""What a file is by its content, and the one table of a .gz or .zip."""

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from revdemo.errors import Phrase
from revdemo.tables.reading import limits

# Endings of tables, and how each is read; packed ones hold one of the others.
KINDS = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsx", ".xls": "xlsx", ".ods": "xlsx",
    ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".parquet": "parquet",
    ".gz": "packed", ".zip": "packed",
}  # fmt: skip
DOCUMENTS = {b"%PDF-": "PDF", b"{\\rtf": "RTF"}  # by how they begin
START = 4096


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Path, str]]:
    """The file that holds the table, and its kind by its content: csv, lines, xlsx, json or parquet.

    What is packed is unpacked into a temporary folder for the time of the block.

    Raises:
        ValueError: it is not a table, or packs none or several.
    """
    if not _is_packed(path):
        yield path, _kind(path)
        return
    with tempfile.TemporaryDirectory(prefix="revdemo-") as folder:
        inner = _gunzip(path, Path(folder)) if _start(path)[:2] == b"\x1f\x8b" else _unzip(path, Path(folder))
        if _is_packed(inner):
            raise ValueError(
                Phrase("it packs {inner}, which is packed again: unpack it first", inner=inner.name)
            )
        yield inner, _kind(inner)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(START)


def _is_packed(path: Path) -> bool:
    start = _start(path)
    if start[:2] == b"\x1f\x8b":
        return True
    if start[:2] != b"PK":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise ValueError(Phrase("it holds binary data, and is not a zip that can be opened")) from error
    return not any(name.startswith("xl/") for name in names) and "content.xml" not in names


def _kind(path: Path) -> str:
    start, named = _start(path), KINDS.get(path.suffix.lower())
    if start[:2] == b"PK" or start[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "xlsx"
    if start[:4] == b"PAR1":
        return "parquet"
    text = start.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:200].lower()
    if text.startswith((b"<html", b"<!doctype html", b"<table", b"<meta")):
        raise ValueError(
            Phrase("it is a web page; open it in a spreadsheet program, and save it as .xlsx or .csv")
        )
    if text.startswith(b"<?xml"):
        raise ValueError(Phrase("it is XML; open it in a spreadsheet program, and save it as .xlsx or .csv"))
    if document := next((name for sign, name in DOCUMENTS.items() if start.startswith(sign)), None):
        raise ValueError(
            Phrase("it is a document ({kind}): save the table in it as .xlsx or .csv", kind=document)
        )
    if named == "xlsx" and start:
        return "csv" if b"\0" not in start or start[:2] in (b"\xff\xfe", b"\xfe\xff") else "xlsx"
    if named == "csv" and text[:2] in (b"[{", b'{"'):
        return "json"
    return "lines" if path.suffix.lower() == ".txt" else named or "csv"


# --- unpacking --------------------------------------------------------------------------------------------


def _gunzip(path: Path, folder: Path) -> Path:
    name = Path(path.stem if path.suffix.lower() == ".gz" else path.name).name
    target = folder / (name if Path(name).suffix.lower() in KINDS else f"{name}.csv")
    try:
        with gzip.open(path) as packed:
            _copy(cast("IO[bytes]", packed), target, path.name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(Phrase("it is damaged, or was cut")) from error
    return target


def _unzip(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        tables = [
            part
            for part in archive.infolist()
            if not part.is_dir()
            and not part.filename.startswith("__MACOSX/")
            and not Path(part.filename).name.startswith(".")
            and Path(part.filename).suffix.lower() in KINDS
        ]
        if len(tables) > 1:  # a note beside the table is none
            tables = [part for part in tables if not part.filename.lower().endswith(".txt")] or tables
        if len(tables) != 1:
            names = ", ".join(part.filename for part in (tables or archive.infolist())[:5])
            raise ValueError(
                Phrase(
                    "it packs {count} tables ({names}): pack one, or unpack it",
                    count=len(tables),
                    names=names,
                )
            )
        if tables[0].flag_bits & 1:
            raise ValueError(Phrase("it is protected by a password; save it without one"))
        limits.check_unpacked(tables[0].file_size, path.name)
        target = folder / Path(tables[0].filename).name
        try:
            with archive.open(tables[0]) as packed:
                _copy(packed, target, path.name)
        except (zlib.error, EOFError) as error:
            raise ValueError(Phrase("it is damaged")) from error
    return target


def _copy(packed: IO[bytes], target: Path, name: str) -> None:
    with target.open("wb") as file:
        while block := packed.read(1 << 20):
            file.write(block)
            limits.check_unpacked(file.tell(), name)
