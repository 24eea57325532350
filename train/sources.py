"""Reading raw reviews from where people keep them: tables, an aclImdb folder, the Kaggle JSON, the Hub."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from revdemo.errors import RevdemoError

TEXT_COLUMNS = ("text", "review_detail", "review", "content", "body", "sentence", "review_body")
RATING_COLUMNS = ("rating", "score", "stars", "label", "overall", "star_rating")
GROUP_COLUMNS = ("movie_id", "movie", "film", "product_id", "asin", "item_id")
REVIEW_FILE = re.compile(r"(\d+)_(\d+)\.txt")  # of aclImdb: number and rating
FILM = re.compile(r"/(tt\d+)")
SUFFIXES = (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Columns:
    """Which columns of a source hold what; None means: look for a usual name."""

    text: str | None = None
    rating: str | None = None
    group: str | None = None
    source: str | None = None


def _pick(
    table: pd.DataFrame, wanted: str | None, usual: tuple[str, ...], what: str, where: str
) -> str | None:
    """The column that holds `what`: the wanted one, which must be there, else the first usual one that is."""
    if wanted is not None:
        if wanted not in table.columns:
            raise RevdemoError(
                f"{where} has no column {wanted!r} for the {what}. "
                f"It has: {', '.join(map(str, table.columns))}."
            )
        return wanted
    return next((name for name in usual if name in table.columns), None)


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
            f"{path} is a folder but not an aclImdb one: there is no train/pos/<number>_<rating>.txt in it."
        )
    return pd.DataFrame(rows, columns=["text", "rating", "movie_id"])


def _read_json(path: Path) -> pd.DataFrame:
    """A JSON list of records, or one record a line."""
    with path.open(encoding="utf-8-sig") as file:
        first = next((line for line in file if line.strip()), "")
        if not first.lstrip().startswith("["):
            return pd.read_json(path, lines=True, dtype=False, encoding="utf-8-sig")
        file.seek(0)
        return pd.DataFrame(json.load(file))


def _read_csv(path: Path) -> pd.DataFrame:
    """A table in UTF-8, with or without the mark that spreadsheets write, else in Latin-1."""
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        return pd.read_csv(path, sep=separator, encoding="utf-8-sig")
    except UnicodeDecodeError:
        return pd.read_csv(path, sep=separator, encoding="latin-1")


def _read_file(path: Path) -> pd.DataFrame:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise RevdemoError(f"{path} is none of {', '.join(SUFFIXES)} or an aclImdb folder.")
    try:
        if suffix == ".parquet":
            return pd.read_parquet(path)
        return _read_csv(path) if suffix in (".csv", ".tsv") else _read_json(path)
    except (ValueError, OSError) as error:  # what pandas, pyarrow and json raise for a broken file
        raise RevdemoError(f"{path} cannot be read as {suffix[1:].upper()}: {error}") from error


def _read_hub(name: str) -> pd.DataFrame:
    import datasets

    try:
        parts = datasets.load_dataset(name)
    except Exception as error:  # the library raises a dozen kinds: all mean that the data set is out of reach
        raise RevdemoError(
            f"{name} is neither a file or folder here nor a data set within reach: "
            f"{str(error).splitlines()[0]}"
        ) from error
    return pd.concat([part.to_pandas() for part in parts.values()], ignore_index=True)


def read_any(location: str) -> pd.DataFrame:
    """Read a table, an aclImdb folder or a Hub data set, with the columns that it has.

    Raises RevdemoError for what cannot be read.
    """
    path = Path(location).expanduser()
    if path.is_dir():
        return _read_folder(path)
    if path.exists():
        return _read_file(path)
    if path.suffix.lower() in SUFFIXES:
        raise RevdemoError(f"There is no file {location}.")
    return _read_hub(location)


def read_source(location: str, columns: Columns = Columns(), labelled: bool = True) -> pd.DataFrame:
    """Read one source into the columns text, rating, movie_id (None where unknown), source.

    Raises RevdemoError for a source that cannot be read or has no text or, if `labelled`, no rating.
    """
    table = read_any(location)
    text = _pick(table, columns.text, TEXT_COLUMNS, "text", location)
    rating = _pick(table, columns.rating, RATING_COLUMNS, "rating", location) if labelled else None
    if text is None or (labelled and rating is None):
        missing = "text" if text is None else "rating"
        raise RevdemoError(
            f"{location} has no column that looks like the {missing}. Name it with --{missing}-column; "
            f"there are: {', '.join(map(str, table.columns))}."
        )
    group = _pick(table, columns.group, GROUP_COLUMNS, "film or product", location)
    source = _pick(table, columns.source, ("source",), "source", location)
    return pd.DataFrame(
        {
            "text": table[text],
            "rating": pd.to_numeric(table[rating], errors="coerce") if rating else float("nan"),
            "movie_id": pd.Series(table[group] if group else None, index=table.index, dtype="string"),
            "source": table[source].astype("string") if source else Path(location).stem,
        }
    ).reset_index(drop=True)


def chunks(table: pd.DataFrame, rows: int) -> Iterator[pd.DataFrame]:
    """Cut a table into pieces of at most `rows` rows."""
    for start in range(0, len(table), rows):
        yield table.iloc[start : start + rows]
