"""How well the stars of a review are predicted: the table, the training data, confusion and calibration."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go

from revdemo.evaluation import original_project
from revdemo.evaluation.confusion_matrix import near_confusion
from revdemo.evaluation.results import Chance, Difference, Natural, Scores, StarFile, StarReport
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Chart, Files, choice, text
from revdemo.ui.parts import charts, html
from revdemo.ui.parts.tables import NONE, Row, named, number, percent, points, share, signed, table

Bins = Sequence[tuple[float, float, int]]  # mean confidence, accuracy and number of reviews of each


def summary(
    report: StarFile,
    judge: StarFile | None = None,
    original: bool = True,
    accurate: StarFile | None = None,
) -> str:
    """A star classifier in sentences and a table; original: beside the original project's figures."""
    films = locale.OF_FILMS.format(films=report.films) if report.films and original else ""
    rows = locale.STARS_ROWS.format(n=report.n, films=films)
    lines = [f"{rows} {locale.STARS_HOW}", _difference(report.difference)]
    return text(*lines) + _table(report, judge, original, accurate)


def star_row(name: str, report: StarReport) -> Row:
    """Exact, near and mean absolute error of predicted stars."""
    return [name, percent(report.exact.accuracy), percent(report.near.accuracy), number(report.mae)]


def original_row(name: str, found: original_project.OriginalStars) -> Row:
    """The original project's exact and near; its error is not known."""
    return [name, share(found.exact), share(found.near), NONE]


def caption_of(caption: str, original: bool) -> str:
    """The caption of a table that stands beside the original's figures, or of its twin on products."""
    return caption if original else locale.PRODUCTS_CAPTION.format(caption=caption)


def _table(own: StarFile, judge: StarFile | None, original: bool, accurate: StarFile | None) -> str:
    """A star classifier beside the larger one, the judge, the baselines, chance and the original."""
    rows = [
        star_row(locale.OWN_STARS, own),
        *_measured(locale.ACCURATE_STARS, accurate),
        *_measured(locale.STATED, own.with_stated_scores),
        *_natural(own.natural),
        *_measured(locale.JUDGE, judge),
        *_measured(named((own.baseline and own.baseline.name) or locale.BASELINE), own.baseline),
        *_measured(locale.UNTRAINED, own.untrained),
        *[_chance(locale.CHANCES.get(name, name), one) for name, one in own.chance.items()],
        *([original_row(locale.ORIGINAL_STARS, original_project.PREDICTED)] if original else []),
    ]
    return table(locale.STARS_HEAD, {"": rows}, caption_of(locale.STARS_TABLE, original))


def _measured(name: str, report: StarReport | None) -> list[Row]:
    return [star_row(name, report)] if report else []


def _natural(found: Natural | None) -> list[Row]:
    """The same reviews with stars as frequent as where nobody balances them."""
    if found is None:
        return []
    accuracy = found.exact.accuracy if isinstance(found.exact, Scores) else found.exact
    return [[locale.NATURAL, percent(accuracy), NONE, number(found.mae)]]


def _chance(name: str, found: Chance) -> Row:
    return [name, share(found.exact), share(found.near), NONE]


def _difference(found: Difference | None) -> str:
    """How far ahead of the baseline, in a sentence; nothing where it was not measured."""
    if found is None:
        return ""
    return locale.DIFFERENCE.format(
        exact=points(found.exact.accuracy).inline,
        near=points(found.near.accuracy).inline,
        mae=signed(found.mae).inline,
    )


def balance(files: Files) -> Iterator[Block]:
    """Training reviews by stars, before and after balancing."""
    report = files.get("stars")
    if report and report.balance:
        both = report.balance.before, report.balance.after
        figure, spoken = balance_figure(*both), describe_balance(*both)
        yield Chart(locale.TRAINING_STARS_CHART, locale.TRAINING_STARS_HOW, figure, spoken)


def balance_figure(before: Sequence[int], after: Sequence[int]) -> go.Figure:
    """Reviews of each star before and after balancing, five counts each."""
    return charts.star_counts(
        [(locale.PLOT_BEFORE, before, charts.GREY), (locale.PLOT_AFTER, after, charts.BLUE)]
    )


def describe_balance(before: Sequence[int], after: Sequence[int]) -> str:
    """The same in words."""
    pairs = zip(before, after, strict=True)
    parts = [
        locale.PLOT_BALANCE_PART.format(stars=html.counted(star), old=old, new=new)
        for star, (old, new) in enumerate(pairs, start=1)
    ]
    return locale.PLOT_BALANCE.format(parts="; ".join(parts))


def confusion(files: Files) -> Iterator[Block]:
    """Every confusion matrix there is, exact and near."""
    yield from choice(
        locale.CONFUSION_LABELS,
        {
            (name, said): partial(_confusion, name, report, rows, kind)
            for name, (report, rows) in _matrices(files).items()
            for kind, said in (("exact", locale.EXACT), ("near", locale.NEAR))
        },
    )


