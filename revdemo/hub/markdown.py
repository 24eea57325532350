"""Markdown of cards and of the README: tables, cells, names as text or code, figures with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from revdemo.evaluation.results import StarReport
from revdemo.intervals import Rate

SPECIAL = frozenset("\\`*_[]<>#|!$")  # characters that may begin some markup


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table in which no value of a cell can end the cell."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def cell(value: object) -> str:
    """A value as one line, inside a cell of a table; None is an empty one."""
    return "" if value is None else " ".join(str(value).replace("|", "\\|").replace("<", "&lt;").split())


def plain(text: object) -> str:
    """A text as one line that is nothing but text."""
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in " ".join(str(text).split()))


def code(text: object) -> str:
    """A name as a code span."""
    return f"`{' '.join(str(text).replace('`', chr(39)).split())}`"


def percent(rate: Rate) -> str:
    """A rate in per cent with its interval, unless it is of too few for one."""
    interval = "" if rate.few else f" ({100 * rate.low:.1f} to {100 * rate.high:.1f})"
    return f"{rate.value:.1%}{interval}"


def points(difference: Rate) -> str:
    """A difference of two rates with its interval, in percentage points."""
    value, low, high = (100 * one for one in (difference.value, difference.low, difference.high))
    return f"{value:+.1f} ({low:+.1f} to {high:+.1f})"


def number(rate: Rate) -> str:
    """A mean or an error with its interval, unless it is of too few for one."""
    return f"{rate.value:.2f}" + ("" if rate.few else f" ({rate.low:.2f} to {rate.high:.2f})")


def star_row(name: str, report: StarReport) -> list[str]:
    """A row of a table of star classifiers: exact, near, mean absolute error."""
    return [name, percent(report.exact.accuracy), percent(report.near.accuracy), number(report.mae)]
