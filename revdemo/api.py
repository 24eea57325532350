"""The Python door: what the page and the command line do, in a few functions. Importing it loads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from revdemo.batch import Summary
    from revdemo.classifier import StarClassifier
    from revdemo.generator import ReviewGenerator
    from revdemo.loop import Request, Review, Run, Step
    from revdemo.polarity import PolarityClassifier
    from revdemo.settings import Settings


def load_stars(settings: Settings | None = None) -> StarClassifier:
    """Load the star classifier: the starter, unless the settings (by default the environment) say else."""
    from revdemo import classifier

    return classifier.load_stars(settings)


def load_polarity(settings: Settings | None = None) -> PolarityClassifier:
    """Load the polarity classifier: what the settings name, else the one trained here, else the starter."""
    from revdemo import polarity

    return polarity.load_polarity(settings)


def load_generator(settings: Settings | None = None) -> ReviewGenerator:
    """Load the generator: the starter, unless the settings (by default the environment) name another."""
    from revdemo import generator

    return generator.load_generator(settings)


class Generation:
    """A run of the loop: iterate it for its steps, or ask for its reviews, which runs what is left of it."""

    def __init__(self, steps: Iterator[Step]):
        self._steps = steps
        self._run: Run | None = None

    def __iter__(self) -> Iterator[Step]:
        for step in self._steps:
            self._run = step.run
            yield step

    @property
    def run(self) -> Run:
        """The whole run, once it has ended: request, models, reviews, how it ended."""
        for _ in self:
            pass
        return self._run

    @property
    def accepted(self) -> list[Review]:
        """The reviews that the classifier agreed with."""
        return self.run.accepted

    @property
    def rejected(self) -> list[Review]:
        """The other reviews, each with its reason."""
        return self.run.rejected


def generate(
    stars: int,
    accepted: int = 20,
    seed: int = 0,
    *,
    settings: Settings | None = None,
    generator: ReviewGenerator | None = None,
    classifier: StarClassifier | None = None,
    **request,
) -> Generation:
    """Write reviews of `stars` until `accepted` are accepted; every one of them goes into the ledger.

    `request` takes the other fields of revdemo.loop.Request, such as rounds, tolerance or opening. Models
    that are not given are loaded. Raises RevdemoError at once for a request that cannot be met.
    """
    from revdemo.loop import AT_ONCE, Request
    from revdemo.settings import load_settings

    settings = settings or load_settings()
    limits = {"rounds": settings.max_rounds, "deadline": settings.deadline, "at_once": AT_ONCE}
    wanted = Request(stars=stars, accepted=accepted, seed=seed, **{**limits, **request})
    return Generation(
        steps(wanted, settings, generator or load_generator(settings), classifier or load_stars(settings))
    )


def steps(
    request: Request,
    settings: Settings,
    generator: ReviewGenerator,
    classifier: StarClassifier,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """The loop with the settings' ledger, in which nobody in particular owns the run."""
    from revdemo import loop, models
    from revdemo.ledger import Ledger

    copies = models.load_copies(generator.source)
    with closing(Ledger(settings.data_dir / "ledger.sqlite")) as ledger:
        yield from loop.generate(
            request, generator, classifier, copies=copies, ledger=ledger, should_stop=should_stop
        )


def predict_table(
    path: str | PathLike,
    out: str | PathLike,
    text: str | None = None,
    rating: str | None = None,
    scale: int | None = None,
    *,
    settings: Settings | None = None,
    classifier: StarClassifier | None = None,
    polarity: PolarityClassifier | None = None,
) -> Summary:
    """Predict every row of a table and write it to `out` with its stars; returns what they come to.

    Columns and scale that are not given are guessed; a rating of "" says that there is none. After an
    interruption the same call goes on where it was.
    """
    from pathlib import Path

    from revdemo import batch, tables
    from revdemo.settings import load_settings

    settings, out = settings or load_settings(), Path(out)
    chosen = tables.open_chosen(path, text, rating, scale)
    tables.check_writable(out, chosen.rows)
    folder = settings.data_dir / "predictions"
    predictions = batch.Predictions(chosen, folder, classifier or load_stars(settings), polarity)
    for _ in batch.predict_table(predictions):
        pass
    return batch.finish(predictions, [out])
