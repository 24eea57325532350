"""What a workbook may be at most, looked at before it is unpacked into memory."""

import re
import zipfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from revdemo.errors import Phrase
from revdemo.tables.reading import limits

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]{0,400}?\br=[\"'](\d+)")
_FAR = re.compile(rb"\br=[\"']([A-Z]{2,})\d")
_ANY_ROW = re.compile(rb"<(?:\w+:)?row\b")
_ANY_CELL = re.compile(rb"<(?:\w+:)?(?:c|si)[\s/>]")


def check_size(path: Path) -> None:
    """Refuse, before it is unpacked into memory, a workbook that unpacks to too much."""
    if not zipfile.is_zipfile(path):
        return  # an old XLS, which is not packed
    with zipfile.ZipFile(path) as archive:
        limits.check_unpacked(sum(part.file_size for part in archive.infolist()), path.name)
        for part in archive.infolist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part.filename, re.IGNORECASE):
                _check_sheet(archive, part)
            elif part.filename.lower() == "xl/sharedstrings.xml":
                _check_cells(archive, part, limits.check_sheet_texts)


def _check_sheet(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose far cells would make it take too much memory: its empty cells count too."""
    _check_cells(archive, part, limits.check_sheet_cells)
    rows = count = 0
    columns, before = 26, b""
    with archive.open(part) as file:
        while block := file.read(1 << 20):
            data = before + block
            numbers = _ROW.findall(data)
            rows = max(chain([rows], map(int, numbers)))
            count += len(_ANY_ROW.findall(block))
            if _FAR.search(data):
                columns = max(columns, *(column_number(own.decode()) for own in set(_FAR.findall(data))))
            before = data[-500:]
    if max(rows, count) * columns > limits.SHEET_CELLS or columns > limits.COLUMNS:
        raise ValueError(
            Phrase(
                ("a sheet reaches row {row:,} and column {column:,}, and the limits are "
                    "{cells:,} cells and {columns:,} columns: delete the cells far out, or "
                    "save it as CSV"),
                row=max(rows, count), column=columns, cells=limits.SHEET_CELLS, columns=limits.COLUMNS,
            )
        )  # fmt: skip


def _check_cells(archive: zipfile.ZipFile, part: zipfile.ZipInfo, check: Callable[[int], None]) -> None:
    """Refuse more cells, or texts of cells, than are held: an empty one of four bytes takes some thirty."""
    count = unpacked = 0
    with archive.open(part) as file:
        while block := file.read(1 << 20):
            unpacked += len(block)
            limits.check_unpacked(unpacked, part.filename)
            check(count := count + len(_ANY_CELL.findall(block)))


def column_number(letters: str) -> int:
    """The number of a column, from 1, by its letters: 28 for AB."""
    number = 0
    for letter in letters[:6]:
        number = 26 * number + ord(letter) - 64
    return number
