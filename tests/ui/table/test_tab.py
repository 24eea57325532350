"""The Your table tab: what it says of an upload, and how its reading is corrected."""

from types import SimpleNamespace

import pandas as pd
import pytest

from revdemo.generation.request import Review
from revdemo.ui.table import balance_view, tab
from revdemo.ui.table.opening import fields

ENDS = ("A warm and funny film.", "The plot never starts.", "It was all right.", "I would watch it again.")


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def shown(outputs):
    """What the tab shows, by name."""
    names = ("chosen", *fields.NAMES, "more", "said", "preview")
    return SimpleNamespace(**dict(zip(names, outputs, strict=True)))


def test_the_tab_says_what_it_understood(tmp_path):
    path = write(tmp_path / "a.csv", "nr,review,<b>stars,empty\n" + f"1,{'long ' * 99},4/10,\n" * 1200)
    page = shown(tab.opened(path))
    chosen = page.chosen
    assert (chosen.text, chosen.rating, chosen.scale, chosen.rows) == ("review", "<b>stars", 10, 1200)
    assert (page.text.value, page.rating.value, page.scale.value) == ("review", "<b>stars", 10)
    assert "1,200 rows, texts in &quot;review&quot;, stars in &quot;&lt;b&gt;stars&quot; of 10" in page.said
    assert "2★ 1,200" in page.said and page.more.visible
    assert page.preview.count("<tr>") == 1 + fields.PREVIEWED
    assert "…" in page.preview and "<b>" not in page.preview and "long " * 40 not in page.preview


def test_what_is_doubtful_is_said_by_the_names_of_the_fields(tmp_path):
    rows = "".join(f"{end},{i % 2},{4.5},<i>\n" for i, end in enumerate(ENDS * 5))
    said = shown(tab.opened(write(tmp_path / "a.csv", "review,label,average_score,x\n" + rows))).said
    assert said.count("<li>") >= 1 and "&quot;average_score&quot; is not used as ratings" in said
    assert "Column of the ratings" in said and "--" not in said


def test_the_tab_lets_columns_be_corrected(tmp_path):
    path = write(tmp_path / "a.csv", "a,b,c\n1,2,3\n4,5,6\n")
    page = shown(tab.opened(path))
    assert page.chosen is None and page.text.value is None and page.rating.value == ""
    assert "No column looks like text. Choose one of a, b, c" in page.said
    assert shown(tab.corrected(path, text="b", rating="")).chosen.text == "b"
    assert shown(tab.corrected(path, text="b", rating="c")).chosen.scale == 10
    assert shown(tab.corrected(path, text="b", rating="c", scale=7)).chosen.scale == 7
    page = shown(tab.corrected(path, text="b", rating="b"))
    assert page.chosen is None and "cannot be in the same column" in page.said
    page = shown(tab.corrected(path, text="b", rating="c", scale=1))
    assert page.chosen is None and "must be a whole number" in page.said and page.more.visible


TEXTS = [f"{end} Number {i}, and not dull at all." for i, end in enumerate(ENDS * 3)]
STARS = [1 + i % 5 for i in range(len(TEXTS))]


def csv(separator: str = ",", header: str | None = "review,stars") -> str:
    rows = [f'"{text}"{separator}{stars}' for text, stars in zip(TEXTS, STARS, strict=True)]
    return "\n".join([*([header.replace(",", separator)] if header else []), *rows]) + "\n"


def test_the_encoding_can_be_corrected(tmp_path):
    texts = "review,stars\n" + "".join(f"Отличный фильм номер {i},{1 + i % 5}\n" for i in range(9))
    path = write(tmp_path / "a.csv", texts.encode("koi8-r"))
    page = shown(tab.corrected(path, encoding=" koi8-r "))
    assert page.encoding.visible and "Отличный фильм" in page.preview and page.chosen.rows == 9
    page = shown(tab.corrected(path, encoding="klingon"))
    assert page.chosen is None and "klingon" in page.said
    assert page.more.visible and page.encoding.value == "klingon", "it can be corrected again"


