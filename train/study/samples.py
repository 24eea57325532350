"""Disjoint samples of a study, by film, with as many reviews of every star."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from revdemo.errors import RevdemoError
from revdemo.reviews import STARS
from train.data.split_by_film import components
from train.fitting.generator_reviews import of_length
from train.fitting.recipes import Recipe
from train.study.settings import FOLDS, UNIT


class StudySample(NamedTuple):
    """Reviews to learn from, and of other films to evaluate on."""

    learn: pd.DataFrame
    evaluate: pd.DataFrame


def pool(role: str, part: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The reviews that samples are drawn from: labelled, and for a generator of the recipe's length."""
    labelled = part[part["stars"] > 0]
    return of_length(labelled, recipe.min_words, recipe.max_words) if role == "generator" else labelled


def draw(rows: pd.DataFrame, samples: int, most: int | None, seed: int) -> list[StudySample]:
    """Samples of one size with as many reviews of every star, a fifth of them for evaluation.

    A film is in one sample only, and there either learned from or evaluated on. Raises RevdemoError where
    `most` reviews a sample are not to be had.
    """
    films = components(rows["movie_id"], np.zeros((0, 2), int))
    fewest = _fewest(rows)
    if min(fewest, len(set(films))) < samples * FOLDS:
        raise RevdemoError(
            "{samples} samples need {parts} films and reviews of every star; there are {films:,} films, "
            "and {fewest:,} reviews of the rarest star.",
            samples=samples,
            parts=samples * FOLDS,
            films=len(set(films)),
            fewest=fewest,
        )
    cutter = StratifiedGroupKFold(samples * FOLDS, shuffle=True, random_state=seed)
    folds = [fold for _, fold in cutter.split(films, rows["stars"], films)]
    cuts = [folds[i : i + FOLDS] for i in range(0, len(folds), FOLDS)]
    whole = [StudySample(rows.iloc[np.concatenate(learn)], rows.iloc[score]) for score, *learn in cuts]
    room = min(min(_fewest(one.evaluate), _fewest(one.learn) // (FOLDS - 1)) for one in whole)
    size = room if most is None else most // UNIT
    if not 0 < size <= room:
        raise RevdemoError(
            "{samples} balanced samples of {most:,} reviews are not to be had: one needs at least {unit}, "
            "and the rarest star has room for {room:,}. Ask for as many, or state rows: null.",
            samples=samples,
            most=most or UNIT,
            unit=UNIT,
            room=room * UNIT,
        )
    return [
        StudySample(_even(one.learn, size * (FOLDS - 1), seed), _even(one.evaluate, size, seed))
        for one in whole
    ]


def _fewest(rows: pd.DataFrame) -> int:
    return min(int((rows["stars"] == star).sum()) for star in STARS)


def _even(rows: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """`size` reviews of every star, in random order."""
    chosen = rows.groupby("stars").sample(size, random_state=seed)
    return chosen.sample(frac=1, random_state=seed).reset_index(drop=True)
