"""Stars for a whole table: predictions are kept as they come, so that a run goes on where it was ended."""

import hashlib
import heapq
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from revdemo import metrics
from revdemo.errors import RevdemoError
from revdemo.reviews import STARS, clean
from revdemo.table_writers import schema_of, with_columns, writing
from revdemo.tables import Chosen, chunks, labels, texts_of

COLUMNS = {"predicted": "Int8"} | dict.fromkeys(
    ("confidence", "expected", *(f"p{stars}" for stars in STARS)), "Float64"
)  # what is added to a table, and the kind of each
POLARITY_COLUMNS = {"polarity": "string", "polarity_probability": "Float64"}  # of being positive
ARROW = {"Int8": pa.int8(), "Float64": pa.float64(), "string": pa.string()}
SUFFIX = "_revdemo"  # of our columns where the table has some of the same names
DIGITS = 6

STEP = 1.5  # seconds between two looks at whether to stop, about
FIRST, MOST = 32, 2048  # rows of a step
KEPT = 7 * 24 * 3600  # seconds that the predictions of a table are kept after the last one
VERSION = 1  # of what is kept
SURPRISING = 20  # rows shown
SHORT = 200  # characters of a text among them
RESAMPLES = 1000


@dataclass(frozen=True)
class Progress:
    """How many rows are done, of how many, and how long the others take; None while that is not known."""

    done: int
    rows: int
    seconds_left: float | None = None


@dataclass(frozen=True)
class Surprise:
    """A row whose label the model finds unlikely: a label error, or a text that the model misreads."""

    row: int  # 1 is the first below the header
    text: str
    label: int
    predicted: int
    probability: float  # of the label


@dataclass
class Summary:
    """What the predictions of a table come to."""

    rows: int = 0
    wordless: int = 0
    unrated: int = 0  # of the rows with words, where the table has ratings
    counts: np.ndarray = field(default_factory=lambda: np.zeros(5, dtype=int))
    polarities: dict[str, int] = field(default_factory=dict)
    confusion: np.ndarray | None = None  # 5x5, true by predicted; None: unlabelled
    metrics: dict | None = None  # exact, near, mae and qwk with their intervals
    surprising: list[Surprise] = field(default_factory=list)


