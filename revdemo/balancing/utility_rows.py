"""Real and synthetic rows to compare: of one table, of another file, or of the runs in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from revdemo.errors import RevdemoError
from revdemo.generation.ledger import Ledger
from revdemo.tables import table as tables
from revdemo.tables.table import Chosen

if TYPE_CHECKING:
    import pandas as pd

MARK = "synthetic"  # the column that says it in every export
OURS = ("review", "requested", "accepted")  # columns of a run's export: what is rejected does not count
BALANCED = {"review", "stars", "requested", MARK}  # columns of a balanced table, beside those it had
TRUE = {"true", "1", "1.0", "yes"}


def from_table(chosen: Chosen) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The real rows of a table (text, stars), and the synthetic ones: those that its synthetic column marks.

    Of a table that was balanced here, our own columns count: in its others synthetic rows are empty.

    Raises:
        RevdemoError: the table has no ratings.
    """
    rows = tables.labelled(_of_ours(chosen))
    marked = rows["row"].isin(set(_rows_where(chosen, MARK)))
    return rows.loc[~marked, ["text", "stars"]], rows.loc[marked, ["text", "stars"]]


def from_file(path: str | Path, name: str | None = None) -> pd.DataFrame:
    """The synthetic reviews of a file: the accepted ones of a run's export, else the rows marked synthetic.

    Where nothing is marked, every labelled row counts.

    Raises:
        RevdemoError: the file cannot be read, or has no such review.
    """
    columns = tables.layout_of(path).names
    kept: str | None
    if set(OURS) <= set(columns):
        chosen, kept = tables.open_chosen(path, *OURS[:2], 5, name), OURS[2]
    else:
        chosen = _of_ours(tables.open_chosen(path, name=name))
        kept = next((column for column in columns if column.lower() == MARK), None)
    rows = tables.labelled(chosen)
    if kept:
        rows = rows[rows["row"].isin(set(_rows_where(chosen, kept)))]
    if rows.empty:
        raise RevdemoError(
            "No row of {file} counts as synthetic: none is true in its column {column!r}.",
            file=name or Path(path).name,
            column=kept,
        )
    return rows[["text", "stars"]]


def from_runs(ledger: Ledger, owner: str | None, run_ids: Sequence[str]) -> pd.DataFrame:
    """The accepted reviews of an owner's runs, with the stars that were requested.

    Raises:
        RevdemoError: one of the runs is not the owner's, or nothing was accepted in them.
    """
    import pandas as pd

    accepted = [one for run_id in run_ids for one in ledger.reviews(run_id, owner, accepted=True)]
    if not accepted:
        raise RevdemoError("These runs have no accepted reviews: choose others, or generate some first.")
    return pd.DataFrame(
        {"text": [one.text for one in accepted], "stars": [one.requested for one in accepted]}
    )


def _of_ours(chosen: Chosen) -> Chosen:
    if set(chosen.columns) >= BALANCED:
        return replace(chosen, text="review", rating="stars", scale=5, rule=None)
    return chosen


def _rows_where(chosen: Chosen, column: str) -> Iterator[int]:
    """The rows of a table whose cell in a column is true; none where there is no such column."""
    for chunk in chosen.chunks():
        name = next((own for own in chunk.columns if str(own).lower() == column), None)
        if name is None:
            return
        yield from chunk.index[[str(cell).strip().lower() in TRUE for cell in chunk[name]]]
