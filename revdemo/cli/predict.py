"""`python -m revdemo predict`: the stars of a table, of the standard input or of a text."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from revdemo import api
from revdemo.cli.common import MODEL_SETTINGS, add_settings
from revdemo.errors import RevdemoError
from revdemo.reviews import STARS, clean
from revdemo.settings import Settings

COLUMNS = {"predicted": "Int8"} | dict.fromkeys(
    ("confidence", "expected", *(f"p{stars}" for stars in STARS)), "Float64"
)  # what predict adds, and the kind of each
POLARITY_COLUMNS = {"polarity": "string", "polarity_probability": "Float64"}  # of being positive


def add(commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "predict", help="predict the stars of texts", allow_abbrev=False,
        description="Predict the stars of each row of a table, each line of the standard input, or a text.",
    )  # fmt: skip
    texts = command.add_mutually_exclusive_group(required=True)
    about = "a CSV, JSON lines or Parquet table; - reads a text a line"
    texts.add_argument("file", nargs="?", metavar="FILE", help=about)
    texts.add_argument("--text", action="append", metavar="TEXT", help="a text; may be given again")
    command.add_argument("--out", type=Path, metavar="FILE", help="where to write the table with its stars")
    command.add_argument("--column", metavar="NAME", help="the column of the texts (default: guessed)")
    command.add_argument("--polarity", action="store_true", help="also say negative, neutral or positive")
    add_settings(command, (*MODEL_SETTINGS, "polarity_model"))
    command.set_defaults(run=_predict)


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo import tables  # heavy imports wait until the arguments are known to be good

    if options.out:
        tables.check_writable(options.out)
    elif options.file not in (None, "-"):
        raise RevdemoError(f"Where should the stars of {options.file} go? Name a file with --out.")
    table = _texts_to_predict(options)
    texts = tables.texts_of(table, tables.text_column(table, options.column))
    columns = COLUMNS | (POLARITY_COLUMNS if options.polarity else {})
    tables.check_columns(table, columns)
    rows = _judge(texts, settings, options.polarity)
    if options.out:
        tables.write_table(tables.with_columns(table, columns, rows), options.out)
        print(f"{options.out}: {len(texts):,} rows", file=sys.stderr)
    else:
        for row, text in zip(rows, texts, strict=True):
            print(*map(_cell, [*row[:2], *row[len(COLUMNS) :]]), text, sep="\t")
    return 0


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _texts_to_predict(options: argparse.Namespace):
    """The table of the file, or one with a single column: the texts given, or the lines of the input."""
    import pandas as pd

    from revdemo import tables

    if options.file not in (None, "-"):
        return tables.read_table(Path(options.file))
    return pd.DataFrame({"text": options.text or sys.stdin.read().splitlines()}, dtype=object)


def _judge(texts: Sequence[str], settings: Settings, polarity: bool) -> list[tuple]:
    """Values for COLUMNS (and POLARITY_COLUMNS) for each text; None in each where it holds no words."""
    rows: list[tuple] = [(None,) * len(COLUMNS | (POLARITY_COLUMNS if polarity else {}))] * len(texts)
    worded = [i for i, text in enumerate(texts) if clean(text)]
    if len(worded) < len(texts):
        count = f"{len(texts) - len(worded):,} of {len(texts):,}"
        print(f"revdemo: {count} texts hold no words and get no stars", file=sys.stderr)
    if not worded:
        return rows
    loads = (api.load_stars, api.load_polarity) if polarity else (api.load_stars,)
    classifiers = [load(settings) for load in loads]  # all before the work: one may be missing
    found = [_predict_all(own, [texts[i] for i in worded]) for own in classifiers]
    for i, one, *others in zip(worded, *found, strict=True):
        values = (one.stars, one.confidence, one.expected, *one.probabilities)
        rows[i] = values + tuple(value for other in others for value in (other.polarity, other.probability))
    return rows


def _predict_all(classifier, texts: Sequence[str]) -> list:
    with tqdm(total=len(texts), unit="text", disable=len(texts) == 1) as bar:
        return classifier.predict(texts, progress=lambda done, _: bar.update(done - bar.n))
