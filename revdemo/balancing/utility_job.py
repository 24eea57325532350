"""Is it worth it? The one way in which the page, the command line and Python measure it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from revdemo.balancing import utility, utility_rows
from revdemo.balancing.utility_report import UtilityPlan, UtilityReport
from revdemo.errors import RevdemoError
from revdemo.files import write_json
from revdemo.generation.context import JobContext
from revdemo.tables.table import Chosen

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class UtilityRequest:
    """What is measured: real rows of a table against synthetic reviews, and how.

    file, runs: where synthetic reviews come from: a file, or runs of the owner in the ledger; without either,
    the rows that the table itself marks in a column `synthetic`.
    """

    chosen: Chosen
    file: Path | None = None
    runs: Sequence[str] | None = None
    plan: UtilityPlan = field(default_factory=UtilityPlan)

    def __post_init__(self) -> None:
        if self.file is not None and self.runs is not None:
            raise RevdemoError("Synthetic reviews come from a file or from runs, not from both: name one.")


@dataclass(frozen=True)
class UtilityResult:
    """The answer, and the file of its figures where one was named."""

    report: UtilityReport
    files: tuple[Path, ...] = ()


def measure(
    request: UtilityRequest, context: JobContext, out: Path | None = None
) -> Iterator[utility.UtilityStep | UtilityResult]:
    """Train and test the classifiers of `utility.compare`, and write every figure as JSON to a file.

    Yields a Step after each classifier, and last a UtilityResult; stopped before the last one, none.

    Raises:
        RevdemoError: a file cannot be read or written, a run is not the owner's, or there are too few rows.
    """
    if out:
        _check_writable(out)
    real, synthetic = _rows(request, context)
    report = None
    for step in utility.compare(real, synthetic, request.plan, context.should_stop):
        report = step.report
        yield step
    if report is not None:
        yield UtilityResult(report, _write(report, out) if out else ())


def _rows(request: UtilityRequest, context: JobContext) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The real and the synthetic rows (text, stars)."""
    real, marked = utility_rows.from_table(request.chosen)
    if request.file is not None:
        return real, utility_rows.from_file(request.file)
    if request.runs is None:
        return real, marked
    with context.open_ledger() as ledger:
        return real, utility_rows.from_runs(ledger, context.owner, request.runs)


def _check_writable(path: Path) -> None:
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise RevdemoError(
            "{out} cannot be written: name a file in a folder that you can write to.", out=path
        )


def _write(report: UtilityReport, path: Path) -> tuple[Path]:
    try:
        write_json(path, report.as_dict())
    except OSError as error:
        raise RevdemoError("{path} cannot be written: {reason}.", path=path, reason=error.strerror) from error
    return (path,)
