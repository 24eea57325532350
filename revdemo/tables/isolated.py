"""A table opened in a process of its own, which is ended where it takes too long or too much.

The process gets a request as JSON and answers in JSON: nothing of a stranger's file is unpickled here.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from revdemo.errors import Phrase, RevdemoError, lack_of_memory
from revdemo.tables.columns.choice import NoTextColumn
from revdemo.tables.inspection import Inspection
from revdemo.tables.ratings.scale import StarRule
from revdemo.tables.reading import Layout, ReadOptions, chunks, layout_of
from revdemo.tables.table import Chosen, open_chosen

SECONDS, MOST_SECONDS = 20.0, 120.0  # to open a small table, and any
SECONDS_PER_MB = 1.0
SECONDS_SHARED = 10.0  # the same while others wait for a place
PLACES = 2  # tables that are opened at once
MB = 1 << 20
MEMORY = 700 * MB  # for a small file; a larger one may take more
MEMORY_PER_BYTE = 16
CELL = 200  # characters of a cell in the rows that are shown
PAUSE = 0.1  # between two looks whether somebody waits
COMMAND = (sys.executable, "-P", "-m", "revdemo.tables.isolated")
HANDED_ON = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH")
FRUGAL = {  # every thread and every pool of memory counts against the bound
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
}


@dataclass(frozen=True)
class Opened:
    """A table's columns and first rows (cells as text), and what it is read as, or why it cannot be."""

    columns: tuple[str, ...]
    head: tuple[tuple[str | None, ...], ...]
    chosen: Chosen | None
    problem: RevdemoError | None

    def understood(self) -> Chosen:
        """What the table is read as.

        Raises:
            RevdemoError: it cannot be, although it can be read.
        """
        if self.chosen is None:
            raise self.problem or RevdemoError("It is not known what the table is read as.")
        return self.chosen


class Readers:
    """Processes that open one table each; the next one is started ahead, because starting takes a second."""

    def __init__(self, seconds: float = SECONDS, shared: float = SECONDS_SHARED, places: int = PLACES):
        self.seconds, self.shared = seconds, shared
        self._places = threading.Semaphore(places)
        self._lock = threading.Lock()
        self._waiting = 0
        self._spare: subprocess.Popen[bytes] | None = None

    def open(self, path: str | Path, options: ReadOptions, rows: int) -> Opened:
        """Open a table, with its first rows.

        Raises:
            RevdemoError: it cannot be read at all, or not within the bounds.
        """
        path = Path(path)
        size = path.stat().st_size if path.exists() else 0
        memory = MEMORY + MEMORY_PER_BYTE * size
        asked = {"path": str(path), "rows": rows, "memory": memory, "options": asdict(options)}
        self._take_place()
        try:
            process = self._process()
            try:
                answer = self._answer(process, json.dumps(asked).encode(), path.name, size)
            finally:
                _end(process)
        finally:
            self._places.release()
        return _opened(answer, path, options, memory)

    def close(self) -> None:
        """End the process that was started ahead."""
        with self._lock:
            spare, self._spare = self._spare, None
        if spare:
            _end(spare)

    def _take_place(self) -> None:
        with self._lock:
            self._waiting += 1
        try:
            taken = self._places.acquire(timeout=MOST_SECONDS)
        finally:
            with self._lock:
                self._waiting -= 1
        if not taken:
            raise RevdemoError("Other tables are being opened. Wait a minute, then upload yours again.")

    def _process(self) -> subprocess.Popen[bytes]:
        with self._lock:
            spare, self._spare = self._spare, _start()
        return spare if spare and spare.poll() is None else _start()

    def _answer(self, process: subprocess.Popen[bytes], asked: bytes | None, name: str, size: int) -> bytes:
        began = time.monotonic()
        alone = min(MOST_SECONDS, self.seconds + SECONDS_PER_MB * size / MB)
        while True:
            try:
                return process.communicate(asked, timeout=PAUSE)[0]
            except subprocess.TimeoutExpired:
                asked = None  # it is on its way
            most = min(alone, self.shared) if self._waiting else alone
            if time.monotonic() - began > most:
                raise RevdemoError(
                    "{file} takes longer than {seconds:.0f} s to open, which is the "
                    "limit: split it into several files, or save it as CSV.",
                    file=name,
                    seconds=most,
                )


