"""`python -m revdemo inspect`: what a table is read as, before anything is done with it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

from revdemo.cli.common import Subcommands, add_table_options, open_table
from revdemo.settings import Settings

if TYPE_CHECKING:
    from revdemo.tables.inspection import Inspection


SPOKEN = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "inspect", help="say what a table is read as", allow_abbrev=False,
        description="Say which column of a table holds the texts and which the ratings, on which scale, how "
        "many rows have each number of stars, how the file is read, and what is doubtful in it.",
    )  # fmt: skip
    about = "CSV, TSV, text, XLSX, XLS, ODS, JSON or Parquet, also as .gz or .zip"
    command.add_argument("file", type=Path, metavar="FILE", help=about)
    command.add_argument("--json", action="store_true", help="print it as JSON")
    add_table_options(command)
    command.set_defaults(run=_inspect)


def _inspect(options: argparse.Namespace, _: Settings) -> int:
    chosen = open_table(options, options.file, quiet=True)
    found = cast("Inspection", chosen.read_as)  # what was opened by its path always says how
    print(json.dumps(found.as_dict(), ensure_ascii=False, indent=2) if options.json else shown(found))
    return 0


def shown(found: Inspection) -> str:
    """An inspection as the terminal shows it: a line on the rows, one on the file, the columns, the notes."""
    header = f"header in row {found.header_row}" if found.header_row else ""
    separator = f"separator {SPOKEN.get(found.separator, found.separator)}" if found.separator else ""
    sheet = f'sheet "{found.sheet}"' if found.sheet else ""
    file = ", ".join(filter(None, (found.encoding, separator, header, sheet)))
    lines = [str(found.line), file, f"columns: {', '.join(found.columns)}"]
    return "\n".join([*filter(None, lines), *(f"- {note}" for note in found.notes)])
