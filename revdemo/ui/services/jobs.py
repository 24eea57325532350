"""Long jobs of browser sessions: each waits for its turn, works, and ends when nobody follows it."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from revdemo.errors import RevdemoError
from revdemo.generation.request import Request
from revdemo.settings import Settings, load_settings
from revdemo.ui.errors import explain, shown
from revdemo.ui.services import visitors

LOOK = 1.0  # seconds between looks at who follows what, and at whose turn it is
KEPT = 600.0  # seconds for which the results of a job that ended wait to be asked for


@dataclass(kw_only=True)
class Job:
    """What takes long and was asked for in a browser session: whether to stop it, and how far it is."""

    session: str | None
    stop: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    problem: str = ""
    visitor: str = ""
    event: str | None = None  # the event that streams it, followed by its own name through /call
    seen: float = 0.0  # when it was last known to be followed
    waits: bool = False  # for its turn
    works: bool = False  # since its turn came

    @property
    def over(self) -> bool:
        """Whether it neither works nor will."""
        return self.ended.is_set() or (self.stop.is_set() and not self.works)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Do the job in this block: an error is kept, to be told at the end beside what there is."""
        self.begun.set()
        try:
            yield
        except Exception as error:
            self.problem = explain(error)
        finally:
            self.ended.set()


@dataclass
class Ticket(Job):
    """A run that was asked for: what, and by whom."""

    request: Request
    owner: str
    run_id: str = ""
    seconds: float | None = None


class Tickets:
    """The jobs that are waiting or at work, by an unguessable key.

    So many may be at work and so many wait, of one visitor and in all. The next turn is that of the first in
    line whose visitor has not its share at work already. A job that nobody follows is stopped.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        followers: visitors.Followers | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.settings, self.followers = settings or load_settings(), followers or visitors.Followers()
        self._clock = clock
        self._tickets: dict[str, Job] = {}
        self._working: list[Job] = []  # also what was dropped and has not noticed yet
        self._changed = threading.Condition()
        self._closed = False
        self._watched = False

    def add(self, ticket: Job) -> str:
        """Keep a ticket; returns its key.

        Raises:
            gr.Error: the visitor, or all together, have as many as they may; it says what to do.
        """
        key = secrets.token_urlsafe(16)
        ticket.visitor = visitors.current(self.settings.behind_proxy)
        ticket.event, ticket.seen = LocalContext.event_id.get(None), self._clock()
        with self._changed:
            self.sweep()
            with shown():
                self._admit(ticket)
            self._tickets[key] = ticket
            if not self._watched:
                self._watched = True
                threading.Thread(target=self._watch, name="watch jobs", daemon=True).start()
        return key

    def _admit(self, ticket: Job) -> None:
        settings, under_way = self.settings, [job for job in self._tickets.values() if not job.over]
        own = sum(job.visitor == ticket.visitor for job in under_way)
        if self._closed:
            raise RevdemoError("The app is closing. Try again when it has restarted.")
        if own >= settings.visitor_running + settings.visitor_waiting:
            raise RevdemoError(
                "You already have {own} jobs running or waiting, which is the limit for "
                "one visitor. Wait until one has ended, or stop one.",
                own=own,
            )
        if len(under_way) >= settings.max_running + settings.max_waiting:
            raise RevdemoError(
                "{count} jobs are already running or waiting, which is the limit of this "
                "app. Try again in a few minutes.",
                count=len(under_way),
            )

    def get(self, key: str) -> Any:
        """The ticket of a key, None once it was dropped."""
        return self._tickets.get(key)

    def follow(self, key: str, updates: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
        """What the page shows of the job of a key; without one, nothing on it changes.

        A stream that yields nothing would not do: Gradio empties what it writes to.
        """
        job = self.get(key)
        if job is None or job.waits or job.works or job.over:  # no job, or another stream shows it
            yield gr.skip()
            return
        job.event = LocalContext.event_id.get(None) or job.event
        for _ in self.turn(job):
            yield gr.skip()  # between which Gradio ends the stream of whoever left
        try:
            if job.works:
                yield from updates(job)
        finally:
            self.done(job)

    def turn(self, job: Job) -> Iterator[None]:
        """Wait until a job may work, or was stopped before it could: `job.works` says which."""
        job.waits = True
        try:
            while not self._taken(job):
                yield
                with self._changed:
                    self._changed.wait_for(lambda: self._is_next(job) or job.stop.is_set(), LOOK)
        finally:
            job.waits = False

    def _taken(self, job: Job) -> bool:
        with self._changed:
            if not job.stop.is_set() and self._is_next(job):
                job.works = True
                self._working.append(job)
            return job.works or job.stop.is_set()

    def _is_next(self, job: Job) -> bool:
        """Whether a turn is free and nobody before this job may have it."""
        at_work = [one.visitor for one in self._working]
        if len(at_work) >= self.settings.max_running:
            return False
        line = (one for one in self._tickets.values() if one.waits and not one.stop.is_set())
        share = self.settings.visitor_running
        return next((one is job for one in line if at_work.count(one.visitor) < share), False)

    def done(self, job: Job) -> None:
        """A job has ended, one way or another: its turn is free."""
        with self._changed:
            job.works, job.seen = False, self._clock()
            self._working = [one for one in self._working if one is not job]
            job.ended.set()
            self._changed.notify_all()

    def drop(self, key: str) -> Any:
        """Forget a ticket and return it, None if that was done before."""
        with self._changed:
            return self._tickets.pop(key, None)

    def leave(self, session: str | None) -> None:
        """Stop and forget what a browser session that is gone had asked for."""
        with self._changed:
            gone = [key for key, ticket in self._tickets.items() if ticket.session == session]
            for key in gone:
                self._tickets.pop(key).stop.set()
            self._changed.notify_all()

    def sweep(self) -> None:
        """Stop what nobody follows any more, and forget what is over and was not asked for."""
        now = self._clock()
        with self._changed:
            for key, job in list(self._tickets.items()):
                if self._is_followed(job):
                    job.seen = now
                alone = now - job.seen
                if not job.over and alone > self.settings.unfollowed:
                    job.stop.set()
                if job.over and alone > (KEPT if job.begun.is_set() else self.settings.unfollowed):
                    del self._tickets[key]
            self._changed.notify_all()

    def _is_followed(self, job: Job) -> bool:
        if job.over:
            return False
        if not self.followers.known:  # requests that nobody counts: nothing is known of who follows what
            return job.waits or job.works
        return job.session in self.followers or job.event in self.followers

    def _watch(self) -> None:
        """Look after the jobs while there are any."""
        while True:
            time.sleep(LOOK)
            self.sweep()
            with self._changed:
                if not self._tickets:
                    self._watched = False
                    return

    def close(self, patience: float) -> bool:
        """Stop every job and take no more; says whether all have ended within so many seconds."""
        with self._changed:
            self._closed = True
            for job in [*self._tickets.values(), *self._working]:
                job.stop.set()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._working, patience)
