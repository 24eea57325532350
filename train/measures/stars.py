"""How good a star classifier is, beside simpler models; the contents of stars.json and judge.json."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from tqdm.auto import tqdm

from revdemo import intervals
from revdemo.evaluation import metrics, tfidf
from revdemo.generation.request import Classifier
from revdemo.reviews import STARS
from train.data import weights
from train.fitting.probes import BASE, Small
from train.measures import baseline

UNTRAINED = f"{BASE} as it comes, with a linear head"

Answer = tuple[np.ndarray, np.ndarray]  # predicted stars (n,) and the probability of each star (n, 5)


def predictions(classifier: Any, texts: Sequence[str], task: str) -> list:
    """What a classifier predicts, with a progress bar."""
    with tqdm(total=len(texts), desc=task, unit=" reviews") as bar:
        return classifier.predict(list(texts), progress=lambda done, _: bar.update(done - bar.n))


def predict(classifier: Classifier, texts: Sequence[str], task: str) -> Answer:
    """Predicted stars (n,) and the probability of each star (n, 5)."""
    found = predictions(classifier, texts, task)
    return np.array([one.stars for one in found]), np.array([one.probabilities for one in found])


def measure_stars(
    part: pd.DataFrame,
    classifier: Classifier,
    rows: pd.DataFrame,
    seed: int = 0,
    untrained: Small | None = None,
    mix: Sequence[float] | None = None,
) -> dict:
    """The measured part of stars.json.

    Args:
        part: text, text_scored, stars, movie_id and source of the reviews to measure on.
        rows: text, stars and source of the reviews that the classifier, and now the baselines, learned from.
        untrained: how the untrained base embeds texts; None leaves that baseline out.
        mix: the natural share of each star, for the measures under that mix.
    """
    stars, films = part["stars"].to_numpy(), part["movie_id"].to_numpy()
    own = predict(classifier, part["text"], "masked")
    print(f"training the baseline on {len(rows):,} reviews")
    by_words = baseline.predict(baseline.train(rows["text"], rows["stars"]), part["text"])

    def report(answer: Answer, where: np.ndarray | slice = slice(None)) -> dict:
        return metrics.star_report(stars[where], answer[0][where], answer[1][where], films[where], seed)

    found = {
        **report(own),
        "films": len(set(films)),
        "chance": metrics.chance(),
        "reliability": metrics.reliability(own[1], stars),
        "by_source": {name: report(own, (part["source"] == name).to_numpy()) for name in set(part["source"])},
        "with_stated_scores": _with_stated_scores(part, classifier, own, report),
        "baseline": {"name": tfidf.NAME, **report(by_words)},
        "difference": _difference(part, own, by_words, seed),
        "balance": {"before": weights.counts(rows), "after": weights.counts(rows, weights.weights(rows))},
    }
    if untrained is not None:
        found["untrained"] = {"name": UNTRAINED, **report(_untrained(untrained, rows, part["text"]))}
    if mix is not None:
        found["natural"] = natural(stars, *own, films, mix, seed)
    return found


def natural_mix(parts: Sequence[pd.DataFrame], source: str) -> list[float]:
    """The share of each star among all the reviews of one source, as people give them."""
    counts = np.sum([weights.counts(part[part["source"] == source]) for part in parts], axis=0)
    return (counts / counts.sum()).tolist()


def natural(
    stars: np.ndarray,
    predicted: np.ndarray,
    probabilities: np.ndarray,
    films: np.ndarray,
    mix: Sequence[float],
    seed: int = 0,
) -> dict:
    """The measures when each star has its natural share: every review weighs the share of its star."""
    weight = np.asarray(mix) / np.bincount(stars, minlength=STARS[-1] + 1)[1:].clip(min=1)
    rows = metrics.star_rows(stars, predicted, probabilities) * weight[stars - 1][:, None]
    found = intervals.bootstrap(metrics.star_metrics, rows, films, ranges=metrics.STAR_RANGES, seed=seed)
    return {"mix": list(mix), **found}


def _difference(part: pd.DataFrame, own: Answer, other: Answer, seed: int) -> dict:
    """How far the classifier is ahead of a baseline, paired."""
    stars = part["stars"].to_numpy()
    return intervals.paired_difference(
        metrics.star_metrics,
        metrics.star_rows(stars, *own),
        metrics.star_rows(stars, *other),
        part["movie_id"].to_numpy(),
        ranges=metrics.STAR_RANGES,
        seed=seed,
    )


def _untrained(small: Small, rows: pd.DataFrame, texts: Sequence[str]) -> Answer:
    head = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    head.fit(small.features(rows["text"].tolist()), rows["stars"].to_numpy(int))
    probabilities = head.predict_proba(small.features(list(texts)))
    return head.classes_[probabilities.argmax(axis=1)], probabilities


def _with_stated_scores(
    part: pd.DataFrame, classifier: Classifier, masked: Answer, report: Callable[[Answer], dict]
) -> dict:
    """The same reviews unmasked; only those that state a score are predicted again."""
    stated = (part["text"] != part["text_scored"]).to_numpy()
    answer = masked[0].copy(), masked[1].copy()
    if stated.any():
        answer[0][stated], answer[1][stated] = predict(
            classifier, part.loc[stated, "text_scored"], "unmasked"
        )
    return {**report(answer), "reviews_with_a_score": int(stated.sum())}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of this job beside the common ones."""
    parser.add_argument(
        "--part", default="test", choices=["test", "validation"], help="the reviews to measure on"
    )
    parser.add_argument("--rows", type=Path, help="the rows it learned from, as train.stars left them")
    parser.add_argument(
        "--work", type=Path, default=Path("runs/embeddings"), help="where embeddings are kept"
    )
    parser.add_argument("--quick", action="store_true", help="leave the untrained base out")
