"""The answer of Is it worth it? as HTML: the verdict, three arms with intervals, and what they rest on."""

from collections.abc import Callable, Mapping, Sequence

from revdemo.balancing.utility import UtilityStep
from revdemo.balancing.utility_report import MAIN, UtilityReport
from revdemo.intervals import Rate
from revdemo.ui import locale
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.progress import job_progress
from revdemo.ui.parts.tables import NONE, Cell, Row, number, percent, points, signed, table

Figure = Callable[[Rate | None], Cell]  # how a rate is shown

MEASURES = ("exact", "near", "mae", MAIN)


def running(step: UtilityStep) -> str:
    """How far the work is, and how long it will take."""
    facts = [locale.UTILITY_PROGRESS.format(done=step.done, of=step.of)]
    if step.seconds_left:
        facts.append(locale.LEFT.format(time=html.duration(step.seconds_left)))
    return job_progress(facts, step.done / step.of, locale.UTILITY_TAB)


def answer(report: UtilityReport) -> tuple[str, str, dict[str, Rate]]:
    """The verdict, the tables with how to read them, and what the chart shows by arm."""
    arms = {locale.UTILITY_ARMS[arm]: _drawn(own[MAIN]) for arm, own in report.arms.items()}
    said = html.escape(locale.said(report.verdict))
    verdict = (
        f'<div class="rd-run" role="status"><p><strong>{said}</strong></p>{_paragraph(_rows(report))}</div>'
    )
    spoken = f'<span class="rd-spoken">{html.escape(charts.describe_intervals(arms))}</span>'
    how = _paragraph(locale.UTILITY_HOW) + _paragraph(locale.UTILITY_OF_ADAPTED)
    return verdict, spoken + _figures(report) + _recalls(report) + how, arms


def _drawn(rate: Rate) -> Rate:
    """A rate whose interval may be drawn: that of few rows has none."""
    return Rate(rate.value, rate.value, rate.value, True) if rate.few else rate


def _rows(report: UtilityReport) -> str:
    said = [
        locale.UTILITY_ROWS.format(
            real=sum(report.real),
            train=report.train,
            test=report.test,
            resamples=report.plan.resamples,
            synthetic=sum(report.synthetic),
        ),
        locale.UTILITY_COUNTS.format(real=_listed(report.real), synthetic=_listed(report.synthetic)),
    ]
    if report.repeats:
        said.append(locale.UTILITY_REPEATS.format(count=report.repeats))
    return " ".join(said)


def _figures(report: UtilityReport) -> str:
    groups = {
        "": [_row(arm, own, percent, number) for arm, own in report.arms.items()],
        locale.UTILITY_GAIN: [_row(arm, own, points, signed) for arm, own in report.differences.items()],
    }
    return table(locale.UTILITY_HEAD, groups, locale.UTILITY_TABLE)


def _row(arm: str, own: Mapping[str, Rate], share: Figure, error: Figure) -> Row:
    cells = (error(own[name]) if name == "mae" else share(own[name]) for name in MEASURES)
    return locale.UTILITY_ARMS[arm], *cells


def _recalls(report: UtilityReport) -> str:
    groups = {
        "": [_recall_row(arm, own, percent) for arm, own in report.arms.items()],
        locale.UTILITY_GAIN: [_recall_row(arm, own, points) for arm, own in report.differences.items()],
    }
    head = (locale.UTILITY_HEAD[0], *(f"{stars} ★" for stars in range(1, 6)))
    return table(head, groups, locale.UTILITY_RECALL)


def _recall_row(arm: str, own: Mapping[str, Rate], show: Figure) -> Row:
    cells: list[Cell] = [
        show(own[f"recall_{stars}"]) if f"recall_{stars}" in own else NONE for stars in range(1, 6)
    ]
    return locale.UTILITY_ARMS[arm], *cells


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(locale.number(count, ",") for count in counts)


def _paragraph(text: str) -> str:
    return f'<p class="rd-how">{html.escape(text)}</p>'
