"""SQLite files: opened one way, grown from version to version, and one way to treat damage.

A damaged file is set aside under a name that says so, never deleted, and a new one is begun in its place;
`warning` then says so. A file that is deleted, cut or replaced while it is open is noticed before the next
use, which raises RevdemoError instead of writing to where nobody finds it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from revdemo.errors import Phrase, RevdemoError
from revdemo.files import make_private_folder, sync_folder, take_free_place

Migration = Callable[[sqlite3.Connection], object]  # takes a database from one version to the next

BUSY_SECONDS = 10
HEADER = 100  # bytes that every SQLite database begins with
BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
ELSEWHERE = Phrase("set REVDEMO_DATA_DIR to a folder elsewhere")
ADVICE = {
    sqlite3.SQLITE_FULL: Phrase("the disk is full. Make room, or {elsewhere}.", elsewhere=ELSEWHERE),
    sqlite3.SQLITE_READONLY: Phrase(
        "it is read-only. Make it writable, or {elsewhere}.", elsewhere=ELSEWHERE
    ),
    sqlite3.SQLITE_PERM: Phrase(
        "it cannot be written to. Make it writable, or {elsewhere}.", elsewhere=ELSEWHERE
    ),
    sqlite3.SQLITE_CANTOPEN: Phrase(
        "it cannot be opened. Make its folder writable, or {elsewhere}.", elsewhere=ELSEWHERE
    ),
    sqlite3.SQLITE_IOERR: Phrase(
        "the disk failed to read or write it. Check the disk, or {elsewhere}.", elsewhere=ELSEWHERE
    ),
    sqlite3.SQLITE_BUSY: Phrase("another program is using it. Close that program, and try again."),
    **dict.fromkeys(
        DAMAGED, Phrase("it is damaged. Start revdemo again: it sets the file aside and begins a new one.")
    ),
}


class Damage(sqlite3.DatabaseError):
    """What is wrong with a database that SQLite itself can open."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class Store:
    """One SQLite file, safe for threads, for several processes and against a kill.

    What a block of `writing` did is on the disk when the block ends, all of it or nothing. The file can be
    read by its owner alone. Every method raises RevdemoError when the file cannot be used.

    Args:
        path: the file; it and its folder are made where they are missing.
        migrations: what makes a database of version n + 1 from one of version n, beginning with an empty one.
        what: what the file is, for people, such as "The ledger of runs".
    """

    def __init__(self, path: str | os.PathLike[str], migrations: Sequence[Migration], what: Phrase):
        self.path, self.migrations, self.what = Path(path), migrations, what
        self.warning: Phrase | None = None
        self._lock = threading.RLock()
        with self._explained():
            self._begin()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A block that writes: committed when it ends well, undone when it raises."""
        with self._lock, self._explained():
            self._notice_loss()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite rolls back by itself when the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def read(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query finds; none for a text that no database holds, such as half a character."""
        with self._lock, self._explained():
            self._notice_loss()
            try:
                return self._connection.execute(query, values).fetchall()
            except UnicodeEncodeError:
                return []

    def begin_anew(self) -> None:
        """Set the file aside as damaged, which its user found out, and begin a new one."""
        with self._lock, self._explained():
            self._connection.close()
            self._replace(_inode(self.path))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    # --- opening ------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        make_private_folder(self.path.parent)
        if not os.path.lexists(self.path):
            self._create()
        found = _inode(self.path)
        try:
            if self.path.is_file() and self.path.stat().st_size == 0:
                raise Damage("it is empty, and revdemo never leaves it so")
            self._open()
        except sqlite3.DatabaseError as error:
            if _code(error) not in DAMAGED:
                raise
            self._replace(found)

    def _create(self) -> None:
        """Put a new database where none is: it is never there half made, and never replaces another one."""
        temporary = self.path.with_name(f".{self.path.name[:48]}-{secrets.token_hex(8)}")
        try:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
                self._migrate(connection)
                connection.execute("PRAGMA journal_mode = WAL")
            take_free_place(temporary, self.path)
        finally:
            for suffix in ("", *BESIDE):
                temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)
        sync_folder(self.path.parent)

    def _open(self) -> None:
        with suppress(OSError):  # of another user: then SQLite says what may be done
            self.path.chmod(0o600)
        place = f"file:{quote(os.fspath(self.path.absolute()))}?mode=rw"
        connection = sqlite3.connect(
            place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
        )
        connection.text_factory = lambda text: text.decode("utf-8", "replace")  # damage is one value's
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            self._migrate(connection)
            self._check(connection)
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):  # a file of elsewhere
                connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
        self._connection, self._opened = connection, _identity(self.path)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")  # two processes may begin or migrate the same file
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version > len(self.migrations) or version < 0 or (tables and not version):
            raise RevdemoError(
                "{path} is a database of version {version}, and this revdemo reads version {ours}. Install "
                "a newer revdemo, or {elsewhere}.",
                path=self.path,
                version=version,
                ours=len(self.migrations),
                elsewhere=ELSEWHERE,
            )
        try:
            for number, migration in enumerate(self.migrations[version:], start=version + 1):
                migration(connection)
                connection.execute(f"PRAGMA user_version = {number}")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_ERROR:
                raise
            raise Damage(f"it lacks what its version has: {error}") from error
        connection.execute("COMMIT")

    def _check(self, connection: sqlite3.Connection) -> None:
        """Raise Damage where pages are broken, a table or column is missing, or a trigger was added."""
        if (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise Damage(found)
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
            for migration in self.migrations:
                migration(new)
            tables = [name for (name,) in new.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            lacking = [name for name in tables if _columns(connection, name) != _columns(new, name)]
        if lacking or connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone():
            raise Damage(f"its tables are not those of its version: {lacking or 'a trigger was added'}")

    # --- damage -------------------------------------------------------------------------------------------

    def _replace(self, damaged: tuple[int, int] | None) -> None:
        """Set the damaged file aside, with what SQLite keeps beside it, and begin a new one."""
        if _inode(self.path) != damaged:  # another process did it a moment ago
            return self._open()
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        aside = self.path.with_name(f"{self.path.name}.damaged-{stamp}-{secrets.token_hex(3)}")
        for suffix in (*BESIDE, ""):
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        self._create()
        self._open()
        self.warning = Phrase(
            "{what} at {path} was damaged. It is kept as {aside}, and a new one was begun.",
            what=self.what,
            path=self.path,
            aside=aside.name,
        )

    def _notice_loss(self) -> None:
        """Raise RevdemoError where the file is not the one that was opened; the next use begins a new one."""
        if _identity(self.path) == self._opened:
            return
        self._connection.close()
        self._begin()
        self.warning = Phrase(
            "{what} at {path} was deleted, cut or replaced while revdemo was running, and what "
            "it held may be lost. A new one is open now: start again whatever was running.",
            what=self.what,
            path=self.path,
        )
        raise RevdemoError.of(self.warning)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite or the file system says into what the user can do; anything else is a bug."""
        try:
            yield
        except sqlite3.Error as error:
            if (advice := ADVICE.get(_code(error) or 0)) is None:
                raise
            raise RevdemoError(
                "{what} at {path}: {advice}", what=self.what, path=self.path, advice=advice
            ) from error
        except OSError as error:
            raise RevdemoError(
                "{what} at {path} cannot be made ({reason}). Make its folder writable, or {elsewhere}.",
                what=self.what,
                path=self.path,
                reason=error.strerror,
                elsewhere=ELSEWHERE,
            ) from error


def _inode(path: Path) -> tuple[int, int] | None:
    """Which file this is; None where there is none."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _identity(path: Path) -> tuple[int, int] | None:
    """Which database this is; None where there is none, or less than one begins with."""
    try:
        about = path.stat()
    except OSError:
        return None
    return (about.st_dev, about.st_ino) if about.st_size >= HEADER else None


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _code(error: sqlite3.Error) -> int | None:
    """The primary result code of SQLite: the low byte of what it gives."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
