"""How varied generated reviews are, beside as many real ones."""

from collections.abc import Iterator, Mapping

import plotly.graph_objects as go

from revdemo.evaluation.results import GeneratedFile, Texts
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Chart, Files
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.tables import NONE, Cell, number, percent, plain, table


def diversity(files: Files) -> Iterator[Block]:
    """Generated beside real reviews; the table alone where nothing was measured of both."""
    report = files.get("generated")
    if report is None:
        return
    shares, figures = _shares(report), _table(report)
    if not shares:
        yield figures
        return
    drawn, spoken = diversity_figure(shares), describe_diversity(shares)
    yield Chart(locale.DIVERSITY_CHART, locale.DIVERSITY_HOW, drawn, spoken, figures)


def diversity_figure(shares: Mapping[str, float]) -> go.Figure:
    """Generated reviews relative to real ones, one measure per line, beside the line where both are alike."""
    bars = go.Bar(
        x=list(shares.values()),
        y=[f"{name}<br>{html.percent(share)}" for name, share in shares.items()],
        orientation="h",
        marker_color=charts.BLUE,
        hovertemplate=f"{locale.PLOT_DIVERSITY_HOVER}<extra></extra>",
    )
    end = max(1.1, 1.05 * max(shares.values()))
    return charts.draw(
        [bars],
        height=90 + 40 * len(shares),
        x={"title_text": locale.PLOT_SHARE_OF_REAL, "tickformat": ".0%", "range": [0, end]},
        y={"autorange": "reversed", "showgrid": False},
        shapes=[charts.line_at(1, charts.ORANGE)],
    )


def describe_diversity(shares: Mapping[str, float]) -> str:
    """The same in words."""
    parts = [f"{name} {html.percent(share)}" for name, share in shares.items()]
    return locale.PLOT_DIVERSITY.format(parts=", ".join(parts))


def _shares(report: GeneratedFile) -> dict[str, float]:
    """What generated reviews have of real ones, by measure; only what was measured of both."""
    real, shares = report.real, {}
    for name, title in locale.VARIETY.items():
        value, other = getattr(report, name), getattr(real, name, None)
        if value is not None and other:
            shares[title] = value / other
    if report.length and real and real.length and real.length.value:
        shares[locale.TEXT_LENGTH] = report.length.value / real.length.value
    return shares


def _table(report: GeneratedFile) -> str:
    """Variety, length, repetition, copies, and how easily both are told apart."""
    beside = report.real or Texts()
    rows = [
        [title, plain(getattr(report, name)), plain(getattr(beside, name))]
        for name, title in locale.VARIETY.items()
    ]
    rows.append([locale.TEXT_LENGTH, number(report.length, 0), number(beside.length, 0)])
    rows.append([locale.DUPLICATES, percent(report.duplicates), NONE])
    rows.append([locale.NEAR_DUPLICATES, percent(report.near_duplicates), NONE])
    if copy := report.longest_copy:
        real = copy.real
        rows.append([locale.LONGEST, Cell(str(copy.longest)), Cell(str(real.longest)) if real else NONE])
        rows.append([locale.SHARE_30, percent(copy.share_30), percent(real.share_30 if real else None)])
    rows.append([locale.DETECTOR, number(report.detector_auc), NONE])
    rows += [
        [title, number(report.strong_detector_auc.get(name)), NONE]
        for name, title in locale.STRONG_DETECTORS.items()
    ]
    rows.append([locale.AGREEMENT, percent(report.polarity_agreement), NONE])
    return table(locale.DIVERSITY_HEAD, {"": [row for row in rows if row[1] != NONE]})
