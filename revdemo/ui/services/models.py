"""Models that load in the background: each is idle, loading, ready or failed."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from revdemo.errors import Phrase, RevdemoError, lack_of_memory
from revdemo.models.weights import registry
from revdemo.settings import Settings
from revdemo.ui import locale
from revdemo.ui.services import zerogpu

log = logging.getLogger(__name__)


def load_stars(settings: Settings) -> Any:
    from revdemo.models.classifier import load_stars  # here: torch takes seconds, and the page is up before

    return load_stars(settings)


def load_polarity(settings: Settings) -> Any:
    """None where there is no polarity classifier: the page does without it."""
    if not registry.is_there("polarity", settings):
        return None
    from revdemo.models.polarity import load_polarity

    return load_polarity(settings)


def load_generator(settings: Settings) -> Any:
    from revdemo.models.generator import load_generator

    return load_generator(settings)


NO_PROBLEM = Phrase("")


class Loading:
    """One model on its way: idle, loading, ready or failed.

    With `falls_back`, the starter takes the place of a model that does not load, and `notice` says so.
    """

    def __init__(
        self, role: str, load: Callable[[Settings], Any], settings: Settings, falls_back: bool = True
    ):
        self.role, self._load, self._settings, self._falls_back = role, load, settings, falls_back
        self.state = "idle"
        self.problem = self._fallen_back = NO_PROBLEM
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
            starter = registry.stand_in(self.role, self._settings) if self._falls_back else None
            if starter is None:
                raise
            problem = self._explain(error)
        try:
            model = self._load(starter)
        except Exception as error:
            neither = locale.phrase("NEITHER", problem=problem, starter=self._explain(error))
            raise RevdemoError.of(neither) from error
        self._fallen_back = problem
        return model

    @property
    def notice(self) -> str:
        """What the visitor is to know of a model that another one stands in for; empty where none does."""
        if not self._fallen_back:
            return ""
        role, problem = locale.ROLES[self.role].lower(), locale.said(self._fallen_back)
        return locale.FALLEN_BACK.format(role=role, name=self._name(), problem=problem)

    def _name(self) -> str:
        """What the user called the model that did not load; of a folder only the last part."""
        named = getattr(self._settings, registry.NAMED[self.role]) or f"models/{self.role}"
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
            raise RevdemoError.of(self.problem)
        return self.model

    def _explain(self, error: Exception) -> Phrase:
        if told := error if isinstance(error, RevdemoError) else lack_of_memory(error):
            log.error("the %s did not load: %s", self.role, told)  # with its folders, which no visitor sees
            return told.phrase
        log.exception("the %s did not load", self.role)
        role = locale.phrase("ROLES", self.role)
        if self._settings.public:
            return locale.phrase("UNEXPECTED_PUBLIC", role=role)
        return locale.phrase("UNEXPECTED", role=role, error=f"{type(error).__name__}: {error}")
