"""Ratings as people write them: a cell is read into its value, and the highest one where it names that."""

import re
import sys
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from revdemo.reviews import stars_from_rating

LONGEST = 60  # characters of a cell that holds a rating and nothing else

# What people write where there is nothing.
BLANK = frozenset(
    """- -- --- – — − . .. ... … ? / na n/a n.a. n.a n\\a #n/a #na nan nat null none nil <na> <null> (null)
    (none) (blank) blank empty missing undefined unknown unrated k.a. k.a #value! #ref! #div/0! #null! #name?
    #num! aucun aucune ninguno ninguna nessuno nessuna keine keiner geen brak
    нет なし 無し 无 無 없음""".split()  # noqa: SIM905
) | {
    "", "not rated", "no rating", "not available", "not applicable", "no score", "no stars", "no review",
    "k. a.", "keine angabe", "sin calificar", "sin calificación", "sans note", "не указано",
}  # fmt: skip


class Rating(NamedTuple):
    """A rating as it was read: its value, and the highest one where the cell says so, as in 4/5."""

    value: float
    of: int | None = None


def read_rating(cell: object) -> Rating | None:
    """The rating in a cell such as 4, "4,5", "4/5", "4,0 von 5 Sternen", "80 %", "★★★½", "5 - Excellent".

    None where the cell is empty, or holds anything else. The time is linear in its length.
    """
    if cell is None or isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return Rating(float(cell)) if abs(cell) <= sys.float_info.max else None  # whole numbers may be larger
    words = str(cell).split()
    if sum(map(len, words)) + len(words) > LONGEST:
        return None
    return _read(" ".join(words))


def is_blank(cell: object) -> bool:
    """Whether a cell is empty, or says in words or signs that there is nothing, such as N/A, null or -."""
    if cell is None or cell != cell:
        return True
    if not isinstance(cell, str):
        return str(cell) in ("<NA>", "NaT")
    return (len(cell) <= LONGEST and cell.strip().casefold() in BLANK) or not cell.strip()


def stars_of(cell: object, scale: int) -> int | None:
    """Stars on 1..5 for a cell with a rating on 1..`scale`, see `stars_from_rating`; None off the scale."""
    found = read_rating(cell)
    if found is None:
        return None
    highest = found.of or scale
    return stars_from_rating(found.value, highest) if 0 < found.value <= highest else None


# --- how a rating is written ------------------------------------------------------------------------------

