"""Evening out stars within each source: by leaving reviews out, and by weights. Pure functions on tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from revdemo.reviews import STARS


def thin_out(rows: pd.DataFrame, most: float | None, seed: int) -> pd.DataFrame:
    """Leave out reviews of stars that have more than `most` times those of their source's rarest star."""
    if most is None:
        return rows
    kept = []
    for _, source in rows.groupby("source"):
        cap = int(most * source["stars"].value_counts().min())
        kept += [star.sample(min(cap, len(star)), random_state=seed) for _, star in source.groupby("stars")]
    return pd.concat(kept).sort_index()


def weights(rows: pd.DataFrame) -> np.ndarray:
    """The weight of each review, 1 on average, that gives every star of a source the same say."""
    size = rows.groupby("source")["stars"].transform("size")
    alike = rows.groupby(["source", "stars"])["stars"].transform("size")
    different = rows.groupby("source")["stars"].transform("nunique")
    return (size / different / alike).to_numpy()


def counts(rows: pd.DataFrame, weight: np.ndarray | None = None) -> list[int]:
    """How many reviews each star has, or how many they weigh."""
    weighed = np.bincount(rows["stars"], weights=weight, minlength=STARS[-1] + 1)
    return [round(weighed[star]) for star in STARS]
