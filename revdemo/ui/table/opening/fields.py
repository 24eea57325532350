"""The fields that correct how an uploaded table is read, and what the page shows of it then."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.tables import isolated, table
from revdemo.tables.columns.choice import NoTextColumn
from revdemo.tables.inspection import Inspection
from revdemo.tables.isolated import Opened
from revdemo.ui import locale
from revdemo.ui.errors import explain
from revdemo.ui.parts import html
from revdemo.ui.table.opening.summary import preview, summary, with_fields

PREVIEWED = 5  # rows
ENCODINGS = (
    "utf-8", "utf-16", "windows-1252", "iso-8859-15", "windows-1250", "windows-1251", "cp932", "euc-kr",
    "gb18030", "big5",
)  # fmt: skip
SEPARATORS = ("comma", "semicolon", "tab", "bar", "none")
HEADER = {"yes": True, "no": False}
COLUMNS, FILE = ("text", "rating", "scale"), ("sheet", "encoding", "separator", "header")
NAMES = (*COLUMNS, *FILE, "words")


class Fields:
    """The columns, and in `more` what else can be said of the file; a field of "" is found out."""

    def __init__(self) -> None:
        self.text = gr.Dropdown([], **_hidden("text", locale.TABLE_TEXT))
        self.rating = gr.Dropdown([], **_hidden("rating", locale.TABLE_RATING))
        self.scale = gr.Number(
            precision=0, info=locale.TABLE_SCALE_INFO, **_hidden("scale", locale.TABLE_SCALE)
        )
        with gr.Accordion(locale.TABLE_MORE, open=False, visible=False, elem_id="table-more") as self.more:
            self.sheet = gr.Dropdown([], **_hidden("sheet", locale.TABLE_SHEET))
            self.encoding = gr.Dropdown(
                _choices(ENCODINGS), value="", allow_custom_value=True,
                **_shown("encoding", locale.TABLE_ENCODING),
            )  # fmt: skip
            self.separator = gr.Dropdown(
                _separators(), value="",
                **_shown("separator", locale.TABLE_SEPARATOR),
            )  # fmt: skip
            self.header = gr.Radio(_headers(), value="", **_shown("header", locale.TABLE_HEADER))
            self.words = gr.Textbox(
                info=locale.TABLE_MAP_INFO, placeholder=locale.TABLE_MAP_EXAMPLE,
                **_shown("map", locale.TABLE_MAP),
            )  # fmt: skip
        self._by_name = {name: getattr(self, name) for name in NAMES}

    @property
    def outputs(self) -> list[gr.blocks.Block]:
        """What `corrected` updates, in its order."""
        return [*self._by_name.values(), self.more]

    def connect(
        self, path: gr.State, chosen: gr.State, outputs: Sequence[gr.blocks.Block], **options: Any
    ) -> None:
        """Read the table of `path` anew where a field changes, with what is still true of the others."""
        kept = {
            "text": NAMES,
            "rating": ("text", "rating", *FILE, "words"),  # another column has another scale
            "scale": NAMES,
            "words": ("text", "rating", *FILE, "words"),
        } | dict.fromkeys(FILE, (*FILE, "words"))  # which may give other columns
        for name, others in kept.items():
            field = self._by_name[name]
            typed = isinstance(field, gr.Number | gr.Textbox)
            for event in (field.submit, field.blur) if typed else (field.input,):
                inputs = [path, chosen, field, *(self._by_name[other] for other in others)]
                event(_reader(name, others), inputs, outputs, **options)


def _reader(changed: str, names: Sequence[str]) -> Callable[..., Any]:
    def read(path: str | None, chosen: table.Chosen | None, now: Any, *values: Any) -> Any:
        if chosen is not None and _said_before(changed, now, chosen):
            return gr.skip()
        said = {**dict(zip(names, values, strict=True)), changed: now}
        if changed == "words" and not said["rating"]:  # whoever says what words stand for wants them read
            said["rating"] = None
        return corrected(path, **said)

    return read


def _said_before(name: str, value: Any, chosen: table.Chosen) -> bool:
    """Whether a field that was left holds what it held, so that nothing is to be read."""
    if name == "scale":
        return value == chosen.scale
    before = chosen.options.map if chosen.options else ()
    try:
        return name == "words" and table.ReadOptions(map=(value or "").strip() or ()).map == before
    except RevdemoError:
        return False


def nothing(said: str = "", kind: str = "") -> tuple[Any, ...]:
    """No table, and why."""
    off = [gr.Dropdown([], value=None, visible=False) for _ in ("text", "rating")]
    fields = (*off, gr.Number(None, visible=False), *_file({}, None))
    return None, *fields, gr.Accordion(visible=False), html.message(said or locale.TABLE_EMPTY, kind), ""


def corrected(path: str | None, **said: Any) -> tuple[Any, ...]:
    """What the page shows of a table: a `Chosen` or None, the fields, the summary and the first rows.

    Args:
        path: the upload; None where there is none.
        said: values of the fields by name; None and "" are found out, but a rating of "" says there is none.
    """
    if path is None:
        return nothing()
    try:
        opened = isolated.open_table(path, _options(said), PREVIEWED)
    except Exception as error:
        return _unread(html.message(with_fields(explain(error)), "error"), said)
    found, rating = None, said.get("rating")
    try:
        if said.get("text") is not None and said["text"] == rating:
            raise RevdemoError.of(locale.phrase("TABLE_SAME_COLUMN"))
        found = opened.understood()
        told = summary(found.read_as) if found.read_as else ""
    except NoTextColumn:
        told = html.message(
            locale.said(locale.phrase("TABLE_NO_TEXT", columns=", ".join(opened.columns))), "error"
        )
    except Exception as error:
        told = html.message(with_fields(explain(error)), "error")
    text, rating = (found.text, found.rating or "") if found else (said.get("text"), rating or "")
    scale = gr.Number(found.scale if found else said.get("scale"), visible=bool(rating))
    head = pd.DataFrame(opened.head, columns=list(opened.columns), dtype=object)
    return (
        found,
        *_columns(opened, text, rating),
        scale,
        *_file(said, found.read_as if found else None),
        gr.Accordion(visible=True),
        told,
        preview(head, text, rating),
    )


def _options(said: dict[str, Any]) -> table.ReadOptions:
    scale, words = said.get("scale"), said.get("words")
    return table.ReadOptions(
        text=said.get("text") or None,
        rating=said.get("rating"),
        scale=None if scale is None else int(scale),
        sheet=said.get("sheet") or None,
        encoding=(said.get("encoding") or "").strip() or None,
        separator=said.get("separator") or None,
        header=HEADER.get(said.get("header") or ""),
        map=words.strip() if words else (),
    )


def _unread(told: str, said: dict[str, Any]) -> tuple[Any, ...]:
    """A table that cannot be read as it was said to be: what was said stays, to be said otherwise."""
    _, text, rating, scale, *_, preview = nothing()
    return None, text, rating, scale, *_file(said, None), gr.Accordion(visible=True), told, preview


def _columns(opened: Opened, text: str | None, rating: str) -> tuple[Any, Any]:
    columns = list(opened.columns)
    return (
        gr.Dropdown(columns, value=text, visible=True),
        gr.Dropdown([(locale.TABLE_NO_RATING, ""), *columns], value=rating, visible=True),
    )


def _file(said: dict[str, Any], read_as: Inspection | None) -> tuple[Any, ...]:
    """The fields of the file, those hidden that say nothing of a table of this kind."""
    sheet, others = (read_as.sheet, read_as.sheets_not_read) if read_as else (said.get("sheet"), ())
    sheets = [name for name in (sheet, *others) if name]
    is_text = read_as is None or read_as.encoding is not None
    is_delimited = is_text and (read_as is None or read_as.header_row or read_as.separator is not None)
    return (
        gr.Dropdown(sheets, value=sheet or None, visible=bool(others) or bool(said.get("sheet"))),
        gr.Dropdown(allow_custom_value=True, value=said.get("encoding") or "", visible=is_text),
        gr.Dropdown(_separators(), value=said.get("separator") or "", visible=bool(is_delimited)),
        gr.Radio(_headers(), value=said.get("header") or ""),
        gr.Textbox(value=said.get("words") or ""),
    )


def _separators() -> list[Any]:
    return _choices(SEPARATORS, locale.TABLE_SEPARATORS)


def _headers() -> list[Any]:
    return _choices(HEADER, locale.TABLE_HEADERS)


def _choices(values: Sequence[str] | dict[str, Any], labels: dict[str, str] | None = None) -> list[Any]:
    return [(locale.TABLE_FOUND_OUT, ""), *((labels[one] if labels else one, one) for one in values)]


def _shown(name: str, label: str) -> dict[str, Any]:
    return {"label": label, "elem_id": f"table-{name}", "interactive": True}


def _hidden(name: str, label: str) -> dict[str, Any]:
    return {**_shown(name, label), "visible": False}
