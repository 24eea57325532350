"""Cells that no spreadsheet runs as a formula."""

from __future__ import annotations

import re
import unicodedata

NUMBER = re.compile(r"[+-]?(?:[0-9][0-9.,]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
QUOTES = frozenset("\"'`´‘’‚‛“”„‟«»‹›")
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a pattern that show nothing
FORMULA = frozenset("=+-@−")  # the fullwidth and small forms count as these


def inert(cell: object) -> object:
    """A cell of a CSV file that no spreadsheet runs: what may be a formula gets an apostrophe before it.

    A text may be one if it starts with a tab or a line break, or with = + - @ (in any width), also behind
    blanks, quotes and invisible characters, which spreadsheets drop. Plain numbers such as -3,5 and -1.5e3
    are left alone, and so is every other kind of value. Source: OWASP, CSV Injection.
    """
    return f"'{cell}" if isinstance(cell, str) and _may_be_formula(cell) else cell


def _may_be_formula(text: str) -> bool:
    if not text or text[0] == "'" or NUMBER.fullmatch(text.strip(" ")):
        return False
    if text[0] in "\t\r\n":
        return True
    first = next((char for char in text if not _is_dropped(char)), "")
    return unicodedata.normalize("NFKC", first) in FORMULA


def _is_dropped(char: str) -> bool:
    """Whether a spreadsheet may drop a character at the start of a cell: a blank, a quote, a sign unseen."""
    if char.isalnum() and char not in BLANK_LETTERS:
        return False  # the usual case, told without a look at its category
    return char in QUOTES or char in BLANK_LETTERS or unicodedata.category(char)[0] in "CZM"
