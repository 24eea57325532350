"""Each kind of table that was once read wrongly is read right, and alike through all three doors."""

import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import revdemo
from revdemo import cli
from revdemo.models import classifier
from revdemo.ui.table import predict_view, tab
from tests.support.fakes_ui import WordClassifier
from tests.tables.corpus import STARS, TEXTS, as_json, delimited, objects, workbook, zipped

ENGLISH, JAPANESE = TEXTS["en"], TEXTS["ja"]
RATED = dict(Counter(STARS))  # rows by stars
ROWS = [[text, stars] for text, stars in zip(ENGLISH, STARS, strict=True)]
HEADER = ["review", "rating"]


class Kind(NamedTuple):
    """A file of a kind that was once read wrongly, and what is right."""

    file: str
    content: bytes
    texts: str = "review"
    ratings: str | None = "rating"
    stars: Mapping[int, int] = RATED
    said: str = ""  # in its notes
    rows: int = 8
    scale: int = 5


def written(rows, header=HEADER) -> bytes:
    return delimited([header, *rows]).encode()


def rated(*cells: object) -> bytes:
    return written([[text, cell] for text, cell in zip(ENGLISH, cells, strict=True)])


def none(content: bytes, said: str, file: str = "a.csv", **right) -> Kind:
    """A table of which no column is used as ratings, and why."""
    return Kind(file, content, **{"ratings": None, "stars": {}, "said": said, **right})


def in_per_cent() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for text, stars in ROWS:
        book.active.append([text, stars / 5])
        book.active.cell(book.active.max_row, 2).number_format = "0%"
    book.save(out := io.BytesIO())
    return out.getvalue()


def twice() -> bytes:
    columns = [pa.array(ENGLISH), pa.array(STARS), pa.array(STARS)]
    pq.write_table(
        pa.Table.from_arrays(columns, ["review", "rating", "rating"]), out := pa.BufferOutputStream()
    )
    return out.getvalue().to_pybytes()


def broken(text: str) -> str:
    head, _, tail = text.partition(" ")
    return f"{head}\n{tail}".replace('"', "").replace(";", ",")


UTF8 = delimited(
    [["rating", "review"], *([stars, text] for text, stars in zip(TEXTS["fr"], STARS, strict=True))]
)
PLUS_MINUS = [1, -1, 1, -1, -1, 1, 1, -1]
OF_TEN = [[6.1, text, 2 * stars] for text, stars in ROWS]
DATES = [["review", "rating"], *([text, datetime(2026, 4, stars)] for text, stars in ROWS)]
LABELS = [[1 + (stars > 2), "A title", text] for text, stars in ROWS]
TYPO = [[f"{text} ({n})", stars] for n in range(25) for text, stars in ROWS] + [
    ["A slip of the finger here", 55]
]
ZERO = [[f"{text} ({n})", stars] for stars in range(5) for n, text in enumerate(ENGLISH)]
ALONE = ["5/5", "nan", "No Negative", "🎬", *(text.replace('"', "") for text in ENGLISH)]

QUOTED = "".join(
    f'"{text.replace(chr(34), "")}, and that is all.";{stars}\n' for text, stars in ROWS
).encode()
NAMES = ("Poor", "Fair", "OK", "Good", "Best")

