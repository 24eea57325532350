"""Write the README's tables of measured results from assets/metrics, so that it cannot drift from them.

python -m train.readme            # rewrite the block between the markers
python -m train.readme --check    # status 1 where the README and the files differ
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial

from revdemo.adapt_figures import figures
from revdemo.models import ROOT
from revdemo.reviews import STARS

BEGIN, END = "<!-- metrics: python -m train.readme -->", "<!-- /metrics -->"
METRICS = ROOT / "assets" / "metrics"


def read_metrics(name: str) -> dict:
    """One file of assets/metrics."""
    return json.loads((METRICS / f"{name}.json").read_text(encoding="utf-8"))


def percent(rate: dict) -> str:
    """A rate with its interval, in per cent."""
    return f"{100 * rate['value']:.1f} % ({100 * rate['low']:.1f} to {100 * rate['high']:.1f})"


def number(value: dict) -> str:
    """A mean or an error with its interval."""
    return f"{value['value']:.2f} ({value['low']:.2f} to {value['high']:.2f})"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def points(rate: dict) -> str:
    """A difference of rates with its interval, in points."""
    return f"{100 * rate['value']:+.1f} ({100 * rate['low']:+.1f} to {100 * rate['high']:+.1f})"


def star_row(name: str, own: dict) -> list[str]:
    """A line of a table of stars: exact, near, mean absolute error."""
    return [name, percent(own["exact"]["accuracy"]), percent(own["near"]["accuracy"]), number(own["mae"])]


# --- sections: what was measured of one thing each ----------------------------------------------------------


def stars_section(report: dict) -> list[str]:
    """The star classifier beside the baselines, the original's figure and chance."""
    rows = [
        star_row("**revdemo, starter**", report),
        star_row("the same, scores left in the text", report["with_stated_scores"]),
        star_row(f"{report['baseline']['name']}, same rows", report["baseline"]),
        *(star_row(f"{own['name']}, same rows", own) for own in [report.get("untrained")] if own),
        ["the original project (its own test set, not comparable)", "60.3 %", "93.2 %", ""],
        ["chance: uniform", "20.0 %", "52.0 %", ""],
        ["chance: always 3 stars", "20.0 %", "60.0 %", ""],
    ]
    difference = report["difference"]["exact"]["accuracy"]
    return [
        f"{report['n']:,} held-out reviews of {report['films']:,} films, as many of each star, stated scores "
        "masked; 95 % intervals, bootstrapped over films.",
        table(["stars", "exact", "near", "mean absolute error"], rows),
        f"The classifier is ahead of TF-IDF by {points(difference)} points exact. Its confidence is off by "
        f"{percent(report['ece'])} on average (expected calibration error), and by "
        f"{percent(report['natural']['ece'])} under the stars' natural mix, where it is right "
        f"{percent(report['natural']['exact']['accuracy'])} of the time.",
    ]


def generated_section(report: dict, original: bool = True) -> list[str]:
    """What the filter and the two judges say of generated reviews, and the texts beside real ones.

    original: whether the figures of the original project, which are of films, stand beside them.
    """

    def row(kind: str, said: str, judge: str) -> list[str]:
        judged = report[kind][judge]
        means = [f"{judged['by_stars'][str(star)]['mean']['value']:.2f}" for star in STARS]
        rates = (judged[name]["accuracy"] for name in ("exact", "near"))
        return [said, *means, *map(percent, rates)]

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
        rows.append(["the original project, by the classifier itself", *[""] * 5, "43.9 %", "82.6 %"])
    share = report["share_of_real"]
    return [
        f"{report['n']:,} generated reviews, {report['per_star']} a star; the classifier accepted "
        f"{percent(report['acceptance']['all'])}. Neither judge saw a review that the generator or "
        "the classifier learned from. The judge is a star classifier made like the filter and chose nothing; "
        f"the second judge is {report['model']['second_judge']}.",
        table(["mean predicted stars for requested", *map(str, STARS), "exact", "near"], rows),
        f"The judge is right about generated reviews {number(share['unfiltered'])} times as often as "
        "about real "
        f"ones, and about accepted ones {number(share['accepted'])} times as often as about those "
        "real ones that "
        "the classifier gets right.",
        text_table(report),
    ]


def text_table(report: dict) -> str:
    """The generated texts beside as many real ones, cut to the same words."""
    real, copies = report["real"], report["longest_copy"]
    rows = [
        [name, f"{report[key]:.3f}", f"{real[key]:.3f}"]
        for key, name in (
            ("distinct1", "distinct-1"),
            ("distinct2", "distinct-2"),
            ("self_bleu", "self-BLEU (lower is more varied)"),
        )
    ]
    rows += [
        ["words", f"{report['length']['value']:.0f}", f"{real['length']['value']:.0f} (uncut)"],
        ["share a run of 30 tokens with a training review"]
        + [percent(own["share_30"]) for own in (copies, copies["real"])],
        ["longest run shared with one, in tokens", str(copies["longest"]), str(copies["real"]["longest"])],
        ["near duplicates of another one", percent(report["near_duplicates"]), ""],
        ["told from real ones by a simple detector (AUC; 0.5 is chance)", number(report["detector_auc"]), ""],
    ]
    return table(["the texts", "generated", "real"], rows)


def generator_section(report: dict, original: bool = True) -> list[str]:
    """Perplexity before and after training, beside the original's."""
    rows = [
        ["perplexity", *(number(report["perplexity"][when]) for when in ("before", "after"))],
        ["bits per byte", *(number(report["bits_per_byte"][when]) for when in ("before", "after"))],
    ]
    if original:
        rows.append(["perplexity of the original project (other tokens, not comparable)", "61.10", "46.28"])
    return [
        f"How well the generator foresees {report['n']:,} real reviews that it did not learn from:",
        table(["", "before training", "after"], rows),
    ]


