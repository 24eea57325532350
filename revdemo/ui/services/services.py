"""What lives as long as the app: its models, the ledger, and the jobs under way."""

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from revdemo.errors import RevdemoError
from revdemo.generation.context import JobContext
from revdemo.generation.copies import load_copies
from revdemo.generation.ledger import Ledger
from revdemo.hub.ledger_backup import Shards
from revdemo.models.weights import registry
from revdemo.settings import Settings
from revdemo.ui import locale
from revdemo.ui.services import models
from revdemo.ui.services.jobs import Job, Tickets
from revdemo.ui.services.models import Loading
from revdemo.ui.services.uploads import Uploads
from revdemo.ui.services.visitors import Followers, Sessions

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds that jobs have to stop when the app closes


class Services:
    """What the tabs work with; tests give it loaders of their own."""

    def __init__(
        self,
        settings: Settings,
        load_stars: Callable[[Settings], Any] = models.load_stars,
        load_generator: Callable[[Settings], Any] = models.load_generator,
        load_polarity: Callable[[Settings], Any] = models.load_polarity,
        load_copies: Callable[[Any], Any] = load_copies,
    ):
        self.settings, self.load_copies = settings, load_copies
        self._started_with = settings
        self._loaders = {"stars": load_stars, "polarity": load_polarity, "generator": load_generator}
        self.stars, self.polarity, self.generator = (
            Loading(role, load, settings) for role, load in self._loaders.items()
        )
        accurate = settings.model_copy(update={"stars_model": registry.ACCURATE})
        self.accurate = Loading("stars", load_stars, accurate, falls_back=False)
        self.followers = Followers()
        self.tickets = Tickets(settings, self.followers)
        self.sessions = Sessions(settings.sessions, settings.visitor_sessions)
        self.calls = Sessions(settings.sessions, settings.visitor_sessions)  # of programs: one for each event
        self.uploads = Uploads(settings)
        self._lock = threading.Lock()
        self.visited, self.begun = threading.Event(), threading.Event()  # a page was asked for; models load
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
        """Stop the jobs, and push the runs that the Hub does not have yet, where it keeps them."""
        if not self.tickets.close(PATIENCE):
            log.warning("some jobs did not stop within %.0f s; what they accepted is in the ledger", PATIENCE)
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
            if self.begun.is_set():
                return
            self.begun.set()
        threading.Thread(target=self._load_all, name="load models", daemon=True).start()
        if self.settings.ledger_repo:  # asks the Hub, which takes a while: begun before the first visitor
            threading.Thread(target=lambda: self.ledger, name="open ledger", daemon=True).start()

    def wait(self, loading: Loading) -> Any:
        """A model, waiting until it is ready; RevdemoError if it could not be loaded."""
        self.start()
        return loading.get()

    def classifier(self, accurate: bool = False) -> Any:
        """The star classifier, or the accurate one, which loads when it is first asked for.

        Raises:
            RevdemoError: it could not be loaded.
        """
        if not accurate:
            return self.wait(self.stars)
        with self._opening:
            if self.accurate.state == "idle":
                self.accurate.run()
        return self.accurate.get()

    def arriving(self, *roles: str, stop: threading.Event) -> Iterator[str]:
        """Wait for models, with a sentence for each that is on its way; ends early once `stop` is set."""
        self.start()
        for loading in (getattr(self, role) for role in roles):
            if not loading.settled:
                yield locale.LOADING_WAIT.format(role=locale.ROLES[loading.role].lower())
            while not loading.wait(0.2):
                if stop.is_set():
                    return

    def context(self, job: Job, *roles: str, owner: str = "", ledger: bool = True) -> JobContext:
        """What a job works with: the models of these roles, once they are there, and the ledger.

        Raises:
            RevdemoError: a model could not be loaded, or the ledger cannot be opened.
        """
        return JobContext(
            self.settings,
            **{role: getattr(self, role).get() for role in roles},
            ledger=self.ledger if ledger else None,
            load_copies=self.load_copies,
            owner=owner,
            should_stop=job.stop.is_set,
        )

    def arrived(self, *roles: str) -> bool:
        """Whether each of these models is ready or has failed."""
        return all(getattr(self, role).settled for role in roles)

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
        roles = [role for role, setting in registry.NAMED.items() if setting in named]
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
            self.begun.set()
        self._load_all()

    def _load_all(self) -> None:
        for loading in self.loadings:
            loading.run()
        if not gc.isenabled():  # app.py switches it off for the start
            gc.collect()
            gc.freeze()  # what is loaded now stays, and need not be looked through again
            gc.enable()