def _matrices(files: Files) -> dict[str, tuple[StarReport, str]]:
    """Every star report that has a matrix to show, by its name, and what its rows are."""
    stars = files.get("stars")
    found = {
        "test": stars,
        "accurate": files.get("accurate"),
        "validation": files.get("validation"),
        "baseline": stars and stars.baseline,
        "judge": files.get("judge"),
    }
    named = {locale.MATRICES[name]: (report, "true") for name, report in found.items() if report}
    if generated := files.get("generated"):
        for kind, title in locale.MATRIX_KINDS.items():
            for judge, by in locale.MATRIX_JUDGES.items():
                if report := getattr(generated, kind).get(judge):
                    name = locale.GENERATED_MATRIX.format(kind=title, judge=by)
                    named[name] = report, "requested"
    return named


def _confusion(name: str, report: StarReport, rows: str, kind: str) -> Chart:
    """A confusion matrix with its metrics; rows: "true" or "requested", kind: "exact" or "near"."""
    near = kind == "near"
    matrix = near_confusion(np.array(report.confusion)).tolist() if near else report.confusion
    draw = charts.confusion if rows == "true" else charts.requested_predicted
    return Chart(
        locale.CONFUSION_CHART.format(matrix=name, kind=locale.NEAR if near else locale.EXACT),
        locale.CONFUSION_HOW[kind].format(rows=locale.TRUE if rows == "true" else locale.ASKED),
        draw(matrix),
        charts.describe_matrix(matrix, rows),
        _scores(report.near if near else report.exact, report),
    )


def _scores(found: Scores, report: StarReport) -> str:
    """The metrics that go with a confusion matrix."""
    rows = [[locale.SCORES[name], percent(getattr(found, name))] for name in locale.SCORES]
    rows += [[locale.MAE, number(report.mae)], [locale.QWK, number(report.qwk)]]
    return table(locale.SCORES_HEAD, {"": [row for row in rows if row[1] != NONE]})


def calibration(files: Files) -> Iterator[Block]:
    """How often predictions of a confidence are right."""
    report = files.get("stars")
    if report and report.reliability:
        bins = [(one.confidence, one.accuracy, one.n) for one in report.reliability]
        figure, spoken = reliability_figure(bins), describe_reliability(bins)
        yield Chart(
            locale.CALIBRATION_CHART, locale.CALIBRATION_HOW, figure, spoken, _calibration_errors(report)
        )


def reliability_figure(bins: Bins) -> go.Figure:
    """How often predictions of a confidence are right, beside the diagonal of perfect calibration.

    Args:
        bins: none of them empty.
    """
    confidences, accuracies, counts = zip(*bins, strict=True)
    diagonal = go.Scatter(
        x=[0, 1],
        y=[0, 1],
        name=locale.PLOT_PERFECT,
        mode="lines",
        line={"color": charts.GREY, "dash": "dash", "width": 2},
        hoverinfo="skip",
    )
    measured = go.Scatter(
        x=confidences,
        y=accuracies,
        customdata=counts,
        name=locale.PLOT_MEASURED,
        mode="lines+markers",
        line={"color": charts.BLUE, "width": 2},
        marker={"size": [6 + 14 * (count / max(counts)) ** 0.5 for count in counts]},
        cliponaxis=False,
        hovertemplate=f"{locale.PLOT_RELIABILITY_HOVER}<extra></extra>",
    )
    ticks = [0.2, 0.4, 0.6, 0.8, 1]  # not 0, where both axes would write into the same corner
    shares = {"range": [0, 1.03], "tickformat": ".0%", "tickvals": ticks, "showgrid": True}
    x, y = {"title_text": locale.PLOT_SURE}, {"title_text": locale.PLOT_RIGHT}
    return charts.draw([diagonal, measured], height=360, x=x | shares, y=y | shares, legend=True)


def describe_reliability(bins: Bins) -> str:
    """The same in words."""
    parts = [
        locale.PLOT_RELIABILITY_PART.format(sure=html.percent(sure), right=html.percent(right), n=n)
        for sure, right, n in bins
    ]
    return locale.PLOT_RELIABILITY.format(parts="; ".join(parts))


def _calibration_errors(report: StarFile) -> str:
    """The calibration error of the classifier, of the natural mix and of the baselines."""
    errors = {locale.BALANCED: report.ece}
    for name, one in (
        (locale.NATURAL, report.natural),
        (locale.BASELINE, report.baseline),
        (locale.UNTRAINED, report.untrained),
    ):
        errors[name] = one.ece if one else None
    rows = [[name, percent(error)] for name, error in errors.items() if error]
    return table(locale.ECE_HEAD, {"": rows}) if rows else ""
