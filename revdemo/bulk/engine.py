"""Who does a job: the models of this process, batched by us or by transformers, or those of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from revdemo.bulk.cluster import Crew
from revdemo.errors import RevdemoError
from revdemo.settings import Settings, load_settings

if TYPE_CHECKING:
    from revdemo.generation.context import JobContext

ENGINES = ("plain", "ray")
WRITERS = (*ENGINES, "continuous")  # of jobs that write reviews


def check_engine(engine: str, engines: Sequence[str] = ENGINES) -> None:
    """Refuse an engine that a job does not have.

    Raises:
        RevdemoError: `engine` is none of `engines`.
    """
    if engine not in engines:
        raise RevdemoError(
            "There is no engine {name!r}: choose one of {engines}.", name=engine, engines=", ".join(engines)
        )


def local_context(
    engine: str, settings: Settings | None = None, models: Mapping[str, Any] | None = None, **context: Any
) -> JobContext:
    """The context of a job in this process, with the engine "plain" or "continuous"; see `context_of`."""
    from revdemo.generation.context import JobContext  # here, as below: torch takes seconds

    if engine == "plain":
        return JobContext(settings, **(models or {}), **context)
    from revdemo.models.generator import check_continuous, load_continuous

    settings = settings or load_settings()
    check_continuous(settings)
    return JobContext(settings, stars=(models or {}).get("stars"), load_generator=load_continuous, **context)


@contextmanager
def context_of(
    engine: str,
    settings: Settings | None = None,
    crew: Crew | None = None,
    models: Mapping[str, Any] | None = None,
    announce: Callable[[str], object] = lambda dashboard: None,
    **context: Any,
) -> Iterator[JobContext]:
    """The context of a job for the length of a block, with one of WRITERS.

    Args:
        models: what need not be loaded, by JobContext's names; the engine continuous loads its own generator,
            and a crew both.
        announce: told the address of Ray's dashboard, "" for none.
        context: what else JobContext takes.

    Raises:
        RevdemoError: there is no such engine, no Ray, no cluster, no room on it, no GPU, or no model.
    """
    check_engine(engine, WRITERS)
    if engine != "ray":
        yield local_context(engine, settings, models, **context)
        return
    from revdemo.bulk.generating.job import shared

    with shared(crew or Crew(), settings or load_settings(), announce=announce, **context) as found:
        yield found
