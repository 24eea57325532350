"""Which reviews a generator learns from: of the right length, plain about their stars, evened out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GroupKFold

from revdemo.errors import RevdemoError
from revdemo.evaluation import tfidf
from revdemo.generation.copies import words
from revdemo.reviews import STARS
from train.data.closings import closing
from train.data.split_by_film import components
from train.fitting.recipes import GeneratorRecipe

FOLDS = 3


def clearness(rows: pd.DataFrame) -> np.ndarray:
    """How plainly each review shows its stars: their probability by reviews of other films; else NaN.

    The judge is TF-IDF and a logistic regression by stochastic gradient, the baseline's quick cousin.
    """
    labelled = rows[rows["stars"] > 0]
    stars, films = labelled["stars"].to_numpy(), components(labelled["movie_id"], np.zeros((0, 2), int))
    shown = np.zeros(len(labelled))
    try:
        grams = tfidf.text_classifier(min_df=3)[0].fit_transform(labelled["text"])
        for learn, score in GroupKFold(FOLDS).split(grams, groups=films):
            judge = SGDClassifier(loss="log_loss", alpha=3e-5, class_weight="balanced", random_state=0)
            judge.fit(grams[learn], stars[learn])
            probabilities = np.zeros((len(score), STARS[-1] + 1))
            probabilities[:, judge.classes_] = judge.predict_proba(grams[score])
            shown[score] = probabilities[np.arange(len(score)), stars[score]]
    except ValueError as error:
        raise RevdemoError(
            "{reviews:,} reviews of {films:,} films do not tell which of them show their stars ({error}). "
            "Set clear: 1 in the recipe to keep them all.",
            reviews=len(labelled),
            films=len(set(films)),
            error=error,
        ) from error
    return pd.Series(shown, labelled.index).reindex(rows.index).to_numpy()


def of_length(rows: pd.DataFrame, least: int, most: int | None) -> pd.DataFrame:
    """The reviews that have from `least` to `most` words."""
    count = rows["text"].map(lambda text: len(words(text)))
    return rows[count.between(least, most or math.inf)]


def with_closings(rows: pd.DataFrame, recipe: GeneratorRecipe) -> pd.DataFrame:
    """The rows, with the last sentences in place of a review that has more than the recipe's max_words."""
    most = recipe.max_words or math.inf
    long = rows["text"].map(lambda text: len(words(text))) > most
    wanted = np.random.default_rng(recipe.seed).integers(recipe.min_words, most, len(rows), endpoint=True)
    texts = [
        closing(text, recipe.min_words, most, count) if cut else text
        for text, count, cut in zip(rows["text"], wanted, long, strict=True)
    ]
    found = rows.assign(text=texts)[[bool(text) for text in texts]]
    return found if recipe.closing_share == 1 else _fewer_closings(found, long, recipe)


def _fewer_closings(rows: pd.DataFrame, long: pd.Series, recipe: GeneratorRecipe) -> pd.DataFrame:
    """The rows with closings as at most the recipe's share of the reviews of each star of each kind."""
    rows = of_length(rows, recipe.min_words, recipe.max_words)
    kept = []
    for _, own in rows.groupby([name for name in ("kind", "stars") if name in rows], dropna=False):
        cut = long.loc[own.index]
        most = int((~cut).sum() * recipe.closing_share / (1 - recipe.closing_share))
        kept += [own[~cut], own[cut].sample(min(most, cut.sum()), random_state=recipe.seed)]
    return pd.concat(kept)


def of_known_kind(rows: pd.DataFrame) -> pd.DataFrame:
    """The reviews whose kind is known; RevdemoError where none is."""
    known = rows[rows["kind"] != ""]
    if known.empty:
        raise RevdemoError(
            "The recipe's prefix asks for a kind, and of no review is it known. Run python -m train.prepare "
            "again with --kind, or with --kind-column."
        )
    return known


def choose_rows(rows: pd.DataFrame, recipe: GeneratorRecipe) -> pd.DataFrame:
    """The reviews to learn from: of the right length, plain about their stars, stars alike, some unlabelled.

    Where the prefix asks for kinds, the stars are alike within each. Raises RevdemoError where a star has
    none.
    """
    if recipe.asks.knows_kinds:
        rows = of_known_kind(rows)
    if not recipe.unlabelled:
        rows = rows[rows["stars"] > 0]
    if recipe.closings:
        rows = with_closings(rows, recipe)
    if recipe.clear < 1:
        rows = rows.assign(shown=clearness(rows))
    rows = of_length(rows, recipe.min_words, recipe.max_words)
    labelled, free = rows[rows["stars"] > 0], rows[rows["stars"] == 0]
    missing = [str(star) for star in STARS if not (labelled["stars"] == star).any()]
    if missing:
        raise RevdemoError(
            "There is no review of {missing} stars of the recipe's length to train on.",
            missing=", ".join(missing),
        )
    if recipe.asks.knows_kinds:
        labelled = pd.concat([_evened(own, recipe, kind) for kind, own in labelled.groupby("kind")])
    else:
        labelled = _evened(labelled, recipe)
    free = free.sample(min(len(free), int(recipe.unlabelled * len(labelled))), random_state=recipe.seed)
    every = pd.concat([labelled, free]).sample(frac=1, random_state=recipe.seed)
    return every.head(recipe.rows or len(every)).reset_index(drop=True)


def _evened(labelled: pd.DataFrame, recipe: GeneratorRecipe, kind: str | None = None) -> pd.DataFrame:
    """The plainest of each star's reviews, stars alike: twice those of the rarest, of a kind maybe more.

    A kind with a star that is very rare would lose most of the others: it keeps as many as the star in the
    middle has.
    """
    count = labelled["stars"].value_counts()
    size = 2 * count.min()
    if kind is not None:
        size = min(max(size, int(count.median())), recipe.kind_rows.get(kind, len(labelled)))
    if recipe.clear < 1:
        stars = labelled.groupby("stars")["shown"]
        labelled = labelled[stars.rank(ascending=False) <= np.ceil(recipe.clear * stars.transform("size"))]
    return even_out(labelled, size, recipe.seed)


def even_out(rows: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """At most `size` reviews of every star; of a star that has fewer, as many again, each at most twice."""
    chosen = []
    for _, star in rows.groupby("stars"):
        again = max(0, min(len(star), size - len(star)))
        chosen += [star.sample(n, random_state=seed) for n in (min(len(star), size), again)]
    return pd.concat(chosen)
