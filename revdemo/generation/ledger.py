"""The durable record of every run, in SQLite."""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from revdemo.errors import Phrase, RevdemoError
from revdemo.generation.ledger_migrations import MIGRATIONS
from revdemo.generation.ledger_rows import from_record, from_row, request_of, to_row
from revdemo.generation.request import ENDS, Request, Review
from revdemo.store import Store

log = logging.getLogger(__name__)

PAGE = 50  # runs read at a time
ELSEWHERE = "elsewhere"  # the process of a run that was restored
KEEP_RUN = (
    "INSERT INTO runs (id, owner, process, started, ended, request, models, sequence)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, {sequence})"
)
KEEP_REVIEW = (
    "INSERT INTO reviews (run, position, round, text, requested, predicted, confidence, probabilities,"
    " accepted, reason, by_hand) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
LAST = "(SELECT coalesce(max(sequence), 0) FROM runs)"
LAST_BEFORE = "(SELECT coalesce(max(sequence), 0) FROM runs WHERE started <= ?4)"


@dataclass(frozen=True)
class RunSummary:
    """One run of the ledger; `ended` is one of request.ENDS, or "running", or "interrupted" by a crash."""

    id: str
    started: datetime
    ended: str
    request: Request
    models: dict[str, dict[str, str]]
    accepted: int
    rejected: int
    taken_in: int = 0  # of the accepted ones, by hand
    kept_out: int = 0  # of the rejected ones, by hand

    @property
    def passed(self) -> int:
        """How many reviews the filter accepted, whatever a person decided."""
        return self.accepted - self.taken_in + self.kept_out


class Ledger:
    """Runs and their reviews in one SQLite file, safe for threads, for several processes and against a kill.

    What `start`, `add` or `finish` wrote is on the disk when they return. A run is only shown to its owner;
    the owner None stands for whoever sits at this machine, and sees every run. A damaged file is set aside,
    never deleted, and a damaged row is left out; `warning` then says so. Every method raises RevdemoError
    when the file cannot be used.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self.on_finish: Callable[[str], None] | None = None  # told of each run that ended or changed
        self._process = _this_process()
        self._damaged: set[object] = set()  # runs, and reviews by run and position
        self._store = Store(self.path, MIGRATIONS, Phrase("The ledger of runs"))

    @property
    def warning(self) -> Phrase | None:
        """What is wrong with the ledger that its user should know, although it can be used."""
        if self._store.warning or not self._damaged:
            return self._store.warning
        return Phrase(
            ("{count:,} damaged rows of the ledger at {path} are left out; all the others are there."),
            count=len(self._damaged),
            path=self.path,
        )

    def start(self, request: Request, owner: str, models: dict[str, dict[str, str]]) -> str:
        """Begin a run and return its id, which cannot be guessed."""
        run_id = secrets.token_hex(16)  # hex: no spreadsheet takes it for a formula
        row = (run_id, owner, self._process, _now(), None, json.dumps(asdict(request)), json.dumps(models))
        with self._store.writing() as connection:
            connection.execute(KEEP_RUN.format(sequence=f"{LAST} + 1"), row)
        return run_id

    def resume(self, run_id: str, owner: str) -> int | None:
        """Let a run that ended or was interrupted be in progress again; returns how many reviews it has.

        Without such a run it is None.

        Raises:
            RevdemoError: the run is still in progress.
        """
        found = next(self._summaries("owner = ?1 AND id = ?2", (owner, run_id)), None)
        if found is None:
            return None
        if found.ended == "running":
            raise RevdemoError("The same run is in progress in another process. Wait for it, or end it.")
        with self._store.writing() as connection:
            row = (self._process, run_id)
            connection.execute("UPDATE runs SET ended = NULL, process = ? WHERE id = ?", row)
        return found.accepted + found.rejected

    def add(self, run_id: str, reviews: Sequence[Review]) -> None:
        """Keep reviews of a run, all of them or none."""
        rows = [to_row(run_id, review) for review in reviews]
        with self._store.writing() as connection:
            connection.executemany(KEEP_REVIEW, rows)

    def finish(self, run_id: str, ended: str) -> None:
        """Note how a run ended."""
        with self._store.writing() as connection:
            connection.execute("UPDATE runs SET ended = ? WHERE id = ?", (ended, run_id))
        if self.on_finish:
            self.on_finish(run_id)

    def decide(self, run_id: str, owner: str | None, index: int, accepted: bool) -> Review:
        """Take a review in by hand or keep it out, or undo that; the filter's verdict is kept beside it.

        Raises:
            RevdemoError: the owner has no such run, it is still running, or it has no such review to take in.
        """
        if self.run(run_id, owner).ended == "running":
            raise RevdemoError("This run is still in progress. Decide on its reviews when it has ended.")
        found = next((one for one in self.reviews(run_id, owner) if one.index == index), None)
        if found is None or (accepted and not found.can_be_accepted):
            raise RevdemoError("This review cannot be taken in: it is empty, a copy, or not of this run.")
        decided = found.decided(accepted)
        value = decided.accepted if decided.by_hand else None
        with self._store.writing() as connection:
            row = (value, run_id, index)
            connection.execute("UPDATE reviews SET by_hand = ? WHERE run = ? AND position = ?", row)
        if self.on_finish:
            self.on_finish(run_id)
        return decided

    def record(self, run_id: str) -> dict[str, Any]:
        """A run with its owner and its reviews as values that JSON can hold, for `restore` elsewhere."""
        run = self.run(run_id, None)
        query = "SELECT owner, started, ended, request FROM runs WHERE id = ?"
        ((owner, started, ended, request),) = self._store.read(query, (run_id,))
        return {
            "id": run_id,
            "owner": owner,
            "started": started,
            "ended": ended,
            "request": json.loads(request),
            "models": run.models,
            "reviews": [asdict(review) for review in self.reviews(run_id, None)],
        }

    def restore(self, record: dict[str, Any]) -> bool:
        """Take in what `record` gave of a run that had ended; False where the run is there already.

        Raises:
            ValueError: it is not such a record.
        """
        row, rows = from_record(record, ELSEWHERE)
        with self._store.writing() as connection:
            if connection.execute("SELECT 1 FROM runs WHERE id = ?", row[:1]).fetchone():
                return False
            connection.execute(KEEP_RUN.format(sequence=LAST_BEFORE), row)
            connection.executemany(KEEP_REVIEW, rows)
        return True

    def finished(self) -> list[str]:
        """The ids of all runs that have ended."""
        return [run_id for (run_id,) in self._store.read("SELECT id FROM runs WHERE ended IS NOT NULL")]

    def runs(self, owner: str | None, limit: int = 50) -> list[RunSummary]:
        """The latest runs of an owner, the newest first, whatever the clock did."""
        return list(islice(self._summaries("(?1 IS NULL OR owner = ?1)", (owner,)), limit))

    def seeded(self, owner: str | None, seed: int) -> list[RunSummary]:
        """The runs of an owner that were asked for with a seed, the newest first."""
        condition = (
            "(?1 IS NULL OR owner = ?1) AND CASE WHEN json_valid(request)"
            " THEN json_extract(request, '$.seed') = ?2 END"
        )
        return list(self._summaries(condition, (owner, seed)))

    def run(self, run_id: str, owner: str | None) -> RunSummary:
        """One run of an owner; another owner's raises the same RevdemoError as one that does not exist."""
        condition = "(?1 IS NULL OR owner = ?1) AND id = ?2"
        if found := next(self._summaries(condition, (owner, run_id)), None):
            return found
        if run_id in self._damaged and self._store.read(
            f"SELECT 1 FROM runs WHERE {condition}", (owner, run_id)
        ):
            raise RevdemoError("This run is damaged in the ledger. Choose another from the list of runs.")
        raise RevdemoError("This run is not one of yours. Choose one from the list of runs.")

    def reviews(self, run_id: str, owner: str | None, accepted: bool | None = None) -> list[Review]:
        """The reviews of a run in the order in which they were judged: accepted, rejected, or (None) both."""
        self.run(run_id, owner)
        rows = self._store.read(
            "SELECT position, round, text, requested, predicted, confidence, probabilities, accepted, reason,"
            " by_hand FROM reviews WHERE run = ?1 AND (?2 IS NULL OR coalesce(by_hand, accepted) = ?2)"
            " ORDER BY position",
            (run_id, accepted),
        )
        return list(self._sound((from_row, row, (run_id, row[0])) for row in rows))

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def _summaries(self, condition: str, values: tuple[Any, ...]) -> Iterator[RunSummary]:
        query = (
            "SELECT id, started, ended, process, request, models,"
            " (SELECT count(*) FROM reviews WHERE run = id AND coalesce(by_hand, accepted)),"
            " (SELECT count(*) FROM reviews WHERE run = id AND NOT coalesce(by_hand, accepted)),"
            " (SELECT count(*) FROM reviews WHERE run = id AND by_hand = 1),"
            " (SELECT count(*) FROM reviews WHERE run = id AND by_hand = 0)"
            f" FROM runs WHERE {condition} ORDER BY sequence DESC, started DESC, rowid DESC LIMIT {PAGE}"
        )
        read = 0
        while rows := self._store.read(f"{query} OFFSET {read}", values):
            yield from self._sound((self._summary, row, row[0]) for row in rows)
            read += len(rows)

    def _sound(self, rows: Iterable[tuple[Callable[..., Any], tuple[Any, ...], object]]) -> Iterator[Any]:
        """What is made of rows, without those that are damaged: each costs itself alone."""
        for make, row, name in rows:
            try:
                found = make(*row)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, RevdemoError) as error:
                if name not in self._damaged:
                    log.warning("a damaged row of the ledger is left out: %s (%s)", name, error)
                self._damaged.add(name)
            else:
                yield found

    def _summary(
        self,
        run_id: str,
        started: str,
        ended: str | None,
        process: str,
        request: str,
        models: str,
        *counts: int,
    ) -> RunSummary:
        if ended is None:
            ended = "running" if process == self._process or _is_alive(process) else "interrupted"
        elif ended not in ENDS:
            raise ValueError(f"it ended as {ended!r}")
        began, made_by = datetime.fromisoformat(started), json.loads(models)
        if began.tzinfo is None or not all(isinstance(one["label"], str) for one in made_by.values()):
            raise ValueError("its time or its models are none")
        return RunSummary(run_id, began, ended, request_of(json.loads(request)), made_by, *counts)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _this_process() -> str:
    """This process in words no later one repeats: the machine, the process number, and when it began."""
    return f"{socket.gethostname()} {os.getpid()} {psutil.Process().create_time():.2f}"


def _is_alive(process: str) -> bool:
    """Say whether the process that began a run still runs on this machine."""
    try:
        host, number, began = process.rsplit(" ", 2)
        if host != socket.gethostname():
            return False
        found = psutil.Process(int(number))
        same = abs(found.create_time() - float(began)) < 2  # numbers are used again, seconds apart at least
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, ValueError, OverflowError):  # the latter two: of a damaged row
        return False
