"""Metrics as plotly figures: pure functions, readable in light and dark, on a phone, without colour vision.

A figure cannot see the page's theme, so its text is a mid-tone grey that both backgrounds carry; a page that
adds `CSS` to its own gives it the theme's text colour. No figure has a title: the component's label is one.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from revdemo.reviews import STARS
from revdemo.ui import strings

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

_STARS = [f"{stars}★" for stars in STARS]
POLARITIES = ("negative", "positive")
_BUTTONS = ["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "resetscale"]


class Rate(Protocol):
    """A value with its interval, whatever holds them."""

    value: float
    low: float
    high: float


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
    return strings.PLOT_PROBABILITIES.format(parts=", ".join(parts))


def requested_predicted(matrix: Sequence[Sequence[int]]) -> go.Figure:
    """Generated reviews by requested (rows) and predicted stars (columns): counts, coloured by row share."""
    return _matrix(matrix, strings.ASKED)


def confusion(matrix: Sequence[Sequence[int]]) -> go.Figure:
    """Reviews by true (rows) and predicted stars (columns): counts, coloured by row share."""
    return _matrix(matrix, strings.TRUE)


def describe_matrix(matrix: Sequence[Sequence[int]], rows: str = "requested") -> str:
    """The rows that have reviews, in words, for those who cannot see the chart; rows: requested or true."""
    said = strings.TRUE if rows == "true" else strings.ASKED
    parts = _rows_in_words(matrix, said, [_name(star) for star in STARS])
    return strings.PLOT_MATRIX.format(parts=parts) if parts else strings.PLOT_MATRIX_EMPTY


def polarity(matrix: Sequence[Sequence[int]]) -> go.Figure:
    """Reviews by true (rows) and predicted polarity (columns): counts, coloured by row share."""
    return _matrix(matrix, strings.PLOT_POLARITY_TRUE, _polarities(), strings.PLOT_POLARITY_PREDICTED)


def describe_polarity(matrix: Sequence[Sequence[int]]) -> str:
    """The same in words."""
    parts = _rows_in_words(matrix, strings.PLOT_POLARITY_TRUE, _polarities())
    return strings.PLOT_POLARITY.format(parts=parts)


def losses(history: Sequence[Mapping[str, float]]) -> go.Figure:
    """Training and validation loss by epoch.

    Args:
        history: the log of a `transformers.Trainer`: entries with "epoch" and "loss" or "eval_loss".
    """
    figure = go.Figure()
    for key, colour, dash in (("loss", BLUE, "solid"), ("eval_loss", ORANGE, "dash")):
        name = strings.PLOT_LOSSES[key]
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
            hovertemplate=f"{strings.PLOT_EPOCH} %{{x:.2f}}: %{{y:.3f}}<extra>{name}</extra>",
        )
    _lay_out(figure, height=320, legend=True)
    figure.update_xaxes(title_text=strings.PLOT_EPOCH)
    figure.update_yaxes(title_text=strings.PLOT_LOSS)
    return figure


def describe_losses(history: Sequence[Mapping[str, float]]) -> str:
    """Where both losses begin and end, in words."""
    parts = []
    for key, said in strings.PLOT_LOSSES_SPOKEN.items():
        values = [entry[key] for entry in history if key in entry]
        if values:
            parts.append(said.format(first=values[0], last=values[-1]))
    return " ".join(parts)


def balance(before: Sequence[int], after: Sequence[int]) -> go.Figure:
    """Reviews of each star before and after balancing, five counts each."""
    figure = go.Figure()
    for name, counts, colour in (
        (strings.PLOT_BEFORE, before, GREY),
        (strings.PLOT_AFTER, after, BLUE),
    ):
        figure.add_bar(
            x=_STARS,
            y=list(counts),
            name=name,
            marker_color=colour,
            hovertemplate="%{x}: %{y:,}<extra>" + name + "</extra>",
        )
    _lay_out(figure, height=300, legend=True)
    figure.update_yaxes(title_text=strings.PLOT_REVIEWS, tickformat="~s")
    return figure


def describe_balance(before: Sequence[int], after: Sequence[int]) -> str:
    """The same in words."""
    pairs = zip(before, after, strict=True)
    parts = [
        strings.PLOT_BALANCE_PART.format(stars=_name(star), old=old, new=new)
        for star, (old, new) in enumerate(pairs, start=1)
    ]
    return strings.PLOT_BALANCE.format(parts="; ".join(parts))


def distribution(counts: Sequence[int]) -> go.Figure:
    """How many reviews have each number of stars, five counts."""
    figure = go.Figure(
        go.Bar(
            x=_STARS,
            y=list(counts),
            text=[_count(count) for count in counts],
            textposition="outside",
            cliponaxis=False,
            marker_color=BLUE,
            hovertemplate="%{x}: %{y:,}<extra></extra>",
        )
    )
    _lay_out(figure, height=260)
    figure.update_yaxes(visible=False, range=[0, 1.15 * max(*counts, 1)])
    return figure


def describe_distribution(counts: Sequence[int]) -> str:
    """The same in words."""
    parts = [f"{_name(star)} {_count(count)}" for star, count in enumerate(counts, start=1)]
    return strings.PLOT_DISTRIBUTION.format(parts=", ".join(parts))


def gaps(real: Sequence[int], synthetic: Sequence[int], lacking: Sequence[int]) -> go.Figure:
    """Reviews of each star, stacked: real, synthetic, and those still lacking, five counts each."""
    figure = go.Figure()
    shown = (
        (strings.PLOT_REAL, real, GREY),
        (strings.PLOT_SYNTHETIC, synthetic, BLUE),
        (strings.PLOT_LACKING, lacking, EMPTY),
    )
    for name, counts, colour in shown:
        figure.add_bar(
            x=_STARS,
            y=list(counts),
            name=name,
            marker={"color": colour, "line": {"color": GREY, "width": 1 if colour == EMPTY else 0}},
            hovertemplate="%{x}: %{y:,}<extra>" + name + "</extra>",
        )
    _lay_out(figure, height=300, legend=True)
    figure.update_layout(barmode="stack")
    figure.update_yaxes(title_text=strings.PLOT_REVIEWS, tickformat="~s")
    return figure


def describe_gaps(real: Sequence[int], synthetic: Sequence[int], lacking: Sequence[int]) -> str:
    """The same in words."""
    parts = [
        strings.PLOT_GAPS_PART.format(stars=_name(star), own=own, written=written, left=left)
        for star, (own, written, left) in enumerate(zip(real, synthetic, lacking, strict=True), start=1)
    ]
    return strings.PLOT_GAPS.format(parts="; ".join(parts))


def acceptance(rates: Sequence[Rate]) -> go.Figure:
    """The share of generated reviews accepted, by requested stars, with intervals.

    Args:
        rates: five shares in star order.
    """
    figure = go.Figure(
        go.Bar(
            # The share is said below the bar: beside it, it would lie on the whisker.
            x=[f"{star}<br>{_percent(rate.value)}" for star, rate in zip(_STARS, rates, strict=True)],
            y=[rate.value for rate in rates],
            error_y=_whiskers(rates),
            marker_color=BLUE,
            hovertemplate="%{y:.1%}<extra></extra>",
        )
    )
    _lay_out(figure, height=300)
    figure.update_xaxes(title_text=strings.ASKED)
    figure.update_yaxes(title_text=strings.PLOT_ACCEPTED, range=[0, 1], tickformat=".0%")
    return figure


def describe_acceptance(rates: Sequence[Rate]) -> str:
    """The same in words."""
    parts = [f"{_name(star)} {_percent(rate.value)}" for star, rate in enumerate(rates, start=1)]
    return strings.PLOT_ACCEPTANCE.format(parts=", ".join(parts))


def intervals(rates: Mapping[str, Rate]) -> go.Figure:
    """Shares with their intervals, one a line, the first on top."""
    figure = go.Figure(
        go.Scatter(
            x=[rate.value for rate in rates.values()],
            y=list(rates),
            error_x=_whiskers(list(rates.values())),
            text=[strings.numeral(f"{rate.value:.1%}") for rate in rates.values()],
            textposition="top center",
            mode="markers+text",
            cliponaxis=False,
            marker={"color": BLUE, "size": 10},
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    _lay_out(figure, height=90 + 50 * len(rates))
    figure.update_xaxes(tickformat=".0%", showgrid=True, nticks=6)
    # Room above the first line for its label.
    figure.update_yaxes(range=[len(rates) - 0.5, -0.7], showgrid=False)
    return figure


def describe_intervals(rates: Mapping[str, Rate]) -> str:
    """The same in words."""
    parts = [
        strings.PLOT_INTERVAL.format(name=name, value=rate.value, low=rate.low, high=rate.high)
        for name, rate in rates.items()
    ]
    return f"{'; '.join(parts)}."


def reliability(bins: Sequence[tuple[float, float, int]]) -> go.Figure:
    """How often predictions of a confidence are right, beside the diagonal of perfect calibration.

    Args:
        bins: mean confidence, accuracy and number of reviews of each, none of them empty.
    """
    confidences, accuracies, counts = zip(*bins, strict=True)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        name=strings.PLOT_PERFECT,
        mode="lines",
        line={"color": GREY, "dash": "dash", "width": 2},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=confidences,
        y=accuracies,
        customdata=counts,
        name=strings.PLOT_MEASURED,
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": [6 + 14 * (count / max(counts)) ** 0.5 for count in counts]},
        cliponaxis=False,
        hovertemplate=f"{strings.PLOT_RELIABILITY_HOVER}<extra></extra>",
    )
    _lay_out(figure, height=360, legend=True)
    ticks = [0.2, 0.4, 0.6, 0.8, 1]  # not 0, where both axes would write into the same corner
    shares = {"range": [0, 1.03], "tickformat": ".0%", "tickvals": ticks, "showgrid": True}
    figure.update_xaxes(title_text=strings.PLOT_SURE, **shares)
    figure.update_yaxes(title_text=strings.PLOT_RIGHT, **shares)
    return figure


def describe_reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """The same in words."""
    parts = [
        strings.PLOT_RELIABILITY_PART.format(sure=_percent(sure), right=_percent(right), n=n)
        for sure, right, n in bins
    ]
    return strings.PLOT_RELIABILITY.format(parts="; ".join(parts))


def diversity(shares: Mapping[str, float]) -> go.Figure:
    """What generated reviews have of real ones, one measure a line, beside the line where both are alike."""
    figure = go.Figure(
        go.Bar(
            x=list(shares.values()),
            y=[f"{name}<br>{_percent(share)}" for name, share in shares.items()],
            orientation="h",
            marker_color=BLUE,
            hovertemplate=f"{strings.PLOT_DIVERSITY_HOVER}<extra></extra>",
        )
    )
    figure.add_vline(x=1, line={"color": ORANGE, "dash": "dash", "width": 2})
    _lay_out(figure, height=90 + 40 * len(shares))
    end = max(1.1, 1.05 * max(shares.values()))
    figure.update_xaxes(title_text=strings.PLOT_SHARE_OF_REAL, tickformat=".0%", range=[0, end])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def describe_diversity(shares: Mapping[str, float]) -> str:
    """The same in words."""
    parts = [f"{name} {_percent(share)}" for name, share in shares.items()]
    return strings.PLOT_DIVERSITY.format(parts=", ".join(parts))


def study(values: Sequence[str], measures: Mapping[str, Sequence[tuple[float, float] | None]]) -> go.Figure:
    """What each value of a setting gives, one panel a measure: means and standard deviations.

    Args:
        values: the values tried, in order.
        measures: by name, the mean and the standard deviation of each value, None where there are none.
    """
    figure = make_subplots(rows=len(measures), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, (name, found) in enumerate(measures.items(), start=1):
        figure.add_scatter(
            x=list(values),
            y=[one and one[0] for one in found],
            error_y={"type": "data", "array": [one and one[1] for one in found], "color": BLUE},
            mode="lines+markers",
            line={"color": BLUE, "width": 2},
            hovertemplate="%{x}: %{y:.4~g}<extra>" + name + "</extra>",
            showlegend=False,
            row=row,
            col=1,
        )
        figure.update_yaxes(title_text=name, nticks=4, row=row)
    _lay_out(figure, height=60 + 100 * len(measures))
    figure.update_xaxes(type="category")
    return figure


def describe_study(
    values: Sequence[str], measures: Mapping[str, Sequence[tuple[float, float] | None]]
) -> str:
    """The same in words."""
    parts = []
    for name, found in measures.items():
        pairs = zip(values, found, strict=True)
        said = ", ".join(
            strings.PLOT_STUDY_PART.format(value=f"{one[0]:.4g}", setting=value)
            for value, one in pairs
            if one
        )
        parts.append(f"{name}: {said}")
    return f"{'; '.join(parts)}."


def _matrix(
    matrix: Sequence[Sequence[int]], rows: str, labels: Sequence[str] = _STARS, columns: str = ""
) -> go.Figure:
    columns = columns or strings.PREDICTED
    counts, places = np.asarray(matrix), list(range(1, len(labels) + 1))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
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
    )
    _lay_out(figure, height=340)
    cells = [
        {
            "x": places[column],
            "y": places[row],
            "text": f"{_count(counts[row, column])}<br>{_percent(shares[row, column])}",
            "font": {"size": 11, "color": "#fff" if shares[row, column] > DARK_FROM else "#111"},
            "showarrow": False,
        }
        for row, column in np.argwhere(counts).tolist()
    ]
    # Ranges and ticks are given, because without a value plotly would draw neither.
    ticks, end = {"tickvals": places, "ticktext": labels, "showgrid": False}, len(labels) + 0.5
    figure.update_layout(plot_bgcolor=EMPTY, annotations=cells)
    figure.update_xaxes(title_text=columns, range=[0.5, end], **ticks)
    figure.update_yaxes(title_text=rows, range=[end, 0.5], **ticks)
    return figure


def _rows_in_words(matrix: Sequence[Sequence[int]], rows: str, names: Sequence[str]) -> str:
    return "; ".join(
        f"{rows} {name}: "
        + ", ".join(
            strings.PLOT_AS.format(n=n, other=other) for other, n in zip(names, row, strict=True) if n
        )
        for name, row in zip(names, np.asarray(matrix).tolist(), strict=True)
        if sum(row)
    )


def _whiskers(rates: Sequence[Rate]) -> dict:
    return {
        "type": "data",
        "symmetric": False,
        "array": [rate.high - rate.value for rate in rates],
        "arrayminus": [rate.value - rate.low for rate in rates],
        "color": ORANGE,
        "thickness": 2,
    }


def _lay_out(figure: go.Figure, height: int, legend: bool = False) -> None:
    """What all figures share; fixed ranges and no drag, so that a thumb scrolls the page, not the plot.

    A legend gets a line of its own, below the label that the page lays over the figure's corner.
    """
    axis = {"fixedrange": True, "automargin": True, "gridcolor": GRID, "zeroline": False, "ticks": ""}
    axis["title_font_size"] = 13
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": TEXT, "size": 13, "family": "system-ui, sans-serif"},
        height=height,
        margin={"l": 8, "r": 8, "t": 60 if legend else 36, "b": 8},
        dragmode=False,
        separators=",." if strings.language() == "es" else ".,",
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        modebar={"remove": _BUTTONS, "bgcolor": "rgba(0,0,0,0)", "color": TEXT},
    )
    figure.update_xaxes(showgrid=False, **axis)
    figure.update_yaxes(**axis)


def _percent(share: float) -> str:
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def _name(stars: int) -> str:
    return strings.STAR_COUNT[min(stars, 2)].format(count=stars)


def _count(count: int) -> str:
    return strings.numeral(f"{count:,}")


def _polarities() -> tuple[str, ...]:
    return tuple(strings.POLARITIES[name] for name in POLARITIES)
