"""A corpus of small tables: formats, encodings, layouts and ways of rating, each with its right reading."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

Rows = Sequence[Sequence[Any]]

TEXTS = {
    "en": (
        "The lid closes well, and the soup was still hot at noon.",
        "It broke on the second day; nobody answered my letters.",
        "Neither good nor bad, a lamp that gives light.",
        "My sister borrowed it, and I had to buy another one.",
        'They call it "silent", and it wakes the whole street.',
        "A fair price for what it does, nothing more to say.",
        "Warm, light and well sewn: I wear it every morning.",
        "The colour ran in the first wash and ruined two shirts.",
    ),
    "de": (
        "Der Deckel schließt gut, und die Suppe blieb bis mittags heiß.",
        "Nach zwei Tagen kaputt; auf Briefe kam keine Antwort.",
        "Weder gut noch schlecht, eine Lampe eben, die für Licht sorgt.",
        "Meine Schwester lieh es aus, ich musste mir noch eins kaufen.",
        "Angeblich leise, dabei weckt es die ganze Straße auf.",
        "Ein fairer Preis für das, was es kann, mehr gibt es nicht.",
        "Warm, leicht und schön genäht: Ich trage es jeden Morgen.",
        "Die Farbe ging beim ersten Waschen aus, zwei Hemden sind hin.",
    ),
    "fr": (
        "Le couvercle ferme bien, la soupe était encore chaude à midi.",
        "Cassé dès le deuxième jour ; personne n’a répondu à mes lettres.",
        "Ni bon ni mauvais, une lampe qui éclaire la pièce, sans plus.",
        "Ma sœur me l’a empruntée et j’ai dû en racheter une autre.",
        "On la dit silencieuse, elle réveille pourtant toute la rue.",
        "Un prix honnête pour ce que ça fait, rien à ajouter.",
        "Chaud, léger et bien cousu : je le porte tous les matins.",
        "La couleur a déteint au premier lavage, deux chemises gâchées.",
    ),
    "pl": (
        "Pokrywka dobrze się zamyka, zupa była gorąca aż do południa.",
        "Zepsuło się drugiego dnia, nikt nie odpowiedział na moje listy.",
        "Ani dobra, ani zła, zwykła lampa, która daje światło.",
        "Siostra ją pożyczyła i musiałam kupić jeszcze jedną dla siebie.",
        "Miało być ciche, a budzi każdej nocy całą ulicę.",
        "Uczciwa cena za to, co robi, nic więcej nie dodam.",
        "Ciepłe, lekkie i ładnie uszyte: noszę je każdego ranka.",
        "Kolor puścił w pierwszym praniu i zniszczył dwie koszule.",
    ),
    "ru": (
        "Крышка закрывается плотно, суп оставался горячим до обеда.",
        "Сломалось на второй день, на письма никто не ответил.",
        "Ни хорошо, ни плохо, обычная лампа, которая светит.",
        "Сестра взяла её на время, и мне пришлось купить другую.",
        "Обещали тишину, а будит по ночам всю улицу.",
        "Честная цена за то, что умеет, больше сказать нечего.",
        "Тёплая, лёгкая и хорошо сшитая: ношу каждое утро.",
        "Краска потекла при первой стирке, две рубашки испорчены.",
    ),
    "ja": (
        "ふたがしっかり閉まり、昼までスープが熱いままでした。",
        "二日目に壊れました。手紙を出しても返事がありません。",
        "良くも悪くもない、ただ明るいだけのランプです。",
        "妹が借りていったので、もう一つ買うことになりました。",
        "静かだと聞いていたのに、通りじゅうが目を覚まします。",
        "できることを考えれば手ごろな値段だと思います。",
        "暖かくて軽く、縫い目もきれいで毎朝着ています。",
        "最初の洗濯で色が落ち、シャツが二枚だめになりました。",
    ),
}  # fmt: skip
STARS = (5, 1, 3, 2, 1, 4, 5, 2)
NAMES = ("review", "rating")


class Right(NamedTuple):
    """What a table must be read as: the cells of its texts, and the stars of each row, None for none."""

    texts: Sequence[str]
    stars: Sequence[int | None] | None
    text: str = "review"
    rating: str | None = "rating"


class Case(NamedTuple):
    """A file by its name and bytes, and its right reading."""

    name: str
    content: bytes
    right: Right


# --- how a table is written -------------------------------------------------------------------------------


def delimited(rows: Rows, separator: str = ",", quoting: Any = csv.QUOTE_MINIMAL, end: str = "\r\n") -> str:
    """Rows as a text table."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue()


