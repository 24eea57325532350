"""How well the polarity of a review is predicted."""

from collections.abc import Iterator, Sequence
from functools import partial

import plotly.graph_objects as go

from revdemo.evaluation import original_project
from revdemo.evaluation.results import PolarityFile, PolarityReport
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Chart, Draw, Files, Keys, choice, text
from revdemo.ui.metrics.sections.study import describe_losses, losses_figure
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.tables import NONE, Cell, Row, named, percent, plain, share, table

CLASSES = ("negative", "positive")


def polarity(files: Files) -> Iterator[Block]:
    """Films and products apart, the confusion of each, and the losses of training."""
    report = files.get("polarity")
    if not report:
        return
    originals = locale.POLARITY_ORIGINAL.format(
        original=original_project.POLARITY_ACCURACY, best=original_project.BEST_POLARITY_ACCURACY
    )
    yield text(originals, _neutral(report)) + _table(report)
    yield from choice(locale.POLARITY_LABELS, _matrices(report))
    if report.epochs:
        yield _losses(report)


def _neutral(report: PolarityFile) -> str:
    """Between which probabilities a review counts as neutral, and how many do."""
    if not report.neutral:
        return ""
    neutral = report.neutral
    return locale.NEUTRAL.format(
        low=html.percent(neutral.low),
        high=html.percent(neutral.high),
        three=percent(neutral.three_star_share).text,
        other=percent(neutral.other_share).text,
    )


def _table(report: PolarityFile) -> str:
    """Films and products apart: the classifier, the baseline, and polarity read off the stars."""
    groups = {}
    for domain, own in report.domains.items() or {"": report}.items():
        others = [
            (named(one.name or name), one.domains.get(domain))
            for name, one in ((locale.BASELINE, report.baseline), (locale.FROM_STARS, report.from_stars))
            if one
        ]
        rows = [(locale.OWN_POLARITY, own), *others]
        groups[locale.DOMAINS.get(domain, domain)] = [_row(name, one) for name, one in rows if one]
    return table(locale.POLARITY_HEAD, groups)


def _row(name: str, one: PolarityReport) -> Row:
    count = Cell(locale.number(one.n, ",")) if one.n else NONE
    return [name, count, *[percent(rate) for rate in (one.accuracy, one.precision, one.recall, one.f1)]]


def _matrices(report: PolarityFile) -> dict[Keys, Draw]:
    matrices = {**{name: one.confusion for name, one in report.domains.items()}, "": report.confusion}
    named = {locale.DOMAINS.get(name, name): matrix for name, matrix in matrices.items() if matrix}
    return {(name,): partial(_matrix, name, matrix) for name, matrix in named.items()}


def _matrix(domain: str, matrix: list[list[int]]) -> Chart:
    """The 2x2 confusion matrix of one domain."""
    title = locale.POLARITY_CHART.format(domain=domain.lower())
    return Chart(title, locale.POLARITY_HOW, polarity_figure(matrix), describe_polarity(matrix))


def polarity_figure(matrix: Sequence[Sequence[int]]) -> go.Figure:
    """Reviews by true (rows) and predicted polarity (columns): counts, coloured by row share."""
    return charts.matrix(matrix, locale.PLOT_POLARITY_TRUE, _names(), locale.PLOT_POLARITY_PREDICTED)


def describe_polarity(matrix: Sequence[Sequence[int]]) -> str:
    """The same in words."""
    parts = charts.rows_in_words(matrix, locale.PLOT_POLARITY_TRUE, _names())
    return locale.PLOT_POLARITY.format(parts=parts)


def _names() -> tuple[str, ...]:
    return tuple(locale.POLARITIES[name] for name in CLASSES)


def _losses(report: PolarityFile) -> Chart:
    """Losses by epoch, with the metrics after each."""
    log = [
        {"epoch": one.epoch, key: loss}
        for one in report.epochs
        for key, loss in (("loss", one.training_loss), ("eval_loss", one.validation_loss))
        if loss is not None
    ]
    figure, spoken = losses_figure(log), describe_losses(log)
    return Chart(locale.POLARITY_LOSSES, locale.LOSSES_HOW, figure, spoken, _epochs(report))


def _epochs(report: PolarityFile) -> str:
    """Losses and metrics after each epoch."""
    rows: list[Row] = [
        [
            locale.number(one.epoch, "g"),
            *[plain(loss) for loss in (one.training_loss, one.validation_loss)],
            *[share(score) for score in (one.accuracy, one.precision, one.recall, one.f1)],
        ]
        for one in report.epochs
    ]
    return table(locale.EPOCHS_HEAD, {"": rows})
