"""Figures as HTML tables: every text escaped, every rate with its interval."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from revdemo.intervals import Rate
from revdemo.ui import locale
from revdemo.ui.parts import html


class Cell(NamedTuple):
    """A figure and, in small letters below it, its interval or a remark."""

    text: str
    small: str = ""

    @property
    def inline(self) -> str:
        """Both within a sentence."""
        return f"{self.text} ({self.small})"


Row = Sequence[str | Cell]
NONE = Cell("–")


def percent(rate: Rate | None) -> Cell:
    """A share with its interval, in per cent."""
    return _cell(rate, ".1%")


def number(rate: Rate | None, digits: int = 2) -> Cell:
    """A mean or an error with its interval."""
    return _cell(rate, f".{digits}f")


def points(rate: Rate | None) -> Cell:
    """A difference of shares in percentage points, always signed."""
    return _cell(rate, "+.1f", 100)


def signed(rate: Rate | None) -> Cell:
    """A difference of means or errors, always signed."""
    return _cell(rate, "+.2f")


def plain(value: float | None) -> Cell:
    """A number that has no interval."""
    return NONE if value is None else Cell(locale.number(value, ".3f"))


def share(value: float | None) -> Cell:
    """A share that has no interval, in per cent."""
    return NONE if value is None else Cell(locale.number(value, ".1%"))


def named(name: str) -> str:
    """A name of the files of measurements, or what one gains over another, as the visitor says it."""
    return " − ".join(locale.MEASURED_NAMES.get(part, part) for part in name.split(" - "))


def table(
    head: Sequence[str], groups: Mapping[str, Sequence[Row]], caption: str = "", label: str = ""
) -> str:
    """A table that scrolls by itself where it is too wide; the first cell of a row names it.

    Args:
        groups: rows by the title above them; the empty title shows none.
        label: what it is called aloud, where it has neither caption nor a first head.
    """
    columns = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    bodies = "".join(_body(title, rows, len(head)) for title, rows in groups.items() if rows)
    titled = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    name = html.escape(caption or label or head[0])
    return (
        f'<div class="rd-table" tabindex="0" role="region" aria-label="{name}">'
        f"<table>{titled}<thead><tr>{columns}</tr></thead>{bodies}</table></div>"
    )


def _body(title: str, rows: Sequence[Row], width: int) -> str:
    head = (
        f'<tr><th class="rd-group" scope="rowgroup" colspan="{width}">{html.escape(title)}</th></tr>'
        if title
        else ""
    )
    return f"<tbody>{head}{''.join(map(_row, rows))}</tbody>"


def _row(row: Row) -> str:
    name, *cells = map(_html, row)
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _html(cell: str | Cell) -> str:
    text, small = cell if isinstance(cell, Cell) else (cell, "")
    return html.escape(text) + (f"<small>{html.escape(small)}</small>" if small else "")


def _cell(rate: Rate | None, spec: str, scale: int = 1) -> Cell:
    """A value with its interval below it; only the value has the sign of per cent."""
    if rate is None:
        return NONE
    value, ends = scale * rate.value, [scale * rate.low, scale * rate.high]
    if rate.few:
        return Cell(locale.number(value, spec), locale.TOO_FEW)
    plain = spec.replace("%", "f")
    low, high = (locale.number(100 * end if spec != plain else end, plain) for end in ends)
    return Cell(locale.number(value, spec), locale.INTERVAL.format(low=low, high=high))
