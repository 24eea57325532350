"""Adapting to a table from the app: starts train.adapt as a process of its own, follows it, stops it.

What an adaptation needs and leaves is in a folder of its own below the data folder, so that it outlives a
closed tab, and goes on after a crash of the app. train/ is never imported: it may not be there.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from revdemo.errors import RevdemoError
from revdemo.models import ROOT
from revdemo.settings import Settings
from revdemo.tables import Chosen

COMMAND = (sys.executable, "-m", "train.adapt")
MODULE = ROOT / "train" / "adapt.py"
JOB, LOG, OUT, PROGRESS = "job.json", "log.txt", "out", "progress.jsonl"
ID = re.compile(r"[\w-]{22}")
GENERATE = 20  # reviews a star that the report writes, with the models before and after
RESUMABLE = ("stopped", "interrupted", "failed")
PASSED_ON = ("device", "cache", "data_dir", "quantize")  # settings that the process must share

OFF_IN_PUBLIC = (
    "On a public app nobody can adapt the models: it would take the machine from everyone else for minutes. "
    "On your own machine: python -m train.adapt reviews.csv --out models/mine, or start the app there."
)
NO_TRAIN = "This copy of revdemo comes without train/, which adapts the models: take the whole repository."
BUSY = "Another adaptation is at work in this app. Wait for it, or stop it."


@dataclass(frozen=True)
class Status:
    """Where an adaptation stands.

    state: estimating, running, stopping, estimated, stopped, interrupted (its process is gone), failed, done.
    roles: the last line of progress of each role. estimate, report: what train.adapt wrote, once it has.
    """

    id: str
    name: str
    state: str
    doing: str = ""
    problem: str = ""
    roles: dict[str, dict] = field(default_factory=dict)
    estimate: dict | None = None
    report: dict | None = None

    @property
    def at_work(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in ("estimating", "running", "stopping")


class Adapting:
    """The adaptations of an app, one at a time; each belongs to the owner who began it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.folder = settings.data_dir / "adapted"
        self._processes: dict[str, subprocess.Popen] = {}
        self._stopping: set[str] = set()
        self._lock = threading.Lock()

    @property
    def obstacle(self) -> str:
        """Why nothing can be adapted here; empty where it can."""
        if self.settings.public:
            return OFF_IN_PUBLIC
        return "" if MODULE.exists() else NO_TRAIN

    def begin(
        self,
        owner: str,
        chosen: Chosen,
        minutes: float | None = None,
        group: str | None = None,
        estimate: bool = False,
    ) -> str:
        """Start an adaptation to a table, or only its estimate; returns its id.

        Raises:
            RevdemoError: it cannot be done here, another one is at work, or the table has no ratings.
        """
        if chosen.rating is None:
            raise RevdemoError(
                f"{chosen.name} has no column of ratings, and there is nothing to learn without."
            )
        with self._lock:
            self._check()
            self._forget_estimates(owner)
            job = secrets.token_urlsafe(16)
            folder = self.folder / job
            folder.mkdir(parents=True, mode=0o700)
            table = folder / f"table{Path(chosen.path).suffix.lower()}"
            shutil.copyfile(chosen.path, table)  # the upload's own file is deleted after a day
            command = [str(table), "--out", str(folder / OUT), "--generate", str(GENERATE)]
            command += ["--column", chosen.text, "--rating", chosen.rating, "--scale", str(chosen.scale)]
            command += ["--minutes", f"{minutes:g}"] if minutes else []
            command += ["--group", group] if group else []
            about = {"owner": owner, "name": chosen.name, "created": time.time(), "arguments": command}
            _write(folder / JOB, about)
            self._start(job, [*command, "--estimate"] if estimate else command)
        return job

    def resume(self, owner: str, job: str) -> None:
        """Go on with an adaptation that was stopped, or whose process is gone.

        Raises:
            RevdemoError: the owner has no such adaptation, or another one is at work.
        """
        about = self._about(owner, job)
        with self._lock:
            self._check()
            self._start(job, about["arguments"])

    def stop(self, owner: str, job: str) -> None:
        """Ask an adaptation to stop after the step under way; nothing where it is not at work."""
        self._about(owner, job)
        pid = self._pid(job)
        if pid is not None:
            self._stopping.add(job)
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                self._stopping.discard(job)

    def latest(self, owner: str | None) -> Status | None:
        """Where the newest adaptation of an owner stands; None where there is none."""
        own = [job for job, about in self._jobs() if owner and about.get("owner") == owner]
        return self.status(owner, own[-1]) if own else None

    def status(self, owner: str, job: str) -> Status:
        """Where an adaptation stands; RevdemoError where the owner has no such one."""
        about = self._about(owner, job)
        out = self.folder / job / OUT
        alive = self._alive(job)
        lines = [
            line for line in _lines(out / PROGRESS) if line.get("time", 0) >= about.get("begun", 0) - 0.01
        ]
        started = max((n for n, line in enumerate(lines) if line.get("state") == "started"), default=None)
        since = lines if started is None else lines[started:]
        last = next((line for line in reversed(since) if "state" in line), {})
        state, problem = self._state(job, alive, about, last)
        if state == "done":
            self._tidy(job)
        estimate = _read(out / "estimate.json") if state in ("estimated", "running", "stopping") else None
        return Status(
            job,
            about["name"],
            state,
            next((line.get("role", "") for line in reversed(since)), "") if alive else "",
            problem,
            {line["role"]: line for line in _lines(out / PROGRESS) if line.get("steps")},
            estimate,
            _read(out / "adapt.json") if state == "done" else None,
        )

    def models(self, owner: str, job: str) -> dict[str, str]:
        """The settings that make the app use what was adapted; RevdemoError where it is not done."""
        if self.status(owner, job).state != "done":
            raise RevdemoError("The adaptation is not done. Wait for it, or go on with it.")
        out = self.folder / job / OUT
        return {"stars_model": str(out / "stars"), "generator": str(out / "generator")}

    # --- inside -----------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self.obstacle:
            raise RevdemoError(self.obstacle)
        if any(self._alive(job) for job, _ in self._jobs()):
            raise RevdemoError(BUSY)

    def _start(self, job: str, arguments: list[str]) -> None:
        folder = self.folder / job
        about = _read(folder / JOB) | {"begun": time.time(), "estimate": "--estimate" in arguments}
        _write(folder / JOB, about)
        self._stopping.discard(job)
        environment = {name: own for name, own in os.environ.items() if not name.startswith("REVDEMO_")}
        environment |= {f"REVDEMO_{name.upper()}": str(getattr(self.settings, name)) for name in PASSED_ON}
        if self.settings.device == "cpu":
            environment["CUDA_VISIBLE_DEVICES"] = ""
        threads = ["--threads", str(self.settings.threads)] if self.settings.threads else []
        with (folder / LOG).open("ab") as log:
            self._processes[job] = subprocess.Popen(
                [*COMMAND, *arguments, *threads],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _jobs(self) -> Iterator[tuple[str, dict]]:
        """Every adaptation there is, oldest first."""
        found = [(path.parent.name, _read(path)) for path in self.folder.glob(f"*/{JOB}")]
        yield from sorted((one for one in found if one[1]), key=lambda one: one[1]["created"])

    def _about(self, owner: str, job: str) -> dict:
        about = _read(self.folder / job / JOB) if ID.fullmatch(job or "") else None
        if not about or not owner or not hmac.compare_digest(about["owner"].encode(), owner.encode()):
            raise RevdemoError("There is no such adaptation of yours.")
        return about

    def _alive(self, job: str) -> bool:
        """Whether a process is at work: ours, or one that outlived the app that began it."""
        process = self._processes.get(job)
        if process is not None and process.poll() is None:
            return True
        lock = self.folder / job / OUT / ".lock"
        if not lock.exists():
            return False
        try:
            with FileLock(lock, timeout=0):
                return False
        except Timeout:
            return True

    def _pid(self, job: str) -> int | None:
        if not self._alive(job):
            return None
        process = self._processes.get(job)
        if process is not None and process.poll() is None:
            return process.pid
        began = [line["pid"] for line in _lines(self.folder / job / OUT / PROGRESS) if "pid" in line]
        return began[-1] if began else None

    def _state(self, job: str, alive: bool, about: dict, last: dict) -> tuple[str, str]:
        said = last.get("state", "")
        if alive:
            if job in self._stopping:
                return "stopping", ""
            return ("estimating" if about.get("estimate") else "running"), ""
        if said in ("done", "stopped", "estimated", "failed"):
            return said, last.get("problem", "")
        if job in self._stopping:  # it came before the process could take the signal
            return "stopped", ""
        process = self._processes.get(job)
        if not said and process is not None and process.poll():
            return "failed", _last_line(self.folder / job / LOG)
        return "interrupted", ""

    def _forget_estimates(self, owner: str) -> None:
        """Remove what earlier estimates of an owner left: nothing of them is used again."""
        for job, about in list(self._jobs()):
            if about["owner"] == owner and about.get("estimate"):
                shutil.rmtree(self.folder / job, ignore_errors=True)

    def _tidy(self, job: str) -> None:
        """Remove the copy of the table and the report's samples once nothing needs them."""
        for path in (self.folder / job).glob("table.*"):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.folder / job / OUT / "work", ignore_errors=True)


def _lines(path: Path) -> list[dict]:
    """The whole lines of a file of JSON lines; [] where there is none yet."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # half a line, of a process that was killed or is writing
    return [line for line in found if isinstance(line, dict)]


def _read(path: Path) -> dict | None:
    """A JSON file, None where there is none or it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, content: dict) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    os.replace(temporary, path)


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "The process ended by itself.")
