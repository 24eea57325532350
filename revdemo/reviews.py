"""What a review is: cleaning, stars, prefix. Pure functions, shared by training and the app."""

from __future__ import annotations

import html
import math
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

from revdemo.errors import RevdemoError
from revdemo.kinds import DEFAULT_KIND, check_kind

STARS = (1, 2, 3, 4, 5)
WORDS = {1: "terrible", 2: "bad", 3: "mixed", 4: "good", 5: "excellent"}
DEFAULT_PREFIX = "Review of {stars}."
BARE_PREFIX = "Review."
LONGEST = 100_000  # characters of a text that are read; what follows them is left out

# --- cleaning -----------------------------------------------------------------------------------------------

_TYPOGRAPHIC = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "`": "'",
        "´": "'",
        "…": ".",
        "&": " and ",
    }
)
_MARKS = regex.compile(r"(\p{M}{30})\p{M}+")  # 30 on one letter: what Unicode's stream-safe text allows
_DIGITS = regex.compile(r"&#0*+(?=\d)(\d{1,8})\d*", regex.ASCII)  # more than a character's number has
_TAG = regex.compile(r"</?[a-zA-Z!][^<>]{0,500}>")
_LINK = regex.compile(r"(?:https?://|www\.)[^\s<>\"')]+", regex.IGNORECASE)
_DASH = regex.compile(r"(?<=\S)(?:\s*[—―]\s*|\s+[-–]+\s+|\s*-{2,}\s*|\s*–\s+)(?=\S)")
_SYMBOL = regex.compile(r"(?:[^\p{L}\p{Mn}\p{Mc}\p{Nd}\s'\"!?.,;:()-]|[\ufe00-\ufe0f])+")
_LONE_HYPHEN = regex.compile(r"(?<![\p{L}\p{Nd}])-+|-+(?![\p{L}\p{Nd}])")
_GLUED_SENTENCE = regex.compile(r"[.!?](?<=[\p{Ll}\p{Nd}'\")].)(?=\p{Lu})|[!?,;](?=\p{L})")
_BRACKETS = regex.compile(r"\(\s*(?:[.,;:!?-]\s*)*\)")
_RUN = regex.compile(r"[.,;:!?](?:\s*[.,;:!?])+")
_SPACE_BEFORE = regex.compile(r"\s+(?=[.,;:!?)])")
_SPACE_AFTER_OPEN = regex.compile(r"(?<=\()\s+")
_REPEATED = regex.compile(r"'{2,}|\"{2,}|\({2,}|\){2,}")
_LEADING = regex.compile(r"^[\s.,;:!?)'-]+(?=\s|$)|^[.,;:!?)]+")


def _strongest(run: regex.Match[str]) -> str:
    """One mark for a run of them: a question outweighs an exclamation, which outweighs a full stop."""
    return next((mark for mark in "?!." if mark in run.group()), run.group()[0])


def _spaced(text: str) -> str:
    """The part of a text that is read, each run of white space as one space: no pattern meets a long run."""
    return " ".join(text[:LONGEST].split())


def _unescape(text: str) -> str:
    return html.unescape(_DIGITS.sub(r"&#\1", text))


def _clean_once(text: str) -> str:
    text = _MARKS.sub(r"\1", _unescape(_unescape(text[:LONGEST])).translate(_TYPOGRAPHIC))
    text = _spaced(unicodedata.normalize("NFKC", text))
    text = _LINK.sub(" ", _TAG.sub(" ", text))
    text = _SYMBOL.sub(" ", _DASH.sub(", ", _spaced(text)))
    text = _BRACKETS.sub(" ", _LONE_HYPHEN.sub(" ", _spaced(text)))
    text = _RUN.sub(_strongest, _spaced(text))
    text = _REPEATED.sub(lambda run: '"' if run.group()[0] == "'" else run.group()[0], text)
    text = _GLUED_SENTENCE.sub(r"\g<0> ", text)
    text = _SPACE_AFTER_OPEN.sub("", _SPACE_BEFORE.sub("", text))
    return _LEADING.sub("", " ".join(text.split())).strip()


