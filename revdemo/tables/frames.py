"""Predictions of texts that are in memory, as a frame."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from revdemo.tables.predictions import kinds_of, predict_texts

BATCH = 256  # texts between two movements of the bar


def predict(
    texts: Iterable[str], classifier: Any, polarity: Any = None, progress: bool = False
) -> pd.DataFrame:
    """A row per text with the columns that a predicted table gets; the index of a Series is kept."""
    from tqdm.auto import tqdm

    listed = ["" if pd.isna(text) else str(text) for text in texts]
    kinds = kinds_of(polarity is not None)
    rows: list[tuple] = []
    with tqdm(total=len(listed), unit="text", disable=not progress) as bar:
        for start in range(0, len(listed), BATCH):
            batch = listed[start : start + BATCH]
            found = predict_texts(batch, classifier, polarity)
            rows += [row if row is not None else (None,) * len(kinds) for row in found]
            bar.update(len(batch))
    index = texts.index if isinstance(texts, pd.Series) else None
    return pd.DataFrame(rows, columns=list(kinds), index=index).astype(kinds)
