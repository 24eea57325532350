"""What a review is about: the kinds that a generator can be asked for, and which of them a table is of."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from revdemo.errors import RevdemoError

KINDS = ("film", "product", "clothing", "restaurant", "hotel", "book")
DEFAULT_KIND = KINDS[0]
NAMES = {  # other names that columns and people use
    "movie": "film",
    "movies": "film",
    "films": "film",
    "cinema": "film",
    "products": "product",
    "fashion": "clothing",
    "clothes": "clothing",
    "restaurants": "restaurant",
    "food": "restaurant",
    "hotels": "hotel",
    "books": "book",
}
SIGNS = {  # words that reviews of one kind have, and those of the others seldom
    "film": "film films movie movies cinema actor actors actress director screenplay cgi sequel plot",
    "product": "battery product amazon charger device charge wifi usb warranty install plug kindle screen "
    "bought purchased card camera phone speaker",
    "clothing": "dress fabric fit fits sleeves shirt sweater jeans waist hem flattering petite blouse wear "
    "size sizes skirt pants jacket",
    "restaurant": "food restaurant biryani chicken starters taste tasty menu waiter dish dishes ambience "
    "buffet dessert delicious staff",
    "hotel": "hotel room rooms bathroom lobby reception check-in breakfast bed beds stayed stay resort desk "
    "elevator",
    "book": "book books novel author chapter chapters read reading reader writing pages published",
}
MOST = 2000  # texts that are looked at

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)?")
_SIGNS = {word: kind for kind, words in SIGNS.items() for word in words.split()}


def check_kind(kind: str) -> str:
    """The kind itself; raises RevdemoError where there is no such kind."""
    if kind not in KINDS:
        raise RevdemoError(
            "The kind is {kind!r}, and must be one of {kinds}.", kind=kind, kinds=", ".join(KINDS)
        )
    return kind


def kind_named(name: object) -> str:
    """The kind that a value of a column names, such as "Movies"; "" where it names none."""
    plain = str(name).strip().casefold()
    return plain if plain in KINDS else NAMES.get(plain, "")


def guess_kind(texts: Iterable[str]) -> str:
    """The kind that most of the first texts speak of by their words; "product" where none stands out.

    Each text has one voice, for the kind whose words it has most different ones of.
    """
    voices: dict[str, float] = defaultdict(float)
    for _, text in zip(range(MOST), texts, strict=False):
        found = Counter(_SIGNS[word] for word in set(_WORD.findall(str(text).casefold())) if word in _SIGNS)
        if found:
            most = max(found.values())
            leaders = [kind for kind, count in found.items() if count == most]
            for kind in leaders:
                voices[kind] += 1 / len(leaders)
    return max(voices, key=voices.__getitem__) if voices else "product"
