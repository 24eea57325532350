"""The tables of docs/results.md: a title and a section for each file of assets/metrics."""

from __future__ import annotations

from functools import partial

from revdemo.evaluation import original_project
from revdemo.evaluation.adapt_figures import figures
from revdemo.evaluation.results import (
    AdaptedFile,
    GeneratedFile,
    GeneratorFile,
    LimitsFile,
    PolarityFile,
    StarFile,
    UseFile,
    WhyFile,
    read_file_or_none,
)
from revdemo.files import METRICS
from revdemo.hub.markdown import number, percent, points, star_row, table
from revdemo.models.weights.registry import STARTER, places, read_config
from revdemo.reviews import STARS

ORIGINAL_STARS, ORIGINAL_GENERATED = (
    [f"{share:.1%}" for share in found] for found in (original_project.PREDICTED, original_project.GENERATED)
)


def stars_section(report: StarFile) -> list[str]:
    """The star classifier beside the accurate one, the baselines, the original's figure and chance."""
    larger = accurate("accurate.json")
    rows = [
        star_row("**revdemo, starter**", report),
        *(star_row("**revdemo, accurate** (`--stars-model accurate`)", own) for own in [larger] if own),
        star_row("the same, scores left in the text", report.with_stated_scores),
        star_row(f"{report.baseline.name}, same rows", report.baseline),
        *(star_row(f"{own.name}, same rows", own) for own in [report.untrained] if own),
        ["the original project (its own test set, not comparable)", *ORIGINAL_STARS, ""],
        ["chance: uniform", "20.0%", "52.0%", ""],
        ["chance: always 3 stars", "20.0%", "60.0%", ""],
    ]
    difference = report.difference.exact.accuracy
    return [
        f"{report.n:,} held-out reviews of {report.films:,} films, as many of each star, stated scores "
        "masked; 95% intervals, bootstrapped over films.",
        table(["stars", "exact", "near", "mean absolute error"], rows),
        f"The classifier is ahead of TF-IDF by {points(difference)} points exact. Its confidence is off by "
        f"{percent(report.ece)} on average (expected calibration error), and by "
        f"{percent(report.natural.ece)} under the stars' natural mix, where it is right "
        f"{percent(report.natural.exact.accuracy)} of the time.",
    ]


def accurate(name: str) -> StarFile | None:
    """What was measured of the accurate star model, where it was."""
    return read_file_or_none(METRICS / name, StarFile)


def generated_section(report: GeneratedFile, original: bool = True) -> list[str]:
    """What the filter and the two judges say of generated reviews, and the texts beside real ones.

    original: whether the figures of the original project, which are of films, stand beside them.
    """

    def row(kind: str, said: str, judge: str) -> list[str]:
        judged = getattr(report, kind)[judge]
        means = [f"{judged.by_stars[str(star)].mean.value:.2f}" for star in STARS]
        return [said, *means, percent(judged.exact.accuracy), percent(judged.near.accuracy)]

    kinds = {
        "unfiltered": "generated, as they come",
        "accepted": "accepted by the classifier",
        "reference": "real reviews",
    }
    judges = {"judge": "the judge", "second_judge": "the second judge"}
    rows = [
        row(kind, f"{said}, by {by}", judge) for kind, said in kinds.items() for judge, by in judges.items()
    ]
    own = row("unfiltered", "generated, as they come, by the classifier itself", "filter")
    rows.append(own)
    if original:
        rows.append(["the original project, by the classifier itself", *[""] * 5, *ORIGINAL_GENERATED])
    share = report.share_of_real
    return [
        f"{report.n:,} generated reviews, {report.per_star} per star; the classifier accepted "
        f"{percent(report.acceptance.all)}. Neither judge saw a review that the generator or "
        "the classifier learned from. The judge is a star classifier made like the filter and chose nothing; "
        f"the second judge is {report.model['second_judge']}. {sampled(report)}",
        table(["mean predicted stars for requested", *map(str, STARS), "exact", "near"], rows),
        f"The judge is right about generated reviews {number(share['unfiltered'])} times as often as "
        "about real "
        f"ones, and about accepted ones {number(share['accepted'])} times as often as about those "
        "real ones that "
        "the classifier gets right.",
        text_table(report),
    ]


