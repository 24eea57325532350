"""The pages that people read, their code blocks and their commands."""

import re
import shlex
from typing import NamedTuple

from revdemo.files import ROOT

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
)
BLOCK = re.compile(
    r"(?m)^(?:<!-- not run: (?P<reason>[^\n]+?) -->\n)?```(?P<kind>\w*)\n(?P<body>(?:.*\n)*?)```$"
)
INLINE = re.compile(r"`((?:python|make|revdemo) [^`]+)`")


class Block(NamedTuple):
    """A fenced block of a page: what it holds, and why it is not run, if it is not."""

    page: str
    line: int
    kind: str
    body: str
    reason: str | None

    @property
    def commands(self) -> list[list[str]]:
        """Its lines as words, continued lines joined and comments dropped."""
        if self.kind == "text":  # what a command printed
            return []
        lines = self.body.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]


def text_of(page: str) -> str:
    """A page of the project."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks_of(page: str) -> list[Block]:
    """The fenced blocks of a page, in its order."""
    text = text_of(page)
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["kind"], found["body"], found["reason"])
        for found in BLOCK.finditer(text)
    ]


def inline_of(page: str) -> list[list[str]]:
    """The commands inside the sentences of a page, as words."""
    return [shlex.split(command) for command in INLINE.findall(BLOCK.sub("", text_of(page)))]
