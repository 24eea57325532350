"""JSON tables: a list or lines of objects, what pandas writes in each orientation, and these in an object."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TextIO

from revdemo.errors import Phrase
from revdemo.tables.reading import limits
from revdemo.tables.reading.json_shapes import NO_OBJECT, Row, table_of, unfolded
from revdemo.tables.reading.layout import HEAD, Layout, find_header, in_blocks, unique_names
from revdemo.tables.reading.options import ReadOptions
from revdemo.tables.reading.text.encoding import find_encoding

DEPTH = 4  # objects in objects whose fields become columns of their own
SNIFFED = 1 << 16
LOOKED_AT = 20  # objects in which a name may stand twice
DIGITS = sys.float_info.max_10_exp  # of a whole number: a spreadsheet cannot hold a longer one

UNNAMED = Phrase("The rows do not name their cells, so the columns are numbered.")

DEEP = Phrase("it is nested too deeply")


def detect(path: Path, options: ReadOptions) -> Layout:
    """How the file holds its rows, and the names of all of their fields."""
    found = find_encoding(path, options.encoding)
    layout = Layout(
        "json", encoding=found.name, errors=found.errors, header=options.header, notes=found.notes
    )
    with _opened(path, layout) as file:
        start = file.read(SNIFFED)
    if not start.strip():
        raise ValueError(Phrase("it is empty"))
    mode = "lines" if _are_lines(start) else "whole"
    layout = replace(layout, mode=mode, repeats=_repeats(start))
    names = dict[str, None]()
    for row in _rows(path, layout):
        if row.keys() - names.keys():
            names.update(dict.fromkeys(row))
            limits.check_columns(len(names))
    said = [UNNAMED] if names and all(name.startswith("column ") for name in names) else []
    return replace(layout, names=unique_names(names), path=tuple(names), notes=(*layout.notes, *said))


def blocks(path: Path, layout: Layout, rows: int) -> Iterator[list[list[object]]]:
    """The columns of the table, some rows at a time."""
    for block in in_blocks(_rows(path, layout), rows):
        yield [[_sound(row.get(name)) for row in block] for name in layout.path]


def _sound(value: object) -> object:
    """A value in which a half of a character, which JSON can hold and files cannot, is marked as such."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, list):
        return [_sound(part) for part in value]
    if isinstance(value, dict):
        return {str(_sound(name)): _sound(part) for name, part in value.items()}
    return value


def _opened(path: Path, layout: Layout) -> TextIO:
    return path.open(encoding=layout.encoding, errors=layout.errors)


def _are_lines(start: str) -> bool:
    """Whether each line is a value of its own, as in JSON lines."""
    lines = [line for line in start.split("\n") if line.strip()]
    whole = lines if len(start) < SNIFFED or len(lines) == 1 else lines[:-1]
    if not lines[0].lstrip().startswith(("{", "[")) or len(whole) < 2:
        return False
    return _loads(lines[0].strip().rstrip(",")) is not None and lines[0].strip() not in ("[", "{")


def _repeats(start: str) -> bool:
    """Whether an object at the beginning has a name twice."""
    repeated = []

    def look(pairs: list[tuple[str, object]]) -> None:
        repeated.append(len(dict(pairs)) < len(pairs))

    decoder = json.JSONDecoder(object_pairs_hook=look)
    for found in islice(re.finditer(r"\{", start), LOOKED_AT):
        with suppress(ValueError, RecursionError):
            decoder.raw_decode(start, found.start())
    return any(repeated)


def _loads(text: str) -> object | None:
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


# --- rows -------------------------------------------------------------------------------------------------


def _rows(path: Path, layout: Layout) -> Iterator[Row]:
    """The rows as objects without objects in them."""
    if layout.mode == "lines":
        return map(_flat, unfolded(_objects(_lines(path, layout), layout.header)))
    return map(_flat, unfolded(_objects(table_of(_whole(path, layout)), layout.header)))


