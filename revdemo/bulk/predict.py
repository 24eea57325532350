"""Stars for a table or a folder of any size: shared out over Ray, kept part by part, the same as alone."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from revdemo.bulk.cluster import Crew, connected
from revdemo.bulk.parts import Parts
from revdemo.bulk.sources import PART, Source, fingerprint, open_sources, part_name
from revdemo.errors import RevdemoError
from revdemo.models.weights.registry import find
from revdemo.settings import Settings, load_settings
from revdemo.tables.predict import PredictProgress, PredictResult
from revdemo.tables.predictions import Predictions, kinds_of, own_names, schema_with
from revdemo.tables.summary import Summary, finish
from revdemo.tables.table import Chosen, ReadOptions
from revdemo.tables.writing import KINDS, check_writable, schema_of


@dataclass(frozen=True)
class BulkProgress(PredictProgress):
    """How far it is. workers: rows by the process that predicted them. dashboard: Ray's, "" for none."""

    workers: dict[str, int] = field(default_factory=dict)
    rate: float | None = None  # rows a second
    dashboard: str = ""


@dataclass(frozen=True)
class BulkRequest:
    """What is predicted, and where to.

    table: a file, a folder of Parquet, or the address of either. out: a file of a kind the app writes, for
    one table; or a folder or an address, which gets rows in parts beside their manifest.
    """

    table: str
    out: str
    options: ReadOptions = field(default_factory=ReadOptions)
    polarity: bool = False
    crew: Crew = field(default_factory=Crew)

    @property
    def in_parts(self) -> bool:
        """Whether the rows are written in parts, not as one file."""
        return "://" in self.out or Path(self.out).suffix.lower() not in KINDS


def predict(
    request: BulkRequest, settings: Settings, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[BulkProgress | PredictResult]:
    """Predict a table on a Ray cluster. Yields a BulkProgress after each part, and last a PredictResult.

    A part is in the manifest once it is told of, or within a second: the same request resumes there.

    Raises:
        RevdemoError: before any model is loaded, for whatever cannot be read, reached or written.
    """
    request.crew.check()
    sources = open_sources(request.table, request.options)
    if not request.in_parts:
        if len(sources) > 1:
            raise RevdemoError("A folder is written to a folder: name one with --out, not a file.")
        check_writable(Path(request.out), sources[0].chosen.rows)
    key = _key(sources, request, settings)
    kept = settings.data_dir / "bulk" / key[:16]
    parts = Parts(request.out if request.in_parts else str(kept), key)
    parts.check()
    progress = BulkProgress(0, 0)
    for progress in _shared_out(request, settings, sources, parts, should_stop):
        yield progress
    parts.close(complete=progress.done == progress.rows, rows=progress.rows)
    if progress.done < progress.rows:
        return
    if request.in_parts:
        yield PredictResult(_summed_up(parts), (Path(request.out),))
        return
    yield replace(progress, writing=True)
    summary = finish(_Joined(sources[0].chosen, request.polarity, parts), [Path(request.out)])
    parts.remove()
    yield PredictResult(summary, (Path(request.out),))


def predict_table(
    table: str | os.PathLike[str],
    out: str | os.PathLike[str] | None,
    options: ReadOptions,
    polarity: bool = False,
    crew: Crew | None = None,
    settings: Settings | None = None,
    progress: Callable[[PredictProgress], None] = lambda _: None,
) -> Summary:
    """Predict a table to its end, and return what it comes to; see `predict`.

    Raises:
        RevdemoError: nothing says where the rows go, or as `predict` does.
    """
    if out is None:
        raise RevdemoError("Where should the stars go? The engine ray writes them: name a file or folder.")
    request = BulkRequest(os.fspath(table), os.fspath(out), options, polarity, crew or Crew())
    for step in predict(request, settings or load_settings()):
        if isinstance(step, PredictProgress):
            progress(step)
    assert isinstance(step, PredictResult)
    return step.summary


def _shared_out(
    request: BulkRequest,
    settings: Settings,
    sources: list[Source],
    parts: Parts,
    should_stop: Callable[[], bool],
) -> Iterator[BulkProgress]:
    kinds = kinds_of(request.polarity)
    names = own_names(sources[0].chosen.columns, list(kinds))
    rows = sum(source.chosen.rows for source in sources)
    done = sum(part["rows"] for part in parts.found.values())
    counts = np.sum([part["counts"] for part in parts.found.values()] or [[0] * 5], axis=0)
    renamed = tuple(names) if names != list(kinds) else ()
    so_far = BulkProgress(done, rows, None, tuple(map(int, counts)), done, renamed)
    yield so_far
    if done == rows:
        return
    from revdemo.bulk import flow  # here: it imports Ray

    named = dict(zip(names, kinds.values(), strict=True))
    schemas = None
    if request.in_parts:
        tables = {one.number: schema_of(one.chosen.path, one.chosen.layout) for one in sources}
        schemas = {number: schema_with(named, table) for number, table in tables.items()}
    task = flow.Task(settings, request.polarity, named, schemas)
    with connected(request.crew) as dashboard:
        yield (so_far := replace(so_far, dashboard=dashboard))
        began, workers = time.monotonic(), Counter[str]()
        for part in flow.finished(sources, parts.found, task, request.crew):
            about = {"rows": part.rows, "wordless": part.wordless, "counts": list(part.counts)}
            parts.add(part.name, part.content, about)
            done, counts = done + part.rows, counts + np.array(part.counts)
            workers[part.worker] += part.rows
            rate = workers.total() / max(time.monotonic() - began, 1e-6)
            told = {"workers": dict(workers), "rate": rate, "seconds_left": (rows - done) / rate}
            so_far = replace(so_far, done=done, counts=tuple(map(int, counts)), **told)
            yield so_far
            if should_stop():
                return


class _Joined(Predictions):
    """The parts of one table as the predictions that are written with it."""

    def __init__(self, chosen: Chosen, polarity: bool, parts: Parts):
        self.chosen, self.kinds, self._parts = chosen, kinds_of(polarity), parts
        self._table_columns = chosen.columns
        self.names = own_names(self._table_columns, list(self.kinds))

    @property
    def done(self) -> int:
        """How many rows are predicted."""
        return sum(part["rows"] for part in self._parts.found.values())

    def read(self) -> Iterator[Any]:
        """The table in the pieces that it was predicted in, and the predictions of each."""
        for index, table in enumerate(self.chosen.chunks(PART)):
            part = pq.read_table(io.BytesIO(self._parts.read(part_name(0, index))))
            yield table, list(zip(*(column.to_pylist() for column in part.columns), strict=True))


def _summed_up(parts: Parts) -> Summary:
    """What the parts come to: their rows and stars, without the figures that ratings would give."""
    found = parts.found.values()
    counts = np.sum([part["counts"] for part in found], axis=0)
    return Summary(sum(part["rows"] for part in found), sum(part["wordless"] for part in found), 0, counts)


def _key(sources: list[Source], request: BulkRequest, settings: Settings) -> str:
    """What the parts depend on; to find the models also tells, before any is loaded, of a missing one."""
    roles = ("stars", "polarity") if request.polarity else ("stars",)
    models = [(role, find(role, settings).revision) for role in roles]
    told = (fingerprint(sources), models, settings.quantize, request.in_parts)
    return hashlib.sha256(repr(told).encode()).hexdigest()
