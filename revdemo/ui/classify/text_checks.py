"""What can be said of a text before a model sees it: cheap, and honest about what it cannot know."""

import re
import unicodedata

from revdemo.errors import RevdemoError
from revdemo.reviews import CleanText, clean
from revdemo.ui import locale

SHORT = 3  # words
ENOUGH = 5  # words, for a guess at the language
ENGLISH_SHARE = 0.12  # English prose has 0.4 to 0.5 of these words, other languages next to none

# Words that English uses all the time; a few are words of other languages too, but rarely as many of them.
_ENGLISH = """
the a an and of to in on as or is it its it's this that that's was wasn't with for but not you are have
has had be been were they their there what which who when would could should can't don't didn't doesn't
isn't i i'm i've my he his she her we our if about just very more most than then all only from by at how
because even some really good great bad fine worth boring love loved plot acting movie movies watch
watching story ever never too much so
"""
_ENGLISH_WORDS = frozenset(_ENGLISH.split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def check_text(text: str, limit: int) -> CleanText:
    """The text, cleaned; refuses one that no model can say anything about.

    Raises:
        RevdemoError: it is not a text, is empty, has more than `limit` characters, or holds no words.
    """
    check_is_text("text", text)
    if not text or not text.strip():
        raise RevdemoError.of(locale.phrase("EMPTY"))
    if len(text) > limit:
        raise RevdemoError.of(locale.phrase("TOO_LONG", count=len(text), limit=limit))
    cleaned = clean(text)
    if not _WORD.search(cleaned):
        raise RevdemoError.of(locale.phrase("NO_WORDS"))
    return cleaned


def check_is_text(name: str, text: object) -> None:
    """Refuse what is not a text, or not a whole one; None counts as an empty one.

    Raises:
        RevdemoError: it is of another type, or holds half of a character (a lone surrogate).
    """
    if text is not None and not isinstance(text, str):
        raise RevdemoError("{name} must be a text, not {value}.", name=name, value=repr(text)[:40])
    try:
        (text or "").encode()
    except UnicodeEncodeError as error:
        raise RevdemoError(
            "{name} holds half of a character at position {place}. Remove it.",
            name=name,
            place=error.start + 1,
        ) from error


def looks_english(text: str) -> bool:
    """Whether a text may be English: few words get the benefit of the doubt, other scripts do not."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    letters = [letter for word in words for letter in word if letter.isalpha()]
    if not letters:
        return True
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    if latin < 0.6 * len(letters):
        return False
    return len(words) < ENOUGH or sum(word in _ENGLISH_WORDS for word in words) >= ENGLISH_SHARE * len(words)


def notes(text: str, truncated: bool) -> list[str]:
    """What a reader of a prediction should know about the text it was made from."""
    found = []
    if not looks_english(text):
        found.append(locale.NOTE_ENGLISH)
    if len(clean(text).split()) < SHORT:
        found.append(locale.NOTE_SHORT)
    if truncated:
        found.append(locale.NOTE_TRUNCATED)
    return found
