"""How good a star classifier is, beside simpler models; the contents of stars.json and judge.json."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from revdemo import metrics
from revdemo.loop import Judges
from revdemo.reviews import STARS
from train import balance, baseline
from train.small import BASE, Small

UNTRAINED = f"{BASE} as it comes, with a linear head"


def predictions(classifier, texts: Sequence[str], task: str) -> list:
    """What a classifier predicts, with a progress bar."""
    with tqdm(total=len(texts), desc=task, unit=" reviews") as bar:
        return classifier.predict(list(texts), progress=lambda done, _: bar.update(done - bar.n))


def predict(classifier: Judges, texts: Sequence[str], task: str) -> tuple[np.ndarray, np.ndarray]:
    """Predicted stars (n,) and the probability of each star (n, 5)."""
    found = predictions(classifier, texts, task)
    return np.array([one.stars for one in found]), np.array([one.probabilities for one in found])


def measure_stars(
    part: pd.DataFrame,
    classifier: Judges,
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

    def report(answer: tuple[np.ndarray, np.ndarray], where: np.ndarray | slice = slice(None)) -> dict:
        return metrics.star_report(stars[where], answer[0][where], answer[1][where], films[where], seed)

    found = {
        **report(own),
        "films": len(set(films)),
        "chance": metrics.chance(),
        "reliability": metrics.reliability(own[1], stars),
        "by_source": {name: report(own, (part["source"] == name).to_numpy()) for name in set(part["source"])},
        "with_stated_scores": _with_stated_scores(part, classifier, own, report),
        "baseline": {"name": baseline.NAME, **report(by_words)},
        "difference": metrics.paired_difference(
            metrics.star_metrics,
            metrics.star_rows(stars, *own),
            metrics.star_rows(stars, *by_words),
            films,
            seed=seed,
        ),
        "balance": {
            "before": balance.counts(rows),
            "after": balance.counts(rows, balance.weights(rows)),
        },
    }
    if untrained is not None:
        found["untrained"] = {"name": UNTRAINED, **report(_untrained(untrained, rows, part["text"]))}
    if mix is not None:
        found["natural"] = natural(stars, *own, films, mix, seed)
    return found


def natural_mix(parts: Sequence[pd.DataFrame], source: str) -> list[float]:
    """The share of each star among all the reviews of one source, as people give them."""
    counts = np.sum([balance.counts(part[part["source"] == source]) for part in parts], axis=0)
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
    found = metrics.interval(metrics.star_metrics, rows, films, seed=seed)
    return {"mix": list(mix), **found}


def _untrained(small: Small, rows: pd.DataFrame, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    head = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    head.fit(small.features(rows["text"].tolist()), rows["stars"].to_numpy(int))
    probabilities = head.predict_proba(small.features(list(texts)))
    return head.classes_[probabilities.argmax(axis=1)], probabilities


def _with_stated_scores(part: pd.DataFrame, classifier: Judges, masked: tuple, report) -> dict:
    """The same reviews unmasked; only those that state a score are predicted again."""
    stated = (part["text"] != part["text_scored"]).to_numpy()
    answer = masked[0].copy(), masked[1].copy()
    if stated.any():
        answer[0][stated], answer[1][stated] = predict(
            classifier, part.loc[stated, "text_scored"], "unmasked"
        )
    return {**report(answer), "reviews_with_a_score": int(stated.sum())}
