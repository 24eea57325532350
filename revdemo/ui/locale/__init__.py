"""Every word the page says: `locale.X` is X in the language of the visitor whose event is being answered.

`en` holds the page's own texts by name, and the catalogues `<language>.po` what they, the errors and the
phrases of every room are in other languages. While the page is built, and outside the page, the language is
English, unless a `speaking` block says another.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any

from babel import negotiate_locale

from revdemo.errors import Phrase, RevdemoError
from revdemo.ui.locale import en, formats
from revdemo.ui.locale.catalogue import SOURCE, languages, translated
from revdemo.ui.locale.formats import Template

COOKIE = "revdemo_language"

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
    return SOURCE if request is None else asked_for(request.headers)


def asked_for(headers: Mapping[str, str]) -> str:
    """The language of a request: what its cookie says was chosen, else what its browser prefers."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value in languages():
            return value
    preferred = headers.get("accept-language", "").split(",")[0].partition(";")[0].strip()
    found = negotiate_locale([preferred], list(languages()), sep="-") if preferred else None
    return found if found in languages() else SOURCE


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Let `locale.X` be in this language inside the block."""
    token = _spoken.set(spoken)
    try:
        yield
    finally:
        _spoken.reset(token)


def number(value: Any, spec: str = "") -> str:
    """A number by a format specification of Python's, as the visitor writes it: 12,345.6 or 12.345,6."""
    return formats.number(value, spec, language())


def moment(when: datetime) -> str:
    """A date of this year and a time, as the visitor writes them."""
    return formats.moment(when, language())


def separators() -> str:
    """The signs before decimals and between thousands, as plotly takes them."""
    return formats.separators(language())


def phrase(name: str, key: str | None = None, /, **values: Any) -> Phrase:
    """A text of `en` by its name, and by its key in a dictionary, for a visitor not known yet."""
    found = en.TEXTS[name] if key is None else en.TEXTS[name][key]
    return Phrase(found, **values)


def said(message: object) -> str:
    """An error or a phrase as the visitor reads it; any other text as it is."""
    phrase = message.phrase if isinstance(message, RevdemoError) else message
    return _in_words(phrase, language()) if isinstance(phrase, Phrase) else str(message)


def _in_words(phrase: Phrase, spoken: str) -> str:
    if spoken == SOURCE:
        return str(phrase)
    template = translated(phrase.message_id, spoken, phrase.context)
    values = {name: _read(value, spoken) for name, value in phrase.values.items()}
    return Template(template, spoken).format(**values) if values else template


def _read(value: Any, spoken: str) -> Any:
    """A value of a phrase: its own phrases in a language, and a list with commas."""
    if isinstance(value, list):
        return ", ".join(str(_read(part, spoken)) for part in value)
    return _in_words(value, spoken) if isinstance(value, Phrase) else value


@cache
def _told(spoken: str, name: str) -> Any:
    if name not in en.TEXTS:
        raise AttributeError(f"no string {name}")
    return _translated(en.TEXTS[name], spoken)


def _translated(found: Any, spoken: str) -> Any:
    """A value of `en` with each of its texts in a language."""
    if isinstance(found, Phrase):
        return Template(translated(found.message_id, spoken, found.context), spoken)
    if isinstance(found, str):
        return Template(translated(found, spoken), spoken)
    if isinstance(found, dict):
        return {key: _translated(value, spoken) for key, value in found.items()}
    if isinstance(found, tuple):
        return tuple(_translated(value, spoken) for value in found)
    return found


def _request() -> Any:
    """The request of the event being answered; gradio is not imported for it."""
    context = sys.modules.get("gradio.context")
    return None if context is None else context.LocalContext.request.get(None)
