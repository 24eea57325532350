"""Whether synthetic reviews help a classifier that lacks one star."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from revdemo.evaluation.results import Arm, Use
from revdemo.intervals import Rate
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Chart, Files, choice
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.tables import Cell, Row, named, number, percent, points, signed, table

Show = Callable[[Rate | None], Cell]


def benefit(files: Files) -> Iterator[Block]:
    """Each setting that was measured."""
    settings = getattr(files.get("use"), "settings", [])
    yield from choice(
        locale.USE_LABELS,
        {(_title(one),): partial(_chart, one) for one in settings},
    )


def _title(one: Use) -> str:
    """Which star was cut short, and what filled it."""
    title, of = locale.USE_TITLES.get(one.name), one.title.rpartition("; classifier of ")[2]
    if title is None or of == one.title:
        return one.title or one.name
    return title.format(
        stars=html.counted(one.gap_star),
        rows=one.rows_per_class,
        cut=one.cut_to,
        of=locale.USE_CLASSIFIERS.get(of, of),
    )


def _chart(one: Use) -> Chart:
    """Every way to fill the gap of one star."""
    rates = {named(arm.name): arm.exact for arm in one.arms}
    star = html.counted(one.gap_star)
    return Chart(
        locale.USE_CHART,
        locale.USE_HOW.format(rows=one.rows_per_class, cut=one.cut_to, star=star, resamples=one.resamples),
        charts.intervals(rates),
        charts.describe_intervals(rates),
        _table(one.arms, one.differences),
    )


def _table(arms: Sequence[Arm], differences: Sequence[Arm]) -> str:
    """Every way to fill the gap, and what is gained by one over another."""
    rows = [_row(arm, percent, number) for arm in arms]
    gains = [_row(arm, points, signed) for arm in differences]
    return table(locale.USE_HEAD, {"": rows, locale.USE_DIFFERENCES: gains})


def _row(arm: Arm, share: Show, error: Show) -> Row:
    figures = share(arm.exact), share(arm.near), error(arm.mae), share(arm.recall_of_gap)
    return [named(arm.name), *figures]
