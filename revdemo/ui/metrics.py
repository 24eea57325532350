"""The Metrics tab: what was measured, one section a question; the files are read when the page is built."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import gradio as gr

from revdemo.models import ROOT
from revdemo.ui import cards, strings
from revdemo.ui.metrics_charts import Chart
from revdemo.ui.metrics_files import SOURCES, Results, read
from revdemo.ui.metrics_sections import Choice, sections
from revdemo.ui.state import QUIET

ASSETS = ROOT / "assets"
MOST_BUTTONS = 4  # more options than this are a list to open


def build(assets: Path | None = None) -> None:
    """Lay out the tab from the files below a folder such as assets/, which is the default."""
    results = read(assets or ASSETS)
    if notice := notices(results):
        gr.HTML(notice, elem_id="metrics-notices")
    shown = sections(results.files)
    if not shown:
        return
    gr.HTML(f'<p class="rd-how">{cards.escape(strings.METRICS_LEAD)}</p>')
    told = {strings.language(): shown}  # sections by language; a choice draws when asked

    def choice(section: int, block: int) -> Choice:
        spoken = strings.language()
        if spoken not in told:
            told[spoken] = sections(results.files)
        return told[spoken][section].blocks[block]

    for i, section in enumerate(shown):
        with gr.Accordion(section.title, open=not i, elem_id=f"metrics-{section.id}"):
            for j, block in enumerate(section.blocks):
                if isinstance(block, Choice):
                    _choose(block, partial(choice, i, j))
                else:
                    _show(block)


def notices(results: Results) -> str:
    """What is wrong with the files as HTML: those that cannot be read, or that there is none."""
    lines = [
        cards.message(strings.DAMAGED.format(path=f"assets/{source.path}", command=source.command), "warning")
        for source in results.damaged
    ]
    if not lines and not results.files:
        lines = [cards.message(strings.NOT_MEASURED.format(command=SOURCES["stars"].command))]
    return "".join(lines)


def beside(chart: Chart) -> str:
    """What stands beside a figure as HTML: how to read it, the same in words, its table."""
    return (
        f'<p class="rd-how">{cards.escape(chart.how)}</p>'
        f'<span class="rd-spoken">{cards.escape(chart.spoken)}</span>{chart.table}'
    )


def _show(block: str | Chart) -> None:
    if isinstance(block, Chart):
        _draw(block)
    else:
        gr.HTML(block)


def _draw(chart: Chart) -> tuple[gr.Plot, gr.HTML]:
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            plot = gr.Plot(chart.figure, label=chart.title)
        with gr.Column(scale=2, min_width=280):
            text = gr.HTML(beside(chart))
    return plot, text


def _choose(choice: Choice, spoken: Callable[[], Choice]) -> None:
    """One control a label, and the chart of what they say; `spoken` is the choice as the visitor reads it."""
    with gr.Row():
        controls = [_control(*one) for one in zip(choice.labels, _options(choice), strict=True)]
    plot, text = _draw(next(iter(choice.charts.values()))())

    def pick(*chosen: int) -> tuple[gr.Plot, str]:
        own = spoken()
        names = tuple(options[i] for options, i in zip(_options(own), chosen, strict=True))
        if names not in own.charts:
            return gr.Plot(visible=False), cards.message(strings.NO_COMBINATION)
        picked = own.charts[names]()
        return gr.Plot(picked.figure, label=picked.title, visible=True), beside(picked)

    gr.on([control.input for control in controls], pick, controls, [plot, text], **QUIET)


def _options(choice: Choice) -> list[list[str]]:
    """What each control of a choice offers."""
    return [list(dict.fromkeys(values)) for values in zip(*choice.charts, strict=True)]


def _control(label: str, names: list[str]) -> gr.Radio | gr.Dropdown:
    kind = gr.Radio if len(names) <= MOST_BUTTONS else gr.Dropdown
    choices = [(name, i) for i, name in enumerate(names)]
    return kind(choices, value=0, label=label, visible=len(names) > 1, min_width=280)
