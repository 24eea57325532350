"""A visitor's runs: whose they are, the list of them, and one opened with its reviews and downloads."""

import re
import secrets
from typing import Any

import gradio as gr

from revdemo.ledger import RunSummary, export
from revdemo.loop import Run
from revdemo.settings import Settings
from revdemo.ui import cards, code, push, run_quality, strings, view
from revdemo.ui.live import live
from revdemo.ui.state import Services, Ticket

LISTED = 30  # newest runs
OWNER = re.compile(r"[\w-]{32}")

# Fixed, so that a browser finds its runs again after a restart of the app. The secret only scrambles what the
# browser keeps for itself: who a visitor is rests on the owner id, which cannot be guessed.
STORAGE_KEY = "revdemo-owner"
STORAGE_SECRET = "revdemo"


class Results:
    """Where a run is shown: its summary, downloads and columns, and (laid out apart) its heat map."""

    def __init__(self, settings: Settings):
        self.summary = live(view.waiting(strings.NOTHING_YET), elem_id="summary")
        with gr.Row(elem_id="downloads"):
            self.downloads = [
                gr.DownloadButton(label, interactive=False, size="sm", min_width=100, elem_id=f"get-{name}")
                for name, label in strings.DOWNLOADS.items()
            ]
        self.push = push.Push(settings, "push", strings.PUSH_HOW)
        gr.HTML(cards.message(strings.FOR_STUDY), elem_id="for-study")
        with gr.Row(equal_height=False):
            with gr.Column(min_width=280):
                self.accepted = gr.HTML(elem_id="accepted")
            with gr.Column(min_width=280):
                self.rejected = gr.HTML(elem_id="rejected")
        self.quality = run_quality.Quality()
        self.code = code.Code()

    def chart(self) -> None:
        """Lay out the heat map where the caller is."""
        self.heat_map = gr.Plot(label=strings.HEAT_MAP, visible=False, elem_id="heat-map")

    @property
    def streamed(self) -> list[gr.components.Component]:
        """What changes while a run is under way."""
        return [self.summary, self.accepted, self.rejected, self.heat_map]

    @property
    def all(self) -> list[gr.components.Component]:
        """Everything that shows a run."""
        return [*self.streamed, *self.downloads, *self.push.all, *self.quality.all, *self.code.all]


def owner_state() -> gr.BrowserState:
    """Where a browser keeps its owner id."""
    return gr.BrowserState("", storage_key=STORAGE_KEY, secret=STORAGE_SECRET)


def known(owner: object) -> str | None:
    """The owner id that a browser sent, None if it is none of ours."""
    return owner if isinstance(owner, str) and OWNER.fullmatch(owner) else None


def new_owner() -> str:
    """An owner id that cannot be guessed."""
    return secrets.token_urlsafe(24)


def listing() -> gr.Radio:
    """The list of a visitor's runs, still empty."""
    return gr.Radio([], label=strings.RUNS, info=strings.NO_RUNS, elem_id="runs")


def listed(services: Services, owner: str | None, chosen: str | None = None) -> gr.Radio:
    """The list of an owner's runs, one of them chosen; empty for nobody."""
    summaries = services.ledger.runs(owner, LISTED) if owner else []
    choices = [(_describe(summary), summary.id) for summary in summaries]
    value = chosen if chosen in {run_id for _, run_id in choices} else None
    info = strings.RUNS_INFO if choices else strings.NO_RUNS
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
    *texts, heat_map = view.of_run(run, summary.ended, seconds)
    files = [
        export(summary, chosen, kind, folder) if chosen else None
        for chosen, kind in ((accepted, "csv"), (rejected, "csv"), (reviews, "jsonl"))
    ]
    buttons = (gr.DownloadButton(value=file, interactive=file is not None) for file in files)
    below = *push.ready(services.settings), *run_quality.ready(), *code.of_run(summary)
    return *texts, gr.Plot(heat_map, visible=True), *buttons, *below


def latest(services: Services, owner: str | None, folder: str) -> tuple[Any, ...]:
    """The list of an owner's runs and, for `Results.all`, the newest of them if there is one."""
    found = services.ledger.runs(owner, 1) if owner else []
    if not found:
        return listed(services, owner), *nothing(strings.NOTHING_YET)
    return listed(services, owner, found[0].id), *opened(services, owner, found[0].id, folder)


def ended(services: Services, ticket: Ticket, folder: str) -> tuple[Any, ...]:
    """The list and, for `Results.all`, a run that is over; one that never began says why."""
    chosen = listed(services, ticket.owner, ticket.run_id)
    if not ticket.run_id:
        return chosen, *nothing(ticket.problem or strings.NEVER_BEGAN, "error" if ticket.problem else "")
    summary, *rest = opened(services, ticket.owner, ticket.run_id, folder, ticket.seconds)
    return chosen, summary + (cards.message(ticket.problem, "error") if ticket.problem else ""), *rest


def nothing(text: str, kind: str = "") -> tuple[Any, ...]:
    """An empty `Results.all` that says why it is."""
    off = [gr.DownloadButton(value=None, interactive=False) for _ in strings.DOWNLOADS]
    below = *push.nothing(), *run_quality.nothing(), *code.nothing()
    return view.waiting(text, kind), "", "", gr.Plot(visible=False), *off, *below


def _describe(summary: RunSummary) -> str:
    """One line of the list: when, for which stars, how it went, how many."""
    return strings.RUN_LINE.format(
        when=cards.moment(summary.started),
        stars=summary.request.stars,
        state=strings.RUN_STATES[summary.ended],
        accepted=summary.accepted,
        rejected=summary.rejected,
    )
