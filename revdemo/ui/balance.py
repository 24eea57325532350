"""The Balance tab of a table: what each star lacks, a sample and an estimate, the fill, and the data set."""

import zipfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo import dataset, tables
from revdemo.errors import RevdemoError
from revdemo.package import Package, folder_package
from revdemo.plan import count
from revdemo.tables import Chosen
from revdemo.ui import balance_view, cards, push, runs, stop, strings, view
from revdemo.ui.balance_run import Work, results, updates
from revdemo.ui.form import roll
from revdemo.ui.guard import explain, shown
from revdemo.ui.live import live
from revdemo.ui.state import AT_ONCE, QUIET, WORK, Services

PATIENCE = 30.0  # seconds that Stop waits for the data set, at most
KEPT = 4  # tables whose reviews stay in memory
READING: dict[str, Any] = {"concurrency_limit": 2, "show_progress": "minimal", "api_visibility": "private"}


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab and connect its events."""
    with gr.Tab(strings.BALANCE_TAB, id="table-balance") as tab:
        BalanceTab(services, owner, chosen, tab)


class BalanceTab:
    """The level and the filter, the gaps, the sample, and the events between them."""

    def __init__(self, services: Services, owner: gr.BrowserState, chosen: gr.State, tab: gr.Tab):
        self.services, self.owner, self.chosen = services, owner, chosen
        self.key, self.real = gr.State(""), gr.State(None)  # real: of which table, and its count by star
        self.made = gr.State(None)  # the file that can be downloaded
        gr.HTML(cards.lead(strings.BALANCE_LEAD))
        self.labelled = lru_cache(maxsize=KEPT)(tables.labelled)
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self._form()
            with gr.Column(scale=5, min_width=320):
                self.summary = live(view.waiting(strings.BALANCE_EMPTY), elem_id="balance-summary")
                self.distance = gr.HTML(elem_id="balance-distance")
                self.counts = gr.HTML(elem_id="balance-counts")
                self.chart = gr.Plot(label=strings.BALANCE_GAPS, visible=False, elem_id="balance-chart")
        self.sample = gr.HTML(elem_id="balance-sample")
        self._connect(tab)

    def _form(self) -> None:
        self.level = gr.Slider(
            1, 2, 1, step=1, label=strings.BALANCE_LEVEL, info=strings.BALANCE_LEVEL_INFO,
            interactive=False, elem_id="balance-level",
        )  # fmt: skip
        with gr.Accordion(strings.BALANCE_MORE, open=False, elem_id="balance-more"):
            self.tolerance = gr.Radio(
                list(strings.TOLERANCES), value=0, label=strings.TOLERANCE, elem_id="balance-tolerance"
            )
            self.confidence = gr.Slider(
                0, 95, 0, step=5, label=strings.MIN_CONFIDENCE, info=strings.MIN_CONFIDENCE_INFO,
                elem_id="balance-confidence",
            )  # fmt: skip
            self.seed = gr.Number(
                0, label=strings.SEED, info=strings.SEED_INFO, precision=0, elem_id="balance-seed"
            )
            dice = gr.Button(strings.DICE, size="sm", min_width=80)
            dice.click(roll, outputs=self.seed, **QUIET)
        self.kind = gr.Radio(
            [("Parquet", "parquet"), ("CSV", "csv")], value="parquet", label=strings.BALANCE_KIND,
            elem_id="balance-kind",
        )  # fmt: skip
        with gr.Row():
            self.estimate = gr.Button(
                strings.BALANCE_SAMPLE, interactive=False, min_width=120, elem_id="balance-estimate"
            )
            self.fill = gr.Button(
                strings.BALANCE_FILL, variant="primary", interactive=False, min_width=120,
                elem_id="balance-fill",
            )  # fmt: skip
            self.stop = gr.Button(strings.STOP, interactive=False, min_width=80, elem_id="balance-stop")
        self.download = gr.DownloadButton(
            strings.BALANCE_DOWNLOAD, interactive=False, size="sm", elem_id="balance-download"
        )
        self.push = push.Push(self.services.settings, "balance-push", strings.PUSH_TABLE_HOW, visible=True)
        gr.HTML(cards.message(strings.FOR_STUDY))

    @property
    def _settings(self) -> list[gr.components.Component]:
        return [self.level, self.tolerance, self.confidence, self.seed]

    @property
    def _buttons(self) -> list[gr.components.Component]:
        return [self.estimate, self.fill, self.stop]

    @property
    def _results(self) -> list[gr.components.Component]:
        return [*self._buttons, self.download, self.made, *self._shown]

    @property
    def _shown(self) -> list[gr.components.Component]:
        return [self.summary, self.distance, self.counts, self.chart, self.sample]

    def _connect(self, tab: gr.Tab) -> None:
        looked = [self.real, self.level, *self._buttons, self.download, *self._shown]
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
        inputs = {self.owner, self.chosen, self.kind, *self._settings}
        streams = []
        for button, begin in ((self.estimate, self._begin_sample), (self.fill, self._begin_fill)):
            begun = button.click(
                begin, inputs, [self.owner, self.key, *self._buttons, self.download, self.made], **AT_ONCE
            )
            stream = begun.success(
                self._stream, self.key, self._shown, show_progress="minimal", show_progress_on=self.summary,
                api_visibility="private", **WORK,
            )  # fmt: skip
            stream.then(self._finish, self.key, self._results, **QUIET)
            streams.append(stream)
        stop.connect(
            self.services.tickets,
            self.stop,
            self.key,
            streams,
            self._finish,
            self._results,
            PATIENCE,
        )
        self.chosen.change(lambda: None, outputs=self.made, **QUIET)
        self.push.connect([self.made], self._package)

    # --- the gaps of a table ---

    def _look(self, chosen: Chosen | None, real: tuple | None, key: str) -> tuple[Any, ...]:
        """What a table lacks, once its tab is open; what is there already, or under way, stays."""
        if (real and real[0] == chosen) or self.services.tickets.get(key):
            return (gr.skip(),) * 11
        if chosen is None:
            return _nothing(strings.BALANCE_EMPTY, real=(None, None))
        try:
            counts = count([int(star) for star in self.labelled(chosen)["stars"]])
        except Exception as error:
            return _nothing(explain(error), "error", (chosen, None))
        most = max(counts.values())
        limit = self.services.settings.max_accepted
        slider = gr.Slider(1, most + limit, most, interactive=True)
        return ((chosen, counts), slider, *_free(estimate=True), _off(), *self._gaps(counts, most))

    def _forget(self, real: tuple | None, key: str) -> tuple[Any, ...]:
        """Another table was chosen: what was shown of the one before goes, unless it is under way."""
        if self.services.tickets.get(key):
            return (gr.skip(),) * 11
        _, *rest = _nothing(strings.BALANCE_READING if real else strings.BALANCE_EMPTY)
        return (None, None) if real else None, *rest

    def _look_again(self, chosen: Chosen | None, real: tuple | None, key: str) -> tuple[Any, ...]:
        """After another choice: reads the table only if the tab was opened before."""
        return self._look(chosen, None, key) if real else (gr.skip(),) * 11

    def _gaps(self, counts: dict[int, int], level: int) -> tuple[Any, ...]:
        lacking = {star: max(0, level - rows) for star, rows in counts.items()}
        return (
            balance_view.lacks(counts, level, self.services.settings.max_accepted),
            "",
            balance_view.counts_table(counts, level, {}),
            gr.Plot(balance_view.chart(counts, {}, lacking), visible=True),
            "",
        )

    def _move(self, real: tuple | None, level: float) -> tuple[Any, ...]:
        """Another level: its gaps; it was not estimated yet."""
        if not real or not real[1]:
            return (gr.skip(),) * 4
        summary, _, counts, chart, _ = self._gaps(real[1], int(level))
        return gr.Button(interactive=False), summary, counts, chart

    # --- a sample or a fill ---

    def _begin_sample(self, values: dict[Any, Any], request: gr.Request) -> tuple[Any, ...]:
        return self._begin(values, request, whole=False)

    def _begin_fill(self, values: dict[Any, Any], request: gr.Request) -> tuple[Any, ...]:
        return self._begin(values, request, whole=True)

    def _begin(self, values: dict[Any, Any], request: gr.Request, whole: bool) -> tuple[Any, ...]:
        chosen, kind = values[self.chosen], values[self.kind]
        with shown():
            if chosen is None:
                raise RevdemoError(strings.BALANCE_EMPTY)
            if values[self.seed] is None:
                raise RevdemoError(strings.NO_SEED)
            dataset.check_kind(kind)
        owner = runs.known(values[self.owner]) or runs.new_owner()
        options = {
            "tolerance": values[self.tolerance],
            "min_confidence": values[self.confidence] / 100,
        }
        plan = {"level": int(values[self.level]), "seed": int(values[self.seed]), "options": options}
        work = Work(chosen, plan, kind, whole, owner, session=request.session_hash)
        return owner, self.services.tickets.add(work), *_busy(), _off(), None

    def _stream(self, key: str) -> Iterator[tuple[Any, ...]]:
        cache = Path(self.download.GRADIO_CACHE)
        yield from self.services.tickets.follow(
            key, lambda work: updates(self.services, work, self.labelled, cache)
        )

    def _finish(self, key: str) -> tuple[Any, ...]:
        work = self.services.tickets.drop(key)
        if work is None:  # the other way here came first
            return (gr.skip(),) * 10
        free = _free(estimate=True, fill=work.found is not None)
        file = gr.DownloadButton(value=str(work.file), interactive=True) if work.file else _off()
        return *free, file, work.file, *results(work)

    def _package(self, values: Sequence[Any], name: str, private: bool, folder: Path) -> Package:
        """What is pushed: the files that can be downloaded, which hold real rows."""
        (file,) = values
        if file is None:
            raise RevdemoError(strings.PUSH_NO_TABLE)
        if not private:
            raise RevdemoError(strings.PUSH_REAL_ROWS)
        try:
            with zipfile.ZipFile(file) as made:
                made.extractall(folder)
        except FileNotFoundError as error:  # the page was open for longer than files are kept
            raise RevdemoError(strings.PUSH_NO_TABLE) from error
        return folder_package(folder, name, None, private)


def _busy() -> tuple[gr.Button, ...]:
    return gr.Button(interactive=False), gr.Button(interactive=False), gr.Button(interactive=True)


def _free(estimate: bool = False, fill: bool = False) -> tuple[gr.Button, ...]:
    stop = gr.Button(strings.STOP, interactive=False)
    return gr.Button(interactive=estimate), gr.Button(interactive=fill), stop


def _off() -> gr.DownloadButton:
    return gr.DownloadButton(value=None, interactive=False)


def _nothing(text: str, kind: str = "", real: Any = None) -> tuple[Any, ...]:
    """No gaps, and why."""
    slider = gr.Slider(interactive=False)
    return real, slider, *_free(), _off(), view.waiting(text, kind), "", "", gr.Plot(visible=False), ""
