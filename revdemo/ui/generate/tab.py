"""The Generate tab: reviews for the stars asked for, streamed as the classifier judges them."""

import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.hub.data_repos import Package, run_package
from revdemo.ui import locale
from revdemo.ui.errors import shown, without_folders
from revdemo.ui.generate import glance, run_view, runs
from revdemo.ui.generate import quality as run_quality
from revdemo.ui.generate.form import Form, roll
from revdemo.ui.generate.glance import GlanceTicket
from revdemo.ui.generate.run import steps
from revdemo.ui.parts import html
from revdemo.ui.parts.job_tab import JobTab, Update
from revdemo.ui.parts.owner import known_owner, new_owner
from revdemo.ui.parts.progress import waiting
from revdemo.ui.services.jobs import Ticket
from revdemo.ui.services.queue import AT_ONCE, MEASURE, QUIET
from revdemo.ui.services.services import Services

PAUSE = 0.25  # seconds between two updates of the page, at least
REDRAW = 2.0  # seconds between two drawings of the heat map, at least

# On a phone the results are below the form; where they are in sight, nothing moves.
SCROLL = "() => document.getElementById('summary').scrollIntoView({behavior: 'smooth', block: 'nearest'})"


class GenerateTab(JobTab[Ticket]):
    """The form, the results, the list of runs, and the events between them."""

    def __init__(self, services: Services, demo: gr.Blocks, owner: gr.BrowserState):
        super().__init__(services)
        self.owner = owner
        gr.HTML(html.lead(locale.GENERATE_LEAD))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.form = Form(services)
                with gr.Row():
                    self.start = gr.Button(locale.START, variant="primary", min_width=100, elem_id="generate")
                    self.stop = gr.Button(locale.STOP, interactive=False, min_width=100, elem_id="stop")
                self.glance = gr.Button(locale.GLANCE, size="sm", elem_id="glance-start")
                gr.HTML(f'<p class="rd-empty">{html.escape(locale.GLANCE_HOW)}</p>')
                self.form.more()
                self.form.examples()
            with gr.Column(scale=5, min_width=320):
                self.results = runs.RunOutputs(services.settings)
                self.summary = self.results.summary
        with gr.Row(equal_height=False):
            with gr.Column(min_width=300):
                self.listing = runs.listing()
            with gr.Column(min_width=300):
                self.results.chart()
        self._connect(demo)

    def _connect(self, demo: gr.Blocks) -> None:
        one_run = self.results.all
        self.connect_jobs(
            {self.start: self._ask_run, self.glance: self._ask_glance},
            self.form.inputs | {self.owner},
            [*self.results.streamed, self.results.glance],
            [self.owner, self.listing, *one_run],
        )
        gr.on([self.start.click, self.glance.click], None, js=SCROLL)
        self.listing.input(self._open, [self.owner, self.listing], [self.listing, *one_run], **AT_ONCE)
        gr.on(
            [self.results.accepted.click, self.results.rejected.click],
            self._decide,
            [self.owner, self.listing],
            [self.listing, *one_run],
            **AT_ONCE,
        )
        quality = self.results.quality
        quality.accordion.expand(
            self._measure,
            [self.owner, self.listing],
            quality.figures,
            show_progress="minimal",
            api_visibility="private",
            **MEASURE,
        )
        self.results.push.connect([self.owner, self.listing], self._package)
        demo.load(roll, outputs=self.form.seed, **QUIET)
        demo.load(self.form.reveal, outputs=[self.form.kind, self.form.min_likeness], **AT_ONCE)
        demo.load(self._arrive, self.owner, [self.listing, *one_run], **AT_ONCE)

    @property
    def _folder(self) -> str:
        """Where Gradio serves files from; each export makes a folder of random name in it."""
        return self.results.downloads[0].GRADIO_CACHE

    def _arrive(self, owner: str) -> tuple[Any, ...]:
        with shown():
            if self.services.ledger.warning:
                gr.Warning(without_folders(self.services.ledger.warning))
            return runs.latest(self.services, known_owner(owner), self._folder)

    def _ask_run(self, values: dict[Any, Any], session: str | None) -> Ticket:
        return self._ask(Ticket, values, session)

    def _ask_glance(self, values: dict[Any, Any], session: str | None) -> Ticket:
        return self._ask(GlanceTicket, values, session)

    def _ask(self, kind: type[Ticket], values: dict[Any, Any], session: str | None) -> Ticket:
        owner = known_owner(values[self.owner]) or new_owner()
        return kind(self.form.request(values), owner, session=session)

    def busy(self) -> Update:
        """The buttons and the list of runs while a run is under way."""
        return super().busy() | {self.listing: gr.Radio(interactive=False)}

    def free(self, job: Ticket | None) -> Update:
        """The buttons and the list of runs after a run."""
        return super().free(job) | {self.listing: gr.Radio(interactive=True)}

    def waiting(self, job: Ticket) -> Update:
        """Whose the run is; the one that was shown goes."""
        return {self.owner: job.owner} | self._of_results(runs.nothing(locale.WAITING))

    def updates(self, job: Ticket) -> Generator[Update, None, None]:
        """What the page shows of a run, or of five at a glance, under way."""
        if isinstance(job, GlanceTicket):
            for summary, places in glance.updates(self.services, job):
                yield {self.results.summary: summary, self.results.glance: places}
        else:
            for shown in _updates(self.services, job):
                yield dict(zip(self.results.streamed, shown, strict=True))

    def ended(self, job: Ticket) -> Update:
        """What the page shows of a run, or of five at a glance, that has ended."""
        if isinstance(job, GlanceTicket) and job.found:
            listed = runs.listed(self.services, job.owner)
            return {self.listing: listed} | self._of_results(runs.five(*glance.shown(job)))
        listed, *shown = runs.ended(self.services, job, self._folder)
        return {self.listing: listed} | self._of_results(shown)

    def _of_results(self, shown: Sequence[Any]) -> Update:
        return dict(zip(self.results.all, shown, strict=True))

    def _open(self, owner: str, run_id: str) -> tuple[Any, ...]:
        with shown():
            owner = known_owner(owner) or new_owner()
            run = runs.opened(self.services, owner, run_id, self._folder)
            return runs.listed(self.services, owner, run_id), *run

    def _decide(self, owner: str, run_id: str | None, pressed: gr.EventData) -> tuple[Any, ...]:
        """Take a review in by hand or keep it out, as the button of its card says."""
        told = pressed._data if isinstance(pressed._data, dict) else {}
        with shown():
            known, index = known_owner(owner), told.get("review")
            if known is None or not run_id or type(index) is not int:
                raise RevdemoError.of(locale.phrase("NO_RUN_CHOSEN"))
            self.services.ledger.decide(run_id, known, index, bool(told.get("accept")))
        return self._open(owner, run_id)

    def _measure(self, owner: str, run_id: str | None) -> Iterator[str]:
        with shown():
            yield from run_quality.of_run(self.services, known_owner(owner), run_id)

    def _package(self, values: Sequence[Any], name: str, private: bool, folder: Path) -> Package:
        """What is pushed of a run; only of one's own, as with everything that is shown of it."""
        owner, run_id = known_owner(values[0]), values[1]
        if owner is None or not run_id:
            raise RevdemoError.of(locale.phrase("PUSH_NO_RUN"))
        return run_package(self.services.ledger, run_id, owner, name, None, folder)


def _updates(services: Services, ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """What the page shows of a run, at most once every `PAUSE` and once at its end."""
    told = drawn = 0.0
    with ticket.under_way():
        for step in steps(services, ticket):
            now = time.monotonic()
            if isinstance(step, str):
                yield waiting(step), gr.skip(), gr.skip(), gr.skip()
            elif step.run.ended or now - told >= PAUSE:
                told, draw = now, step.run.ended or now - drawn >= REDRAW
                drawn = now if draw else drawn
                *texts, heat_map = run_view.of_step(step)
                yield *texts, gr.Plot(heat_map, visible=True) if draw else gr.skip()
