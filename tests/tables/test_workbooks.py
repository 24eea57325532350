"""An XLSX is streamed, and what is read so is what the library reads that holds other workbooks in memory."""

import io
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from revdemo.tables.reading.layout import trimmed
from revdemo.tables.reading.workbooks import sheets
from revdemo.tables.table import open_chosen, read_table
from tests.support import workbooks
from tests.tables.corpus import STARS, TEXTS

FORMATS = (
    "General", "0%", "yyyy-mm-dd", "m/d/yy h:mm", "h:mm:ss", "[h]:mm", "# ?/?", '"Day" 0', "0.00E+00",
    "[Red]0.0", "d. mmm", "@", '#,##0 "h"', "[$-409]d-mmm-yy", "_-* #,##0.00",
)  # fmt: skip
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 10**9), st.sampled_from([0.5, 1 / 3, 4.25]),
    st.sampled_from(["5", " é★😀 ", "a\nb", "#N/A", "_x000D_"]),
    st.sampled_from([time(7, 8), timedelta(hours=30)]),
    st.sampled_from([datetime(2024, 5, 6), datetime(2024, 5, 6, 7, 8, 9), date(1900, 3, 1)]),
)  # fmt: skip


def read(path, held: bool) -> dict[str, list]:
    """The sheets of a workbook by their names, as one of the two readers has them."""
    with sheets._opened(path, held) as book:
        return {
            name: [(number, trimmed(record)) for number, record in sheets._records(book, name)]
            for name in book.sheets
        }


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, max_size=6), max_size=8), shown=st.sampled_from(FORMATS))
def test_both_readers_read_alike(tmp_path, rows, shown):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for place in range(8):
        book.active.cell(20, 3 + place, (0, 0.25, 1, 3, 60, 61, 45000, 45000.75)[place]).number_format = shown
    book.create_sheet("hidden")["C5"] = "far out"
    book.create_chartsheet("chart")
    book.save(tmp_path / "a.xlsx")
    streamed = read(tmp_path / "a.xlsx", held=False)
    assert streamed == read(tmp_path / "a.xlsx", held=True)
    assert [type(cell) for _, row in streamed["Sheet"] for cell in row] == [
        type(cell) for _, row in read(tmp_path / "a.xlsx", held=True)["Sheet"] for cell in row
    ]
    assert streamed["hidden"] == [(5, [None, None, "far out"])]


PARTS = {
    "shared": ('<c t="s"><v>0</v></c><c><v>5</v></c>', "<si><t>one </t></si>", ["one ", 5]),
    "in runs": ('<c t="s"><v>0</v></c>', "<si><r><t>bo</t></r><r><t>ld</t></r></si>", ["bold"]),
    "with readings": ('<c t="s"><v>0</v></c>', "<si><t>東京</t><rPh><t>トウキョウ</t></rPh></si>", ["東京"]),
    "inline": ('<c t="inlineStr"><is><t>a&amp;b</t></is></c>', "", ["a&b"]),
    "of a formula": ('<c t="str"><f>A1&amp;""</f><v>made</v></c>', "", ["made"]),
    "an error": ('<c t="e"><v>#N/A</v></c><c><v>1</v></c>', "", [None, 1]),
    "true": ('<c t="b"><v>1</v></c>', "", [True]),
    "a date": ('<c t="d"><v>2024-05-06T07:08:09</v></c>', "", [datetime(2024, 5, 6, 7, 8, 9)]),
    "far out": ('<c r="D1"><v>4</v></c>', "", [None, None, None, 4]),
    "escaped": ('<c t="inlineStr"><is><t>a_x000A_b</t></is></c>', "", ["a\nb"]),
    "a text that is not there": ('<c t="s"><v>7</v></c><c><v>1</v></c>', "<si><t>one</t></si>", ["7", 1]),
}


@pytest.mark.parametrize("name", PARTS)
def test_cells_are_read_in_each_way_that_programs_write_them(tmp_path, name):
    cells, texts, right = PARTS[name]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbooks.xlsx(f'<row r="3">{cells}</row>', texts))
    assert read(path, held=False) == {"S": [(3, right)]}
    named = cells.replace("<c", "<x:c").replace("</c", "</x:c")
    path.write_bytes(workbooks.xlsx(f'<x:row r="3" xmlns:x="{workbooks.SHEET}">{named}</x:row>', texts))
    assert read(path, held=False) == {"S": [(3, right)]}


def test_an_xlsx_that_is_not_well_formed_is_read_by_the_other_reader_or_said(tmp_path):
    rows = "".join(
        f'<row><c t="inlineStr"><is><t>{text}</t></is></c><c><v>{stars}</v></c></row>'
        for text, stars in zip(TEXTS["en"], STARS, strict=True)
    )
    header = (
        '<row><c t="inlineStr"><is><t>review</t></is></c><c t="inlineStr"><is><t>rating</t></is></c></row>'
    )
    (tmp_path / "a.xlsx").write_bytes(workbooks.xlsx(header + rows.replace("closes", "closes&#x1;")))
    chosen = open_chosen(tmp_path / "a.xlsx")
    assert (chosen.rows, chosen.rating) == (8, "rating")
    assert len(read_table(tmp_path / "a.xlsx")) == 8


def test_no_sheet_is_held_in_memory(tmp_path, monkeypatch):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("S")
    for row in [("review", "rating"), *zip(TEXTS["en"], STARS, strict=True)]:
        sheet.append(row)
    book.save(out := io.BytesIO())
    (tmp_path / "a.xlsx").write_bytes(out.getvalue())
    monkeypatch.setattr(sheets, "_Held", None)
    assert open_chosen(tmp_path / "a.xlsx").read_as.stars == {1: 2, 2: 2, 3: 1, 4: 1, 5: 2}
