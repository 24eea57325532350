"""The probabilities of a review's stars, drawn and in words."""

from collections.abc import Sequence

import plotly.graph_objects as go

from revdemo.ui import locale
from revdemo.ui.parts import charts, html


def probabilities(values: Sequence[float]) -> go.Figure:
    """The five probabilities of a review as bars, the predicted star in blue.

    Args:
        values: five probabilities in star order.
    """
    colours = [charts.BLUE if value == max(values) else charts.GREY for value in values]
    texts = [html.percent(value) for value in values]
    return charts.star_bars(values, texts, colours, hover="%{y:.1%}", height=240)


def describe_probabilities(values: Sequence[float]) -> str:
    """The same in words, for those who cannot see the chart."""
    parts = [f"{html.counted(star)} {html.percent(value)}" for star, value in enumerate(values, start=1)]
    return locale.PLOT_PROBABILITIES.format(parts=", ".join(parts))
