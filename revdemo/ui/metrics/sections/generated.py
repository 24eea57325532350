"""What the filter and the judges say of generated reviews: the table, acceptance, examples."""

from collections.abc import Iterator, Mapping, Sequence

import plotly.graph_objects as go

from revdemo.evaluation import original_project
from revdemo.evaluation.results import Example, GeneratedFile
from revdemo.reviews import STARS
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Chart, Files, text
from revdemo.ui.metrics.sections.stars import caption_of, original_row, star_row
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.tables import Cell, Row, percent, table

JUDGES = ("filter", "judge", "second_judge")


def summary(report: GeneratedFile, original: bool = True) -> str:
    """Generated reviews in sentences and a table; original: beside the original project's figures."""
    accepted = percent(report.acceptance.all).text
    lines = [f"{locale.GENERATED_ROWS.format(n=report.n, accepted=accepted)} {locale.GENERATED_HOW}"]
    said = [
        words.format(share=percent(report.share_of_real[name]).inline)
        for name, words in locale.SHARES_OF_REAL.items()
        if name in report.share_of_real
    ]
    if report.sampling:
        lines.append(locale.GENERATED_SAMPLING.format(used=_sampling(report.sampling)))
    if said:
        lines.append(locale.SHARE_OF_REAL.format(shares=", ".join(said)))
    return text(*lines) + _table(report, original)


def _sampling(used: Mapping[str, float | str]) -> str:
    """How the reviews were sampled, in words; a report from before there was min-p was made without it."""
    known = {"min_p": 0.0, **used}
    return ", ".join(
        f"{name} {locale.number(known[key], 'g')}" for key, name in locale.SAMPLING.items() if key in known
    )


def _table(report: GeneratedFile, original: bool) -> str:
    """What each judge says of reviews as written, as accepted, and of real ones."""
    kinds = (report.unfiltered, report.accepted, report.reference)
    groups: dict[str, Sequence[Row]] = {
        locale.BY_JUDGE[judge]: [
            star_row(name, judged[judge])
            for name, judged in zip(locale.GENERATED_ROW_NAMES, kinds, strict=True)
            if judge in judged
        ]
        for judge in JUDGES
    }
    if original:
        groups[locale.BY_ORIGINAL] = [original_row(locale.GENERATED_ROW_NAMES[0], original_project.GENERATED)]
    return table(locale.GENERATED_HEAD, groups, caption_of(locale.GENERATED_TABLE, original))


def acceptance(files: Files) -> Iterator[Block]:
    """How many generated reviews the filter accepts, by stars, and why it rejects the others."""
    report = files.get("generated")
    if report is None:
        return
    rates = [report.acceptance.by_stars[str(star)] for star in STARS]
    yield Chart(
        locale.ACCEPTANCE_CHART,
        locale.ACCEPTANCE_HOW.format(all=percent(report.acceptance.all).inline),
        acceptance_figure(rates),
        describe_acceptance(rates),
        _rejected(report.rejected),
    )


def acceptance_figure(rates: Sequence[charts.Rate]) -> go.Figure:
    """The share of generated reviews accepted, by requested stars, with intervals.

    Args:
        rates: five shares in star order.
    """
    labels = zip(charts.STAR_LABELS, rates, strict=True)
    bars = go.Bar(
        # The share is said below the bar: beside it, it would lie on the whisker.
        x=[f"{star}<br>{html.percent(rate.value)}" for star, rate in labels],
        y=[rate.value for rate in rates],
        error_y=charts.whiskers(rates),
        marker_color=charts.BLUE,
        hovertemplate="%{y:.1%}<extra></extra>",
    )
    y = {"title_text": locale.PLOT_ACCEPTED, "range": [0, 1], "tickformat": ".0%"}
    return charts.draw([bars], height=300, x={"title_text": locale.ASKED}, y=y)


def describe_acceptance(rates: Sequence[charts.Rate]) -> str:
    """The same in words."""
    parts = [f"{html.counted(star)} {html.percent(rate.value)}" for star, rate in enumerate(rates, start=1)]
    return locale.PLOT_ACCEPTANCE.format(parts=", ".join(parts))


def _rejected(counts: Mapping[str, int]) -> str:
    """Why reviews were rejected, the most frequent reason first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    rows = [
        [locale.REASONS.get(reason, reason), Cell(locale.number(count, ","))] for reason, count in ordered
    ]
    return table(locale.REJECTED_HEAD, {"": rows}) if rows else ""


def examples(files: Files) -> Iterator[Block]:
    """An accepted and a rejected review of each star."""
    report = files.get("generated")
    if report and report.examples:
        ordered = sorted(report.examples, key=lambda one: (one.requested, not one.accepted))
        cards = "".join(map(_example, ordered))
        yield text(locale.EXAMPLES_HOW) + f'<div class="rd-examples">{cards}</div>'


def _example(one: Example) -> str:
    found = {name: getattr(one, name) for name in locale.FOUND_BY}
    lines = [(locale.ASKED, one.requested), *[(locale.FOUND_BY[by], n) for by, n in found.items() if n]]
    said = "".join(f"<span>{html.escape(name)} {html.stars(count, name)}</span>" for name, count in lines)
    reason = "" if one.accepted else one.reason or "stars"
    return f'<div><p class="rd-verdicts">{said}</p>{html.review(one.text, None, None, reason)}</div>'
