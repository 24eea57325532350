"""The answer of Is it worth it? as HTML: the verdict, three arms with intervals, and what they rest on."""

from collections.abc import Mapping, Sequence

from revdemo import plots
from revdemo.ui import cards, strings
from revdemo.ui.metrics_tables import NONE, Cell, Row, number, percent, points, signed, table
from revdemo.utility import MAIN, Estimate, Report, Step

MEASURES = ("exact", "near", "mae", MAIN)


def running(step: Step) -> str:
    """How far the work is, and how long it will take."""
    facts = [strings.WORTH_PROGRESS.format(done=step.done, of=step.of)]
    if step.seconds_left:
        facts.append(strings.LEFT.format(time=cards.duration(step.seconds_left)))
    spans = "".join(f"<span>{cards.escape(fact)}</span>" for fact in facts)
    return (
        f'<div class="rd-run" aria-live="off"><p class="rd-facts">{spans}</p>'
        f"{cards.bar(step.done / step.of, strings.WORTH)}</div>"
    )


def answer(report: Report) -> tuple[str, str, dict[str, Estimate]]:
    """The verdict, the tables with how to read them, and what the chart shows by arm."""
    arms = {strings.WORTH_ARMS[arm]: own[MAIN] for arm, own in report.arms.items()}
    said = cards.escape(strings.said(report.verdict))
    verdict = (
        f'<div class="rd-run" role="status"><p><strong>{said}</strong></p>{_paragraph(_rows(report))}</div>'
    )
    spoken = f'<span class="rd-spoken">{cards.escape(plots.describe_intervals(arms))}</span>'
    how = _paragraph(strings.WORTH_HOW) + _paragraph(strings.WORTH_ADAPTED)
    return verdict, spoken + _figures(report) + _recalls(report) + how, arms


def _rows(report: Report) -> str:
    said = [
        strings.WORTH_ROWS.format(
            real=f"{sum(report.real):,}",
            train=f"{report.train:,.0f}",
            test=f"{report.test:,.0f}",
            resamples=report.plan.resamples,
            synthetic=f"{sum(report.synthetic):,}",
        ),
        strings.WORTH_COUNTS.format(real=_listed(report.real), synthetic=_listed(report.synthetic)),
    ]
    if report.repeats:
        said.append(strings.WORTH_REPEATS.format(count=f"{report.repeats:,.1f}"))
    return " ".join(said)


def _figures(report: Report) -> str:
    groups = {
        "": [_row(arm, own, percent, number) for arm, own in report.arms.items()],
        strings.WORTH_GAIN: [_row(arm, own, points, signed) for arm, own in report.differences.items()],
    }
    return table(strings.WORTH_HEAD, groups, strings.WORTH_TABLE)


def _row(arm: str, own: Mapping[str, Estimate], share, error) -> Row:
    cells = (error(own[name]) if name == "mae" else share(own[name]) for name in MEASURES)
    return strings.WORTH_ARMS[arm], *cells


def _recalls(report: Report) -> str:
    groups = {
        "": [_recall_row(arm, own, percent) for arm, own in report.arms.items()],
        strings.WORTH_GAIN: [_recall_row(arm, own, points) for arm, own in report.differences.items()],
    }
    head = (strings.WORTH_HEAD[0], *(f"{stars} ★" for stars in range(1, 6)))
    return table(head, groups, strings.WORTH_RECALL)


def _recall_row(arm: str, own: Mapping[str, Estimate], show) -> Row:
    cells: list[Cell] = [
        show(own[f"recall_{stars}"]) if f"recall_{stars}" in own else NONE for stars in range(1, 6)
    ]
    return strings.WORTH_ARMS[arm], *cells


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(f"{count:,}" for count in counts)


def _paragraph(text: str) -> str:
    return f'<p class="rd-how">{cards.escape(text)}</p>'
