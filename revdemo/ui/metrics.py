"""The Metrics tab: what was measured, one section a question; the files are read when the page is built."""

from pathlib import Path

import gradio as gr

from revdemo.models import ROOT
from revdemo.ui import cards, strings
from revdemo.ui.metrics_charts import Chart
from revdemo.ui.metrics_files import SOURCES, Results, read
from revdemo.ui.metrics_sections import Block, Choice, sections
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
    for section in shown:
        is_first = section is shown[0]
        with gr.Accordion(section.title, open=is_first, elem_id=f"metrics-{section.id}"):
            for block in section.blocks:
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


def _show(block: Block) -> None:
    if isinstance(block, Choice):
        _choose(block)
    elif isinstance(block, Chart):
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


def _choose(choice: Choice) -> None:
    """One control a label, and the chart of what they say."""
    options = [list(dict.fromkeys(values)) for values in zip(*choice.charts, strict=True)]
    with gr.Row():
        controls = [_control(*one) for one in zip(choice.labels, options, strict=True)]
    first = tuple(control.value for control in controls)
    plot, text = _draw(choice.charts[first]())

    def pick(*chosen: str) -> tuple[gr.Plot, str]:
        if chosen not in choice.charts:
            return gr.Plot(visible=False), cards.message(strings.NO_COMBINATION)
        picked = choice.charts[chosen]()
        return gr.Plot(picked.figure, label=picked.title, visible=True), beside(picked)

    gr.on([control.input for control in controls], pick, controls, [plot, text], **QUIET)


def _control(label: str, values: list[str]) -> gr.Radio | gr.Dropdown:
    kind = gr.Radio if len(values) <= MOST_BUTTONS else gr.Dropdown
    return kind(values, value=values[0], label=label, visible=len(values) > 1, min_width=280)
