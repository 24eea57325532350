"""What is seen of the columns of a table while it is read through: cells that repeat, words, links."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from revdemo.errors import RevdemoError
from revdemo.tables.ratings.cells import is_blank
from revdemo.tables.reading.layout import Layout

VALUES = 2_000  # different cells of a column, from which it is none of ratings
SAMPLED = 48  # cells of each piece in which words are counted
REPEATED = 0.9  # the share of one text in a column, from which it is not a column of reviews

_CJK = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"^(?:https?://|www\.)\S+$|^[\[{]")


@dataclass
class Column:
    """What was seen of a column: its cells by how often they occur, while they are few, and its words."""

    name: str
    values: Counter | None = field(default_factory=Counter)
    filled: int = 0
    sampled: int = 0
    words: float = 0.0
    links: int = 0
    texts: Counter = field(default_factory=Counter)  # sampled cells

    @property
    def wordiness(self) -> float:
        """Words with letters in a filled cell, on average."""
        return self.words / self.sampled if self.sampled else 0.0

    @property
    def repeated(self) -> bool:
        """Whether one text stands in nearly every row."""
        cells = self.texts if self.values is None else self.values
        filled = Counter({cell: n for cell, n in cells.items() if not is_blank(cell)})
        return filled.total() > 2 and filled.most_common(1)[0][1] >= REPEATED * filled.total()

    @property
    def linked(self) -> bool:
        """Whether the cells are rather links, or lists in brackets."""
        return self.links > 0.5 * self.sampled

    def add(self, cells: Sequence[object]) -> None:
        """Look at some cells more."""
        if isinstance(cells, pa.Array | pa.ChunkedArray):
            self._count(lambda: _counted(cells))
            sample = cells.take(pa.array(_spread(len(cells)))).to_pylist()
        else:
            self._count(lambda: Counter(map(_hashable, cells) if _odd(cells) else cells))
            sample = [cells[place] for place in _spread(len(cells))]
        for cell in sample:
            if not is_blank(cell):
                self._sample(str(cell))

    def _count(self, count: Callable[[], Counter]) -> None:
        if self.values is None:
            return
        self.values.update(count())
        if len(self.values) > VALUES:
            self.values = None

    def _sample(self, text: str) -> None:
        self.sampled += 1
        text = text[:2_000]
        self.words += sum(map(bool, map(_WORD.search, text.split()))) + len(_CJK.findall(text)) / 3
        self.links += bool(_LINK.match(text))
        self.texts[text] += 1


def _spread(count: int) -> list[int]:
    """Places of some cells, spread over all of them."""
    step = max(1, count // SAMPLED)
    return list(range(0, count, step))


def _odd(cells: Sequence[object]) -> bool:
    """Whether some cells cannot be counted as they are: lists, objects, and true, which equals 1."""
    return any(isinstance(cell, list | dict | bool | set) for cell in cells)


def _hashable(cell: object) -> object:
    return str(cell) if isinstance(cell, list | dict | bool | set) else cell


def _counted(cells: pa.Array) -> Counter:
    if pa.types.is_nested(cells.type) or pa.types.is_boolean(cells.type):
        return Counter(map(str, cells.to_pylist()))
    found = pc.value_counts(cells)
    if len(found) > VALUES:
        return Counter(range(VALUES + 1))  # too many to look at
    return Counter(dict(zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True)))


class Profile:
    """What was seen of all columns of a table, as an observer of `reading.examine`."""

    def __init__(self, layout: Layout):
        self.layout, self.rows = layout, 0
        self.columns = [Column(name) for name in layout.names]

    def add(self, columns: Sequence[Sequence[object]], rows: int) -> None:
        """Look at some rows more."""
        self.rows += rows
        for column, cells in zip(self.columns, columns, strict=True):
            column.add(cells)

    def column(self, name: str) -> Column:
        """The column of a name; RevdemoError, which lists the columns, if there is none."""
        check_column([column.name for column in self.columns], name)
        return next(column for column in self.columns if column.name == name)


def check_column(columns: Iterable[str], named: str) -> str:
    """The column named; RevdemoError, which lists the columns, if there is none."""
    columns = list(columns)
    if named not in columns:
        raise RevdemoError(
            "There is no column {named!r}; there are {columns}.", named=named, columns=", ".join(columns)
        )
    return named
