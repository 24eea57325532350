"""When each text of a stream begins: as soon as another one leaves its seat."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar


@dataclass(frozen=True)
class Sample:
    """One text as sampled (not cleaned), whether it ended by itself, and how many tokens were sampled.

    nats: the negative log-likelihood of those tokens, but for the one that ends the text, under the prefix
    that asked for them; None unless it was wanted. flaw: why the text was given up before its end; empty for
    most. number: which text of the stream it is, from 0.
    """

    text: str
    finished: bool
    tokens: int
    nats: float | None = None
    flaw: str = ""
    number: int = 0

    @property
    def surprise(self) -> float:
        """The nats per token; only of a sample that tells its likelihood."""
        assert self.nats is not None
        return self.nats / max(1, self.tokens - self.finished)


Ended = TypeVar("Ended")  # what there is of a text that has left its seat


class Seating(Protocol[Ended]):
    """Texts that are written together, a token of each at a time."""

    @property
    def free(self) -> int: ...

    @property
    def texts(self) -> Sequence[object]: ...

    def begin(self, numbers: list[int]) -> list[Ended]: ...

    def step(self) -> list[Ended]: ...


def schedule(
    seating: Seating[Ended],
    numbers: range,
    more: Callable[[int], bool],
    should_stop: Callable[[], bool],
    pulse: int,
) -> Generator[list[Ended]]:
    """Write the texts of these numbers, and yield each group that is done; the arguments are `stream`'s.

    The order depends on nothing but how many tokens each text takes, so that it can be followed without the
    model, once they are known.
    """
    begun, taken = numbers.start, 0
    done: list[Ended] = []
    while not should_stop():
        new: list[int] = []
        while len(new) < seating.free and begun < numbers.stop and more(begun):
            new.append(begun)
            begun += 1
        ended = seating.begin(new) if new else []
        if not seating.texts and not ended:
            if not done:
                break
            yield done  # `more` may refuse only because it has not heard of these
            done = []
            continue
        if seating.texts:
            ended += seating.step()
        taken += 1
        done += ended
        if taken % pulse == 0 if pulse else done:
            yield done
            done = []
    if done:
        yield done
