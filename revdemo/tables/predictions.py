"""The predictions of a table while they are made: kept in a file, so that a run resumes where it ended."""

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from revdemo.errors import Phrase, RevdemoError
from revdemo.reviews import STARS, clean
from revdemo.store import Store
from revdemo.tables.columns.texts import is_reviewable
from revdemo.tables.table import Chosen
from revdemo.tables.writing import schema_of, with_columns

COLUMNS = {"predicted": "Int8"} | dict.fromkeys(
    ("confidence", "expected", *(f"p{stars}" for stars in STARS)), "Float64"
)  # what is added to a table, and the kind of each
POLARITY_COLUMNS = {"polarity": "string", "polarity_probability": "Float64"}  # of being positive
ARROW = {"Int8": pa.int8(), "Float64": pa.float64(), "string": pa.string()}
SUFFIX = "_revdemo"  # of our columns where the table has some of the same names
DIGITS = 6
KEPT = 7 * 24 * 3600  # seconds that the predictions of a table are kept after the last one
VERSION = 3  # of what is kept


def kinds_of(polarity: bool) -> dict[str, str]:
    """The columns that a predicted table gets, with polarity or without, and their kinds."""
    return COLUMNS | (POLARITY_COLUMNS if polarity else {})


def schema_with(kinds: Mapping[str, str], table: Iterable[pa.Field] = ()) -> pa.Schema:
    """The columns of a table with ours at their end."""
    return pa.schema([*table, *(pa.field(name, ARROW[kind]) for name, kind in kinds.items())])


class Predictions:
    """The predictions of a chosen table, in a file of `folder` named by all that they depend on."""

    def __init__(self, chosen: Chosen, folder: Path, classifier: Any, polarity: Any = None):
        self.chosen, self._classifiers = chosen, [one for one in (classifier, polarity) if one is not None]
        self.kinds = kinds_of(polarity is not None)
        self._table_columns = chosen.columns
        self.names = own_names(self._table_columns, list(self.kinds))
        _forget_old(folder)
        path = folder / f"{_key(chosen, self._classifiers)}.sqlite"
        self._store = Store(path, (self._make,), Phrase("The predictions of a table"))
        if not self._is_sound():
            self._store.begin_anew()

    @property
    def renamed(self) -> bool:
        """Whether our columns have other names than usual, because the table has the usual ones."""
        return self.names != list(self.kinds)

    @property
    def done(self) -> int:
        """How many rows are predicted; they are the first ones."""
        return self._store.read("SELECT coalesce(max(row) + 1, 0) FROM predictions")[0][0]

    def counts(self) -> list[int]:
        """How many rows have each number of stars so far."""
        found = dict(self._store.read("SELECT predicted, count(*) FROM predictions GROUP BY predicted"))
        return [found.get(stars, 0) for stars in STARS]

    def predict(self, start: int, texts: Sequence[str]) -> None:
        """Predict the rows from `start` on and keep them, all or none."""
        values = predict_texts(texts, *self._classifiers)
        width = len(self.kinds)
        rows = [(start + i, *(value or (None,) * width)) for i, value in enumerate(values)]
        with self._store.writing() as connection:
            connection.executemany(f"INSERT OR REPLACE INTO predictions VALUES ({_marks(width + 1)})", rows)

    def rows(self, start: int, stop: int) -> list[tuple]:
        """The predictions of some rows, in the order of `kinds`."""
        query = "SELECT * FROM predictions WHERE row >= ? AND row < ? ORDER BY row"
        return [row[1:] for row in self._store.read(query, (start, stop))]

    def read(self) -> Iterator[tuple[pd.DataFrame, list[tuple]]]:
        """The table in pieces, and the predictions of each."""
        for table in self.chosen.chunks():
            start = int(table.index[0])
            yield table, self.rows(start, start + len(table))

    def columns(self) -> list[str]:
        """The columns of the table with ours at their end."""
        return [*self._table_columns, *self.names]

    def schema(self) -> pa.Schema:
        """The same with their kinds."""
        return schema_with(self._named(), schema_of(self.chosen.path, self.chosen.layout))

    def joined(self, table: pd.DataFrame, rows: list[tuple]) -> pd.DataFrame:
        """A piece of the table with our columns."""
        return with_columns(table, self._named(), rows)

    def _named(self) -> dict[str, str]:
        return dict(zip(self.names, self.kinds.values(), strict=True))

    def _make(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"CREATE TABLE predictions (row INTEGER PRIMARY KEY, {', '.join(self.kinds)})")

    def _is_sound(self) -> bool:
        """Whether the rows are the first ones without a gap, and hold what was predicted or nothing."""
        numbers = " AND ".join(
            f"typeof({name}) IN ('integer', 'real')" for name, kind in self.kinds.items() if kind != "string"
        )
        query = f"""
            SELECT coalesce(min(row), 0), coalesce(max(row) + 1, 0) - count(*),
              count(*) FILTER (WHERE predicted IS NOT NULL AND NOT (predicted BETWEEN 1 AND 5 AND {numbers}))
            FROM predictions"""
        return self._store.read(query) == [(0, 0, 0)]


def predict_texts(texts: Sequence[str], classifier: Any, polarity: Any = None) -> list[tuple | None]:
    """The values of COLUMNS (and of POLARITY_COLUMNS) for each text; None where it holds no words."""
    rows: list[tuple | None] = [None] * len(texts)
    cleaned = [clean(text) if is_reviewable(text) else "" for text in texts]
    worded = [i for i, text in enumerate(cleaned) if text]
    asked = [cleaned[i] for i in worded]
    stars = classifier.predict(asked) if asked else []
    polarities = polarity.predict(asked) if asked and polarity is not None else [None] * len(asked)
    for i, predicted, also in zip(worded, stars, polarities, strict=True):
        figures = (predicted.confidence, predicted.expected, *predicted.probabilities)
        rows[i] = (
            predicted.stars,
            *(round(figure, DIGITS) for figure in figures),
            *(() if also is None else (also.polarity, round(also.probability, DIGITS))),
        )
    return rows


def own_names(taken: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Names for our columns: the usual ones, all with a suffix where the table has one of them."""
    suffixes = ("", SUFFIX, *(f"{SUFFIX}{number}" for number in range(2, len(taken) + 3)))
    choices = ([name + suffix for name in ours] for suffix in suffixes)
    return next(names for names in choices if not set(names) & set(taken))


def _key(chosen: Chosen, classifiers: Sequence[Any]) -> str:
    """What predictions depend on: the table and how it is read, the column of the texts, the models."""
    digest = hashlib.sha256()
    try:
        with Path(chosen.path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        name = Path(chosen.path).name
        raise RevdemoError("{file} cannot be read: {reason}.", file=name, reason=error.strerror) from error
    sources = [getattr(one, "source", None) for one in classifiers]
    models = [(getattr(one, "label", ""), getattr(one, "revision", "")) for one in sources]
    digest.update(repr((VERSION, chosen.layout and chosen.layout.key, chosen.text, models)).encode())
    return digest.hexdigest()


def _forget_old(folder: Path) -> None:
    for path in folder.glob("*.sqlite*"):
        with suppress(OSError):  # another process forgets them too
            if time.time() - path.stat().st_mtime > KEPT:
                path.unlink()


def _marks(count: int) -> str:
    return ", ".join("?" * count)