class CleanText(str):
    """What `clean` gave: handed on, it is not cleaned again. Any part of it is an ordinary text."""

    __slots__ = ()


def clean(text: str) -> CleanText:
    """Remove what no one reads: emojis, links, HTML, stray symbols, runs of punctuation, glued sentences.

    Cleaning a cleaned text changes nothing. The rules are those of the original project's report. Of a text
    longer than LONGEST characters the rest is left out; the time taken is linear in the length.
    """
    if isinstance(text, CleanText):
        return text
    # One pass can uncover work for another, as in "&lt;br&gt;"; nearly every text needs one.
    for _ in range(8):
        cleaned = _clean_once(text)
        if cleaned == text:
            break
        text = cleaned
    return CleanText(cleaned)


_CENSORING = frozenset("*#$%&")
_CENSORED = regex.compile(
    r"(?<![\w*])(?:mother|bull)?[abcdfnpstw][a-z]{0,3}\*+(?:[a-z]|(?<=\*\*))", regex.IGNORECASE
)
_GRAWLIX = regex.compile(r"(?<![\w@#$%&*])[@#$%&*!]{4,}")
_CHUNK = regex.compile(r"\S+")


def is_censored(text: str) -> bool:
    """Whether a raw text, of which LONGEST characters are read, has a censored insult such as `f***`."""
    text = text[:LONGEST]
    if _CENSORING.isdisjoint(text):
        return False
    return _CENSORED.search(text) is not None or any(map(_is_grawlix, _CHUNK.findall(text)))


def _is_grawlix(chunk: str) -> bool:
    """Whether four marks or more in a row stand for a word, as `@#$%!` do and `good!!!!` does not."""
    marks = _GRAWLIX.search(chunk)
    return marks is not None and marks.start() <= max(map(chunk.rfind, "#$%&"))


# --- stated scores ------------------------------------------------------------------------------------------

_UNIT = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten)"
_HALF = r"(?:\s*1/2|\s*½|\s+and\s+a\s+half)?"
_NUMBER = rf"(?:\d{{1,3}}(?:[.,]\d{{1,2}})?{_HALF}|{_UNIT}{_HALF}|half\s+an?)"
_OUT_OF = r"(?:\s*/\s*|\s+out\s+of\s+(?:a\s+(?:possible\s+)?)?)(?:100|10|5|4|ten|five|four)(?![\d/])"
_GRADE = r"(?-i:[A-DF](?:[+-]|(?![\w'])))"
_GIVEN = r"(?:an?\s+)?(?:(?:solid|strong|generous|perfect|full)\s+)?"
_SCORE = regex.compile(
    "|".join(
        [
            rf"(?<![\w/]){_NUMBER}\+?{_OUT_OF}(?:\s*stars?\b)?",
            rf"(?<![\w/]){_NUMBER}[\s-]*(?:gold\s+)?stars?\b(?:\s+(?:out\s+)?of\s+(?:\d+|{_UNIT})\b)?",
            r"\bout\s+of\s+(?:10|ten)\b",
            r"(?<![\w*])\*{1,5}\s*(?:1/2|½)?\s*(?:/|out\s+of)\s*(?:\*+|\d+|four|five)",
            r"(?<![\w*])\*{2,5}(?:\s*(?:1/2|½))?(?![\w*])|[★☆⭐]+\s*½?",
            r"\b(?:rating|score|grade|vote|verdict)\s*(?:is|was|of)?\s*(?:an?)?\s*[:=-]?\s*"
            rf"(?:\d{{1,2}}(?:[.,]\d)?(?![\d%])(?:{_OUT_OF})?|{_GRADE})",
            r"\b(?:gi?ve|gave|giving|rated?|rating|score[ds]?|graded?)\s+(?:it|this(?:\s+\w+)?|the\s+\w+)\s+"
            rf"{_GIVEN}(?:\d{{1,2}}(?:[.,]\d)?(?![\d%])(?:{_OUT_OF})?|{_UNIT}(?=\s*[.,!?;)]|\s*$)|{_GRADE})",
        ]
    ),
    regex.IGNORECASE,
)


