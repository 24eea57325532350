"""Numbers, shares, dates and texts filled in, as a language writes them; Babel knows how."""

import re
import string
from datetime import datetime
from decimal import Decimal
from numbers import Number
from typing import Any

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent, get_decimal_symbol, get_group_symbol

_PLAIN = re.compile(r"([+-]?)([\d,]+)(?:\.(\d+))?(%?)")  # a number as Python formats it, unless in exponents
MINUS = "−"


def locale_of(language: str) -> Locale:
    """What Babel knows of a language."""
    return Locale.parse(language, sep="-")


def number(value: Any, spec: str, language: str) -> str:
    """A number by a format specification of Python's, as a language writes it.

    Python rounds, so that each language shows the same figure. One that is always signed gets a true minus.
    """
    text, locale = format(value, spec), locale_of(language)
    found = _PLAIN.fullmatch(text)
    if found is None:  # 1e-05, inf
        return text.replace(".", get_decimal_symbol(locale))
    sign, whole, decimals, percent = found.groups()
    pattern = ("#,##0" if "," in spec else "0") + (f".{'0' * len(decimals)}" if decimals else "")
    size = Decimal(f"{whole.replace(',', '')}.{decimals or 0}")
    if sign == "-" and "+" in spec:
        sign = MINUS
    if not percent:
        return sign + format_decimal(size, pattern, locale)
    whole_pattern = locale.percent_formats[None].pattern.replace("#,##0", pattern)
    return sign + format_percent(size / 100, whole_pattern, locale)


def separators(language: str) -> str:
    """The signs before decimals and between thousands."""
    locale = locale_of(language)
    return get_decimal_symbol(locale) + get_group_symbol(locale)


def moment(when: datetime, language: str) -> str:
    """A date of this year and a time."""
    locale = locale_of(language)
    return f"{format_skeleton('MMMd', when, locale=locale)}, {format_skeleton('Hm', when, locale=locale)}"


class Template(str):
    """A text in some language whose `format` writes numbers and phrases as that language does."""

    language: str

    def __new__(cls, text: str, language: str) -> "Template":
        template = super().__new__(cls, text)
        template.language = language
        return template

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.language

    def format(self, *values: object, **named: object) -> str:
        """The text filled in."""
        return _Formatter(self.language).vformat(str(self), values, named)


class _Formatter(string.Formatter):
    def __init__(self, language: str):
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Number) and not isinstance(value, bool):
            return number(value, format_spec, self.language)
        return super().format_field(value, format_spec)
