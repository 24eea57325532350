"""What a job works with: settings, models and ledger, each loaded when first asked for, and who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from revdemo.settings import Settings, load_settings

if TYPE_CHECKING:
    from revdemo.generation.copies import CopyIndex
    from revdemo.generation.ledger import Ledger
    from revdemo.generation.likeness import Likeness


class JobContext:
    """Where the models and the ledger of a job come from, whose job it is, and whether to stop it.

    Args:
        settings: by default those of the environment.
        stars, polarity, generator, ledger: what is not given is loaded (or opened) from the settings by the
            first who needs it, so that a request that cannot be met is refused before anything is loaded.
        load_generator: gives the generator for the settings; by default the plain one.
        load_copies: gives the index of a generator's training text for the generator's source.
        owner: whose runs these are in the ledger; "" on one's own machine.
        should_stop: asked between two steps; once true the job ends in good order.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        stars: Any = None,
        polarity: Any = None,
        generator: Any = None,
        ledger: Ledger | None = None,
        load_generator: Callable[[Settings], Any] | None = None,
        load_copies: Callable[[Any], CopyIndex | None] | None = None,
        owner: str = "",
        should_stop: Callable[[], bool] = lambda: False,
    ):
        given = {"settings": settings, "stars": stars, "polarity": polarity, "generator": generator}
        vars(self).update({name: value for name, value in given.items() if value is not None})
        self._ledger, self._load_copies, self._load_generator = ledger, load_copies, load_generator
        self.owner, self.should_stop = owner, should_stop

    @cached_property
    def settings(self) -> Settings:
        """The settings given, else those of the environment."""
        return load_settings()

    @cached_property
    def stars(self) -> Any:
        """The star classifier."""
        from revdemo.models import classifier  # here, as below: torch takes seconds

        return classifier.load_stars(self.settings)

    @cached_property
    def polarity(self) -> Any:
        """The polarity classifier."""
        from revdemo.models import polarity

        return polarity.load_polarity(self.settings)

    @cached_property
    def generator(self) -> Any:
        """The review generator."""
        from revdemo.models import generator

        return (self._load_generator or generator.load_generator)(self.settings)

    @cached_property
    def copies(self) -> CopyIndex | None:
        """The index of the generator's training text, where its checkpoint carries one."""
        from revdemo.generation import copies

        return (self._load_copies or copies.load_copies)(self.generator.source)

    @cached_property
    def likeness(self) -> Likeness | None:
        """The model of how much a text reads like a real review, where the generator's checkpoint has one."""
        from revdemo.generation import likeness

        return likeness.load_likeness(self.generator.source)

    @contextmanager
    def open_ledger(self) -> Iterator[Ledger]:
        """The ledger given, which stays open, or that of the data folder, closed after the block."""
        from revdemo.generation.ledger import Ledger

        if self._ledger is not None:
            yield self._ledger
            return
        with closing(Ledger(self.settings.data_dir / "ledger.sqlite")) as ledger:
            yield ledger
