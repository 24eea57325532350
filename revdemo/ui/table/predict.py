"""The Predict tab of a table: stars for every row, with progress and Stop, and what they come to."""

import secrets
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.reviews import clean
from revdemo.tables.predict import PredictProgress, PredictRequest, PredictResult, predict
from revdemo.tables.summary import Look, Summary
from revdemo.tables.table import Chosen
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.classify import explain
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.job_tab import JobTab, Update, download
from revdemo.ui.parts.progress import waiting
from revdemo.ui.services.jobs import Job
from revdemo.ui.services.queue import EXPLAIN, QUIET
from revdemo.ui.services.services import Services
from revdemo.ui.table.predict_view import confusion, distribution, finished, measured, rows, running

REDRAW = 2.0  # seconds between two drawings of the chart, at least
CSV = ".csv"

# Sorts the rows by the column whose head is pressed, and back; a press on a row asks why.
SORT_AND_ASK = """
element.addEventListener("click", event => {
  const head = event.target.closest("[data-sort]"), row = event.target.closest("tbody tr");
  if (head) {
    const cell = head.closest("th"), body = element.querySelector("tbody"), at = +head.dataset.sort;
    const up = cell.getAttribute("aria-sort") !== "ascending";
    element.querySelectorAll("th").forEach(one => one.removeAttribute("aria-sort"));
    cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    const by = own => own.cells[at].dataset.by || own.cells[at].innerText;
    const order = (one, other) => by(one).localeCompare(by(other), undefined, {numeric: true});
    body.append(...[...body.rows].sort((one, other) => up ? order(one, other) : order(other, one)));
  } else if (row) {
    element.querySelectorAll("[aria-current]").forEach(one => one.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
    trigger("click", {row: +row.querySelector("[data-row]").dataset.row});
  }
});
"""

SEE_WHY = (
    "() => document.getElementById('predict-why').scrollIntoView({behavior: 'smooth', block: 'nearest'})"
)


@dataclass
class PredictJob(Job):
    """A table that is to be predicted: which, with what, for which browser session, and what came of it."""

    chosen: Chosen
    polarity: bool
    progress: PredictProgress | None = None
    summary: Summary | None = None
    files: list[Path] = field(default_factory=list)


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab and connect its events."""
    with gr.Tab(locale.PREDICT_TAB, id="table-predict"):
        PredictTab(services, chosen)


class PredictTab(JobTab[PredictJob]):
    """Buttons, progress, charts and downloads of one table's predictions."""

    def __init__(self, services: Services, chosen: gr.State):
        super().__init__(services)
        self.chosen, self.shown = chosen, gr.State(None)  # shown: the table that the results are of
        gr.HTML(html.lead(locale.PREDICT_LEAD))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.polarity = gr.Checkbox(False, label=locale.PREDICT_POLARITY, elem_id="predict-polarity")
                with gr.Row():
                    self.start = gr.Button(
                        locale.PREDICT_START,
                        variant="primary",
                        interactive=False,
                        scale=2,
                        min_width=100,
                        elem_id="predict-start",
                    )
                    self.stop = gr.Button(
                        locale.STOP, interactive=False, min_width=80, elem_id="predict-stop"
                    )
                with gr.Row(elem_id="table-downloads"):
                    self.csv = _download_button("csv", CSV)
                    self.same = _download_button("same", ".parquet")
            with gr.Column(scale=5, min_width=320):
                self.summary = live(waiting(locale.PREDICT_EMPTY), elem_id="predict-summary")
                self.chart = gr.Plot(
                    label=locale.PREDICT_DISTRIBUTION, visible=False, elem_id="predict-distribution"
                )
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.measured = gr.HTML(elem_id="predict-metrics")
            with gr.Column(scale=5, min_width=320):
                self.matrix = gr.Plot(
                    label=locale.PREDICT_CONFUSION, visible=False, elem_id="predict-confusion"
                )
        self.looks = gr.State(None)  # the rows of the table below, by their number
        self.rows = gr.HTML(js_on_load=SORT_AND_ASK, elem_id="predict-rows")
        self.why = live(elem_id="predict-why")
        self._connect()

    def _connect(self) -> None:
        views = [self.summary, self.chart, self.measured, self.matrix]
        views += [self.rows, self.why, self.looks, self.csv, self.same]
        self.connect_jobs(
            {self.start: self._ask},
            {self.chosen, self.polarity},
            [self.summary, self.chart],
            [self.shown, *views],
        )
        self.rows.click(
            self._explain,
            self.looks,
            self.why,
            show_progress="hidden",
            api_visibility="private",
            trigger_mode="always_last",
            **EXPLAIN,
        ).then(None, js=SEE_WHY)
        known = [self.chosen, self.shown, self.key]
        self.chosen.change(self._other_table, known, [self.start, self.shown, *views], **QUIET)

    def _ask(self, values: dict[Any, Any], session: str | None) -> PredictJob:
        chosen = values[self.chosen]
        if chosen is None:
            raise RevdemoError.of(locale.phrase("PREDICT_NO_TABLE"))
        return PredictJob(chosen, bool(values[self.polarity]), session=session)

    def waiting(self, job: PredictJob) -> Update:
        """The results of the job before it go."""
        return _nothing(locale.WAITING) | {"shown": job.chosen}

    def updates(self, job: PredictJob) -> Generator[Update, None, None]:
        """What the page shows of a table under way."""
        return updates(self.services, job, Path(self.csv.GRADIO_CACHE))

    def ended(self, job: PredictJob) -> Update:
        """What the page shows of a table whose prediction has ended, one way or another."""
        return results(job)

    def _explain(self, looks: dict[int, Look] | None, pressed: gr.EventData) -> Iterator[str]:
        """Why the row that was chosen got its stars, as in Classify."""
        row = pressed._data.get("row") if isinstance(pressed._data, dict) else None
        if not looks or type(row) is not int or row not in looks:
            yield ""
            return
        title = f'<h2 class="rd-part">{html.escape(locale.ROWS_WHY_OF.format(row=row))}</h2>'
        for said in explain.explaining(self.services, clean(looks[row].text)):
            yield title + said

    def _other_table(self, chosen: Chosen | None, shown: Chosen | None, key: str) -> Any:
        """The results of another table go; the page may say more than once that a table was chosen."""
        if self.services.tickets.get(key):  # a job in progress keeps the table that it has
            return gr.skip()
        start = {"start": gr.Button(interactive=chosen is not None)}
        if chosen is not None and chosen == shown:
            return self.outputs(start)
        return self.outputs(_nothing(locale.PREDICT_EMPTY) | start | {"shown": None})


