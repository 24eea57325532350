"""`--engine ray`: the flags that say who shares the work, a table predicted, and what each has done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tqdm.auto import tqdm

from revdemo.bulk.engine import ENGINES, WRITERS
from revdemo.cli.common import INTERRUPTED, read_options, stop_on_interrupt
from revdemo.settings import Settings

if TYPE_CHECKING:
    from revdemo.bulk.cluster import Crew
    from revdemo.bulk.generating.progress import BulkStep
    from revdemo.bulk.predict import BulkProgress
    from revdemo.generation.request import Step


def add_engine(command: argparse.ArgumentParser, engines: Sequence[str] = ENGINES) -> None:
    """Add the flag --engine, and those of `crew_of`."""
    group = command.add_argument_group("engine", "who does the work; see docs/scale.md")
    option = group.add_argument
    own = "; continuous: transformers' own batching, on a CUDA GPU" if engines == WRITERS else ""
    option(
        "--engine", choices=engines, default="plain", help=f"plain: this process; ray: workers on Ray{own}"
    )
    option("--workers", type=int, default=2, metavar="N", help="processes that share the work (default: 2)")
    option(
        "--ray-address", metavar="A",
        help="a running cluster, such as 10.0.0.1:6379; by default RAY_ADDRESS, else a local one",
    )  # fmt: skip
    option("--gpus", type=float, default=0.0, metavar="N", help="of a GPU for each worker, such as 0.5")


def crew_of(options: argparse.Namespace) -> Crew:
    """Who shares the work, as the flags say."""
    from revdemo.bulk.cluster import Crew

    return Crew(options.workers, options.ray_address, options.gpus)


def check(options: argparse.Namespace, settings: Settings) -> None:
    """Refuse an engine that cannot run here, before any model is loaded."""
    if options.engine == "ray":
        crew_of(options).check()
    elif options.engine == "continuous":
        from revdemo.models.generator import check_continuous

        check_continuous(settings)


def place(text: str) -> Path | str:
    """A path, or an address such as s3://bucket/folder, which a path would spoil."""
    return text if "://" in text else Path(text)


def name_dashboard(address: str) -> None:
    """Say where Ray's dashboard is, where there is one."""
    if address:
        tqdm.write(f"revdemo: Ray's dashboard is at http://{address}", file=sys.stderr)


@contextmanager
def worker_lines() -> Iterator[Callable[[Step], None]]:
    """Shows how far all and each worker are: lines below the bar of a terminal, and at the end."""
    bars: list[tqdm] = []
    last: list[str] = []

    def show(step: Step) -> None:
        if not hasattr(step, "workers"):
            return
        last[:] = lines_of(cast("BulkStep", step))
        if sys.stderr.isatty():
            while len(bars) < len(last):
                bars.append(tqdm(bar_format="{desc}", position=len(bars) + 1, leave=False))
            for bar, line in zip(bars, last, strict=False):
                bar.set_description_str(line)

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()
        for line in last:
            tqdm.write(f"revdemo: {line}", file=sys.stderr)


def lines_of(step: BulkStep) -> list[str]:
    """How far a run is, and below it how far each of its workers is."""
    rate = sum(share.rate for share in step.workers.values())
    left = None if step.run.ended else step.seconds_left
    whole = _line("all", step.accepted, step.judged - step.accepted, rate, left)
    own = (
        _line(f"worker {worker}", share.accepted, share.rejected, share.rate, share.seconds_left)
        for worker, share in step.workers.items()
    )
    return [whole, *own]


def _line(who: str, accepted: int, rejected: int, rate: float, left: float | None) -> str:
    done = f"{who}: {accepted:,} accepted, {rejected:,} rejected, {rate:.1f} texts per second"
    return f"{done}, {tqdm.format_interval(left)} left" if left else done


def predict(options: argparse.Namespace, settings: Settings) -> int:
    """Predict a table or a folder; what is done is shown as a bar, and at the end by worker."""
    from revdemo.bulk import predict as job

    request = job.BulkRequest(
        options.file, str(options.out), read_options(options), options.polarity, crew_of(options)
    )
    last = step = None
    with stop_on_interrupt() as should_stop, tqdm(unit="row", delay=1) as bar:
        for step in job.predict(request, settings, should_stop):
            if isinstance(step, job.BulkProgress):
                _show(bar, step, last)
                last = step
    if last:
        for worker, rows in sorted(last.workers.items()):
            print(f"revdemo: worker {worker}: {rows:,} rows", file=sys.stderr)
    if not isinstance(step, job.PredictResult):
        print("revdemo: stopped. Whole parts are kept; the same command resumes there.", file=sys.stderr)
        return INTERRUPTED
    summary = step.summary
    print(f"{options.out}: {summary.rows:,} rows, {summary.wordless:,} without words", file=sys.stderr)
    print("stars:", ", ".join(f"{star}★ {count:,}" for star, count in enumerate(summary.counts, start=1)))
    return 0


def _show(bar: tqdm, step: BulkProgress, last: BulkProgress | None) -> None:
    if last is None:
        bar.reset(total=step.rows)
        bar.update(step.resumed)
        if step.renamed:
            print(f"revdemo: our columns are {', '.join(step.renamed)}", file=sys.stderr)
    if not (last and last.dashboard):
        name_dashboard(step.dashboard)
    bar.set_postfix_str(f"{len(step.workers)} workers")
    bar.update(step.done - bar.n)
