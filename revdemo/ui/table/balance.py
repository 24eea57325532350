"""The Balance tab of a table: what each star lacks, a sample and an estimate, the fill, and the data set."""

import zipfile
from collections.abc import Generator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo.balancing.filling import SAMPLE
from revdemo.balancing.job import BalanceRequest
from revdemo.balancing.plan import Limits, count
from revdemo.errors import RevdemoError
from revdemo.hub.data_repos import Package, folder_package
from revdemo.tables import table
from revdemo.tables.table import Chosen
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.errors import explain
from revdemo.ui.generate.form import roll
from revdemo.ui.parts import html, push
from revdemo.ui.parts.job_tab import JobTab, Update, download
from revdemo.ui.parts.owner import known_owner, new_owner
from revdemo.ui.parts.progress import waiting
from revdemo.ui.services.queue import QUIET
from revdemo.ui.services.services import Services
from revdemo.ui.table import balance_view
from revdemo.ui.table.balance_run import BalanceJob, results, updates

KEPT = 4  # tables whose reviews stay in memory
READING: dict[str, Any] = {"concurrency_limit": 2, "show_progress": "minimal", "api_visibility": "private"}


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab and connect its events."""
    with gr.Tab(locale.BALANCE_TAB, id="table-balance") as tab:
        BalanceTab(services, owner, chosen, tab)


class BalanceTab(JobTab[BalanceJob]):
    """The level and the filter, the gaps, the sample, and the events between them."""

    patience = 30.0  # for the data set

    def __init__(self, services: Services, owner: gr.BrowserState, chosen: gr.State, tab: gr.Tab):
        super().__init__(services)
        self.owner, self.chosen = owner, chosen
        self.real = gr.State(None)  # of which table, and its count by star
        self.made = gr.State(None)  # the file that can be downloaded
        gr.HTML(html.lead(locale.BALANCE_LEAD))
        self.labelled = lru_cache(maxsize=KEPT)(table.labelled)
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self._form()
            with gr.Column(scale=5, min_width=320):
                self.summary = live(waiting(locale.BALANCE_EMPTY), elem_id="balance-summary")
                self.distance = gr.HTML(elem_id="balance-distance")
                self.counts = gr.HTML(elem_id="balance-counts")
                self.chart = gr.Plot(label=locale.BALANCE_GAPS, visible=False, elem_id="balance-chart")
        self.sample = gr.HTML(elem_id="balance-sample")
        self._connect(tab)

    def _form(self) -> None:
        self.level = gr.Slider(
            1, 2, 1, step=1, label=locale.BALANCE_LEVEL, info=locale.BALANCE_LEVEL_INFO,
            interactive=False, elem_id="balance-level",
        )  # fmt: skip
        with gr.Accordion(locale.BALANCE_MORE, open=False, elem_id="balance-more"):
            self.tolerance = gr.Radio(
                list(locale.TOLERANCES), value=0, label=locale.TOLERANCE, elem_id="balance-tolerance"
            )
            self.confidence = gr.Slider(
                0, 95, 0, step=5, label=locale.MIN_CONFIDENCE, info=locale.MIN_CONFIDENCE_INFO,
                elem_id="balance-confidence",
            )  # fmt: skip
            self.seed = gr.Number(
                0, label=locale.SEED, info=locale.SEED_INFO, precision=0, elem_id="balance-seed"
            )
            dice = gr.Button(locale.DICE, size="sm", min_width=80)
            dice.click(roll, outputs=self.seed, **QUIET)
        self.kind = gr.Radio(
            [("Parquet", "parquet"), ("CSV", "csv")], value="parquet", label=locale.BALANCE_KIND,
            elem_id="balance-kind",
        )  # fmt: skip
        with gr.Row():
            self.estimate = gr.Button(
                locale.BALANCE_SAMPLE, interactive=False, min_width=120, elem_id="balance-estimate"
            )
            self.fill = gr.Button(
                locale.BALANCE_FILL, variant="primary", interactive=False, min_width=120,
                elem_id="balance-fill",
            )  # fmt: skip
            self.stop = gr.Button(locale.STOP, interactive=False, min_width=80, elem_id="balance-stop")
        self.download = gr.DownloadButton(
            locale.BALANCE_DOWNLOAD, interactive=False, size="sm", elem_id="balance-download"
        )
        self.push = push.Push(self.services.settings, "balance-push", locale.PUSH_TABLE_HOW, visible=True)
        gr.HTML(html.message(locale.FOR_STUDY))

    @property
    def _settings(self) -> list[gr.components.Component]:
        return [self.level, self.tolerance, self.confidence, self.seed]

    @property
    def _views(self) -> list[gr.components.Component]:
        return [self.summary, self.distance, self.counts, self.chart, self.sample]

    def _connect(self, tab: gr.Tab) -> None:
        self.connect_jobs(
            {self.estimate: self._ask_sample, self.fill: self._ask_fill},
            {self.owner, self.chosen, self.kind, *self._settings},
            self._views,
            [self.owner, self.download, self.made, *self._views],
        )
        looked = [self.real, self.level, self.estimate, self.fill, self.stop, self.download, *self._views]
        look = {"inputs": [self.chosen, self.real, self.key], "outputs": looked}
        # A table is read once the tab is opened, and again when another one is chosen after that.
        tab.select(self._look, **look, show_progress_on=self.summary, **READING)
        self.chosen.change(self._forget, [self.real, self.key], looked, **QUIET).success(
            self._look_again, **look, show_progress_on=self.summary, **READING
        )
        self.level.input(
            self._move,
            [self.real, self.level],
            [self.fill, self.summary, self.counts, self.chart],
            trigger_mode="always_last",
            **QUIET,
        )
        for one in (self.tolerance, self.confidence, self.seed):
            one.input(lambda: gr.Button(interactive=False), outputs=self.fill, **QUIET)
        self.chosen.change(lambda: None, outputs=self.made, **QUIET)
        self.push.connect([self.made], self._package)

    # --- the gaps of a table ---

    def _look(self, chosen: Chosen | None, real: tuple | None, key: str) -> Any:
        """What a table lacks, once its tab is open; what is there already, or under way, stays."""
        if (real and real[0] == chosen) or self.services.tickets.get(key):
            return gr.skip()
        if chosen is None:
            return self._nothing(locale.BALANCE_EMPTY) | {self.real: (None, None)}
        try:
            counts = count([int(star) for star in self.labelled(chosen)["stars"]])
        except Exception as error:
            return self._nothing(explain(error), "error") | {self.real: (chosen, None)}
        most = max(counts.values())
        limit = self.services.settings.max_accepted
        return {
            self.real: (chosen, counts),
            self.level: gr.Slider(1, most + limit, most, interactive=True),
            **self._buttons(estimate=True),
            self.download: download(None),
            self.distance: "",
            **self._gaps(counts, most),
            self.sample: "",
        }

    def _forget(self, real: tuple | None, key: str) -> Any:
        """Another table was chosen: what was shown of the one before goes, unless it is under way."""
        if self.services.tickets.get(key):
            return gr.skip()
        nothing = self._nothing(locale.BALANCE_READING if real else locale.BALANCE_EMPTY)
        return nothing | {self.real: (None, None) if real else None}

    def _look_again(self, chosen: Chosen | None, real: tuple | None, key: str) -> Any:
        """After another choice: reads the table only if the tab was opened before."""
        return self._look(chosen, None, key) if real else gr.skip()

    def _gaps(self, counts: dict[int, int], level: int) -> Update:
        lacking = {star: max(0, level - rows) for star, rows in counts.items()}
        return {
            self.summary: balance_view.lacks(counts, level, self.services.settings.max_accepted),
            self.counts: balance_view.counts_table(counts, level, {}),
            self.chart: gr.Plot(balance_view.chart(counts, {}, lacking), visible=True),
        }

    def _nothing(self, text: str, kind: str = "") -> Update:
        """No gaps, and why."""
        return {
            self.level: gr.Slider(interactive=False),
            **self._buttons(),
            self.download: download(None),
            self.summary: waiting(text, kind),
            self.distance: "",
            self.counts: "",
            self.chart: gr.Plot(visible=False),
            self.sample: "",
        }

    def _buttons(self, estimate: bool = False) -> Update:
        """The buttons without a job; a fill comes after a sample."""
        return {
            self.estimate: gr.Button(interactive=estimate),
            self.fill: gr.Button(interactive=False),
            self.stop: gr.Button(locale.STOP, interactive=False),
        }

    def _move(self, real: tuple | None, level: float) -> Any:
        """Another level: its gaps; it was not estimated yet."""
        if not real or not real[1]:
            return gr.skip()
        return self._gaps(real[1], int(level)) | {self.fill: gr.Button(interactive=False)}

    # --- a sample or a fill ---

    def _ask_sample(self, values: dict[Any, Any], session: str | None) -> BalanceJob:
        return self._ask(values, session, whole=False)

    def _ask_fill(self, values: dict[Any, Any], session: str | None) -> BalanceJob:
        return self._ask(values, session, whole=True)

    def _ask(self, values: dict[Any, Any], session: str | None, whole: bool) -> BalanceJob:
        request = self._request(values, whole)
        return BalanceJob(request, known_owner(values[self.owner]) or new_owner(), session=session)

    def _request(self, values: dict[Any, Any], whole: bool) -> BalanceRequest:
        if values[self.chosen] is None:
            raise RevdemoError.of(locale.phrase("ADAPT_NO_TABLE"))
        if values[self.seed] is None:
            raise RevdemoError.of(locale.phrase("NO_SEED"))
        return BalanceRequest(
            values[self.chosen],
            level=int(values[self.level]),
            seed=int(values[self.seed]),
            options={
                "tolerance": values[self.tolerance],
                "min_confidence": values[self.confidence] / 100,
            },
            limits=Limits.of(self.services.settings),
            sample=0 if whole else SAMPLE,
            fill=whole,
            kind=values[self.kind],
        )

    def waiting(self, job: BalanceJob) -> Update:
        """Whose the job is; the data set of the job before it goes."""
        return {self.owner: job.owner, self.download: download(None), self.made: None}

    def updates(self, job: BalanceJob) -> Generator[Update, None, None]:
        """What the page shows of a job under way."""
        return updates(self.services, job, self.labelled, Path(self.download.GRADIO_CACHE))

    def free(self, job: BalanceJob | None) -> Update:
        """The buttons after a job: what a sample was drawn for can be filled."""
        fill = {self.fill: gr.Button(interactive=job.held is not None)} if job else {self.fill: gr.skip()}
        return super().free(job) | fill

    def ended(self, job: BalanceJob) -> Update:
        """What the page shows of a job that has ended, its data set included."""
        return results(job) | {self.download: download(job.file), self.made: job.file}

    def _package(self, values: Sequence[Any], name: str, private: bool, folder: Path) -> Package:
        """What is pushed: the files that can be downloaded, which hold real rows."""
        (file,) = values
        if file is None:
            raise RevdemoError.of(locale.phrase("PUSH_NO_TABLE"))
        if not private:
            raise RevdemoError.of(locale.phrase("PUSH_REAL_ROWS"))
        try:
            with zipfile.ZipFile(file) as made:
                made.extractall(folder)
        except FileNotFoundError as error:  # the page was open for longer than files are kept
            raise RevdemoError.of(locale.phrase("PUSH_NO_TABLE")) from error
        return folder_package(folder, name, None, private)
