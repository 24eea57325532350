"""No table takes more than it may, also where nothing ends the process: bounds are said in words."""

import gzip
import io
import json
import zipfile

import pandas as pd
import pytest

from revdemo.cli import main
from revdemo.errors import RevdemoError
from revdemo.tables.reading import limits
from revdemo.tables.reading.text import settling
from revdemo.tables.table import open_chosen, read_table, write_table
from tests.support import workbooks

TEXT = "A good film with a fine ending"
ROWS, WIDE = 60, 30


def _lines(rows: int) -> bytes:
    return b"".join(
        json.dumps({"text": f"{TEXT} {n}", "stars": 1 + n % 5}).encode() + b"\n" for n in range(rows)
    )


def _csv(rows: int) -> bytes:
    return ("text,stars\n" + "".join(f"{TEXT} {n},{1 + n % 5}\n" for n in range(rows))).encode()


def _written(kind: str, columns: int, rows: int) -> bytes:
    out = io.BytesIO()
    table = pd.DataFrame({f"text {n}": [TEXT] * rows for n in range(columns)})
    getattr(table, f"to_{kind}")(out, index=False)
    return out.getvalue()


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return out.getvalue()


def _wide(columns: int) -> bytes:
    names, row = (",".join(cells) for cells in ([f"text {n}" for n in range(columns)], [TEXT] * columns))
    return f"{names}\n{row}\n".encode()


CELL = '<c t="s"><v>0</v></c>'
CASES = {  # a bound and its value for the test; a file that is beyond it; what is said
    "rows of a CSV": ("ROWS", 50, "a.csv", lambda: _csv(ROWS), "more than 50 rows"),
    "rows of JSON lines": ("ROWS", 50, "a.jsonl", lambda: _lines(ROWS), "more than 50 rows"),
    "rows of Parquet": ("ROWS", 50, "a.parquet", lambda: _written("parquet", 1, ROWS), "more than 50 rows"),
    "cells of a CSV": ("CELLS", 100, "a.csv", lambda: _csv(ROWS), "more than 100 cells"),
    "cells of Parquet": ("CELLS", 100, "a.parquet", lambda: _written("parquet", 2, ROWS), "than 100 cells"),
    "columns of a CSV": ("COLUMNS", 20, "a.csv", lambda: _wide(WIDE), "more than 20 columns"),
    "columns of Parquet": ("COLUMNS", 20, "a.parquet", lambda: _written("parquet", WIDE, 2), "20 columns"),
    "columns of a sheet": ("COLUMNS", 20, "a.xlsx", lambda: _written("excel", WIDE, 2), "columns"),
    "keys of JSON lines": (
        "COLUMNS", 20, "a.jsonl", lambda: b"".join(b'{"k%d": 1}\n' % n for n in range(WIDE)), "20 columns",
    ),
    "a row that a sheet reaches to": (
        "SHEET_CELLS", 1000, "a.xlsx",
        lambda: workbooks.xlsx(f'<row r="1">{CELL}</row><row r="1000000000000">{CELL}</row>'),
        "reaches row 1,000,000,000,000",
    ),
    "cells of a sheet without places": (
        "SHEET_CELLS", 1000, "a.xlsx", lambda: workbooks.xlsx(f"<row>{CELL * 1001}</row>"), "1,000 cells",
    ),
    "texts of a sheet": (
        "SHEET_TEXTS", 1000, "a.xlsx", lambda: workbooks.xlsx(f"<row>{CELL}</row>", "<si/>" * 1001),
        "share more than 1,000 texts",
    ),
    "rows that repeat in an ODS": (
        "SHEET_CELLS", 1000, "a.ods",
        lambda: workbooks.ods(workbooks.ods_row("text") + workbooks.ods_row(TEXT, 5000)),
        "more than 1,000 cells",
    ),
    "a .gz": ("UNPACKED", 1 << 20, "a.csv.gz", lambda: gzip.compress(_csv(40_000)), "more than 1 MB"),
    "a .zip": ("UNPACKED", 1 << 20, "a.zip", lambda: _zip("a.csv", _csv(40_000)), "more than 1 MB"),
    "a sheet's size": (
        "UNPACKED", 1 << 20, "a.xlsx", lambda: workbooks.xlsx(f"<row>{CELL}</row>", " " * (2 << 20)),
        "unpacks to more than 1 MB",
    ),
    "JSON in one piece": (
        "WHOLE_JSON", 1 << 20, "a.json", lambda: json.dumps([{"text": TEXT}] * 40_000).encode(), "one piece",
    ),
    "a line of a CSV": ("LINE", 1000, "a.csv", lambda: _csv(3) + b"x" * 2000, "line 5 is longer than 1,000"),
    "a line of texts": ("LINE", 1000, "a.txt", lambda: b"A film\n" * 3 + b"x" * 2000, "line 4 is longer"),
    "a line of JSON": (
        "LINE", 1000, "a.jsonl", lambda: _lines(3) + b'{"text": "%s"}\n' % (b"x" * 2000), "line 4 is longer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_bound_is_met_in_words(tmp_path, monkeypatch, name):
    bound, value, file, make, said = CASES[name]
    path = tmp_path / file
    path.write_bytes(make())
    monkeypatch.setattr(limits, bound, value)
    with pytest.raises(RevdemoError) as error:
        open_chosen(path)
    assert said in str(error.value) and str(error.value).startswith(file)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("a.json", b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        ("a.jsonl", b'{"text": "a"}\n{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "too deeply"),
        ("a.json", b'[{"text": "a good film", "\\udfff": 1}]', "half of a character, '\\udfff'"),
        ("a.json", b'[{"text": %s}]' % (b"9" * 10_000), "a number has more than 308 digits"),
        ("a.json", b'[{"text": {"$numberInt": -%s}}]' % (b"9" * 309), "a number has more than 308 digits"),
        ("a.jsonl", b'{"text": "a"}\n{"text": %s}\n' % (b"9" * 400), "(a number has more than 308 digits"),
        ("a.xlsx", workbooks.xlsx(f'<row r="{"9" * 5000}">{CELL}</row>'), "more than 4,300 digits"),
    ],
)  # fmt: skip
def test_what_python_cannot_hold_is_said(tmp_path, file, content, said):
    path = tmp_path / file
    path.write_bytes(content)
    with pytest.raises(RevdemoError) as error:
        open_chosen(path)
    assert said in str(error.value)


@pytest.mark.parametrize("out", ["out.csv", "out.xlsx", "out.json", "out.jsonl", "out.parquet"])
def test_half_of_a_character_in_a_text_is_marked_and_written(tmp_path, out):
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"text": "half \\ud800 here, \\ud83d\\ude00 whole", "more": ["\\udfff"]}]')
    write_table(read_table(path), tmp_path / out)
    assert read_table(tmp_path / out)["text"][0] == "half \ufffd here, \U0001f600 whole"


