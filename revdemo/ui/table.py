"""The Your table tab: a table is uploaded, its columns are guessed or corrected, and inner tabs use it."""

import re
import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from revdemo import tables
from revdemo.errors import RevdemoError
from revdemo.models import ROOT
from revdemo.ui import adapt, balance, batch, cards, strings, worth
from revdemo.ui.guard import explain
from revdemo.ui.live import live
from revdemo.ui.state import AT_ONCE, QUIET, Services

# What builds an inner tab: it opens its own gr.Tab and connects its events to the gr.State of the table.
PARTS = (batch, balance, worth, adapt)
EXAMPLE = ROOT / "assets" / "example_table.csv"
PREVIEWED, WIDE, LONG = 5, 12, 160  # rows, columns, characters of a cell
READING: dict[str, Any] = {"concurrency_limit": 2, "show_progress": "minimal", "api_visibility": "private"}


class TableTab:
    """The upload, what was understood of it, and the inner tabs; `chosen` holds a `Chosen` or None."""

    def __init__(self, services: Services, demo: gr.Blocks, owner: gr.BrowserState):
        self.chosen = gr.State(None)
        self._path = gr.State(None)  # of the upload, also while its columns are not understood
        gr.HTML(cards.lead(strings.TABLE_LEAD))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.upload = gr.File(
                    label=strings.TABLE_FILE, file_types=list(tables.KINDS), height=140, elem_id="table-file"
                )
                self.example = gr.Button(strings.TABLE_EXAMPLE, size="sm", elem_id="table-example")
                self.text = gr.Dropdown([], **_hidden("text", strings.TABLE_TEXT))
                self.rating = gr.Dropdown([], **_hidden("rating", strings.TABLE_RATING))
                self.scale = gr.Number(
                    precision=0, info=strings.TABLE_SCALE_INFO, **_hidden("scale", strings.TABLE_SCALE)
                )
            with gr.Column(scale=5, min_width=320):
                self.summary = live(cards.message(strings.TABLE_EMPTY), elem_id="table-summary")
                self.preview = gr.HTML(elem_id="table-preview")
        with gr.Tabs():
            for part in PARTS:
                part.build(services, demo, owner, self.chosen)
        self._connect()

    def _connect(self) -> None:
        columns = [self.text, self.rating, self.scale]
        shown = [self.chosen, *columns, self.summary, self.preview]
        uploaded = self.upload.upload(lambda path: path, self.upload, self._path, **QUIET)
        uploaded.then(opened, self._path, shown, show_progress_on=self.summary, **READING)
        tried = self.example.click(self._try, outputs=[self.upload, self._path], **QUIET)
        tried.then(opened, self._path, shown, show_progress_on=self.summary, **READING)
        self.upload.clear(lambda: (None, *nothing()), outputs=[self._path, *shown], **AT_ONCE)
        # Another rating column has another scale, another text column has not.
        for field, given in ((self.text, columns), (self.rating, columns[:2])):
            field.input(corrected, [self._path, *given], shown, show_progress_on=self.summary, **READING)
        gr.on(
            [self.scale.submit, self.scale.blur],
            rescaled,
            [self.chosen, self.scale],
            [self.chosen, self.scale, self.summary],
            **AT_ONCE,
        )

    def _try(self) -> tuple[str, str]:
        """The example table as if it had been uploaded: a copy where Gradio serves files from."""
        copy = Path(self.upload.GRADIO_CACHE) / secrets.token_hex(16) / EXAMPLE.name
        copy.parent.mkdir(parents=True)
        shutil.copy(EXAMPLE, copy)
        return str(copy), str(copy)


def _hidden(name: str, label: str) -> dict[str, Any]:
    return {"label": label, "elem_id": f"table-{name}", "visible": False, "interactive": True}


def nothing(said: str = "", kind: str = "") -> tuple[Any, ...]:
    """No table, and why."""
    off = gr.Dropdown([], value=None, visible=False), gr.Dropdown([], value=None, visible=False)
    return None, *off, gr.Number(None, visible=False), cards.message(said or strings.TABLE_EMPTY, kind), ""


def opened(path: str | None) -> tuple[Any, ...]:
    """What the page shows of a table just uploaded: its columns guessed, or why they cannot be."""
    return corrected(path, None, None) if path else nothing()


