"""Reviews that a generator wrote itself and its filter accepted, to learn from: what missed its stars fades.

Expert iteration, as in Anthony et al. 2017, "Thinking Fast and Slow with Deep Learning and Tree Search". The
filter is the starter's and the accurate classifier's; no judge sees a text.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.generation.copies import load_copies
from revdemo.models.classifier import StarClassifier, load_stars
from revdemo.models.generator import load_generator
from revdemo.settings import load_settings
from train.fitting.recipes import GeneratorRecipe
from train.written.samples import StoredRounds, samples_path, write_reviews


def own_reviews(recipe: GeneratorRecipe, folder: Path, threads: int | None = None) -> pd.DataFrame:
    """Accepted reviews of the recipe's kinds and stars, in random order: text, stars, kind.

    What is written is kept in `folder`, so that a killed run resumes. Raises RevdemoError where a star has no
    accepted review.
    """
    settings = load_settings(["--generator", str(recipe.start)]).model_copy(update={"threads": threads})
    generator = load_generator(settings)
    copies = load_copies(generator.source)
    starter, accurate = (
        load_stars(settings.model_copy(update={"stars_model": own})) for own in ("starter", "accurate")
    )
    found = []
    for kind in recipe.kind_rows:
        for stars, count in recipe.own_reviews.items():
            stored = StoredRounds(generator, samples_path(folder, generator, kind))
            rows = write_reviews(stored, starter, copies, count, recipe.seed, [stars], kind)
            found.append(agreed(rows[rows["accepted"]], accurate).assign(kind=kind))
    return _shuffled(pd.concat(found), recipe)


def agreed(rows: pd.DataFrame, classifier: StarClassifier) -> pd.DataFrame:
    """The reviews that a second classifier gives the stars asked for as well: text and stars."""
    stars = [one.stars for one in classifier.predict(rows["text"].tolist())]
    return rows.loc[rows["requested"] == stars, ["text", "requested"]].rename(columns={"requested": "stars"})


def _shuffled(rows: pd.DataFrame, recipe: GeneratorRecipe) -> pd.DataFrame:
    missing = sorted(set(recipe.own_reviews) - set(rows["stars"]))
    if missing:
        raise RevdemoError(
            "The generator wrote no review of {missing} stars that both classifiers accept. Raise "
            "own_reviews in the recipe.",
            missing=", ".join(map(str, missing)),
        )
    return rows.sample(frac=1, random_state=recipe.seed).head(recipe.rows or len(rows)).reset_index(drop=True)
