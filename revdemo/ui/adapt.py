"""The Adapt part of Your table: an estimate, progress, Stop, going on, figures, and using the models."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from revdemo import tables
from revdemo.adapt_figures import figures
from revdemo.adapting import RESUMABLE, Adapting, Status
from revdemo.errors import RevdemoError
from revdemo.ui import cards, runs, status, strings
from revdemo.ui.guard import explain, shown
from revdemo.ui.live import live
from revdemo.ui.state import AT_ONCE, QUIET, Services

EVERY = 1.5  # seconds between looks at an adaptation that is at work


def build(services: Services, demo: gr.Blocks, owner: gr.BrowserState, chosen: gr.State) -> None:
    """Lay out the inner tab; where nothing can be adapted it says why."""
    work = Adapting(services.settings)
    with gr.Tab(strings.ADAPT, id="adapt"):
        if work.obstacle:
            gr.HTML(cards.message(strings.said(work.obstacle)), elem_id="adapt-off")
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
        gr.HTML(cards.lead(strings.ADAPT_INTRO))
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.item = gr.Dropdown(
                    [(strings.ADAPT_NO_ITEM, "")],
                    value="",
                    label=strings.ADAPT_ITEM,
                    info=strings.ADAPT_ITEM_INFO,
                    interactive=True,
                    elem_id="adapt-item",
                )
                self.minutes = gr.Number(
                    0,
                    label=strings.ADAPT_MINUTES,
                    info=strings.ADAPT_MINUTES_INFO,
                    minimum=0,
                    elem_id="adapt-minutes",
                )
                with gr.Row():
                    self.estimate = self._button(strings.ADAPT_ESTIMATE, "estimate")
                    self.start = self._button(strings.ADAPT_START, "start", "primary")
                with gr.Row():
                    self.stop = self._button(strings.STOP, "stop")
                    self.resume = self._button(strings.ADAPT_RESUME, "resume")
            with gr.Column(scale=5, min_width=320):
                self.state = gr.HTML(cards.message(strings.ADAPT_NOTHING), elem_id="adapt-state")
                with gr.Row():
                    self.use = gr.Button(strings.ADAPT_USE, visible=False, elem_id="adapt-use")
                    self.undo = gr.Button(strings.ADAPT_UNDO, visible=False, elem_id="adapt-undo")
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
            button.click(lambda: cards.message(strings.ADAPT_LOADING), outputs=self.used, **QUIET).then(
                change,
                self.owner,
                [self.used, self.undo, status.panel(demo)],
                concurrency_id="adapt-use",
                concurrency_limit=1,
                api_visibility="private",
            )

    def _estimate(self, owner: str, chosen: Any, item: str, minutes: float | None) -> tuple[Any, ...]:
        return self._begin(owner, chosen, item, minutes, estimate=True)

    def _begin(
        self, owner: str, chosen: Any, item: str, minutes: float | None, estimate: bool = False
    ) -> tuple[Any, ...]:
        owner = runs.known(owner) or runs.new_owner()
        with shown():
            if chosen is None:
                raise RevdemoError(strings.ADAPT_NO_TABLE)
            self.work.begin(owner, chosen, minutes or None, item or None, estimate)
        return owner, "", *self._look(owner, chosen)

    def _stop(self, owner: str, chosen: Any) -> tuple[Any, ...]:
        with shown():
            if found := self.work.latest(runs.known(owner)):
                self.work.stop(owner, found.id)
        return self._look(owner, chosen)

    def _resume(self, owner: str, chosen: Any) -> tuple[Any, ...]:
        with shown():
            if found := self.work.latest(runs.known(owner)):
                self.work.resume(owner, found.id)
        return self._look(owner, chosen)

    def _look(self, owner: str, chosen: Any) -> tuple[Any, ...]:
        """The newest adaptation of the visitor, what can be done with it, and whether to look again."""
        with shown():
            found = self.work.latest(runs.known(owner))
        busy = found is not None and found.at_work
        ready = chosen is not None and chosen.rating is not None and not busy
        return (
            render(found) if found else cards.message(strings.ADAPT_NOTHING),
            gr.Button(interactive=ready),
            gr.Button(interactive=ready),
            gr.Button(interactive=busy and found.state != "stopping"),
            gr.Button(interactive=found is not None and found.state in RESUMABLE),
            gr.Button(visible=found is not None and found.state == "done"),
            gr.Button(visible=self.services.changed),
            gr.Timer(active=busy),
        )

    def _use(self, owner: str) -> tuple[Any, ...]:
        """Load the adapted models in the place of those in use; the line at the top says which there are."""

        def adapted() -> str:
            found = self.work.latest(runs.known(owner))
            if found is None:
                raise RevdemoError(strings.ADAPT_NOTHING)
            named = self.work.models(owner, found.id)
            self.services.use(**named)
            return strings.ADAPT_USED.format(**named)

        return self._changed(adapted)

    def _undo(self, owner: str) -> tuple[Any, ...]:
        """Load the models again that the app was started with."""

        def first() -> str:
            self.services.use_first()
            return strings.ADAPT_UNDONE

        return self._changed(first)

    def _changed(self, change: Callable[[], str]) -> tuple[Any, ...]:
        try:
            said = cards.message(change())
        except Exception as error:  # in the place of the line that says they are loading
            said = cards.message(explain(error), "error")
        return said, gr.Button(visible=self.services.changed), status.render(self.services)


def items(chosen: Any) -> gr.Dropdown:
    """The columns of a table that could name the item reviewed."""
    choices = [(strings.ADAPT_NO_ITEM, "")]
    if chosen is not None:
        with shown():
            head = next(tables.chunks(chosen.path, 1), None)
        names = [] if head is None else map(str, head.columns)
        choices += [(name, name) for name in names if name not in (chosen.text, chosen.rating)]
    return gr.Dropdown(choices, value="")


def render(found: Status) -> str:
    """The state of an adaptation as HTML: a line, and a table of its progress, estimate or figures."""
    estimate = found.estimate or {}
    line = strings.ADAPT_STATES[found.state].format(
        name=found.name,
        problem=strings.said(found.problem),
        minutes=cards.duration(60 * estimate.get("minutes", 0)),
        device=strings.said(estimate.get("device", "")),
    )
    said = cards.message(line, "error" if found.state == "failed" else "")
    if found.state == "done":
        return said + _table(
            strings.ADAPT_FIGURES_HEAD, [tuple(map(strings.said, row)) for row in figures(found.report or {})]
        )
    if found.state == "estimated":
        return said + _table(strings.ADAPT_ESTIMATE_HEAD, _estimated(estimate))
    doing = strings.ADAPT_DOING.get(found.doing, "")
    return said + (cards.message(doing) if doing else "") + _progress(found)


def _estimated(estimate: dict) -> list[tuple[str, str, str]]:
    rows = [
        (strings.ADAPT_ROLES[role], f"{own['rows']:,}", f"{own['minutes']:.1f}")
        for role, own in estimate["roles"].items()
    ]
    besides = [(strings.ADAPT_ROLES[part], "", f"{estimate[part]:.1f}") for part in ("reading", "report")]
    return rows + besides


def _progress(found: Status) -> str:
    rows = [
        (
            strings.ADAPT_ROLES[role],
            strings.ADAPT_STEP.format(**own),
            "" if own.get("loss") is None else f"{own['loss']:.3f}",
            cards.duration(own["seconds_left"]) if found.at_work else "",
        )
        for role, own in found.roles.items()
    ]
    return _table(strings.ADAPT_HEAD, rows) if rows else ""


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    names = "".join(f'<th scope="col">{cards.escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{cards.escape(first)}</th>'
        + "".join(f"<td>{cards.escape(strings.numeral(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="rd-table" tabindex="0" role="region" aria-label="{strings.ADAPT}">'
        f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )
