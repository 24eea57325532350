"""Tables as people have them: encodings, separators, titles above the header, ratings on every scale."""

import csv
import io
import json
from datetime import date, datetime, timedelta

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from revdemo.errors import RevdemoError
from revdemo.tables import table as tables
from revdemo.tables.ratings.cells import Rating, read_rating, stars_of
from revdemo.tables.ratings.scale import guess_scale
from revdemo.tables.reading import chunks
from revdemo.tables.table import labelled, open_chosen, read_table, write_table

GOOD, BAD = "A warm, funny film with a heart", "Dull; I left before the end"


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def sheet(path, *rows, merged=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    book.save(path)
    return path


@pytest.mark.parametrize(
    "kind",
    [pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.duration("s"), pa.date32()],
    ids=str,
)
def test_a_time_that_python_cannot_hold_is_refused_in_words(tmp_path, kind):
    days = kind == pa.date32()
    odd = pa.array(np.array([2**31 - 1 if days else 2**60], "int32" if days else "int64"))
    table = pa.table({"review": [GOOD], "seen": odd.view(kind)})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(RevdemoError, match='"seen" has a time outside the years 1 to 9999'):
        open_chosen(tmp_path / "a.parquet")


def test_times_that_python_can_hold_are_read(tmp_path):
    columns = {
        "review": [GOOD],
        "seen": [datetime(2001, 2, 3)],
        "day": [date(1, 1, 1)],
        "took": [timedelta(3)],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert open_chosen(tmp_path / "a.parquet").text == "review"


# --- ratings ---


@pytest.mark.parametrize(
    ("cell", "scale", "stars"),
    [
        (4, 5, 4), (4.0, 5, 4), ("4", 5, 4), ("5.0", 5, 5), ("4,5", 5, 5), (" 3 ", 5, 3), ("four", 5, 4),
        ("4/5", 5, 4), ("8/10", 5, 4), ("4 stars", 5, 4), ("1 Star", 5, 1), ("★★★", 5, 3), ("★★☆☆☆", 5, 2),
        ("4.0 out of 5 stars", 5, 4), ("4 of 5", 5, 4), ("Rated 2 out of 5", 5, 2),
        (1, 10, 1), (2, 10, 1), (3, 10, 2), (10, 10, 5), (20, 100, 1), (21, 100, 2), (2, 3, 4), (4.2, 7, 3),
        (4.1, 5, 4), (0.5, 5, 1),
        (0, 5, None), (6, 5, None), ("", 5, None), ("n/a", 5, None), (None, 5, None), (True, 5, None),
        ("-1", 5, None), (float("nan"), 5, None), ("12/5", 5, None),
        ("4 of them", 5, None),
    ],
)  # fmt: skip
def test_stars_of_a_rating(cell, scale, stars):
    assert stars_of(cell, scale) == stars


@pytest.mark.parametrize(
    ("cells", "scale"),
    [([1, 4], 5), ([5, 6], 10), ([11], 100), (["4/7", "2/7"], 7), ([101], None), ([], None)],
)
def test_the_scale_is_the_smallest_that_holds_them(cells, scale):
    assert guess_scale(map(read_rating, cells)) == scale


def test_a_rating_says_what_it_is_out_of():
    assert read_rating("8 / 10") == Rating(8, 10)
    assert read_rating("8") == Rating(8)


# --- columns ---


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"Review Text": [GOOD], "Rating": ["4"]}, ("Review Text", "Rating", 5)),
        ({"id": [1], "opinion": [GOOD], "Score": [9.5]}, ("opinion", "Score", 10)),
        ({"text": [GOOD], "label": ["positive"]}, ("text", None, None)),
        ({"text": [GOOD, BAD], "label": [0, 4]}, ("text", None, None)),  # two values: labels
        ({"text": [GOOD], "age": [33]}, ("text", None, None)),
        ({"title": ["Fine film"], "content": [GOOD], "user_rating": ["★★"]}, ("content", "user_rating", 5)),
        ({"only": ["x"]}, ("only", None, None)),
    ],
)
def test_columns_are_guessed(tmp_path, columns, found):
    write_table(pd.DataFrame(columns, dtype=object), tmp_path / "a.jsonl")
    chosen = open_chosen(tmp_path / "a.jsonl")
    assert (chosen.text, chosen.rating, chosen.scale) == found


def test_without_texts_the_columns_are_listed(tmp_path):
    with pytest.raises(RevdemoError, match=r"Which column holds the texts\?.*id, price"):
        open_chosen(write(tmp_path / "a.csv", "id,price\n1,2.50\n"))


