"""What lives as long as the app: models that load in the background, the ledger, and the runs under way."""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo import models, zerogpu
from revdemo.errors import RevdemoError
from revdemo.ledger import Ledger
from revdemo.loop import Request
from revdemo.settings import Settings
from revdemo.shards import Shards
from revdemo.ui import strings
from revdemo.ui.guard import explain

log = logging.getLogger(__name__)

# Events that answer at once, beside the queue.
QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}

# Events that answer at once, but through the queue: only of those does the page show an error in words, and
# only those tell the listeners of a gr.State that it changed.
AT_ONCE: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", "api_visibility": "private"}

# What uses a model for a moment, and what does so for long, wait in two lines of two: a text is classified
# while two runs go on.
MODEL: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 2}
WORK: dict[str, Any] = {"concurrency_id": "work", "concurrency_limit": 2}


def _load_stars(settings: Settings) -> Any:
    from revdemo.classifier import load_stars  # here: torch takes seconds, and the page is up before

    return load_stars(settings)


def _load_polarity(settings: Settings) -> Any:
    """None where there is no polarity classifier: the page does without it."""
    if not models.is_there("polarity", settings):
        return None
    from revdemo.polarity import load_polarity

    return load_polarity(settings)


def _load_generator(settings: Settings) -> Any:
    from revdemo.generator import load_generator

    return load_generator(settings)


class Loading:
    """One model on its way: idle, loading, ready or failed.

    With `falls_back`, the starter takes the place of a model that does not load, and `notice` says so.
    """

    def __init__(
        self, role: str, load: Callable[[Settings], Any], settings: Settings, falls_back: bool = True
    ):
        self.role, self._load, self._settings, self._falls_back = role, load, settings, falls_back
        self.state = "idle"
        self.problem = self._fallen_back = ""
        self.model: Any = None
        self._settled = threading.Event()

    def run(self) -> None:
        """Load the model in this thread; a failure is kept for whoever asks."""
        self.state = "loading"
        try:
            self.model = zerogpu.behind(self.role, self._load_or_fall_back())
            self.state = "ready"
        except Exception as error:
            self.problem = self._explain(error)
            self.state = "failed"
        finally:
            self._settled.set()

    def _load_or_fall_back(self) -> Any:
        try:
            return self._load(self._settings)
        except Exception as error:
            starter = models.stand_in(self.role, self._settings) if self._falls_back else None
            if starter is None:
                raise
            problem = self._explain(error)
            log.warning("%s", problem)
        try:
            model = self._load(starter)
        except Exception as error:
            raise RevdemoError(
                strings.NEITHER.format(problem=problem, starter=self._explain(error))
            ) from error
        self._fallen_back = problem
        return model

    @property
    def notice(self) -> str:
        """What the visitor is to know of a model that another one stands in for; empty where none does."""
        if not self._fallen_back:
            return ""
        role, problem = strings.ROLES[self.role].lower(), strings.said(self._fallen_back)
        return strings.FALLEN_BACK.format(role=role, name=self._name(), problem=problem)

    def _name(self) -> str:
        """What the user called the model that did not load; of a folder only the last part."""
        named = getattr(self._settings, models.NAMED[self.role]) or f"models/{self.role}"
        return Path(named).name if Path(named).is_absolute() else named

    @property
    def settled(self) -> bool:
        """Whether the model is ready or has failed."""
        return self._settled.is_set()

    @property
    def there(self) -> bool:
        """Whether there is a model, once that is known: it may have failed, and some roles may have none."""
        self._settled.wait()
        return self.model is not None

    def wait(self, seconds: float) -> bool:
        """Wait so long at most for the model to settle; says whether it has."""
        return self._settled.wait(seconds)

    def get(self) -> Any:
        """The model, waiting for it if need be.

        Raises:
            RevdemoError: it could not be loaded; the message says why.
        """
        self._settled.wait()
        if self.state == "failed":
            raise RevdemoError(self.problem)
        return self.model

    def _explain(self, error: Exception) -> str:
        if isinstance(error, RevdemoError):
            return str(error)
        log.exception("the %s did not load", self.role)
        text = strings.UNEXPECTED_PUBLIC if self._settings.public else strings.UNEXPECTED
        return text.format(role=strings.ROLES[self.role], error=f"{type(error).__name__}: {error}")


