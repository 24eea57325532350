"""Parts of tables through Ray Data: one reader a file, and actors that load the models once."""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import ray
import ray.data
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask

from revdemo.bulk.cluster import Crew
from revdemo.bulk.sources import Source
from revdemo.generation.context import JobContext
from revdemo.reviews import STARS
from revdemo.settings import Settings
from revdemo.tables.predictions import predict_texts, schema_with
from revdemo.tables.table import texts_of
from revdemo.tables.writing import with_columns, writing

BLOCK = 2**18  # bytes, about one part: a larger block would hand one worker several parts at a time


@dataclass(frozen=True)
class Task:
    """What a worker needs to know: models, our columns, and the schema of whole rows (None: ours alone)."""

    settings: Settings
    polarity: bool
    columns: dict[str, str]
    schemas: dict[int, pa.Schema] | None = None


@dataclass(frozen=True)
class Finished:
    """A part that came back: its file, and what it holds. `worker` is the process that made it."""

    name: str
    content: bytes
    rows: int
    wordless: int
    counts: tuple[int, ...]
    worker: str


def finished(sources: list[Source], done: Collection[str], task: Task, crew: Crew) -> Iterator[Finished]:
    """Predict the parts that are not done, in no order; the part of a worker that dies is done again."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    for name in ("ray", "ray.data"):  # the driver tells its progress itself
        logging.getLogger(name).setLevel(logging.ERROR)
    context.target_max_block_size = BLOCK
    reading: dict[str, Any] = {"num_cpus": 1}
    if all("://" not in source.url for source in sources):  # files of this machine are read on it
        here = ray.get_runtime_context().get_node_id()
        reading["label_selector"] = {"ray.io/node-id": here}
    rows = ray.data.read_datasource(Tables(sources, frozenset(done), task.schemas is not None), **reading)
    parts = rows.map_batches(
        Predictor,
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=crew.workers),
        fn_constructor_args=(task,),
        **crew.holds,
    )
    for row in parts.iter_rows():
        yield Finished(**{**row, "counts": tuple(int(count) for count in row["counts"])})


class Tables(Datasource):
    """Files through revdemo's own reader: a task for each, which yields its parts as it reads them."""

    def __init__(self, sources: list[Source], done: frozenset[str], whole: bool):
        super().__init__()
        self._sources, self._done, self._whole = sources, done, whole

    def get_name(self) -> str:
        """What Ray calls it in its dashboard."""
        return "ReadTables"

    def estimate_inmemory_data_size(self) -> int | None:
        """Not known before it is read."""
        return None

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        """A task for each file."""
        unknown = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        return [
            ReadTask(lambda own=source: _blocks(own, self._done, self._whole), unknown)
            for source in self._sources
        ]


def _blocks(source: Source, done: frozenset[str], whole: bool) -> Iterator[pa.Table]:
    for name, table in source.parts():
        if name not in done:
            texts = [texts_of(table, source.chosen.text)]
            rows = [pickle.dumps(table) if whole else b""]
            yield pa.table({"name": [name], "texts": texts, "frame": pa.array(rows, pa.binary())})


class Predictor:
    """A worker: it has the models loaded, and predicts a part at a time."""

    def __init__(self, task: Task):
        self._task = task
        context = JobContext(task.settings)
        self._classifiers = [context.stars, *([context.polarity] if task.polarity else [])]
        self._name = f"{ray.util.get_node_ip_address()}:{os.getpid()}"

    def __call__(self, batch: pa.Table) -> pa.Table:
        """The part of each row of a batch, which has one."""
        return pa.Table.from_pylist([self._part(**row) for row in batch.to_pylist()])

    def _part(self, name: str, texts: list[str], frame: bytes) -> dict[str, Any]:
        kinds = self._task.columns
        found = predict_texts(texts, *self._classifiers)
        stars = [row[0] for row in found if row is not None]
        rows = [row or (None,) * len(kinds) for row in found]
        return {
            "name": name,
            "content": self._file(name, frame, rows),
            "rows": len(rows),
            "wordless": len(rows) - len(stars),
            "counts": [stars.count(star) for star in STARS],
            "worker": self._name,
        }

    def _file(self, name: str, frame: bytes, rows: list[tuple]) -> bytes:
        """A part as Parquet: our columns, after those of the table where whole rows are wanted."""
        kinds, schemas = self._task.columns, self._task.schemas
        table = pickle.loads(frame) if schemas else pd.DataFrame(index=range(len(rows)))
        joined = with_columns(table, kinds, rows)
        schema = schemas[int(name.split("-")[1])] if schemas else schema_with(kinds)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            with writing(path, list(joined.columns), schema) as write:
                write(joined)
            return path.read_bytes()
