"""Runs that outlive the machine: the ended ones go to a private data set of the Hub, and come back at start.

Each process appends to a file of its own, one run per line, and huggingface_hub's CommitScheduler pushes it;
the database itself never travels. Visitors' ids do, so that they find their runs again: the data set is
private.
"""

from __future__ import annotations

import json
import logging
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revdemo.errors import RevdemoError
from revdemo.hub import push
from revdemo.models.weights.hub_errors import brief, explain

if TYPE_CHECKING:
    from huggingface_hub import CommitScheduler

    from revdemo.generation.ledger import Ledger

log = logging.getLogger(__name__)

FOLDER = "runs"  # in the data set
EVERY = 5  # minutes between two commits, at least


class Shards:
    """The data set behind a ledger: `begin` reads it back, `keep` adds a run, `close` pushes the last."""

    def __init__(self, ledger: Ledger, repo: str):
        self.ledger, self.repo = ledger, repo
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self.path = Path(tempfile.mkdtemp(prefix="revdemo-runs-")) / f"{stamp}-{secrets.token_hex(8)}.jsonl"
        self._scheduler: CommitScheduler | None = None
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Take what the data set holds into the ledger, and begin to push what ends from now on.

        A run that the ledger has and the data set has not, such as one of a process that was killed before
        its push, is pushed too.

        Raises:
            RevdemoError: the data set cannot be read or written, or is public.
        """
        from huggingface_hub import CommitScheduler, HfApi, snapshot_download

        push.check_name(self.repo)
        about: dict[str, Any] = {"repo_id": self.repo, "repo_type": "dataset"}
        try:
            api = HfApi()
            api.create_repo(self.repo, repo_type="dataset", private=True, exist_ok=True)
            if not api.repo_info(**about).private:
                raise RevdemoError(
                    "The data set {repo} is public, and runs belong to their visitors. Make it private in "
                    "its settings, or name another one in REVDEMO_LEDGER_REPO.",
                    repo=self.repo,
                )
            there = self._read_back(Path(snapshot_download(**about, allow_patterns=f"{FOLDER}/*.jsonl")))
            for run_id in self.ledger.finished():
                if run_id not in there:
                    self.keep(run_id)
            self._scheduler = CommitScheduler(
                **about, folder_path=self.path.parent, path_in_repo=FOLDER, every=EVERY, private=True
            )
        except RevdemoError:
            raise
        except Exception as error:  # the library raises a dozen kinds; a bug is raised as it is
            raise (explain(error, self.repo, "dataset", writing=True) or error) from error

    def keep(self, run_id: str) -> None:
        """Add a run that has ended, or changed since, to this process's file; what fails is only logged."""
        try:
            line = json.dumps(self.ledger.record(run_id), ensure_ascii=False) + "\n"
            pushing = self._scheduler.lock if self._scheduler else nullcontext()
            with self._lock, pushing, self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except (OSError, ValueError, RevdemoError) as error:
            log.error("the run %s was not kept for the data set %s: %s", run_id, self.repo, error)

    def close(self) -> None:
        """Push what was not pushed yet, and stop."""
        if self._scheduler is None:
            return
        try:
            self._scheduler.trigger().result()
        except Exception as error:  # the scheduler has logged it; the program must end all the same
            said = explain(error, self.repo, "dataset", writing=True)
            log.error("the last runs were not pushed: %s", said or brief(error))
        self._scheduler.stop()

    def _read_back(self, folder: Path) -> set[str]:
        """Restore what the files say, of a run what was said last; returns the ids of the runs in them."""
        found = set()
        for path in sorted((folder / FOLDER).glob("*.jsonl"), reverse=True):
            for number, record in reversed(list(_records(path))):
                try:
                    self.ledger.restore(record)
                    found.add(record["id"])
                except ValueError as error:
                    log.warning("line %d of %s/%s is skipped: %s", number, FOLDER, path.name, error)
        return found


def _records(path: Path) -> Iterator[tuple[int, dict]]:
    """The lines of a file by their number; one that is no JSON object is skipped, and the log says so."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError("no record of a run")
                yield number, record
            except ValueError as error:
                log.warning("line %d of %s/%s is skipped: %s", number, FOLDER, path.name, brief(error))
