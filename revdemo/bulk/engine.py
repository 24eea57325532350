"""Who does a job: the models of this process, or those of a crew on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from revdemo.bulk.cluster import Crew
from revdemo.errors import RevdemoError
from revdemo.settings import Settings, load_settings

if TYPE_CHECKING:
    from revdemo.generation.context import JobContext

ENGINES = ("plain", "ray")


def check_engine(engine: str) -> None:
    """Refuse an engine that there is not.

    Raises:
        RevdemoError: `engine` is none of ENGINES.
    """
    if engine not in ENGINES:
        raise RevdemoError(
            "There is no engine {name!r}: choose one of {engines}.", name=engine, engines=", ".join(ENGINES)
        )


@contextmanager
def context_of(
    engine: str,
    settings: Settings | None = None,
    crew: Crew | None = None,
    models: Mapping[str, Any] | None = None,
    announce: Callable[[str], object] = lambda dashboard: None,
    **context: Any,
) -> Iterator[JobContext]:
    """The context of a job for the length of a block, with the engine "plain" or "ray".

    Args:
        models: what the plain engine need not load, by JobContext's names; a crew loads its own.
        announce: told the address of Ray's dashboard, "" for none.
        context: what else JobContext takes.

    Raises:
        RevdemoError: there is no such engine, no Ray, no cluster, no room on it, or no model.
    """
    check_engine(engine)
    from revdemo.generation.context import JobContext  # here, as below: torch takes seconds

    if engine == "plain":
        yield JobContext(settings, **(models or {}), **context)
        return
    from revdemo.bulk.generating.job import shared

    with shared(crew or Crew(), settings or load_settings(), announce=announce, **context) as found:
        yield found
