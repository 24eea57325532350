"""The README's five figures: what each asks, what was measured, and what it means."""

from __future__ import annotations

from revdemo.evaluation.results import GeneratedFile, LimitsFile, StarFile, UseFile
from revdemo.hub.markdown import number, percent, points, table
from revdemo.intervals import Rate

HEAD = ("asked", "measured (95% interval)", "which means")
EVEN = 0.5  # the AUC of a detector that guesses


def headline(
    stars: StarFile,
    generated: GeneratedFile,
    use: UseFile,
    limits: LimitsFile,
    others: StarFile | None = None,
    accurate: StarFile | None = None,
) -> str:
    """One table of five rows; others, accurate: both star models on other kinds of reviews."""
    products = limits.sets["products"]
    return table(
        HEAD,
        [
            [
                "Are the predicted stars right?",
                f"exactly {percent(stars.exact.accuracy)}, within one star {percent(stars.near.accuracy)}",
                f"on {stars.n:,} held-out film reviews, where TF-IDF reaches "
                f"{stars.baseline.exact.accuracy.value:.1%} exact and chance 20.0%",
            ],
            [
                "And on other kinds of reviews?",
                f"exactly {percent(products.exact.accuracy)}",
                f"on {products.n:,} reviews of products, hotels, restaurants and books: adapt it to yours"
                + _accurate(others, accurate),
            ],
            [
                "Are accepted reviews worth their stars?",
                f"exactly {percent(generated.accepted['judge'].exact.accuracy)}",
                "according to a judge that selected nothing; as they come, before the filter, "
                f"{generated.unfiltered['judge'].exact.accuracy.value:.1%}, of which the filter accepts "
                f"{generated.acceptance.all.value:.1%}",
            ],
            [
                "Do they read like real ones?",
                f"AUC {number(generated.detector_auc)}",
                f"of a simple detector, where {EVEN} is a guess: {_told(generated.detector_auc)}",
            ],
            _help(use),
        ],
    )


def _accurate(others: StarFile | None, accurate: StarFile | None) -> str:
    """The accurate model beside the starter, where both were measured on the same reviews."""
    if not others or not accurate or others.data != accurate.data:
        return ""
    return (
        f", or take the accurate model: {accurate.exact.accuracy.value:.1%} exact on {accurate.n:,} reviews "
        f"of clothing and restaurants, where the starter reaches {others.exact.accuracy.value:.1%}"
    )


def _help(use: UseFile) -> list[str]:
    setting = use.settings[0]
    gain = next(own for own in setting.differences if own.name == "synthetic - over-sampling")
    arms = {arm.name: arm for arm in setting.arms}
    recall = [f"{arms[name].recall_of_gap.value:.1%}" for name in ("over-sampling", "synthetic")]
    return [
        "Do they help a classifier that lacks reviews?",
        f"{points(gain.exact)} points exact over copying real ones",
        f"{_verdict(gain.exact)}; the recall of the rare star goes from {recall[0]} to {recall[1]}",
    ]


def _told(auc: Rate) -> str:
    return "they can be told from real ones" if auc.low > EVEN else "it cannot tell them from real ones"


def _verdict(gain: Rate) -> str:
    if gain.low > 0:
        return "a gain"
    return "a loss" if gain.high < 0 else "no difference that can be told"
