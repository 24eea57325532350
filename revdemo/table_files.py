"""Tables on disk, read a piece at a time: CSV, XLSX, JSON (a list or lines) and Parquet."""

import codecs
import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from statistics import median
from xml.etree.ElementTree import ParseError

import pandas as pd

from revdemo.columns import TEXT_COLUMNS
from revdemo.errors import RevdemoError

KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
CHUNK = 2048  # rows
SNIFFED = 1 << 16  # characters of a CSV from which its separator is told
HEAD = 50  # records among which the header is looked for
SEPARATORS = ",;\t|"
NO_SEPARATOR = "\x1f"
LONGEST_CELL = 1_000_000  # characters: what is longer is rather a quote that nobody closed
LARGEST_SHEET = 2 << 30  # bytes of a spreadsheet once unpacked

Record = Sequence[object]


def kind_of(path: Path) -> str:
    """The kind of a table by its file name: csv, xlsx, json (a list, or an object a line) or parquet."""
    if path.suffix.lower() not in KINDS:
        raise RevdemoError(f"{path.name} is none of the tables known here: name it {', '.join(KINDS)}.")
    return KINDS[path.suffix.lower()]


def chunks(path: str | Path, rows: int = CHUNK) -> Iterator[pd.DataFrame]:
    """A table in pieces of at most `rows` rows, all with the same columns, indexed by the row's position.

    A CSV may be UTF-8, UTF-16 or Windows-1252, and split by commas, semicolons, tabs or bars; its cells stay
    the strings they are. Of a spreadsheet the first sheet with rows is read. Lines above the header that only
    hold a title are skipped. All but a JSON list stay out of memory.

    Raises:
        RevdemoError: the file is missing, empty, or not of its kind; its first rows come before it is known.
    """
    path = Path(path)
    kind = kind_of(path)
    start = 0
    try:
        for frame in READERS[kind](path, rows):
            frame.index = range(start, start + len(frame))
            start += len(frame)
            yield frame
    except OSError as error:
        raise RevdemoError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, csv.Error, zipfile.BadZipFile, ParseError, NotImplementedError) as error:
        reason = (str(error).splitlines() or ["it is damaged"])[0]
        raise RevdemoError(f"{path.name} is not a readable {kind} table: {reason}") from error


def read_table(path: str | Path) -> pd.DataFrame:
    """A whole table; see `chunks`.

    Raises:
        RevdemoError: the file is missing, empty, or not of its kind.
    """
    found = list(chunks(path))
    if not found:
        raise RevdemoError(f"{Path(path).name} holds no rows.")
    return pd.concat(found)


# --- CSV --------------------------------------------------------------------------------------------------