def workbook(*sheets: tuple[str, Rows]) -> bytes:
    """Sheets by their names, as XLSX."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(out)
    return out.getvalue()


def parquet(rows: Rows) -> bytes:
    """Rows below their header, as Parquet."""
    out = pa.BufferOutputStream()
    header, *body = rows
    columns = [pa.array(list(column)) for column in zip(*body, strict=True)]
    pq.write_table(pa.Table.from_arrays(columns, names=list(header)), out)
    return out.getvalue().to_pybytes()


def objects(rows: Rows) -> list[dict[str, Any]]:
    """Rows below their header, as JSON has them."""
    header, *body = rows
    return [dict(zip(header, row, strict=True)) for row in body]


def as_json(value: object) -> bytes:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False).encode()


def zipped(name: str, content: bytes) -> bytes:
    """A file alone in a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, content)
    return out.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Rows], bytes]]] = {  # by what it is called: its ending, its writer
    "csv": ("csv", lambda rows: delimited(rows).encode()),
    "semicolons": ("csv", lambda rows: delimited(rows, ";").encode()),
    "tabs": ("tsv", lambda rows: delimited(rows, "\t").encode()),
    "bars": ("csv", lambda rows: delimited(rows, "|").encode()),
    "every cell quoted": ("csv", lambda rows: delimited(rows, quoting=csv.QUOTE_ALL, end="\n").encode()),
    "a table called txt": ("txt", lambda rows: delimited(rows, "\t").encode()),
    "mark of UTF-8": ("csv", lambda rows: delimited(rows).encode("utf-8-sig")),
    "separator said": ("csv", lambda rows: ("sep=;\r\n" + delimited(rows, ";")).encode()),
    "xlsx": ("xlsx", lambda rows: workbook(("Sheet1", rows))),
    "a cover sheet": ("xlsx", lambda rows: workbook(("About", [["Exported by the shop"]]), ("Data", rows))),
    "json records": ("json", lambda rows: as_json(objects(rows))),
    "json lines": ("jsonl", lambda rows: b"\n".join(map(as_json, objects(rows)))),
    "json by row": ("json", lambda rows: as_json({str(n): row for n, row in enumerate(objects(rows))})),
    "json by column": (
        "json",
        lambda rows: as_json({
            name: {str(n): cell for n, cell in enumerate(column)}
            for name, column in zip(rows[0], zip(*rows[1:], strict=True), strict=True)
        }),
    ),
    "json split": (
        "json",
        lambda rows: as_json(
            {"columns": rows[0], "index": list(range(len(rows) - 1)), "data": list(rows[1:])}
        ),
    ),
    "json wrapped": ("json", lambda rows: as_json({"page": 1, "reviews": objects(rows)})),
    "json of lists": ("json", lambda rows: as_json([list(row) for row in rows])),
    "parquet": ("parquet", parquet),
    "csv packed by gzip": ("csv.gz", lambda rows: gzip.compress(delimited(rows).encode())),
    "csv in a zip": ("zip", lambda rows: zipped("reviews.csv", delimited(rows, ";").encode())),
}  # fmt: skip

# --- how a rating is written ------------------------------------------------------------------------------

