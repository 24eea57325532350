"""The Your table tab: a table is uploaded, its columns are guessed or corrected, and inner tabs use it."""

import secrets
import shutil
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo.files import ASSETS
from revdemo.tables import table
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.parts import html
from revdemo.ui.services.queue import AT_ONCE, QUIET
from revdemo.ui.services.services import Services
from revdemo.ui.table import adapt, balance, jobs, predict, utility
from revdemo.ui.table.opening.fields import Fields, corrected, nothing

# What builds an inner tab: it opens its own gr.Tab and connects its events to the gr.State of the table.
PARTS = (predict, balance, utility, adapt)
EXAMPLE = ASSETS / "example_table.csv"
READING: dict[str, Any] = {"concurrency_limit": 8, "show_progress": "minimal", "api_visibility": "private"}


class TableTab:
    """The upload, what was understood of it, and the inner tabs; `chosen` holds a `Chosen` or None."""

    def __init__(self, services: Services, demo: gr.Blocks, owner: gr.BrowserState):
        self.chosen = gr.State(None)
        self._path = gr.State(None)  # of the upload, also while its columns are not understood
        gr.HTML(html.lead(locale.TABLE_LEAD))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.upload = gr.File(
                    label=locale.TABLE_FILE, file_types=list(table.KINDS), height=170, elem_id="table-file"
                )
                self.example = gr.Button(locale.TABLE_EXAMPLE, size="sm", elem_id="table-example")
                self.fields = Fields()
            with gr.Column(scale=5, min_width=320):
                self.summary = live(html.message(locale.TABLE_EMPTY), elem_id="table-summary")
                self.preview = gr.HTML(elem_id="table-preview")
        jobs.build(services.settings, self.chosen)
        with gr.Tabs(elem_id=jobs.TABS):
            for part in PARTS:
                part.build(services, demo, owner, self.chosen)
        self._connect()

    def _connect(self) -> None:
        shown = [self.chosen, *self.fields.outputs, self.summary, self.preview]
        reading = {"show_progress_on": self.summary, **READING}
        uploaded = self.upload.upload(lambda path: path, self.upload, self._path, **QUIET)
        uploaded.then(opened, self._path, shown, **reading)
        tried = self.example.click(self._try, outputs=[self.upload, self._path], **QUIET)
        tried.then(opened, self._path, shown, **reading)
        self.upload.clear(lambda: (None, *nothing()), outputs=[self._path, *shown], **AT_ONCE)
        self.fields.connect(self._path, self.chosen, shown, **reading)

    def _try(self) -> tuple[str, str]:
        """The example table as if it had been uploaded: a copy where Gradio serves files from."""
        copy = Path(self.upload.GRADIO_CACHE) / secrets.token_hex(16) / EXAMPLE.name
        copy.parent.mkdir(parents=True)
        shutil.copy(EXAMPLE, copy)
        return str(copy), str(copy)


def opened(path: str | None) -> tuple[Any, ...]:
    """What the page shows of a table just uploaded: all of it found out, or why it cannot be."""
    return corrected(path)
