"""The rows of an XLSX a piece at a time: only the texts that its cells share are held in memory."""

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree
from xml.parsers import expat

from revdemo.errors import Phrase
from revdemo.tables.reading import limits
from revdemo.tables.reading.workbooks.bounds import column_number

BLOCK = 1 << 16
DATES = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])  # formats that Excel has
SPAN = "46"
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_NO_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Record = list[object]


def is_streamed(path: Path) -> bool:
    """Whether a file is an XLSX, whose sheets are XML in a zip."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(map(str.lower, archive.namelist()))


class Damaged(ValueError):
    """The file is not XML where it should be; another library may read it all the same."""


class Streamed:
    """An XLSX that is open: `rows` reads one of its sheets."""

    def __init__(self, path: Path):
        self._archive = zipfile.ZipFile(path)
        self._members = {name.lower(): name for name in self._archive.namelist()}
        self._texts: list[str] | None = None
        try:
            book = self._tree("xl/workbook.xml")
            parts = {one.get("Id"): one for one in self._tree("xl/_rels/workbook.xml.rels")}
            self._shown = _styles(self._tree("xl/styles.xml"))
        except BaseException:
            self._archive.close()
            raise
        self.sheets, self._parts = dict[str, bool](), dict[str, str]()
        for one in book.iterfind("{*}sheets/{*}sheet"):
            part = parts.get(next((own for name, own in one.items() if name.endswith("}id")), None))
            if part is not None and part.get("Type", "").endswith("/worksheet"):
                name, target = one.get("name", ""), part.get("Target", "")
                self.sheets[name] = one.get("state", "visible") == "visible"
                self._parts[name] = (target[1:] if target.startswith("/") else f"xl/{target}").lower()
        settings = book.find("{*}workbookPr")
        since_1904 = settings is not None and settings.get("date1904") in ("1", "true")
        self._epoch = EPOCH_1904 if since_1904 else EPOCH

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self._archive.close()

    def rows(self, sheet: str) -> Iterator[tuple[int, Record]]:
        """The rows of a sheet with their numbers, each up to its last cell.

        Raises:
            Damaged: a part of it is missing or is not XML.
        """
        if self._texts is None:
            texts = _Texts()
            if "xl/sharedstrings.xml" in self._members:
                for _ in self._parsed("xl/sharedstrings.xml", texts):
                    pass
            self._texts = texts.found
        reader = _Cells(self._texts, self._shown, self._epoch)
        for _ in self._parsed(self._parts[sheet], reader):
            yield from reader.rows
            reader.rows.clear()

    def _tree(self, part: str) -> ElementTree.Element:
        if part not in self._members:
            return ElementTree.Element("none")
        try:
            return ElementTree.fromstring(self._archive.read(self._members[part]))
        except ElementTree.ParseError as error:
            raise Damaged(Phrase("it is damaged")) from error

    def _parsed(self, part: str, reader: "_Texts | _Cells") -> Iterator[None]:
        """Read a part, and stop after each block, so that what was found by then can be taken."""
        if part not in self._members:
            raise Damaged(Phrase("it is damaged"))
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
        parser.CharacterDataHandler = reader.data
        try:
            with self._archive.open(self._members[part]) as file:
                while block := file.read(BLOCK):
                    parser.Parse(block)
                    yield
                parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Damaged(Phrase("it is damaged")) from error
        yield


class _Parts:
    """What an element holds, without the readings that stand above Japanese words."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._taken = self._aside = False

    def start(self, name: str, given: dict[str, str]) -> None:
        """Begin an element."""
        if name == "v" or name == "t":
            self._taken = not self._aside
        elif name == "rPh":
            self._aside = True
        elif ":" in name:
            self.start(name.rpartition(":")[2], given)

    def end(self, name: str) -> None:
        """End an element."""
        if name == "v" or name == "t":
            self._taken = False
        elif name == "rPh":
            self._aside = False
        elif ":" in name:
            self.end(name.rpartition(":")[2])

    def data(self, text: str) -> None:
        """Take what stands between two tags, if it counts."""
        if self._taken:
            self._parts.append(text)


