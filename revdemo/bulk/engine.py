"""Who does a job: the models of this process, or those of a crew on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from revdemo.bulk.cluster import Crew
from revdemo.settings import Settings, load_settings

if TYPE_CHECKING:
    from revdemo.generation.context import JobContext


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
        RevdemoError: there is no Ray, no cluster, no room on it, or no model.
    """
    from revdemo.generation.context import JobContext  # here, as below: torch takes seconds

    if engine == "plain":
        yield JobContext(settings, **(models or {}), **context)
        return
    from revdemo.bulk.generating.job import shared

    with shared(crew or Crew(), settings or load_settings(), announce=announce, **context) as found:
        yield found
