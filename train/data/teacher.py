"""What a larger model says of reviews, kept by a hash of each text, for a smaller one to learn from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.files import atomic, read_json, write_json
from revdemo.reviews import STARS

COLUMNS = [f"p{star}" for star in STARS]
ABOUT = "teacher.json"  # which model it was


def key(text: str) -> str:
    """What a review is found by, which tells nothing of its text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class TeacherAnswers:
    """The answers of one teacher in a folder, written a piece at a time, each piece whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder

    def begin(self, about: dict) -> None:
        """Note which teacher answers; RevdemoError where the folder holds the answers of another one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / ABOUT
        if path.exists() and read_json(path) != about:
            raise RevdemoError(
                "{folder} holds the answers of another teacher. Name another --out, or remove it.",
                folder=self.folder,
            )
        write_json(path, about)

    def add(self, texts: list[str], probabilities: np.ndarray) -> None:
        """Keep the answers to some more reviews."""
        piece = pd.DataFrame(probabilities.astype(np.float32), columns=COLUMNS)
        number = len(list(self.folder.glob("*.parquet")))
        with atomic(self.folder / f"{number:05}.parquet") as temporary:
            piece.assign(key=[key(text) for text in texts]).to_parquet(temporary, index=False)

    def read(self) -> pd.DataFrame:
        """All answers so far, by key."""
        if not (self.folder / ABOUT).exists():
            raise RevdemoError(
                "There are no answers of a teacher in {folder}: run train.teach, or name another folder.",
                folder=self.folder,
            )
        pieces = [pd.read_parquet(path) for path in sorted(self.folder.glob("*.parquet"))]
        empty = pd.DataFrame(columns=[*COLUMNS, "key"])
        return pd.concat(pieces or [empty]).drop_duplicates("key").set_index("key")


def with_answers(rows: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The rows with the teacher's probabilities beside them, missing where it was not asked."""
    found = answers.reindex(rows["text"].map(key))
    return rows.assign(**{name: found[name].to_numpy(dtype=np.float32) for name in COLUMNS})
