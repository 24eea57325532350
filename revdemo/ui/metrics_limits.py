"""Where the classifiers fail, as tables: for the Metrics tab and the cards of the models."""

from collections.abc import Iterator, Mapping
from typing import Any

from revdemo.ui import strings
from revdemo.ui.metrics_files import FailingPolarity, LimitsFile, PolarityReport, StarFile, StarReport
from revdemo.ui.metrics_tables import Row, number, percent, table


def stars(report: LimitsFile, films: StarFile | None, domains: bool = False, caption: str = "") -> str:
    """Stars of products, of ironic reviews and in other languages, below those of films."""
    rows = [_stars(strings.LIMITS_FILMS, films)] if films else []
    for name, own in _ordered(report.sets):
        rows.append(_stars(strings.LIMITS_SETS.get(name, name), own))
        if own.plain:
            rows.append(_stars(strings.LIMITS_PLAIN, own.plain))
    groups = {"": rows}
    if domains:
        by_domain = [pair for own in report.sets.values() for pair in own.by_domain.items()]
        groups[strings.LIMITS_DOMAINS] = [_stars(*pair) for pair in by_domain]
    return table(strings.LIMITS_HEAD, groups, caption or strings.LIMITS_STARS)


def polarity(report: LimitsFile, caption: str = "") -> str:
    """Polarity of ironic reviews and in other languages."""
    rows = [row for name, own in _ordered(report.polarity) for row in _polarity(name, own)]
    if not rows:
        return ""
    return table(strings.LIMITS_POLARITY_HEAD, {"": rows}, caption or strings.LIMITS_POLARITY)


def _ordered(sets: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The sets in the order of their names in strings; the file has them by the alphabet."""
    known = list(strings.LIMITS_SETS)
    return sorted(sets.items(), key=lambda one: known.index(one[0]) if one[0] in known else len(known))


def _stars(name: str, own: StarReport) -> Row:
    rates = percent(own.exact.accuracy), percent(own.near.accuracy)
    return name, f"{own.n:,}", *rates, number(own.mae)


def _polarity(name: str, own: FailingPolarity) -> Iterator[Row]:
    yield _right(strings.LIMITS_SETS.get(name, name), own)
    if own.plain:
        yield _right(strings.LIMITS_PLAIN, own.plain)


def _right(name: str, own: PolarityReport) -> Row:
    return name, "–" if own.n is None else f"{own.n:,}", percent(own.accuracy)