def test_the_separator_and_the_header_can_be_corrected(tmp_path):
    path = write(tmp_path / "a.csv", csv(";", None))
    page = shown(tab.corrected(path, separator="semicolon", header="no"))
    assert page.chosen.rows == 12 and page.chosen.columns == ["column 1", "column 2"]
    assert page.header.value == "no" and page.separator.value == "semicolon"
    assert shown(tab.corrected(path, header="yes")).chosen.rows == 11
    page = shown(tab.corrected(path, separator="none", header="no"))
    assert page.chosen.columns == ["column 1"] and page.chosen.rating is None


def test_another_sheet_can_be_chosen(tmp_path):
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path) as file:
        for name, rows in (("2025", 12), ("2026", 9)):
            pd.DataFrame({"review": TEXTS, "stars": STARS}).head(rows).to_excel(
                file, sheet_name=name, index=False
            )
    page = shown(tab.opened(str(path)))
    assert page.sheet.visible and not page.encoding.visible and not page.separator.visible
    assert page.sheet.choices == [("2025", "2025"), ("2026", "2026")] and page.chosen.rows == 12
    page = shown(tab.corrected(str(path), sheet="2026"))
    assert page.chosen.rows == 9 and page.sheet.value == "2026"


def test_words_can_be_mapped(tmp_path):
    grades = ["Excellent", "Good", "Poor"] * 4
    rows = "".join(f'"{text}",{grade}\n' for text, grade in zip(TEXTS, grades, strict=True))
    path = write(tmp_path / "a.csv", "review,grade\n" + rows)
    page = shown(tab.opened(path))
    assert page.chosen.rating is None and "What words stand for" in page.said
    page = shown(tab.corrected(path, rating="grade", words="Excellent=5, Good=4, Poor=1"))
    assert page.chosen.read_as.stars == {1: 4, 2: 0, 3: 0, 4: 4, 5: 4}
    page = shown(tab.corrected(path, words="Excellent=9"))
    assert page.chosen is None and "error" in page.said and page.words.value == "Excellent=9"


def test_words_that_are_mapped_make_ratings_of_a_column_that_was_not_used(tmp_path):
    rows = "".join(f'"{text}",{grade}\n' for text, grade in zip(TEXTS, ["Good", "Poor"] * 6, strict=True))
    path = write(tmp_path / "a.csv", "review,grade\n" + rows)
    before = shown(tab.opened(path))
    assert before.rating.value == ""
    names = ("text", "rating", *fields.FILE, "words")
    left = [getattr(before, name).value for name in names]
    page = shown(fields._reader("words", names)(path, before.chosen, "Good=4, Poor=1", *left))
    assert page.chosen.rating == "grade" and page.chosen.read_as.stars == {1: 6, 2: 0, 3: 0, 4: 6, 5: 0}


def test_a_field_that_is_left_as_it_was_reads_nothing(tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", csv())
    chosen = shown(tab.opened(path)).chosen
    monkeypatch.setattr(fields.isolated, "open_table", None)
    for name, value in (("scale", 5), ("words", ""), ("words", None)):
        left = fields._reader(name, fields.NAMES)(path, chosen, value, *[None] * len(fields.NAMES))
        assert left == fields.gr.skip()


@pytest.mark.parametrize(("content", "message"), [("", "it is empty"), ("text,stars\n", "holds no rows")])
def test_the_tab_says_what_is_wrong(tmp_path, content, message):
    page = shown(tab.opened(write(tmp_path / "a.csv", content)))
    assert page.chosen is None and not page.text.visible and page.preview == ""
    assert message in page.said and "error" in page.said


def test_no_table_is_no_mistake():
    page = shown(tab.opened(None))
    assert page.chosen is None and "error" not in page.said and not page.more.visible


def test_the_heading_of_a_sample_says_each_count_once():
    verdicts = [(5, ""), (4, "stars")]
    reviews = [
        Review(i, 1, "A fine film.", 5, stars, 0.6, None, not reason, reason)
        for i, (stars, reason) in enumerate(verdicts, start=1)
    ]
    assert "<h2>5 ★: 1 of 2 accepted</h2>" in balance_view.sampled(reviews)