def _read_csv(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    csv.field_size_limit(LONGEST_CELL)
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        separator = _separator(file.read(SNIFFED))
    with path.open(encoding=encoding, newline="") as file:
        records = filter(None, csv.reader(file, delimiter=separator))
        for names, block in _blocks(records, rows, nameless=False):
            yield pd.DataFrame(block, columns=names, dtype=str).fillna("")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(SNIFFED)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start:
        raise ValueError("it holds binary data, not text")
    fitting = (encoding for encoding in ("utf-8-sig", "cp1252") if _decodes(path, encoding))
    return next(fitting, "latin-1")  # which has a letter for every byte


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _separator(sample: str) -> str:
    """The separator that cuts the records most evenly, and of several such the one that cuts them most."""
    if sample.strip().partition("\n")[0].strip('"\r ').lower() in TEXT_COLUMNS:
        return NO_SEPARATOR  # a single column, whose texts may hold any of them
    scores = {separator: _evenness(sample, separator) for separator in SEPARATORS}
    return max(scores, key=scores.get)


def _evenness(sample: str, separator: str) -> tuple[float, int]:
    records = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    try:
        widths = [len(record) for record in islice(filter(None, records), 200)]
    except csv.Error:
        return 0.0, 0
    if len(sample) == SNIFFED:
        widths = widths[:-1]  # of which the end is missing
    width, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
    return (count / len(widths), width) if width > 1 else (0.0, 0)


# --- spreadsheets -----------------------------------------------------------------------------------------


def _read_xlsx(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST_SHEET:
            raise ValueError("it unpacks to more than 2 GB; save it as CSV")
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        records = next(filter(None, map(_filled_rows, book.worksheets)), iter(()))
        for names, block in _blocks(records, rows, nameless=True):
            yield pd.DataFrame(block, columns=names, dtype=object)
    finally:
        book.close()


def _filled_rows(sheet) -> Iterator[Record] | None:
    """The rows of a sheet that hold anything, None if there are none."""
    sheet.reset_dimensions()  # which some programs write wrong
    found = (row for row in sheet.iter_rows(values_only=True) if any(map(_is_filled, row)))
    first = next(found, None)
    return None if first is None else chain([first], found)


# --- what CSV and spreadsheets share ----------------------------------------------------------------------


def _blocks(
    records: Iterator[Record], rows: int, nameless: bool
) -> Iterator[tuple[list[str], list[list[object]]]]:
    """The names of the columns and the records below the header, `rows` at a time.

    nameless: whether cells may stand beyond the last name; their columns get a number for a name.
    """
    head = list(islice(records, HEAD))
    if not head:
        raise ValueError("it is empty")
    top = _header_at(head)
    width = len(_trimmed(head[top]))
    if nameless:
        width = max(len(_trimmed(record)) for record in head)
    names = _names(_padded(head[top], width, top + 1))
    numbered = enumerate(chain(head[top + 1 :], records), start=top + 2)
    body = (_padded(record, width, number) for number, record in numbered)
    while block := list(islice(body, rows)):
        yield names, block


def _header_at(head: Sequence[Record]) -> int:
    """Where the header is: below the lines that hold a title at most."""
    filled = [[place for place, cell in enumerate(record) if _is_filled(cell)] for record in head]
    below = [places for places in filled[1:] if places]
    if not below:
        return 0
    typical, left = median(map(len, below)), min(map(min, below))
    for number, places in enumerate(filled):
        if places and (len(places) > typical / 2 or min(places) > left):
            return number
    return 0


def _names(header: Record) -> list[str]:
    """A name for each column, none of them twice."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = " ".join(str(cell).split()) if _is_filled(cell) else f"column {number}"
        repeats = (f"{name}.{n}" for n in range(2, len(header) + 2))
        names.append(next(one for one in chain([name], repeats) if one not in names))
    return names


def _padded(record: Record, width: int, number: int) -> list[object]:
    cells = _trimmed(record)
    if len(cells) > width:
        raise ValueError(
            f"row {number} has {len(cells)} cells and the header names {width}; are its texts in quotes?"
        )
    return cells + [None] * (width - len(cells))


def _trimmed(record: Record) -> list[object]:
    """A record without the empty cells at its end."""
    cells = list(record)
    while cells and not _is_filled(cells[-1]):
        cells.pop()
    return cells


def _is_filled(cell: object) -> bool:
    return cell is not None and cell != ""


# --- JSON -------------------------------------------------------------------------------------------------


def _read_json(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    names = list(dict.fromkeys(chain.from_iterable(_objects(path))))
    found = iter(_objects(path))
    while block := list(islice(found, rows)):
        yield pd.DataFrame(block, columns=names, dtype=object)


def _objects(path: Path) -> Iterator[dict]:
    with path.open(encoding=_encoding(path)) as file:
        start = file.read(SNIFFED)
    if not start.strip():
        raise ValueError("it is empty")
    with path.open(encoding=_encoding(path)) as file:
        found: Iterable = json.load(file) if start.lstrip().startswith("[") else _lines(file)
        for one in found:
            if not isinstance(one, dict):
                raise ValueError("every row must be an object with named fields")
            yield one


def _lines(file: Iterable[str]) -> Iterator[object]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"line {number} is no JSON object ({error.msg})") from error


# --- Parquet ----------------------------------------------------------------------------------------------


def _read_parquet(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if not re.fullmatch(r"__index_level_\d+__", name)]
        for group in range(file.num_row_groups):  # one at a time: together pyarrow holds the whole file
            for batch in file.iter_batches(batch_size=rows, row_groups=[group], columns=names):
                if batch.num_rows:
                    yield batch.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)


READERS = {"csv": _read_csv, "xlsx": _read_xlsx, "json": _read_json, "parquet": _read_parquet}
