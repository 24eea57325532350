"""The predictions of a table as HTML: progress, figures and rows to look at, everything escaped."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from revdemo.tables.predict import PredictProgress
from revdemo.tables.summary import Look, Summary
from revdemo.tables.table import Chosen
from revdemo.ui import locale
from revdemo.ui.parts import charts, html, tables
from revdemo.ui.parts.progress import job_progress


def running(progress: PredictProgress) -> str:
    """A table under way."""
    facts = [_rows(progress)]
    if progress.seconds_left is not None and progress.done < progress.rows:
        facts.append(locale.LEFT.format(time=html.duration(progress.seconds_left)))
    if progress.resumed:
        facts.append(locale.PREDICT_RESUMED.format(rows=progress.resumed))
    said = locale.PREDICT_WRITING if progress.writing else locale.PREDICT_RUNNING
    return _run(said, facts, progress, spoken=False)


def finished(progress: PredictProgress, summary: Summary | None, chosen: Chosen) -> str:
    """A table that is done, or was stopped, which has no summary."""
    if summary is None:
        return _run(locale.PREDICT_STOPPED, [chosen.name, _rows(progress)], progress)
    facts = [chosen.name, _rows(progress)]
    facts += [
        locale.PREDICT_POLARITIES.format(count=count, polarity=locale.POLARITIES.get(name, name))
        for name, count in sorted(summary.polarities.items())
    ]
    if summary.wordless:
        facts.append(locale.PREDICT_WORDLESS.format(count=summary.wordless))
    if summary.unrated:
        facts.append(locale.PREDICT_UNRATED.format(count=summary.unrated, scale=chosen.scale))
    chart = f'<span class="rd-spoken">{html.escape(describe_distribution(summary.counts.tolist()))}</span>'
    note = locale.PREDICT_RENAMED.format(names=", ".join(progress.renamed)) if progress.renamed else ""
    return (
        _run(locale.PREDICT_DONE, facts, progress) + chart + (html.message(note, "warning") if note else "")
    )


def distribution(counts: Sequence[int]) -> go.Figure:
    """How many reviews have each number of stars, five counts."""
    return charts.star_bars(counts, [*map(charts.count, counts)], charts.BLUE, hover="%{y:,}", height=260)


def describe_distribution(counts: Sequence[int]) -> str:
    """The same in words."""
    parts = [f"{html.counted(star)} {charts.count(count)}" for star, count in enumerate(counts, start=1)]
    return locale.PLOT_DISTRIBUTION.format(parts=", ".join(parts))


def measured(summary: Summary) -> str:
    """Exact and near metrics with intervals, where the table has ratings."""
    if summary.metrics is None or summary.confusion is None:
        return ""
    rows: list[tables.Row] = [
        (name, *(tables.percent(summary.metrics[kind][score]) for kind in ("exact", "near")))
        for score, name in locale.SCORES.items()
    ]
    for key, name in (("mae", locale.MAE), ("qwk", locale.QWK)):
        rows.append((name, tables.number(summary.metrics[key]), tables.NONE))
    caption = locale.PREDICT_METRICS.format(rows=int(summary.confusion.sum()))
    return tables.table(locale.PREDICT_METRICS_HEAD, {"": rows}, caption)


def confusion(summary: Summary) -> str:
    """The confusion matrix in words, for those who cannot see it."""
    if summary.metrics is None or summary.confusion is None:
        return ""
    words = charts.describe_matrix(summary.confusion.tolist(), "true")
    return f'<span class="rd-spoken">{html.escape(words)}</span>'


def rows(summary: Summary) -> str:
    """Rows to look at, the surprising ones first: sorted by any column, each with a button that asks why."""
    shown = summary.rows_to_look_at
    if not shown:
        return ""
    rated = any(one.label is not None for one in shown)
    heads = [(key, name) for key, name in locale.ROWS_HEAD.items() if rated or key not in ("rating", "share")]
    heading = "".join(
        f'<th scope="col"{_wide(key)}>'
        f'<button type="button" data-sort="{place}">{html.escape(name)}</button></th>'
        for place, (key, name) in enumerate(heads)
    )
    how = locale.ROWS_RATED if rated else locale.ROWS_UNRATED
    if len(shown) < summary.rows - summary.wordless:
        how = f"{how} {locale.ROWS_SOME.format(shown=len(shown))}"
    return (
        f'<h2 class="rd-part">{html.escape(locale.ROWS)}</h2><p class="rd-how">{html.escape(how)}</p>'
        f'<div class="rd-table rd-rows" tabindex="0" role="region" aria-label="{html.escape(locale.ROWS)}">'
        f"<table><thead><tr>{heading}</tr></thead>"
        f"<tbody>{''.join(_row(one, dict(heads)) for one in shown)}</tbody></table></div>"
    )


def _wide(key: str) -> str:
    """The class of the columns that a narrow page leaves out."""
    return ' class="rd-wide"' if key in ("confidence", "share") else ""


def _row(one: Look, heads: Mapping[str, str]) -> str:
    """A row: what is shown in each column, and by what it is sorted."""
    cells = {
        "row": (locale.number(one.row, ","), one.row),
        "rating": ("–" if one.label is None else f"{one.label} ★", one.label or 0),
        "predicted": (f"{one.predicted} ★", one.predicted),
        "confidence": (html.percent(one.confidence), one.confidence),
        "share": ("–" if one.probability is None else _share(one.probability), one.probability or 0),
    }
    figures = "".join(
        f'<td data-by="{by}"{_wide(key)}>{html.escape(shown)}</td>'
        for key, (shown, by) in cells.items()
        if key in heads
    )
    why = html.escape(locale.ROWS_WHY_OF.format(row=one.row))
    text = (
        f'<td data-by=""><button type="button" class="rd-ask" data-row="{one.row}" aria-label="{why}">'
        f"{html.escape(locale.ROWS_WHY)}</button> {html.escape(' '.join(one.text.split()))}</td>"
    )
    return f'<tr class="{"rd-odd" if one.label not in (None, one.predicted) else ""}">{figures}{text}</tr>'


def _share(probability: float) -> str:
    shown = locale.number(max(probability, 0.001), ".1%")
    return shown if probability >= 0.001 else f"<{shown}"


def _rows(progress: PredictProgress) -> str:
    return locale.PREDICT_ROWS.format(done=progress.done, rows=progress.rows)


def _run(said: str, facts: list[str], progress: PredictProgress, spoken: bool = True) -> str:
    return job_progress(facts, progress.done / progress.rows, locale.PREDICT_TAB, said=said, spoken=spoken)
