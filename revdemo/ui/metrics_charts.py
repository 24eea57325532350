"""The figures of the Metrics tab: a file to a figure, how to read it, and the table beside it; no gradio."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from revdemo import plots
from revdemo.metrics import near_confusion
from revdemo.reviews import STARS
from revdemo.ui import cards, strings
from revdemo.ui import metrics_tables as tables
from revdemo.ui.metrics_files import (
    Balance,
    GeneratedFile,
    PolarityFile,
    Setting,
    StarFile,
    StarReport,
    Study,
    TrainingFile,
    Use,
)

PANELS = 3  # measures of the study that are drawn; its table has all


class Chart(NamedTuple):
    """A figure, one sentence on how to read it, the same in words, and the table beside it."""

    title: str
    how: str
    figure: go.Figure
    spoken: str
    table: str = ""


def balance(counts: Balance) -> Chart:
    """Training reviews by stars, before and after balancing."""
    both = counts.before, counts.after
    return Chart(
        strings.BALANCE_CHART, strings.BALANCE_HOW, plots.balance(*both), plots.describe_balance(*both)
    )


def confusion(name: str, report: StarReport, rows: str, kind: str) -> Chart:
    """A confusion matrix with its metrics; rows: "true" or "requested", kind: "exact" or "near"."""
    near = kind == "near"
    matrix = near_confusion(report.confusion).tolist() if near else report.confusion
    draw = plots.confusion if rows == "true" else plots.requested_predicted
    return Chart(
        strings.CONFUSION_CHART.format(matrix=name, kind=strings.NEAR if near else strings.EXACT),
        strings.CONFUSION_HOW[kind].format(rows=strings.TRUE if rows == "true" else strings.ASKED),
        draw(matrix),
        plots.describe_matrix(matrix, rows),
        tables.scores(report.near if near else report.exact, report),
    )


def study(network: str, found: Study, axis: str) -> Chart:
    """What each value of one setting gave."""
    settings, default = found.axes[axis], _value(found.default.get(axis))
    values, measures = [_value(one.value) for one in settings], study_measures(settings)
    drawn = {title: _means(settings, key) for key, title in list(measures.items())[:PANELS]}
    named = [strings.STUDY_DEFAULT.format(value=one) if one == default else one for one in values]
    return Chart(
        strings.STUDY_CHART.format(network=network, axis=strings.STUDY_AXES.get(axis, axis)),
        strings.STUDY_HOW.format(samples=found.samples, rows=found.rows),
        plots.study(named, drawn),
        plots.describe_study(values, drawn),
        tables.study(settings, values, measures),
    )


def study_measures(settings: Sequence[Setting]) -> dict[str, str]:
    """The measures that any of the settings has, with their titles."""
    titles = strings.STUDY_MEASURES.items()
    return {key: title for key, title in titles if any(getattr(one, key) for one in settings)}


def losses(role: str, file: TrainingFile) -> Chart:
    """Training and validation loss of a run."""
    log = [entry.model_dump(exclude_none=True) for entry in file.log if entry.epoch is not None]
    title = strings.LOSSES_CHART.format(role=role)
    return Chart(title, strings.LOSSES_HOW, plots.losses(log), plots.describe_losses(log))


def acceptance(report: GeneratedFile) -> Chart:
    """How many generated reviews the filter accepts, by stars, and why it rejects the others."""
    rates = [report.acceptance.by_stars[str(star)] for star in STARS]
    every = tables.percent(report.acceptance.all)
    return Chart(
        strings.ACCEPTANCE_CHART,
        strings.ACCEPTANCE_HOW.format(all=every.inline),
        plots.acceptance(rates),
        plots.describe_acceptance(rates),
        tables.rejected(report.rejected),
    )


def calibration(report: StarFile) -> Chart:
    """How often predictions of a confidence are right."""
    bins = [(one.confidence, one.accuracy, one.n) for one in report.reliability]
    return Chart(
        strings.CALIBRATION_CHART,
        strings.CALIBRATION_HOW,
        plots.reliability(bins),
        plots.describe_reliability(bins),
        tables.calibration(report),
    )


def diversity(report: GeneratedFile) -> Chart | str:
    """Generated beside real reviews; the table alone where nothing was measured of both."""
    shares, table = _shares(report), tables.diversity(report)
    if not shares:
        return table
    return Chart(
        strings.DIVERSITY_CHART,
        strings.DIVERSITY_HOW,
        plots.diversity(shares),
        plots.describe_diversity(shares),
        table,
    )


def use(one: Use) -> Chart:
    """Every way to fill the gap of one star."""
    rates = {strings.said(arm.name): arm.exact for arm in one.arms}
    star = cards.counted(one.gap_star)
    return Chart(
        strings.USE_CHART,
        strings.USE_HOW.format(rows=one.rows_per_class, cut=one.cut_to, star=star, resamples=one.resamples),
        plots.intervals(rates),
        plots.describe_intervals(rates),
        tables.use(one.arms, one.differences),
    )


def polarity(domain: str, matrix: list[list[int]]) -> Chart:
    """The 2x2 confusion matrix of one domain."""
    title = strings.POLARITY_CHART.format(domain=domain.lower())
    return Chart(title, strings.POLARITY_HOW, plots.polarity(matrix), plots.describe_polarity(matrix))


def polarity_losses(report: PolarityFile) -> Chart:
    """Losses by epoch, with the metrics after each."""
    log = [
        {"epoch": one.epoch, key: loss}
        for one in report.epochs
        for key, loss in (("loss", one.training_loss), ("eval_loss", one.validation_loss))
        if loss is not None
    ]
    return Chart(
        strings.POLARITY_LOSSES,
        strings.LOSSES_HOW,
        plots.losses(log),
        plots.describe_losses(log),
        tables.epochs(report),
    )


def _means(found: Sequence[Setting], measure: str) -> list[tuple[float, float] | None]:
    spreads, scale = (getattr(one, measure) for one in found), 100 if measure in tables.SHARES else 1
    return [(scale * spread.mean, scale * spread.spread) if spread else None for spread in spreads]


def _value(value: object) -> str:
    """A value of a setting in words; betas may come as text or as a list."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _shares(report: GeneratedFile) -> dict[str, float]:
    """What generated reviews have of real ones, by measure; only what was measured of both."""
    real, shares = report.real, {}
    for name, title in strings.VARIETY.items():
        value, other = getattr(report, name), getattr(real, name, None)
        if value is not None and other:
            shares[title] = value / other
    if report.length and real and real.length and real.length.value:
        shares[strings.TEXT_LENGTH] = report.length.value / real.length.value
    return shares
