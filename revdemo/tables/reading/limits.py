"""What a table may be at most. A bound is named where it is met, so that a visitor knows what to cut."""

from collections.abc import Iterator
from functools import partial
from typing import TextIO

from revdemo.errors import Phrase, RevdemoError

COLUMNS = 2_000
ROWS = 20_000_000
CELLS = 500_000_000
CELL = 1_000_000  # characters: what is longer is rather a quote that nobody closed
LINE = 32 << 20  # characters of a line
WHOLE_JSON = 256 << 20  # bytes of JSON that is not in lines: in memory it takes ten times as much
UNPACKED = 1 << 30  # bytes of a packed table or a spreadsheet, once unpacked
SHEET_CELLS = 20_000_000  # of a spreadsheet, empty ones among them: they are held in memory together
SHEET_TEXTS = 5_000_000  # texts that the cells of a workbook share; all are read before the first row
CHUNK = 2048  # rows that are read together, where they are narrow
CHUNK_CELLS = 1_000_000


def rows_together(columns: int, rows: int = CHUNK) -> int:
    """How many rows are read together: fewer where a table is wide."""
    return max(1, min(rows, CHUNK_CELLS // max(1, columns)))


def check_columns(count: int) -> None:
    """Refuse a table of too many columns."""
    if count > COLUMNS:
        raise ValueError(
            Phrase(
                "it has more than {most:,} columns, which is the limit; keep the ones you need",
                most=COLUMNS,
            )
        )


def check_rows(count: int, columns: int) -> None:
    """Refuse a table of too many rows, or of too many cells."""
    if count > ROWS:
        raise ValueError(
            Phrase(
                ("it has more than {most:,} rows, which is the limit; split it into several files"), most=ROWS
            )
        )
    if count * columns > CELLS:
        raise ValueError(
            Phrase(
                ("it has more than {most:,} cells, which is the limit; split it into several files"),
                most=CELLS,
            )
        )


def lines(file: TextIO) -> Iterator[str]:
    """The lines of a file; one that is too long is refused before it is in memory."""
    for number, line in enumerate(iter(partial(file.readline, LINE), ""), start=1):
        if len(line) == LINE:
            raise ValueError(
                Phrase(
                    "line {line:,} is longer than {most:,} characters, which is the limit",
                    line=number,
                    most=LINE,
                )
            )
        yield line


def long_cell(row: int | None = None) -> Phrase:
    """What is said of a cell that is too long."""
    if row is None:
        return Phrase("a cell has more than {most:,} characters, which is the limit", most=CELL)
    return Phrase(
        "row {row:,} has a cell of more than {most:,} characters: is a quote not closed?", row=row, most=CELL
    )


def check_whole_json(size: int, name: str) -> None:
    """Refuse JSON that is too large to be held in memory."""
    if size > WHOLE_JSON:
        raise RevdemoError(
            (
                "{file} is JSON in one piece of more than {most:,} MB, which is the limit: "
                "save it as JSON lines."
            ),
            file=name,
            most=WHOLE_JSON >> 20,
        )


def check_sheet_cells(count: int) -> None:
    """Refuse a sheet of too many cells, empty ones among them."""
    if count > SHEET_CELLS:
        raise ValueError(
            Phrase(
                ("it has more than {most:,} cells, which is the limit; split it into several files"),
                most=SHEET_CELLS,
            )
        )


def check_sheet_texts(count: int) -> None:
    """Refuse a workbook of too many texts, also where no cell holds them."""
    if count > SHEET_TEXTS:
        raise ValueError(
            Phrase(
                "its cells share more than {most:,} texts, which is the limit; save it as CSV",
                most=SHEET_TEXTS,
            )
        )


def check_unpacked(size: int, name: str) -> None:
    """Refuse what unpacks to too much."""
    if size > UNPACKED:
        raise RevdemoError(
            ("{file} unpacks to more than {most:,} MB, which is the limit: split it into several files."),
            file=name,
            most=UNPACKED >> 20,
        )
