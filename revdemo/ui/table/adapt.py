"""The Adapt part of Your table: an estimate, progress, Stop, Resume, figures, and using the models."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from revdemo.errors import Phrase, RevdemoError
from revdemo.evaluation.adapt_figures import figures
from revdemo.tables.adapting.adaptations import RESUMABLE, Adapting
from revdemo.tables.adapting.contract import AdaptEstimate
from revdemo.tables.adapting.process import Status
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.errors import explain, shown
from revdemo.ui.metrics import model_status
from revdemo.ui.parts import html
from revdemo.ui.parts.job_tab import Update
from revdemo.ui.parts.owner import known_owner, new_owner
from revdemo.ui.parts.tables import Row, table
from revdemo.ui.services.queue import AT_ONCE, QUIET
from revdemo.ui.services.services import Services

EVERY = 1.5  # seconds between looks at an adaptation that is at work


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab; where nothing can be adapted it says why."""
    work = Adapting(services.settings)
    with gr.Tab(locale.ADAPT_TAB, id="adapt"):
        if work.obstacle:
            gr.HTML(html.message(locale.said(work.obstacle)), elem_id="adapt-off")
        else:
            AdaptPart(services, work, demo, owner, chosen)


class AdaptPart:
    """The form, the state of the visitor's newest adaptation, and the events between them."""

    def __init__(
        self,
        services: Services,
        work: Adapting,
        demo: gr.Blocks,
        owner: gr.BrowserState,
        chosen: gr.State,
    ):
        self.services, self.work, self.owner, self.chosen = services, work, owner, chosen
        gr.HTML(html.lead(locale.ADAPT_INTRO))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.item = gr.Dropdown(
                    [(locale.ADAPT_NO_ITEM, "")],
                    value="",
                    label=locale.ADAPT_ITEM,
                    info=locale.ADAPT_ITEM_INFO,
                    interactive=True,
                    elem_id="adapt-item",
                )
                self.minutes = gr.Number(
                    0,
                    label=locale.ADAPT_MINUTES,
                    info=locale.ADAPT_MINUTES_INFO,
                    minimum=0,
                    elem_id="adapt-minutes",
                )
                with gr.Row():
                    self.estimate = self._button(locale.ADAPT_ESTIMATE, "estimate")
                    self.start = self._button(locale.ADAPT_START, "start", "primary")
                with gr.Row():
                    self.stop = self._button(locale.STOP, "stop")
                    self.resume = self._button(locale.ADAPT_RESUME, "resume")
            with gr.Column(scale=5, min_width=320):
                self.state = gr.HTML(html.message(locale.ADAPT_NOTHING), elem_id="adapt-state")
                with gr.Row():
                    self.use = gr.Button(locale.ADAPT_USE, visible=False, elem_id="adapt-use")
                    self.undo = gr.Button(locale.ADAPT_UNDO, visible=False, elem_id="adapt-undo")
                self.used = live(elem_id="adapt-used")
        self.timer = gr.Timer(EVERY, active=False)
        self._connect(demo)

    @staticmethod
    def _button(label: str, name: str, variant: str = "secondary") -> gr.Button:
        return gr.Button(label, variant=variant, interactive=False, min_width=100, elem_id=f"adapt-{name}")

    def _connect(self, demo: gr.Blocks) -> None:
        buttons = [self.estimate, self.start, self.stop, self.resume, self.use, self.undo]
        view = [self.state, *buttons, self.timer]
        known = [self.owner, self.chosen]
        given = [*known, self.item, self.minutes]
        self.estimate.click(self._estimate, given, [self.owner, self.used, *view], **AT_ONCE)
        self.start.click(self._begin, given, [self.owner, self.used, *view], **AT_ONCE)
        self.stop.click(self._stop, known, view, **AT_ONCE)
        self.resume.click(self._resume, known, view, **AT_ONCE)
        self.timer.tick(self._look, known, view, **QUIET)
        demo.load(self._look, known, view, **QUIET)
        self.chosen.change(items, self.chosen, self.item, **QUIET).then(self._look, known, view, **QUIET)
        for button, change in ((self.use, self._use), (self.undo, self._undo)):
            button.click(lambda: html.message(locale.ADAPT_LOADING), outputs=self.used, **QUIET).then(
                change,
                self.owner,
                [self.used, self.undo, model_status.panel(demo)],
                concurrency_id="adapt-use",
                concurrency_limit=1,
                api_visibility="private",
            )

    def _estimate(self, owner: str, chosen: Any, item: str, minutes: float | None) -> Update:
        return self._begin(owner, chosen, item, minutes, estimate=True)

    def _begin(
        self, owner: str, chosen: Any, item: str, minutes: float | None, estimate: bool = False
    ) -> Update:
        owner = known_owner(owner) or new_owner()
        with shown():
            if chosen is None:
                raise RevdemoError.of(locale.phrase("ADAPT_NO_TABLE"))
            self.work.begin(owner, chosen, minutes or None, item or None, estimate)
        return {self.owner: owner, self.used: ""} | self._look(owner, chosen)

    def _stop(self, owner: str, chosen: Any) -> Update:
        with shown():
            if found := self.work.latest(known_owner(owner)):
                self.work.stop(owner, found.id)
        return self._look(owner, chosen)

    def _resume(self, owner: str, chosen: Any) -> Update:
        with shown():
            if found := self.work.latest(known_owner(owner)):
                self.work.resume(owner, found.id)
        return self._look(owner, chosen)

    def _look(self, owner: str, chosen: Any) -> Update:
        """The newest adaptation of the visitor, what can be done with it, and whether to look again."""
        with shown():
            found = self.work.latest(known_owner(owner))
        state, busy = (found.state, found.at_work) if found else ("", False)
        ready = chosen is not None and chosen.rating is not None and not busy
        return {
            self.state: render(found) if found else html.message(locale.ADAPT_NOTHING),
            self.estimate: gr.Button(interactive=ready),
            self.start: gr.Button(interactive=ready),
            self.stop: gr.Button(interactive=busy and state != "stopping"),
            self.resume: gr.Button(interactive=state in RESUMABLE),
            self.use: gr.Button(visible=state == "done"),
            self.undo: gr.Button(visible=self.services.changed),
            self.timer: gr.Timer(active=busy),
        }

    def _use(self, owner: str) -> tuple[Any, ...]:
        """Load the adapted models in the place of those in use; the line at the top says which there are."""

        def adapted() -> str:
            found = self.work.latest(known_owner(owner))
            if found is None:
                raise RevdemoError.of(locale.phrase("ADAPT_NOTHING"))
            named = self.work.models(owner, found.id)
            self.services.use(**named)
            return locale.ADAPT_USED.format(**named)

        return self._changed(adapted)

    def _undo(self, owner: str) -> tuple[Any, ...]:
        """Load the models again that the app was started with."""

        def first() -> str:
            self.services.use_first()
            return locale.ADAPT_UNDONE

        return self._changed(first)

    def _changed(self, change: Callable[[], str]) -> tuple[Any, ...]:
        try:
            said = html.message(change())
        except Exception as error:  # in the place of the line that says they are loading
            said = html.message(explain(error), "error")
        return said, gr.Button(visible=self.services.changed), model_status.render(self.services)


