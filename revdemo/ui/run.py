"""Running what a ticket asks for: the page and the API both come through here."""

from collections.abc import Iterator
from contextlib import closing

from revdemo.loop import Step, generate
from revdemo.ui.state import Services, Ticket


def steps(services: Services, ticket: Ticket) -> Iterator[Step | str]:
    """The steps of a run; before them, a sentence for each model that it has to wait for.

    Raises:
        RevdemoError: a model could not be loaded, or the generator refuses the request.
    """
    yield from services.arriving(services.stars, services.generator, stop=ticket.stop)
    if not services.stars.settled or not services.generator.settled:
        return
    generator, classifier = services.generator.get(), services.stars.get()
    found = generate(
        ticket.request,
        generator,
        classifier,
        copies=services.load_copies(generator.source),
        ledger=services.ledger,
        owner=ticket.owner,
        should_stop=ticket.stop.is_set,
    )
    with closing(found):
        for step in found:
            ticket.run_id, ticket.seconds = step.run.id, step.seconds
            yield step
