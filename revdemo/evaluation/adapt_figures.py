"""The main figures of an adaptation's report as text: for its command line, its card and for the page."""

from revdemo.errors import Phrase
from revdemo.evaluation.results.adapted import AdaptedFile, AdaptedGenerator, AdaptedStars, Generated
from revdemo.evaluation.results.texts import JudgeReport
from revdemo.intervals import Rate

SIDES = ("before", "after")
KINDS = {"unfiltered": Phrase("as they come"), "accepted": Phrase("accepted ones")}

Row = tuple[str, ...]  # what, before, after, difference


def figures(report: AdaptedFile) -> list[Row]:
    """Rows of the contents of adapt.json: what, before, after, and the difference, with 95% intervals."""
    rows: list[Row] = []
    if report.stars:
        rows += _stars(report.stars)
    if report.generator:
        rows.append(_generator(report.generator))
    if report.generated:
        rows += _generated(report.generated)
    return rows


def _stars(own: AdaptedStars) -> list[Row]:
    sides = (own.before, own.after, own.difference)
    rates = {
        Phrase("exact"): [side.exact.accuracy for side in sides],
        Phrase("near"): [side.near.accuracy for side in sides],
        Phrase("error (stars)"): [side.mae for side in sides],
    }
    return [
        (Phrase("classifier: {name}, {n:,} reviews", name=name, n=own.n), *map(_text, three))
        for name, three in rates.items()
    ]


def _generator(own: AdaptedGenerator) -> Row:
    three = (own.bits_per_byte.before, own.bits_per_byte.after, own.difference.bits_per_byte)
    return (Phrase("generator: bits per byte, {n:,} reviews", n=own.n), *map(_text, three))


def _generated(own: Generated) -> list[Row]:
    sides, change = (own.before, own.after), own.difference
    whole = [side.acceptance.all for side in sides]
    rows: list[Row] = [
        (Phrase("accepted of {n:,} generated", n=own.n), *map(_text, (*whole, change.acceptance)))
    ]
    for star in own.before.acceptance.by_stars:
        by_star = [side.acceptance.by_stars.get(star) for side in sides]
        rows.append((Phrase("accepted, {star} of 5 stars", star=star), *map(_text, by_star), ""))
    for kind, name in KINDS.items():
        exact = [*(_exact(side.judge.get(kind)) for side in sides), getattr(change, f"judge_exact_{kind}")]
        shares = [side.share_of_real.get(kind) for side in sides]
        rows.append((Phrase("judge: exact, {name}", name=name), *map(_text, exact)))
        rows.append((Phrase("judge: share of real reviews, {name}", name=name), *map(_text, shares), ""))
    detector = [side.detector_auc for side in sides]
    return [*rows, (Phrase("told from the table's reviews (AUC)"), *map(_text, detector), "")]


def _exact(judged: JudgeReport | None) -> Rate | None:
    return judged.exact.accuracy if judged else None


def _text(rate: Rate | None) -> Phrase:
    if rate is None:
        return Phrase("none", context="figure")
    return Phrase("{value:.3f} ({low:.3f} to {high:.3f})", value=rate.value, low=rate.low, high=rate.high)