class Predictions:
    """The predictions of a chosen table, in a file of `folder` named by all that they depend on."""

    def __init__(self, chosen: Chosen, folder: Path, classifier: Any, polarity: Any = None):
        self.chosen, self._classifiers = chosen, [one for one in (classifier, polarity) if one is not None]
        self.kinds = COLUMNS | (POLARITY_COLUMNS if polarity is not None else {})
        first = next(chunks(chosen.path, 1))
        self._table_columns = [str(column) for column in first.columns]
        self.names = own_names(self._table_columns, list(self.kinds))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _forget_old(folder)
        except OSError as error:
            raise RevdemoError(f"{folder} cannot be made or written to: {error.strerror}.") from error
        self._path = folder / f"{_key(chosen, self._classifiers)}.sqlite"
        if _is_damaged(self._path):
            self._path.unlink()

    @property
    def renamed(self) -> bool:
        """Whether our columns have other names than usual, because the table has the usual ones."""
        return self.names != list(self.kinds)

    @property
    def done(self) -> int:
        """How many rows are predicted; they are the first ones."""
        with self._open() as store:
            return store.execute("SELECT coalesce(max(row) + 1, 0) FROM predictions").fetchone()[0]

    def counts(self) -> list[int]:
        """How many rows have each number of stars so far."""
        with self._open() as store:
            found = dict(store.execute("SELECT predicted, count(*) FROM predictions GROUP BY predicted"))
        return [found.get(stars, 0) for stars in STARS]

    def predict(self, start: int, texts: Sequence[str]) -> None:
        """Predict the rows from `start` on and keep them, all or none."""
        values = judge(texts, *self._classifiers)
        width = len(self.kinds)
        rows = [(start + i, *(value or (None,) * width)) for i, value in enumerate(values)]
        with self._open() as store, store:
            store.executemany(f"INSERT OR REPLACE INTO predictions VALUES ({_marks(width + 1)})", rows)

    def rows(self, start: int, stop: int) -> list[tuple]:
        """The predictions of some rows, in the order of `kinds`."""
        with self._open() as store:
            found = store.execute(
                "SELECT * FROM predictions WHERE row >= ? AND row < ? ORDER BY row", (start, stop)
            )
            return [row[1:] for row in found]

    def read(self) -> Iterator[tuple[pd.DataFrame, list[tuple]]]:
        """The table in pieces, and the predictions of each."""
        for table in chunks(self.chosen.path):
            start = int(table.index[0])
            yield table, self.rows(start, start + len(table))

    def columns(self) -> list[str]:
        """The columns of the table with ours at their end."""
        return [*self._table_columns, *self.names]

    def schema(self) -> pa.Schema:
        """The same with their kinds."""
        own = [pa.field(name, ARROW[kind]) for name, kind in self._named().items()]
        return pa.schema([*schema_of(self.chosen.path), *own])

    def joined(self, table: pd.DataFrame, rows: list[tuple]) -> pd.DataFrame:
        """A piece of the table with our columns."""
        return with_columns(table, self._named(), rows)

    def _named(self) -> dict[str, str]:
        return dict(zip(self.names, self.kinds.values(), strict=True))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        columns = ", ".join(self.kinds)
        try:
            with closing(sqlite3.connect(self._path, timeout=10)) as store:
                store.execute(f"CREATE TABLE IF NOT EXISTS predictions (row INTEGER PRIMARY KEY, {columns})")
                yield store
        except sqlite3.DatabaseError as error:
            raise RevdemoError(
                f"The predictions cannot be kept in {self._path} ({error}). Make room there, or set "
                "REVDEMO_DATA_DIR to a folder elsewhere."
            ) from error


