"""Do the words that an explanation calls strong move the stars? The contents of why.json.

    python -m train.evaluate why

From each of 200 real test reviews the five words of the largest shares are taken out, and, apart, five words
drawn at random, several times. The classifier reads what is left, and the figures are how far its expected
stars move, up or down. It is the classifier that answers in the app (int8 or bf16 on a CPU), not the float32
copy that was explained. Texts may not be published, figures may.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from revdemo import intervals
from revdemo.evaluation import explain
from revdemo.models.classifier import StarClassifier

REVIEWS = 200
REMOVED = 5  # words
DRAWS = 5  # of random words, a review
WORDS = 3 * REMOVED  # a shorter review would lose too much of itself


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the job alone takes to its command line."""
    parser.add_argument("--steps", type=int, default=explain.STEPS, help="of the integrated gradients")


def measure(rows: pd.DataFrame, classifier: StarClassifier, steps: int, seed: int = 0) -> dict:
    """How far removing the strongest and random words moves the expected stars, with paired intervals.

    Args:
        rows: text and movie_id; reviews of fewer than WORDS words are left out.

    Returns:
        n, strongest and random (mean absolute change of the expected stars), difference (strongest minus
        random, paired), ahead (share of reviews where the strongest move them more), remainder (mean absolute
        error of an explanation's sum), baseline (expected stars of no words). Intervals are over films.
    """
    rng = np.random.default_rng(seed)
    rows = rows[rows["text"].str.split().str.len() >= WORDS]
    found = [
        _review(text, classifier, steps, rng)
        for text in tqdm(rows["text"], desc="explaining", unit=" reviews")
    ]
    strongest, at_random, remainder, baseline = np.array(found).T
    values = {
        "strongest": strongest,
        "random": at_random,
        "difference": strongest - at_random,
        "ahead": strongest > at_random,
        "remainder": np.abs(remainder),
        "baseline": baseline,
    }
    return {
        "n": len(rows),
        "films": int(rows["movie_id"].nunique()),
        "removed": REMOVED,
        "draws": DRAWS,
        "steps": steps,
    } | {name: intervals.mean(own, rows["movie_id"], seed=seed) for name, own in values.items()}


def without(text: str, words: Sequence[explain.Word]) -> str:
    """A text without some of its words; the marks around them stay."""
    for word in sorted(words, key=lambda word: -word.start):
        text = text[: word.start] + text[word.end :]
    return text


def _review(
    text: str, classifier: StarClassifier, steps: int, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """For one review: both changes, the remainder of its explanation, and its baseline."""
    found = explain.explain(classifier, text, steps)
    drawn = [
        [found.words[place] for place in rng.choice(len(found.words), REMOVED, replace=False)]
        for _ in range(DRAWS)
    ]
    cut = [without(found.text, words) for words in (found.strongest(REMOVED), *drawn)]
    whole, *left = (one.expected for one in classifier.predict([found.text, *cut]))
    strongest, *at_random = np.abs(np.array(left) - whole)
    return float(strongest), float(np.mean(at_random)), found.remainder, found.baseline


def summary(report: dict) -> str:
    """The report in one sentence."""
    shown = {
        name: "{value:.3f} ({low:.3f} to {high:.3f})".format(**report[name].as_dict())
        for name in ("strongest", "random", "difference")
    }
    return (
        f"{report['n']} reviews without their {report['removed']} strongest words: the expected stars move "
        f"by {shown['strongest']}; without random ones by {shown['random']}; difference {shown['difference']}"
    )
