"""Generator and classifier as the loop knows them, their work done elsewhere.

The loop judges texts in the order in which they end, and that order is followed here from the number of
tokens that each text took. So verdicts, duplicates, the review that meets the target and the ledger are those
of one process, whoever wrote a text and whenever it came.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from revdemo.bulk.generating.blocks import Asked, Judged
from revdemo.bulk.generating.supply import Stopped, Supply
from revdemo.models.classifier import Prediction
from revdemo.models.generator import MOST_SEATS
from revdemo.models.sampling.options import Sampling
from revdemo.models.sampling.schedule import Sample, schedule
from revdemo.models.weights.checks import read_config
from revdemo.models.weights.registry import ModelSource
from revdemo.reviews import Prefix, clean


@dataclass
class _Seat:
    tokens: int  # so far
    text: Judged


class _Replay:
    """Seats whose texts are written already: each is left after as many tokens as the text has."""

    def __init__(self, count: int, take: Callable[[int], Judged]):
        self._count, self._take = count, take
        self.texts: list[_Seat] = []

    @property
    def free(self) -> int:
        return self._count - len(self.texts)

    def begin(self, numbers: list[int]) -> list[Judged]:
        self.texts += [_Seat(1, self._take(number)) for number in numbers]
        return self._leave()

    def step(self) -> list[Judged]:
        for seat in self.texts:
            seat.tokens += 1
        return self._leave()

    def _leave(self) -> list[Judged]:
        """The texts that have ended, and after them those that were given up, as the generator does."""
        ended = [seat.text for seat in self.texts if seat.tokens >= seat.text.sample.tokens]
        self.texts = [seat for seat in self.texts if seat.tokens < seat.text.sample.tokens]
        return sorted(ended, key=lambda text: bool(text.sample.flaw))


class SharedClassifier:
    """The star classifier of the workers: it knows the texts of the group that the loop was just given."""

    def __init__(self, source: ModelSource):
        self.source = source
        self.known: dict[str, Prediction] = {}

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """The prediction of each cleaned text, which a worker made."""
        return [self.known[text] for text in texts]


class SharedWriter:
    """The generator of the workers, behind the same `stream`.

    Args:
        source: its weights, of which only the settings beside them are read here.
        classifier: is told the predictions of each group.
        elsewhere: calls a function of a generator and other arguments with that of a worker.
    """

    refills = True

    def __init__(
        self,
        source: ModelSource,
        classifier: SharedClassifier,
        supply: Supply,
        elsewhere: Callable[..., Any] | None = None,
    ):
        self.source, self.classifier, self.supply, self.elsewhere = source, classifier, supply, elsewhere
        self.workers: list[str] = []  # of the texts of the last group
        config = read_config(source.folder)
        self.prefix = Prefix.of(config)
        self.defaults = Sampling.of(config)

    def stream(
        self,
        stars: int,
        n: int,
        seed: int,
        *,
        kind: str | None = None,
        opening: str = "",
        likelihood: bool = False,
        seats: int | None = None,
        more: Callable[[int], bool] = lambda begun: True,
        flaw: Callable[[str], str] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        pulse: int = 0,
        **sampling: float | None,
    ) -> Generator[list[Sample]]:
        """What the generator's own `stream` yields, in the same groups; a group that a stop cuts is not."""
        count = min(n, seats or MOST_SEATS)
        options = tuple(sorted(sampling.items()))
        asked = Asked(stars, seed, count, opening, kind, flaw is not None, likelihood, options)
        self.supply.open(asked, n, more)
        replay = _Replay(count, lambda number: self.supply.take(number, should_stop))
        try:
            for group in schedule(replay, range(n), more, should_stop, pulse):
                if should_stop():
                    return
                self.classifier.known = {
                    clean(text.sample.text): text.prediction for text in group if text.prediction
                }
                self.workers = [text.worker for text in group]
                yield [text.sample for text in group]
        except Stopped:
            return
