"""A visitor's runs: the list of them, and one opened with its reviews and downloads."""

from typing import Any

import gradio as gr

from revdemo.generation.ledger import RunSummary
from revdemo.generation.request import Run
from revdemo.generation.runs.exports import export
from revdemo.settings import Settings
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.generate import code, quality, run_view
from revdemo.ui.parts import html, push
from revdemo.ui.parts.progress import waiting
from revdemo.ui.services.jobs import Ticket
from revdemo.ui.services.services import Services

LISTED = 30  # newest runs

# A press of a card's button tells which review and which verdict. The column is then drawn anew: it stays
# where it was scrolled to, and the keyboard is on the card that follows.
DECIDE = """
let kept = null;
element.addEventListener("click", event => {
  const pressed = event.target.closest("[data-review]");
  if (!pressed) return;
  const all = [...element.querySelectorAll("[data-review]")];
  kept = {at: all.indexOf(pressed), top: element.querySelector(".rd-column").scrollTop};
  trigger("click", {review: +pressed.dataset.review, accept: pressed.dataset.accept === "true"});
});
watch("value", () => {
  if (!kept) return;
  const {at, top} = kept, all = [...element.querySelectorAll("[data-review]")];
  kept = null;
  const column = element.querySelector(".rd-column");
  if (column) column.scrollTop = top;
  (all[Math.min(at, all.length - 1)] || column)?.focus({preventScroll: true});
});
"""


class RunOutputs:
    """Where a run is shown: its summary, downloads and columns, and (laid out apart) its heat map."""

    def __init__(self, settings: Settings):
        self.summary = live(waiting(locale.NOTHING_YET), elem_id="summary")
        with gr.Row(elem_id="downloads"):
            self.downloads = [
                gr.DownloadButton(label, visible=False, size="sm", min_width=100, elem_id=f"get-{name}")
                for name, label in locale.DOWNLOADS.items()
            ]
        self.glance = gr.HTML(elem_id="glance")
        with gr.Row(equal_height=False):
            with gr.Column(min_width=280):
                self.accepted = gr.HTML(js_on_load=DECIDE, elem_id="accepted")
            with gr.Column(min_width=280):
                self.rejected = gr.HTML(js_on_load=DECIDE, elem_id="rejected")
        gr.HTML(html.message(locale.FOR_STUDY), elem_id="for-study")
        self.quality = quality.Quality()
        self.push = push.Push(settings, "push", locale.PUSH_HOW)
        self.code = code.Code()

    def chart(self) -> None:
        """Lay out the heat map where the caller is."""
        self.heat_map = gr.Plot(label=locale.HEAT_MAP, visible=False, elem_id="heat-map")

    @property
    def streamed(self) -> list[gr.components.Component]:
        """What changes while a run is under way."""
        return [self.summary, self.accepted, self.rejected, self.heat_map]

    @property
    def all(self) -> list[gr.components.Component]:
        """Everything that shows a run, or five at a glance."""
        return [
            *self.streamed,
            self.glance,
            *self.downloads,
            *self.push.all,
            *self.quality.all,
            *self.code.all,
        ]


def listing() -> gr.Radio:
    """The list of a visitor's runs, still empty."""
    return gr.Radio([], label=locale.RUNS, info=locale.NO_RUNS, elem_id="runs")


def listed(services: Services, owner: str | None, chosen: str | None = None) -> gr.Radio:
    """The list of an owner's runs, one of them chosen; empty for nobody."""
    summaries = services.ledger.runs(owner, LISTED) if owner else []
    choices = [(_describe(summary), summary.id) for summary in summaries]
    value = chosen if chosen in {run_id for _, run_id in choices} else None
    info = locale.RUNS_INFO if choices else locale.NO_RUNS
    return gr.Radio(choices, value=value, info=info, interactive=True)


def opened(
    services: Services, owner: str, run_id: str, folder: str, seconds: float | None = None
) -> tuple[Any, ...]:
    """A run of an owner for `Results.all`, its downloads below `folder`; `seconds` is how long it took.

    Raises:
        RevdemoError: the owner has no such run.
    """
    summary = services.ledger.run(run_id, owner)
    reviews = services.ledger.reviews(run_id, owner)
    accepted = [one for one in reviews if one.accepted]
    rejected = [one for one in reviews if not one.accepted]
    run = Run(summary.id, summary.request, summary.models, accepted, rejected)
    *texts, heat_map = run_view.of_run(run, summary.ended, seconds)
    files = [
        export(summary, chosen, kind, folder) if chosen else None
        for chosen, kind in ((accepted, "csv"), (rejected, "csv"), (reviews, "jsonl"))
    ]
    buttons = (gr.DownloadButton(value=file, visible=True, interactive=file is not None) for file in files)
    below = *push.ready(services.settings), *quality.ready(), *code.of_run(summary)
    return *texts, gr.Plot(heat_map, visible=True), "", *buttons, *below


def latest(services: Services, owner: str | None, folder: str) -> tuple[Any, ...]:
    """The list of an owner's runs and, for `Results.all`, the newest of them if there is one."""
    found = services.ledger.runs(owner, 1) if owner else []
    if owner is None or not found:
        return listed(services, owner), *nothing(locale.NOTHING_YET)
    return listed(services, owner, found[0].id), *opened(services, owner, found[0].id, folder)


def ended(services: Services, ticket: Ticket, folder: str) -> tuple[Any, ...]:
    """The list and, for `Results.all`, a run that is over; one that never began says why."""
    chosen = listed(services, ticket.owner, ticket.run_id)
    if not ticket.run_id:
        return chosen, *nothing(ticket.problem or locale.NEVER_BEGAN, "error" if ticket.problem else "")
    summary, *rest = opened(services, ticket.owner, ticket.run_id, folder, ticket.seconds)
    return chosen, summary + (html.message(ticket.problem, "error") if ticket.problem else ""), *rest


def nothing(text: str, kind: str = "") -> tuple[Any, ...]:
    """An empty `Results.all` that says why it is."""
    return five(waiting(text, kind), "")


def five(summary: str, glance: str) -> tuple[Any, ...]:
    """For `Results.all`, five at a glance: a summary and the five places, and no run below."""
    off = [gr.DownloadButton(value=None, visible=False) for _ in locale.DOWNLOADS]
    below = *push.nothing(), *quality.nothing(), *code.nothing()
    return summary, "", "", gr.Plot(visible=False), glance, *off, *below


def _describe(summary: RunSummary) -> str:
    """One line of the list: when, for which stars, how it went, how many."""
    return locale.RUN_LINE.format(
        when=html.moment(summary.started),
        stars=summary.request.stars,
        state=locale.RUN_STATES[summary.ended],
        accepted=summary.accepted,
        rejected=summary.rejected,
    )
