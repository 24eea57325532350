"""train.adapt as a process of its own: how it is started, what it may see, and where it stands.

train/ is never imported: it may not be there, and a crash of one process leaves the other.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from revdemo.errors import Phrase, RevdemoError
from revdemo.evaluation.results import AdaptedFile
from revdemo.files import ROOT
from revdemo.settings import Settings
from revdemo.tables.adapting.contract import (
    LOCK,
    AdaptEstimate,
    Line,
    State,
    read_estimate,
    read_progress,
    read_report,
)
from revdemo.tables.table import Chosen, ReadOptions

COMMAND = (sys.executable, "-m", "train.adapt")
MODULE = ROOT / "train" / "adapt.py"
GENERATE = 20  # reviews per star that the report writes, with the models before and after
AT_WORK = ("estimating", "running", "stopping")
WITH_ESTIMATE = ("estimated", "running", "stopping")
# What the process may see of the app's environment: where things are and how to compute, never a token.
INHERITED = re.compile(
    "PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|LANG|LC_[A-Z]+|TZ|VIRTUAL_ENV|PYTHON[A-Z]*|LD_LIBRARY_PATH"
    "|XDG_CACHE_HOME|XDG_DATA_HOME|HF_(HOME|HUB_CACHE|HUB_OFFLINE|DATASETS_OFFLINE|DATASETS_CACHE|ENDPOINT)"
    "|TRANSFORMERS_OFFLINE|SSL_CERT_(FILE|DIR)|(CUDA|NVIDIA|OMP|MKL|OPENBLAS|TORCH|PYTORCH|NCCL)_[A-Z_]+"
)
PASSED_ON = ("device", "cache", "data_dir", "quantize")  # settings that the process must share

NO_TRAIN = Phrase(
    "This copy of revdemo comes without train/, which adapts the models: get the whole repository."
)
ENDED = Phrase("The process ended unexpectedly.")


@dataclass(frozen=True)
class Status:
    """Where an adaptation stands.

    state: estimating, running, stopping, estimated, stopped, interrupted (its process is gone), failed, done.
    doing: the role of the last line of progress. roles: the last line of each role's training. estimate,
    report: what train.adapt wrote, once it has.
    """

    id: str
    name: str
    state: str
    doing: str = ""
    problem: str = ""
    roles: dict[str, Line] = field(default_factory=dict)
    estimate: AdaptEstimate | None = None
    report: AdaptedFile | None = None

    @property
    def at_work(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in AT_WORK


def check_ratings(chosen: Chosen) -> None:
    """Raise RevdemoError for a table without ratings."""
    if chosen.rating is None:
        raise RevdemoError(
            "{table} has no column of ratings, and there is nothing to learn without one.", table=chosen.name
        )


def arguments(
    table: Path,
    out: Path,
    said: ReadOptions,
    minutes: float | None = None,
    group: str | None = None,
    generate: int = GENERATE,
) -> list[str]:
    """The command line of an adaptation to a table that is read as `said`."""
    told = [str(table), "--out", str(out), "--generate", str(generate)]
    # With "=", the name of a column cannot be taken for an option, even if it is "--out".
    told += said.arguments()
    told += [f"--minutes={minutes:g}"] if minutes else []
    return told + ([f"--group={group}"] if group else [])


def start(told: Sequence[str], log: Path, settings: Settings) -> subprocess.Popen:
    """Start train.adapt with a command line; what it prints goes to the end of `log`."""
    environment = {name: own for name, own in os.environ.items() if INHERITED.fullmatch(name)}
    environment |= {f"REVDEMO_{name.upper()}": str(getattr(settings, name)) for name in PASSED_ON}
    if settings.device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    threads = ["--threads", str(settings.threads)] if settings.threads else []
    with log.open("ab") as file:
        return subprocess.Popen(
            [*COMMAND, *told, *threads],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def is_locked(out: Path) -> bool:
    """Whether any process is at work in a folder, also one that outlived the app that began it."""
    if not (out / LOCK).exists():
        return False
    try:
        with FileLock(out / LOCK, timeout=0):
            return False
    except Timeout:
        return True


@dataclass(frozen=True)
class Start:
    """The last start of an adaptation, as whoever began it knows it.

    begun: seconds since 1970. process: None where it is not our own. stopping: whether it was asked to stop.
    """

    begun: float = 0.0
    estimate: bool = False
    alive: bool = False
    stopping: bool = False
    process: subprocess.Popen | None = None


def status(id: str, name: str, out: Path, log: Path, last: Start) -> Status:
    """Where the adaptation in a folder stands."""
    lines = read_progress(out)
    since = _of_last_start(lines, last.begun)
    state, problem = _state(since, log, last)
    return Status(
        id=id,
        name=name,
        state=state,
        doing=since[-1].role if last.alive and since else "",
        problem=problem,
        roles={line.role: line for line in lines if line.steps},
        estimate=read_estimate(out) if state in WITH_ESTIMATE else None,
        report=read_report(out) if state == State.DONE else None,
    )


def _state(since: list[Line], log: Path, last: Start) -> tuple[str, str]:
    """The state, and why it failed; `since` are the lines since the last start."""
    if last.alive:
        busy = "estimating" if last.estimate else "running"
        return ("stopping" if last.stopping else busy), ""
    line = next((line for line in reversed(since) if line.state), None)
    if line and line.state != State.STARTED:
        return str(line.state), Phrase.from_dict(line.said) if line.said else line.problem
    if last.stopping:  # it came before the process could take the signal
        return str(State.STOPPED), ""
    if not line and last.process is not None and last.process.poll():
        return str(State.FAILED), _last_line(log)
    return "interrupted", ""


def _of_last_start(lines: list[Line], begun: float) -> list[Line]:
    """The lines since a process last began, but for those of before the job's own last start."""
    own = [line for line in lines if line.time >= begun - 0.01]
    started = [n for n, line in enumerate(own) if line.state == State.STARTED]
    return own[started[-1] :] if started else own


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), ENDED)