# --- files ---


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('a;b\n"x;y";"1,5"\n', [{"a": "x;y", "b": "1,5"}]),
        ('"a;b","c, d"\n"x;y;z","fine; ok, yes, no"\n', [{"a;b": "x;y;z", "c, d": "fine; ok, yes, no"}]),
        ("text\nGreat, fun\nBad, sad, mad\n", [{"text": "Great, fun"}, {"text": "Bad, sad, mad"}]),
        (",text\n0,x\n", [{"column 1": "0", "text": "x"}]),
        ("a|b\n1,2|3,4\n", [{"a": "1,2", "b": "3,4"}]),
        ("My export of May,,\n\na,b,c\n1,2,3\n4,5,\n", [dict(a="1", b="2", c="3"), dict(a="4", b="5", c="")]),
        ("sep=;\na;b\n1;2\n", [{"a": "1", "b": "2"}]),
        ("a,a\n1,2\n", [{"a": "1", "a.2": "2"}]),
        ('a,b\n"two\nlines",2,,\n', [{"a": "two\nlines", "b": "2"}]),
        ("a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
    ],
)  # fmt: skip
def test_a_csv_is_read_as_it_was_meant(tmp_path, content, rows):
    assert read_table(write(tmp_path / "a.csv", content)).to_dict("records") == rows


def test_a_row_longer_than_the_header_is_named(tmp_path):
    with pytest.raises(
        RevdemoError, match="row 2 has 3 cells and the header names 2; are its texts in quotes"
    ):
        read_table(write(tmp_path / "a.csv", "stars,text\n5,Great, fun\n"))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_the_encoding_is_told(tmp_path, encoding):
    path = write(tmp_path / "a.csv", "Größe;text\n5;Très bien, déjà vu\n".encode(encoding))
    assert read_table(path).to_dict("records") == [{"Größe": "5", "text": "Très bien, déjà vu"}]


def test_a_letter_that_is_not_utf_8_may_come_late(tmp_path):
    path = write(tmp_path / "a.csv", b"text\n" + b"fine\n" * 400_000 + "öde\n".encode("latin-1"))
    assert list(chunks(path, 400_000))[1]["text"].tolist() == ["öde"]


def test_a_messy_spreadsheet(tmp_path):
    path = sheet(
        tmp_path / "a.xlsx",
        [],
        [None, "Reviews, as exported in May"],
        [],
        [None, "Review", "Stars", None, "Bought"],
        [None, GOOD, "5", None, datetime(2024, 5, 1)],
        [],
        [None, BAD, 1],
        [None, "=1+1", "★★"],
        merged="B2:E2",
    )
    chosen = open_chosen(path)
    assert (chosen.text, chosen.rating, chosen.scale, chosen.rows) == ("Review", "Stars", 5, 3)
    found = read_table(path)
    assert list(found.columns) == ["column 1", "Review", "Stars", "column 4", "Bought"]
    assert found["Bought"][0] == datetime(2024, 5, 1)
    assert labelled(chosen)["stars"].tolist() == [5, 1]  # the formula was never computed, so there is no text


def test_a_spreadsheet_whose_first_sheet_is_empty(tmp_path):
    path = sheet(tmp_path / "a.xlsx", ["text"], [GOOD])
    book = openpyxl.load_workbook(path)
    book.create_sheet("cover", 0)
    book.save(path)
    assert open_chosen(path).rows == 1


def test_pieces_have_all_columns_and_count_on(tmp_path):
    lines = "\n".join(json.dumps({"text": f"film {n}"} | ({"late": n} if n > 3 else {})) for n in range(5))
    first, *_, last = chunks(write(tmp_path / "a.jsonl", lines), rows=2)
    assert list(first.columns) == list(last.columns) == ["text", "late"]
    assert list(last.index) == [4]
    assert last["late"].tolist() == [4]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "it is empty"),
        ("a.csv", b"\n\n", "it is empty"),
        ("a.csv", b"text,stars\n", "holds no rows"),
        ("a.csv", b"PK\x03\x04\0\0", "holds binary data"),
        ("a.csv", b'text,stars\n"' + b"x" * 1_100_000, "more than 1,000,000 characters"),
        ("a.jsonl", b" \n", "it is empty"),
        ("a.jsonl", b'{"text": "x"}\n{"text"\n', "line 2 is not a JSON object"),
        ("a.xlsx", b"", "not a readable xlsx table"),
        ("a.parquet", b"PAR1", "not a readable parquet table"),
        ("a.pdf", b"%PDF", "is not a table that can be read here"),
    ],
)
def test_what_cannot_be_read_is_said_without_its_folder(tmp_path, name, content, message):
    with pytest.raises(RevdemoError, match=message) as error:
        open_chosen(write(tmp_path / name, content))
    assert str(tmp_path) not in str(error.value)


def test_an_empty_spreadsheet(tmp_path):
    with pytest.raises(RevdemoError, match="it is empty"):
        open_chosen(sheet(tmp_path / "a.xlsx", [None, None]))


# --- a chosen table ---


def test_the_scale_comes_from_every_row(tmp_path):
    path = write(tmp_path / "a.csv", "text,rating\n" + "fine,4\nso so,3\n" * 1500 + "great,9\n" * 99)
    chosen = open_chosen(path, name="mine.csv")
    assert (chosen.scale, chosen.rows, chosen.name) == (10, 3099, "mine.csv")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": "no"}, "no column 'no'"),
        ({"rating": "no"}, "no column 'no'"),
        ({"rating": "when"}, "cannot be read"),
        ({"scale": 1}, "must be a whole number from 2"),
    ],
)
def test_wrong_corrections_are_refused(tmp_path, given, message):
    path = write(tmp_path / "a.csv", f"text,stars,when\n{GOOD},4,May\n".replace("warm, ", ""))
    with pytest.raises(RevdemoError, match=message):
        open_chosen(path, **given)


