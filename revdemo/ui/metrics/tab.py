"""The Metrics tab: what was measured, one section a question; the files are read when the page is built."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import gradio as gr

from revdemo.evaluation.results import SOURCES, Results, read
from revdemo.files import ASSETS
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Chart, Choice
from revdemo.ui.metrics.contents import sections
from revdemo.ui.parts import html
from revdemo.ui.services.queue import QUIET

MOST_BUTTONS = 4  # more options than this are a list to open


def build(assets: Path | None = None) -> None:
    """Lay out the tab from the files below a folder such as assets/, which is the default."""
    results = read(assets or ASSETS)
    if notice := notices(results):
        gr.HTML(notice, elem_id="metrics-notices")
    shown = sections(results.files)
    if not shown:
        return
    gr.HTML(f'<p class="rd-how">{html.escape(locale.METRICS_LEAD)}</p>')
    told = {locale.language(): shown}  # sections by language; a choice draws when asked

    def choice(section: int, block: int) -> Choice:
        spoken = locale.language()
        if spoken not in told:
            told[spoken] = sections(results.files)
        found = told[spoken][section].blocks[block]
        assert isinstance(found, Choice)  # as it was in the language of the layout
        return found

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
        html.message(locale.DAMAGED.format(path=f"assets/{source.path}", command=source.command), "warning")
        for source in results.damaged
    ]
    if not lines and not results.files:
        lines = [html.message(locale.NOT_MEASURED.format(command=SOURCES["stars"].command))]
    return "".join(lines)


def beside(chart: Chart) -> str:
    """What stands beside a figure as HTML: how to read it, the same in words, its table."""
    return (
        f'<p class="rd-how">{html.escape(chart.how)}</p>'
        f'<span class="rd-spoken">{html.escape(chart.spoken)}</span>{chart.table}'
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
            return gr.Plot(visible=False), html.message(locale.NO_COMBINATION)
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
