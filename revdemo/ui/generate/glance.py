"""Five at a glance: one accepted review of each number of stars, each a run of its own, seen as they come."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from revdemo.generation.job import one_of_each
from revdemo.generation.request import Run, Step
from revdemo.reviews import STARS
from revdemo.ui import locale
from revdemo.ui.generate.run import steps
from revdemo.ui.parts import html
from revdemo.ui.parts.progress import job_progress, waiting
from revdemo.ui.services.jobs import Ticket
from revdemo.ui.services.services import Services


@dataclass
class GlanceTicket(Ticket):
    """Five runs that were asked for at once; `found` has each by its stars, as far as it has come."""

    found: dict[int, Run] = field(default_factory=dict)


def updates(services: Services, ticket: GlanceTicket) -> Iterator[tuple[str, str]]:
    """The summary and the five places as HTML, whenever a review was judged."""
    with ticket.under_way():
        for step in steps(services, ticket, one_of_each):
            if isinstance(step, Step):
                ticket.found[step.run.request.stars] = step.run
                yield shown(ticket, step.run.request.stars)
            else:
                yield waiting(step), _places(ticket)


def shown(ticket: GlanceTicket, under_way: int = 0) -> tuple[str, str]:
    """The summary and the five places as HTML; `under_way` is for which stars the generator writes now."""
    done = sum(bool(run.accepted) for run in ticket.found.values())
    said = (
        locale.GLANCE_RUNNING.format(count=under_way) if under_way else locale.GLANCE_DONE.format(count=done)
    )
    share, over = done / len(STARS), not under_way
    summary = job_progress([said], share, locale.ACCEPTED, said=locale.GLANCE, spoken=over)
    problem = html.message(ticket.problem, "error") if ticket.problem else ""
    return summary + problem, _places(ticket)


def _places(ticket: GlanceTicket) -> str:
    places = "".join(_place(stars, ticket.found.get(stars)) for stars in STARS)
    return f'<ol class="rd-glance" aria-label="{html.escape(locale.GLANCE)}">{places}</ol>'


def _place(stars: int, run: Run | None) -> str:
    if run and run.accepted:
        [one] = run.accepted[:1]
        return f"<li>{html.review(one.text, one.predicted, one.confidence)}</li>"
    said = _state(run)
    return f'<li class="rd-place">{html.stars(stars, locale.ASKED)} <span>{html.escape(said)}</span></li>'


def _state(run: Run | None) -> Any:
    says: Any = locale.GLANCE_STATES
    if run is None:
        return says["waits"]
    if run.ended == "stopped":
        return says["stopped"]
    tried = len(run.rejected)
    if run.ended:
        return says["none"].format(count=tried)
    return says["tried"].format(count=tried) if tried else says["begins"]