def updates(services: Services, job: PredictJob, cache: Path) -> Generator[Update, None, None]:
    """What the page shows of a table under way; its results are left in `job`."""
    with job.under_way():
        yield from _predict(services, job, cache)


def _predict(services: Services, job: PredictJob, cache: Path) -> Iterator[Update]:
    roles = ("stars", "polarity") if job.polarity else ("stars",)
    for said in services.arriving(*roles, stop=job.stop):
        yield {"summary": waiting(said)}
    if not services.arrived(*roles):
        return
    if job.polarity and services.polarity.get() is None:
        raise RevdemoError.of(locale.phrase("NO_POLARITY"))
    context = services.context(job, *roles, ledger=False)
    request = PredictRequest(job.chosen, job.polarity, inert=True)
    with _fresh(cache, kinds(job.chosen)) as files:
        yield from _follow(job, predict(request, context, files))


@contextmanager
def _fresh(cache: Path, endings: Sequence[str]) -> Iterator[list[Path]]:
    """Paths in folders of random name, from which Gradio serves files; those not used are removed."""
    files = [cache / secrets.token_hex(16) / f"revdemo-predicted{ending}" for ending in endings]
    for file in files:
        file.parent.mkdir(parents=True)
    try:
        yield files
    finally:
        for file in files:
            if not file.exists():
                file.parent.rmdir()


def _follow(job: PredictJob, steps: Iterator[PredictProgress | PredictResult]) -> Iterator[Update]:
    drawn = 0.0
    for step in steps:
        if isinstance(step, PredictResult):
            job.summary, job.files = step.summary, list(step.files)
            continue
        job.progress = step
        now = time.monotonic()
        draw = step.writing or now - drawn >= REDRAW
        drawn = now if draw else drawn
        yield {"summary": running(step)} | ({"chart": _chart(step.counts)} if draw else {})


def kinds(chosen: Chosen) -> tuple[str, str]:
    """The endings of the files to download: CSV, and the table's own or Parquet."""
    own = Path(chosen.path).suffix.lower()
    return CSV, ".parquet" if own == CSV else own


def _label(ending: str) -> str:
    kind = ending[1:].upper() if ending in (CSV, ".tsv", ".xlsx") else ending[1:].capitalize()
    return locale.PREDICT_DOWNLOAD.format(kind=kind)


def _chart(counts: Sequence[int]) -> gr.Plot:
    return gr.Plot(distribution(counts), visible=True)


def _download_button(name: str, ending: str) -> gr.DownloadButton:
    return gr.DownloadButton(
        _label(ending), interactive=False, size="sm", min_width=100, elem_id=f"predict-{name}"
    )


def _nothing(text: str) -> Update:
    """No results, and why."""
    return {"summary": waiting(text), "chart": gr.Plot(visible=False), **_no_figures()}


def _no_figures() -> Update:
    off = {"csv": download(None), "same": download(None)}
    return {"measured": "", "matrix": gr.Plot(visible=False), "rows": "", "why": "", "looks": None, **off}


def results(job: PredictJob) -> Update:
    """What the page shows of a table whose prediction has ended, one way or another."""
    problem = html.message(job.problem, "error") if job.problem else ""
    if job.progress is None:
        nothing = _nothing(locale.NEVER_BEGAN)
        return nothing | {"summary": problem} if problem else nothing
    shown: Update = {
        "summary": finished(job.progress, job.summary, job.chosen) + problem,
        "chart": _chart(job.progress.counts),
    }
    return shown | (_figures(job, job.summary) if job.summary else _no_figures())


def _figures(job: PredictJob, summary: Summary) -> Update:
    """What the predictions of a whole table come to, and its files."""
    matrix = gr.Plot(visible=False)
    if summary.metrics and summary.confusion is not None:
        matrix = gr.Plot(charts.confusion(summary.confusion.tolist()), visible=True)
    csv, same = (
        download(file, label=_label(kind)) for kind, file in zip(kinds(job.chosen), job.files, strict=True)
    )
    return {
        "measured": measured(summary) + confusion(summary),
        "matrix": matrix,
        "rows": rows(summary),
        "why": "",
        "looks": {one.row: one for one in summary.rows_to_look_at},
        "csv": csv,
        "same": same,
    }
