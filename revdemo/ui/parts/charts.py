"""The figures that several tabs draw, readable in light and dark, on a phone, without colour vision.

A figure cannot see the page's theme, so its text is a mid-tone grey that both backgrounds carry; a page that
adds `CSS` to its own gives it the theme's text colour. No figure has a title: the component's label is one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from revdemo.intervals import Rate
from revdemo.reviews import STARS
from revdemo.ui import locale
from revdemo.ui.parts import html

# Each at least 3:1 against white and against Gradio's dark blocks; blue and orange stay apart in every common
# colour blindness.
BLUE, ORANGE, GREY = "#3a87c8", "#d9691e", "#8c96a3"
TEXT, GRID, EMPTY = "#7d8590", "rgba(128, 134, 144, 0.25)", "rgba(128, 134, 144, 0.12)"
SHARES = [[0, "#dfe8f1"], [0.5, "#7fb0da"], [1, "#0b3c6f"]]
DARK_FROM = 0.72  # the share from which white is easier to read on SHARES than black

CSS = """
.js-plotly-plot :is([class$="tick"], [class$="title"], .legend, .barlayer, .scatterlayer) text {
  fill: var(--body-text-color) !important;
}
"""

STAR_LABELS = [f"{stars}★" for stars in STARS]
_BUTTONS = ["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "resetscale"]


def star_bars(
    values: Sequence[float], texts: Sequence[str], colours: str | Sequence[str], hover: str, height: int
) -> go.Figure:
    """One bar for each star with its value written above it.

    Args:
        values: five values in star order.
        texts: what is written above each bar.
        hover: plotly's template of what the pointer shows.
    """
    bars = go.Bar(
        x=STAR_LABELS,
        y=list(values),
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        marker_color=colours,
        hovertemplate=f"%{{x}}: {hover}<extra></extra>",
    )
    # Room above the tallest bar for its label; the labels say the values, so the axis need not.
    return draw([bars], height, y={"visible": False, "range": [0, 1.15 * max(*values, 1e-9)]})


def star_counts(series: Sequence[tuple[str, Sequence[int], str]], stacked: bool = False) -> go.Figure:
    """Several counts of reviews of each star, beside each other or stacked.

    Args:
        series: the name, five counts in star order, and the colour of each; EMPTY draws an outline.
    """
    bars = [
        go.Bar(
            x=STAR_LABELS,
            y=list(counts),
            name=name,
            marker={"color": colour, "line": {"color": GREY, "width": 1 if colour == EMPTY else 0}},
            hovertemplate="%{x}: %{y:,}<extra>" + name + "</extra>",
        )
        for name, counts, colour in series
    ]
    y = {"title_text": locale.PLOT_REVIEWS, "tickformat": "~s"}
    return draw(bars, height=300, y=y, legend=True, barmode="stack" if stacked else "group")


def requested_predicted(counts: Sequence[Sequence[int]]) -> go.Figure:
    """Generated reviews by requested (rows) and predicted stars (columns): counts, coloured by row share."""
    return matrix(counts, locale.ASKED, STAR_LABELS, locale.PREDICTED)


def confusion(counts: Sequence[Sequence[int]]) -> go.Figure:
    """Reviews by true (rows) and predicted stars (columns): counts, coloured by row share."""
    return matrix(counts, locale.TRUE, STAR_LABELS, locale.PREDICTED)


def describe_matrix(counts: Sequence[Sequence[int]], rows: str = "requested") -> str:
    """The rows that have reviews, in words, for those who cannot see the chart; rows: requested or true."""
    said = locale.TRUE if rows == "true" else locale.ASKED
    parts = rows_in_words(counts, said, [html.counted(star) for star in STARS])
    return locale.PLOT_MATRIX.format(parts=parts) if parts else locale.PLOT_MATRIX_EMPTY


def matrix(matrix: Sequence[Sequence[int]], rows: str, labels: Sequence[str], columns: str) -> go.Figure:
    """A confusion matrix: counts, coloured by row share.

    Args:
        rows, columns: what both axes are.
        labels: the classes, in order.
    """
    counts, places = np.asarray(matrix), list(range(1, len(labels) + 1))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    heat = go.Heatmap(
        x=places,
        y=places,
        z=[[share or None for share in row] for row in shares.tolist()],
        customdata=counts.tolist(),
        hovertemplate=f"{rows} %{{y}}, {columns} %{{x}}: %{{customdata:,}} (%{{z:.0%}})<extra></extra>",
        colorscale=SHARES,
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    cells = [_written(counts, shares, row, column) for row, column in np.argwhere(counts).tolist()]
    # Ranges and ticks are given, because without a value plotly would draw neither.
    ticks, end = {"tickvals": places, "ticktext": labels, "showgrid": False}, len(labels) + 0.5
    x, y = {"title_text": columns, "range": [0.5, end]}, {"title_text": rows, "range": [end, 0.5]}
    return draw([heat], height=340, x=x | ticks, y=y | ticks, plot_bgcolor=EMPTY, annotations=cells)


def _written(counts: np.ndarray, shares: np.ndarray, row: int, column: int) -> dict[str, Any]:
    """The count and the share of a cell of a matrix, as an annotation."""
    return {
        "x": column + 1,
        "y": row + 1,
        "text": f"{count(counts[row, column])}<br>{html.percent(shares[row, column])}",
        "font": {"size": 11, "color": "#fff" if shares[row, column] > DARK_FROM else "#111"},
        "showarrow": False,
    }


def rows_in_words(matrix: Sequence[Sequence[int]], rows: str, names: Sequence[str]) -> str:
    """The rows of a matrix that have a count, in words."""
    return "; ".join(
        f"{rows} {name}: "
        + ", ".join(locale.PLOT_AS.format(n=n, other=other) for other, n in zip(names, row, strict=True) if n)
        for name, row in zip(names, np.asarray(matrix).tolist(), strict=True)
        if sum(row)
    )


def intervals(rates: Mapping[str, Rate]) -> go.Figure:
    """Shares with their intervals, one per line, the first on top."""
    points = go.Scatter(
        x=[rate.value for rate in rates.values()],
        y=list(rates),
        error_x=whiskers(list(rates.values())),
        text=[locale.number(rate.value, ".1%") for rate in rates.values()],
        textposition="top center",
        mode="markers+text",
        cliponaxis=False,
        marker={"color": BLUE, "size": 10},
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    x = {"tickformat": ".0%", "showgrid": True, "nticks": 6}
    # Room above the first line for its label.
    y = {"range": [len(rates) - 0.5, -0.7], "showgrid": False}
    return draw([points], height=90 + 50 * len(rates), x=x, y=y)


def describe_intervals(rates: Mapping[str, Rate]) -> str:
    """The same in words."""
    parts = [
        locale.PLOT_INTERVAL.format(name=name, value=rate.value, low=rate.low, high=rate.high)
        for name, rate in rates.items()
    ]
    return f"{'; '.join(parts)}."


def whiskers(rates: Sequence[Rate]) -> dict[str, Any]:
    """Intervals as the error bars of a trace."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [rate.high - rate.value for rate in rates],
        "arrayminus": [rate.value - rate.low for rate in rates],
        "color": ORANGE,
        "thickness": 2,
    }


