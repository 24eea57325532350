"""Running what a ticket asks for: the page and the API both come through here."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from revdemo.generation.job import generate
from revdemo.generation.request import Step
from revdemo.ui.services.jobs import Ticket
from revdemo.ui.services.services import Services


def steps(
    services: Services, ticket: Ticket, job: Callable[..., Generator] = generate
) -> Iterator[Step | str]:
    """The steps of a run, or of the runs of a job; before them, a sentence for each model to wait for.

    Raises:
        RevdemoError: a model could not be loaded, or the generator refuses the request.
    """
    yield from services.arriving("stars", "generator", stop=ticket.stop)
    if not services.arrived("stars", "generator"):
        return
    context = services.context(ticket, "stars", "generator", owner=ticket.owner)
    with closing(job(ticket.request, context)) as found:
        for step in found:
            if isinstance(step, Step):
                ticket.run_id, ticket.seconds = step.run.id, step.seconds
                yield step
