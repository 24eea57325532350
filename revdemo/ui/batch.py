"""The Predict tab of a table: stars for every row, with progress and Stop, and what they come to."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo import plots
from revdemo.batch import Predictions, Progress, Summary, finish, predict_table
from revdemo.errors import RevdemoError
from revdemo.tables import Chosen
from revdemo.ui import cards, stop, strings, view
from revdemo.ui.batch_view import confusion, finished, measured, running, surprising
from revdemo.ui.guard import shown
from revdemo.ui.live import live
from revdemo.ui.state import AT_ONCE, QUIET, WORK, Job, Services

REDRAW = 2.0  # seconds between two drawings of the chart, at least
CSV = ".csv"


@dataclass
class Work(Job):
    """A table that is to be predicted: which, with what, for which browser session, and what came of it."""

    chosen: Chosen
    polarity: bool
    progress: Progress | None = None
    counts: list[int] | None = None
    summary: Summary | None = None
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab and connect its events."""
    with gr.Tab(strings.BATCH, id="table-predict"):
        BatchTab(services, chosen)


class BatchTab:
    """Buttons, progress, charts and downloads of one table's predictions."""

    def __init__(self, services: Services, chosen: gr.State):
        self.services, self.chosen = services, chosen
        self.key = gr.State("")
        gr.HTML(cards.lead(strings.BATCH_LEAD))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.polarity = gr.Checkbox(False, label=strings.BATCH_POLARITY, elem_id="batch-polarity")
                with gr.Row():
                    self.start = gr.Button(
                        strings.BATCH_START,
                        variant="primary",
                        interactive=False,
                        min_width=100,
                        elem_id="batch-start",
                    )
                    self.stop = gr.Button(
                        strings.STOP, interactive=False, min_width=100, elem_id="batch-stop"
                    )
                with gr.Row(elem_id="table-downloads"):
                    self.downloads = [
                        gr.DownloadButton(
                            _label(kind), interactive=False, size="sm", min_width=100, elem_id=f"batch-{name}"
                        )
                        for name, kind in (("csv", CSV), ("same", ".parquet"))
                    ]
            with gr.Column(scale=5, min_width=320):
                self.summary = live(view.waiting(strings.BATCH_EMPTY), elem_id="batch-summary")
                self.chart = gr.Plot(
                    label=strings.BATCH_DISTRIBUTION, visible=False, elem_id="batch-distribution"
                )
        self.measured = gr.HTML(elem_id="batch-metrics")
        self.matrix = gr.Plot(label=strings.BATCH_CONFUSION, visible=False, elem_id="batch-confusion")
        self.surprising = gr.HTML(elem_id="batch-surprising")
        self._connect()

    @property
    def _results(self) -> list[gr.components.Component]:
        return [self.summary, self.chart, self.measured, self.matrix, self.surprising, *self.downloads]

    def _connect(self) -> None:
        controls = [self.start, self.stop]
        begun = self.start.click(
            self._begin, [self.chosen, self.polarity], [self.key, *controls, *self._results], **AT_ONCE
        )
        stream = begun.success(
            self._stream,
            self.key,
            [self.summary, self.chart],
            show_progress="minimal",
            show_progress_on=self.summary,
            api_visibility="private",
            **WORK,
        )
        stream.then(self._finish, self.key, [*controls, *self._results], **QUIET)
        stop.connect(
            self.services.tickets, self.stop, self.key, [stream], self._finish, [*controls, *self._results]
        )
        self.chosen.change(self._other_table, [self.chosen, self.key], [self.start, *self._results], **QUIET)

    def _begin(self, chosen: Chosen | None, polarity: bool, request: gr.Request) -> tuple[Any, ...]:
        with shown():
            if chosen is None:
                raise RevdemoError(strings.BATCH_NO_TABLE)
        key = self.services.tickets.add(Work(chosen, bool(polarity), session=request.session_hash))
        busy = gr.Button(interactive=False), gr.Button(interactive=True)
        return key, *busy, *_nothing(strings.WAITING)

    def _stream(self, key: str) -> Iterator[tuple[Any, Any]]:
        cache = Path(self.downloads[0].GRADIO_CACHE)
        yield from self.services.tickets.follow(key, lambda work: _updates(self.services, work, cache))

    def _finish(self, key: str) -> tuple[Any, ...]:
        work = self.services.tickets.drop(key)
        free = gr.Button(interactive=True), gr.Button(strings.STOP, interactive=False)
        if work is None:  # the other way here came first
            return *free, *[gr.skip()] * len(self._results)
        return *free, *_results(work)

    def _other_table(self, chosen: Chosen | None, key: str) -> tuple[Any, ...]:
        if self.services.tickets.get(key):  # what is under way goes on with the table that it has
            return gr.skip(), *[gr.skip()] * len(self._results)
        return gr.Button(interactive=chosen is not None), *_nothing(strings.BATCH_EMPTY)