KINDS = {
    "1 and -1": none(rated(*PLUS_MINUS), "labels such as negative and positive"),
    "an average first": Kind(
        "a.csv", written(OF_TEN, ["Average_Score", "review", "Reviewer_Score"]), ratings="Reviewer_Score",
        said='"Average_Score" is not used', scale=10,
    ),
    "a score of sentiment": none(
        written(([text, stars / 5] for text, stars in ROWS), ["review", "sentiment_score"]), "something else"
    ),
    "no header": none(delimited(LABELS).encode(), "have no names", texts="column 3"),
    "labels 1 and 2": none(written(LABELS, ["label", "title", "review"]), '--map "1=1,2=5"'),
    "one column with commas": none("\n".join(["review", *map(str.lower, ENGLISH)]).encode(), ""),
    "an opening quote": Kind(
        "a.tsv", delimited([HEADER, *ROWS], "\t").replace('"', "").replace("They", '"They').encode(),
        said="Quotes do not come in pairs",
    ),
    "a bad byte": Kind("a.csv", UTF8.encode() + "4,Un café à la crème pour midi\r\n".encode("latin-1"),
                       stars=RATED | {4: 2}, said="are marked with �", rows=9),
    "cut in a letter": Kind("a.csv", UTF8.encode() + "4,Un café pour midi très".encode()[:-2],
                            stars=RATED | {4: 2}, said="it was cut", rows=9),
    "Shift-JIS": Kind("a.csv", delimited([HEADER, *zip(JAPANESE, STARS, strict=True)]).encode("cp932"),
                      said="read as cp932"),
    "JSON by column": Kind("a.json", as_json({
        name: dict(enumerate(cells)) for name, cells in zip(HEADER, zip(*ROWS, strict=True), strict=True)
    })),
    "JSON split": Kind("a.json", as_json({"columns": HEADER, "index": list(range(8)), "data": ROWS})),
    "JSON in an object": Kind("a.json", as_json({"count": 8, "reviews": objects([HEADER, *ROWS])})),
    "a cover sheet": Kind("a.xlsx", workbook(("Read me", [["From the shop"]]), ("Data", [HEADER, *ROWS])),
                          said='not read: "Read me"'),
    "JSON by index": Kind("a.json", as_json(dict(enumerate(objects([HEADER, *ROWS]))))),
    "JSON nested": Kind("a.jsonl", "\n".join(
        json.dumps({"review": {"text": text}, "rating": stars}) for text, stars in ROWS
    ).encode(), texts="review.text"),
    "UTF-16": Kind("a.csv", written(ROWS).decode().encode("utf-16")),
    "no header, semicolons and quotes": Kind("a.csv", QUOTED, texts="column 1", ratings="column 2",
                                             said="have no names"),
    "shares": none(written(([text, stars / 7] for text, stars in ROWS), ["review", "probability"]), ""),
    "a count": Kind("a.csv", written(([text, stars, n] for n, (text, stars) in enumerate(ROWS, start=11)),
                                     ["review", "user_rating", "rating_count"]), ratings="user_rating"),
    "German": Kind("a.csv", rated(*(f"{stars},0 von 5 Sternen" for stars in STARS))),
    "French": Kind("a.csv", rated(*(f"{stars},0 sur 5 étoiles" for stars in STARS))),
    "Japanese": Kind("a.csv", rated(*(f"5つ星のうち{stars}.0" for stars in STARS))),
    "per cent": Kind("a.csv", rated(*(f"{20 * stars}%" for stars in STARS)), scale=100),
    "spaced stars": Kind("a.csv", rated(*(" ".join("★" * stars + "☆" * (5 - stars)) for stars in STARS))),
    "keycaps": Kind("a.csv", rated(*(f"{stars}\ufe0f\u20e3" for stars in STARS))),
    "numbers with names": Kind("a.csv", rated(*(f"{stars} - {NAMES[stars - 1]}" for stars in STARS))),
    "packed": Kind("a.csv.gz", gzip.compress(written(ROWS))),
    "two columns of a name": Kind("a.csv", written(([*row, row[1]] for row in ROWS), [*HEADER, "rating"]),
                                  said="rating.2"),
    "letters": none(rated(*"AFCDFBAD"), 'such as "A"'),
    "thumbs": none(rated(*"👍👎👎👎👎👍👍👎"), 'such as "👎"'),
    "words": none(rated(*["Great", "Bad", "Fair", "Bad", "Bad", "Good", "Great", "Bad"]), '--map "Bad=5'),
    "a typing error": Kind("a.csv", written(TYPO), stars={star: 25 * n for star, n in RATED.items()},
                           said="get no stars: 55", rows=201),
    "decimals": Kind("a.csv", rated(*(stars - 0.4 for stars in STARS)), said="go to the nearest"),
    "line breaks without quotes": Kind(
        "a.csv", "\n".join(["review;rating", *(f"{broken(text)};{n}" for text, n in ROWS)]).encode(),
        said="which are joined",
    ),
    "from 0 to 4": Kind("a.csv", written(ZERO), stars=dict.fromkeys(range(1, 6), 8), said="0 to 4", rows=40),
    "0 for none": Kind("a.csv", rated(0, *STARS[1:]), stars=RATED | {5: 1}, said="taken for none given"),
    "cells of per cent": Kind("a.xlsx", in_per_cent(), scale=100),
    "dates of a spreadsheet": none(workbook(("S", DATES)), "are dates", file="a.xlsx"),
    "the highest one first": none(rated(*(f"5/{stars}" for stars in STARS)), "such as 5 of"),
    "ratings that are empty": none(rated(*[""] * 8), '"rating" is not used as ratings: it is empty'),
    "several scales": Kind("a.csv", rated(*(f"{stars * 2}/10" if n % 3 else f"{stars}/5"
                                            for n, stars in enumerate(STARS))),
                           said="several scales (5, 10)", scale=10),
    "ratings behind a sign": none("".join(f"{text} #{stars}\n" for text, stars in ROWS).encode(),
                                  "begins or ends with what may be a rating", "a.txt", texts="column 1"),
    "a name that says nothing": none(written(ROWS, ["review", "verdict"]), "from 1 to 5, and could be some"),
    "school marks": none(written(ROWS, ["review", "Schulnote"]), '"Schulnote" is not used'),
    "a name that repeats": Kind("a.parquet", twice(), said='"rating.2" could be'),
    "one table in a zip": Kind("a.zip", zipped("a.csv", written(ROWS))),
    "no reviews among texts": none("\n".join(["review", *ALONE]).encode(), "", rows=12),
    "the shop's answer": Kind("a.csv", written((["Thank you, your shop", *row] for row in ROWS),
                                               ["Comment", "reviewText", "overall"]),
                              texts="reviewText", ratings="overall"),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request, tmp_path, monkeypatch):
    """A kind and its file."""
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(classifier, "load_stars", lambda _=None: WordClassifier())
    found = KINDS[request.param]
    path = tmp_path / found.file
    path.write_bytes(found.content)
    return found, path


