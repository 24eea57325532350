"""Metrics as plotly figures: pure functions, readable in light and dark, on a phone, without colour vision.

A figure cannot see the page's theme, so its text is a mid-tone grey that both backgrounds carry; a page that
adds `CSS` to its own gives it the theme's text colour. No figure has a title: the component's label is one.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from revdemo.reviews import STARS

# Each at least 3:1 against white and against Gradio's dark blocks; blue and orange stay apart in every common
# colour blindness.
BLUE, ORANGE, GREY = "#3a87c8", "#d9691e", "#8c96a3"
TEXT, GRID, EMPTY = "#7d8590", "rgba(128, 134, 144, 0.25)", "rgba(128, 134, 144, 0.12)"
SHARES = [[0, "#dfe8f1"], [0.5, "#7fb0da"], [1, "#0b3c6f"]]
DARK_FROM = 0.72  # the share from which white is easier to read on SHARES than black

CSS = """
.js-plotly-plot :is(.xtick, .ytick, .g-xtitle, .g-ytitle, .legend, .barlayer) text {
  fill: var(--body-text-color) !important;
}
"""

_STARS = [f"{stars}★" for stars in STARS]
_BUTTONS = ["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "resetscale"]


def probabilities(values: Sequence[float]) -> go.Figure:
    """The five probabilities of a review as bars, the predicted star in blue.

    Args:
        values: five probabilities in star order.
    """
    predicted = int(np.argmax(values))
    figure = go.Figure(
        go.Bar(
            x=_STARS,
            y=list(values),
            text=[_percent(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            marker_color=[BLUE if star == predicted else GREY for star in range(5)],
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    )
    _lay_out(figure, height=240)
    # Room above the tallest bar for its label; the labels say the values, so the axis need not.
    figure.update_yaxes(visible=False, range=[0, 1.15 * max(values)])
    return figure


def describe_probabilities(values: Sequence[float]) -> str:
    """The same in words, for those who cannot see the chart."""
    parts = [f"{_name(star)} {_percent(value)}" for star, value in enumerate(values, start=1)]
    return f"Probability of each star: {', '.join(parts)}."


def requested_predicted(matrix: Sequence[Sequence[int]]) -> go.Figure:
    """Generated reviews by requested (rows) and predicted stars (columns): counts, coloured by row share."""
    return _matrix(matrix, "requested")


def confusion(matrix: Sequence[Sequence[int]]) -> go.Figure:
    """Reviews by true (rows) and predicted stars (columns): counts, coloured by row share."""
    return _matrix(matrix, "true")


def describe_matrix(matrix: Sequence[Sequence[int]], rows: str = "requested") -> str:
    """The rows that have reviews, in words, for those who cannot see the chart."""
    parts = [
        f"{rows} {_name(star)}: "
        + ", ".join(f"{count} as {_name(predicted)}" for predicted, count in enumerate(row, start=1) if count)
        for star, row in enumerate(np.asarray(matrix).tolist(), start=1)
        if sum(row)
    ]
    return f"Predicted stars. {'; '.join(parts)}." if parts else "No review yet."


def losses(history: Sequence[Mapping[str, float]]) -> go.Figure:
    """Training and validation loss by epoch.

    Args:
        history: the log of a `transformers.Trainer`: entries with "epoch" and "loss" or "eval_loss".
    """
    figure = go.Figure()
    for key, name, colour, dash in (
        ("loss", "training", BLUE, "solid"),
        ("eval_loss", "validation", ORANGE, "dash"),
    ):
        points = [(entry["epoch"], entry[key]) for entry in history if key in entry]
        if not points:
            continue
        epochs, values = zip(*points, strict=True)
        figure.add_scatter(
            x=epochs,
            y=values,
            name=name,
            mode="lines+markers" if len(points) < 30 else "lines",
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="epoch %{x:.2f}: %{y:.3f}<extra>" + name + "</extra>",
        )
    _lay_out(figure, height=300)
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text="loss")
    return figure


def balance(before: Sequence[int], after: Sequence[int]) -> go.Figure:
    """Reviews of each star before and after balancing, five counts each."""
    figure = go.Figure()
    for name, counts, colour in (("before", before, GREY), ("after", after, BLUE)):
        figure.add_bar(
            x=_STARS,
            y=list(counts),
            name=name,
            marker_color=colour,
            hovertemplate="%{x}: %{y:,}<extra>" + name + "</extra>",
        )
    _lay_out(figure, height=280)
    figure.update_yaxes(title_text="reviews", tickformat="~s")
    return figure


def _matrix(matrix: Sequence[Sequence[int]], rows: str) -> go.Figure:
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            x=STARS,
            y=STARS,
            z=[[share or None for share in row] for row in shares.tolist()],
            customdata=counts.tolist(),
            hovertemplate=f"{rows} %{{y}}★, predicted %{{x}}★: %{{customdata:,}} (%{{z:.0%}})<extra></extra>",
            colorscale=SHARES,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    _lay_out(figure, height=340)
    for row, column in np.argwhere(counts).tolist():
        share = shares[row, column]
        figure.add_annotation(
            x=STARS[column],
            y=STARS[row],
            text=f"{counts[row, column]:,}<br>{_percent(share)}",
            font={"size": 11, "color": "#fff" if share > DARK_FROM else "#111"},
            showarrow=False,
        )
    # Ranges and ticks are given, because without a value plotly would draw neither.
    ticks = {"tickvals": STARS, "ticktext": _STARS, "showgrid": False}
    figure.update_layout(plot_bgcolor=EMPTY)
    figure.update_xaxes(title_text="predicted", range=[0.5, 5.5], **ticks)
    figure.update_yaxes(title_text=rows, range=[5.5, 0.5], **ticks)
    return figure


def _lay_out(figure: go.Figure, height: int) -> None:
    """What all figures share; fixed ranges and no drag, so that a thumb scrolls the page, not the plot."""
    axis = {"fixedrange": True, "automargin": True, "gridcolor": GRID, "zeroline": False, "ticks": ""}
    axis["title_font_size"] = 13
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": TEXT, "size": 13, "family": "system-ui, sans-serif"},
        height=height,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        xaxis={**axis, "showgrid": False},
        yaxis=axis,
        dragmode=False,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        modebar={"remove": _BUTTONS, "bgcolor": "rgba(0,0,0,0)", "color": TEXT},
    )


def _percent(share: float) -> str:
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def _name(stars: int) -> str:
    return "1 star" if stars == 1 else f"{stars} stars"
