"""Where a JSON value holds its table: in an orientation of pandas, under a name, or in lists of objects."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from statistics import mean

from revdemo.errors import Phrase
from revdemo.tables.names import text_tier
from revdemo.tables.reading.layout import HEAD, unique_names

WRAPPED = 3  # objects around the table, at most
PROSE = 3  # words of a text
NAMES = ("columns", "headers", "header", "fields", "column_names")  # of the columns, beside lists of cells
CELLS = ("data", "rows", "values", "records")

NO_OBJECT = Phrase("every row must be an object with named fields")

Row = dict[str, object]


def unfolded(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows that are reviews: those of its list where each row holds one, as pages and products do."""
    found = iter(rows)
    head = list(islice(found, HEAD))
    name = _list_of_reviews(head)
    for row in chain(head, found):
        inner = row.get(name) if name else None
        if not isinstance(inner, list):
            yield row
            continue
        outer = {own: cell for own, cell in row.items() if own != name}
        for part in inner:
            yield {**outer, str(name): part}


def _list_of_reviews(head: list[Row]) -> str | None:
    """The field whose lists of objects hold texts rather than the rows themselves do; None without one."""
    lists: dict[str, list[Row]] = {}
    for row in head:
        for name, cell in row.items():
            if isinstance(cell, list) and cell and all(isinstance(part, dict) for part in cell):
                lists.setdefault(name, []).extend(cell)
    own = _best_text(head)
    best = {name: _best_text(parts) for name, parts in lists.items()}
    better = [name for name, tier in best.items() if tier < own]
    return min(better, key=lambda name: (best[name], -len(lists[name]))) if better else None


def _best_text(rows: list[Row]) -> int:
    """How much the names of those fields say texts that hold some: 0 is most, 10 where no field does."""
    texts: dict[str, list[str]] = {}
    for row in rows:
        below = [part.items() for part in row.values() if isinstance(part, dict)]
        for name, cell in chain(row.items(), *below):
            if isinstance(cell, str):
                texts.setdefault(name, []).append(cell)
    tiers = [text_tier(name) for name, cells in texts.items() if mean(len(c.split()) for c in cells) >= PROSE]
    return min(tiers, default=10)


# --- the table in a value ---------------------------------------------------------------------------------


def table_of(value: object, depth: int = WRAPPED) -> list[object]:
    """The rows of a value: a list, or what an object holds in one of the ways of pandas, or under a name."""
    if isinstance(value, list):
        lists = [part for part in value if isinstance(part, list) and part]
        pages = len(lists) == len(value) and all(isinstance(row, dict) for part in lists for row in part)
        return [row for part in lists for row in part] if pages else value
    if not isinstance(value, dict):
        raise ValueError(NO_OBJECT)
    if split := _split(value):
        return split
    if isinstance(value.get("schema"), dict) and isinstance(value.get("data"), list):  # orient="table"
        return value["data"]
    parts = list(value.values())
    if parts and all(isinstance(part, dict) for part in parts) and (rows := _oriented(value)):
        return list(rows)
    if _are_columns(parts):
        return [dict(zip(value, cells, strict=True)) for cells in zip(*parts, strict=True)]
    inner = [part for part in parts if isinstance(part, list) and part and isinstance(part[0], dict | list)]
    if inner:
        return max(inner, key=len)
    texts = [part for part in parts if isinstance(part, list) and part and isinstance(part[0], str)]
    if len(parts) == 1 and texts:
        return [{next(iter(value)): text} for text in texts[0]]
    below = [part for part in parts if isinstance(part, dict) and _holds_table(part)]
    return table_of(max(below, key=len), depth - 1) if below and depth else [value]


def _split(value: Row) -> list[object]:
    """Rows of lists of cells with the names beside them, as in pandas' orient="split"; [] without such."""
    names = next((value[name] for name in NAMES if isinstance(value.get(name), list)), None)
    cells = next((value[name] for name in CELLS if isinstance(value.get(name), list)), None)
    if not isinstance(names, list) or not isinstance(cells, list):
        return []
    called = unique_names(name.get("name") if isinstance(name, dict) else name for name in names)
    return [dict(zip(called, row, strict=False)) for row in cells if isinstance(row, list)]


def _are_columns(parts: list[object]) -> bool:
    """Whether these are lists of cells, one per column."""
    lists = [part for part in parts if isinstance(part, list)]
    if len(lists) < 2 or len(lists) < len(parts) or len(set(map(len, lists))) > 1:
        return False
    return not any(isinstance(cell, dict) for part in lists for cell in part[:3])


def _holds_table(value: Row) -> bool:
    parts = list(value.values())
    if any(isinstance(part, list) and part and isinstance(part[0], dict | list) for part in parts):
        return True
    return len(parts) > 1 and all(isinstance(part, dict) for part in parts)


def _oriented(value: dict[str, Row]) -> list[Row]:
    """The rows of an object of objects: of columns by row, or of rows by column; [] where it is neither."""
    outer, inner = list(value), [list(part) for part in value.values()]
    fields = dict.fromkeys(name for part in inner for name in part)
    alike = sum(len(part) for part in inner) >= 0.5 * len(fields) * len(outer)
    if (
        not fields
        or not alike
        or any(_holds_objects(cell) for part in value.values() for cell in part.values())
    ):
        return []
    by_row = all(map(_is_index, fields)) and not all(map(_is_index, outer))
    by_column = all(map(_is_index, outer)) and not all(map(_is_index, fields))
    if by_row or (not by_column and len(fields) > len(outer)):  # orient="columns"
        return [{name: part.get(row) for name, part in value.items()} for row in fields]
    if len(outer) == 1:
        return []
    return list(value.values())  # orient="index"


def _holds_objects(cell: object) -> bool:
    return isinstance(cell, dict) or (isinstance(cell, list) and bool(cell) and isinstance(cell[0], dict))


def _is_index(name: str) -> bool:
    return name.lstrip("-").isdigit()
