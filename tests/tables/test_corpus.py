"""A table is read right: every case of the corpus, and whatever is written in any of its ways."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from revdemo.tables.table import labels, open_chosen
from tests.tables.corpus import FORMATS, WAYS, Case, cases
from tests.tables.neighbours import neighbours

CASES = dict([*cases(), *neighbours()])


def test_the_corpus_is_large():
    assert len(CASES) >= 120


def readings(case: Case, folder):
    """The texts of a file and the stars of each row, by the columns that it is read as."""
    path = folder / case.name
    path.write_bytes(case.content)
    chosen = open_chosen(path)
    texts, stars = [], []
    for piece in chosen.chunks():
        texts += list(piece[chosen.text])
        stars += labels(piece, chosen)
    return chosen, texts, stars


@pytest.mark.parametrize("name", CASES)
def test_a_table_is_read_right(name, tmp_path):
    case = CASES[name]
    chosen, texts, stars = readings(case, tmp_path)
    assert (chosen.text, chosen.rating) == (case.right.text, case.right.rating), chosen.read_as
    assert texts == list(case.right.texts)
    assert stars == list(case.right.stars or [None] * len(texts))
    assert sum(chosen.read_as.stars.values()) + chosen.read_as.unrated == chosen.rows == len(texts)


# --- written and read back --------------------------------------------------------------------------------

LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))
WORDS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzäéßñłжд"), min_size=2, max_size=9)
TEXT = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(WORDS, min_size=4, max_size=12),
    st.sampled_from(["", ".", "!", "; so", ", \"quoted\" or not", ", or", " 🎬", " | a bar", "\ttab"]),
)  # fmt: skip
ROWS = st.lists(st.tuples(TEXT, st.integers(1, 5)), min_size=6, max_size=20, unique_by=lambda row: row[0])


@given(rows=ROWS, kind=st.sampled_from(sorted(FORMATS)), way=st.sampled_from(sorted(WAYS)))
@examples(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_written_is_read_back(tmp_path, rows, kind, way):
    written = [list(row) for row in (*rows, *((f"Something else is rated {n} here", n) for n in range(1, 6)))]
    ending, write = FORMATS[kind]
    table = [["review", "rating"], *([text, WAYS[way](stars)] for text, stars in written)]
    chosen, texts, stars = readings(Case(f"a.{ending}", write(table), None), tmp_path)
    assert (chosen.text, chosen.rating) == ("review", "rating")
    assert texts == [text for text, _ in written]
    assert stars == [stars for _, stars in written]
