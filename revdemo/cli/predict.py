"""`python -m revdemo predict`: the stars of a table, of the standard input or of a text."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from revdemo import api
from revdemo.cli.common import INTERRUPTED, MODEL_SETTINGS, add_settings, stop_on_interrupt
from revdemo.errors import RevdemoError
from revdemo.reviews import clean
from revdemo.settings import Settings

AT_ONCE = 256  # texts between two moves of the bar


def add(commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "predict", help="predict the stars of texts", allow_abbrev=False,
        description="Predict the stars of each row of a table, each line of the standard input, or a text. "
        "A table that was stopped half-way goes on there with the same command.",
    )  # fmt: skip
    texts = command.add_mutually_exclusive_group(required=True)
    about = "a CSV, TSV, XLSX, JSON lines or Parquet table; - reads a text a line"
    texts.add_argument("file", nargs="?", metavar="FILE", help=about)
    texts.add_argument("--text", action="append", metavar="TEXT", help="a text; may be given again")
    command.add_argument("--out", type=Path, metavar="FILE", help="where to write the table with its stars")
    command.add_argument("--column", metavar="NAME", help="the column of the texts (default: guessed)")
    about = 'the column of the ratings (default: guessed; "" for none)'
    command.add_argument("--rating", metavar="NAME", help=about)
    command.add_argument("--scale", type=int, metavar="N", help="the highest rating (default: guessed)")
    command.add_argument("--polarity", action="store_true", help="also say negative, neutral or positive")
    add_settings(command, (*MODEL_SETTINGS, "polarity_model", "data_dir"))
    command.set_defaults(run=_predict)


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo import tables  # heavy imports wait until the arguments are known to be good

    if options.out:
        tables.check_writable(options.out)
    elif options.file not in (None, "-"):
        raise RevdemoError(f"Where should the stars of {options.file} go? Name a file with --out.")
    if options.file in (None, "-"):
        return _predict_texts(options, settings)
    return _predict_table(options, settings)


def _load(settings: Settings, polarity: bool) -> list[Any]:
    """The classifiers, all before the work: one may be missing."""
    return [load(settings) for load in (api.load_stars, *([api.load_polarity] if polarity else []))]


# --- a table ----------------------------------------------------------------------------------------------


def _predict_table(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo import batch, tables

    chosen = tables.open_chosen(options.file, options.column, options.rating, options.scale)
    tables.check_writable(options.out, chosen.rows)
    classifiers = _load(settings, options.polarity)
    predictions = batch.Predictions(chosen, settings.data_dir / "predictions", *classifiers)
    if predictions.renamed:
        names = ", ".join(predictions.names)
        print(f"revdemo: the table has columns of our names already, so ours are {names}", file=sys.stderr)
    if not _predict_rows(predictions):
        count = f"{predictions.done:,} of {chosen.rows:,}"
        print(f"revdemo: stopped. {count} rows are kept; the same command goes on there.", file=sys.stderr)
        return INTERRUPTED
    summary = batch.finish(predictions, [options.out])
    if summary.wordless:
        _tell_wordless(summary.wordless, summary.rows)
    print(f"{options.out}: {summary.rows:,} rows", file=sys.stderr)
    if summary.metrics:
        print(_described(summary, chosen))
    return 0


def _predict_rows(predictions) -> bool:
    """Predict with a bar of the progress; says whether all rows are done."""
    from revdemo import batch

    rows = predictions.chosen.rows
    with stop_on_interrupt() as should_stop, tqdm(total=rows, initial=predictions.done, unit="row") as bar:
        for progress in batch.predict_table(predictions, should_stop):
            bar.update(progress.done - bar.n)
    return progress.done == rows


def _described(summary, chosen) -> str:
    """The metrics, the confusion matrix and the most surprising rows in words and figures."""
    rated = int(summary.confusion.sum())
    unrated = f"; {summary.unrated:,} have no rating from 1 to {chosen.scale}" if summary.unrated else ""
    lines = [f'{rated:,} rows have words and a rating in "{chosen.rating}" of {chosen.scale}{unrated}']
    for name in ("exact", "near"):
        scores = (f"{score} {_percent(rate)}" for score, rate in summary.metrics[name].items())
        lines.append(f"{name}: {', '.join(scores)}")
    mae, qwk = (_figure(summary.metrics[name]) for name in ("mae", "qwk"))
    lines += [f"mean absolute error: {mae} stars, quadratic kappa: {qwk}", "", "true \\ predicted"]
    lines.append(" ".join(["     ", *(f"{stars:>7}★" for stars in range(1, 6))]))
    for stars, row in enumerate(summary.confusion, start=1):
        lines.append(" ".join([f"{stars:>4}★", *(f"{count:>8,}" for count in row)]))
    if summary.surprising:
        lines += [
            "",
            "the most surprising ratings, which may be errors (row, rating, predicted, probability):",
        ]
    for one in summary.surprising:
        share = f"{one.probability:.2%}"
        lines.append(f"{one.row:>7}  {one.label}★  {one.predicted}★  {share:>7}  {one.text}")
    return "\n".join(lines)


def _percent(rate: dict[str, float]) -> str:
    low, high = 100 * rate["low"], 100 * rate["high"]
    return f"{100 * rate['value']:.1f} % ({low:.1f} to {high:.1f})"


def _figure(rate: dict[str, float]) -> str:
    return f"{rate['value']:.2f} ({rate['low']:.2f} to {rate['high']:.2f})"


# --- texts and lines --------------------------------------------------------------------------------------


def _predict_texts(options: argparse.Namespace, settings: Settings) -> int:
    import pandas as pd

    from revdemo import batch, tables

    texts = options.text or sys.stdin.read().splitlines()
    kinds = batch.COLUMNS | (batch.POLARITY_COLUMNS if options.polarity else {})
    rows = _judge(texts, settings, options.polarity, len(kinds))
    if options.out:
        table = pd.DataFrame({"text": texts}, dtype=object)
        tables.write_table(tables.with_columns(table, kinds, rows), options.out)
        print(f"{options.out}: {len(texts):,} rows", file=sys.stderr)
    else:
        for row, text in zip(rows, texts, strict=True):
            print(*map(_cell, [*row[:2], *row[len(batch.COLUMNS) :]]), text, sep="\t")
    return 0


def _judge(texts: Sequence[str], settings: Settings, polarity: bool, width: int) -> list[tuple]:
    """The values for each text; None in each where it holds no words."""
    from revdemo import batch

    worded = sum(bool(clean(text)) for text in texts)
    if worded < len(texts):
        _tell_wordless(len(texts) - worded, len(texts))
    classifiers = _load(settings, polarity) if worded else []
    found: list[tuple | None] = []
    with tqdm(total=len(texts), unit="text", disable=len(texts) == 1) as bar:
        while len(found) < len(texts):
            own = texts[len(found) : len(found) + AT_ONCE]
            found += batch.judge(own, *classifiers) if worded else [None] * len(own)
            bar.update(len(own))
    return [values or (None,) * width for values in found]


def _tell_wordless(count: int, rows: int) -> None:
    print(f"revdemo: {count:,} of {rows:,} texts hold no words and get no stars", file=sys.stderr)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
