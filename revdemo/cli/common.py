"""What the commands share: flags for the settings, and an end in good order after Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from revdemo.kinds import KINDS
from revdemo.settings import Settings

if TYPE_CHECKING:
    from revdemo.tables.table import Chosen, ReadOptions

INTERRUPTED = 130  # what a shell expects after Ctrl-C
MODEL_SETTINGS = ("device", "threads", "quantize", "cache", "stars_model")
SAMPLING = (  # flags whose default is the generator's own
    ("temperature", float),
    ("top-p", float),
    ("min-p", float),
    ("max-tokens", int),
    ("guidance", float),
    ("guided-tokens", int),
    ("min-likeness", float),
)
KINDS_SAID = ", ".join(KINDS)

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_settings(command: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add a flag for each of the settings named."""
    group = command.add_argument_group("settings", "each also read from the environment, as REVDEMO_...")
    for name in names:
        about = Settings.model_fields[name].description
        flag, shown = f"--{name.replace('_', '-')}", name.split("_")[-1].upper()
        group.add_argument(flag, dest=name, default=argparse.SUPPRESS, metavar=shown, help=about)


def add_table_options(command: argparse.ArgumentParser) -> None:
    """Add the flags that correct how a table is read; `open_table` takes them."""
    group = command.add_argument_group("how the table is read", "found out from the whole file unless given")
    option = group.add_argument
    option("--column", metavar="NAME", help="the column of the texts")
    option("--rating", metavar="NAME", help='the column of the ratings, "" for none')
    option("--scale", type=int, metavar="N", help="the highest rating")
    option("--map", metavar="CELL=STARS,...", help="what cells of the ratings stand for: Excellent=5,Good=4")
    option("--sheet", metavar="NAME", help="the sheet of a workbook")
    option("--encoding", metavar="NAME", help="of a text file, such as cp1252 or shift_jis")
    option(
        "--separator", metavar="SIGN", help="between cells: one character, tab, comma, semicolon, bar, none"
    )
    option(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first row names the columns; with --no-header it is a review",
    )


def read_options(options: argparse.Namespace) -> ReadOptions:
    """What the flags of `add_table_options` say of a table."""
    from revdemo.tables.table import ReadOptions

    return ReadOptions(
        text=options.column,
        rating=options.rating,
        scale=options.scale,
        sheet=options.sheet,
        encoding=options.encoding,
        separator=options.separator,
        header=options.header,
        map=options.map,
    )


def open_table(options: argparse.Namespace, path: str | Path, quiet: bool = False) -> Chosen:
    """The table that the flags of `add_table_options` describe; stderr gets a line on what it is read as."""
    from revdemo.tables.table import open_chosen

    chosen = open_chosen(path, options=read_options(options))
    if not quiet:
        print(f"revdemo: {chosen.name}: {chosen.read_as}", file=sys.stderr)
    return chosen


def with_maps_joined(arguments: Sequence[str]) -> list[str]:
    """Join --map and a map that begins with a minus, such as "-1=1,1=5", which would be taken for a flag."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--map" and "=" in argument and not argument.startswith("--"):
            joined[-1] = f"--map={argument}"
        else:
            joined.append(argument)
    return joined


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run in good order, and the second one end the program."""
    pressed = []

    def press(*_: object) -> None:
        pressed.append(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
