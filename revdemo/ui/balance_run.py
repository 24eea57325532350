"""A sample or a fill of the Balance tab, from what was asked for to what the page shows of it."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from revdemo import dataset, distance
from revdemo.distance import Distance
from revdemo.filling import Progress, estimate, fill, sample
from revdemo.loop import Review
from revdemo.plan import Balanced, Held, Limits, Plan, count, held
from revdemo.tables import Chosen
from revdemo.ui import balance_view, cards, strings, view
from revdemo.ui.state import Job, Services

PAUSE = 0.25  # seconds between two updates of the page, at least
REDRAW = 2.0  # seconds between two drawings of the chart, at least

Labelled = Callable[[Chosen], pd.DataFrame]
Update = tuple[Any, ...]  # for the summary, the distance, the counts, the chart and the sample


@dataclass
class Work(Job):
    """A sample or a fill that was asked for: of what, how, by whom, and what came of it."""

    chosen: Chosen
    options: dict[str, Any]  # of the plan: level, seed, options
    kind: str  # of the data: "parquet" or "csv"
    whole: bool  # a fill, or a sample
    owner: str
    plan: Plan | None = None
    found: Held | None = None
    progress: Progress | None = None
    distance: Distance | None = None
    reviews: list[Review] = field(default_factory=list)
    file: Path | None = None


def updates(services: Services, work: Work, labelled: Labelled, cache: Path) -> Iterator[Update]:
    """What the page shows of a work under way; its results are left in `work`."""
    with work.under_way():
        yield from _run(services, work, labelled, cache)


def _run(services: Services, work: Work, labelled: Labelled, cache: Path) -> Iterator[Update]:
    yield _said(strings.BALANCE_READING)
    rows = labelled(work.chosen)
    stars = [int(star) for star in rows["stars"]]
    plan = Plan(list(rows["text"]), stars, limits=Limits.of(services.settings), **work.options)
    for said in services.arriving(services.stars, services.generator, stop=work.stop):
        yield _said(said)
    if not services.stars.settled or not services.generator.settled:
        return
    generator, classifier = services.generator.get(), services.stars.get()
    yield _said(strings.BALANCE_DISTANCE)
    work.distance = _measured(rows, plan, generator, work.stop)
    work.plan, copies = plan, services.load_copies(generator.source)
    own = (plan, generator, classifier, services.ledger, work.owner)
    try:
        make = fill if work.whole else sample
        yield from _follow(work, make(*own, copies=copies, should_stop=work.stop.is_set))
    finally:
        work.found = held(*own)
    if work.whole:
        yield _said(strings.BALANCE_SAVING)
        work.file = _save(work, generator, copies, cache)


def _measured(rows: pd.DataFrame, plan: Plan, generator: Any, stop: threading.Event) -> Distance | None:
    """The distance of a table, measured once and kept with its rows."""
    known, revision = rows.attrs.setdefault("distance", {}), generator.source.revision
    if revision not in known:
        found = distance.measure(generator, plan.texts, plan.stars, should_stop=stop.is_set)
        if found is None:
            return None
        known[revision] = found
    return known[revision]


def _save(work: Work, generator: Any, copies: Any, cache: Path) -> Path:
    """The data set as a zip in a folder of random name, from which Gradio serves it."""
    with tempfile.TemporaryDirectory() as folder:
        said = "" if work.distance is None else work.distance.told
        made = Balanced(work.plan, work.found)
        dataset.write(made, work.chosen, generator, copies, folder, work.kind, said)
        return dataset.archive(folder, cache)


def _follow(work: Work, steps: Iterator[Progress]) -> Iterator[Update]:
    """What the page shows of each step, at most once every `PAUSE`."""
    told = drawn = 0.0
    with closing(steps):
        for progress in steps:
            work.progress = progress
            if not work.whole:
                work.reviews += progress.new
            now = time.monotonic()
            if now - told < PAUSE and progress.ended is None:
                continue
            told, draw = now, now - drawn >= REDRAW
            drawn = now if draw else drawn
            text = balance_view.running(work.plan, progress)
            counts, chart = _state(work.plan, progress.held)
            sampled = gr.skip() if work.whole else balance_view.sampled(work.reviews)
            yield text, _distance(work), counts, chart if draw else gr.skip(), sampled


def _state(plan: Plan, found: Held) -> tuple[str, gr.Plot]:
    real, synthetic = count(plan.stars), balance_view.synthetic_of(plan, found)
    level = plan.level or max(real.values())
    lacking = {star: max(0, level - real[star] - synthetic[star]) for star in real}
    table = balance_view.counts_table(real, level, synthetic, found)
    return table, gr.Plot(balance_view.chart(real, synthetic, lacking), visible=True)


def results(work: Work) -> Update:
    """What the page shows of a work that has ended, one way or another."""
    problem = cards.message(work.problem, "error") if work.problem else ""
    if work.found is None:
        return problem or view.waiting(strings.NEVER_BEGAN), *[gr.skip()] * 4
    seconds = work.progress.seconds if work.progress else 0.0
    judged = work.progress.judged if work.progress else 0
    if not work.whole and judged and work.found.missing(work.plan):
        text = balance_view.estimated(work.plan, estimate(work.plan, work.found, judged, seconds))
    else:
        text = balance_view.ended(work.plan, work.found, work.stop.is_set(), seconds)
    sampled = gr.skip() if work.whole else balance_view.sampled(work.reviews)
    return text + problem, _distance(work), *_state(work.plan, work.found), sampled


def _distance(work: Work) -> str:
    if work.distance is None:
        return ""
    return cards.message(strings.said(work.distance), "warning" if work.distance.far else "")


def _said(text: str) -> Update:
    return view.waiting(text), *[gr.skip()] * 4
