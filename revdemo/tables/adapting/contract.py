"""What train.adapt and whoever started it say to each other: files in one folder, and what they hold.

The two are separate processes, so that a crash of one leaves the other, and train/ may be missing: neither
imports the other, both import this. The folder holds, beside the models: PROGRESS, a line for each thing
that happened; ESTIMATE, once it was asked for; REPORT, once all is done; LOCK, held while a process is at
work; WORK, what a killed process resumes from.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from revdemo.evaluation.results import AdaptedFile, read_file_or_none

ROLES = ("stars", "generator")
PROGRESS, ESTIMATE, REPORT, LOCK, WORK = "progress.jsonl", "estimate.json", "adapt.json", ".lock", "work"


class State(StrEnum):
    """What a line of progress says of the whole: that a process began, or how it ended."""

    STARTED = "started"
    ESTIMATED = "estimated"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"


class Line(BaseModel):
    """A line of PROGRESS.

    time: seconds since 1970. state: given where a process began or ended; pid and estimate then say which
    and what for, problem why it failed, and `said` the same as a Phrase. role: what is being done ("stars",
    "generator", "reading", "estimate", "report"), and `what` of it. step, steps, loss, seconds_left: of the
    training of a role.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    time: float
    state: State | None = None
    pid: int | None = None
    estimate: bool = False
    problem: str = ""
    said: dict | None = None
    role: str = ""
    what: str = ""
    step: int | None = None
    steps: int | None = None
    loss: float | None = None
    seconds_left: float | None = None


class RoleEstimate(BaseModel):
    """What training a role will take."""

    rows: int
    minutes: float


class AdaptEstimate(BaseModel):
    """ESTIMATE: minutes for each role, for reading the table and for the report, and for all of it.

    device_phrase: the device as a Phrase.
    """

    model_config = ConfigDict(frozen=True)

    roles: dict[str, RoleEstimate]
    reading: float
    report: float
    minutes: float
    device: str
    device_phrase: dict | None = None


def read_progress(folder: Path) -> list[Line]:
    """The whole lines of PROGRESS in a folder; [] where there is none yet."""
    try:
        text = (folder / PROGRESS).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        try:
            found.append(Line.model_validate_json(line))
        except ValidationError:
            continue  # half a line, of a process that was killed or is writing
    return found


def read_estimate(folder: Path) -> AdaptEstimate | None:
    """ESTIMATE in a folder; None where there is none."""
    return read_file_or_none(folder / ESTIMATE, AdaptEstimate)


def read_report(folder: Path) -> AdaptedFile | None:
    """REPORT in a folder; None where there is none."""
    return read_file_or_none(folder / REPORT, AdaptedFile)
