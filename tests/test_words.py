"""The patterns of docs/style.md, looked for in pages, cards, messages, docstrings and comments."""

import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from revdemo.files import ROOT
from tests.support.documents import PAGES

COUNTED = "reviews|texts|tokens|samples|bits|nats|Reviews|Texts|Tokens|Bits|GPUs|memory"
UNIT = "star|second|minute|byte|token|review|line|column|worker"
PATTERNS = {
    "no space before a per cent sign": r"\d %(?!})",
    "not a": r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer|more\b|better|guidance)[a-z]",
    "resumes, continues": r"\b(?:go|goes|went|going) on\b(?! for)",
    "predicts": r"\bfores(?:ee|aw)",
    "overfits": r"\bby heart\b",
    "per": rf"\b(?:{COUNTED}) a (?:{UNIT})\b",
    "at most N": r"\bat most so many (?!reviews of each|rows:)",
    "write access": r"\bright to (?:write|read)\b",
    "which is the limit": r"\b(?:is|are) the most\b[;:,.]|\bthe most that (?:one|this) \w+ (?:may|takes)\b",
    "starts over": r"\bbegins? anew\b",
    "weighted equally": r"\bweighing the same\b",
    "taken for, count as": r"(?<![Tt]here )\bare none[.;,]",
    "is not included": r"\bdoes not come along\b",
    "resumes where it stopped": r"\b(?:resumes|continues) where it was\b",
}
EXEMPT = ("docs/style.md",)  # which names them
SHOWN = ('"80 %"',)  # what a table's cell may hold
SOURCES = [
    path for room in ("revdemo", "train", "benchmarks") for path in sorted((ROOT / room).rglob("*.py"))
]
PROSE = [ROOT / page for page in (*PAGES, "CHANGELOG.md", "SECURITY.md") if page not in EXEMPT] + sorted(
    (ROOT / "revdemo/hub/templates").glob("*.j2")
)


def words_of(source: str) -> Iterator[tuple[int, str]]:
    """Comments and strings of a module with the lines they are on."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)):
            yield from enumerate(token.string.splitlines(), token.start[0])


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a page, code spans left out."""
    for number, line in enumerate(text.splitlines(), 1):
        yield number, re.sub(r"`[^`]*`", "", line)


def found(lines: Iterator[tuple[int, str]]) -> list[str]:
    """What breaks a pattern, each with its line and the better words."""
    return [
        f"{number}: {line.strip()} ({better})"
        for number, line in lines
        for better, pattern in PATTERNS.items()
        if re.search(pattern, line) and not any(shown in line for shown in SHOWN)
    ]


@pytest.mark.parametrize("path", PAGES)
def test_no_mark_of_a_merge_is_left(path):
    assert not re.findall(r"(?m)^(?:<{7}|>{7}) .*", (ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_speaks_plain_english(path):
    assert not found(words_of(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_and_cards_speak_plain_english(path):
    assert not found(lines_of(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("line", "better"),
    [
        ("right 59.4 % of the time", "no space before a per cent sign"),
        ("{name} is no name for a repository", "not a"),
        ("a fill that was killed goes on", "resumes, continues"),
        ("how well it foresees them", "predicts"),
        ("80 reviews a star", "per"),
        ("2 GPUs a worker", "per"),
        ("more than 2,000 columns, which is the most; keep some", "which is the limit"),
        ("4 jobs are waiting, the most that one visitor may have", "which is the limit"),
        ("the same command begins anew", "starts over"),
        ("every star weighing the same", "weighted equally"),
        ("links and lists are none; the reply comes last", "taken for, count as"),
        ("a generator of products, which does not come along", "is not included"),
    ],
)
def test_the_worst_sentences_are_found(line, better):
    assert [problem for problem in found(iter([(1, line)])) if problem.endswith(f"({better})")]
