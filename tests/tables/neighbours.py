"""Neighbours of the corpus: files that people have beside the usual ones, each with its right reading."""

import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from tests.tables.corpus import FORMATS, RIGHT, STARS, TEXTS, Case, Right, as_json, delimited, objects, table
from tests.tables.corpus import workbook as sheets

HEADER, *ROWS = table()
OBJECTS = objects(table())
ANSWERS = [f"{text} We thank you, and hope to see you again soon in our shop." for text in TEXTS["en"][::-1]]
CSV, XLSX = FORMATS["csv"][1], FORMATS["xlsx"][1]
PARTS = Right(RIGHT.texts, STARS, "reviews.review", "reviews.rating")


def neighbours() -> Iterator[tuple[str, Case]]:
    """Every case with what it is called."""
    yield from texts()
    yield from names()
    yield from values()
    yield from other_files()


def texts() -> Iterator[tuple[str, Case]]:
    """Separators, encodings, and what stands around the rows of a text table."""
    for name, separator in {"carets": "^", "tildes": "~", "control characters": "\x01"}.items():
        yield name, Case("a.csv", delimited(table(), separator).encode(), RIGHT)
    dashes = [HEADER, ["------", "------"], *ROWS]
    yield "a line drawn below the names", Case("a.tsv", delimited(dashes, "\t").encode(), RIGHT)
    drawn = "\n".join(f"| {text} | {stars} |" for text, stars in [HEADER, ["---", ":--:"], *ROWS])
    yield (
        "a table of Markdown",
        Case("a.txt", drawn.encode(), Right([f" {text} " for text in RIGHT.texts], STARS)),
    )
    note = "Collected by the shop, in May, and for nobody else.\n\n" + delimited(table())
    yield "a sentence above", Case("a.csv", note.encode(), RIGHT)
    for said in ("Average rating", "Total reviews", "Durchschnittliche Bewertung"):
        yield f"{said} below", Case("a.csv", CSV([*table(), [said, 2.875]]), RIGHT)
    german = Right(TEXTS["de"], STARS)
    for encoding in ("mac_roman", "cp850"):
        yield f"German in {encoding}", Case("a.csv", delimited(table("de"), ";").encode(encoding), german)
    polish = Right(TEXTS["pl"], STARS)
    yield "Polish in iso8859_2", Case("a.csv", delimited(table("pl")).encode("iso8859_2"), polish)
    russian = Right(TEXTS["ru"], STARS)
    yield "Russian in cp866", Case("a.csv", delimited(table("ru")).encode("cp866"), russian)
    japanese = Right(TEXTS["ja"], STARS)
    yield "Japanese in iso2022_jp", Case("a.csv", delimited(table("ja")).encode("iso2022_jp"), japanese)


def names() -> Iterator[tuple[str, Case]]:
    """Columns whose names say which texts and ratings are the reviewer's."""
    beside = {
        ("Respuesta del propietario", "Opinión", "Puntuación"): ("Opinión", "Puntuación"),
        ("Antwort des Händlers", "Rezension", "Sterne"): ("Rezension", "Sterne"),
        ("Réponse", "Avis", "Note"): ("Avis", "Note"),
        ("owner_comment", "comment", "score"): ("comment", "score"),
        ("product description", "user feedback", "rating"): ("user feedback", "rating"),
        ("author", "user_review", "userscore"): ("user_review", "userscore"),
        ("reviewtitle", "reviewtext", "starrating"): ("reviewtext", "starrating"),
        ("Titel", "Rezensionstext", "Gesamtbewertung"): ("Rezensionstext", "Gesamtbewertung"),
        ("رد المتجر", "المراجعة", "التقييم"): ("المراجعة", "التقييم"),
    }
    for header, (text, rating) in beside.items():
        long = [[answer, *row] for answer, row in zip(ANSWERS, ROWS, strict=True)]
        yield (
            f"{text} beside {header[0]}",
            Case("a.csv", CSV([header, *long]), Right(RIGHT.texts, STARS, text, rating)),
        )
    critics = [[70 + stars, text, 2 * stars] for text, stars in ROWS]
    header, right = ("metascore", "review", "userscore"), Right(RIGHT.texts, STARS, "review", "userscore")
    yield "the critics' score first", Case("a.csv", CSV([header, *critics]), right)
    asked = ["Timestamp", "What could we do better?", "How many stars do you give us?"]
    form = [asked, *([f"2026/05/01 10:{n:02}", *row] for n, row in enumerate(ROWS))]
    yield "the questions of a form", Case("a.csv", CSV(form), Right(RIGHT.texts, STARS, *asked[1:]))
    groups = [["Customer", None, "Score"], ["name", "review", "rating"], *(["Ann", *row] for row in ROWS)]
    yield "names of groups above the names", Case("a.xlsx", XLSX(groups), RIGHT)


def values() -> Iterator[tuple[str, Case]]:
    """Objects that hold the reviews in another way."""
    halves = [{"page": n + 1, "reviews": OBJECTS[4 * n : 4 * n + 4]} for n in range(2)]
    yield "pages of reviews", Case("a.json", as_json(halves), PARTS)
    yield "pages of reviews a line", Case("a.jsonl", b"\n".join(map(as_json, halves)), PARTS)
    shops = [{"name": f"Lamp {n}", "description": "A lamp for a desk or a shelf", "rating": 3.1, **half}
             for n, half in enumerate(halves)]  # fmt: skip
    yield "reviews of products", Case("a.json", as_json({"products": shops}), PARTS)
    answered = [{**one, "comments": [{"text": answer}]} for one, answer in zip(OBJECTS, ANSWERS, strict=True)]
    yield "reviews with answers", Case("a.json", as_json(answered), RIGHT)
    yield "a list in a list", Case("a.json", as_json([OBJECTS]), RIGHT)
    found = {"hits": {"total": 8, "hits": [{"_id": n, "_source": one} for n, one in enumerate(OBJECTS)]}}
    right = Right(RIGHT.texts, STARS, "_source.review", "_source.rating")
    yield "hits of a search", Case("a.json", as_json(found), right)
    for above, below in (("columns", "rows"), ("headers", "values"), ("fields", "data")):
        yield f"{above} and {below}", Case("a.json", as_json({above: HEADER, below: ROWS}), RIGHT)
    stored = [{"_id": {"$oid": f"{n:024x}"}, "review": text, "rating": {"$numberInt": str(stars)}}
              for n, (text, stars) in enumerate(ROWS)]  # fmt: skip
    yield "numbers of a data base", Case("a.json", "\n".join(map(json.dumps, stored)).encode(), RIGHT)


def other_files() -> Iterator[tuple[str, Case]]:
    """Files of another kind than their name says, and Parquet with objects."""
    yield "a workbook called xls", Case("a.xls", sheets(("Sheet1", table())), RIGHT)
    yield "a table called xls", Case("a.xls", delimited(table(), "\t").encode("utf-16"), RIGHT)
    column = pa.array([{"text": text, "stars": stars} for text, stars in ROWS])
    pq.write_table(pa.table({"id": range(8), "review": column}), out := pa.BufferOutputStream())
    right = Right(RIGHT.texts, STARS, "review.text", "review.stars")
    yield "objects in Parquet", Case("a.parquet", out.getvalue().to_pybytes(), right)