def corrected(
    path: str | None, text: str | None, rating: str | None, scale: float | None = None
) -> tuple[Any, ...]:
    """What the page shows of a table with these columns; None is guessed, and "" is no rating."""
    if path is None:
        return nothing()
    try:
        head = next(tables.chunks(path, 200), None)
        if head is None:
            raise RevdemoError(f"{Path(path).name} holds no rows.")
    except Exception as error:
        return nothing(explain(error), "error")
    columns = [str(column) for column in head.columns]
    try:
        found = _choose(path, head, text, rating, scale)
        said, rating, scale = cards.message(understood(found)), found.rating or "", found.scale
        text = found.text
    except Exception as error:
        found, said = None, cards.message(explain(error), "error")
        rating = (tables.guess_rating(head, text or "")[0] if rating is None else rating) or ""
    return (
        found,
        gr.Dropdown(columns, value=text, visible=True),
        gr.Dropdown([(strings.TABLE_NO_RATING, ""), *columns], value=rating, visible=True),
        gr.Number(scale, visible=bool(rating)),
        said,
        preview(head.head(PREVIEWED), text, rating),
    )


def _choose(
    path: str, head: pd.DataFrame, text: str | None, rating: str | None, scale: float | None
) -> tables.Chosen:
    if text is None:
        try:
            text = tables.text_column(head)
        except RevdemoError as error:
            columns = ", ".join(map(str, head.columns))
            raise RevdemoError(strings.TABLE_NO_TEXT.format(columns=columns)) from error
    if text == rating:
        raise RevdemoError(strings.TABLE_SAME_COLUMN)
    return tables.open_chosen(path, text, rating, None if scale is None else int(scale))


def rescaled(chosen: tables.Chosen | None, scale: float | None) -> tuple[Any, ...]:
    """The table with another highest rating, which needs no reading; one that cannot be is put back."""
    if chosen is None or chosen.scale is None or scale == chosen.scale:
        return gr.skip(), gr.skip(), gr.skip()
    try:
        tables.check_scale(scale or 0)
    except RevdemoError as error:
        return gr.skip(), chosen.scale, cards.message(explain(error), "error")
    found = replace(chosen, scale=int(scale))
    return found, gr.skip(), cards.message(understood(found))


def understood(chosen: tables.Chosen) -> str:
    """A line on what a table is taken for."""
    line = strings.TABLE_ONE_ROW if chosen.rows == 1 else strings.TABLE_ROWS
    stars = strings.TABLE_STARS if chosen.rating else strings.TABLE_UNLABELLED
    return line.format(rows=f"{chosen.rows:,}", text=chosen.text) + stars.format(
        rating=chosen.rating, scale=chosen.scale
    )


def preview(head: pd.DataFrame, text: str | None, rating: str | None) -> str:
    """The first rows as an HTML table, everything in it escaped, the columns that count marked."""
    columns = [str(column) for column in head.columns if _counts(head, column)]
    shown = columns[:WIDE] + [column for column in columns[WIDE:] if column in (text, rating)]
    marks = {text: strings.TABLE_CHOSEN_TEXT, rating: strings.TABLE_CHOSEN_RATING}
    names = "".join(_heading(column, marks.get(column, "")) for column in shown)
    rows = "".join(_row([_shortened(cell) for cell in row]) for row in head[shown].itertuples(index=False))
    left = len(columns) - len(shown)
    more = cards.message(strings.TABLE_MORE_COLUMNS.format(count=left)) if left else ""
    return (
        f'<div class="rd-table rd-preview" tabindex="0" role="region" aria-label="{strings.TABLE_PREVIEW}">'
        f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _counts(head: pd.DataFrame, column: str) -> bool:
    """Whether a column has a name of its own, or anything in it."""
    return not re.fullmatch(r"column \d+", column) or any(map(_shortened, head[column]))


def _heading(name: str, mark: str) -> str:
    small = f"<small>{cards.escape(mark)}</small>" if mark else ""
    return f'<th scope="col">{cards.escape(name)}{small}</th>'


def _row(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{cards.escape(cell)}</td>" for cell in cells) + "</tr>"


def _shortened(cell: object) -> str:
    missing = pd.api.types.is_scalar(cell) and pd.isna(cell)
    text = "" if missing else " ".join(str(cell).split())
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
