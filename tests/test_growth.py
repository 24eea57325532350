"""No text takes long: whatever its shape, ten times the text takes some ten times the time.

Time is that of this process alone, and only its growth is judged: a busy or a slow machine changes neither.
"""

import random
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from revdemo.csv_formulas import inert
from revdemo.evaluation import explain
from revdemo.evaluation.explain import split_sentences
from revdemo.evaluation.tfidf import text_classifier
from revdemo.generation import likeness
from revdemo.generation.copies import CopyIndex, NearDuplicates, distinct, gram_hashes, self_bleu, words
from revdemo.kinds import guess_kind
from revdemo.models import ngrams
from revdemo.reviews import CleanText, clean, is_censored, mask_scores, states_score
from revdemo.tables.columns.texts import is_reviewable
from revdemo.tables.names import plain_name
from revdemo.tables.ratings import cells, judging, scale
from revdemo.tables.reading.layout import is_name
from revdemo.ui.classify.text_checks import notes
from revdemo.ui.errors import without_folders

SIZES = (1_000, 10_000, 100_000)
STEEP = 40  # times the time for ten times the text: n log n is below 15, n squared is 100
UNSEEN = 0.002  # seconds, below which a time says nothing

UNITS = {  # a shape is one of these, over and over
    "space": " ", "tab": "\t", "newline": "\n", "no-break space": "\xa0",
    "information separator": "\x1c", "letter": "a", "capital": "A", "digit": "1",
    "letter and space": "a ", "initials": "J. ", "words": "good film ", "open bracket": "(",
    "close bracket": ")", "brackets": "()", "empty brackets": "( . ", "brackets and dots": "(...",
    "less than": "<", "open tag": "<a ", "close tag": "</", "tags": "<br>", "comment": "<!--",
    "square": "[", "links": "http://a", "spaced links": "www.a.b ", "www": "www.", "scheme": "https://",
    "full stop": ".", "spaced full stop": ". ", "dots": ".... ", "marks": ".,;:",
    "marks and quotes": ".'\" ", "questions": "?!", "exclamation": "!", "grawlix": "!#",
    "spaced grawlix": "!!! #", "censored": "f*", "star": "*", "spaced star": "* ", "stars": "★",
    "half stars": "★½ ", "fraction": "1/", "score": "7/10 ", "decimals": "1.1,", "half": "1 1/2 ",
    "out of": "1 out of ", "and a half": "one and a ", "rating": "rating ", "rating is": "rating is a ",
    "gave it": "gave it a ", "gave this": "gave this ", "score of": "score of ",
    "numbers in words": "ten ", "dash in number": "1 -", "dashes in number": "5- ", "ampersand": "&",
    "entity": "&amp;", "nested entity": "amp;", "number entity": "&#", "number entities": "&#65;",
    "hex entity": "&#x4", "hyphen": "-", "hyphens": " - ", "hyphen and letter": "a-", "em dash": "—",
    "spaced em dash": "— ", "en dash": " –", "mixed dashes": "-–", "apostrophe": "'", "quotes": "'\"",
    "apostrophes in a word": "a'", "typographic": "“’”", "back quote": "`",
    "ligature of many letters": "ﷺ", "accent": "\u0301", "accents in two places": "\u0301\u0323",
    "viramas": "\u0301\u0323\u0334\u093c", "variation selectors": "\ufe0f",
    "accent and selector": "\u0323\ufe0f\u0301", "hangul": "각", "emoji": "😊", "family": "👩\u200d",
    "flags": "🇪🇸", "spaced emoji": "😊 ", "zero width": "\u200b", "byte order": "\ufeff",
    "right to left": "\u202e", "glued sentences": "a.B", "glued marks": "a!b", "abbreviations": "Mr. ",
    "e.g.": "e.g. ", "closing quotes": "a.'\") ", "surrogate": "\ud800", "nul": "\x00", "han": "映",
    "greek": "ß", "long s": "ſ",
}  # fmt: skip


