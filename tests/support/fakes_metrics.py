"""Small files of measured results for the Metrics tab: each source with every key of its contract."""

import json
from pathlib import Path

from revdemo.evaluation.results import SOURCES
from tests.support.fakes import ATTACK

MATRIX = [[80, 15, 3, 1, 1], [20, 60, 15, 4, 1], [2, 20, 55, 20, 3], [1, 3, 17, 59, 20], [1, 1, 3, 20, 75]]
ACCEPTED = [[40, 0, 0, 0, 0], [0, 30, 0, 0, 0], [0, 0, 20, 0, 0], [0, 0, 0, 30, 0], [0, 0, 0, 0, 40]]


def rate(value: float, half: float = 0.02) -> dict:
    return {"value": value, "low": round(value - half, 4), "high": round(value + half, 4)}


def scores(accuracy: float) -> dict:
    return {name: rate(accuracy) for name in ("accuracy", "precision", "recall", "f1")}


def star_report(exact: float, near: float, mae: float, matrix=MATRIX, **more) -> dict:
    report = {"n": 500, "exact": scores(exact), "near": scores(near), "mae": rate(mae), "qwk": rate(0.8)}
    return report | {"ece": rate(0.03), "confusion": matrix} | more


def how(command: str) -> dict:
    """The provenance that every file has."""
    return {
        "seed": 0,
        "data": "eaeb647ac06311ef",
        "command": command,
        "device": "cpu, 2 cores",
        "minutes": 1.25,
        "model": {"role": "stars", "kind": "starter", "revision": "6723858d0b5260418b7f"},
    }


def star_file(exact: float = 0.658, part: str = "test") -> dict:
    return {
        **star_report(exact, 0.962, 0.4),
        **how(f"python -m train.evaluate stars --part {part}"),
        "part": part,
        "films": 120,
        "by_source": {"imdb-user-a": star_report(exact, 0.96, 0.4)},
        "with_stated_scores": star_report(0.671, 0.965, 0.39, reviews_with_a_score=42),
        "baseline": star_report(0.533, 0.915, 0.59, name="TF-IDF + logistic regression"),
        "untrained": star_report(0.41, 0.83, 0.83, name="linear head"),
        "difference": {"exact": scores(0.125), "near": scores(0.047), "mae": rate(-0.19)},
        "natural": {
            "mix": [0.1, 0.1, 0.15, 0.25, 0.4],
            "exact": scores(0.69),
            "mae": rate(0.37),
            "ece": rate(0.041),
        },
        "reliability": [
            {"confidence": 0.35, "accuracy": 0.31, "n": 60},
            {"confidence": 0.62, "accuracy": 0.6, "n": 240},
            {"confidence": 0.91, "accuracy": 0.93, "n": 200},
        ],
        "balance": {"before": [900, 300, 500, 800, 2000], "after": [600, 600, 600, 600, 600]},
        "chance": {"always_3": {"exact": 0.2, "near": 0.6}, "uniform": {"exact": 0.2, "near": 0.52}},
    }


def frontier_point(temperature: float, min_p: float, auc: float, chosen: bool) -> dict:
    """A point of the frontier."""
    return {
        "temperature": temperature,
        "min_p": min_p,
        "guidance": 2.0,
        "likeness": 0.25,
        "n": 200,
        "acceptance": rate(0.5),
        "judge_exact": rate(0.8),
        "distinct2": 0.8,
        "variety": temperature,
        "detector_auc": rate(auc),
        "chosen": chosen,
    }


def text_quality() -> dict:
    """How varied the generated texts are, and what they copy."""
    return {
        "duplicates": rate(0.0, 0.0),
        "near_duplicates": rate(0.004, 0.004),
        "distinct1": 0.151,
        "distinct2": 0.663,
        "self_bleu": 0.284,
        "length": rate(96, 4),
        "real": {"n": 500, "distinct1": 0.19, "distinct2": 0.71, "self_bleu": 0.25, "length": rate(120, 5)},
        "longest_copy": {
            "longest": 17,
            "share_30": rate(0.0, 0.0),
            "real": {"longest": 41, "share_30": rate(0.004, 0.004)},
        },
    }