def sampled(report: GeneratedFile) -> str:
    """How the reviews of a report were sampled, and what the starter does otherwise since."""
    names = {"temperature": "temperature", "top_p": "top-p", "min_p": "min-p", "guidance": "guidance"}
    used = {"min_p": 0.0} | report.sampling
    said = ", ".join(f"{name} {used[key]:g}" for key, name in names.items())
    own = read_config(places("generator", STARTER)["starter"])
    now = ", ".join(f"{name} {own[key]:g}" for key, name in names.items() if own[key] != used[key])
    since = f" The generator samples at {now} now, which these do not show." if now else ""
    return f"Sampled at {said}.{since}"


def text_table(report: GeneratedFile) -> str:
    """The generated texts beside as many real ones, cut to the same words."""
    real, copies = report.real, report.longest_copy
    rows = [
        [name, f"{getattr(report, key):.3f}", f"{getattr(real, key):.3f}"]
        for key, name in (
            ("distinct1", "distinct-1"),
            ("distinct2", "distinct-2"),
            ("self_bleu", "self-BLEU (lower is more varied)"),
        )
    ]
    rows += [
        ["words", f"{report.length.value:.0f}", f"{real.length.value:.0f} (uncut)"],
        ["share a run of 30 tokens with a training review"]
        + [percent(own.share_30) for own in (copies, copies.real)],
        ["longest run shared with one, in tokens", str(copies.longest), str(copies.real.longest)],
        ["near duplicates of another one", percent(report.near_duplicates), ""],
        ["told from real ones by a simple detector (AUC; 0.5 is chance)", number(report.detector_auc), ""],
        *[
            [f"told from real ones by a strong detector (AUC), {said}", number(own), ""]
            for kind, said in (("unfiltered", "as they come"), ("accepted", "as accepted"))
            if (own := report.strong_detector_auc.get(kind))
        ],
    ]
    return table(["the texts", "generated", "real"], rows)


def generator_section(report: GeneratorFile, original: bool = True) -> list[str]:
    """Perplexity before and after training, beside the original's."""
    rows = [
        ["perplexity", number(report.perplexity.before), number(report.perplexity.after)],
        ["bits per byte", number(report.bits_per_byte.before), number(report.bits_per_byte.after)],
    ]
    if original:
        rows.append(
            ["perplexity of the original project (other tokens, not comparable)"]
            + [f"{value:.2f}" for value in original_project.PERPLEXITY]
        )
    return [
        f"How well the generator predicts {report.n:,} real reviews that it did not learn from:",
        table(["", "before training", "after"], rows),
    ]


def use_section(report: UseFile) -> list[str]:
    """Whether synthetic reviews help a small classifier that lacks reviews of one star."""
    lines = []
    for setting in report.settings:
        rows = [
            [arm.name, percent(arm.exact), percent(arm.recall_of_gap), number(arm.mae)]
            for arm in setting.arms
        ]
        gain = next(own for own in setting.differences if own.name == "synthetic - over-sampling")
        lines += [
            f"{setting.title}; synthetic against over-sampling {points(gain.exact)} points exact.",
            table(["filled with", "exact", "recall of the cut star", "mean absolute error"], rows),
        ]
    return lines


def why_section(report: WhyFile) -> list[str]:
    """Whether the words that an explanation calls strong move the stars."""
    moved = {name: number(getattr(report, name)) for name in ("strongest", "random", "difference")}
    return [
        f"Without the {report.removed} words that they call strongest, "
        f"the expected stars of {report.n} held-out reviews move by {moved['strongest']}, without as many "
        f"random ones by {moved['random']}: a difference of {moved['difference']}, paired. The strongest "
        f"move more in {percent(report.ahead)} of the reviews.",
    ]


