"""`python -m revdemo balance`: fill what each star of a table lacks, and save real and synthetic together."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from revdemo import api, balance, dataset, distance, models
from revdemo.cli.common import INTERRUPTED, MODEL_SETTINGS, add_settings, stop_on_interrupt
from revdemo.errors import RevdemoError
from revdemo.ledger import Ledger
from revdemo.settings import Settings

SAMPLING = (("temperature", float), ("top-p", float), ("max-tokens", int), ("guidance", float))


def add(commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "balance", help="write reviews for the stars that a table lacks", allow_abbrev=False,
        description="Say what each star of a table lacks, whether the table looks like what the generator "
        "writes, and how long the gap takes; show a sample; then fill the gap, and save real and synthetic "
        "reviews together with a data card. After Ctrl-C the same command goes on.",
    )  # fmt: skip
    option = command.add_argument
    option("file", type=Path, metavar="FILE", help="a CSV, TSV, XLSX, JSON lines or Parquet table")
    option("--out", type=Path, metavar="FOLDER", help="where the data set is saved")
    option("--column", metavar="NAME", help="the column of the texts (default: guessed)")
    option("--rating", metavar="NAME", help="the column of the ratings (default: guessed)")
    option("--scale", type=int, metavar="N", help="the highest rating (default: guessed)")
    option("--level", type=int, metavar="N", help="reviews a star (default: as the commonest star has)")
    option("--seed", type=int, default=0, metavar="N", help="another seed gives other reviews (default: 0)")
    option("--tolerance", type=int, default=0, metavar="0|1", help="accept so many stars off (default: 0)")
    option("--min-confidence", type=float, default=0.0, metavar="P", help="least confidence (default: 0)")
    for name, kind in SAMPLING:
        option(f"--{name}", type=kind, metavar="N", help="default: the generator's own")
    option("--accepted-cap", type=int, metavar="N", help="at most so many synthetic reviews a star")
    option("--sample", type=int, default=5, metavar="N", help="reviews a star to estimate from (default: 5)")
    option("--sample-only", action="store_true", help="stop after the sample and the estimate")
    option("--yes", action="store_true", help="fill the gap without asking")
    option("--format", choices=("parquet", "csv"), default="parquet", help="of the data (default: parquet)")
    add_settings(command, (*MODEL_SETTINGS, "generator", "data_dir"))
    command.set_defaults(run=_balance)


def _balance(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo import tables  # heavy imports wait until the arguments are known to be good

    _check(options)
    chosen = tables.open_chosen(options.file, options.column, options.rating, options.scale)
    plan = _plan(options, chosen)
    _say_gaps(plan)
    generator, classifier = api.load_generator(settings), api.load_stars(settings)
    far = _distance(generator, plan)
    copies = models.load_copies(generator.source)
    with closing(Ledger(settings.data_dir / "ledger.sqlite")) as ledger, stop_on_interrupt() as should_stop:
        with_all = {"copies": copies, "should_stop": should_stop}
        found = balance.held(plan, generator, classifier, ledger, "")
        if any(not found.judged[star] for star in found.missing(plan)):
            steps = balance.sample(plan, generator, classifier, ledger, each=options.sample, **with_all)
            found = _show_sample(plan, steps) or found
        else:
            print(_counts(plan, found, "Going on with what an earlier fill wrote"))
        if not should_stop() and found.missing(plan):
            if options.sample_only or not _agreed(options):
                return 0
            _show_fill(plan, found, balance.fill(plan, generator, classifier, ledger, **with_all))
        balanced = balance.Balanced(plan, balance.held(plan, generator, classifier, ledger, ""))
        stopped = should_stop()
    if options.out:
        dataset.write(balanced, chosen, generator, copies, options.out, options.format, far)
    _report(balanced, options.out, stopped)
    return INTERRUPTED if stopped else 0


def _check(options: argparse.Namespace) -> None:
    """Refuse, before any work is done, what would fail at the end of it."""
    if options.sample < 1 or options.sample > 256:
        raise RevdemoError(f"--sample is {options.sample}: it must be from 1 to 256.")
    if options.out is None and not options.sample_only:
        raise RevdemoError("Where should the data set go? Name a folder with --out.")
    if options.out:
        try:
            options.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RevdemoError(
                f"{options.out} cannot be made ({error.strerror}): name another with --out."
            ) from error


def _plan(options: argparse.Namespace, chosen):
    names = [name.replace("-", "_") for name, _ in SAMPLING]
    given = {name: getattr(options, name) for name in ("tolerance", "min_confidence", *names)}
    cap = {} if options.accepted_cap is None else {"accepted": options.accepted_cap}
    return balance.plan_for(chosen, options.level, options.seed, balance.Limits(**cap), **given)


def _say_gaps(plan) -> None:
    real = balance.count(plan.stars)
    for star, gap in plan.gaps.items():
        print(f"{star} stars: {real[star]:,} reviews, " + (f"{gap:,} lacking" if gap else "none lacking"))
    for star, gap in plan.over.items():
        print(f"{star} stars: {gap:,} are lacking; --accepted-cap allows {plan.limits.accepted:,}.")


def _distance(generator, plan) -> str:
    found = distance.measure(generator, plan.texts, plan.stars)
    if found is None:
        return ""
    print(found)
    return found.told


def _show_sample(plan, steps: Iterator):
    """Print each review of the sample as it is judged, then the estimate; returns what there is by then."""
    last = None
    for last in steps:
        for review in last.new:
            verdict = "accepted" if review.accepted else f"rejected ({review.reason})"
            stars = f"{review.requested} requested, {review.predicted or '-'} predicted"
            print(f"[{stars}: {verdict}] {review.text}")
    if last is None:
        return None
    if last.judged and last.held.missing(plan):
        for line in _estimate(balance.estimate(plan, last.held, last.judged, last.seconds)):
            print(line)
    return last.held


def _estimate(found) -> Iterator[str]:
    for star, rate in found.rates.items():
        share = f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})"
        yield f"{star} stars: {share} accepted, {found.missing[star]:,} still lacking"
    least = f"{_minutes(found.low)} at least"
    most = (
        "no end in sight for a star without an accepted one" if found.high is None else _minutes(found.high)
    )
    likely = "" if found.seconds is None else f"about {_minutes(found.seconds)}: "
    yield f"{found.pace:.1f} reviews a second; the whole takes {likely}{least}, {most} at most."


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"


def _agreed(options: argparse.Namespace) -> bool:
    if options.yes:
        return True
    if not sys.stdin.isatty():
        print("Add --yes to fill the gap.")
        return False
    return input("Fill the gap now? [y/N] ").strip().lower() in ("y", "yes")


def _show_fill(plan, found, steps: Iterator) -> None:
    wanted = sum(plan.wanted.values())
    have = _have(plan, found)
    with tqdm(total=wanted, initial=have, unit="review", desc="accepted") as bar:
        for step in steps:
            rates = step.held.rates()
            rate = f", {rates[step.star].value:.0%} accepted" if step.star in rates else ""
            left = "" if step.seconds_left is None else f", {_minutes(step.seconds_left)} left"
            bar.set_postfix_str(f"{step.star} stars{rate}{left}")
            bar.update(_have(plan, step.held) - bar.n)


def _have(plan, found) -> int:
    return sum(plan.wanted.values()) - sum(found.missing(plan).values())


def _counts(plan, found, what: str) -> str:
    return f"{what}: {_have(plan, found):,} of {sum(plan.wanted.values()):,} are there."


def _report(balanced, out: Path | None, stopped: bool) -> None:
    print(_counts(balanced.plan, balanced.held, "Accepted"))
    for star, count in balanced.missing.items():
        why = "" if stopped else ": too few reviews are accepted, see the estimate"
        print(f"{star} stars still lack {count:,}{why}.")
    if balanced.missing:
        print("The same command goes on from here.")
    if out:
        print(out)