def test_it_is_read_right_and_alike_through_every_door(kind, capsys):
    right, path = kind
    found = revdemo.inspect(path)
    assert (found.rows, found.texts, found.ratings) == (right.rows, right.texts, right.ratings), str(found)
    assert {stars: n for stars, n in found.stars.items() if n} == dict(right.stars)
    assert found.scale == (right.scale if right.ratings else None)
    assert right.said in str(found), str(found)
    assert cli.main(["inspect", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.as_dict()))
    chosen, *_, summary, _ = tab.opened(str(path))
    assert chosen.read_as == found and f"{right.rows} rows, texts in" in summary
    if right.ratings is None and right.said and not re.search("names|may be|could be", right.said):
        assert "no ratings" in summary and "is not used as ratings" in summary


def test_words_that_are_mapped_are_read_alike_through_every_door(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(rated(*(NAMES[stars - 1] for stars in STARS)))
    said = ",".join(f"{name}={stars}" for stars, name in enumerate(NAMES, start=1))
    found = revdemo.inspect(path, map=said)
    assert found.ratings == "rating" and {star: n for star, n in found.stars.items() if n} == RATED
    assert cli.main(["inspect", str(path), "--json", f"--map={said}"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.as_dict()))
    assert tab.corrected(str(path), words=said)[0].read_as == found


def test_a_map_that_a_note_offers_can_be_given_as_it_stands(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(KINDS["1 and -1"].content)
    offered = re.search(r'--map "(\S+)"', str(revdemo.inspect(path)))
    assert offered and offered[1] == "-1=1,1=5"
    assert cli.main(["inspect", str(path), "--json", "--map", offered[1]]) == 0
    assert json.loads(capsys.readouterr().out)["stars"] == {"1": 4, "2": 0, "3": 0, "4": 0, "5": 4}


@pytest.mark.parametrize("header", [True, False])
def test_a_header_is_said_alike_through_every_door(header, capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(written(ROWS))
    found = revdemo.inspect(path, header=header)
    assert (found.rows, found.header_row) == ((8, 1) if header else (9, None))
    flag = "--header" if header else "--no-header"
    assert cli.main(["inspect", str(path), "--json", flag]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.as_dict()))
    assert tab.corrected(str(path), header="yes" if header else "no")[0].read_as == found


def test_it_is_predicted_as_it_is_read(kind, capsys, tmp_path):
    right, path = kind
    summary = revdemo.predict_table(path)
    assert (summary.rows, summary.wordless + summary.counts.sum()) == (right.rows, right.rows)
    if right.ratings:
        assert {n + 1: count for n, count in enumerate(summary.confusion.sum(axis=1)) if count} == dict(
            right.stars
        )
    assert cli.main(["predict", str(path), "--out", str(tmp_path / "out.jsonl")]) == 0
    assert str(revdemo.inspect(path).line) in capsys.readouterr().err
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == right.rows


@pytest.mark.parametrize("times", [1, 3, 5])
def test_a_small_table_gets_no_intervals_at_any_door(times, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(classifier, "load_stars", lambda _=None: WordClassifier())
    path, few = tmp_path / "a.csv", 8 * times < 30
    path.write_bytes(written([f"{text} ({n})", stars] for n in range(times) for text, stars in ROWS))
    summary = revdemo.predict_table(path)
    rates = [summary.metrics["mae"], summary.metrics["qwk"], *summary.metrics["exact"].values()]
    assert all(rate.few is few and rate.low <= rate.value <= rate.high for rate in rates)
    assert cli.main(["predict", str(path), "--out", str(tmp_path / "out.csv")]) == 0
    told = capsys.readouterr().out
    ends = re.findall(r"% \(([\d.]+) to ([\d.]+)\)", told)
    assert (f"{8 * times} rows are too few for intervals: 30 are needed" in told) is few
    assert bool(ends) is not few and all(0 <= float(low) <= float(high) <= 100 for low, high in ends)
    assert ("too few for an interval" in predict_view.measured(summary)) is few


def test_texts_that_are_no_reviews_get_no_stars(tmp_path, monkeypatch):
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "a.csv"
    path.write_bytes(KINDS["no reviews among texts"].content)
    summary = revdemo.predict_table(path, classifier=WordClassifier())
    assert (summary.wordless, summary.counts.sum()) == (4, 8)


@pytest.mark.parametrize(("start", "kind"), [(b"%PDF-1.4\n", "PDF"), (b"{\\rtf1 Hello}", "RTF")])
def test_a_document_is_not_read_as_a_table(tmp_path, start, kind):
    path = tmp_path / "a.csv"
    path.write_bytes(start)
    with pytest.raises(revdemo.RevdemoError, match=rf"a document \({kind}\): save the table in it"):
        revdemo.inspect(path)


def test_a_table_called_xls_that_is_a_web_page_is_told_how_to_be_saved(tmp_path):
    path = tmp_path / "a.xls"
    path.write_text("<html><table><tr><td>review</td></tr></table></html>")
    with pytest.raises(revdemo.RevdemoError, match=r"web page; .*save it as \.xlsx or \.csv"):
        revdemo.inspect(path)