def test_a_quote_that_is_left_open_is_said_before_millions_of_lines_are_read(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b'text,stars\n"' + b"a good film,1\n" * 2000)
    monkeypatch.setattr(limits, "ROWS", 1000)
    monkeypatch.setattr(limits, "CELL", 5000)
    with pytest.raises(
        RevdemoError, match="row 2 has a cell of more than 5,000 characters: is a quote not closed"
    ):
        open_chosen(path)


def test_lines_behind_an_open_quote_are_not_looked_at_one_by_one(tmp_path, monkeypatch):
    path, read = tmp_path / "a.csv", []
    path.write_bytes(b'text,stars\n"' + b"a,1\n" * 50_000)
    lines = limits.lines

    def counted(file):
        for line in lines(file):
            read.append(line)
            yield line

    monkeypatch.setattr(limits, "lines", counted)
    monkeypatch.setattr(limits, "ROWS", 1000)
    monkeypatch.setattr(limits, "CELL", 1000)
    with pytest.raises(RevdemoError, match="a cell of more than 1,000 characters"):
        open_chosen(path)
    assert len(read) < 20_000


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_escaped_quote_is_found_where_a_block_ends_within_it(tmp_path, monkeypatch, place):
    path = tmp_path / "a.csv"
    path.write_text("text,stars\n" + '"A \\"good\\" film, twice",5\n' * 9, "utf-8")
    monkeypatch.setattr(settling, "BLOCK", 10 + place)
    table = read_table(path)
    assert list(table["text"]) == ['A "good" film, twice'] * 9


def test_the_command_line_says_a_bound_in_a_line(tmp_path, monkeypatch, capsys):
    path = tmp_path / "a.csv"
    path.write_bytes(_csv(ROWS))
    monkeypatch.setattr(limits, "ROWS", 50)
    assert main(["inspect", str(path)]) == 2
    said = capsys.readouterr().err
    assert "more than 50 rows" in said and "Traceback" not in said and said.count("\n") == 1
