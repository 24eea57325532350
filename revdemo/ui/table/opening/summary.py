"""What a table was read as, as the page shows it: a line, what is doubtful, and the first rows."""

import re

import pandas as pd

from revdemo.tables.inspection import Inspection
from revdemo.ui import locale
from revdemo.ui.parts import html

WIDE, LONG = 12, 160  # columns of the first rows, characters of a cell

FLAG = re.compile(r"--(\w[\w-]*)")
FIELDS = {  # what the page calls the flags of the command line, of which notes speak
    "column": "TABLE_TEXT",
    "rating": "TABLE_RATING",
    "scale": "TABLE_SCALE",
    "sheet": "TABLE_SHEET",
    "encoding": "TABLE_ENCODING",
    "separator": "TABLE_SEPARATOR",
    "header": "TABLE_HEADER",
    "map": "TABLE_MAP",
}


def summary(found: Inspection) -> str:
    """A table in a line and its notes, as HTML."""
    notes = "".join(f"<li>{html.escape(with_fields(locale.said(note)))}</li>" for note in found.notes)
    line = html.message(f"{locale.said(found.line)}.")
    return f'{line}<ul class="rd-notes">{notes}</ul>' if notes else line


def with_fields(note: str) -> str:
    """A note or an error with the names of the fields of the page in place of flags."""

    def field(flag: re.Match[str]) -> str:
        name = FIELDS.get(flag[1])
        return f"“{getattr(locale, name)}”" if name else flag[0]

    return FLAG.sub(field, note)


def preview(head: pd.DataFrame, text: str | None, rating: str | None) -> str:
    """The first rows as an HTML table, everything in it escaped, the columns that count marked."""
    columns = [str(column) for column in head.columns if _counts(head, column)]
    shown = columns[:WIDE] + [column for column in columns[WIDE:] if column in (text, rating)]
    marks = {text: locale.TABLE_CHOSEN_TEXT, rating: locale.TABLE_CHOSEN_RATING}
    names = "".join(_heading(column, marks.get(column, "")) for column in shown)
    rows = "".join(_row([_shortened(cell) for cell in row]) for row in head[shown].itertuples(index=False))
    left = len(columns) - len(shown)
    more = html.message(locale.TABLE_MORE_COLUMNS.format(count=left)) if left else ""
    return (
        f'<div class="rd-table rd-preview" tabindex="0" role="region" aria-label="{locale.TABLE_PREVIEW}">'
        f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _counts(head: pd.DataFrame, column: str) -> bool:
    """Whether a column has a name of its own, or anything in it."""
    return not re.fullmatch(r"column \d+", column) or any(map(_shortened, head[column]))


def _heading(name: str, mark: str) -> str:
    small = f"<small>{html.escape(mark)}</small>" if mark else ""
    return f'<th scope="col">{html.escape(name)}{small}</th>'


def _row(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _shortened(cell: object) -> str:
    missing = cell is None or cell != cell
    text = "" if missing else " ".join(str(cell).split())
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
