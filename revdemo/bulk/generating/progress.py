"""How far a shared run is: reviews, pace and time left, of each worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from revdemo.bulk.generating.supply import Supply
from revdemo.generation.loop import samples_left
from revdemo.generation.request import Review, Step


@dataclass(frozen=True)
class Share:
    """What one worker has done: its reviews that were judged, and the texts it writes per second.

    seconds_left: until it has written what of the missing texts will be its own; None for a worker that died.
    """

    accepted: int
    rejected: int
    rate: float
    seconds_left: float | None = None


@dataclass(frozen=True)
class BulkStep(Step):
    """A step of a run, and what each worker has done; reviews of an earlier start are nobody's."""

    workers: dict[str, Share] = field(default_factory=dict)


class Tally:
    """Counts the reviews of each worker of a supply."""

    def __init__(self, supply: Supply):
        self._supply = supply
        self._judged: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}

    def add(self, reviews: tuple[Review, ...], workers: list[str]) -> None:
        """Count the reviews of a group, and who wrote each."""
        for review, worker in zip(reviews, workers, strict=False):
            self._judged[review.accepted][worker] += 1

    def step(self, step: Step) -> BulkStep:
        """The step, with what each worker has done until then."""
        rates, in_hand = self._supply.rates(), self._supply.workers.in_hand()
        left = seconds_left(samples_left(step) - self._supply.waiting, rates, in_hand)
        most = max(0.0, step.run.request.deadline - step.seconds)
        shares = {
            worker: Share(
                self._judged[True][worker],
                self._judged[False][worker],
                rate,
                min(left[worker], most) if worker in left else None,
            )
            for worker, rate in rates.items()
        }
        return BulkStep(**vars(step), workers=shares)


def seconds_left(missing: float, rates: Mapping[str, float], in_hand: Mapping[str, int]) -> dict[str, float]:
    """How long each worker that lives still writes, where `missing` texts are to come.

    What nobody has in hand yet goes to each by its rate. Towards the end of a run more are in hand than are
    missing, and the rest will be dropped.

    Args:
        rates: texts per second; in_hand: texts handed out, of each worker that lives.
    """
    alive = {worker: rates[worker] for worker in in_hand if rates.get(worker)}
    held = sum(in_hand.values())
    needed = min(1.0, max(0.0, missing) / held) if held else 0.0
    later = max(0.0, missing - held) / sum(alive.values()) if alive else 0.0
    return {worker: in_hand[worker] * needed / rate + later for worker, rate in alive.items()}
