"""What is predicted in bulk: a table the app reads, a folder of Parquet, either also at an fsspec address."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import fsspec
import pandas as pd
import pyarrow.parquet as pq

from revdemo.errors import RevdemoError
from revdemo.tables.table import Chosen, ReadOptions, open_chosen

PART = 1000  # rows that a worker takes at a time


@dataclass(frozen=True)
class Source:
    """One file of what is predicted. `url` is its path or address; on another machine it is fetched there."""

    number: int
    url: str
    chosen: Chosen

    def parts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Its rows in parts, each with its name, which says where its rows stand."""
        chosen = replace(self.chosen, path=local_copy(self.url))
        for index, table in enumerate(chosen.chunks(PART)):
            yield part_name(self.number, index), table


def part_name(number: int, index: int) -> str:
    """The file of a part: of which file it is, and its place in that."""
    return f"part-{number:05}-{index:06}.parquet"


def is_folder(table: str) -> bool:
    """Whether a path or address names a folder."""
    try:
        system, path = fsspec.core.url_to_fs(table)
        return bool(system.isdir(path))
    except (OSError, ImportError, ValueError) as error:
        raise _unreachable(table, error) from error


def open_sources(table: str, options: ReadOptions) -> list[Source]:
    """The files of a table or folder; the first decides how all are read.

    Raises:
        RevdemoError: it cannot be reached or read, holds no Parquet, or its files have not the same columns.
    """
    if not is_folder(table):
        return [Source(0, table, open_chosen(local_copy(table), name=_name(table), options=options))]
    system, folder = fsspec.core.url_to_fs(table)
    found = sorted(system.glob(f"{folder.rstrip('/')}/*.parquet"))
    if not found:
        raise RevdemoError("{folder} holds no .parquet files.", folder=table)
    urls = found if _is_local(table) else [system.unstrip_protocol(path) for path in found]
    first = open_chosen(local_copy(urls[0]), name=_name(urls[0]), options=options)
    sources = []
    for number, (url, path) in enumerate(zip(urls, found, strict=True)):
        try:
            with system.open(path) as file, pq.ParquetFile(file) as about:
                names, rows = about.schema_arrow.names, about.metadata.num_rows
        except (OSError, ValueError) as error:
            raise RevdemoError("{file} is not a Parquet file that can be read.", file=url) from error
        if not set(first.columns) <= set(names):
            raise RevdemoError("{file} has other columns than {first}.", file=url, first=first.name)
        sources.append(Source(number, url, replace(first, name=_name(url), rows=rows)))
    return sources


def local_copy(url: str) -> str:
    """The path of a file on this machine, where it is fetched to if it is elsewhere.

    Raises:
        RevdemoError: it cannot be fetched.
    """
    if _is_local(url):
        return url
    place = Path(tempfile.gettempdir()) / f"revdemo-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    cache = {"same_names": True, "cache_storage": str(place)}
    try:
        return str(fsspec.open_local(f"simplecache::{url}", simplecache=cache))
    except (OSError, ImportError, ValueError) as error:
        raise _unreachable(url, error) from error


def fingerprint(sources: list[Source]) -> str:
    """What the rows depend on: the content of each file, and how it is read."""
    digest = hashlib.sha256()
    for source in sources:
        system, path = fsspec.core.url_to_fs(source.url)
        if _is_local(source.url):
            with open(path, "rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            content = str(system.ukey(path))  # changes with the content, without fetching it
        chosen = source.chosen
        digest.update(repr((content, chosen.layout and chosen.layout.key, chosen.text, PART)).encode())
    return digest.hexdigest()


def _is_local(url: str) -> bool:
    return "://" not in url


def _name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def _unreachable(url: str, error: Exception) -> RevdemoError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return RevdemoError("{url} cannot be reached: {reason}.", url=url, reason=reason.rstrip("."))
