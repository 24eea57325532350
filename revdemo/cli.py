"""`python -m revdemo predict | generate`: what the page does, without a browser."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from tqdm import tqdm

from revdemo import api
from revdemo.errors import RevdemoError
from revdemo.ledger import export
from revdemo.loop import AT_ONCE, Request, Run, Step
from revdemo.reviews import STARS, clean
from revdemo.settings import Settings, from_arguments

INTERRUPTED = 130  # what a shell expects after Ctrl-C
COLUMNS = {"predicted": "Int8"} | dict.fromkeys(
    ("confidence", "expected", *(f"p{stars}" for stars in STARS)), "Float64"
)  # what predict adds, and the kind of each
POLARITY_COLUMNS = {"polarity": "string", "polarity_probability": "Float64"}  # of being positive
MODEL_SETTINGS = ("device", "threads", "quantize", "cache", "stars_model")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 after a user's mistake, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options, from_arguments(options))
    except RevdemoError as error:
        print(f"revdemo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("revdemo: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as head, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m revdemo",
        description="Predict the stars of reviews, and write new ones.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_predict(commands)
    _add_generate(commands)
    return parser


def _add_predict(commands) -> None:
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
    _add_settings(command, (*MODEL_SETTINGS, "polarity_model"))
    command.set_defaults(run=_predict)


def _add_generate(commands) -> None:
    command = commands.add_parser(
        "generate", help="write reviews for the stars you ask for", allow_abbrev=False,
        description="Write reviews until enough are accepted; both kinds are saved, also after Ctrl-C.",
    )  # fmt: skip
    add = command.add_argument
    add("--stars", type=int, required=True, metavar="1..5", help="the stars to ask for")
    add(
        "--accepted",
        type=int,
        default=20,
        metavar="N",
        help="stop after so many accepted reviews (default: 20)",
    )
    add("--until-first", action="store_true", help="instead: whole rounds until a review is accepted")
    add("--rounds", type=int, metavar="N", help="at most so many rounds (default: the setting max-rounds)")
    add("--round-size", type=int, default=20, metavar="N", help="reviews a round (default: 20)")
    add("--tolerance", type=int, default=0, metavar="0|1", help="accept so many stars off (default: 0)")
    add(
        "--min-confidence", type=float, default=0.0, metavar="P", help="least confidence, 0 to 1 (default: 0)"
    )
    add("--seed", type=int, default=0, metavar="N", help="the same seed gives the same reviews (default: 0)")
    add("--opening", default="", metavar="TEXT", help="how every review begins")
    for name, kind in (("temperature", float), ("top-p", float), ("max-tokens", int), ("guidance", float)):
        add(f"--{name}", type=kind, metavar="N", help="default: the generator's own")
    add(
        "--out",
        type=Path,
        default=Path("runs"),
        metavar="FOLDER",
        help="where runs are saved (default: runs)",
    )
    _add_settings(command, (*MODEL_SETTINGS, "generator", "data_dir", "deadline"))
    command.set_defaults(run=_generate)


def _add_settings(command: argparse.ArgumentParser, names: Sequence[str]) -> None:
    group = command.add_argument_group("settings", "each also read from the environment, as REVDEMO_...")
    for name in names:
        about = Settings.model_fields[name].description
        flag, shown = f"--{name.replace('_', '-')}", name.split("_")[-1].upper()
        group.add_argument(flag, dest=name, default=argparse.SUPPRESS, metavar=shown, help=about)


# --- predict ------------------------------------------------------------------------------------------------


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


# --- generate -----------------------------------------------------------------------------------------------


def _generate(options: argparse.Namespace, settings: Settings) -> int:
    request = _request(options, settings)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RevdemoError(
            f"{options.out} cannot be made ({error.strerror}): name another with --out."
        ) from error
    run = None
    try:
        with _stop_on_interrupt() as should_stop, _bar(request) as bar:
            for step in _steps(request, settings, should_stop):
                run = step.run
                _show(bar, step)
    finally:  # also when the generator fails halfway
        if run:
            _save(run, options.out / run.id)
    _report(run, options.out / run.id)
    return INTERRUPTED if run.ended == "stopped" else 0


def _request(options: argparse.Namespace, settings: Settings) -> Request:
    given = {field.name: getattr(options, field.name) for field in fields(Request) if field.name in options}
    given |= {"deadline": settings.deadline, "at_once": AT_ONCE}
    given["rounds"] = settings.max_rounds if options.rounds is None else options.rounds
    return Request(**given)


def _steps(request: Request, settings: Settings, should_stop: Callable[[], bool]) -> Iterator[Step]:
    writer, stars = api.load_generator(settings), api.load_stars(settings)
    yield from api.steps(request, settings, writer, stars, should_stop)


@contextmanager
def _stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run in good order, and the second one end the program."""
    pressed = []

    def press(*_) -> None:
        pressed.append(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _bar(request: Request) -> tqdm:
    total = None if request.until_first else request.accepted
    return tqdm(total=total, unit="review", desc="accepted")


def _show(bar: tqdm, step: Step) -> None:
    bar.set_postfix_str(
        f"round {step.round}, {step.judged} judged" + (f", {_percent(step)}" if step.rate else "")
    )
    bar.update(step.accepted - bar.n)


def _percent(step: Step) -> str:
    return f"{step.rate.value:.0%} accepted ({step.rate.low:.0%} to {step.rate.high:.0%})"


def _save(run: Run, folder: Path) -> None:
    """Write accepted.csv, rejected.csv and all.jsonl, each whole or not at all."""
    folder.mkdir(exist_ok=True)
    for name, reviews in (
        ("accepted.csv", run.accepted),
        ("rejected.csv", run.rejected),
        ("all.jsonl", run.reviews),
    ):
        path = export(run, reviews, name.rpartition(".")[2], folder)
        path.replace(folder / name)
        path.parent.rmdir()


def _report(run: Run, folder: Path) -> None:
    print(f"{len(run.accepted)} accepted, {len(run.rejected)} rejected, ended by: {run.ended}.")
    if run.nearest:
        print("Nothing was accepted. The nearest misses:")
    for miss in run.nearest[:3]:
        print(f"- {miss.predicted} stars: {miss.text}")
    print(folder)
