"""Reading raw reviews from where people keep them: tables, an aclImdb folder, the Kaggle JSON, the Hub.

Tables are read as the app reads them: see revdemo.tables.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.reviews import stars_from_rating
from revdemo.tables.columns.choice import NoTextColumn
from revdemo.tables.ratings.cells import read_rating
from revdemo.tables.reading import KINDS, layout_of
from revdemo.tables.table import Chosen, ReadOptions, labels, open_chosen, read_table, texts_of

KIND_COLUMNS = ("kind",)
GROUP_COLUMNS = ("movie_id", "movie", "film", "product_id", "asin", "item_id")
REVIEW_FILE = re.compile(r"(\d+)_(\d+)\.txt")  # of aclImdb: number and rating
FILM = re.compile(r"/(tt\d+)")
OFF = -1.0  # in the place of stars: a rating off its scale


@dataclass(frozen=True)
class Columns:
    """Which columns of a source hold what; None means: look for it."""

    text: str | None = None
    rating: str | None = None
    group: str | None = None
    source: str | None = None
    kind: str | None = None


def read_source(
    location: str,
    columns: Columns = Columns(),
    labelled: bool = True,
    options: ReadOptions | None = None,
) -> pd.DataFrame:
    """Read one source into the columns text, stars, movie_id (None where unknown), source and kind.

    stars are 1 to 5, missing where there is no rating, and OFF where it is off its scale. Of a table, stderr
    gets a line on what it is read as.

    Raises RevdemoError for a source that cannot be read or has no text or, if `labelled`, no rating.
    """
    path = Path(location).expanduser()
    if path.is_dir():
        return _read_folder(path)
    with _table(location) as (file, name):
        chosen = _opened(file, name, columns, labelled, options or ReadOptions())
        print(f"{chosen.name}: {chosen.read_as}", file=sys.stderr)
        return _rows(chosen, columns, location)


def read_any(location: str) -> pd.DataFrame:
    """Read a table, an aclImdb folder or a Hub data set, with the columns that it has.

    Raises RevdemoError for what cannot be read.
    """
    path = Path(location).expanduser()
    if path.is_dir():
        return _read_folder(path)
    with _table(location) as (file, _):
        return read_table(file)


@contextmanager
def _table(location: str) -> Iterator[tuple[Path, str]]:
    """The file of a table and what to call it; of a Hub data set a temporary one."""
    path = Path(location).expanduser()
    if path.exists():
        yield path, path.name
        return
    if path.suffix.lower() in KINDS:
        raise RevdemoError("There is no file {location}.", location=location)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.parquet"
        _read_hub(location).to_parquet(file, index=False)
        yield file, location


def _read_hub(name: str) -> pd.DataFrame:
    import datasets

    try:
        parts = datasets.load_dataset(name)
    except Exception as error:  # the library raises a dozen kinds: all mean that the data set is out of reach
        raise RevdemoError(
            "{name} is neither a file or folder here nor a data set within reach: {reason}",
            name=name,
            reason=str(error).splitlines()[0],
        ) from error
    return pd.concat([part.to_pandas() for part in parts.values()], ignore_index=True)


def _opened(file: Path, name: str, columns: Columns, labelled: bool, options: ReadOptions) -> Chosen:
    names = list(layout_of(file, replace(options, text=None, rating=None)).names)
    text = _pick(names, columns.text, (), "text", name)
    rating = _pick(names, columns.rating, (), "rating", name) if labelled else ""
    try:
        chosen = open_chosen(file, text, rating, name=name, options=options)
    except NoTextColumn as error:
        raise RevdemoError(
            "{table} has no column that looks like the text. Name it with --text-column; it has: {columns}.",
            table=name,
            columns=", ".join(names),
        ) from error
    if labelled and chosen.rating is None:
        reasons = " ".join(str(note) for note in chosen.read_as.notes)
        raise RevdemoError(
            "{table} has no column that looks like the rating. Name it with --rating-column; there are: "
            "{columns}. {reasons}",
            table=name,
            columns=", ".join(names),
            reasons=reasons,
        )
    return chosen


def _rows(chosen: Chosen, columns: Columns, location: str) -> pd.DataFrame:
    names = chosen.columns
    group = _pick(names, columns.group, GROUP_COLUMNS, "film or product", chosen.name)
    source = _pick(names, columns.source, ("source",), "source", chosen.name)
    kind = _pick(names, columns.kind, KIND_COLUMNS, "kind", chosen.name)
    found = [
        pd.DataFrame(
            {
                "text": texts_of(chunk, chosen.text),
                "stars": _stars(chunk, chosen),
                "movie_id": _named(chunk, group, None),
                "source": _named(chunk, source, Path(location).stem),
                "kind": _named(chunk, kind, ""),
            }
        )
        for chunk in chosen.chunks()
    ]
    table = pd.concat(found, ignore_index=True)
    return table.astype({"stars": float, "movie_id": "string", "source": "string", "kind": "string"})


def _named(chunk: pd.DataFrame, column: str | None, otherwise: str | None) -> list[str | None]:
    """The names in a column; what is empty, or a column that is not there, has another one."""
    if column is None:
        return [otherwise] * len(chunk)
    return [text or (otherwise if otherwise == "" else None) for text in texts_of(chunk, column)]


def _stars(chunk: pd.DataFrame, chosen: Chosen) -> list[float]:
    found = labels(chunk, chosen)
    if chosen.rating is None:
        return [float("nan")] * len(found)
    return [
        float(stars) if stars is not None else OFF if read_rating(cell) else float("nan")
        for cell, stars in zip(chunk[chosen.rating], found, strict=True)
    ]


def _pick(names: list[str], wanted: str | None, usual: tuple[str, ...], what: str, where: str) -> str | None:
    """The column that holds `what`: the wanted one, which must be there, else the first usual one that is."""
    if wanted is not None:
        if wanted not in names:
            raise RevdemoError(
                "{where} has no column {wanted!r} for the {what}. It has: {columns}.",
                where=where,
                wanted=wanted,
                what=what,
                columns=", ".join(names),
            )
        return wanted
    return next((name for name in usual if name in names), None)


def _read_folder(path: Path) -> pd.DataFrame:
    """An aclImdb folder: train/pos/12_8.txt is review 12 with rating 8; urls_pos.txt names the films."""
    rows = []
    for part in ("train", "test"):
        for polarity in ("pos", "neg"):
            urls = path / part / f"urls_{polarity}.txt"
            lines = urls.read_text(encoding="utf-8").splitlines() if urls.exists() else []
            films = [found[1] if (found := FILM.search(line)) else None for line in lines]
            for file in sorted((path / part / polarity).glob("*.txt")):
                if named := REVIEW_FILE.fullmatch(file.name):
                    number, rating = map(int, named.groups())
                    film = films[number] if number < len(films) else None
                    rows.append((file.read_text(encoding="utf-8", errors="replace"), rating, film))
    if not rows:
        raise RevdemoError(
            "{path} is a folder but not an aclImdb one: there is no train/pos/<number>_<rating>.txt in it.",
            path=path,
        )
    table = pd.DataFrame(rows, columns=["text", "rating", "movie_id"])
    stars = [float(stars_from_rating(rating)) for rating in table.pop("rating")]
    return table.assign(stars=stars, source=path.stem, kind="").astype(
        {"movie_id": "string", "source": "string", "kind": "string"}
    )


def chunks(table: pd.DataFrame, rows: int) -> Iterator[pd.DataFrame]:
    """Cut a table into pieces of at most `rows` rows."""
    for start in range(0, len(table), rows):
        yield table.iloc[start : start + rows]
