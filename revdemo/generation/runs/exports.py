"""Reviews of a run as a file: CSV, JSONL or Parquet."""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from revdemo.csv_formulas import inert
from revdemo.errors import RevdemoError
from revdemo.files import atomic
from revdemo.generation.ledger import RunSummary
from revdemo.generation.request import Review, Run

COLUMNS = pa.schema(
    [
        ("review", pa.string()),
        ("requested", pa.int8()),
        ("predicted", pa.int8()),
        ("confidence", pa.float64()),
        ("accepted", pa.bool_()),
        ("reason", pa.string()),
        ("by_hand", pa.bool_()),
        ("filter_reason", pa.string()),
        ("kind", pa.string()),
        ("synthetic", pa.bool_()),
        *((f"p{stars}", pa.float64()) for stars in range(1, 6)),
        ("run", pa.string()),
        ("round", pa.int32()),
        ("seed", pa.int64()),
        ("generator", pa.string()),
        ("classifier", pa.string()),
    ]
)


def export(run: Run | RunSummary, reviews: Sequence[Review], kind: str, folder: str | os.PathLike) -> Path:
    """Write reviews of a run to a file in a fresh folder of random name under `folder`, and return its path.

    kind: "csv" (UTF-8 with a byte order mark; a text that a spreadsheet would run gets an apostrophe before
    it), "jsonl" (texts as they are) or "parquet". The file is there whole or not at all, and nothing that a
    user wrote is in its name.

    Raises:
        RevdemoError: the kind is unknown, or the file cannot be written.
    """
    if kind not in WRITERS:
        raise RevdemoError(
            "Reviews cannot be written as {kind!r}: choose one of {kinds}.",
            kind=kind,
            kinds=", ".join(WRITERS),
        )
    target = Path(folder) / secrets.token_hex(16) / f"{_name(run.request.stars, reviews)}.{kind}"
    rows = [to_columns(run, review) for review in reviews]
    try:
        target.parent.mkdir(parents=True)
        with atomic(target) as temporary:
            WRITERS[kind](rows, temporary)
    except OSError as error:
        shutil.rmtree(target.parent, ignore_errors=True)
        raise RevdemoError(
            "The reviews could not be written to {folder} ({reason}). Make room there, or make it writable.",
            folder=target.parent,
            reason=error.strerror,
        ) from error
    return target


def _name(stars: int, reviews: Sequence[Review]) -> str:
    verdicts = {review.accepted for review in reviews}
    which = {True: "accepted", False: "rejected"}[verdicts.pop()] if len(verdicts) == 1 else "reviews"
    return f"revdemo-{which}-{stars}-star{'s' if stars > 1 else ''}"


def to_columns(run: Run | RunSummary, review: Review) -> dict[str, object]:
    """A review of a run as a row of COLUMNS."""
    shares = review.probabilities or (None,) * 5
    return {
        "review": review.text,
        "requested": review.requested,
        "predicted": review.predicted,
        "confidence": review.confidence,
        "accepted": review.accepted,
        "reason": review.reason,
        "by_hand": review.by_hand,
        "filter_reason": review.filter_reason,
        "kind": run.request.kind,
        "synthetic": True,
        **{f"p{stars}": share for stars, share in enumerate(shares, start=1)},
        "run": run.id,
        "round": review.round,
        "seed": run.request.seed,
        **{role: model["label"] for role, model in run.models.items()},
    }


def _write_csv(rows: list[dict], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS.names)
        writer.writeheader()
        writer.writerows({name: inert(value) for name, value in row.items()} for row in rows)


def _write_jsonl(rows: list[dict], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_parquet(rows: list[dict], path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema=COLUMNS), path)


WRITERS: dict[str, Callable[[list[dict], Path], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
