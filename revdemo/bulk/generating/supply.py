"""The texts of a stream in order of number, whoever writes them and whenever they come."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from revdemo.bulk.generating.blocks import Asked, Block, Judged, unpacked
from revdemo.bulk.parts import Parts

PATIENCE = 0.2  # seconds to wait for a block before asking whether to stop


class Stopped(Exception):
    """The job is to stop while a text is waited for."""


@dataclass(frozen=True)
class Delivery:
    """A block that a worker has written, as Parquet."""

    block: Block
    content: bytes
    worker: str


class Workers(Protocol):
    """Who writes blocks: a crew on Ray, or a stand-in."""

    @property
    def free(self) -> int:
        """How many more blocks they take now."""
        ...

    def begin(self, block: Block) -> None:
        """Have a block written; one that was begun is delivered, whoever dies on the way."""
        ...

    def finished(self, patience: float) -> list[Delivery]:
        """The blocks that have come, in any order; waits for one, but not beyond that many seconds."""
        ...

    def in_hand(self) -> dict[str, int]:
        """How many texts each worker that lives has been handed, by the name that it delivers under."""
        ...


class Supply:
    """Shares a stream out in blocks, keeps what comes, and hands out its texts in order of number.

    Args:
        workers: who writes.
        size: texts per block, None for as many as sit together; with another one, blocks that were kept are
            not found again.
        parts: where blocks are kept, and taken from where they are there; None keeps none.
    """

    def __init__(self, workers: Workers, size: int | None, parts: Parts | None = None):
        self.workers, self.size, self.parts = workers, size, parts
        self.written, self.began = Counter[str](), time.monotonic()
        self._under_way: set[Block] = set()
        self._texts: dict[int, Judged] = {}

    def open(self, asked: Asked, count: int, more: Callable[[int], bool]) -> None:
        """Begin a stream of `count` texts; no block begins that `more` refuses, unless it is waited for."""
        self._asked, self._count, self._more = asked, count, more
        self._size = self.size or asked.seats
        self._next = 0
        self._texts.clear()

    def take(self, number: int, should_stop: Callable[[], bool]) -> Judged:
        """The text of a number, once it is there; each is taken once.

        Raises:
            Stopped: the job is to stop meanwhile.
        """
        self._share_out(number)
        while number not in self._texts:
            if should_stop():
                raise Stopped
            self._receive(PATIENCE)
            self._share_out(number)
        return self._texts.pop(number)

    @property
    def waiting(self) -> int:
        """How many texts have come and are not taken yet."""
        return len(self._texts)

    def rates(self) -> dict[str, float]:
        """Texts per second of each worker, from the first block on."""
        seconds = max(time.monotonic() - self.began, 1e-6)
        return {worker: count / seconds for worker, count in sorted(self.written.items())}

    def _share_out(self, needed: int) -> None:
        """Hand out the next blocks, while somebody is free and their texts are needed, or probably are."""
        while self._next < self._count and (self._next <= needed or self._more(self._next)):
            block = Block(self._asked, self._next, min(self._size, self._count - self._next))
            if self.parts and block.name in self.parts.found:
                self._add(unpacked(self.parts.read(block.name)))
            elif self.workers.free:
                if not self._under_way and not self.written:
                    self.began = time.monotonic()
                self.workers.begin(block)
                self._under_way.add(block)
            else:
                return
            self._next += block.count

    def _receive(self, patience: float) -> None:
        for delivery in self.workers.finished(patience):
            self._under_way.discard(delivery.block)
            if self.parts:
                self.parts.add(delivery.block.name, delivery.content, {"rows": delivery.block.count})
            self.written[delivery.worker] += delivery.block.count
            if delivery.block.asked == self._asked:  # of an earlier stream, which has ended, none is needed
                self._add(unpacked(delivery.content, delivery.worker))

    def _add(self, texts: list[Judged]) -> None:
        self._texts |= {one.sample.number: one for one in texts}
