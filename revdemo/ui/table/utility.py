"""The Is it worth it? tab of a table: what synthetic reviews add to its real rows, measured on demand."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo.balancing import utility, utility_job
from revdemo.balancing.utility_job import UtilityRequest
from revdemo.balancing.utility_report import UtilityPlan, UtilityReport
from revdemo.errors import RevdemoError
from revdemo.tables.table import KINDS, Chosen
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.errors import explain, shown
from revdemo.ui.generate import runs
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.job_tab import JobTab, Update
from revdemo.ui.parts.owner import known_owner
from revdemo.ui.parts.progress import waiting
from revdemo.ui.services.jobs import Job
from revdemo.ui.services.queue import QUIET
from revdemo.ui.services.services import Services
from revdemo.ui.table.utility_view import answer, running

OWN, RUNS, FILE = "own", "runs", "file"  # where synthetic reviews come from


@dataclass
class UtilityJob(Job):
    """What is to be measured, for which browser session, and what came of it."""

    chosen: Chosen
    source: str
    runs: Sequence[str]
    file: str | None
    plan: UtilityPlan
    owner: str | None
    report: UtilityReport | None = None


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab and connect its events."""
    with gr.Tab(locale.UTILITY_TAB, id="table-utility"):
        UtilityTab(services, owner, chosen)


class UtilityTab(JobTab[UtilityJob]):
    """Where synthetic reviews come from, the button, the progress and the answer."""

    def __init__(self, services: Services, owner: gr.BrowserState, chosen: gr.State):
        super().__init__(services)
        self.owner, self.chosen = owner, chosen
        gr.HTML(f'<p class="rd-how">{html.escape(locale.UTILITY_LEAD)}</p>')
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self._form()
            with gr.Column(scale=5, min_width=320):
                self.summary = live(waiting(locale.UTILITY_EMPTY), elem_id="utility-summary")
                self.chart = gr.Plot(label=locale.UTILITY_CHART, visible=False, elem_id="utility-chart")
                self.figures = gr.HTML(elem_id="utility-figures")
        self._connect()

    def _form(self) -> None:
        self.source = gr.Radio(
            [(name, source) for source, name in locale.UTILITY_SOURCES.items()],
            value=OWN,
            label=locale.UTILITY_SOURCE,
            elem_id="utility-source",
        )
        self.runs = gr.Dropdown(
            [], multiselect=True, label=locale.UTILITY_RUNS, visible=False, elem_id="utility-runs"
        )
        self.file = gr.File(
            label=locale.UTILITY_UPLOAD,
            file_types=list(KINDS),
            height=120,
            visible=False,
            elem_id="utility-file",
        )
        self.resamples = gr.Slider(
            3,
            30,
            10,
            step=1,
            label=locale.UTILITY_RESAMPLES,
            info=locale.UTILITY_RESAMPLES_INFO,
            elem_id="utility-resamples",
        )
        with gr.Row():
            self.start = gr.Button(
                locale.UTILITY_START, variant="primary", min_width=100, elem_id="utility-start"
            )
            self.stop = gr.Button(locale.STOP, interactive=False, min_width=100, elem_id="utility-stop")

    def _connect(self) -> None:
        form = {self.chosen, self.source, self.runs, self.file, self.resamples, self.owner}
        shown = [self.summary, self.chart, self.figures]
        self.connect_jobs({self.start: self._ask}, form, [self.summary], shown)
        self.source.input(self._reveal, [self.source, self.owner], [self.runs, self.file], **QUIET)

    def _reveal(self, source: str, owner: str) -> tuple[gr.Dropdown, gr.File]:
        """The fields of a source; of runs, all that have accepted reviews."""
        file = gr.File(visible=source == FILE)
        if source != RUNS:
            return gr.Dropdown(visible=False), file
        known = known_owner(owner)
        with shown():
            found = self.services.ledger.runs(known, runs.LISTED) if known else []
        choices = [(_describe(summary), summary.id) for summary in found if summary.accepted]
        return gr.Dropdown(choices, value=[run_id for _, run_id in choices], visible=True), file

    def _ask(self, values: dict[Any, Any], session: str | None) -> UtilityJob:
        chosen, source = values[self.chosen], values[self.source]
        run_ids, file = values[self.runs], values[self.file]
        _check(chosen, source, run_ids, file)
        plan, owner = UtilityPlan(int(values[self.resamples])), known_owner(values[self.owner])
        return UtilityJob(chosen, source, run_ids or (), file, plan, owner, session=session)

    def refused(self, error: Exception) -> Update:
        """Why nothing can be measured, where the answer would be."""
        return _nothing(explain(error), "error")

    def waiting(self, job: UtilityJob) -> Update:
        """The answer of the job before it goes."""
        return _nothing(locale.WAITING)

    def updates(self, job: UtilityJob) -> Generator[Update, None, None]:
        """What the page shows of a measurement under way."""
        return updates(self.services, job)

    def ended(self, job: UtilityJob) -> Update:
        """What the page shows of a measurement that has ended, one way or another."""
        return results(job)


def _describe(summary: Any) -> str:
    return locale.UTILITY_RUN.format(
        when=html.moment(summary.started),
        stars=summary.request.stars,
        accepted=summary.accepted,
    )


def _check(chosen: Chosen | None, source: str, run_ids: Sequence[str] | None, file: str | None) -> None:
    """Refuse, before any job, what cannot be measured."""
    missing = {
        "UTILITY_NO_TABLE": chosen is None,
        "UTILITY_NO_RATING": chosen is not None and chosen.rating is None,
        "UTILITY_NO_RUNS": source == RUNS and not run_ids,
        "UTILITY_NO_FILE": source == FILE and not file,
    }
    if said := next((name for name, is_so in missing.items() if is_so), None):
        raise RevdemoError.of(locale.phrase(said))


def updates(services: Services, job: UtilityJob) -> Generator[Update, None, None]:
    """What the page shows of a measurement under way; its report is left in `job`."""
    with job.under_way():
        yield {"summary": waiting(locale.UTILITY_READING)}
        for step in _steps(services, job):
            job.report = step.report
            yield {"summary": running(step)}


def _steps(services: Services, job: UtilityJob) -> Iterator[utility.UtilityStep]:
    file = Path(job.file) if job.source == FILE and job.file else None
    run_ids = job.runs if job.source == RUNS else None
    context = services.context(job, owner=job.owner or "")
    for step in utility_job.measure(UtilityRequest(job.chosen, file, run_ids, job.plan), context):
        if isinstance(step, utility.UtilityStep):
            yield step


def _nothing(said: str, kind: str = "") -> Update:
    """No answer, and why."""
    return {"summary": waiting(said, kind), "chart": gr.Plot(visible=False), "figures": ""}


def results(job: UtilityJob) -> Update:
    """What the page shows of a measurement that has ended, one way or another."""
    if job.problem:
        return _nothing(job.problem, "error")
    if job.report is None:
        return _nothing(locale.UTILITY_STOPPED if job.begun.is_set() else locale.NEVER_BEGAN)
    summary, figures, arms = answer(job.report)
    return {
        "summary": summary,
        "chart": gr.Plot(charts.intervals(arms), visible=True),
        "figures": figures,
    }
