"""Texts in memory, predicted on a Ray cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from revdemo.bulk.cluster import Crew
from revdemo.bulk.predict import predict_table
from revdemo.settings import Settings
from revdemo.tables.predictions import kinds_of
from revdemo.tables.table import ReadOptions


def predict(
    texts: Iterable[str],
    polarity: bool = False,
    crew: Crew | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """A row per text with the columns that a predicted table gets; the index of a Series is kept."""
    listed = ["" if pd.isna(text) else str(text) for text in texts]
    kinds = kinds_of(polarity)
    if not listed:
        return pd.DataFrame(columns=list(kinds)).astype(kinds)
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "texts.parquet", Path(folder) / "predicted.parquet"
        pd.DataFrame({"text": listed}).to_parquet(table, index=False)
        predict_table(table, out, ReadOptions("text", ""), polarity, crew, settings)
        found = pd.read_parquet(out)[list(kinds)].astype(kinds)
    if isinstance(texts, pd.Series):
        found.index = texts.index
    return found
