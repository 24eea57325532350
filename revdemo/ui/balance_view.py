"""What the Balance tab shows: pure functions, everything that a model or a visitor wrote escaped."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from revdemo import plots
from revdemo.filling import Estimate, Progress
from revdemo.loop import Review
from revdemo.plan import Held, Plan, count
from revdemo.reviews import STARS
from revdemo.ui import cards, strings
from revdemo.ui.metrics_tables import NONE, Cell, table

NOTHING = Held()  # of a plan that has not begun


def chart(real: Mapping[int, int], synthetic: Mapping[int, int], lacking: Mapping[int, int]) -> go.Figure:
    """Real, synthetic and lacking reviews of each star."""
    return plots.gaps(*([counts.get(star, 0) for star in STARS] for counts in (real, synthetic, lacking)))


def counts_table(
    real: Mapping[int, int], level: int, synthetic: Mapping[int, int], found: Held = NOTHING
) -> str:
    """The same as a table, with the acceptance of each star of which any review was judged."""
    rates = found.rates()
    rows = []
    for star in STARS:
        rate = rates.get(star)
        share = NONE
        if rate:
            low, high = cards.percent(rate.low), cards.percent(rate.high)
            share = Cell(cards.percent(rate.value), strings.INTERVAL.format(low=low, high=high))
        lacking = max(0, level - real[star] - synthetic.get(star, 0))
        rows.append((f"{star} ★", f"{real[star]:,}", f"{lacking:,}", f"{synthetic.get(star, 0):,}", share))
    return table(strings.BALANCE_HEAD, {"": rows}, strings.BALANCE_GAPS)


def synthetic_of(plan: Plan, found: Held) -> dict[int, int]:
    """How many synthetic reviews of each star the data set would have now."""
    return count([review.requested for review in found.reviews(plan)])


def lacks(real: Mapping[int, int], level: int, limit: int) -> str:
    """What is lacking at a level, and which gaps are larger than what one fill may write."""
    found = {star: max(0, level - rows) for star, rows in real.items()}
    total = sum(found.values())
    if not total:
        return cards.message(strings.BALANCE_NONE)
    over = [f"{star} ★" for star, gap in found.items() if gap > limit]
    note = strings.BALANCE_OVER.format(limit=f"{limit:,}", stars=", ".join(over)) if over else ""
    ready = cards.message(strings.BALANCE_READY.format(lacking=f"{total:,}"))
    return ready + (cards.message(note, "warning") if note else "")


def running(plan: Plan, progress: Progress) -> str:
    """A fill or a sample under way: which star, how many of how many, how long still."""
    wanted, missing = sum(plan.wanted.values()), sum(progress.held.missing(plan).values())
    facts = [
        strings.BALANCE_WRITING.format(
            star=progress.star, accepted=f"{wanted - missing:,}", wanted=f"{wanted:,}"
        )
    ]
    rate = progress.held.rates().get(progress.star)
    if rate:
        shares = {name: cards.percent(share) for name, share in rate._asdict().items()}
        facts.append(strings.RATE.format(**shares))
    if progress.seconds_left is not None:
        facts.append(strings.LEFT.format(time=cards.duration(progress.seconds_left)))
    return _summary(strings.ENDINGS["running"], facts, (wanted - missing) / wanted, spoken=False)


def estimated(plan: Plan, found: Estimate) -> str:
    """What the sample says of the whole."""
    facts = [strings.BALANCE_PACE.format(pace=found.pace)]
    if found.seconds is None or found.high is None:
        facts.append(strings.BALANCE_ENDLESS.format(low=cards.duration(found.low)))
    else:
        times = {"likely": found.seconds, "low": found.low, "high": found.high}
        facts.append(
            strings.BALANCE_TAKES.format(**{name: cards.duration(time) for name, time in times.items()})
        )
    wanted, missing = sum(plan.wanted.values()), sum(found.missing.values())
    return _summary(strings.BALANCE_SAMPLED, facts, (wanted - missing) / wanted)


def ended(plan: Plan, found: Held, stopped: bool, seconds: float) -> str:
    """A fill that is over, one way or another."""
    wanted, missing = sum(plan.wanted.values()), sum(found.missing(plan).values())
    text = strings.BALANCE_STOPPED if stopped else strings.BALANCE_SHORT
    text = text.format(missing=f"{missing:,}") if missing else strings.BALANCE_DONE
    facts = [
        strings.ACCEPTED_OF.format(accepted=f"{wanted - missing:,}", target=f"{wanted:,}"),
        strings.TOOK.format(time=cards.duration(seconds)),
    ]
    return _summary(text, facts, (wanted - missing) / wanted)


def sampled(reviews: Sequence[Review]) -> str:
    """The reviews of a sample, a column for each star, accepted and rejected ones alike."""
    columns = []
    for star in sorted({review.requested for review in reviews}):
        own = [review for review in reviews if review.requested == star]
        accepted = sum(review.accepted for review in own)
        title = strings.BALANCE_SAMPLE_OF.format(star=star, accepted=accepted, judged=len(own))
        shown = [cards.review(one.text, one.predicted, one.confidence, one.reason) for one in own]
        columns.append(cards.column(title, len(own), shown, ""))
    return f'<div class="rd-examples">{"".join(columns)}</div>' if columns else ""


def _summary(text: str, facts: Sequence[str], share: float, spoken: bool = True) -> str:
    spans = "".join(f"<span>{cards.escape(fact)}</span>" for fact in facts)
    how = 'role="status"' if spoken else 'aria-live="off"'
    return (
        f'<div class="rd-run" {how}><p><strong>{cards.escape(text)}</strong></p>'
        f'<p class="rd-facts">{spans}</p>'
        f"{cards.bar(share, strings.BALANCE_TAB)}</div>"
    )