def examples() -> list[dict]:
    """An accepted and a rejected review of each number of stars."""
    reasons = {"accepted": None, "rejected": "stars"}
    return [
        {
            "requested": star,
            "filter": star if verdict == "accepted" else star % 5 + 1,
            "judge": star,
            "accepted": verdict == "accepted",
            "reason": reason,
            "text": ATTACK if star == 1 else f"An {verdict} review that asks for {star} stars. " * 4,
        }
        for star in range(1, 6)
        for verdict, reason in reasons.items()
    ]


def generated_file() -> dict:
    judges = {
        "filter": star_report(0.62, 0.93, 0.46),
        "judge": star_report(0.55, 0.91, 0.55),
        "second_judge": star_report(0.45, 0.82, 0.8),
    }
    return {
        **how("python -m train.evaluate generated --per-star 100"),
        "model": {
            "filter": {"role": "stars", "kind": "starter", "revision": "6723858d0b5260418b7f"},
            "generator": {"role": "generator", "kind": "starter", "revision": "0dc79986d5711f72"},
            "second_judge": "TF-IDF (1-2 grams) + logistic regression",
        },
        "n": 500,
        "per_star": 100,
        "unfiltered": judges,
        "accepted": judges | {"filter": star_report(1.0, 1.0, 0.0, ACCEPTED)},
        "reference": judges | {"judge": star_report(0.61, 0.94, 0.47)},
        "share_of_real": {"unfiltered": rate(0.9), "accepted": rate(0.97)},
        "acceptance": {
            "all": rate(0.62),
            "by_stars": {str(star): rate(share) for star, share in enumerate((0.8, 0.5, 0.4, 0.6, 0.85), 1)},
        },
        "rejected": {"stars": 160, "states score": 9, "near duplicate": 21},
        **text_quality(),
        "detector_auc": rate(0.83),
        "strong_detector_auc": {"unfiltered": rate(0.95), "accepted": rate(0.91)},
        "frontier": [frontier_point(1.0, 0.02, 0.9, True), frontier_point(0.7, 0.0, 0.95, False)],
        "polarity_agreement": rate(0.95),
        "examples": examples(),
        "sampling": {"temperature": 0.9, "top_p": 0.95},
    }


def study_file() -> dict:
    def axes(measures: dict) -> dict:
        values = {
            "epochs": [1, 3, 5],
            "learning_rate": [5e-6, 5e-5, 5e-4],
            "batch_size": [4, 8, 16],
            "betas": ["0.9, 0.999", "0.95, 0.999", "0.8, 0.9"],
        }
        return {
            axis: [
                {"value": value}
                | {
                    name: {"mean": mean * (1 + place / 50), "spread": mean / 90}
                    for name, mean in measures.items()
                }
                for place, value in enumerate(tried)
            ]
            for axis, tried in values.items()
        }

    default = {"epochs": 3, "learning_rate": 5e-5, "batch_size": 8, "betas": "0.95, 0.999"}
    common = {"default": default, "samples": 3, "rows": 2000}
    star_measures = {"exact": 0.58, "near": 0.93, "mae": 0.5, "loss": 1.02}
    text_measures = {"perplexity": 39.5, "bits_per_byte": 1.21, "loss": 3.67}
    return {
        **how("python -m train.sweep"),
        "classifier": {"axes": axes(star_measures), **common},
        "generator": {"axes": axes(text_measures), **common},
    }


