"""What the sections of the Metrics tab are made of: HTML, charts, and choices between charts; no gradio."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from revdemo.ui.parts import html

Files = Mapping[str, Any]  # what there is of `results.SOURCES`, by name


class Chart(NamedTuple):
    """A figure, one sentence on how to read it, the same in words, and the table beside it."""

    title: str
    how: str
    figure: go.Figure
    spoken: str
    table: str = ""


Draw = Callable[[], Chart]
Keys = tuple[str, ...]


class Choice(NamedTuple):
    """Charts of which one is shown at a time: how to draw each, by one option of each label."""

    labels: Sequence[str]
    charts: dict[Keys, Draw]


Block = str | Chart | Choice  # a text is HTML


class Section(NamedTuple):
    """A question and what answers it."""

    id: str
    title: str
    blocks: list[Block]


def choice(labels: Sequence[str], found: dict[Keys, Draw]) -> Iterator[Choice]:
    """A choice of what was found, none of nothing."""
    if found:
        yield Choice(labels, found)


def text(*lines: str) -> str:
    """Lines as paragraphs, empty ones left out."""
    return "".join(f'<p class="rd-how">{html.escape(line)}</p>' for line in lines if line)


def columns(parts: Sequence[str]) -> str:
    """Parts beside each other where there is room."""
    return f'<div class="rd-columns">{"".join(f"<div>{part}</div>" for part in parts)}</div>'
