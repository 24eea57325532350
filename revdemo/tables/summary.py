"""What the predictions of a table come to: counts, measures against its ratings, and surprising rows."""

import heapq
import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo import intervals, notebooks
from revdemo.errors import RevdemoError
from revdemo.evaluation import confusion_matrix, metrics
from revdemo.tables.predictions import COLUMNS, Predictions
from revdemo.tables.table import Chosen, labels, texts_of
from revdemo.tables.writing import writing

SURPRISING = 20  # rows that are named as surprising
SHORT = 200  # characters of a text among them
LOOKED = 200  # rows that can be looked at, each with
LONG = 4000  # characters of its text, which is more than the models read
RESAMPLES = 1000


@dataclass(frozen=True)
class Look:
    """A row to look at: its text, its label where it has one, and what was predicted how surely."""

    row: int  # 1 is the first below the header
    text: str
    label: int | None
    predicted: int
    confidence: float
    probability: float | None  # of the label


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
    rows_to_look_at: list[Look] = field(default_factory=list)  # the most surprising ones first

    @property
    def surprising(self) -> list[Surprise]:
        """The rows whose label the model finds least likely, among those where it finds another likelier."""
        found = [one for one in self.rows_to_look_at if one.label not in (None, one.predicted)]
        return [
            Surprise(one.row, _brief(one.text), one.label, one.predicted, one.probability)  # type: ignore[arg-type]
            for one in found[:SURPRISING]
        ]

    def _repr_html_(self) -> str:
        """The summary as a notebook shows it: rows by predicted stars."""
        said = f"{self.rows:,} rows, {self.wordless:,} without words"
        rows = [(star, f"{count:,}") for star, count in enumerate(self.counts, start=1)]
        return notebooks.table(said, ("stars", "rows predicted"), rows)


def finish(predictions: Predictions, outs: Sequence[Path] = (), inert: bool = False) -> Summary:
    """Write the table with its predictions to each of the files, and sum them up, in one pass.

    Raises:
        RevdemoError: a file cannot be written, or not every row is predicted.
    """
    if predictions.done < predictions.chosen.rows:
        raise RevdemoError("Not every row is predicted yet. Predict the others first.")
    columns = predictions.columns()
    schema = predictions.schema() if any(out.suffix.lower() == ".parquet" for out in outs) else None
    summary, looked = Summary(), list[tuple[float, Look]]()
    if predictions.chosen.rating:
        summary.confusion = np.zeros((5, 5), dtype=int)
    with ExitStack() as files:
        writes = [files.enter_context(writing(out, columns, schema, inert)) for out in outs]
        for table, rows in predictions.read():
            for write in writes:
                write(predictions.joined(table, rows))
            _add(summary, looked, predictions.chosen, table, rows)
    if summary.confusion is not None and summary.confusion.any():
        summary.metrics = with_intervals(summary.confusion)
    summary.rows_to_look_at = [one for _, one in sorted(looked, key=lambda item: item[0], reverse=True)]
    return summary


def _add(summary: Summary, looked: list, chosen: Chosen, table: pd.DataFrame, rows: list[tuple]) -> None:
    stars = labels(table, chosen)
    summary.rows += len(rows)
    for position, text, label, row in zip(
        table.index, texts_of(table, chosen.text), stars, rows, strict=True
    ):
        predicted = row[0]
        if predicted is None:
            summary.wordless += 1
            continue
        summary.counts[predicted - 1] += 1
        if len(row) > len(COLUMNS):
            summary.polarities[row[8]] = summary.polarities.get(row[8], 0) + 1
        _keep_largest(looked, int(position), text, label, row)
        if label is None:
            summary.unrated += chosen.rating is not None
        elif summary.confusion is not None:
            summary.confusion[label - 1, predicted - 1] += 1


def _keep_largest(heap: list, position: int, text: str, label: int | None, row: tuple) -> None:
    """Keep the most surprising rows: first those whose label is another one than predicted, by the -log
    probability of the label, or of the prediction where there is none; of equal ones those that come first.
    """
    predicted, share = row[0], row[1] if label is None else row[2 + label]
    rank = (label not in (None, predicted), -math.log(max(share, 1e-12)), -position)
    if len(heap) == LOOKED and rank < heap[0][0]:
        return
    item = (rank, Look(position + 1, text[:LONG], label, predicted, row[1], None if label is None else share))
    (heapq.heappush if len(heap) < LOOKED else heapq.heappushpop)(heap, item)


def _brief(text: str) -> str:
    brief = " ".join(text.split())
    return brief if len(brief) <= SHORT else brief[: SHORT - 1] + "…"


def with_intervals(confusion: np.ndarray, seed: int = 0) -> dict:
    """Exact, near, mae and qwk of a confusion matrix, each a Rate: accuracy Wilson's, else a bootstrap.

    Rows of one cell are alike, so a resample of the rows is a draw from the cells: memory for any table.
    """
    cells = confusion.reshape(25)
    total = int(cells.sum())
    draws = np.random.default_rng(seed).multinomial(total, cells / total, size=RESAMPLES)
    values = metrics.star_metrics(np.vstack([cells, draws]).astype(float))
    found = intervals.from_draws(values, metrics.STAR_RANGES, few=total < intervals.FEW)
    near = confusion_matrix.near_confusion(confusion)
    return found | {
        name: metrics.of_standalone_rows(found[name], matrix)
        for name, matrix in (("exact", confusion), ("near", near))
    }
