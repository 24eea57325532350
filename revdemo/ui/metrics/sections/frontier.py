"""What each way of sampling buys: variety against how easily accepted reviews are told from real ones."""

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go

from revdemo.evaluation.results import Point
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Chart, Files
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.tables import NONE, Cell, Row, number, percent, share, table


def frontier(files: Files) -> Iterator[Block]:
    """The points of the frontier as a chart and a table."""
    report = files.get("generated")
    points = [point for point in (report.frontier if report else ()) if point.detector_auc]
    if points:
        figure, spoken = frontier_figure(points), describe_frontier(points)
        yield Chart(locale.FRONTIER_CHART, locale.FRONTIER_HOW, figure, spoken, _table(points))


def frontier_figure(points: Sequence[Point]) -> go.Figure:
    """Each way of sampling by its variety and the detector's AUC; the default stands out."""
    traces = []
    for chosen, name, colour in (
        (False, locale.FRONTIER_OTHERS, charts.BLUE),
        (True, locale.FRONTIER_CHOSEN, charts.ORANGE),
    ):
        own = [point for point in points if point.chosen == chosen and point.detector_auc]
        traces.append(
            go.Scatter(
                x=[point.variety for point in own],
                y=[point.detector_auc.value for point in own if point.detector_auc],
                customdata=[(sampled(point), html.percent(point.acceptance.value)) for point in own],
                name=name,
                mode="markers",
                marker={"color": colour, "size": [8 + 24 * point.acceptance.value for point in own]},
                hovertemplate=f"{locale.FRONTIER_HOVER}<extra></extra>",
            )
        )
    return charts.draw(
        traces,
        height=380,
        x={"title_text": locale.FRONTIER_VARIETY, "tickformat": ".0%", "showgrid": True},
        y={"title_text": locale.FRONTIER_AUC, "showgrid": True},
        legend=True,
        shapes=[charts.line_at(1, charts.GREY)],
    )


def describe_frontier(points: Sequence[Point]) -> str:
    """The same in words: the ends of both axes, and the default."""
    aucs = [point.detector_auc.value for point in points if point.detector_auc]
    varieties = [point.variety for point in points]
    said = locale.FRONTIER_SPOKEN.format(
        n=len(points),
        least=html.percent(min(varieties)),
        most=html.percent(max(varieties)),
        low=locale.number(min(aucs), ".2f"),
        high=locale.number(max(aucs), ".2f"),
    )
    best = next((point for point in points if point.chosen), None)
    return said + (" " + locale.FRONTIER_DEFAULT.format(sampling=sampled(best)) if best else "")


def sampled(point: Point) -> str:
    """The settings of a point, in words."""
    names = locale.SAMPLING | {"likeness": locale.FRONTIER_LIKENESS}
    used = {"temperature": point.temperature, "min_p": point.min_p, "guidance": point.guidance}
    used |= {"likeness": round(point.likeness, 2)} if point.likeness else {}
    return ", ".join(f"{names[key]} {locale.number(value, 'g')}" for key, value in used.items())


def _table(points: Sequence[Point]) -> str:
    """Every point, the default first, then from the least told from real ones on."""
    ordered = sorted(
        points, key=lambda point: (not point.chosen, point.detector_auc.value if point.detector_auc else 1)
    )
    return table(locale.FRONTIER_HEAD, {"": [_row(point) for point in ordered]})


def _row(point: Point) -> Row:
    name = sampled(point) + (f" ({locale.FRONTIER_CHOSEN})" if point.chosen else "")
    judged = percent(point.judge_exact) if point.judge_exact else NONE
    cells: list[Cell] = [share(point.variety), percent(point.acceptance), judged, number(point.detector_auc)]
    return [name, *cells]
