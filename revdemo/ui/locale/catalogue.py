"""The gettext catalogues: one file per language, `<language>.po`, beside this module; English is the ids.

A file that is put here is a language of the page: nothing else names it. `make messages` brings every file up
to date with what the code says.
"""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from revdemo.ui.locale.formats import locale_of

FOLDER = Path(__file__).parent
SOURCE = "en"  # what the ids are written in


@cache
def languages() -> dict[str, str]:
    """Every language of the page with its own name, English first."""
    found = [SOURCE, *sorted(path.stem.replace("_", "-") for path in FOLDER.glob("*.po"))]
    return {language: (locale_of(language).get_display_name() or language).capitalize() for language in found}


def translated(message_id: str, language: str, context: str | None = None) -> str:
    """A text in a language; in English where nobody translated it."""
    return _catalogue(language).get((message_id, context), message_id)


@cache
def _catalogue(language: str) -> dict[tuple[str, str | None], str]:
    if language == SOURCE:
        return {}
    path = FOLDER / f"{language.replace('-', '_')}.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=path.stem)
    return {
        (str(message.id), message.context): str(message.string)
        for message in messages
        if message.id and message.string and not message.fuzzy
    }
