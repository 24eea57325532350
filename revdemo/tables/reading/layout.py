"""How a file holds its table: what a visitor may say of it, what was found, and where its header is."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from typing import TypeVar

from revdemo.errors import Phrase
from revdemo.tables.names import plain_name
from revdemo.tables.ratings.cells import read_rating
from revdemo.tables.reading.limits import check_columns

HEAD = 50  # records among which the header is looked for
NOTED = 6  # records, of which the first may be notes above the table
NAMED = 5  # words that the name of a column has at most
NUMERIC = 0.9  # the share of a column's cells that are numbers, from which it is one of numbers
TOTAL = re.compile(
    r"(?:(?:grand |sub)?totals?|sum|average|avg\.?|mean|count|median|number)"
    r"(?: (?:of )?(?:the )?(?:(?:star|review|user) )?(?:ratings?|scores?|stars|reviews|rows))?"
    r"|gesamt(?:summe)?|summe|durchschnitt(?:liche bewertung)?|mittelwert|anzahl(?: bewertungen)?"
    r"|total général|moyenne|note moyenne|somme|promedio|suma|media|totale|totaal|gemiddelde"
    r"|итого|всего|среднее|合計|平均",
    re.IGNORECASE,
)
# Names that people give to columns of reviews, as `plain_name` writes them.
USUAL = frozenset(
    """text review content body comment comments sentence title summary description headline subject message
    feedback tweet opinion review_text reviewtext review_body review_detail review_title stars rating ratings
    score overall label labels star_rating review_rating id review_id user user_id username name author date
    time timestamp created_at asin product product_id product_name item item_id category url link source
    language country helpful votes verified index movie movie_id film hotel city store app version sentiment
    polarity class target texto comentario reseña titulo título calificación puntuación estrellas fecha
    bewertung sterne titel kommentar rezension datum avis note commentaire étoiles testo recensione voto
    valutazione stelle nota""".split()  # noqa: SIM905
)

Record = Sequence[object]
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Layout:
    """How a file is read: its kind, the names of its columns, and what else its reader needs to know.

    header: what a visitor said of it. header_row: where it is, counted from 1; None where there is none.
    start: records before the first row. footer: rows of totals at the end, which are left out. mode: how
    quotes are read; joins: how rows that line breaks cut are joined. sheets: those that are not read.
    percent: columns that are shown as per cent. path, repeats: names of the fields in JSON, and whether
    one stands in an object twice.
    """

    kind: str
    names: tuple[str, ...] = ()
    encoding: str | None = None
    errors: str = "strict"
    separator: str | None = None
    mode: str = ""
    joins: str = ""
    header: bool | None = None
    header_row: int | None = None
    start: int = 0
    footer: int = 0
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    percent: frozenset[str] = frozenset()
    path: tuple[str, ...] = ()
    repeats: bool = False
    notes: tuple[Phrase, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """All that the rows depend on, as a text that is the same in each process."""
        told = vars(self) | {"percent": sorted(self.percent)}
        del told["notes"]
        return repr(told)


def unique_names(header: Iterable[object]) -> tuple[str, ...]:
    """A name for each column, none of them twice; one that has none gets its number."""
    cells = list(header)
    check_columns(len(cells))
    wanted = [
        " ".join(str(cell).split()) if is_filled(cell) else f"column {number}"
        for number, cell in enumerate(cells, start=1)
    ]
    "".join(wanted).encode()  # half of a character, which JSON can hold, has no place in any file
    taken, names = set(wanted), list[str]()
    repeats: Counter[str] = Counter()
    for name in wanted:
        repeats[name] += 1
        new = name
        while repeats[name] > 1 and new in taken:
            new = f"{name}.{repeats[name]}"
            repeats[name] += new in taken
        taken.add(new)
        names.append(new)
    return tuple(names)


def is_filled(cell: object) -> bool:
    """Whether a cell holds anything."""
    return cell is not None and cell != ""


def trimmed(record: Record) -> list[object]:
    """A record without the empty cells at its end."""
    cells = list(record)
    while cells and not is_filled(cells[-1]):
        cells.pop()
    return cells


# --- the header -------------------------------------------------------------------------------------------


def find_header(head: Sequence[Record], given: bool | None = None, lines: bool = False) -> tuple[int, bool]:
    """The first record of a table that is not a title above it, and whether it names the columns.

    Args:
        head: the first records.
        given: what a visitor said; None looks at whether the record is like those below it.
        lines: whether these are lines of a text file, of which the first is a name only if it is a usual one.
    """
    top = _below_titles(head)
    if given is not None:
        return top, given
    top += _below_notes(head[top : top + NOTED])
    top += _names_groups(head[top : top + 2])
    return top, _names_columns(trimmed(head[top]), [trimmed(record) for record in head[top + 1 :]], lines)


def _below_titles(head: Sequence[Record]) -> int:
    """Where the table begins: below the lines that hold a title at most."""
    filled = [[place for place, cell in enumerate(record) if is_filled(cell)] for record in head]
    below = [places for places in filled[1:] if places]
    if not below:
        return 0
    typical, left = median(map(len, below)), min(map(min, below))
    for number, places in enumerate(filled):
        if places and (len(places) > typical / 2 or min(places) > left):
            return number
    return 0


def _below_notes(head: Sequence[Record]) -> int:
    """How many records with sentences stand above one of usual names; 0 where the first may be the names."""
    for number, record in enumerate(map(trimmed, head)):
        cells = [cell for cell in record if is_filled(cell)]
        named = bool(cells) and all(isinstance(cell, str) and is_name(cell) for cell in cells)
        if named and len(cells) > 1 and len(USUAL & {plain_name(str(cell)) for cell in cells}) > 1:
            return number
        if named:
            break
    return 0


def _names_groups(head: Sequence[Record]) -> bool:
    """Whether a record names groups of columns, which have their own names below it."""
    if len(head) < 2:
        return False
    over, names = (trimmed(record) for record in head)
    filled = [cell for cell in over if is_filled(cell)]
    usual = USUAL & {plain_name(str(cell)) for cell in names}
    return (
        len(filled) < len(over)
        and len(names) >= len(over)
        and all(isinstance(cell, str) and is_name(cell) for cell in [*filled, *names])
        and len(usual) > len(USUAL & {plain_name(str(cell)) for cell in filled})
        and len(set(names)) == len(names)
    )


def are_dashes(record: Record) -> bool:
    """Whether a record below the names is a line that is drawn, as in SQL and Markdown."""
    cells = [str(cell).strip() for cell in record if is_filled(cell)]
    return bool(cells) and all(re.fullmatch(r":?[-=+]{2,}:?", cell) for cell in cells)


def _names_columns(first: list[object], body: list[list[object]], lines: bool) -> bool:
    """Whether a record names the columns: it is unlike those below it, or holds usual names."""
    names = [plain_name(str(cell)) for cell in first if is_filled(cell)]
    texts = [cell for cell in first if is_filled(cell)]
    if any(not isinstance(cell, str) for cell in texts) and len(texts) > 1:
        return False
    if USUAL & set(names) and all(is_name(cell) for cell in texts):
        return True
    if lines or not body:
        return not lines and bool(texts) and all(map(is_name, texts)) and len(texts) > 1
    votes = 0.0
    for place, cell in enumerate(first):
        column = [record[place] for record in body if place < len(record) and is_filled(record[place])]
        if column and is_filled(cell):
            votes += _vote(cell, column)
    return votes >= 0 and (votes > 0 or all(map(is_name, texts)))


def _vote(cell: object, column: list[object]) -> float:
    """For a name above a column of such cells (1), or for one more cell of it (-1)."""
    readable = sum(read_rating(other) is not None for other in column)
    if readable >= NUMERIC * len(column):
        return -1 if read_rating(cell) is not None else 1
    if cell in column and len(column) > 1:
        return -1
    if _asks(cell) and not any(map(_asks, column)):
        return 0.5  # the question of a form
    words = [len(str(other).split()) for other in column]
    if median(words) > NAMED:
        return 0.5 if is_name(cell) else -1
    return 0 if is_name(cell) else -0.5


def _asks(cell: object) -> bool:
    return str(cell).strip().rstrip("*").rstrip().endswith(("?", "？", "؟", ":"))


def is_name(cell: object) -> bool:
    """Whether a cell may name a column: a few words, and no sentence."""
    text = str(cell).strip()
    few = 0 < len(text.split()) <= NAMED and len(text) <= 60
    return few and any(map(str.isalpha, text)) and not re.search(r"[!?…]$|[.!?] |[^.]\.$", text)


# --- the end ----------------------------------------------------------------------------------------------


def total_rows(tail: Sequence[Record], width: int) -> int:
    """How many of the last records are totals: they say so in their first words, and lack other cells."""
    count = 0
    for record in reversed(tail):
        filled = [cell for cell in record if is_filled(cell)]
        said = [str(cell).strip().rstrip(":").strip() for cell in filled if isinstance(cell, str)]
        rest = len(filled) - 1
        numbers = [found.value for found in map(read_rating, filled) if found is not None]
        if not any(TOTAL.fullmatch(text) for text in said) or len(numbers) < rest or not numbers:
            break
        if len(filled) == width and all(number in range(11) for number in numbers):
            break  # rather a review of one word
        count += 1
    return count


def in_blocks(records: Iterable[Kept], rows: int) -> Iterator[list[Kept]]:
    """Records in lists of at most so many."""
    found = iter(records)
    while block := list(islice(found, rows)):
        yield block
