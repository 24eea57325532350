"""The parts that train.prepare wrote, as the commands read them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.kinds import check_kind

FINGERPRINT = "fingerprint.json"  # of the parts, written last: it vouches for them


def read_part(folder: Path, name: str) -> pd.DataFrame:
    """One part that train.prepare wrote; a review of no known film is given a film of its own."""
    if not (folder / FINGERPRINT).exists():
        raise RevdemoError(
            "There are no prepared reviews in {folder}. Run python -m train.prepare, or name its folder "
            "with --data.",
            folder=folder,
        )
    part = pd.read_parquet(folder / f"{name}.parquet")
    alone = pd.Series([f"{name} {row}" for row in range(len(part))], index=part.index)
    part = part.assign(movie_id=part["movie_id"].astype("object").fillna(alone))
    return part if "kind" in part else part.assign(kind="")  # an older train.prepare wrote none


def read_parts(folders: list[Path], name: str) -> pd.DataFrame:
    """The same part of several prepared folders as one table."""
    return pd.concat([read_part(folder, name) for folder in folders], ignore_index=True)


def of_kind(rows: pd.DataFrame, kind: str | None) -> pd.DataFrame:
    """The rows of a kind; RevdemoError where there are none."""
    if kind is None:
        return rows
    if not (rows["kind"] == check_kind(kind)).any():
        raise RevdemoError("No review of the test part is of the kind {kind}.", kind=kind)
    return rows[rows["kind"] == kind].reset_index(drop=True)


def rows_fingerprint(rows: pd.DataFrame) -> dict:
    """How many reviews were trained on, and a hash of them in order."""
    digest = hashlib.sha256()
    for text, stars in zip(rows["text"], rows["stars"], strict=True):
        digest.update(f"\x00{stars}\x00{text}".encode())
    return {"n": len(rows), "sha256": digest.hexdigest()}


def read_fingerprint(data: Path) -> str:
    """The checksum of the prepared data."""
    path = data / FINGERPRINT
    if not path.exists():
        raise RevdemoError("There are no prepared reviews in {data}: run python -m train.prepare.", data=data)
    return json.loads(path.read_text(encoding="utf-8"))["sha256"]
