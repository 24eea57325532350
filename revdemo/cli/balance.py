"""`python -m revdemo balance`: fill what each star of a table lacks, and save real and synthetic together."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

from revdemo.cli import bulk
from revdemo.cli.common import (
    INTERRUPTED,
    KINDS_SAID,
    MODEL_SETTINGS,
    SAMPLING,
    Subcommands,
    add_settings,
    add_table_options,
    open_table,
    stop_on_interrupt,
)
from revdemo.errors import RevdemoError
from revdemo.files import make_folder
from revdemo.settings import Settings

if TYPE_CHECKING:
    from revdemo.balancing.filling import FillEstimate, FillProgress
    from revdemo.balancing.job import BalanceRequest, BalanceResult, BalanceStep, Estimated
    from revdemo.balancing.plan import Balanced, BalancePlan, Held


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "balance", help="write reviews for the stars that a table lacks", allow_abbrev=False,
        description="Say what each star of a table lacks, whether the table looks like what the generator "
        "writes, and how long the gap takes; show a sample; then fill the gap, and save real and synthetic "
        "reviews together with a data card. After Ctrl-C the same command resumes it.",
    )  # fmt: skip
    option = command.add_argument
    option("file", type=Path, metavar="FILE", help="a CSV, TSV, XLSX, JSON lines or Parquet table")
    option("--out", type=Path, metavar="FOLDER", help="where the data set is saved")
    option(
        "--level", type=int, metavar="N", help="reviews per star (default: as many as the commonest star has)"
    )
    option("--seed", type=int, default=0, metavar="N", help="another seed gives other reviews (default: 0)")
    option(
        "--tolerance", type=int, default=0, metavar="0|1", help="how many stars off are accepted (default: 0)"
    )
    option("--min-confidence", type=float, default=0.0, metavar="P", help="least confidence (default: 0)")
    option("--kind", metavar="KIND", help=f"what they are about, guessed unless given: {KINDS_SAID}")
    for name, kind in SAMPLING:
        option(f"--{name}", type=kind, metavar="N", help="default: the generator's own")
    option("--accepted-cap", type=int, metavar="N", help="maximum of synthetic reviews per star")
    option(
        "--sample",
        type=int,
        default=5,
        metavar="N",
        help="reviews per star to estimate from, 0 for none (default: 5)",
    )
    option("--sample-only", action="store_true", help="stop after the sample and the estimate")
    option("--yes", action="store_true", help="fill the gap without asking")
    bulk.add_engine(command, bulk.WRITERS)
    option("--format", choices=("parquet", "csv"), default="parquet", help="of the data (default: parquet)")
    add_table_options(command)
    add_settings(command, (*MODEL_SETTINGS, "generator", "data_dir"))
    command.set_defaults(run=_balance)


def _balance(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo.balancing.job import balance  # heavy imports wait until the arguments are known to be good
    from revdemo.bulk.engine import context_of

    _check(options, settings)
    request = _request(options)
    with (
        stop_on_interrupt() as should_stop,
        context_of(
            options.engine,
            settings,
            bulk.crew_of(options),
            announce=bulk.name_dashboard,
            should_stop=should_stop,
        ) as context,
        closing(balance(request, context, options.out)) as steps,
    ):
        result = _follow(options, steps)
        stopped = should_stop()
    if result is not None and request.fill:
        _report(result.balanced, options.out, stopped)
    return INTERRUPTED if stopped else 0


def _follow(options: argparse.Namespace, steps: Iterator[BalanceStep]) -> BalanceResult | None:
    """Show each step; returns the result, None where nobody agreed to the fill."""
    from revdemo.balancing.job import BalanceResult, DistanceMeasured, Estimated, FillProgress, Planned

    plan: BalancePlan | None = None
    bar: tqdm | None = None
    sampled = False
    for step in steps:
        match step:
            case Planned():
                plan = step.plan
                _say_gaps(plan)
            case DistanceMeasured(distance=distance) if distance:
                print(distance)
            case FillProgress() if bar is not None and plan is not None:
                _advance(bar, plan, step)
            case FillProgress():
                sampled = True
                _show_sampled(step)
            case Estimated():
                _say_estimated(step, sampled)
                if step.held.missing(step.plan) and not options.sample_only:
                    if not _agreed(options):
                        return None
                    bar = _bar(step.plan, step.held)
            case BalanceResult():
                if bar is not None:
                    bar.close()
                return step
    return None


def _check(options: argparse.Namespace, settings: Settings) -> None:
    """Refuse, before any work is done, what would fail at the end of it."""
    bulk.check(options, settings)
    if options.out is None and not options.sample_only:
        raise RevdemoError("Where should the data set go? Name a folder with --out.")
    if options.out:
        make_folder(options.out)


def _request(options: argparse.Namespace) -> BalanceRequest:
    from revdemo.balancing.job import BalanceRequest, Limits

    names = [name.replace("-", "_") for name, _ in SAMPLING]
    given = {name: getattr(options, name) for name in ("tolerance", "min_confidence", "kind", *names)}
    return BalanceRequest(
        open_table(options, options.file),
        level=options.level,
        seed=options.seed,
        options=given,
        limits=Limits() if options.accepted_cap is None else Limits(accepted=options.accepted_cap),
        sample=options.sample,
        fill=not options.sample_only,
        kind=options.format,
    )


def _say_gaps(plan: BalancePlan) -> None:
    from revdemo.balancing.plan import count

    real = count(plan.stars)
    for star, gap in plan.gaps.items():
        print(f"{star} stars: {real[star]:,} reviews, " + (f"{gap:,} missing" if gap else "none missing"))
    for star, gap in plan.over.items():
        print(f"{star} stars: {gap:,} are missing; --accepted-cap allows {plan.limits.accepted:,}.")


def _show_sampled(progress: FillProgress) -> None:
    """Print each review of a sample as it is judged."""
    for review in progress.new:
        verdict = "accepted" if review.accepted else f"rejected ({review.reason})"
        stars = f"{review.requested} requested, {review.predicted or '-'} predicted"
        print(f"[{stars}: {verdict}] {review.text}")


def _say_estimated(step: Estimated, sampled: bool) -> None:
    if not sampled:
        print(_counts(step.plan, step.held, "Resuming from what an earlier fill wrote"))
    if step.estimate:
        for line in _estimate(step.estimate):
            print(line)


def _estimate(estimate: FillEstimate) -> Iterator[str]:
    for star, rate in estimate.rates.items():
        share = f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})"
        yield f"{star} stars: {share} accepted, {estimate.missing[star]:,} still missing"
    least = f"at least {_minutes(estimate.low)}"
    most = "no upper estimate until every star has an accepted review"
    if estimate.high is not None:
        most = f"at most {_minutes(estimate.high)}"
    likely = "" if estimate.seconds is None else f"about {_minutes(estimate.seconds)}: "
    yield f"{estimate.pace:.1f} reviews per second; in total {likely}{least}, {most}."


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"


def _agreed(options: argparse.Namespace) -> bool:
    if options.yes:
        return True
    if not sys.stdin.isatty():
        print("Add --yes to fill the gap.")
        return False
    return input("Fill the gap now? [y/N] ").strip().lower() in ("y", "yes")


def _bar(plan: BalancePlan, held: Held) -> tqdm:
    wanted = sum(plan.wanted.values())
    return tqdm(total=wanted, initial=_have(plan, held), unit="review", desc="accepted")


def _advance(bar: tqdm, plan: BalancePlan, progress: FillProgress) -> None:
    rates = progress.held.rates()
    rate = f", {rates[progress.star].value:.0%} accepted" if progress.star in rates else ""
    left = "" if progress.seconds_left is None else f", {_minutes(progress.seconds_left)} left"
    bar.set_postfix_str(f"{progress.star} stars{rate}{left}")
    bar.update(_have(plan, progress.held) - bar.n)


def _have(plan: BalancePlan, held: Held) -> int:
    return sum(plan.wanted.values()) - sum(held.missing(plan).values())


def _counts(plan: BalancePlan, held: Held, what: str) -> str:
    return f"{what}: {_have(plan, held):,} of {sum(plan.wanted.values()):,} are there."


def _report(balanced: Balanced, out: Path | None, stopped: bool) -> None:
    print(_counts(balanced.plan, balanced.held, "Accepted"))
    for star, count in balanced.missing.items():
        why = "" if stopped else ": too few reviews are accepted, see the estimate"
        print(f"{star} stars still lack {count:,}{why}.")
    if balanced.missing:
        print("The same command resumes from here.")
    if out:
        print(out)
