"""`python -m revdemo predict`: the stars of a table, of the standard input or of a text."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tqdm.auto import tqdm

from revdemo.cli import bulk
from revdemo.cli.common import (
    INTERRUPTED,
    MODEL_SETTINGS,
    Subcommands,
    add_settings,
    add_table_options,
    open_table,
    stop_on_interrupt,
)
from revdemo.errors import RevdemoError
from revdemo.hub.markdown import number, percent
from revdemo.intervals import FEW
from revdemo.reviews import clean
from revdemo.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from revdemo.tables.predict import PredictProgress, PredictResult
    from revdemo.tables.summary import Summary
    from revdemo.tables.table import Chosen

AT_ONCE = 256  # texts between two moves of the bar


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "predict", help="predict the stars of texts", allow_abbrev=False,
        description="Predict the stars of each row of a table, each line of the standard input, or a text. "
        "A table that was stopped half-way is resumed by the same command.",
    )  # fmt: skip
    texts = command.add_mutually_exclusive_group(required=True)
    about = "a CSV, TSV, XLSX, JSON lines or Parquet table; - reads one text per line"
    texts.add_argument("file", nargs="?", metavar="FILE", help=about)
    texts.add_argument("--text", action="append", metavar="TEXT", help="a text; may be given again")
    command.add_argument(
        "--out", type=bulk.place, metavar="FILE", help="where to write the table with its stars"
    )
    command.add_argument("--polarity", action="store_true", help="also say negative, neutral or positive")
    bulk.add_engine(command)
    add_table_options(command)
    add_settings(command, (*MODEL_SETTINGS, "polarity_model", "data_dir"))
    command.set_defaults(run=_predict)


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo.tables import table as tables  # heavy imports wait until the arguments are known to be good

    if options.engine == "ray" and options.out and options.file not in (None, "-"):
        return bulk.predict(options, settings)
    if options.out:
        options.out = Path(options.out)
        tables.check_writable(options.out)
    elif options.file not in (None, "-"):
        raise RevdemoError("Where should the stars of {file} go? Name a file with --out.", file=options.file)
    if options.file in (None, "-"):
        return _predict_texts(options, settings)
    return _predict_table(options, settings)


# --- a table ----------------------------------------------------------------------------------------------


def _predict_table(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo.generation.context import JobContext
    from revdemo.tables import predict

    chosen = open_table(options, options.file)
    request = predict.PredictRequest(chosen, options.polarity)
    with stop_on_interrupt() as should_stop:
        context = JobContext(settings, should_stop=should_stop)
        last = _follow(predict.predict(request, context, [options.out]))
    if isinstance(last, predict.PredictProgress):
        count = f"{last.done:,} of {last.rows:,}"
        print(f"revdemo: stopped. {count} rows are kept; the same command resumes there.", file=sys.stderr)
        return INTERRUPTED
    _report(last.summary, chosen, options.out)
    return 0


def _follow(steps: Iterator[PredictProgress | PredictResult]) -> PredictProgress | PredictResult:
    """Show a bar of the progress; returns the last step."""
    step = next(steps)
    first = cast("PredictProgress", step)  # before any row is predicted
    if first.renamed:
        names = ", ".join(first.renamed)
        print(f"revdemo: the table has columns of our names already, so ours are {names}", file=sys.stderr)
    with tqdm(total=first.rows, initial=first.resumed, unit="row") as bar:
        for step in steps:
            bar.update(getattr(step, "done", first.rows) - bar.n)
    return step


def _report(summary: Summary, chosen: Chosen, out: Path) -> None:
    if summary.wordless:
        _tell_wordless(summary.wordless, summary.rows)
    print(f"{out}: {summary.rows:,} rows", file=sys.stderr)
    if summary.metrics and summary.confusion is not None:
        print(_described(summary, summary.metrics, summary.confusion, chosen))


def _described(summary: Summary, metrics: dict, confusion: np.ndarray, chosen: Chosen) -> str:
    """The metrics, the confusion matrix and the most surprising rows in words and figures."""
    rated = int(confusion.sum())
    unrated = f"; {summary.unrated:,} have no rating from 1 to {chosen.scale}" if summary.unrated else ""
    lines = [f'{rated:,} rows have words and a rating in "{chosen.rating}" of {chosen.scale}{unrated}']
    for name in ("exact", "near"):
        scores = (f"{score} {percent(rate)}" for score, rate in metrics[name].items())
        lines.append(f"{name}: {', '.join(scores)}")
    mae, qwk = (number(metrics[name]) for name in ("mae", "qwk"))
    lines.append(f"mean absolute error: {mae} stars, quadratic kappa: {qwk}")
    if rated < FEW:
        lines.append(f"{rated} rows are too few for intervals: {FEW} are needed")
    lines += ["", "true \\ predicted"]
    lines.append(" ".join(["     ", *(f"{stars:>7}★" for stars in range(1, 6))]))
    for stars, row in enumerate(confusion, start=1):
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


# --- texts and lines --------------------------------------------------------------------------------------


def _predict_texts(options: argparse.Namespace, settings: Settings) -> int:
    import pandas as pd

    from revdemo.tables import predictions
    from revdemo.tables import table as tables

    texts = options.text or sys.stdin.read().splitlines()
    kinds = predictions.kinds_of(options.polarity)
    rows = _values(texts, settings, options.polarity, len(kinds))
    if options.out:
        table = pd.DataFrame({"text": texts}, dtype=object)
        tables.write_table(tables.with_columns(table, kinds, rows), options.out)
        print(f"{options.out}: {len(texts):,} rows", file=sys.stderr)
    else:
        for row, text in zip(rows, texts, strict=True):
            print(*map(_cell, [*row[:2], *row[len(predictions.COLUMNS) :]]), text, sep="\t")
    return 0


def _values(texts: Sequence[str], settings: Settings, polarity: bool, width: int) -> list[tuple]:
    """The values for each text; None in each where it holds no words."""
    from revdemo.generation.context import JobContext
    from revdemo.tables.predictions import predict_texts

    texts = [clean(text) for text in texts]
    worded = sum(map(bool, texts))
    if not worded:
        _tell_wordless(len(texts), len(texts))
        return [(None,) * width] * len(texts)
    if worded < len(texts):
        _tell_wordless(len(texts) - worded, len(texts))
    context = JobContext(settings)
    classifiers = [context.stars, *([context.polarity] if polarity else [])]
    values: list[tuple | None] = []
    with tqdm(total=len(texts), unit="text", disable=len(texts) == 1) as bar:
        while len(values) < len(texts):
            batch = texts[len(values) : len(values) + AT_ONCE]
            values += predict_texts(batch, *classifiers)
            bar.update(len(batch))
    return [row or (None,) * width for row in values]


def _tell_wordless(count: int, rows: int) -> None:
    print(f"revdemo: {count:,} of {rows:,} texts hold no words and get no stars", file=sys.stderr)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
