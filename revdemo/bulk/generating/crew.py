"""Ray actors that write blocks: each loads generator and classifier once, and is begun again when it dies."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from revdemo.bulk.cluster import Crew
from revdemo.bulk.generating.blocks import Block, Scribe
from revdemo.bulk.generating.supply import Delivery
from revdemo.errors import RevdemoError
from revdemo.generation.context import JobContext
from revdemo.settings import Settings

QUEUE = 2  # blocks of a worker: one that it writes, and one that it finds next
ATTEMPTS = 4  # at one block, after which it is the block that ends its workers


class RayWorkers:
    """A crew of actors, until it is closed."""

    def __init__(self, crew: Crew, settings: Settings):
        _check_room(crew)
        options: dict[str, Any] = {"max_restarts": -1, "max_task_retries": ATTEMPTS - 1, **crew.holds}
        actor = ray.remote(_Worker).options(**options)
        self._actors = [actor.remote(settings) for _ in range(crew.workers)]
        self._waiting: dict[ray.ObjectRef, tuple[Block, int]] = {}
        self._names: dict[int, str] = {}  # of the actors that have delivered, as they were last begun

    @property
    def free(self) -> int:
        """How many more blocks they take now."""
        return QUEUE * len(self._actors) - len(self._waiting)

    def begin(self, block: Block) -> None:
        """Have a block written by whoever has the fewest."""
        load = Counter(actor for _, actor in self._waiting.values())
        number = min(range(len(self._actors)), key=lambda own: load[own])
        self._waiting[self._actors[number].write.remote(block)] = block, number

    def finished(self, patience: float) -> list[Delivery]:
        """The blocks that have come; waits for the first one, but not beyond that many seconds."""
        if not self._waiting:
            return []
        done, _ = ray.wait(list(self._waiting), num_returns=1, timeout=patience)
        found = []
        for reference in done:
            block, number = self._waiting.pop(reference)
            content, worker = _result(reference)
            self._names[number] = worker
            found.append(Delivery(block, content, worker))
        return found

    def in_hand(self) -> dict[str, int]:
        """How many texts each worker has been handed; one that has delivered nothing yet has no name."""
        texts = Counter[int]()
        for block, number in self._waiting.values():
            texts[number] += block.count
        return {name: texts[number] for number, name in self._names.items()}

    def close(self) -> None:
        """End the actors, whatever they are writing."""
        for actor in self._actors:
            ray.kill(actor)

    def elsewhere(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function gives with a worker's generator and these arguments."""
        return _result(self._actors[0].call.remote(function, arguments))


class _Worker:
    """One of the crew; the models are loaded with the first block."""

    def __init__(self, settings: Settings):
        self._context = JobContext(settings)
        self._scribe = Scribe(self._context)
        self._name = f"{ray.util.get_node_ip_address()}:{os.getpid()}"

    def write(self, block: Block) -> tuple[bytes, str]:
        return self._scribe.write(block), self._name

    def call(self, function: Callable[..., Any], arguments: tuple) -> Any:
        return function(self._context.generator, *arguments)


def _result(reference: ray.ObjectRef) -> Any:
    try:
        return ray.get(reference)
    except RayTaskError as error:
        if isinstance(error.cause, RevdemoError):
            raise error.cause from None
        raise
    except RayActorError as error:
        raise RevdemoError(
            "A worker died {n} times over the same reviews. Give each worker more memory, or ask for fewer "
            "workers with --workers; the same command resumes.",
            n=ATTEMPTS,
        ) from error


def _check_room(crew: Crew) -> None:
    """Refuse a crew that the cluster has no room for, which would wait for ever."""
    kind, each = ("GPU", crew.gpus) if crew.gpus else ("CPU", 1.0)
    there = ray.cluster_resources().get(kind, 0.0)
    if there < each * crew.workers:
        raise RevdemoError(
            "{workers} workers need {wanted:g} {kind}, and the cluster has {there:g}: ask for fewer with "
            "--workers.",
            workers=crew.workers,
            wanted=each * crew.workers,
            kind=kind,
            there=there,
        )