def count(number: int) -> str:
    """A count as the visitor writes it."""
    return locale.number(number, ",")


def line_at(x: float, colour: str) -> dict[str, Any]:
    """A dashed line from top to bottom, as a shape of a layout."""
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain"}
    return {"type": "line", "line": {"color": colour, "dash": "dash", "width": 2}, **ends}


def axis(**own: Any) -> dict[str, Any]:
    """An axis as all figures have it; fixed ranges, so that a thumb scrolls the page, not the plot."""
    shared = {"fixedrange": True, "automargin": True, "gridcolor": GRID, "zeroline": False, "ticks": ""}
    return {**shared, "title_font_size": 13, **own}


def draw(
    traces: Sequence[Any],
    height: int,
    *,
    x: Mapping[str, Any] | None = None,
    y: Mapping[str, Any] | None = None,
    legend: bool = False,
    **own: Any,
) -> go.Figure:
    """A figure of traces, laid out as all are, with what is its own of both axes and of the layout.

    A legend gets a line of its own, below the label that the page lays over the figure's corner. The layout
    is given at once: updating one that is there takes plotly several times as long.
    """
    shared = {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 13, "family": "system-ui, sans-serif"},
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 60 if legend else 36, "b": 8},
        "dragmode": False,
        "separators": locale.separators(),
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        "modebar": {"remove": _BUTTONS, "bgcolor": "rgba(0,0,0,0)", "color": TEXT},
        "xaxis": axis(**{"showgrid": False, **(x or {})}),
        "yaxis": axis(**(y or {})),
    }
    return go.Figure(list(traces), {**shared, **own})
