"""The predictions of a table as HTML: progress, figures and surprising rows, everything escaped."""

from revdemo import plots
from revdemo.batch import Progress, Summary
from revdemo.tables import Chosen
from revdemo.ui import cards, metrics_tables, strings
from revdemo.ui.metrics_files import Rate


def running(progress: Progress, before: int, said: str = "") -> str:
    """A table under way; `before` of its rows were predicted in an earlier run."""
    facts = [_rows(progress)]
    if progress.seconds_left is not None and progress.done < progress.rows:
        facts.append(strings.LEFT.format(time=cards.duration(progress.seconds_left)))
    if before:
        facts.append(strings.BATCH_RESUMED.format(rows=f"{before:,}"))
    return _run(said or strings.BATCH_RUNNING, facts, progress, spoken='aria-live="off"')


def finished(progress: Progress, summary: Summary | None, chosen: Chosen, notes: list[str]) -> str:
    """A table that is done, or was stopped, which has no summary."""
    if summary is None:
        return _run(strings.BATCH_STOPPED, [chosen.name, _rows(progress)], progress)
    facts = [chosen.name, _rows(progress)]
    facts += [
        strings.BATCH_POLARITIES.format(count=f"{count:,}", polarity=strings.POLARITIES.get(name, name))
        for name, count in sorted(summary.polarities.items())
    ]
    if summary.wordless:
        facts.append(strings.BATCH_WORDLESS.format(count=f"{summary.wordless:,}"))
    if summary.unrated:
        facts.append(strings.BATCH_UNRATED.format(count=f"{summary.unrated:,}", scale=chosen.scale))
    chart = f'<span class="rd-spoken">{cards.escape(plots.describe_distribution(summary.counts))}</span>'
    said = "".join(cards.message(note, "warning") for note in notes)
    return _run(strings.BATCH_DONE, facts, progress) + chart + said


def measured(summary: Summary) -> str:
    """Exact and near metrics with intervals, where the table has ratings."""
    if not summary.metrics:
        return ""
    rates = {
        name: {score: Rate(**rate) for score, rate in summary.metrics[name].items()}
        for name in ("exact", "near")
    }
    rows = [
        (name, *(metrics_tables.percent(rates[kind][score]) for kind in ("exact", "near")))
        for score, name in strings.SCORES.items()
    ]
    for key, name in (("mae", strings.MAE), ("qwk", strings.QWK)):
        rows.append((name, metrics_tables.number(Rate(**summary.metrics[key])), metrics_tables.NONE))
    caption = strings.BATCH_METRICS.format(rows=f"{int(summary.confusion.sum()):,}")
    return metrics_tables.table(strings.BATCH_METRICS_HEAD, {"": rows}, caption)


def confusion(summary: Summary) -> str:
    """The confusion matrix in words, for those who cannot see it."""
    if not summary.metrics:
        return ""
    words = plots.describe_matrix(summary.confusion, "true")
    return f'<span class="rd-spoken">{cards.escape(words)}</span>'


def surprising(summary: Summary) -> str:
    """The rows whose rating the model finds least likely."""
    if not summary.surprising:
        return ""
    rows = [
        (f"{one.row:,}", f"{one.label} ★", f"{one.predicted} ★", _share(one.probability), one.text)
        for one in summary.surprising
    ]
    table = metrics_tables.table(strings.BATCH_SURPRISING_HEAD, {"": rows}, strings.BATCH_SURPRISING)
    return f'<div class="rd-surprising">{table}</div>'


def _share(probability: float) -> str:
    return f"{probability:.1%}".replace("%", " %") if probability >= 0.001 else "<0.1 %"


def _rows(progress: Progress) -> str:
    return strings.BATCH_ROWS.format(done=f"{progress.done:,}", rows=f"{progress.rows:,}")


def _run(said: str, facts: list[str], progress: Progress, spoken: str = 'role="status"') -> str:
    spans = "".join(f"<span>{cards.escape(fact)}</span>" for fact in facts)
    return (
        f'<div class="rd-run" {spoken}><p><strong>{cards.escape(said)}</strong></p>'
        f'<p class="rd-facts">{spans}</p>{cards.bar(progress.done / progress.rows, strings.BATCH)}</div>'
    )