def _updates(services: Services, work: Work, cache: Path) -> Iterator[tuple[Any, Any]]:
    """What the page shows of a table under way; its results are left in `work`."""
    with work.under_way():
        yield from _predict(services, work, cache)


def _predict(services: Services, work: Work, cache: Path) -> Iterator[tuple[Any, Any]]:
    loadings = [services.stars, *([services.polarity] if work.polarity else [])]
    for said in services.arriving(*loadings, stop=work.stop):
        yield view.waiting(said), gr.skip()
    if not all(loading.settled for loading in loadings):
        return
    models = [loading.get() for loading in loadings]
    if None in models:
        raise RevdemoError(strings.NO_POLARITY)
    predictions = Predictions(work.chosen, services.settings.data_dir / "predictions", *models)
    if predictions.renamed:
        work.notes.append(strings.BATCH_RENAMED.format(names=", ".join(predictions.names)))
    drawn, before = 0.0, predictions.done
    for progress in predict_table(predictions, work.stop.is_set):
        work.progress = progress
        now = time.monotonic()
        draw = now - drawn >= REDRAW
        drawn = now if draw else drawn
        yield running(progress, before), _chart(predictions.counts()) if draw else gr.skip()
    work.counts = predictions.counts()
    if work.progress.done == work.chosen.rows:
        yield running(work.progress, before, strings.BATCH_WRITING), _chart(work.counts)
        work.files = [
            cache / secrets.token_hex(16) / f"revdemo-predicted{kind}" for kind in kinds(work.chosen)
        ]
        for file in work.files:
            file.parent.mkdir(parents=True)
        work.summary = finish(predictions, work.files, inert=True)


def kinds(chosen: Chosen) -> tuple[str, str]:
    """The endings of the files to download: CSV, and the table's own or Parquet."""
    own = Path(chosen.path).suffix.lower()
    return CSV, ".parquet" if own == CSV else own


def _label(ending: str) -> str:
    kind = ending[1:].upper() if ending in (CSV, ".tsv", ".xlsx") else ending[1:].capitalize()
    return strings.BATCH_DOWNLOAD.format(kind=kind)


def _chart(counts: list[int]) -> gr.Plot:
    return gr.Plot(plots.distribution(counts), visible=True)


def _nothing(text: str) -> tuple[Any, ...]:
    """No results, and why."""
    off = [gr.DownloadButton(value=None, interactive=False) for _ in range(2)]
    return view.waiting(text), gr.Plot(visible=False), "", gr.Plot(visible=False), "", *off


def _results(work: Work) -> tuple[Any, ...]:
    """What the page shows of a table whose prediction has ended, one way or another."""
    problem = cards.message(work.problem, "error") if work.problem else ""
    if work.progress is None:
        text, *rest = _nothing(strings.NEVER_BEGAN)
        return problem or text, *rest
    chart = gr.Plot(visible=False) if work.counts is None else _chart(work.counts)
    text = finished(work.progress, work.summary, work.chosen, work.notes) + problem
    if work.summary is None:
        return text, chart, *_nothing("")[2:]
    matrix = gr.Plot(visible=False)
    if work.summary.metrics:
        matrix = gr.Plot(plots.confusion(work.summary.confusion), visible=True)
    buttons = [
        gr.DownloadButton(_label(kind), value=str(file), interactive=True)
        for kind, file in zip(kinds(work.chosen), work.files, strict=True)
    ]
    described = measured(work.summary) + confusion(work.summary)
    return text, chart, described, matrix, surprising(work.summary), *buttons
