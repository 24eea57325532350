"""The adaptations of an app: each in a folder of its own below the data folder, seen by its owner alone.

So it outlives a closed tab, and resumes after a crash of the app.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from revdemo.errors import Phrase, RevdemoError
from revdemo.files import read_json_or_none, write_json
from revdemo.settings import Settings
from revdemo.tables.adapting import process
from revdemo.tables.adapting.contract import WORK, State, read_progress
from revdemo.tables.adapting.process import Start, Status
from revdemo.tables.table import Chosen

JOB, LOG, OUT = "job.json", "log.txt", "out"
ID = re.compile(r"[\w-]{22}")
RESUMABLE = ("stopped", "interrupted", "failed")

OFF_IN_PUBLIC = Phrase(
    "On a public app nobody can adapt the models: it would take the machine from everyone else for minutes. "
    "On your own machine: python -m train.adapt reviews.csv --out models/mine, or start the app there."
)
BUSY = Phrase("Another adaptation is running in this app. Wait for it, or stop it.")


class Adapting:
    """The adaptations of an app, one at a time; each belongs to the owner who began it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.folder = settings.data_dir / "adapted"
        self._processes: dict[str, subprocess.Popen] = {}
        self._stopping: set[str] = set()
        self._lock = threading.Lock()

    @property
    def obstacle(self) -> Phrase | None:
        """Why nothing can be adapted here; None where it can."""
        if self.settings.public:
            return OFF_IN_PUBLIC
        return None if process.MODULE.exists() else process.NO_TRAIN

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
        process.check_ratings(chosen)
        with self._lock:
            self._check()
            self._forget_estimates(owner)
            job = secrets.token_urlsafe(16)
            folder = self.folder / job
            folder.mkdir(parents=True, mode=0o700)
            table = folder / f"table{_ending(Path(chosen.path))}"
            shutil.copyfile(chosen.path, table)  # the upload's own file is deleted after a day
            command = process.arguments(table, folder / OUT, chosen.said, minutes, group)
            about = {"owner": owner, "name": chosen.name, "created": time.time(), "arguments": command}
            write_json(folder / JOB, about)
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
        if not owner:
            return None
        own = [job for job, about in self._jobs() if about.get("owner") == owner]
        return self.status(owner, own[-1]) if own else None

    def status(self, owner: str, job: str) -> Status:
        """Where an adaptation stands; RevdemoError where the owner has no such one."""
        about = self._about(owner, job)
        last = Start(
            about.get("begun", 0),
            bool(about.get("estimate")),
            self._alive(job),
            job in self._stopping,
            self._processes.get(job),
        )
        found = process.status(job, about["name"], self.folder / job / OUT, self.folder / job / LOG, last)
        if found.state == State.DONE:
            self._tidy(job)
        return found

    def models(self, owner: str, job: str) -> dict[str, str]:
        """The settings that make the app use what was adapted; RevdemoError where it is not done."""
        if self.status(owner, job).state != "done":
            raise RevdemoError("The adaptation is not done. Wait for it, or resume it.")
        out = self.folder / job / OUT
        return {"stars_model": str(out / "stars"), "generator": str(out / "generator")}

    # --- inside -----------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self.obstacle:
            raise RevdemoError.of(self.obstacle)
        if any(self._alive(job) for job, _ in self._jobs()):
            raise RevdemoError.of(BUSY)

    def _start(self, job: str, arguments: list[str]) -> None:
        folder = self.folder / job
        about = read_json_or_none(folder / JOB) | {
            "begun": time.time(),
            "estimate": "--estimate" in arguments,
        }
        write_json(folder / JOB, about)
        self._stopping.discard(job)
        self._processes[job] = process.start(arguments, folder / LOG, self.settings)

    def _jobs(self) -> Iterator[tuple[str, dict]]:
        """Every adaptation there is, oldest first."""
        found = [(path.parent.name, read_json_or_none(path)) for path in self.folder.glob(f"*/{JOB}")]
        yield from sorted((one for one in found if one[1]), key=lambda one: one[1]["created"])

    def _about(self, owner: str, job: str) -> dict:
        about = read_json_or_none(self.folder / job / JOB) if ID.fullmatch(job or "") else None
        if not about or not owner or not hmac.compare_digest(about["owner"].encode(), owner.encode()):
            raise RevdemoError("This adaptation is not one of yours.")
        return about

    def _alive(self, job: str) -> bool:
        """Whether a process is at work: ours, or one that outlived the app that began it."""
        own = self._processes.get(job)
        if own is not None and own.poll() is None:
            return True
        return process.is_locked(self.folder / job / OUT)

    def _pid(self, job: str) -> int | None:
        if not self._alive(job):
            return None
        own = self._processes.get(job)
        if own is not None and own.poll() is None:
            return own.pid
        began = [line.pid for line in read_progress(self.folder / job / OUT) if line.pid is not None]
        return began[-1] if began else None

    def _forget_estimates(self, owner: str) -> None:
        """Remove what earlier estimates of an owner left: nothing of them is used again."""
        for job, about in list(self._jobs()):
            if about["owner"] == owner and about.get("estimate"):
                shutil.rmtree(self.folder / job, ignore_errors=True)

    def _tidy(self, job: str) -> None:
        """Remove the copy of the table and the report's samples once nothing needs them."""
        for path in (self.folder / job).glob("table.*"):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.folder / job / OUT / WORK, ignore_errors=True)


def _ending(path: Path) -> str:
    """The ending of a table's name, of a packed one with that of the table in it."""
    endings = [ending.lower() for ending in path.suffixes]
    return "".join(endings[-2:] if endings[-1:] in ([".gz"], [".zip"]) else endings[-1:])
