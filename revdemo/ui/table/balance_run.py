"""A sample or a fill of the Balance tab, from what was asked for to what the page shows of it."""

import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr
import pandas as pd

from revdemo.balancing import dataset
from revdemo.balancing.domain_gap import Distance
from revdemo.balancing.filling import FillProgress
from revdemo.balancing.job import (
    BalanceRequest,
    BalanceResult,
    BalanceStep,
    DistanceMeasured,
    Planned,
    Saving,
    balance,
)
from revdemo.balancing.plan import BalancePlan, Held, count
from revdemo.generation.request import Review
from revdemo.tables.table import Chosen
from revdemo.ui import locale
from revdemo.ui.parts import html
from revdemo.ui.parts.job_tab import Update
from revdemo.ui.parts.progress import waiting
from revdemo.ui.services.jobs import Job
from revdemo.ui.services.services import Services
from revdemo.ui.table import balance_view

PAUSE = 0.25  # seconds between two updates of the page, at least
REDRAW = 2.0  # seconds between two drawings of the chart, at least

Labelled = Callable[[Chosen], pd.DataFrame]


@dataclass
class BalanceJob(Job):
    """A sample or a fill that was asked for: of what, how, by whom, and what came of it."""

    request: BalanceRequest
    owner: str
    plan: BalancePlan | None = None
    held: Held | None = None
    progress: FillProgress | None = None
    distance: Distance | None = None
    reviews: list[Review] = field(default_factory=list)
    result: BalanceResult | None = None
    file: Path | None = None


def updates(
    services: Services, job: BalanceJob, labelled: Labelled, cache: Path
) -> Generator[Update, None, None]:
    """What the page shows of a job in progress; its results are left in `job`."""
    with job.under_way():
        yield from _run(services, job, labelled, cache)


def _run(services: Services, job: BalanceJob, labelled: Labelled, cache: Path) -> Iterator[Update]:
    yield _said(locale.BALANCE_READING)
    for said in services.arriving("stars", "generator", stop=job.stop):
        yield _said(said)
    if not services.arrived("stars", "generator"):
        return
    context = services.context(job, "stars", "generator", owner=job.owner)
    with tempfile.TemporaryDirectory() as folder:
        with closing(balance(job.request, context, Path(folder), labelled)) as steps:
            yield from _follow(job, steps)
        if job.result and job.result.files:
            job.file = dataset.archive(folder, cache)


def _follow(job: BalanceJob, steps: Iterator[BalanceStep]) -> Iterator[Update]:
    """What the page shows of each step, of the progress at most once every `PAUSE`."""
    told = drawn = 0.0
    for step in steps:
        match step:
            case Planned():
                job.plan = step.plan
                yield _said(locale.BALANCE_DISTANCE)
            case DistanceMeasured():
                job.distance, job.held = step.distance, step.held
            case Saving():
                yield _said(locale.BALANCE_SAVING)
            case BalanceResult():
                job.result, job.held = step, step.balanced.held
            case FillProgress():
                job.progress, job.held = step, step.held
                job.reviews += step.new
                now = time.monotonic()
                if now - told < PAUSE and step.ended is None:
                    continue
                told, draw = now, now - drawn >= REDRAW
                drawn = now if draw else drawn
                if job.plan is not None:
                    yield _running(job, job.plan, step, draw)


def _running(job: BalanceJob, plan: BalancePlan, progress: FillProgress, draw: bool) -> Update:
    shown: Update = {
        "summary": balance_view.running(plan, progress),
        "distance": _distance(job),
        **_state(plan, progress.held, draw),
    }
    return shown | _sampled(job)


def _state(plan: BalancePlan, found: Held, draw: bool = True) -> Update:
    real, synthetic = count(plan.stars), balance_view.synthetic_of(plan, found)
    level = plan.level or max(real.values())
    shown: Update = {"counts": balance_view.counts_table(real, level, synthetic, found)}
    if draw:
        lacking = {star: max(0, level - real[star] - synthetic[star]) for star in real}
        shown["chart"] = gr.Plot(balance_view.chart(real, synthetic, lacking), visible=True)
    return shown


def _sampled(job: BalanceJob) -> Update:
    """The reviews of a sample; a fill leaves those of the sample before it."""
    return {} if job.request.fill else {"sample": balance_view.sampled(job.reviews)}


def results(job: BalanceJob) -> Update:
    """What the page shows of a job that has ended, one way or another."""
    problem = html.message(job.problem, "error") if job.problem else ""
    if job.plan is None or job.held is None:
        return {"summary": problem or waiting(locale.NEVER_BEGAN)}
    if job.result and job.result.estimate and not job.request.fill:
        text = balance_view.estimated(job.plan, job.result.estimate)
    else:
        seconds = job.progress.seconds if job.progress else 0.0
        text = balance_view.ended(job.plan, job.held, job.stop.is_set(), seconds)
    shown = {"summary": text + problem, "distance": _distance(job), **_state(job.plan, job.held)}
    return shown | _sampled(job)


def _distance(job: BalanceJob) -> str:
    if job.distance is None:
        return ""
    return html.message(locale.said(job.distance.phrase), "warning" if job.distance.far else "")


def _said(text: str) -> Update:
    return {"summary": waiting(text)}