_COUNTED = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten",
        "eins zwei drei vier fünf", "ein", "un deux trois quatre cinq", "une", "uno dos tres cuatro cinco",
        "una due tre quattro cinque", "um dois três quatro cinco", "uma duas", "een twee drie vier vijf",
    )
    for number, word in enumerate(words.split(), start=1)
}  # fmt: skip
_ENGLISH = "one|two|three|four|five|six|seven|eight|nine|ten"
_STAR = (
    r"(?:(?:gold )?stars?|sterne?n?|[ée]toiles?|estrellas?|estrelas?|stell[ae]|ster(?:ren)?|stjärn(?:a|or)"
    r"|stjerner?|gwiazd(?:ka|ki|ek|y)|зв[её]зд[аы]?|зірк[аи]|зірок|yıldız|tähteä|tähti|hvězd(?:a|y|iček|ičky|ička)"
    r"|csillag|bintang|sao|ดาว|स्टार|αστέρια?|نجوم|نجمة|نجمات|כוכבים|stele|颗星|星级|つ星|星|별|★|⭐|🌟)"
)
_POINT = r"points?|pts?\.?|punkte?n?|puntos?|punt[io]|pontos?|punten|poäng|bodů|баллов|балла?|分|点|점|개"
_UNIT = rf"(?:{_STAR}|{_POINT})"
_OF = (
    r"(?:/|out of(?: a possible)?|of|von|aus|sur|de|su|di|van(?: de)?|uit|av|af|ud af|z|ze|na|из|з|od|iz|din"
    r"|من|από|מתוך|trên|dari|จาก)"
)
_DIGITS = r"\d{1,9}(?:[.,]\d{1,18})?|[.,]\d{1,18}"
_VALUE = rf"(?P<value>{_DIGITS}|{_ENGLISH})"
_HIGHEST = rf"(?P<of>\d{{1,4}}|{_ENGLISH})(?:[.,]0+)?"
_NAME = (
    r"(?:rated|rating|score|stars?|grade|note|nota|bewertung|punteggio|puntuación|calificación|valoración"
    r"|valutazione|voto|avaliação|ocena|оценка|puan|評価|评分|별점|평점)(?: is)?\s*[:=\-–_]?\s*"
)
_BARE = rf"{_VALUE}\s?{_UNIT}?(?:\s?{_OF}\s?{_HIGHEST})?\s?{_UNIT}?"
_LABEL = r"(?P<label>[^\W\d_][^\d/:=()\[\]|]{0,40})"
_GRADE = (
    r"(?:very |extremely )?(?:excellent|outstanding|superb|perfect|great|good|okay|ok|average|fair|mixed"
    r"|mediocre|poor|bad|terrible|awful|horrible|worst|best|satisfied|dissatisfied|positive|negative|neutral)"
)
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?:{_NAME})?{_BARE}[.!]?",
        rf"\(\s?{_BARE}\s?\)|\[\s?{_BARE.replace('<value>', '<value2>').replace('<of>', '<of2>')}\s?\]",
        rf"{_BARE}\s?(?:[-–—:=.)|]\s?|\(\s?|\[\s?){_LABEL}[)\]]?",
        rf"\(\s?{_BARE}\s?\)\s?{_LABEL}",
        rf"{_BARE}\s(?P<label>{_GRADE})",
        rf"(?P<label>{_GRADE})\s{_BARE}",
        rf"{_LABEL}\s?(?:[-–—:=|]\s?|\(\s?|\[\s?){_BARE}[)\]]?",
        rf"(?P<value>{'|'.join(sorted(_COUNTED, key=len, reverse=True))})\s{_STAR}",
        # The highest one comes first, or in words of its own.
        rf"(?P<of>\d{{1,3}})\s?つ星のうち\s?(?P<value>{_DIGITS})",
        rf"星\s?(?P<of>\d{{1,3}})\s?つ中\s?の?\s?(?P<value>{_DIGITS})",
        rf"星\s?(?P<value>{_DIGITS})\s?つ?",
        rf"(?P<of>\d{{1,3}})\s(?:yıldız\s)?üzerinden\s(?P<value>{_DIGITS})(?:\syıldız)?",
        rf"(?:별점?\s)?(?P<of>\d{{1,3}})\s?[점개]\s?(?:만점에|중에서|중)\s?(?P<value>{_DIGITS})\s?[점개]?",
        rf"(?P<of>\d{{1,3}})\sमें\sसे\s(?P<value>{_DIGITS})(?:\sस्टार)?",
        rf"(?P<value>{_DIGITS})\s?颗星\s?[,，]\s?最多\s?(?P<of>\d{{1,3}})\s?颗星",
    )
]
_PERCENT = re.compile(
    rf"(?P<value>{_DIGITS})\s?(?:%|٪|percent|per cent|prozent|pour cent|por ?ciento|por ?cento|per ?cento"
    rf"|procent|процентов)",
    re.IGNORECASE,
)
_SCIENTIFIC = re.compile(r"\d(?:\.\d{1,18})?e[+-]\d{1,2}", re.IGNORECASE)
_SIGNED = re.compile(rf"(?P<sign>[+\-−–])\s?(?P<value>{_DIGITS})")
_HALVES = re.compile(r"(?P<whole>\d)\s?(?:½|1/2|and a half)", re.IGNORECASE)
_MONTH = re.compile(
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|ene|abr|ago|dic|avr|juin|juil"
    r"|aoû|déc)(?:[a-zä]*\.?)(?:[-\s]\d+)?",
    re.IGNORECASE,
)
_FULL, _HALF, _EMPTY = "★⭐🌟✭✮✯⭑●⬤", "½⯪⯨✬◐", "☆✩✰⭒○◯"
_DRAWN_WITH = f"{_FULL}{_EMPTY}* "
_SIGNS = re.compile(rf"[{_FULL}{_HALF}{_EMPTY}]{{1,20}}")
_KEYCAP = re.compile(r"(\d)\ufe0f?\u20e3")
_UNSEEN = dict.fromkeys(map(ord, "\ufe0e\ufe0f\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\xad"))


@lru_cache(maxsize=4096)  # a column has few different ratings
def _read(text: str) -> Rating | None:
    text = _KEYCAP.sub(r"\1", text).replace("🔟", "10").translate(_UNSEEN)
    if drawn := _drawn(text.replace(" ", "")):
        return drawn
    bare = text.strip(_DRAWN_WITH)
    text = bare if bare else text  # as in ★ 4.5, 5* and ⭐⭐⭐⭐ (4)
    text = text.removeprefix("'")  # which makes a text of a number in a spreadsheet
    if _SCIENTIFIC.fullmatch(text):
        return Rating(float(text))
    text = _HALVES.sub(r"\g<whole>.5", text)
    text = unicodedata.normalize("NFKC", text).strip()
    if found := _SIGNED.fullmatch(text):
        value = _number(found["value"])
        return Rating(value if found["sign"] == "+" else -value)
    if found := _PERCENT.fullmatch(text):
        return Rating(_number(found["value"]), 100)
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _rating(found)
    return None


def _rating(found: re.Match[str]) -> Rating | None:
    parts = found.groupdict()
    if parts.get("label") and _MONTH.fullmatch(parts["label"].strip()):  # a date, as spreadsheets make them
        return None
    value, of = parts["value"] or parts.get("value2"), parts.get("of") or parts.get("of2")
    highest = int(_number(of)) if of else None
    return None if highest == 0 or value is None else Rating(_number(value), highest)


def _drawn(signs: str) -> Rating | None:
    """The rating in signs: full, half and empty stars, or asterisks."""
    if 0 < len(signs) <= 10 and set(signs) == {"*"}:
        return Rating(len(signs))
    if not _SIGNS.fullmatch(signs):
        return None
    full, half, empty = (sum(map(signs.count, kind)) for kind in (_FULL, _HALF, _EMPTY))
    return Rating(full + half / 2, full + half + empty if empty else None)


def _number(text: str) -> float:
    word = text.casefold()
    return float(_COUNTED.get(word) or word.replace(",", "."))
