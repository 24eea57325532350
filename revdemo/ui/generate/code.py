"""Show me the code: the command line and the Python that repeat the run shown above."""

from typing import Any

import gradio as gr

from revdemo.generation.ledger import RunSummary
from revdemo.generation.runs.repeat import command_of, python_of
from revdemo.ui import locale
from revdemo.ui.parts import html


class Code:
    """A closed accordion with both, each with a button that copies it."""

    def __init__(self) -> None:
        with gr.Accordion(locale.CODE, open=False, visible=False, elem_id="code") as self.accordion:
            gr.HTML(f'<p class="rd-how">{html.escape(locale.CODE_HOW)}</p>')
            self.command = _code("shell", locale.CODE_COMMAND, "code-command")
            self.python = _code("python", locale.CODE_PYTHON, "code-python")

    @property
    def all(self) -> list[Any]:
        """What changes with the run that is shown."""
        return [self.accordion, self.command, self.python]


def _code(language: str, label: str, name: str) -> gr.Code:
    return gr.Code(
        language=language,
        label=label,
        interactive=False,
        wrap_lines=True,
        show_line_numbers=False,
        lines=1,
        buttons=["copy"],
        elem_id=name,
    )


def of_run(summary: RunSummary) -> tuple[Any, ...]:
    """For `Code.all`, what repeats a run."""
    request, models = summary.request, summary.models
    return gr.Accordion(visible=True), command_of(request, models), python_of(request, models)


def nothing() -> tuple[Any, ...]:
    """For `Code.all`, where no run is shown."""
    return gr.Accordion(visible=False), None, None
