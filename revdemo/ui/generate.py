"""The Generate tab: reviews for the stars asked for, streamed as the classifier judges them."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.package import Package, run_package
from revdemo.ui import cards, run_quality, runs, stop, strings, view
from revdemo.ui.form import Form, roll
from revdemo.ui.guard import shown
from revdemo.ui.run import steps
from revdemo.ui.state import AT_ONCE, MODEL, QUIET, WORK, Services, Ticket

PAUSE = 0.25  # seconds between two updates of the page, at least
REDRAW = 2.0  # seconds between two drawings of the heat map, at least

# On a phone the results are below the form; where they are in sight, nothing moves.
SCROLL = "() => document.getElementById('summary').scrollIntoView({behavior: 'smooth', block: 'nearest'})"


class GenerateTab:
    """The form, the results, the list of runs, and the events between them."""

    def __init__(self, services: Services, demo: gr.Blocks, owner: gr.BrowserState):
        self.services, self.owner = services, owner
        self.key = gr.State("")
        gr.HTML(cards.lead(strings.GENERATE_LEAD))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.form = Form(services)
                with gr.Row():
                    self.start = gr.Button(
                        strings.START, variant="primary", min_width=100, elem_id="generate"
                    )
                    self.stop = gr.Button(strings.STOP, interactive=False, min_width=100, elem_id="stop")
                self.form.examples()
            with gr.Column(scale=5, min_width=320):
                self.results = runs.Results(services.settings)
        with gr.Row(equal_height=False):
            with gr.Column(min_width=300):
                self.listing = runs.listing()
            with gr.Column(min_width=300):
                self.results.chart()
        self._connect(demo)

    def _connect(self, demo: gr.Blocks) -> None:
        one_run, controls = self.results.all, [self.start, self.stop, self.listing]
        inputs, browser = self.form.inputs | {self.owner}, [self.owner, self.key]
        begun = self.start.click(self._begin, inputs, [*browser, *controls, *one_run], **AT_ONCE)
        running = begun.success(
            self._stream,
            self.key,
            self.results.streamed,
            show_progress="minimal",
            show_progress_on=self.results.summary,
            api_visibility="private",
            **WORK,
        )
        running.then(self._finish, self.key, [*controls, *one_run], **QUIET)
        stop.connect(
            self.services.tickets, self.stop, self.key, [running], self._finish, [*controls, *one_run]
        )
        self.start.click(None, js=SCROLL)
        self.listing.input(self._open, [self.owner, self.listing], [self.listing, *one_run], **AT_ONCE)
        quality = self.results.quality
        quality.accordion.expand(
            self._measure,
            [self.owner, self.listing],
            quality.figures,
            show_progress="minimal",
            api_visibility="private",
            **MODEL,
        )
        self.results.push.connect([self.owner, self.listing], self._package)
        demo.load(roll, outputs=self.form.seed, **QUIET)
        demo.load(self._arrive, self.owner, [self.listing, *one_run], **AT_ONCE)

    @property
    def _folder(self) -> str:
        """Where Gradio serves files from; each export makes a folder of random name in it."""
        return self.results.downloads[0].GRADIO_CACHE

    def _arrive(self, owner: str) -> tuple[Any, ...]:
        with shown():
            if self.services.ledger.warning:
                gr.Warning(strings.said(self.services.ledger.warning))
            return runs.latest(self.services, runs.known(owner), self._folder)

    def _begin(self, values: dict[Any, Any], request: gr.Request) -> tuple[Any, ...]:
        owner = runs.known(values[self.owner]) or runs.new_owner()
        with shown():
            wanted = self.form.request(values)
        key = self.services.tickets.add(Ticket(wanted, owner, session=request.session_hash))
        busy = gr.Button(interactive=False), gr.Button(interactive=True), gr.Radio(interactive=False)
        return owner, key, *busy, *runs.nothing(strings.WAITING)

    def _stream(self, key: str) -> Iterator[tuple[Any, ...]]:
        yield from self.services.tickets.follow(key, lambda ticket: _updates(self.services, ticket))

    def _finish(self, key: str) -> tuple[Any, ...]:
        ticket = self.services.tickets.drop(key)
        free = gr.Button(interactive=True), gr.Button(strings.STOP, interactive=False)
        if ticket is None:  # the other way here came first
            return *free, gr.Radio(interactive=True), *[gr.skip()] * len(self.results.all)
        with shown():
            return *free, *runs.ended(self.services, ticket, self._folder)

    def _open(self, owner: str, run_id: str) -> tuple[Any, ...]:
        with shown():
            owner = runs.known(owner) or runs.new_owner()
            run = runs.opened(self.services, owner, run_id, self._folder)
            return runs.listed(self.services, owner, run_id), *run

    def _measure(self, owner: str, run_id: str | None) -> Iterator[str]:
        with shown():
            yield from run_quality.of_run(self.services, runs.known(owner), run_id)

    def _package(self, values: Sequence[Any], name: str, private: bool, folder: Path) -> Package:
        """What is pushed of a run; only of one's own, as with everything that is shown of it."""
        owner, run_id = runs.known(values[0]), values[1]
        if owner is None or not run_id:
            raise RevdemoError(strings.PUSH_NO_RUN)
        return run_package(self.services.ledger, run_id, owner, name, None, folder)


def _updates(services: Services, ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """What the page shows of a run, at most once every `PAUSE` and once at its end."""
    told = drawn = 0.0
    with ticket.under_way():
        for step in steps(services, ticket):
            now = time.monotonic()
            if isinstance(step, str):
                yield view.waiting(step), gr.skip(), gr.skip(), gr.skip()
            elif step.run.ended or now - told >= PAUSE:
                told, draw = now, step.run.ended or now - drawn >= REDRAW
                drawn = now if draw else drawn
                *texts, heat_map = view.of_step(step)
                yield *texts, gr.Plot(heat_map, visible=True) if draw else gr.skip()