def use_file() -> dict:
    def arm(name: str, exact: float) -> dict:
        return {
            "name": name,
            "exact": rate(exact),
            "near": rate(exact + 0.3),
            "mae": rate(1 - exact),
            "recall_of_gap": rate(exact - 0.3),
        }

    def setting(name: str, title: str, extra: tuple) -> dict:
        arms = ("real only", "over-sampling", "augmentation", "synthetic", *extra)
        return {
            "name": name,
            "title": title,
            "gap_star": 2,
            "rows_per_class": 500,
            "cut_to": 50,
            "resamples": 10,
            "arms": [arm(one, 0.45 + place / 100) for place, one in enumerate(arms)],
            "differences": [arm("synthetic - over-sampling", -0.012)],
        }

    few = setting("few", "Trained on those few rows only", ())
    release = setting("release", "The release models", ("pseudo-labelled",))
    return {**how("python -m train.evaluate use"), "settings": [few, release]}


def polarity_file() -> dict:
    def report(accuracy: float) -> dict:
        return {"n": 200, **scores(accuracy), "confusion": [[95, 5], [7, 93]]}

    def domains(accuracy: float) -> dict:
        return {"domains": {name: report(accuracy) for name in ("films", "products")}}

    return {
        **report(0.94),
        **domains(0.94),
        **how("python -m train.evaluate polarity"),
        "epochs": [
            {
                "epoch": epoch,
                "training_loss": 0.4 / epoch,
                "validation_loss": 0.3,
                "accuracy": 0.93,
                "f1": 0.93,
                "precision": 0.94,
                "recall": 0.92,
            }
            for epoch in (1, 2, 3)
        ],
        "baseline": {"name": "TF-IDF + logistic regression", **domains(0.88)},
        "from_stars": domains(0.92),
        "neutral": {"low": 0.2, "high": 0.8, "three_star_share": rate(0.41), "other_share": rate(0.09)},
    }


def limits_file() -> dict:
    def right(accuracy: float) -> dict:
        return {"n": 32, **scores(accuracy), "confusion": [[20, 10], [1, 1]]}

    plain = star_report(0.6, 0.9, 0.5)
    return {
        **how("python -m train.evaluate limits"),
        "n": 580,
        "note": "written by hand",
        "sets": {
            "products": star_report(0.46, 0.88, 0.7, by_domain={"hotel": star_report(0.48, 0.9, 0.65)}),
            "ironic": star_report(0.12, 0.31, 2.4, plain=plain),
            "spanish": star_report(0.3, 0.6, 1.3, plain=plain),
        },
        "polarity": {"ironic": {**right(0.35), "plain": right(0.95)}},
        "chance": {"always_3": {"exact": 0.2, "near": 0.6}, "uniform": {"exact": 0.2, "near": 0.52}},
    }


def why_file() -> dict:
    return {
        **how("python -m train.evaluate why"),
        "n": 198,
        "removed": 5,
        "strongest": rate(0.35),
        "random": rate(0.08),
        "difference": rate(0.27),
        "ahead": rate(0.87),
    }


def training_file() -> dict:
    log = [{"epoch": step / 4, "step": step, "loss": 2 - step / 10} for step in range(1, 9)]
    return {"log": [*log, {"epoch": 2.0, "eval_loss": 1.6}], "command": "python -m train.stars"}


def files() -> dict[str, dict]:
    """The contents of every file, by the name of its source."""
    generator = {
        **how("python -m train.evaluate generator"),
        "n": 1000,
        "perplexity": {"before": rate(58.2, 1), "after": rate(36.1, 1)},
        "bits_per_byte": {"before": rate(1.42), "after": rate(1.18)},
        "ratio": rate(0.831, 0.004),
    }
    return {
        "stars": star_file(),
        "validation": star_file(0.66, "validation"),
        "accurate": star_file(0.67),
        "judge": star_file(0.61),
        "generator": generator,
        "generated": generated_file(),
        "study": study_file(),
        "use": use_file(),
        "product stars": star_file(0.57),
        "product accurate": star_file(0.62),
        "product generated": generated_file(),
        "polarity": polarity_file(),
        "why": why_file(),
        "limits": limits_file(),
        "stars training": training_file(),
        "generator training": training_file(),
    }


def write(assets: Path, contents: dict[str, object]) -> Path:
    """Write files below a folder such as assets/; what is no dict is written as it is."""
    for name, content in contents.items():
        path = assets / SOURCES[name].path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return assets
