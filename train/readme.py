"""Write the README's tables of measured results from assets/metrics, so that it cannot drift from them.

python -m train.readme            # rewrite the block between the markers
python -m train.readme --check    # status 1 where the README and the files differ
"""

from __future__ import annotations

import argparse
import json
import sys

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


def star_table(report: dict) -> str:
    """The star classifier beside the baseline, the original's figure and chance."""

    def row(name: str, own: dict) -> list[str]:
        return [name, percent(own["exact"]["accuracy"]), percent(own["near"]["accuracy"]), number(own["mae"])]

    rows = [
        row("**revdemo, starter**", report),
        row("the same, scores left in the text", report["with_stated_scores"]),
        row(f"{report['baseline']['name']}, same rows", report["baseline"]),
        ["the original project (its own test set, not comparable)", "60.3 %", "93.2 %", ""],
        ["chance: uniform", "20.0 %", "52.0 %", ""],
        ["chance: always 3 stars", "20.0 %", "60.0 %", ""],
    ]
    return table(["stars", "exact", "near", "mean absolute error"], rows)


def generated_table(report: dict) -> str:
    """What the judges say of generated reviews, by requested stars."""

    def row(name: str, judged: dict) -> list[str]:
        means = [number(judged["by_stars"][str(star)]["mean"]) for star in STARS]
        return [name, *means, percent(judged["exact"]["accuracy"])]

    rows = [
        row("generated, as they come, by the second judge", report["unfiltered"]["second_judge"]),
        row("accepted by the classifier, by the second judge", report["accepted"]["second_judge"]),
        row("real reviews, by the second judge", report["reference"]["second_judge"]),
    ]
    return table(["mean predicted stars for requested", *(str(star) for star in STARS), "exact"], rows)


def render() -> str:
    """The block between the markers."""
    stars, generated = read_metrics("stars"), read_metrics("generated")
    difference = stars["difference"]["exact"]["accuracy"]
    accepted = generated["acceptance"]["all"]
    return "\n\n".join(
        [
            BEGIN,
            f"{stars['n']:,} held-out reviews of {stars['films']:,} films, as many of each star, stated "
            "scores masked; 95 % intervals, bootstrapped over films.",
            star_table(stars),
            f"The classifier is ahead of the baseline by {100 * difference['value']:.1f} points exact "
            f"({100 * difference['low']:.1f} to {100 * difference['high']:.1f}).",
            f"{generated['n']:,} generated reviews, {generated['per_star']} a star; the classifier accepted "
            f"{percent(accepted)}. The second judge ({generated['model']['second_judge']}) learned from "
            "reviews that neither the generator nor the classifier saw.",
            generated_table(generated),
            END,
        ]
    )


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
