"""What the generator writes, as it comes and as the app's loop accepts it, by more than one judge."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd

from revdemo import intervals
from revdemo.evaluation.metrics import star_report
from revdemo.intervals import Rate, share
from train.measures.generated.detector import StrongDetector
from train.measures.generated.text_quality import text_quality


def judged(
    requested: Sequence[int], predicted: Sequence[int], groups: Sequence | None = None, seed: int = 0
) -> dict:
    """What one judge says: the metrics of `star_report`, and by requested stars the mean predicted ones."""
    if not len(requested):
        return {"n": 0}
    table = pd.DataFrame({"requested": list(requested), "predicted": [int(stars) for stars in predicted]})
    table["group"] = range(len(table)) if groups is None else list(groups)
    by_stars = {}
    for stars, rows in table.groupby("requested"):
        report = star_report(rows["requested"], rows["predicted"], groups=rows["group"], seed=seed)
        by_stars[str(stars)] = {
            "n": len(rows),
            "mean": intervals.mean(rows["predicted"], rows["group"], seed=seed),
            "exact": report["exact"]["accuracy"],
            "near": report["near"]["accuracy"],
            "mae": report["mae"],
        }
    whole = star_report(table["requested"], table["predicted"], groups=table["group"], seed=seed)
    return whole | {"by_stars": by_stars}


def measure(
    reviews: pd.DataFrame,
    test: pd.DataFrame,
    judges: Iterable[str],
    longest: Callable[[Sequence[str]], Sequence[int]],
    seed: int = 0,
) -> dict:
    """The contents of generated.json.

    Args:
        reviews: of `write_reviews`, with a column of predicted stars for each judge.
        test: real reviews with text, stars and movie_id, and the same columns: what the judges say of those
            is the most that a generator can be given.
        longest: the longest run of tokens that each text shares with a training review.
    """
    worded = reviews[reviews["filter"].notna()]
    accepted = reviews[reviews["accepted"]]
    return {
        "n": len(reviews),
        "without_words": len(reviews) - len(worded),
        "unfiltered": {name: judged(worded["requested"], worded[name], seed=seed) for name in judges},
        "accepted": {name: judged(accepted["requested"], accepted[name], seed=seed) for name in judges},
        "reference": {name: judged(test["stars"], test[name], test["movie_id"], seed) for name in judges},
        "share_of_real": {
            "unfiltered": share_of_real(worded, test, seed),
            "accepted": share_of_real(accepted, test[test["filter"] == test["stars"]], seed),
        },
        "acceptance": _acceptance(reviews),
        "rejected": dict(Counter(reviews.loc[~reviews["accepted"], "reason"])),
        "finished": share(reviews["finished"]),
        **text_quality(worded["text"].tolist(), test["text"].tolist(), longest, seed),
        "examples": examples(reviews),
    }


def detected(reviews: pd.DataFrame, detector: StrongDetector, seed: int = 0) -> dict:
    """How well a strong detector tells the reviews from real ones: as they come, and as accepted."""
    worded = reviews[reviews["filter"].notna() & reviews["finished"]]
    return {
        "unfiltered": detector.auc(worded["text"].tolist(), seed),
        "accepted": detector.auc(reviews.loc[reviews["accepted"], "text"].tolist(), seed),
    }


def share_of_real(written: pd.DataFrame, real: pd.DataFrame, seed: int = 0) -> Rate | None:
    """The judge's exact accuracy on generated reviews, divided by that on real ones, with its interval.

    None where there is none to judge, or the judge is never right about real ones.
    """
    if written.empty or not (real["judge"] == real["stars"]).any():
        return None
    ours, theirs = written["judge"] == written["requested"], real["judge"] == real["stars"]
    return intervals.ratio_of_means(ours, theirs, real["movie_id"], seed=seed)


def examples(reviews: pd.DataFrame) -> list[dict]:
    """The first accepted review of each star, and the first that came out as other stars; none is chosen."""
    kept = ["requested", "filter", "judge", "accepted", "reason", "text"]
    chosen = reviews[reviews["accepted"] | (reviews["reason"] == "stars")]
    first = (
        chosen.groupby(["requested", "accepted"], sort=True).head(1).sort_values(["requested", "accepted"])
    )
    return [
        {key: row[key] if key in ("text", "reason") else int(row[key]) for key in kept}
        | {"accepted": bool(row["accepted"])}
        for row in first.to_dict("records")
    ]


def _acceptance(reviews: pd.DataFrame) -> dict:
    """The share that the whole filter accepts, and what it would be without the filter of likeness."""
    before = reviews.assign(accepted=reviews["accepted"] | (reviews["reason"] == "likeness"))
    return _shares(reviews) | {"before_likeness": _shares(before)}


def _shares(reviews: pd.DataFrame) -> dict:
    by_stars = {str(stars): share(rows) for stars, rows in reviews.groupby("requested")["accepted"]}
    return {"all": share(reviews["accepted"]), "by_stars": by_stars}


def summary(report: dict) -> str:
    """The table a person reads after a run: each judge's mean, exact and near by requested stars."""
    lines = [f"{'':13} stars     n  mean predicted    exact    near"]
    for name, judge in report["unfiltered"].items():
        for stars, row in judge["by_stars"].items():
            mean = "{value:.2f} ({low:.2f}-{high:.2f})".format(**row["mean"].as_dict())
            exact, near = row["exact"].value, row["near"].value
            lines.append(f"{name:13} {stars:>5} {row['n']:5}  {mean}  {exact:6.1%}  {near:6.1%}")
        for label, whole in (("all", judge), ("real reviews", report["reference"][name])):
            exact, near = whole["exact"]["accuracy"].value, whole["near"]["accuracy"].value
            lines.append(f"{name:13} {label:>28}  {exact:6.1%}  {near:6.1%}")
    shares = report["acceptance"]["by_stars"].items()
    lines.append("accepted      " + ", ".join(f"{stars}: {own.value:.1%}" for stars, own in shares))
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of this job beside the common ones."""
    parser.add_argument("--per-star", type=int, default=500, help="generated reviews per star")
    parser.add_argument("--kind", help="what they are about, for a generator that was taught kinds")
    parser.add_argument(
        "--frontier",
        type=int,
        default=0,
        help="reviews per star at each point of the frontier; 0 leaves it out",
    )
    parser.add_argument("--work", type=Path, default=Path("runs/generated"), help="where samples are kept")