def predict_table(
    predictions: Predictions, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[Progress]:
    """Predict the rows that are not yet, in steps of `STEP` seconds or so; each is kept before it is told."""
    chosen, began = predictions.chosen, time.monotonic()
    done = start = predictions.done
    yield Progress(done, chosen.rows)
    size = FIRST
    for table in chunks(chosen.path):
        texts = texts_of(table, chosen.text)[max(0, done - int(table.index[0])) :]
        while texts:
            if should_stop():
                return
            before = time.monotonic()
            predictions.predict(done, texts[:size])
            done, texts = done + len(texts[:size]), texts[size:]
            now = time.monotonic()
            yield Progress(done, chosen.rows, (now - began) / (done - start) * (chosen.rows - done))
            size = int(min(MOST, max(FIRST, size * min(2, STEP / (now - before + 1e-6)))))


def judge(texts: Sequence[str], classifier: Any, polarity: Any = None) -> list[tuple | None]:
    """The values of COLUMNS (and of POLARITY_COLUMNS) for each text; None where it holds no words."""
    found: list[tuple | None] = [None] * len(texts)
    worded = [i for i, text in enumerate(texts) if clean(text)]
    own = [texts[i] for i in worded]
    stars = classifier.predict(own) if own else []
    others = polarity.predict(own) if own and polarity is not None else [None] * len(own)
    for i, one, other in zip(worded, stars, others, strict=True):
        figures = (one.confidence, one.expected, *one.probabilities)
        found[i] = (one.stars, *(round(figure, DIGITS) for figure in figures))
        if other is not None:
            found[i] += (other.polarity, round(other.probability, DIGITS))
    return found


def finish(predictions: Predictions, outs: Sequence[Path] = (), inert: bool = False) -> Summary:
    """Write the table with its predictions to each of the files, and sum them up, in one pass.

    Raises:
        RevdemoError: a file cannot be written, or not every row is predicted.
    """
    if predictions.done < predictions.chosen.rows:
        raise RevdemoError("Not every row is predicted yet. Predict the others first.")
    columns = predictions.columns()
    schema = predictions.schema() if any(out.suffix.lower() == ".parquet" for out in outs) else None
    summary, surprising = Summary(), []
    if predictions.chosen.rating:
        summary.confusion = np.zeros((5, 5), dtype=int)
    with ExitStack() as files:
        writes = [files.enter_context(writing(out, columns, schema, inert)) for out in outs]
        for table, rows in predictions.read():
            for write in writes:
                write(predictions.joined(table, rows))
            _add(summary, surprising, predictions.chosen, table, rows)
    if summary.confusion is not None and summary.confusion.any():
        summary.metrics = with_intervals(summary.confusion)
    summary.surprising = [one for *_, one in sorted(surprising, key=lambda item: item[:2], reverse=True)]
    return summary


def _add(summary: Summary, surprising: list, chosen: Chosen, table: pd.DataFrame, rows: list[tuple]) -> None:
    stars = labels(table, chosen)
    summary.rows += len(rows)
    for position, text, label, row in zip(
        table.index, texts_of(table, chosen.text), stars, rows, strict=True
    ):
        predicted, shares = row[0], row[3:8]
        if predicted is None:
            summary.wordless += 1
            continue
        summary.counts[predicted - 1] += 1
        if len(row) > len(COLUMNS):
            summary.polarities[row[8]] = summary.polarities.get(row[8], 0) + 1
        if label is None:
            summary.unrated += chosen.rating is not None
            continue
        summary.confusion[label - 1, predicted - 1] += 1
        share = shares[label - 1]
        if label != predicted:
            _keep_largest(surprising, (-math.log(max(share, 1e-12)), -int(position)), text, label, row)


def _keep_largest(heap: list, rank: tuple[float, int], text: str, label: int, row: tuple) -> None:
    """Keep the rows of the highest -log probability of their label; of equal ones those that come first."""
    if len(heap) == SURPRISING and rank < heap[0][:2]:
        return
    brief = " ".join(text.split())
    brief = brief if len(brief) <= SHORT else brief[: SHORT - 1] + "…"
    item = (*rank, Surprise(1 - rank[1], brief, label, row[0], row[2 + label]))
    (heapq.heappush if len(heap) < SURPRISING else heapq.heappushpop)(heap, item)


def with_intervals(confusion: np.ndarray, seed: int = 0) -> dict:
    """Exact, near, mae and qwk of a confusion matrix with 95 % intervals, bootstrapped over rows.

    Rows of one cell are alike, so a resample of the rows is a draw from the cells: memory for any table.
    """
    cells = confusion.reshape(25)
    total = cells.sum()
    draws = np.random.default_rng(seed).multinomial(total, cells / total, size=RESAMPLES)
    return metrics.from_draws(metrics.star_metrics(np.vstack([cells, draws]).astype(float)))


def own_names(taken: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Names for our columns: the usual ones, all with a suffix where the table has one of them."""
    suffixes = ("", SUFFIX, *(f"{SUFFIX}{number}" for number in range(2, len(taken) + 3)))
    choices = ([name + suffix for name in ours] for suffix in suffixes)
    return next(names for names in choices if not set(names) & set(taken))


def _key(chosen: Chosen, classifiers: Sequence[Any]) -> str:
    """What predictions depend on: the table's content, the column of the texts, and the models."""
    digest = hashlib.sha256()
    with Path(chosen.path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    sources = [getattr(one, "source", None) for one in classifiers]
    models = [(getattr(one, "label", ""), getattr(one, "revision", "")) for one in sources]
    digest.update(repr((VERSION, Path(chosen.path).suffix.lower(), chosen.text, models)).encode())
    return digest.hexdigest()


def _forget_old(folder: Path) -> None:
    for path in folder.glob("*.sqlite"):
        if time.time() - path.stat().st_mtime > KEPT:
            path.unlink(missing_ok=True)


def _is_damaged(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=10)) as store:
            return store.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
    except sqlite3.OperationalError:  # such as a full disk, of which its use will tell
        return False
    except sqlite3.DatabaseError:
        return True


def _marks(count: int) -> str:
    return ", ".join("?" * count)