def mask_scores(text: str) -> str:
    """Remove stated scores (`7/10`, `8 out of 10`, `four stars`, `Rating: B+`), which give the label away.

    Runs before `clean`, which would break them into loose digits. Catching every score costs a few words that
    are not scores, as in "the two stars of the film". A text with a score comes back with single spaces, and
    of one longer than LONGEST that many characters.
    """
    masked, scores = _SCORE.subn(" ", _spaced(text))
    return masked if scores else text


def states_score(text: str) -> bool:
    """Whether a text states its own score in figures or words, in its first LONGEST characters."""
    return _SCORE.search(_spaced(text)) is not None


# --- stars and prefix ---------------------------------------------------------------------------------------


def stars_from_rating(rating: float, scale: int = 10) -> int:
    """Map a rating on 1..`scale` to stars on 1..5: `ceil(rating * 5 / scale)`; on 1..5 the nearest stars.

    Raises RevdemoError for a rating that is missing or off the scale.
    """
    if not isinstance(rating, int | float) or math.isnan(rating) or not 0 < rating <= scale:
        raise RevdemoError(
            "The rating {rating!r} is not on the scale 1 to {scale}. Name the scale it is on.",
            rating=rating,
            scale=scale,
        )
    if scale == 5:
        return max(1, math.floor(rating + 0.5))  # of 4.1, four; a half is rounded up
    return math.ceil(rating * 5 / scale - 1e-9)


def check_template(template: str) -> None:
    """Raise RevdemoError unless a template holds `{stars}`, nothing unknown, and ends at a full stop."""
    fields = _fields(template)
    if "stars" not in fields or not fields <= {"stars", "word", "kind"} or not template.endswith("."):
        raise RevdemoError(
            "The prefix template {template!r} must hold {{stars}}, may hold {{word}} and {{kind}}, and must "
            "end at a full stop.",
            template=template,
        )


def check_bare_template(template: str) -> None:
    """Raise RevdemoError unless a template for any stars holds at most `{kind}` and ends at a full stop."""
    if not _fields(template) <= {"kind"} or not template.endswith("."):
        raise RevdemoError(
            "The prefix template {template!r} is for any stars: it may hold {{kind}}, nothing else, and must "
            "end at a full stop.",
            template=template,
        )


def _fields(template: str) -> set[str]:
    """The names between braces; RevdemoError where a brace is not closed."""
    try:
        return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
    except ValueError as error:
        raise RevdemoError(
            "The prefix template {template!r} is broken: {error}.", template=template, error=error
        ) from error


@dataclass(frozen=True)
class Prefix:
    """The words that ask a generator for a review; they travel with its checkpoint.

    template: holds {stars}, maybe {word} and {kind}. bare: asks for a review of any stars. kind: what a
    review is about that was asked for without one.
    """

    template: str = DEFAULT_PREFIX
    bare: str = BARE_PREFIX
    kind: str = DEFAULT_KIND

    def __post_init__(self) -> None:
        check_template(self.template)
        check_bare_template(self.bare)
        check_kind(self.kind)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Prefix:
        """The prefix of a checkpoint, by its revdemo.json."""
        names = {"template": "prefix", "bare": "bare_prefix", "kind": "kind"}
        return cls(**{own: config[name] for own, name in names.items() if name in config})

    @property
    def knows_kinds(self) -> bool:
        """Whether it says what the review is about."""
        return "kind" in _fields(self.template)

    def ask(self, stars: int | None, kind: str | None = None) -> str:
        """The words for a review of `stars` (1..5), or of any (None), about a kind (None: its own).

        The kind makes no difference where the template does not hold it. Raises RevdemoError for stars or a
        kind that do not exist.
        """
        about = self.kind if kind is None else check_kind(kind)
        if stars is None:
            return self.bare.format(kind=about)
        if stars not in STARS:
            raise RevdemoError("Stars are 1, 2, 3, 4 or 5, not {stars!r}.", stars=stars)
        return self.template.format(stars=stars, word=WORDS[stars], kind=about)


def prefix(stars: int | None, template: str = DEFAULT_PREFIX) -> str:
    """The words that ask the generator for a review of `stars` (1..5), or for any review (None)."""
    return Prefix(template).ask(stars)
