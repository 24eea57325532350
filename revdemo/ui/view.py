"""A run as the page shows it: its progress, its two columns, its heat map."""

from typing import NamedTuple

import plotly.graph_objects as go

from revdemo import plots
from revdemo.loop import Request, Review, Run, Step, wilson
from revdemo.ui import cards, strings

NEAREST = 5  # misses shown when nothing was accepted
SHOWN = 60  # newest cards of a column: a longer page would stutter while it streams


class View(NamedTuple):
    """HTML of the summary and of both columns, and the heat map."""

    summary: str
    accepted: str
    rejected: str
    heat_map: go.Figure


def of_step(step: Step) -> View:
    """A run under way, or just ended."""
    if step.run.ended:
        return of_run(step.run, step.run.ended, step.seconds)
    facts = [strings.ROUND_OF.format(round=step.round, rounds=step.run.request.rounds), *_counts(step.run)]
    if step.seconds_left is not None:
        facts.append(strings.LEFT.format(time=cards.duration(step.seconds_left)))
    return _view(step.run, "running", facts)


def of_run(run: Run, state: str, seconds: float | None = None) -> View:
    """A run that is over or comes from the ledger; state: one of its endings, "running" or "interrupted"."""
    took = [] if seconds is None else [strings.TOOK.format(time=cards.duration(seconds))]
    return _view(run, state, _counts(run) + took)


def waiting(text: str, kind: str = "") -> str:
    """A summary that says what the run waits for, or why there is none."""
    return f'<div class="rd-run">{cards.message(text, kind)}</div>'


def columns(accepted: list[Review], rejected: list[Review], nearest: list[Review]) -> tuple[str, str]:
    """Both columns as HTML; the nearest misses stand in for accepted reviews, and are said to be misses."""
    if nearest and not accepted:
        left = cards.column(strings.ACCEPTED, 0, [_card(one) for one in nearest], "", strings.NEAREST)
    else:
        left = _newest(strings.ACCEPTED, accepted, strings.NONE_ACCEPTED_YET)
    return left, _newest(strings.REJECTED, rejected, strings.NONE_REJECTED_YET)


def _view(run: Run, state: str, facts: list[str]) -> View:
    nearest = [] if state == "running" else run.nearest[:NEAREST]
    left, right = columns(run.accepted, run.rejected, nearest)
    return View(_summary(run, state, facts), left, right, plots.requested_predicted(run.confusion))


def _summary(run: Run, state: str, facts: list[str]) -> str:
    share = min(1.0, len(run.accepted) / run.request.target)
    spans = "".join(f"<span>{cards.escape(fact)}</span>" for fact in facts)
    ending = strings.ENDINGS[state]
    spoken = 'aria-live="off"' if state == "running" else 'role="status"'  # not every quarter of a second
    return (
        f'<div class="rd-run" {spoken}><p>{cards.stars(run.request.stars, strings.ASKED)}'
        f'<strong>{cards.escape(ending)}</strong></p><p class="rd-facts">{spans}</p>'
        f"{cards.bar(share, strings.ACCEPTED)}</div>"
    )


def _counts(run: Run) -> list[str]:
    accepted, judged = len(run.accepted), len(run.accepted) + len(run.rejected)
    counts = [_accepted(accepted, run.request), strings.REJECTED_COUNT.format(rejected=len(run.rejected))]
    if judged:
        rate = wilson(accepted, judged)
        shares = {name: cards.percent(share) for name, share in rate._asdict().items()}
        counts.append(strings.RATE.format(**shares))
    return counts


def _accepted(count: int, request: Request) -> str:
    if request.until_first:
        return strings.ACCEPTED_COUNT.format(accepted=count)
    return strings.ACCEPTED_OF.format(accepted=count, target=request.accepted)


def _newest(title: str, reviews: list[Review], empty: str) -> str:
    shown = [_card(one) for one in reversed(reviews[-SHOWN:])]
    return cards.column(title, len(reviews), shown, empty, older=len(reviews) - len(shown))


def _card(one: Review) -> str:
    return cards.review(one.text, one.predicted, one.confidence, one.reason)