def polarity_section(report: PolarityFile) -> list[str]:
    """The polarity classifier by domain, beside its yardsticks."""
    names = {"films": "films", "products": "products", "amazon_polarity": "Amazon polarity"}
    rows = [
        [names.get(domain, domain), f"{own.n:,}", percent(own.accuracy)]
        + [percent(other.domains[domain].accuracy) for other in (report.baseline, report.from_stars)]
        for domain, own in report.domains.items()
    ]
    head = ["polarity", "reviews", "**revdemo, starter**", f"{report.baseline.name}, same rows"]
    return [
        "Positive or negative, on held-out reviews (1 and 2 against 4 and 5 stars), no film and no "
        "near copy on both sides. The original project's "
        f"{original_project.POLARITY_ACCURACY:.2%} is not comparable: its sides shared rows.",
        table([*head, "the star classifier's 4 and 5 against 1 and 2"], rows),
    ]


def limits_section(report: LimitsFile) -> list[str]:
    """Where the classifiers fail."""
    names = {
        "products": "product, hotel, restaurant and book reviews",
        "ironic": "ironic reviews",
        "spanish": "Spanish reviews",
        "german or french": "German or French reviews",
    }
    rows = []
    for name in names:
        own, opinion = report.sets[name], report.polarity.get(name)
        twins = (
            (names[name], own, opinion),
            ("the same, said plainly in English", own.plain, opinion and opinion.plain),
        )
        for said, stars, told in twins:
            if stars:
                right = percent(told.accuracy) if told else ""
                rows.append([said, f"{stars.n:,}", *star_row("", stars)[1:], right])
    return [
        "The star classifier learned from reviews in English, of films mostly; none of those here is among "
        "them. The ironic reviews and those in other languages (`assets/hard_reviews.csv`) were written by "
        "hand for this, and are few.",
        table(
            ["reviews", "n", "exact", "near", "mean absolute error", "polarity right, 3 stars left out"], rows
        ),
    ]


def products_section(report: StarFile) -> list[str]:
    """The star classifiers on held-out reviews of other kinds."""
    larger = accurate("products/accurate.json")
    rows = [
        star_row("**revdemo, starter**", report),
        star_row(f"{report.baseline.name}, same rows", report.baseline),
    ]
    if larger and larger.data == report.data:
        rows += [
            star_row("**revdemo, accurate**", larger),
            star_row(f"{larger.baseline.name}, same rows", larger.baseline),
        ]
    kinds = ", ".join(f"{own.n:,} of {name}" for name, own in sorted(report.by_source.items()))
    return [
        f"On {report.n:,} held-out reviews of clothing and restaurants, as many of each star ({kinds}). The "
        "models learned from other reviews of the same sources, maybe of the same items:",
        table(["product stars", "exact", "near", "mean absolute error"], rows),
    ]


def products_generated_section(report: GeneratedFile) -> list[str]:
    """The generator trained and measured once more, on product reviews."""
    return [
        "And a generator of product reviews, with a classifier and a judge of their own:",
        *generated_section(report, original=False),
    ]


def adapted_section(report: AdaptedFile) -> list[str]:
    """What adapting to a table of another domain changed, on its held-out rows."""
    own, learned = report.table, report.rows
    sums = {part: sum(counts.values()) for part, counts in own.parts.items()}
    return [
        f"Adapted to a table of {own.rows:,} reviews ({own.name}) in {report.minutes:.0f} minutes "
        f"on {report.device}, from {learned['stars']:,} reviews for the classifier and "
        f"{learned['generator']:,} for the generator. Measured on rows that no model learned from; the judge "
        f"is {report.generated.judge.name} on {sums['judge']:,} rows that neither model saw.",
        table(["", "before", "after", "difference"], [list(row) for row in figures(report)]),
    ]


SECTIONS = {
    "stars": ("Stars", stars_section),
    "generated": ("Generated reviews", generated_section),
    "generator": ("Predicting the next token", generator_section),
    "use": ("Do synthetic reviews help?", use_section),
    "polarity": ("Polarity", polarity_section),
    "limits": ("Where the classifiers fail", limits_section),
    "why": ("Do explanations tell the truth?", why_section),
    "products/stars": ("Stars of product reviews", products_section),
    "products/generated": ("Generated product reviews", products_generated_section),
    "products/generator": (
        "Predicting the next token of product reviews",
        partial(generator_section, original=False),
    ),
    "adapted/womens_clothing": ("Adapted to a table of clothing reviews", adapted_section),
}
