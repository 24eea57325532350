"""Where the classifiers fail, and how far their explanations can be trusted."""

from collections.abc import Iterator, Mapping
from typing import Any

from revdemo.evaluation.results import (
    FailingPolarity,
    LimitsFile,
    PolarityReport,
    StarFile,
    StarReport,
    WhyFile,
)
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Files, text
from revdemo.ui.parts.tables import Row, number, percent, signed, table


def limits(files: Files) -> Iterator[Block]:
    """Stars and polarity of reviews that are not like those the classifiers learned from."""
    if report := files.get("limits"):
        films = files.get("stars")
        yield text(locale.LIMITS_HOW) + stars_table(report, films, domains=True)
        yield polarity_table(report)


def stars_table(report: LimitsFile, films: StarFile | None, domains: bool = False, caption: str = "") -> str:
    """Stars of products, of ironic reviews and in other languages, below those of films."""
    rows = [_stars(locale.LIMITS_FILMS, films)] if films else []
    for name, own in _ordered(report.sets):
        rows.append(_stars(locale.LIMITS_SETS.get(name, name), own))
        if own.plain:
            rows.append(_stars(locale.LIMITS_PLAIN, own.plain))
    groups = {"": rows}
    if domains:
        by_domain = [pair for own in report.sets.values() for pair in own.by_domain.items()]
        groups[locale.LIMITS_DOMAINS] = [_stars(*pair) for pair in by_domain]
    return table(locale.LIMITS_HEAD, groups, caption or locale.LIMITS_STARS)


def polarity_table(report: LimitsFile, caption: str = "") -> str:
    """Polarity of ironic reviews and in other languages."""
    rows = [row for name, own in _ordered(report.polarity) for row in _polarity(name, own)]
    if not rows:
        return ""
    return table(locale.LIMITS_POLARITY_HEAD, {"": rows}, caption or locale.LIMITS_POLARITY)


def _ordered(sets: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The sets in the order of their names in the catalogue; the file has them by the alphabet."""
    known = list(locale.LIMITS_SETS)
    return sorted(sets.items(), key=lambda one: known.index(one[0]) if one[0] in known else len(known))


def _stars(name: str, own: StarReport) -> Row:
    rates = percent(own.exact.accuracy), percent(own.near.accuracy)
    return name, locale.number(own.n, ","), *rates, number(own.mae)


def _polarity(name: str, own: FailingPolarity) -> Iterator[Row]:
    yield _right(locale.LIMITS_SETS.get(name, name), own)
    if own.plain:
        yield _right(locale.LIMITS_PLAIN, own.plain)


def _right(name: str, own: PolarityReport) -> Row:
    return name, "–" if own.n is None else locale.number(own.n, ","), percent(own.accuracy)


def explanations(files: Files) -> Iterator[Block]:
    """How explanations of a prediction were checked."""
    if report := files.get("why"):
        yield text(locale.WHY_MEASURED_HOW) + explanations_table(report)


def explanations_table(report: WhyFile) -> str:
    """How far the expected stars move without the words called strongest, and without random ones."""
    strongest, at_random, difference, ahead = locale.WHY_MEASURED
    rows = [
        [strongest.format(removed=report.removed), number(report.strongest)],
        [at_random.format(removed=report.removed), number(report.random)],
        [difference, signed(report.difference)],
        [ahead, percent(report.ahead)],
    ]
    return table(locale.WHY_MEASURED_HEAD, {"": rows})