WAYS: dict[str, Callable[[int], Any]] = {
    "whole number": lambda stars: stars,
    "number as text": str,
    "with a point": lambda stars: f"{stars}.0",
    "with a comma": lambda stars: f"{stars},0",
    "of ten": lambda stars: 2 * stars,
    "of a hundred": lambda stars: 20 * stars,
    "as a fraction": lambda stars: f"{stars}/5",
    "as a fraction of ten": lambda stars: f"{2 * stars} / 10",
    "per cent": lambda stars: f"{20 * stars}%",
    "per cent, spaced": lambda stars: f"{20 * stars} %",
    "out of": lambda stars: f"{stars}.0 out of 5 stars",
    "von": lambda stars: f"{stars},0 von 5 Sternen",
    "sur": lambda stars: f"{stars},0 sur 5 étoiles",
    "de": lambda stars: f"{stars},0 de 5 estrellas",
    "su": lambda stars: f"{stars},0 su 5 stelle",
    "van": lambda stars: f"{stars},0 van 5 sterren",
    "z": lambda stars: f"{stars},0 z 5 gwiazdek",
    "av": lambda stars: f"{stars},0 av 5 stjärnor",
    "Japanese": lambda stars: f"5つ星のうち{stars}.0",
    "Turkish": lambda stars: f"5 yıldız üzerinden {stars},0",
    "N stars": lambda stars: f"{stars} star{'s' * (stars > 1)}",
    "stars drawn": lambda stars: "★" * stars + "☆" * (5 - stars),
    "stars spaced": lambda stars: " ".join("★" * stars + "☆" * (5 - stars)),
    "signs of stars": lambda stars: "⭐" * stars,
    "keycaps": lambda stars: f"{stars}\ufe0f\u20e3",
    "a word behind": lambda stars: (
        f"{stars} - {('Awful', 'Poor', 'Average', 'Good', 'Excellent')[stars - 1]}"
    ),
    "rated": lambda stars: f"Rated {stars} out of 5",
    "with a plus": lambda stars: f"+{stars}",
    "na": lambda stars: f"{stars},0 na 5 gwiazdek",
    "Ukrainian": lambda stars: f"{stars} з 5 зірок",
    "Hebrew": lambda stars: f"{stars}.0 מתוך 5 כוכבים",
    "Vietnamese": lambda stars: f"{stars} trên 5 sao",
    "Indonesian": lambda stars: f"{stars} dari 5 bintang",
    "Thai": lambda stars: f"{stars} จาก 5 ดาว",
    "Hindi": lambda stars: f"5 में से {stars} स्टार",
    "scientific": lambda stars: f"{stars}.0e+00",
    "kept as text by a spreadsheet": lambda stars: f"'{stars}",
}


def table(language: str = "en", way: str = "whole number", names: Sequence[str] = NAMES) -> list[list[Any]]:
    """The table of a language: its header and rows, rated in one of the ways."""
    rated = zip(TEXTS[language], map(WAYS[way], STARS), strict=True)
    return [list(names), *(list(row) for row in rated)]


# --- the cases --------------------------------------------------------------------------------------------

ENCODINGS = {  # of each language
    "en": ("ascii", "utf-16", "utf-32"),
    "de": ("utf-8", "cp1252", "utf-16", "utf-16-le"),
    "fr": ("utf-8", "cp1252", "utf-16-be"),
    "pl": ("utf-8", "cp1250", "utf-16"),
    "ru": ("utf-8", "cp1251", "koi8-r", "utf-8-sig"),
    "ja": ("utf-8", "cp932", "euc-jp", "utf-16"),
}
RIGHT = Right(TEXTS["en"], STARS)


def cases() -> Iterator[tuple[str, Case]]:
    """Every case with what it is called."""
    for name, (ending, write) in FORMATS.items():
        for way in ("whole number", "stars drawn", "out of"):
            yield f"{name}, {way}", Case(f"a.{ending}", write(table(way=way)), RIGHT)
    for way in WAYS:
        yield f"rated {way}", Case("a.csv", FORMATS["csv"][1](table(way=way)), RIGHT)
    for language, encodings in ENCODINGS.items():
        right = Right(TEXTS[language], STARS)
        for encoding in encodings:
            text = delimited(table(language), ";" if language in ("de", "fr") else ",")
            yield f"{language} in {encoding}", Case("a.csv", text.encode(encoding), right)
        for kind in ("xlsx", "json lines", "parquet"):
            ending, write = FORMATS[kind]
            yield f"{language} as {kind}", Case(f"a.{ending}", write(table(language)), right)
    yield from layouts()


