"""What a review is: cleaning, stars, prefix. Pure functions, shared by training and the app."""

from __future__ import annotations

import html
import math
import string
import unicodedata

import regex

from revdemo.errors import RevdemoError

STARS = (1, 2, 3, 4, 5)
WORDS = {1: "terrible", 2: "bad", 3: "mixed", 4: "good", 5: "excellent"}
DEFAULT_PREFIX = "Review of {stars}."
BARE_PREFIX = "Review."

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
_TAG = regex.compile(r"</?[a-zA-Z!][^<>]{0,500}>")
_LINK = regex.compile(r"(?:https?://|www\.)[^\s<>\"')]+", regex.IGNORECASE)
_DASH = regex.compile(r"(?<=\S)(?:\s*[—―]\s*|\s+[-–]+\s+|\s*-{2,}\s*|\s*–\s+)(?=\S)")
_SYMBOL = regex.compile(r"[^\p{L}\p{Mn}\p{Mc}\p{Nd}\s'\"!?.,;:()-]|[\ufe00-\ufe0f]")
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


def _clean_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", html.unescape(html.unescape(text)).translate(_TYPOGRAPHIC))
    text = _LINK.sub(" ", _TAG.sub(" ", text))
    text = _SYMBOL.sub(" ", _DASH.sub(", ", text))
    text = _LONE_HYPHEN.sub(" ", text)
    text = _BRACKETS.sub(" ", text)
    text = _RUN.sub(_strongest, text)
    text = _REPEATED.sub(lambda run: '"' if run.group()[0] == "'" else run.group()[0], text)
    text = _GLUED_SENTENCE.sub(r"\g<0> ", text)
    text = _SPACE_AFTER_OPEN.sub("", _SPACE_BEFORE.sub("", text))
    return _LEADING.sub("", " ".join(text.split())).strip()


def clean(text: str) -> str:
    """Remove what no one reads: emojis, links, HTML, stray symbols, runs of punctuation, glued sentences.

    Cleaning a cleaned text changes nothing. The rules are those of the original project's report.
    """
    for _ in range(
        8
    ):  # one pass can uncover work for another, as in "&lt;br&gt;"; nearly every text needs one
        cleaned = _clean_once(text)
        if cleaned == text:
            break
        text = cleaned
    return text


_CENSORING = frozenset("*#$%&")
_CENSORED = regex.compile(
    r"(?<![\w*])(?:mother|bull)?[abcdfnpstw][a-z]{0,3}\*+(?:[a-z]|(?<=\*\*))|(?<![\w@#$%&*])(?=\S*[#$%&])[@#$%&*!]{4,}",
    regex.IGNORECASE,
)


def is_censored(text: str) -> bool:
    """Whether a raw text holds a censored insult such as `f***` or `s**t`."""
    return not _CENSORING.isdisjoint(text) and _CENSORED.search(text) is not None


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
    are none, as in "the two stars of the film".
    """
    return _SCORE.sub(" ", text)


def states_score(text: str) -> bool:
    """Whether a text states its own score in figures or words."""
    return _SCORE.search(text) is not None


# --- stars and prefix ---------------------------------------------------------------------------------------


def stars_from_rating(rating: float, scale: int = 10) -> int:
    """Map a rating on 1..`scale` to stars on 1..5: `ceil(rating * 5 / scale)`.

    Raises RevdemoError for a rating that is missing or off the scale.
    """
    if not isinstance(rating, int | float) or math.isnan(rating) or not 0 < rating <= scale:
        raise RevdemoError(
            f"The rating {rating!r} is not on the scale 1 to {scale}. Name the scale it is on."
        )
    return math.ceil(rating * 5 / scale)


def check_template(template: str) -> None:
    """Raise RevdemoError unless a template holds `{stars}`, nothing unknown, and ends at a full stop."""
    try:
        fields = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
    except ValueError as error:
        raise RevdemoError(f"The prefix template {template!r} is broken: {error}.") from error
    if "stars" not in fields or not fields <= {"stars", "word"} or not template.endswith("."):
        raise RevdemoError(
            f"The prefix template {template!r} must hold {{stars}}, may hold {{word}}, and must end at a "
            "full stop."
        )


def prefix(stars: int | None, template: str = DEFAULT_PREFIX) -> str:
    """The words that ask the generator for a review of `stars` (1..5), or for any review (None)."""
    if stars is None:
        return BARE_PREFIX
    if stars not in STARS:
        raise RevdemoError(f"Stars are 1, 2, 3, 4 or 5, not {stars!r}.")
    check_template(template)
    return template.format(stars=stars, word=WORDS[stars])