def _lines(path: Path, layout: Layout) -> Iterator[object]:
    decoder = _decoder(layout)
    with _opened(path, layout) as file:
        for number, line in enumerate(limits.lines(file), start=1):
            if line := line.strip().rstrip(","):
                try:
                    yield decoder.decode(line)
                except (ValueError, RecursionError) as error:
                    said = getattr(error, "msg", error.args[0])
                    reason = DEEP if isinstance(error, RecursionError) else said
                    raise ValueError(
                        Phrase("line {line:,} is not a JSON object ({reason})", line=number, reason=reason)
                    ) from error


def _decoder(layout: Layout) -> json.JSONDecoder:
    """What reads a value; slower where a name repeats in an object, which a plain one would lose."""
    return json.JSONDecoder(object_pairs_hook=_object if layout.repeats else None, parse_int=_number)


def _number(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(
            Phrase(
                "a number has more than {most:,} digits, which is the limit; put it in quotes", most=DIGITS
            )
        )
    return int(digits)


def _whole(path: Path, layout: Layout) -> object:
    """The value that the file holds; several, one after the other, as a list."""
    limits.check_whole_json(path.stat().st_size, path.name)
    with _opened(path, layout) as file:
        text = file.read()
    decoder, place, found = _decoder(layout), 0, []
    try:
        while place < len(text):
            while place < len(text) and text[place] in " \t\r\n,\ufeff":
                place += 1
            if place < len(text):
                value, place = decoder.raw_decode(text, place)
                found.append(value)
    except RecursionError as error:
        raise ValueError(DEEP) from error
    except json.JSONDecodeError as error:
        raise ValueError(
            Phrase(
                "it is not JSON in line {line:,}, column {column:,} ({reason}): write it with a JSON "
                "library, or save it as CSV",
                line=error.lineno, column=error.colno, reason=error.msg,
            )
        ) from error  # fmt: skip
    return found[0] if len(found) == 1 else found


def _object(pairs: list[tuple[str, object]]) -> Row:
    """An object in which a name that repeats gets a number, as in the other kinds of tables."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    found, seen = {}, Counter[str]()
    for name, value in pairs:
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}.{seen[name]}"] = value
    return found


def _objects(found: Iterable[object], header: bool | None) -> Iterator[Row]:
    """Rows as objects: those of a list take their names from the first one, where it holds names."""
    rows = iter(found)
    head = list(islice(rows, HEAD))
    lists = [row for row in head if isinstance(row, list)]
    if head and len(lists) == len(head):
        top, named = find_header(lists, header)
        width = max(map(len, lists))
        names = unique_names([*(lists[top] if named else []), *[None] * width][:width])
        for row in _all(lists[top + named :], rows):
            if not isinstance(row, list) or len(row) > width:
                raise ValueError(Phrase("every row must be a list of as many cells as the others"))
            yield dict(zip(names, row, strict=False))
        return
    if head and all(isinstance(row, str) for row in head):
        for row in _all(head, rows):
            yield {"column 1": row}
        return
    for row in _all(head, rows):
        if not isinstance(row, dict):
            raise ValueError(NO_OBJECT)
        yield row


def _all(head: Iterable[object], rest: Iterable[object]) -> Iterator[object]:
    yield from head
    yield from rest


def _flat(row: Row) -> Row:
    """A row whose fields are not objects: {"review": {"text": …}} has a field review.text."""
    if not any(isinstance(value, dict) for value in row.values()):
        return row
    found: Row = {}
    for name, value in _fields(row, "", DEPTH):
        found.setdefault(name, value)
    return found


def _fields(row: Row, above: str, depth: int) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("$"):
            yield above + name, _of_mongo(*value.items())
        elif isinstance(value, dict) and value and depth:
            yield from _fields(value, f"{above}{name}.", depth - 1)
        else:
            yield above + name, value


def _of_mongo(pair: tuple[str, object]) -> object:
    """The value of {"$numberInt": "5"} and its like, which name their kind."""
    kind, value = pair
    if not kind.startswith("$number"):
        return value
    with suppress(ValueError):
        number = float(str(value))
        return int(number) if number.is_integer() else number
    return value
