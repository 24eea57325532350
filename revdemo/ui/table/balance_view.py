"""What the Balance tab shows: pure functions, everything that a model or a visitor wrote escaped."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from revdemo.balancing.filling import FillEstimate, FillProgress
from revdemo.balancing.plan import BalancePlan, Held, count
from revdemo.generation.request import Review
from revdemo.reviews import STARS
from revdemo.ui import locale
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.progress import job_progress
from revdemo.ui.parts.tables import NONE, Cell, Row, table

NOTHING = Held()  # of a plan that has not begun


def chart(real: Mapping[int, int], synthetic: Mapping[int, int], lacking: Mapping[int, int]) -> go.Figure:
    """Real, synthetic and lacking reviews of each star."""
    shown = (
        (locale.PLOT_REAL, real, charts.GREY),
        (locale.PLOT_SYNTHETIC, synthetic, charts.BLUE),
        (locale.PLOT_LACKING, lacking, charts.EMPTY),
    )
    series = [(name, [counts.get(star, 0) for star in STARS], colour) for name, counts, colour in shown]
    return charts.star_counts(series, stacked=True)


def counts_table(
    real: Mapping[int, int], level: int, synthetic: Mapping[int, int], found: Held = NOTHING
) -> str:
    """The same as a table, with the acceptance of each star of which any review was judged."""
    rates = found.rates()
    rows: list[Row] = []
    for star in STARS:
        rate = rates.get(star)
        share = NONE
        if rate:
            low, high = html.percent(rate.low), html.percent(rate.high)
            share = Cell(html.percent(rate.value), locale.INTERVAL.format(low=low, high=high))
        lacking = max(0, level - real[star] - synthetic.get(star, 0))
        rows.append(
            (
                f"{star} ★",
                *(locale.number(count, ",") for count in (real[star], lacking, synthetic.get(star, 0))),
                share,
            )
        )
    return table(locale.BALANCE_HEAD, {"": rows}, locale.BALANCE_GAPS)


def synthetic_of(plan: BalancePlan, found: Held) -> dict[int, int]:
    """How many synthetic reviews of each star the data set would have now."""
    return count([review.requested for review in found.reviews(plan)])


def lacks(real: Mapping[int, int], level: int, limit: int) -> str:
    """What is lacking at a level, and which gaps are larger than what one fill may write."""
    found = {star: max(0, level - rows) for star, rows in real.items()}
    total = sum(found.values())
    if not total:
        return html.message(locale.BALANCE_NONE)
    over = [f"{star} ★" for star, gap in found.items() if gap > limit]
    note = locale.BALANCE_OVER.format(limit=limit, stars=", ".join(over)) if over else ""
    ready = html.message(locale.BALANCE_READY.format(lacking=total))
    return ready + (html.message(note, "warning") if note else "")


def running(plan: BalancePlan, progress: FillProgress) -> str:
    """A fill or a sample under way: which star, how many of how many, how long still."""
    wanted, missing = sum(plan.wanted.values()), sum(progress.held.missing(plan).values())
    facts = [locale.BALANCE_WRITING.format(star=progress.star, accepted=wanted - missing, wanted=wanted)]
    rate = progress.held.rates().get(progress.star)
    if rate:
        shares = {name: html.percent(share) for name, share in rate.as_dict().items()}
        facts.append(locale.RATE.format(**shares))
    if progress.seconds_left is not None:
        facts.append(locale.LEFT.format(time=html.duration(progress.seconds_left)))
    return _summary(locale.ENDINGS["running"], facts, (wanted - missing) / wanted, spoken=False)


def estimated(plan: BalancePlan, found: FillEstimate) -> str:
    """What the sample says of the whole."""
    facts = [locale.BALANCE_PACE.format(pace=found.pace)]
    if found.seconds is None or found.high is None:
        facts.append(locale.BALANCE_ENDLESS.format(low=html.duration(found.low)))
    else:
        times = {"likely": found.seconds, "low": found.low, "high": found.high}
        facts.append(
            locale.BALANCE_TAKES.format(**{name: html.duration(time) for name, time in times.items()})
        )
    wanted, missing = sum(plan.wanted.values()), sum(found.missing.values())
    return _summary(locale.BALANCE_SAMPLED, facts, (wanted - missing) / wanted)


def ended(plan: BalancePlan, found: Held, stopped: bool, seconds: float) -> str:
    """A fill that is over, one way or another."""
    wanted, missing = sum(plan.wanted.values()), sum(found.missing(plan).values())
    text = locale.BALANCE_STOPPED if stopped else locale.BALANCE_SHORT
    text = text.format(missing=missing) if missing else locale.BALANCE_DONE
    facts = [
        locale.ACCEPTED_OF.format(accepted=wanted - missing, target=wanted),
        locale.TOOK.format(time=html.duration(seconds)),
    ]
    return _summary(text, facts, (wanted - missing) / wanted)


def sampled(reviews: Sequence[Review]) -> str:
    """The reviews of a sample, a column for each star, accepted and rejected ones alike."""
    columns = []
    for star in sorted({review.requested for review in reviews}):
        own = [review for review in reviews if review.requested == star]
        accepted = sum(review.accepted for review in own)
        title = locale.BALANCE_SAMPLE_OF.format(star=star, accepted=accepted, judged=len(own))
        shown = [html.review(one.text, one.predicted, one.confidence, one.reason) for one in own]
        columns.append(html.column(title, None, shown, ""))
    return f'<div class="rd-examples">{"".join(columns)}</div>' if columns else ""


def _summary(text: str, facts: Sequence[str], share: float, spoken: bool = True) -> str:
    return job_progress(facts, share, locale.BALANCE_TAB, said=text, spoken=spoken)
