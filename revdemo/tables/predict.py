"""Stars for a whole table: the one way in which the page, the command line and Python predict it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from revdemo.generation.context import JobContext
from revdemo.tables.predictions import Predictions
from revdemo.tables.summary import Summary, finish
from revdemo.tables.table import Chosen, texts_of
from revdemo.tables.writing import check_writable

STEP = 1.5  # seconds between two looks at whether to stop, about
FIRST, MOST = 32, 2048  # rows of a step


@dataclass(frozen=True)
class PredictRequest:
    """What is predicted of a table.

    inert: put an apostrophe before the cells of a CSV that a spreadsheet would run as formulas; the page asks
    for it, while the command line and Python keep every cell as it was.
    """

    chosen: Chosen
    polarity: bool = False
    inert: bool = False


@dataclass(frozen=True)
class PredictProgress:
    """How far the prediction of a table is.

    done, rows: rows predicted, of how many. seconds_left: None while that is not known. counts: rows of each
    number of stars so far. resumed: how many rows an earlier run had predicted. renamed: the names of our
    columns, where the table has columns of the usual names. writing: all is predicted, and the files are
    being written.
    """

    done: int
    rows: int
    seconds_left: float | None = None
    counts: tuple[int, ...] = ()
    resumed: int = 0
    renamed: tuple[str, ...] = ()
    writing: bool = False


@dataclass(frozen=True)
class PredictResult:
    """What the predictions come to, and the files they were written to."""

    summary: Summary
    files: tuple[Path, ...]


def predict(
    request: PredictRequest, context: JobContext, outs: Sequence[Path] = ()
) -> Iterator[PredictProgress | PredictResult]:
    """Predict the rows of a table and write it with its predictions to files, each of the kind of its name.

    Yields a PredictProgress after each few rows, which are kept by then: the same request resumes. Last
    comes a PredictResult; stopped before all rows are predicted, none.

    Raises:
        RevdemoError: a file cannot be written, the table cannot be read, or a model is missing.
    """
    chosen = request.chosen
    for out in outs:
        check_writable(out, chosen.rows)
    classifiers = [context.stars, *([context.polarity] if request.polarity else [])]
    predictions = Predictions(chosen, context.settings.data_dir / "predictions", *classifiers)
    for progress in predict_rows(predictions, context.should_stop):
        yield progress
    if progress.done == chosen.rows:
        yield replace(progress, writing=True)
        yield PredictResult(finish(predictions, outs, request.inert), tuple(outs))


def predict_rows(
    predictions: Predictions, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[PredictProgress]:
    """Predict the rows that are not yet, in steps of `STEP` seconds or so; each is kept before it is told."""
    chosen, began = predictions.chosen, time.monotonic()
    done = start = predictions.done
    renamed = tuple(predictions.names) if predictions.renamed else ()
    so_far = PredictProgress(done, chosen.rows, None, tuple(predictions.counts()), start, renamed)
    yield so_far
    size = FIRST
    for table in chosen.chunks():
        texts = texts_of(table, chosen.text)[max(0, done - int(table.index[0])) :]
        while texts:
            if should_stop():
                return
            before = time.monotonic()
            predictions.predict(done, texts[:size])
            done, texts = done + len(texts[:size]), texts[size:]
            now = time.monotonic()
            left = (now - began) / (done - start) * (chosen.rows - done)
            so_far = replace(so_far, done=done, seconds_left=left, counts=tuple(predictions.counts()))
            yield so_far
            size = int(min(MOST, max(FIRST, size * min(2, STEP / (now - before + 1e-6)))))
