"""A run as the page shows it: its progress, its two columns, its heat map."""

from typing import NamedTuple

import plotly.graph_objects as go

from revdemo.generation.request import BY_HAND, Request, Review, Run, Step
from revdemo.intervals import wilson
from revdemo.ui import locale
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.progress import job_progress

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
    facts = [locale.ROUND_OF.format(round=step.round, rounds=step.run.request.rounds), *_counts(step.run)]
    if step.seconds_left is not None:
        facts.append(locale.LEFT.format(time=html.duration(step.seconds_left)))
    return _view(step.run, "running", facts)


def of_run(run: Run, state: str, seconds: float | None = None) -> View:
    """A run that is over or comes from the ledger; state: one of its endings, "running" or "interrupted"."""
    took = [] if seconds is None else [locale.TOOK.format(time=html.duration(seconds))]
    return _view(run, state, _counts(run) + took, decides=state != "running")


def columns(
    accepted: list[Review], rejected: list[Review], nearest: list[Review], decides: bool = False
) -> tuple[str, str]:
    """Both columns as HTML; the nearest misses stand in for accepted reviews, and are said to be misses.

    Where the visitor `decides`, each card has a button that takes its review in or keeps it out.
    """
    if nearest and not accepted:
        left = html.column(locale.ACCEPTED, 0, [_card(one, False) for one in nearest], "", locale.NEAREST)
    else:
        left = _newest(locale.ACCEPTED, accepted, locale.NONE_ACCEPTED_YET, decides)
    return left, _newest(locale.REJECTED, rejected, locale.NONE_REJECTED_YET, decides)


def _view(run: Run, state: str, facts: list[str], decides: bool = False) -> View:
    nearest = [] if state == "running" else run.nearest[:NEAREST]
    left, right = columns(run.accepted, run.rejected, nearest, decides)
    return View(_summary(run, state, facts), left, right, charts.requested_predicted(run.confusion))


def _summary(run: Run, state: str, facts: list[str]) -> str:
    return job_progress(
        facts,
        min(1.0, len(run.accepted) / run.request.target),
        locale.ACCEPTED,
        said=locale.ENDINGS[state],
        before=html.stars(run.request.stars, locale.ASKED),
        spoken=state != "running",
    )


def _counts(run: Run) -> list[str]:
    accepted, judged = len(run.accepted), len(run.accepted) + len(run.rejected)
    counts = [_accepted(accepted, run.request), locale.REJECTED_COUNT.format(rejected=len(run.rejected))]
    taken_in, kept_out = (sum(one.by_hand for one in own) for own in (run.accepted, run.rejected))
    if taken_in or kept_out:
        counts.append(locale.BY_HAND.format(kept_out=kept_out, taken_in=taken_in))
    if judged:
        rate = wilson(accepted - taken_in + kept_out, judged)  # the filter's, whatever a person decided
        shares = {name: html.percent(share) for name, share in rate.as_dict().items()}
        counts.append(locale.RATE.format(**shares))
    return counts


def _accepted(count: int, request: Request) -> str:
    if request.until_first:
        return locale.ACCEPTED_COUNT.format(accepted=count)
    return locale.ACCEPTED_OF.format(accepted=count, target=request.accepted)


def _newest(title: str, reviews: list[Review], empty: str, decides: bool) -> str:
    shown = [_card(one, decides) for one in reversed(reviews[-SHOWN:])]
    return html.column(title, len(reviews), shown, empty, older=len(reviews) - len(shown))


def _card(one: Review, decides: bool) -> str:
    reason = locale.KEPT_OUT if one.reason == BY_HAND else one.reason
    below = ""
    if one.accepted and one.by_hand:
        said = locale.REASONS.get(one.filter_reason, one.filter_reason)
        below = html.reason_line(locale.TAKEN_IN.format(reason=said))
    if decides and (one.accepted or one.can_be_accepted):
        label = locale.UNDO if one.by_hand else locale.KEEP_OUT if one.accepted else locale.TAKE_IN
        below += html.decide(one.index, not one.accepted, label)
    return html.review(one.text, one.predicted, one.confidence, reason, below)
