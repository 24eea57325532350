"""Reading raw reviews from where people keep them: tables, an aclImdb folder, the Kaggle JSON, a Hub data set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from revdemo.errors import RevdemoError

TEXT_COLUMNS = ("text", "review_detail", "review", "content", "body", "sentence", "review_body")
RATING_COLUMNS = ("rating", "score", "stars", "label", "overall", "star_rating")
GROUP_COLUMNS = ("movie_id", "movie", "film", "product_id", "asin", "item_id")
COLUMNS = ["text", "rating", "movie_id", "source"]


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
    if wanted is not None:
        if wanted not in table.columns:
            raise RevdemoError(
                f"{where} has no column {wanted!r} for the {what}. It has: {', '.join(map(str, table.columns))}."
            )
        return wanted
    return next((name for name in usual if name in table.columns), None)


def _read_folder(path: Path) -> pd.DataFrame:
    """An aclImdb folder: train/pos/12_8.txt is review 12 with rating 8; urls_pos.txt names the film of each."""
    rows = []
    for part in ("train", "test"):
        for polarity in ("pos", "neg"):
            folder, urls = path / part / polarity, path / part / f"urls_{polarity}.txt"
            films = urls.read_text().split() if urls.exists() else []
            for file in sorted(folder.glob("*_*.txt"), key=lambda file: int(file.stem.split("_")[0])):
                number, rating = map(int, file.stem.split("_"))
                film = (
                    next((word for word in films[number].split("/") if word.startswith("tt")), None)
                    if number < len(films)
                    else None
                )
                rows.append((file.read_text(encoding="utf-8"), rating, film))
    if not rows:
        raise RevdemoError(
            f"{path} is a folder but not an aclImdb one: there is no train/pos/<number>_<rating>.txt in it."
        )
    return pd.DataFrame(rows, columns=["text", "rating", "movie_id"])


def _read_json(path: Path) -> pd.DataFrame:
    """A JSON list of records, or one record a line."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = next((line for line in file if line.strip()), "")
        if first.lstrip().startswith("["):
            return pd.DataFrame(json.loads(path.read_text(encoding="utf-8-sig")))
        return pd.read_json(path, lines=True, dtype=False, encoding="utf-8-sig")
    except ValueError as error:
        raise RevdemoError(
            f"{path} is not readable as JSON: {error}. It needs a list of records, or one a line."
        ) from error


def _read_table(path: Path) -> pd.DataFrame:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return pd.read_parquet(path)
    if suffix in (".json", ".jsonl", ".ndjson"):
        return _read_json(path)
    if suffix in (".csv", ".tsv"):
        return pd.read_csv(path, sep="\t" if suffix == ".tsv" else ",")
    raise RevdemoError(f"{path} is none of .parquet, .csv, .tsv, .json, .jsonl or an aclImdb folder.")


def _read_hub(name: str) -> pd.DataFrame:
    import datasets

    try:
        parts = datasets.load_dataset(name)
    except Exception as error:  # the library raises a dozen kinds: all mean that the data set is out of reach
        raise RevdemoError(
            f"{name} is neither a file or folder here nor a data set within reach: {error}"
        ) from error
    return pd.concat([part.to_pandas() for part in parts.values()], ignore_index=True)


def read_source(location: str, columns: Columns = Columns(), labelled: bool = True) -> pd.DataFrame:
    """Read one source into the columns text, rating, movie_id (None where unknown), source.

    Raises RevdemoError for a source that cannot be read or has no text or, if `labelled`, no rating.
    """
    path = Path(location)
    if path.is_dir():
        table = _read_folder(path)
    elif path.exists():
        table = _read_table(path)
    else:
        table = _read_hub(location)
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
            "movie_id": table[group].astype("string")
            if group
            else pd.Series([None] * len(table), dtype="string"),
            "source": table[source].astype("string") if source else path.stem,
        }
    ).reset_index(drop=True)


def chunks(table: pd.DataFrame, rows: int) -> Iterator[pd.DataFrame]:
    """Cut a table into pieces of at most `rows` rows."""
    for start in range(0, len(table), rows):
        yield table.iloc[start : start + rows]
