"""Where the classifiers fail: products, irony, other languages. The contents of limits.json.

    python -m train.evaluate limits

The star classifier learned from reviews in English, mostly of films; here it reads product reviews of
$REVDEMO_DATA that it did not learn from, as many of each star, and reviews of assets/hard_reviews.csv: ironic
ones, Spanish, German and French ones, each beside the same said plainly in English. Those are written by hand
for this, and few: their intervals are wide, and their stars one writer's. The polarity classifier reads the
written ones too, but for those of 3 stars.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo import intervals
from revdemo.errors import RevdemoError
from revdemo.evaluation import confusion_matrix, metrics
from revdemo.files import ASSETS
from revdemo.generation.copies import words
from revdemo.generation.request import Classifier
from revdemo.hub.markdown import number, percent
from revdemo.intervals import SHARE
from revdemo.models.polarity import PolarityClassifier
from revdemo.reviews import STARS, clean, is_censored, mask_scores
from train.measures import stars as star_measures

WRITTEN = ASSETS / "hard_reviews.csv"
PRODUCTS = "product_reviews.parquet"
SETS = {"ironic": ["ironic"], "spanish": ["spanish"], "german or french": ["german", "french"]}
PER_STAR = 100  # product reviews
FEW = 40  # of a domain are too few for figures of their own
FILMS = "movie"  # what the star classifier knows best
NOTE = (
    "The sets ironic, spanish, and german or french are written by hand, and small; plain is the same said "
    "in plain English. Product reviews are without those of films and without those the star classifier "
    "learned from; it may know others of the same items."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the job alone takes to its command line."""
    parser.add_argument("--per-star", type=int, default=PER_STAR, help="product reviews per star")
    parser.add_argument(
        "--rows", type=Path, help="what the star classifier learned from, as train.stars left it: left out"
    )


def read_products(per_star: int, seed: int, learned: Collection[str] = ()) -> pd.DataFrame:
    """Cleaned product reviews (text, stars, domain) of $REVDEMO_DATA, as many of each star, no text twice.

    None of the texts in `learned` is among them, whatever their punctuation and letter case.
    """
    folder = os.environ.get("REVDEMO_DATA")
    if not folder or not (Path(folder) / PRODUCTS).exists():
        raise RevdemoError("Set REVDEMO_DATA to the folder that holds {products}.", products=PRODUCTS)
    rows = pd.read_parquet(Path(folder) / PRODUCTS, columns=["text", "stars", "domain"]).dropna()
    rows = rows[(rows["domain"] != FILMS) & ~rows["text"].map(is_censored)]
    rows["text"] = rows["text"].map(mask_scores).map(clean)
    rows = rows[rows["text"] != ""].drop_duplicates("text")
    known = set(map(_plain, learned))
    rows = rows[[_plain(text) not in known for text in rows["text"]]]
    drawn = [
        own.sample(min(per_star, len(own)), random_state=seed) for _, own in rows.groupby("stars", sort=True)
    ]
    return pd.concat(drawn, ignore_index=True)


def _plain(text: str) -> str:
    return " ".join(words(text))


def read_written(path: Path = WRITTEN) -> pd.DataFrame:
    """The reviews written by hand: kind, stars, text, and plain, the same in plain English."""
    return pd.read_csv(path)


def fingerprint(products: pd.DataFrame, written: pd.DataFrame) -> str:
    """The checksum of everything that is measured on."""
    rows = [*zip(products["stars"], products["text"], strict=True)]
    rows += [*written.itertuples(index=False, name=None)]
    return hashlib.sha256(repr([tuple(map(str, row)) for row in rows]).encode()).hexdigest()


def measure(
    products: pd.DataFrame,
    written: pd.DataFrame,
    classifier: Classifier,
    polarity: PolarityClassifier | None,
    seed: int = 0,
) -> dict:
    """The measured part of limits.json; every review stands alone in the intervals.

    Args:
        products: text, stars and domain.
        written: kind, stars, text and plain.
        polarity: the polarity classifier, None to leave it out.
    """
    found = {"products": _products(products, classifier, seed)}
    opinions = {}
    for name, kinds in SETS.items():
        own = written[written["kind"].isin(kinds)]
        found[name] = _beside_plain(own, classifier, seed)
        if polarity is not None:
            opinions[name] = _polarity(own[own["stars"] != 3], polarity, seed)
    return {
        "n": len(products) + len(written),
        "note": NOTE,
        "sets": found,
        "polarity": opinions,
        "chance": metrics.chance(),
    }


def _products(rows: pd.DataFrame, classifier: Classifier, seed: int) -> dict:
    stars = rows["stars"].to_numpy(int)
    answer = star_measures.predict(classifier, rows["text"], "products")

    def report(where: np.ndarray) -> dict:
        return _stars(stars[where], answer[0][where], answer[1][where], seed)

    large = [name for name, own in rows.groupby("domain") if len(own) >= FEW]
    by_domain = {name: report((rows["domain"] == name).to_numpy()) for name in large}
    return {**report(np.ones(len(rows), dtype=bool)), "by_domain": by_domain}


def _beside_plain(rows: pd.DataFrame, classifier: Classifier, seed: int) -> dict:
    stars = rows["stars"].to_numpy(int)
    said = star_measures.predict(classifier, rows["text"].map(clean), "as written")
    plain = star_measures.predict(classifier, rows["plain"].map(clean), "in plain English")
    return {
        **_stars(stars, *said, seed),
        "plain": _stars(stars, *plain, seed),
        "difference": intervals.paired_difference(
            metrics.star_metrics,
            metrics.star_rows(stars, *said),
            metrics.star_rows(stars, *plain),
            ranges=metrics.STAR_RANGES,
            seed=seed,
        ),
    }


def _polarity(rows: pd.DataFrame, classifier, seed: int) -> dict:
    true = rows["stars"].to_numpy(int) > STARS[2]

    def report(texts: Sequence[str]) -> dict:
        answers = [one.positive for one in star_measures.predictions(classifier, texts, "polarity")]
        cells = confusion_matrix.polarity_cells(true, answers)
        confusion = cells.sum(axis=0).astype(int).reshape(2, 2)
        rates = intervals.bootstrap(confusion_matrix.polarity_scores, cells, ranges=SHARE, seed=seed)
        return {
            "n": len(true),
            **metrics.of_standalone_rows(rates, confusion),
            "confusion": confusion.tolist(),
        }

    return {**report(rows["text"].map(clean)), "plain": report(rows["plain"].map(clean))}


def _stars(true: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray, seed: int) -> dict:
    report = metrics.star_report(true, predicted, probabilities, seed=seed)
    matrix = np.array(report["confusion"])
    matrices = {"exact": matrix, "near": confusion_matrix.near_confusion(matrix)}
    return report | {name: metrics.of_standalone_rows(report[name], own) for name, own in matrices.items()}


def summary(report: dict) -> str:
    """The report, a line for each set."""
    lines = []
    for name, own in report["sets"].items():
        lines.append(f"{name} ({own['n']}): {_line(own)}")
        if "plain" in own:
            lines.append(f"    in plain English: {_line(own['plain'])}")
    for name, own in report["polarity"].items():
        rates = [percent(one["accuracy"]) for one in (own, own["plain"])]
        lines.append(f"polarity, {name} ({own['n']}): {rates[0]}; in plain English {rates[1]}")
    return "\n".join(lines)


def _line(report: dict) -> str:
    rates = [percent(report[kind]["accuracy"]) for kind in ("exact", "near")]
    return f"exact {rates[0]}, near {rates[1]}, error {number(report['mae'])}"