class _Filled(NearDuplicates):
    """Near duplicates with a text of every length seen."""

    def __init__(self) -> None:
        super().__init__()
        for n in SIZES:
            self.add("a long text of many words " * (n // 20))


def _near(text: str) -> int | None:
    return _Filled().add_or_find(text)


def _copies(text: str) -> int:
    return CopyIndex(np.arange(0, 2**40, 2**20, dtype=np.uint64), 4).longest_copy(text)


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "mask_scores": mask_scores,
    "states_score": states_score,
    "is_censored": is_censored,
    "split_sentences": lambda text: split_sentences(CleanText(text)),  # what it does itself
    "notes": lambda text: notes(CleanText(text), False),
    "words": words,
    "gram_hashes": gram_hashes,
    "longest_copy": _copies,
    "near duplicates": _near,
    "distinct": lambda text: distinct([text], 2),
    "self_bleu": lambda text: self_bleu([text, "good film"]),
    "n-grams": lambda text: ngrams.count([text], 2**16),
    "words of an explanation": explain._terms,
    "likeness": likeness._counted,
    "tf-idf": lambda text: text_classifier()[0].fit_transform([f"good film {text}"]),
    "guess_kind": lambda text: guess_kind([text]),
    "read_rating": lambda text: (cells.read_rating(text), cells.is_blank(text), scale.plain(text)),
    "a cell that is shown": judging.shown,
    "is_reviewable": is_reviewable,
    "names of columns": lambda text: (is_name(text), plain_name(text)),
    "inert": inert,
    "without_folders": without_folders,
}


def seconds(function: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    function(text)
    return time.process_time() - began


def growth(function: Callable[[str], object], shape: Callable[[int], str]) -> list[float]:
    """How many times longer each size takes than the one before; ends at the first that is steep."""
    found, taken = [], max(UNSEEN, seconds(function, shape(SIZES[0])))
    for before, size in pairwise(SIZES):
        now = seconds(function, shape(size))
        if now > STEEP * taken:  # once more: the first one may have met a collection of garbage
            taken = max(taken, seconds(function, shape(before)))
            now = min(now, seconds(function, shape(size)))
        found.append(now / taken)
        if found[-1] > STEEP:
            break
        taken = max(UNSEEN, now)
    return found


def repeated(unit: str, start: str = "", end: str = "") -> Callable[[int], str]:
    return lambda n: (start + unit * (n // len(unit)))[: n - len(end)] + end


@pytest.fixture(scope="module", autouse=True)
def imported():
    """What is imported at the first call is no text's fault."""
    for function in FUNCTIONS.values():
        function("A good film.")


@pytest.mark.parametrize(("name", "end"), [*((name, "") for name in FUNCTIONS), ("clean", "#")])
def test_time_grows_with_the_length_alone(name, end):
    steep = {}
    for unit in UNITS:
        ratios = growth(FUNCTIONS[name], repeated(UNITS[unit], "a" if end else "1", end))
        if max(ratios) > STEEP:
            steep[unit] = ratios
    assert not steep


def test_a_cell_that_may_be_a_rating_is_read_at_once():
    """Longer ones are no ratings, so that growth says nothing: the slowest shape against the usual one."""
    parts = [*UNITS.values(), "4", "4 stars ", "von ", "–[ ", "(4 ", "and a half "]
    shapes = {" ".join(f"{one}{other}".join([""] * 60).split())[: cells.LONGEST - 1] + "x"
              for one in parts for other in ("", *parts[::9])}  # fmt: skip
    taken = sorted(min(seconds(cells._read.__wrapped__, shape) for _ in range(3)) for shape in shapes)
    assert len(shapes) > 500 and taken[-1] < 200 * max(taken[len(taken) // 2], 1e-5)


PIECES = st.one_of(
    st.sampled_from(list(UNITS.values())),
    st.text(alphabet=st.characters(), min_size=1, max_size=3),
    st.sampled_from(["gave it ", "rating of ", "(", "<a", "&#", "--", " ", "'", "*", "1", "A", "."]),
)


@pytest.mark.parametrize("name", ["clean", "mask_scores", "is_censored", "split_sentences"])
@examples(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(PIECES, min_size=1, max_size=4), start=st.text(max_size=3), end=st.text(max_size=3))
def test_time_grows_with_the_length_alone_for_any_mixture(name, pieces, start, end):
    assert max(growth(FUNCTIONS[name], repeated("".join(pieces), start, end))) <= STEEP


def test_time_grows_with_the_length_alone_where_nothing_repeats():
    letters = [unit[0] for unit in UNITS.values()]
    drawn = "".join(random.Random(5).choices(letters, k=SIZES[-1]))
    for name, function in FUNCTIONS.items():
        assert max(growth(function, lambda n: drawn[:n])) <= STEEP, name


def test_a_steep_function_is_told():
    def quadratic(text: str) -> int:
        return sum(text[place:].count("x") for place in range(0, len(text), 10))

    assert max(growth(quadratic, repeated("ab"))) > STEEP