@dataclass(kw_only=True)
class Job:
    """What takes long and was asked for in a browser session: whether to stop it, and how far it is."""

    session: str | None
    stop: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    problem: str = ""

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
    """The jobs that are waiting or under way, by an unguessable key."""

    def __init__(self):
        self._tickets: dict[str, Job] = {}
        self._lock = threading.Lock()

    def add(self, ticket: Job) -> str:
        """Keep a ticket; returns its key."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._tickets[key] = ticket
        return key

    def get(self, key: str) -> Any:
        """The ticket of a key, None once it was dropped."""
        return self._tickets.get(key)

    def follow(self, key: str, updates: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
        """What the page shows of the job of a key; without one, nothing on it changes.

        A stream that yields nothing would not do: Gradio empties what it writes to.
        """
        job = self.get(key)
        yield from updates(job) if job else [gr.skip()]

    def drop(self, key: str) -> Any:
        """Forget a ticket and return it, None if that was done before."""
        with self._lock:
            return self._tickets.pop(key, None)

    def leave(self, session: str | None) -> None:
        """Stop and forget what a browser session that is gone had asked for."""
        with self._lock:
            gone = [key for key, ticket in self._tickets.items() if ticket.session == session]
            tickets = [self._tickets.pop(key) for key in gone]
        for ticket in tickets:
            ticket.stop.set()


class Services:
    """What the tabs work with; tests give it loaders of their own."""

    def __init__(
        self,
        settings: Settings,
        load_stars: Callable[[Settings], Any] = _load_stars,
        load_generator: Callable[[Settings], Any] = _load_generator,
        load_polarity: Callable[[Settings], Any] = _load_polarity,
        load_copies: Callable[[Any], Any] = models.load_copies,
    ):
        self.settings, self.load_copies = settings, load_copies
        self._started_with = settings
        self._loaders = {"stars": load_stars, "polarity": load_polarity, "generator": load_generator}
        self.stars, self.polarity, self.generator = (
            Loading(role, load, settings) for role, load in self._loaders.items()
        )
        self.tickets = Tickets()
        self._lock = threading.Lock()
        self._started = False
        self._ledger: Ledger | None = None
        self._shards: Shards | None = None
        self._opening = threading.Lock()

    @property
    def ledger(self) -> Ledger:
        """The ledger in the data folder, opened once, by the first who needs it, with what the Hub keeps."""
        with self._opening:
            if self._ledger is None:
                ledger = Ledger(self.settings.data_dir / "ledger.sqlite")
                if self.settings.ledger_repo:
                    self._read_back(ledger, self.settings.ledger_repo)
                self._ledger = ledger
            return self._ledger

    def _read_back(self, ledger: Ledger, repo: str) -> None:
        shards = Shards(ledger, repo)
        try:
            shards.begin()
        except Exception as error:
            said = str(error) if isinstance(error, RevdemoError) else f"{type(error).__name__}: {error}"
            log.error("runs are kept on this machine alone until the next start: %s", said)
            return
        self._shards, ledger.on_finish = shards, shards.keep

    def close(self) -> None:
        """Push the runs that the Hub does not have yet, where it keeps them."""
        if self._shards:
            self._shards.close()

    @property
    def loadings(self) -> tuple[Loading, Loading, Loading]:
        """The models, in the order in which they load."""
        return self.stars, self.polarity, self.generator

    @property
    def settled(self) -> bool:
        """Whether each model is ready or has failed."""
        return all(loading.settled for loading in self.loadings)

    def start(self) -> None:
        """Begin to load the models in the background, once."""
        with self._lock:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._load_all, name="load models", daemon=True).start()
        if self.settings.ledger_repo:  # asks the Hub, which takes a while: begun before the first visitor
            threading.Thread(target=lambda: self.ledger, name="open ledger", daemon=True).start()

    def wait(self, loading: Loading) -> Any:
        """A model, waiting until it is ready; RevdemoError if it could not be loaded."""
        self.start()
        return loading.get()

    def arriving(self, *loadings: Loading, stop: threading.Event) -> Iterator[str]:
        """Wait for models, with a sentence for each that is on its way; ends early once `stop` is set."""
        self.start()
        for loading in loadings:
            if not loading.settled:
                yield strings.LOADING_WAIT.format(role=strings.ROLES[loading.role].lower())
            while not loading.wait(0.2):
                if stop.is_set():
                    return

    def has(self, loading: Loading) -> bool:
        """Whether a model is there, waiting until that is known."""
        self.start()
        return loading.there

    def use(self, **named: str | None) -> None:
        """Load the models that `named` settings (stars_model, generator) name, in place of those in use.

        A run under way keeps the ones it began with. Those in use stay where another cannot be loaded.

        Raises:
            RevdemoError: it could not be loaded; the message says why.
        """
        settings = self.settings.model_copy(update=named)
        roles = [role for role, setting in models.NAMED.items() if setting in named]
        fresh = {role: Loading(role, self._loaders[role], settings, falls_back=False) for role in roles}
        for loading in fresh.values():
            loading.run()
            loading.get()
        with self._lock:
            self.settings = settings
            for role, loading in fresh.items():
                setattr(self, role, loading)

    @property
    def changed(self) -> bool:
        """Whether other models are in use than the app was started with."""
        return self.settings != self._started_with

    def use_first(self) -> None:
        """Load the models again that the app was started with; RevdemoError where one does not load."""
        self.use(**{name: getattr(self._started_with, name) for name in ("stars_model", "generator")})

    def load(self) -> None:
        """Load the models in this thread, where they have to be there before anything else."""
        with self._lock:
            self._started = True
        self._load_all()

    def _load_all(self) -> None:
        for loading in self.loadings:
            loading.run()