def items(chosen: Any) -> gr.Dropdown:
    """The columns of a table that could name the item reviewed."""
    choices = [(locale.ADAPT_NO_ITEM, "")]
    if chosen is not None:
        with shown():
            names = chosen.columns
        choices += [(name, name) for name in names if name not in (chosen.text, chosen.rating)]
    return gr.Dropdown(choices, value="")


def render(found: Status) -> str:
    """The state of an adaptation as HTML: a line, and a table of its progress, estimate or figures."""
    estimate = found.estimate
    line = locale.ADAPT_STATES[found.state].format(
        name=found.name,
        problem=locale.said(found.problem),
        minutes=html.duration(60 * estimate.minutes if estimate else 0),
        device=_device(estimate) if estimate else "",
    )
    said = html.message(line, "error" if found.state == "failed" else "")
    if found.state == "done" and found.report:
        rows = [tuple(map(locale.said, row)) for row in figures(found.report)]
        return said + _table(locale.ADAPT_FIGURES_HEAD, rows)
    if found.state == "estimated" and estimate:
        return said + _table(locale.ADAPT_ESTIMATE_HEAD, _estimated(estimate))
    doing = locale.ADAPT_DOING.get(found.doing, "")
    return said + (html.message(doing) if doing else "") + _progress(found)


def _device(estimate: AdaptEstimate) -> str:
    said = estimate.device_phrase
    return locale.said(Phrase.from_dict(said)) if said else estimate.device


def _estimated(estimate: AdaptEstimate) -> list[tuple[str, str, str]]:
    rows = [
        (locale.ADAPT_ROLES[role], locale.number(own.rows, ","), locale.number(own.minutes, ".1f"))
        for role, own in estimate.roles.items()
    ]
    parts = {"reading": estimate.reading, "report": estimate.report}
    besides = [
        (locale.ADAPT_ROLES[part], "", locale.number(minutes, ".1f")) for part, minutes in parts.items()
    ]
    return rows + besides


def _progress(found: Status) -> str:
    rows = [
        (
            locale.ADAPT_ROLES[role],
            locale.ADAPT_STEP.format(step=own.step, steps=own.steps),
            "" if own.loss is None else locale.number(own.loss, ".3f"),
            html.duration(own.seconds_left or 0) if found.at_work else "",
        )
        for role, own in found.roles.items()
    ]
    return _table(locale.ADAPT_HEAD, rows) if rows else ""


def _table(head: Sequence[str], rows: Sequence[Row]) -> str:
    return table(head, {"": rows}, label=locale.ADAPT_TAB)