def _start() -> subprocess.Popen[bytes]:
    own = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    own["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), own.get("PYTHONPATH"))))
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(COMMAND, env=own | FRUGAL, stdin=pipe, stdout=pipe, stderr=nowhere)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def _too_much(name: str, memory: int) -> RevdemoError:
    return RevdemoError(
        "{file} takes more than {most:,} MB of memory to open, which is the limit: split "
        "it into several files, or save it as CSV.",
        file=name,
        most=memory // MB,
    )


# --- what comes back --------------------------------------------------------------------------------------


def _opened(answer: bytes, path: Path, options: ReadOptions, memory: int) -> Opened:
    try:
        found = json.loads(answer)
    except ValueError:  # it was ended by the system, or by a library that does not outlive a lack of memory
        raise _too_much(path.name, memory) from None
    if "bug" in found:
        raise RuntimeError(found["bug"])
    if found.get("memory"):
        raise _too_much(path.name, memory)
    problem = _problem(found["problem"])
    if "columns" not in found:
        assert problem is not None
        raise problem
    head = tuple(tuple(row) for row in found["head"])
    chosen = _chosen(found["chosen"], path, options) if problem is None else None
    return Opened(tuple(found["columns"]), head, chosen, problem)


def _problem(found: Mapping[str, Any] | None) -> RevdemoError | None:
    if found is None:
        return None
    kind = NoTextColumn if found["no_text"] else RevdemoError
    return kind.of(Phrase.from_dict(found["phrase"]))


def _chosen(found: Mapping[str, Any], path: Path, options: ReadOptions) -> Chosen:
    own = _thawed(found)
    layout = Layout(**own["layout"] | {"percent": frozenset(own["layout"]["percent"])})
    rule = StarRule(**own["rule"]) if own["rule"] else None
    stars = {int(star): count for star, count in own["read_as"]["stars"].items()}
    read_as = Inspection(**own["read_as"] | {"stars": stars})
    columns = own["text"], own["rating"], own["scale"]
    return Chosen(str(path), path.name, *columns, own["rows"], layout, rule, options, read_as)


def _thawed(value: Any) -> Any:
    """JSON as our own classes hold it: tuples for lists, phrases for what was one."""
    if isinstance(value, list):
        return tuple(map(_thawed, value))
    if isinstance(value, dict):
        if set(value) == {"phrase"}:
            return Phrase.from_dict(value["phrase"])
        return {name: _thawed(own) for name, own in value.items()}
    return value


# --- in the process itself --------------------------------------------------------------------------------


def _frozen(value: Any) -> Any:
    """The opposite of `_thawed`."""
    if isinstance(value, Phrase):
        return {"phrase": value.as_dict()}
    if isinstance(value, Mapping):
        return {str(name): _frozen(own) for name, own in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_frozen(own) for own in value]
    if isinstance(value, Layout | StarRule | Inspection):
        return _frozen(vars(value))
    return value


def _bound(memory: int) -> None:
    """Hold this process to so much more memory than it has by now."""
    try:
        import resource
    except ImportError:  # Windows has only the bound on seconds
        return
    try:
        status = Path("/proc/self/status").read_text("utf-8").splitlines()
        own = next(int(line.split()[1]) for line in status if line.startswith("VmData")) << 10
        resource.setrlimit(resource.RLIMIT_DATA, (own + memory,) * 2)
    except (OSError, ValueError, StopIteration):
        pass


def _follow(parent: int) -> None:
    """End this process when the one that asks is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _work(asked: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"problem": None}
    try:
        options = ReadOptions(**asked["options"])
        layout = layout_of(asked["path"], options)
        head = next(chunks(asked["path"], asked["rows"], layout), None)
        if head is None:
            raise RevdemoError("{file} holds no rows.", file=Path(asked["path"]).name)
        rows = [[_cell(cell) for cell in row] for row in head.head(asked["rows"]).itertuples(index=False)]
        found |= {"columns": list(layout.names), "head": rows}
        chosen = open_chosen(asked["path"], options=options)
        names = ("text", "rating", "scale", "rows", "layout", "rule", "read_as")
        found["chosen"] = {name: _frozen(getattr(chosen, name)) for name in names}
    except RevdemoError as error:
        found["problem"] = {"phrase": error.phrase.as_dict(), "no_text": isinstance(error, NoTextColumn)}
    return found


def _cell(cell: Any) -> str | None:
    import pandas as pd

    missing = pd.api.types.is_scalar(cell) and pd.isna(cell)
    return None if missing else str(cell)[:CELL]


def main() -> None:
    """Answer one request on standard input."""
    given = sys.stdin.buffer.read()
    if not given:
        return
    asked = json.loads(given)
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    _bound(asked["memory"])
    try:
        answer = _work(asked)
    except BaseException as error:
        answer = {"memory": True} if lack_of_memory(error) else {"bug": traceback.format_exc()[-4000:]}
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.flush()


readers = Readers()
atexit.register(readers.close)


def open_table(path: str | Path, options: ReadOptions, rows: int) -> Opened:
    """A table opened in a process of its own; see `Readers.open`."""
    return readers.open(path, options, rows)


if __name__ == "__main__":
    main()