def layouts() -> Iterator[tuple[str, Case]]:
    """Tables with something around the reviews, beside them, or lacking."""
    for name in ("csv", "xlsx"):
        yield from _around(name)
    yield from _other_layouts()


def _around(name: str) -> Iterator[tuple[str, Case]]:
    """Rows and columns beside the reviews, gaps and labels, in a text table or a workbook."""
    file, write = f"a.{FORMATS[name][0]}", FORMATS[name][1]
    header, *rows = table()
    extra = [[n, text, stars, f"2026-03-{n:02}"] for n, (text, stars) in enumerate(rows, start=1)]
    wide = [["id", "reviewText", "overall", "date"], *extra]
    named = Right(RIGHT.texts, STARS, "reviewText", "overall")
    bare = Right(RIGHT.texts, STARS, "column 1", "column 2")
    part = Right(RIGHT.texts, (None, *STARS[1:-1], None))
    yield f"other columns, {name}", Case(file, write(wide), named)
    yield f"no header, {name}", Case(file, write(rows), bare)
    yield f"a title above, {name}", Case(file, write([["Reviews of May"], [], header, *rows]), RIGHT)
    yield f"blank rows, {name}", Case(file, write([header, *rows[:3], [], *rows[3:]]), RIGHT)
    yield f"totals below, {name}", Case(file, write([header, *rows, ["Average", 2.875]]), RIGHT)
    for blank in ("", "NaN", "N/A", "null", "-"):
        gaps = [[text, blank if place in (0, 7) else stars] for place, (text, stars) in enumerate(rows)]
        yield f"empty as {blank!r}, {name}", Case(file, write([header, *gaps]), part)
    helpful = [[n * 3, *row] for n, row in enumerate(rows)]
    yield f"helpful votes first, {name}", Case(file, write([["helpful_votes", *header], *helpful]), RIGHT)
    reply = [["Thank you for writing to us!", *row] for row in rows]
    yield f"the shop's reply first, {name}", Case(file, write([["reply", *header], *reply]), RIGHT)
    average = [[2.9, *row] for row in rows]
    names = ["average_rating", "review", "user_rating"]
    yield (
        f"the average first, {name}",
        Case(file, write([names, *average]), Right(RIGHT.texts, STARS, "review", "user_rating")),
    )
    lines = [[f"{text[:9]}\n{text[9:]}", stars] for text, stars in rows]
    yield (
        f"line breaks, {name}",
        Case(file, write([header, *lines]), Right([row[0] for row in lines], STARS)),
    )
    labels = [[text, 1 + (stars > 2)] for text, stars in rows] * 2
    none = Right([*RIGHT.texts, *RIGHT.texts], None, "review", None)
    yield f"two labels, {name}", Case(file, write([["review", "label"], *labels]), none)


def _other_layouts() -> Iterator[tuple[str, Case]]:
    """Objects that hold objects, texts alone, and quotes that mean nothing."""
    header, *rows = table()
    nested = [{"id": n, "review": {"text": text, "stars": stars}} for n, (text, stars) in enumerate(rows)]
    right = Right(RIGHT.texts, STARS, "review.text", "review.stars")
    yield "objects in objects", Case("a.json", as_json(nested), right)
    yield (
        "one text a line",
        Case("a.txt", "\n".join(RIGHT.texts).encode(), Right(RIGHT.texts, None, "column 1", None)),
    )
    alone = "\n".join(["review", *(text.replace('"', "") for text in RIGHT.texts)])
    unquoted = [text.replace('"', "") for text in RIGHT.texts]
    yield "one column of prose", Case("a.csv", alone.encode(), Right(unquoted, None, "review", None))
    stray = "\n".join("\t".join(map(str, row)) for row in (header, *rows)).replace("They", '"They')
    yield (
        "a quote that stands alone",
        Case("a.tsv", stray.encode(), Right([text.replace("They", '"They') for text in RIGHT.texts], STARS)),
    )
