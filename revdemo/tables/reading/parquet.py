"""Parquet tables."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from revdemo.errors import Phrase
from revdemo.tables.reading import limits
from revdemo.tables.reading.layout import Layout, unique_names
from revdemo.tables.reading.options import ReadOptions

INDEX = re.compile(r"__index_level_\d+__")
TOGETHER = 256 << 20  # bytes of texts that are held at once
BUFFER = 1 << 20


def detect(path: Path, _: ReadOptions) -> Layout:
    """The names of the columns, without those of an index that pandas kept."""
    with _opened(path) as file:
        fields = list(_flat_fields(file.schema_arrow))
        limits.check_columns(len(fields))
        limits.check_rows(file.metadata.num_rows, len(fields))
    return Layout("parquet", unique_names(field.name for field in fields))


def schema(path: Path) -> pa.Schema:
    """The columns and their kinds, named as they are read."""
    fields = list(_flat_fields(pq.read_schema(path).remove_metadata()))
    names = unique_names(field.name for field in fields)
    return pa.schema([field.with_name(name) for field, name in zip(fields, names, strict=True)])


def batches(path: Path, layout: Layout, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows, some at a time: fewer where a text may stand in each of them that takes much memory."""
    kinds = pq.read_schema(path)
    places = [place for place, field in enumerate(kinds) if not INDEX.fullmatch(field.name)]
    texts = sorted({field.name for field in kinds if _is_text(field.type)})  # paths, also inside of structs
    probe = _opened(path, read_dictionary=texts)
    with _opened(path) as file, probe:
        for group in range(file.num_row_groups):  # one at a time: together pyarrow holds the whole file
            together = min(rows, max(1, TOGETHER // max(1, _longest(probe, group))))
            for batch in file.iter_batches(batch_size=together, row_groups=[group]):
                if batch.num_rows:
                    columns = [part for place in places for part in _flat(batch.column(place))]
                    _check_times(columns, layout.names)
                    yield pa.RecordBatch.from_arrays(columns, names=list(layout.names))


def _flat_fields(fields: Iterable[pa.Field], above: str = "") -> Iterator[pa.Field]:
    """The columns but for an index of pandas; of a struct its fields, as of objects in JSON."""
    for field in fields:
        name = above + field.name
        if pa.types.is_struct(field.type) and field.type.num_fields:
            yield from _flat_fields(field.type, f"{name}.")
        elif not INDEX.fullmatch(name):
            yield field.with_name(name)


def _flat(column: pa.Array) -> Iterator[pa.Array]:
    """The columns of a column, in the order of `_flat_fields`."""
    if not pa.types.is_struct(column.type) or not column.type.num_fields:
        yield column
        return
    for part in column.flatten():
        yield from _flat(part)


def frame(batch: pa.RecordBatch) -> pd.DataFrame:
    """A batch as a DataFrame whose columns keep their kinds."""
    return batch.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)


def _opened(path: Path, **options: Any) -> pq.ParquetFile:
    """A file whose rows are held in memory that goes back to the system once they are read."""
    usual = pa.default_memory_pool()  # which keeps what is freed: twice the size of a file and more
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        return pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False, **options)
    finally:
        pa.set_memory_pool(usual)


def _check_times(columns: Sequence[pa.Array], names: Sequence[str]) -> None:
    """Refuse dates and spans of time that Parquet can hold and Python cannot."""
    for column, name in zip(columns, names, strict=True):
        if not pa.types.is_temporal(column.type):
            continue
        try:
            if pa.types.is_duration(column.type):  # which has no extremes of its own
                for extreme in pc.min_max(column.cast(pa.int64())).values():
                    extreme.cast(column.type).as_py()
            else:
                pc.min_max(column).as_py()
        except (OverflowError, ValueError) as error:
            raise ValueError(
                Phrase(
                    'the column "{column}" has a time outside the years 1 to 9999; '
                    "remove it, or save it as text",
                    column=name,
                )
            ) from error


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)


def _longest(file: pq.ParquetFile, group: int) -> int:
    """The bytes of the longest texts in the dictionaries of a group of rows; each may be repeated in all."""
    first = next(file.iter_batches(batch_size=1, row_groups=[group]), None)
    dictionaries = [column for column in first or () if pa.types.is_dictionary(column.type)]
    lengths = [pc.max(pc.binary_length(column.dictionary)).as_py() or 0 for column in dictionaries]
    if max(lengths, default=0) > 4 * limits.CELL:
        raise ValueError(limits.long_cell())
    return sum(lengths)
