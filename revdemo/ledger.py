"""The durable record of every run (SQLite), and its exports (CSV, JSONL, Parquet)."""

from __future__ import annotations

import csv
import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from revdemo.errors import RevdemoError
from revdemo.loop import ENDS, Request, Review, Run

SCHEMA_VERSION = 1
BUSY_SECONDS = 10
SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    process TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    request TEXT NOT NULL,
    models TEXT NOT NULL
);
CREATE INDEX runs_of_owner ON runs (owner, started);
CREATE TABLE reviews (
    run TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    round INTEGER NOT NULL,
    text TEXT NOT NULL,
    requested INTEGER NOT NULL,
    predicted INTEGER,
    confidence REAL,
    probabilities TEXT,
    accepted INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
"""
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
ELSEWHERE = "set REVDEMO_DATA_DIR to a folder elsewhere"
ADVICE = {
    sqlite3.SQLITE_FULL: f"the disk is full. Make room, or {ELSEWHERE}.",
    sqlite3.SQLITE_READONLY: f"it may only be read. Make it writable, or {ELSEWHERE}.",
    sqlite3.SQLITE_PERM: f"it may not be written. Make it writable, or {ELSEWHERE}.",
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened. Make its folder writable, or {ELSEWHERE}.",
    sqlite3.SQLITE_IOERR: f"the disk failed to read or write it. Check the disk, or {ELSEWHERE}.",
    sqlite3.SQLITE_BUSY: "another program holds it. Close that program, and try again.",
    **dict.fromkeys(
        DAMAGED, "it is damaged. Start revdemo again: it sets the file aside and begins a new one."
    ),
}


@dataclass(frozen=True)
class RunSummary:
    """One run of the ledger; `ended` is one of loop.ENDS, or "running", or "interrupted" by a crash."""

    id: str
    started: datetime
    ended: str
    request: Request
    models: dict[str, dict[str, str]]
    accepted: int
    rejected: int


class Ledger:
    """Runs and their reviews in one SQLite file, safe for threads, for several processes and against a kill.

    What `start`, `add` or `finish` wrote is on the disk when they return. A run is only shown to its owner;
    the owner None stands for whoever sits at this machine, and sees every run. A damaged file is set aside,
    never deleted; `warning` then says so. Every method raises RevdemoError when the file cannot be used.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        self.warning: str | None = None
        self.on_finish: Callable[[str], None] | None = None  # told the id of each run that has ended
        self._lock = threading.Lock()
        self._process = _this_process()
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = self._open()
            except sqlite3.DatabaseError as error:
                if _code(error) not in DAMAGED:
                    raise
                self.warning = self._set_aside()
                self._connection = self._open()

    def start(self, request: Request, owner: str, models: dict[str, dict[str, str]]) -> str:
        """Begin a run and return its id, which cannot be guessed."""
        run_id = secrets.token_hex(16)  # hex: no spreadsheet takes it for a formula
        row = (run_id, owner, self._process, _now(), None, json.dumps(asdict(request)), json.dumps(models))
        with self._writing() as connection:
            connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return run_id

    def add(self, run_id: str, reviews: Sequence[Review]) -> None:
        """Keep reviews of a run, all of them or none."""
        rows = [_to_row(run_id, review) for review in reviews]
        with self._writing() as connection:
            connection.executemany("INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def finish(self, run_id: str, ended: str) -> None:
        """Note how a run ended."""
        with self._writing() as connection:
            connection.execute("UPDATE runs SET ended = ? WHERE id = ?", (ended, run_id))
        if self.on_finish:
            self.on_finish(run_id)

    def record(self, run_id: str) -> dict:
        """A run with its owner and its reviews as values that JSON can hold, for `restore` elsewhere."""
        query = "SELECT owner, started, ended, request, models FROM runs WHERE id = ?"
        ((owner, started, ended, request, models),) = self._read(query, (run_id,))
        return {
            "id": run_id,
            "owner": owner,
            "started": started,
            "ended": ended,
            "request": json.loads(request),
            "models": json.loads(models),
            "reviews": [asdict(review) for review in self.reviews(run_id, None)],
        }

    def restore(self, record: dict) -> bool:
        """Take in what `record` gave of a run that had ended; False where the run is there already.

        Raises:
            ValueError: it is not such a record.
        """
        row, rows = _from_record(record)
        with self._writing() as connection:
            if connection.execute("SELECT 1 FROM runs WHERE id = ?", row[:1]).fetchone():
                return False
            connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            connection.executemany("INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        return True

    def finished(self) -> list[str]:
        """The ids of all runs that have ended."""
        return [run_id for (run_id,) in self._read("SELECT id FROM runs WHERE ended IS NOT NULL", ())]

    def runs(self, owner: str | None, limit: int = 50) -> list[RunSummary]:
        """The latest runs of an owner, the newest first."""
        return self._summaries("(?1 IS NULL OR owner = ?1)", (owner, limit))

    def seeded(self, owner: str | None, seed: int) -> list[RunSummary]:
        """The runs of an owner that were asked for with a seed, the newest first."""
        condition = "(?1 IS NULL OR owner = ?1) AND json_extract(request, '$.seed') = ?3"
        return self._summaries(condition, (owner, -1, seed))  # SQLite takes -1 for no limit

    def run(self, run_id: str, owner: str | None) -> RunSummary:
        """One run of an owner; another owner's raises the same RevdemoError as one that does not exist."""
        found = self._summaries("(?1 IS NULL OR owner = ?1) AND id = ?3", (owner, 1, run_id))
        if not found:
            raise RevdemoError("There is no such run among yours. Choose one from the list of runs.")
        return found[0]

    def reviews(self, run_id: str, owner: str | None, accepted: bool | None = None) -> list[Review]:
        """The reviews of a run in the order in which they were judged: accepted, rejected, or (None) both."""
        self.run(run_id, owner)
        rows = self._read(
            "SELECT position, round, text, requested, predicted, confidence, probabilities, accepted, reason"
            " FROM reviews WHERE run = ?1 AND (?2 IS NULL OR accepted = ?2) ORDER BY position",
            (run_id, accepted),
        )
        return [_from_row(row) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _summaries(self, condition: str, values: tuple) -> list[RunSummary]:
        rows = self._read(
            "SELECT id, started, ended, process, request, models,"
            " (SELECT count(*) FROM reviews WHERE run = id AND accepted),"
            " (SELECT count(*) FROM reviews WHERE run = id AND NOT accepted)"
            f" FROM runs WHERE {condition} ORDER BY started DESC, rowid DESC LIMIT ?2",
            values,
        )
        return [self._summary(*row) for row in rows]

    def _summary(self, run_id, started, ended, process, request, models, accepted, rejected) -> RunSummary:
        if ended is None:
            ended = "running" if process == self._process or _is_alive(process) else "interrupted"
        return RunSummary(
            run_id,
            datetime.fromisoformat(started),
            ended,
            Request(**json.loads(request)),
            json.loads(models),
            accepted,
            rejected,
        )

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._check_schema(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_schema(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")  # two processes may begin the same ledger
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not version and not tables:
            for statement in filter(str.strip, SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise RevdemoError(
                f"{self.path} is a database of version {version}, and this revdemo reads version "
                f"{SCHEMA_VERSION}. Install a newer revdemo, or {ELSEWHERE}."
            )
        connection.execute("COMMIT")
        if (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            damage = sqlite3.DatabaseError(found)
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage

    def _set_aside(self) -> str:
        """Rename a damaged ledger, and what SQLite keeps beside it, to a name that says so."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        aside = self.path.with_name(f"{self.path.name}.damaged-{stamp}-{secrets.token_hex(3)}")
        for suffix in ("-wal", "-shm", ""):
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        return f"The ledger at {self.path} was damaged. It is kept as {aside.name}, and a new one was begun."

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite or the file system says into what the user can do; anything else is a bug."""
        try:
            yield
        except sqlite3.Error as error:
            if (advice := ADVICE.get(_code(error))) is None:
                raise
            raise RevdemoError(f"The ledger of runs at {self.path}: {advice}") from error
        except OSError as error:
            raise RevdemoError(
                f"The ledger of runs at {self.path} cannot be made ({error.strerror}). "
                f"Make its folder writable, or {ELSEWHERE}."
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite rolls back by itself when the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def _read(self, query: str, values: tuple) -> list[tuple]:
        with self._lock, self._explained():
            return self._connection.execute(query, values).fetchall()


def _to_row(run_id: str, review: Review) -> tuple:
    return (
        run_id,
        review.index,
        review.round,
        review.text,
        review.requested,
        review.predicted,
        review.confidence,
        json.dumps(review.probabilities),
        review.accepted,
        review.reason,
    )


def _from_row(row: tuple) -> Review:
    index, number, text, requested, predicted, confidence, probabilities, accepted, reason = row
    shares = json.loads(probabilities)
    shares = None if shares is None else tuple(shares)
    return Review(index, number, text, requested, predicted, confidence, shares, bool(accepted), reason)


def _from_record(record: dict) -> tuple[tuple, list[tuple]]:
    """The rows of a run and of its reviews; ValueError for what is no record of a run."""
    try:
        request, reviews = Request(**record["request"]), [Review(**own) for own in record["reviews"]]
        run_id, owner, models = record["id"], record["owner"], record["models"]
        started = datetime.fromisoformat(record["started"])
        if not re.fullmatch("[0-9a-f]{32}", run_id) or record["ended"] not in ENDS or started.tzinfo is None:
            raise ValueError("its id, its end or its time is none")
        if not isinstance(owner, str) or not all(isinstance(own["label"], str) for own in models.values()):
            raise ValueError("its owner or its models are none")
        if len({own.index for own in reviews}) < len(reviews) or not all(map(_is_review, reviews)):
            raise ValueError("its reviews are none")
    except (KeyError, TypeError, AttributeError, RevdemoError) as error:
        raise ValueError(f"no record of a run: {error}") from error
    told = json.dumps(asdict(request)), json.dumps(models)
    row = (run_id, owner, "elsewhere", started.isoformat(), record["ended"], *told)
    return row, [_to_row(run_id, review) for review in reviews]


def _is_review(review: Review) -> bool:
    shares = review.probabilities
    return (
        all(isinstance(own, int) for own in (review.index, review.round, review.requested, review.accepted))
        and all(isinstance(own, str) for own in (review.text, review.reason))
        and isinstance(review.predicted, int | None)
        and isinstance(review.confidence, float | int | None)
        and (shares is None or (len(shares) == 5 and all(isinstance(own, float | int) for own in shares)))
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _code(error: sqlite3.Error) -> int | None:
    """The primary result code of SQLite: the low byte of what it gives."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _this_process() -> str:
    """This process in words no later one repeats: the machine, the process number, and when it began."""
    return f"{socket.gethostname()} {os.getpid()} {psutil.Process().create_time():.2f}"


def _is_alive(process: str) -> bool:
    """Say whether the process that began a run still runs on this machine."""
    host, number, began = process.rsplit(" ", 2)
    if host != socket.gethostname():
        return False
    try:
        found = psutil.Process(int(number))
        same = abs(found.create_time() - float(began)) < 2  # numbers are used again, seconds apart at least
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False


# --- exports ----------------------------------------------------------------------------------------------

COLUMNS = pa.schema(
    [
        ("review", pa.string()),
        ("requested", pa.int8()),
        ("predicted", pa.int8()),
        ("confidence", pa.float64()),
        ("accepted", pa.bool_()),
        ("reason", pa.string()),
        ("synthetic", pa.bool_()),
        *((f"p{stars}", pa.float64()) for stars in range(1, 6)),
        ("run", pa.string()),
        ("round", pa.int32()),
        ("seed", pa.int64()),
        ("generator", pa.string()),
        ("classifier", pa.string()),
    ]
)
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what may make a spreadsheet run a cell


def export(run: Run | RunSummary, reviews: Sequence[Review], kind: str, folder: str | os.PathLike) -> Path:
    """Write reviews of a run to a file in a fresh folder of random name under `folder`, and return its path.

    kind: "csv" (UTF-8 with a byte order mark; a text that a spreadsheet would run gets an apostrophe before
    it), "jsonl" (texts as they are) or "parquet". The file is there whole or not at all, and nothing that a
    user wrote is in its name.

    Raises:
        RevdemoError: the kind is unknown, or the file cannot be written.
    """
    if kind not in WRITERS:
        raise RevdemoError(f"Reviews cannot be written as {kind!r}: choose one of {', '.join(WRITERS)}.")
    target = Path(folder) / secrets.token_hex(16) / f"{_name(run.request.stars, reviews)}.{kind}"
    temporary = target.with_name(f".{target.name}")
    rows = [_to_columns(run, review) for review in reviews]
    try:
        target.parent.mkdir(parents=True)
        WRITERS[kind](rows, temporary)
        temporary.replace(target)
    except OSError as error:
        shutil.rmtree(target.parent, ignore_errors=True)
        raise RevdemoError(
            f"The reviews could not be written to {target.parent} ({error.strerror}). "
            "Make room there, or make it writable."
        ) from error
    return target


def _name(stars: int, reviews: Sequence[Review]) -> str:
    verdicts = {review.accepted for review in reviews}
    which = {True: "accepted", False: "rejected"}[verdicts.pop()] if len(verdicts) == 1 else "reviews"
    return f"revdemo-{which}-{stars}-star{'s' if stars > 1 else ''}"


def _to_columns(run: Run | RunSummary, review: Review) -> dict[str, object]:
    shares = review.probabilities or (None,) * 5
    return {
        "review": review.text,
        "requested": review.requested,
        "predicted": review.predicted,
        "confidence": review.confidence,
        "accepted": review.accepted,
        "reason": review.reason,
        "synthetic": True,
        **{f"p{stars}": share for stars, share in enumerate(shares, start=1)},
        "run": run.id,
        "round": review.round,
        "seed": run.request.seed,
        **{role: model["label"] for role, model in run.models.items()},
    }


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _write_csv(rows: list[dict], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS.names)
        writer.writeheader()
        writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)


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
