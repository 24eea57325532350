"""The Is it worth it? tab of a table: what synthetic reviews add to its real rows, measured on demand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from revdemo import plots, utility
from revdemo.errors import RevdemoError
from revdemo.tables import KINDS, Chosen
from revdemo.ui import cards, runs, stop, strings, view
from revdemo.ui.guard import explain, shown
from revdemo.ui.live import live
from revdemo.ui.state import QUIET, WORK, Job, Services
from revdemo.ui.worth_view import answer, running


@dataclass
class Work(Job):
    """What is to be measured, for which browser session, and what came of it."""

    chosen: Chosen
    source: str
    runs: Sequence[str]
    file: str | None
    plan: utility.Plan
    owner: str | None
    report: utility.Report | None = None


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab and connect its events."""
    with gr.Tab(strings.WORTH, id="table-worth"):
        WorthTab(services, owner, chosen)


class WorthTab:
    """Where synthetic reviews come from, the button, the progress and the answer."""

    def __init__(self, services: Services, owner: gr.BrowserState, chosen: gr.State):
        self.services, self.owner, self.chosen = services, owner, chosen
        self.key = gr.State("")
        gr.HTML(f'<p class="rd-how">{cards.escape(strings.WORTH_LEAD)}</p>')
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self._form()
            with gr.Column(scale=5, min_width=320):
                self.summary = live(view.waiting(strings.WORTH_EMPTY), elem_id="worth-summary")
                self.chart = gr.Plot(label=strings.WORTH_CHART, visible=False, elem_id="worth-chart")
                self.figures = gr.HTML(elem_id="worth-figures")
        self._connect()

    def _form(self) -> None:
        self.source = gr.Radio(
            list(strings.WORTH_SOURCES),
            value=strings.WORTH_OWN,
            label=strings.WORTH_SOURCE,
            elem_id="worth-source",
        )
        self.runs = gr.Dropdown(
            [], multiselect=True, label=strings.WORTH_WHICH, visible=False, elem_id="worth-runs"
        )
        self.file = gr.File(
            label=strings.WORTH_UPLOAD,
            file_types=list(KINDS),
            height=120,
            visible=False,
            elem_id="worth-file",
        )
        self.resamples = gr.Slider(
            3,
            30,
            10,
            step=1,
            label=strings.WORTH_RESAMPLES,
            info=strings.WORTH_RESAMPLES_INFO,
            elem_id="worth-resamples",
        )
        with gr.Row():
            self.start = gr.Button(
                strings.WORTH_START, variant="primary", min_width=100, elem_id="worth-start"
            )
            self.stop = gr.Button(strings.STOP, interactive=False, min_width=100, elem_id="worth-stop")

    def _connect(self) -> None:
        results, controls = [self.summary, self.chart, self.figures], [self.start, self.stop]
        form = [self.chosen, self.source, self.runs, self.file, self.resamples, self.owner]
        begun = self.start.click(self._begin, form, [self.key, *controls, *results], **QUIET)
        stream = begun.success(
            self._stream,
            self.key,
            self.summary,
            show_progress="minimal",
            api_visibility="private",
            **WORK,
        )
        stream.then(self._finish, self.key, [*controls, *results], **QUIET)
        stop.connect(
            self.services.tickets, self.stop, self.key, [stream], self._finish, [*controls, *results]
        )
        self.source.input(self._reveal, [self.source, self.owner], [self.runs, self.file], **QUIET)

    def _reveal(self, source: str, owner: str) -> tuple[gr.Dropdown, gr.File]:
        """The fields of a source; of runs, all that have accepted reviews."""
        file = gr.File(visible=source == strings.WORTH_FILE)
        if source != strings.WORTH_RUNS:
            return gr.Dropdown(visible=False), file
        known = runs.known(owner)
        with shown():
            found = self.services.ledger.runs(known, runs.LISTED) if known else []
        choices = [(_describe(summary), summary.id) for summary in found if summary.accepted]
        return gr.Dropdown(choices, value=[run_id for _, run_id in choices], visible=True), file

    def _begin(
        self,
        chosen: Chosen | None,
        source: str,
        run_ids: Sequence[str] | None,
        file: str | None,
        resamples: float,
        owner: str,
        request: gr.Request,
    ) -> tuple[Any, ...]:
        try:
            _check(chosen, source, run_ids, file)
            plan = utility.Plan(int(resamples))
        except RevdemoError as error:  # said in place: an event beside the queue cannot raise a gr.Error
            return "", gr.skip(), gr.skip(), *_nothing(explain(error), "error")
        known = runs.known(owner)
        work = Work(chosen, source, run_ids or (), file, plan, known, session=request.session_hash)
        key = self.services.tickets.add(work)
        return key, gr.Button(interactive=False), gr.Button(interactive=True), *_nothing(strings.WAITING)

    def _stream(self, key: str) -> Iterator[str]:
        yield from self.services.tickets.follow(key, lambda work: _updates(self.services, work))

    def _finish(self, key: str) -> tuple[Any, ...]:
        work = self.services.tickets.drop(key)
        free = gr.Button(interactive=True), gr.Button(strings.STOP, interactive=False)
        if work is None:  # the other way here came first
            return *free, gr.skip(), gr.skip(), gr.skip()
        return *free, *_results(work)


def _describe(summary: Any) -> str:
    return strings.WORTH_RUN.format(
        when=cards.moment(summary.started),
        stars=summary.request.stars,
        accepted=summary.accepted,
    )


def _check(chosen: Chosen | None, source: str, run_ids: Sequence[str] | None, file: str | None) -> None:
    """Refuse, before any work, what cannot be measured."""
    missing = {
        strings.WORTH_NO_TABLE: chosen is None,
        strings.WORTH_NO_RATING: chosen is not None and chosen.rating is None,
        strings.WORTH_NO_RUNS: source == strings.WORTH_RUNS and not run_ids,
        strings.WORTH_NO_FILE: source == strings.WORTH_FILE and not file,
    }
    if said := next((text for text, is_so in missing.items() if is_so), None):
        raise RevdemoError(said)


def _updates(services: Services, work: Work) -> Iterator[str]:
    """What the page shows of a measurement under way; its report is left in `work`."""
    with work.under_way():
        yield view.waiting(strings.WORTH_READING)
        for step in _steps(services, work):
            work.report = step.report
            yield running(step)


def _steps(services: Services, work: Work) -> Iterator[utility.Step]:
    from revdemo import utility_data

    real, synthetic = utility_data.from_table(work.chosen)
    if work.source == strings.WORTH_RUNS:
        synthetic = utility_data.from_runs(services.ledger, work.owner, work.runs)
    elif work.source == strings.WORTH_FILE:
        synthetic = utility_data.from_file(work.file)
    yield from utility.compare(real, synthetic, work.plan, work.stop.is_set)


def _nothing(said: str, kind: str = "") -> tuple[Any, ...]:
    """No answer, and why."""
    return view.waiting(said, kind), gr.Plot(visible=False), ""


def _results(work: Work) -> tuple[Any, ...]:
    """What the page shows of a measurement that has ended, one way or another."""
    if work.problem:
        return _nothing(work.problem, "error")
    if work.report is None:
        return _nothing(strings.WORTH_STOPPED if work.begun.is_set() else strings.NEVER_BEGAN)
    summary, figures, arms = answer(work.report)
    return summary, gr.Plot(plots.intervals(arms), visible=True), figures