def test_no_rating_can_be_asked_for(tmp_path):
    path = write(tmp_path / "a.csv", "text,stars\nfine,4\n")
    chosen = open_chosen(path, rating="")
    assert (chosen.rating, chosen.scale) == (None, None)
    with pytest.raises(RevdemoError, match="no column of ratings"):
        labelled(chosen)


def test_labelled_rows_are_clean_and_the_others_counted(tmp_path):
    path = write(tmp_path / "a.csv", "text,stars\nfine <b>film</b>,4\n😀,3\nnice,\nbad,1\nodd,7\n")
    found = labelled(open_chosen(path, scale=5))
    assert found.to_dict("list") == {"row": [0, 3], "text": ["fine film", "bad"], "stars": [4, 1]}
    assert str(found["stars"].dtype) == "Int8"
    assert found.attrs["dropped"] == {"no words": 1, "no rating": 2}


def test_a_table_without_a_usable_row_is_refused(tmp_path):
    with pytest.raises(RevdemoError, match="has both words"):
        labelled(open_chosen(write(tmp_path / "a.csv", "text,stars\n😀,4\n")))


# --- writing ---


def test_parquet_is_read_outside_of_the_pool_that_keeps_what_is_freed(tmp_path):
    texts = [f"The {n}th letter came back unopened, and so did the one after it." for n in range(20_000)]
    pq.write_table(pa.table({"review": texts}), tmp_path / "a.parquet")
    usual, other = pa.default_memory_pool(), pa.system_memory_pool()
    before = usual.bytes_allocated(), other.bytes_allocated()
    held = list(chunks(tmp_path / "a.parquet"))
    assert sum(map(len, held)) == 20_000
    assert pa.default_memory_pool().backend_name == usual.backend_name
    if usual.backend_name != other.backend_name:
        assert usual.bytes_allocated() - before[0] < other.bytes_allocated() - before[1]


@pytest.mark.parametrize("out", ["b.csv", "b.tsv", "b.xlsx", "b.json", "b.jsonl", "b.parquet"])
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.jsonl", "a.parquet"])
def test_every_kind_is_written_as_every_other(tmp_path, name, out):
    frame = pd.DataFrame({"self": [GOOD, "=1+1"], "n": ["007", "-5"]}, dtype=object)
    write_table(frame, tmp_path / name)
    write_table(read_table(tmp_path / name), tmp_path / out)
    assert read_table(tmp_path / out).astype(object).to_dict("list") == frame.to_dict("list")


def test_kinds_of_values_are_kept_where_the_format_has_them(tmp_path):
    rows = [{"n": 1, "x": 0.5, "mixed": 1, "list": ["a"]}, {"n": None, "x": 2, "mixed": "two", "list": None}]
    frame = pd.DataFrame(rows, dtype=object)
    write_table(frame, tmp_path / "a.parquet")
    found = read_table(tmp_path / "a.parquet")
    assert [str(kind) for kind in found.dtypes] == [
        "int64[pyarrow]", "double[pyarrow]", "string[pyarrow]", "string[pyarrow]",
    ]  # fmt: skip
    assert found["mixed"].tolist() == ["1", "two"]
    write_table(frame, tmp_path / "a.jsonl")
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == rows


def test_formulas_are_defused_when_asked_and_numbers_left_alone(tmp_path):
    frame = pd.DataFrame({"=a": ["=1+1", "-5", "@x", "fine", None]}, dtype=object)
    with tables.writing(tmp_path / "a.csv", ["=a"], inert=True) as write_piece:
        write_piece(frame)
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["'=a", "'=1+1", "-5", "'@x", "fine", '""']


def test_a_lone_carriage_return_starts_no_cell_of_its_own(tmp_path):
    path = tmp_path / "out.csv"
    with tables.writing(path, ["text", "note"], inert=True) as write:
        write(pd.DataFrame({"text": ["\r=1+1", "a\r=2+2"], "note": ["x", "y"]}))
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert rows == [["text", "note"], ["'\r=1+1", "x"], ["a\r=2+2", "y"]]


def test_a_formula_in_a_spreadsheet_stays_a_text(tmp_path):
    write_table(pd.DataFrame({"text": ["=1+1"]}), tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["A2"].data_type == "s"


def test_more_rows_than_a_spreadsheet_holds_are_refused_before_the_work(tmp_path):
    with pytest.raises(RevdemoError, match="1,048,575 rows"):
        tables.check_writable(tmp_path / "a.xlsx", 2_000_000)


def test_a_write_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(KeyError), tables.writing(tmp_path / "a.csv", ["a"]) as write_piece:
        write_piece(pd.DataFrame({"a": [1]}))
        raise KeyError
    assert list(tmp_path.iterdir()) == []
