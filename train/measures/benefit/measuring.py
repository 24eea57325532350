"""What each arm's classifier predicts, and how far the arms lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from revdemo.intervals import SHARE, from_draws, of_difference, two_way_draws
from train.fitting.probes import Small
from train.measures.benefit.arms import BenefitPlan, build_arms

MEASURES = ("exact", "near", "mae", "recall_of_gap")
RANGES = {"exact": SHARE, "near": SHARE, "mae": (0.0, 4.0), "recall_of_gap": SHARE}
GAIN = "{value:+.3f} ({low:+.3f} to {high:+.3f})"


def predict(
    resamples: Sequence[Mapping[str, pd.DataFrame]], test: pd.DataFrame, classifier: Small, task: str
) -> dict[str, np.ndarray]:
    """The stars that each arm's classifier predicts for the test reviews (resamples, reviews)."""
    rows = [arm["text"] for arms in resamples for arm in arms.values()]
    place = {text: number for number, text in enumerate(dict.fromkeys(pd.concat([test["text"], *rows])))}
    features = classifier.features(list(place))
    asked = features[test["text"].map(place).to_numpy()]
    found: dict[str, list[np.ndarray]] = {name: [] for name in resamples[0]}
    # One thread: a step of the solver is so short that two would mostly wait for each other.
    with threadpool_limits(1), tqdm(total=len(rows), desc=task, unit=" classifiers") as bar:
        for arms in resamples:
            for name, arm in arms.items():
                learned = features[arm["text"].map(place).to_numpy()]
                model = classifier.learner().fit(learned, arm["stars"].to_numpy(int))
                found[name].append(model.predict(asked))
                bar.update()
    return {name: np.array(predicted) for name, predicted in found.items()}


def film_sums(predicted: np.ndarray, test: pd.DataFrame, gap_star: int) -> np.ndarray:
    """What `rates` reads, summed by film (resamples, films, 6), from predicted stars (resamples, reviews)."""
    stars = test["stars"].to_numpy(int)
    off = np.abs(predicted - stars)
    cut = np.broadcast_to(stars == gap_star, off.shape)
    rows = np.stack([off == 0, off <= 1, off, (off == 0) & cut, np.ones_like(off), cut], axis=-1)
    films, place = np.unique(test["movie_id"].to_numpy(str), return_inverse=True)
    sums = np.zeros((len(predicted), len(films), rows.shape[-1]))
    for own, added in zip(sums, rows, strict=True):
        np.add.at(own, place, added)
    return sums


def rates(sums: np.ndarray) -> dict[str, np.ndarray]:
    """The measures from sums (..., 6); the recall of a star without test reviews is 0."""
    exact, near, off, hits, count, cut = np.moveaxis(sums, -1, 0)
    values = exact / count, near / count, off / count, hits / np.maximum(cut, 1)
    return dict(zip(MEASURES, values, strict=True))


def measure(predicted: Mapping[str, np.ndarray], test: pd.DataFrame, gap_star: int, seed: int) -> dict:
    """Each arm's measures, and what the synthetic reviews gain over each other filling."""
    drawn = {
        name: rates(two_way_draws(film_sums(stars, test, gap_star), seed=seed))
        for name, stars in predicted.items()
    }
    arms = [{"name": name} | from_draws(own, RANGES) for name, own in drawn.items()]
    differences = [
        {"name": f"synthetic - {name}"}
        | from_draws({key: drawn["synthetic"][key] - other[key] for key in MEASURES}, of_difference(RANGES))
        for name, other in drawn.items()
        if name not in ("synthetic", "all real")
    ]
    return {"arms": arms, "differences": differences}


def measure_setting(
    name: str,
    gap_star: int,
    rows: Sequence[pd.DataFrame],
    pools: Sequence[Mapping[str, Sequence[str]]],
    test: pd.DataFrame,
    classifiers: Mapping[str, Small],
    plan: BenefitPlan,
) -> list[dict]:
    """The entries of one setting, one for each small classifier.

    rows, pools: for each resample, of `draw_rows` and as `build_arms` takes them.
    """
    resamples = [
        build_arms(drawn, gap_star, own, plan, number)
        for number, (drawn, own) in enumerate(zip(rows, pools, strict=True))
    ]
    about = {
        "name": name,
        "gap_star": gap_star,
        "rows_per_class": plan.rows,
        "cut_to": plan.cut,
        "resamples": len(rows),
        "synthetic_pool": min(len(own["synthetic"]) for own in pools),
    }
    return [
        about
        | {"classifier": kind, "title": _title(name, kind, gap_star, plan)}
        | measure(predict(resamples, test, classifier, f"{name}, {kind}"), test, gap_star, plan.seed)
        for kind, classifier in classifiers.items()
    ]


def _title(name: str, kind: str, gap_star: int, plan: BenefitPlan) -> str:
    models = "the release models" if name == "release" else "models trained on those few alone"
    stars = "1 star" if gap_star == 1 else f"{gap_star} stars"
    return f"{stars} cut from {plan.rows} to {plan.cut} reviews, filled by {models}; classifier of {kind}"


def summary(entries: Sequence[dict]) -> str:
    """The table a person reads after a run: every arm, then every difference in points."""
    lines = []
    for entry in entries:
        lines.append(f"{entry['title']} ({entry['resamples']} resamples, pool {entry['synthetic_pool']})")
        for arm in entry["arms"]:
            lines.append(
                f"  {arm['name']:15} exact {arm['exact'].value:6.1%}  near {arm['near'].value:6.1%}  "
                f"MAE {arm['mae'].value:.3f}  recall {arm['recall_of_gap'].value:6.1%}"
            )
        for difference in entry["differences"]:
            exact, recall = (GAIN.format(**difference[key].as_dict()) for key in ("exact", "recall_of_gap"))
            lines.append(f"  {difference['name']:27} exact {exact}  recall {recall}")
    return "\n".join(lines)