class _Texts(_Parts):
    """Collects the texts that cells share."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        """Begin an element."""
        if name == "si":
            self._parts = []
        else:
            super().start(name, given)

    def end(self, name: str) -> None:
        """End an element."""
        if name == "si":
            self.found.append(_unescaped("".join(self._parts)))
        else:
            super().end(name)


class _Cells(_Parts):
    """Collects the rows of a sheet."""

    def __init__(self, texts: list[str], shown: dict[str, str], epoch: datetime):
        super().__init__()
        self.rows: list[tuple[int, Record]] = []
        self._known, self._shown, self._epoch = texts, shown, epoch
        self._row: Record = []
        self._number = self._place = 0
        self._kind, self._style = "n", "0"

    def start(self, name: str, given: dict[str, str]) -> None:
        """Begin an element."""
        if name == "c":
            reference = given.get("r")
            self._place = _place(reference.rstrip("0123456789")) if reference else len(self._row)
            self._kind, self._style = given.get("t", "n"), given.get("s", "0")
            self._parts = []
        elif name == "row":
            own = given.get("r", "")
            self._number = int(own) if own.isdigit() else self._number + 1
            self._row = []
        else:
            super().start(name, given)

    def end(self, name: str) -> None:
        """End an element."""
        if name == "c":
            if self._parts:
                self._add(self._parts[0] if len(self._parts) == 1 else "".join(self._parts))
        elif name == "row":
            self.rows.append((self._number, self._row))
        else:
            super().end(name)

    def _add(self, text: str) -> None:
        row, place = self._row, self._place
        if place > len(row):
            limits.check_columns(place)
            row.extend([None] * (place - len(row)))
        cell = self._value(text)
        if place < len(row):
            row[place] = cell
        else:
            row.append(cell)

    def _value(self, text: str) -> object:
        kind = self._kind
        try:
            if kind == "n":
                shown = self._shown.get(self._style)
                return _moment(float(text), shown, self._epoch) if shown else float(text)
            if kind == "s":
                return self._known[int(text)]
            if kind == "b":
                return text.strip() == "1"
            if kind == "d":
                return datetime.fromisoformat(text)
        except (ValueError, IndexError, OverflowError):
            return text
        return None if kind == "e" else _unescaped(text)


@lru_cache(maxsize=4096)
def _place(letters: str) -> int:
    """The place of a column, from 0, by its letters: 27 for AB."""
    number = column_number(letters)
    limits.check_columns(number)
    return max(0, number - 1)


def _unescaped(text: str) -> str:
    """A text in which signs that XML cannot hold are written as _x000D_."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


# --- dates ------------------------------------------------------------------------------------------------


def _styles(styles: ElementTree.Element) -> dict[str, str]:
    """The styles of cells that show numbers as dates or times ("date"), or as spans of time ("span")."""
    codes = {
        one.get("numFmtId"): one.get("formatCode", "") for one in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    own = [one.get("numFmtId", "0") for one in styles.iterfind("{*}cellXfs/{*}xf")]
    found = {str(place): _shown_as(number, codes.get(number)) for place, number in enumerate(own)}
    return {style: shown for style, shown in found.items() if shown}


def _shown_as(number: str, code: str | None) -> str:
    if code is None:
        return "span" if number == SPAN else "date" if number.isdigit() and int(number) in DATES else ""
    plain = _NO_DATE.sub("", code.partition(";")[0]).lower()
    if re.search(r"\[[hms]+\]", plain):
        return "span"
    return "date" if re.search("[dmhys]", plain) else ""


def _moment(value: float, shown: str, epoch: datetime) -> object:
    """The date, the time alone or the span of time that a number stands for."""
    moment = timedelta(days=int(value), milliseconds=round(value % 1 * 86_400_000))
    if shown == "span":
        return moment
    if value < 0:
        return value
    if value < 1:
        return time.min if moment.days else (datetime.min + moment).time()
    if epoch == EPOCH and value < 60:
        moment += timedelta(days=1)  # Excel has a 29 February 1900
    return epoch + moment