def use_section(report: dict) -> list[str]:
    """Whether synthetic reviews help a small classifier that lacks reviews of one star."""
    lines = []
    for setting in report["settings"]:
        rows = [
            [arm["name"], percent(arm["exact"]), percent(arm["recall_of_gap"]), number(arm["mae"])]
            for arm in setting["arms"]
        ]
        gain = next(own for own in setting["differences"] if own["name"] == "synthetic - over-sampling")
        lines += [
            f"{setting['title']}; synthetic against over-sampling {points(gain['exact'])} points exact.",
            table(["filled with", "exact", "recall of the cut star", "mean absolute error"], rows),
        ]
    return lines


def why_section(report: dict) -> list[str]:
    """Whether the words that an explanation calls strong move the stars."""
    moved = {name: number(report[name]) for name in ("strongest", "random", "difference")}
    return [
        f"Do explanations tell the truth? Without the {report['removed']} words that they call strongest, "
        f"the expected stars of {report['n']} held-out reviews move by {moved['strongest']}, without as many "
        f"random ones by {moved['random']}: a difference of {moved['difference']}, paired. The strongest "
        f"move more in {percent(report['ahead'])} of the reviews.",
    ]


def polarity_section(report: dict) -> list[str]:
    """The polarity classifier by domain, beside its yardsticks."""
    names = {"films": "films", "products": "products", "amazon_polarity": "Amazon polarity"}
    rows = [
        [names.get(domain, domain), f"{own['n']:,}", percent(own["accuracy"])]
        + [percent(report[name]["domains"][domain]["accuracy"]) for name in ("baseline", "from_stars")]
        for domain, own in report["domains"].items()
    ]
    head = ["polarity", "reviews", "**revdemo, starter**", f"{report['baseline']['name']}, same rows"]
    return [
        "Positive or negative, on held-out reviews (1 and 2 against 4 and 5 stars), no film and no "
        "near copy on both sides. The original project's 99.65 % is not comparable: its sides shared rows.",
        table([*head, "the star classifier's 4 and 5 against 1 and 2"], rows),
    ]


def limits_section(report: dict) -> list[str]:
    """Where the classifiers fail."""
    names = {
        "products": "product, hotel, restaurant and book reviews",
        "ironic": "ironic reviews",
        "spanish": "Spanish reviews",
        "german or french": "German or French reviews",
    }
    rows = []
    for name in names:
        own, opinion = report["sets"][name], report["polarity"].get(name, {})
        twins = (
            (names[name], own, opinion),
            ("the same, said plainly in English", own.get("plain"), opinion.get("plain")),
        )
        for said, stars, told in twins:
            if stars:
                right = percent(told["accuracy"]) if told else ""
                rows.append([said, f"{stars['n']:,}", *star_row("", stars)[1:], right])
    return [
        "Where the classifiers fail. The star classifier learned from film reviews in English. The ironic "
        "reviews and those in other languages (`assets/hard_reviews.csv`) were written by hand for this, and "
        "are few.",
        table(
            ["reviews", "n", "exact", "near", "mean absolute error", "polarity right, 3 stars left out"], rows
        ),
    ]


def products_section(report: dict) -> list[str]:
    """The star classifier trained and measured once more, on product reviews."""
    rows = [
        star_row("the same recipe on product reviews", report),
        star_row(f"{report['baseline']['name']}, same rows", report["baseline"]),
    ]
    return [
        f"Once more on another data set: {report['n']:,} held-out product reviews, by the same scripts.",
        table(["product stars", "exact", "near", "mean absolute error"], rows),
    ]


def products_generated_section(report: dict) -> list[str]:
    """The generator trained and measured once more, on product reviews."""
    return [
        "And a generator of product reviews, with a classifier and a judge of their own:",
        *generated_section(report, original=False),
    ]


def adapted_section(report: dict) -> list[str]:
    """What adapting to a table of another domain changed, on its held-out rows."""
    own, learned = report["table"], report["rows"]
    sums = {part: sum(counts.values()) for part, counts in own["parts"].items()}
    return [
        f"Adapted to a table of {own['rows']:,} reviews ({own['name']}) in {report['minutes']:.0f} minutes "
        f"on {report['device']}, from {learned['stars']:,} reviews for the classifier and "
        f"{learned['generator']:,} for the generator. Measured on rows that no model learned from; the judge "
        f"is {report['generated']['judge']['name']} on {sums['judge']:,} rows that neither model saw.",
        table(["", "before", "after", "difference"], [list(row) for row in figures(report)]),
    ]


SECTIONS = {
    "stars": stars_section,
    "generated": generated_section,
    "generator": generator_section,
    "use": use_section,
    "polarity": polarity_section,
    "limits": limits_section,
    "why": why_section,
    "products/stars": products_section,
    "products/generated": products_generated_section,
    "products/generator": partial(generator_section, original=False),
    "adapted/womens_clothing": adapted_section,
}


def render() -> str:
    """The block between the markers: a section for each file that was written."""
    found = {name: section for name, section in SECTIONS.items() if (METRICS / f"{name}.json").exists()}
    lines = [line for name, section in found.items() for line in section(read_metrics(name))]
    return "\n\n".join([BEGIN, *lines, END])


def replaced(readme: str) -> str:
    """The README with its block rendered anew."""
    before, _, rest = readme.partition(BEGIN)
    return before + render() + rest.partition(END)[2]


def main(argv: list[str] | None = None) -> int:
    """Rewrite the README, or check it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing; status 1 where it would")
    args = parser.parse_args(argv)
    path = ROOT / "README.md"
    readme = path.read_text(encoding="utf-8")
    wanted = replaced(readme)
    if args.check:
        return int(wanted != readme)
    path.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
