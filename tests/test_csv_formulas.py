"""No cell of a CSV file runs in a spreadsheet."""

import pytest

from revdemo.csv_formulas import inert

RUN = [
    *("=1+1", "+1+1", "-1-1", "@SUM(A1)", '=HYPERLINK("x")', "=cmd|' /C calc'!A0", "-", "- a point"),
    *("＝1+1", "＋1+1", "－1-1", "＠A1", "﹦1", "−1-1"),
    *("\t=1", "\r=1+1", "\n=1", "\ttext", "\rtext", "\x0b=1", "\x00=1", "\x1f+1+1"),
    *(" =1", "\xa0=1", "\u3000=1", "  \t @x", "\u2028=1"),
    *('"=1', "“=1", "«=1", "`=1", '" \u200b"=1', " '=1", "’=1"),
    *("\u200b=1", "\ufeff=1", "\u202e=1", "\u00ad=1", "\u2060 =1", "\ufe0f=1", "\u3164=1", "\u2800=1"),
    *("-1_000", "+1_0", "-1,5 €", "-5%", "-1e5x", "-1.5e", "--1", "+-1", "-e5", "-1\n", "-١", "-inf"),
    *("=5", '"-5', "+49 30 1", "\U000e0001=1"),
]  # fmt: skip
LEFT = [
    *("", " ", "\u200b", "A fine film.", "1-1", "1=1", "a=1", "x", "é", "映画", "😊 =1", "…=1", "(=1)"),
    *("-3,5", "-1.5e3", "+1", "-1", "-1E-7", "-.5", "+,5", "-1.234,50", "+1,234.50", " -5", "-5 ", "5"),
    *("'=1", "'", "''=1", "'\t=1"),
]  # fmt: skip
OTHER = [None, 5, -5, -1.5, float("inf"), True, ["=1"], b"=1"]


@pytest.mark.parametrize("cell", RUN)
def test_what_a_spreadsheet_may_run_gets_an_apostrophe(cell):
    assert inert(cell) == "'" + cell


@pytest.mark.parametrize("cell", LEFT)
def test_plain_texts_and_numbers_are_left_alone(cell):
    assert inert(cell) == cell


@pytest.mark.parametrize("cell", OTHER)
def test_what_is_no_text_is_left_alone(cell):
    assert inert(cell) is cell


@pytest.mark.parametrize("cell", RUN + LEFT)
def test_a_cell_that_was_written_twice_has_one_apostrophe(cell):
    assert inert(inert(cell)) == inert(cell)


def test_a_long_cell_is_told_at_once():
    assert inert("\u200b" * 200_000 + "=1").startswith("'")
    assert inert("-" + "1" * 200_000 + "x").startswith("'")
