"""Every word the page says: `strings.X` is X in the language of the visitor whose event is being answered.

`en` holds the words, `es` the same names in Spanish. While the page is built, and outside the page, the
language is English, unless a `speaking` block says another.
"""

import re
import string
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from revdemo.ui.strings import core, en, es

LANGUAGES = {"en": "English", "es": "Español"}
COOKIE = "revdemo_language"
DEFAULT = "en"

_WORDS = {"en": en, "es": es}
_spoken: ContextVar[str | None] = ContextVar("revdemo_language", default=None)


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return _told(language(), name)


def language() -> str:
    """The language of a `speaking` block, else of the visitor whose event is being answered, else English."""
    if spoken := _spoken.get():
        return spoken
    request = _request()
    return DEFAULT if request is None else asked_for(request.headers)


def asked_for(headers: Mapping[str, str]) -> str:
    """The language of a request: what its cookie says was chosen, else what its browser prefers."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value in LANGUAGES:
            return value
    preferred = headers.get("accept-language", "").split(",")[0].strip().lower()
    return "es" if re.match(r"es\b", preferred) else DEFAULT


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Let `strings.X` be in this language inside the block."""
    token = _spoken.set(spoken)
    try:
        yield
    finally:
        _spoken.reset(token)


def numeral(text: str) -> str:
    """A number written the English way as the visitor writes it; any other text as it is."""
    return core.swapped(text) if language() == "es" else text


def said(text: object) -> str:
    """A sentence that was made outside the page, such as a RevdemoError, as the visitor reads it."""
    return core.in_spanish(str(text)) if language() == "es" else str(text)


class _Spanish(str):
    """A text whose `format` writes numbers the Spanish way."""

    def format(self, *values: object, **named: object) -> str:
        return _FORMATTER.vformat(self, values, named)


class _Formatter(string.Formatter):
    def format_field(self, value: Any, spec: str) -> str:
        return core.swapped(super().format_field(value, spec))


_FORMATTER = _Formatter()


@cache
def _told(spoken: str, name: str) -> Any:
    if not hasattr(en, name):
        raise AttributeError(f"no string {name}")
    found = getattr(_WORDS[spoken], name, getattr(en, name))  # a test finds what is missing in Spanish
    return _spanish(found) if spoken == "es" else found


def _spanish(found: Any) -> Any:
    if isinstance(found, str):
        return _Spanish(found)
    if isinstance(found, dict):
        return {key: _spanish(value) for key, value in found.items()}
    if isinstance(found, tuple):
        return tuple(map(_spanish, found))
    return found


def _request() -> Any:
    """The request of the event being answered; gradio is not imported for it."""
    context = sys.modules.get("gradio.context")
    return None if context is None else context.LocalContext.request.get(None)
