"""The hyper-parameter study, and the losses of training."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import plotly.graph_objects as go

from revdemo.evaluation.results import Setting, Spread, StudyResults, TrainingFile
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Chart, Files, choice
from revdemo.ui.parts import charts
from revdemo.ui.parts.tables import NONE, Cell, Row, table

PANELS = 3  # measures that are drawn; the table has all
SHARES = ("exact", "near")  # the measures that are shares

Means = Mapping[str, Sequence[tuple[float, float] | None]]  # mean and deviation of each value, by measure


def study(files: Files) -> Iterator[Block]:
    """Every setting of both networks that was varied."""
    networks = {
        title: getattr(files.get("study"), name, None) for name, title in locale.STUDY_NETWORKS.items()
    }
    yield from choice(
        locale.STUDY_LABELS,
        {
            (title, locale.STUDY_AXES.get(axis, axis)): partial(_study, title, found, axis)
            for title, found in networks.items()
            if found
            for axis, settings in found.axes.items()
            if _measures(settings)
        },
    )


def _study(network: str, found: StudyResults, axis: str) -> Chart:
    """What each value of one setting gave."""
    settings, default = found.axes[axis], _value(found.default.get(axis))
    values, measures = [_value(one.value) for one in settings], _measures(settings)
    drawn = {title: _means(settings, key) for key, title in list(measures.items())[:PANELS]}
    named = [locale.STUDY_DEFAULT.format(value=one) if one == default else one for one in values]
    return Chart(
        locale.STUDY_CHART.format(network=network, axis=locale.STUDY_AXES.get(axis, axis)),
        locale.STUDY_HOW.format(samples=found.samples, rows=found.rows),
        study_figure(named, drawn),
        describe_study(values, drawn),
        _table(settings, values, measures),
    )


def _measures(settings: Sequence[Setting]) -> dict[str, str]:
    """The measures that any of the settings has, with their titles."""
    titles = locale.STUDY_MEASURES.items()
    return {key: title for key, title in titles if any(getattr(one, key) for one in settings)}


def _means(found: Sequence[Setting], measure: str) -> list[tuple[float, float] | None]:
    spreads, scale = (getattr(one, measure) for one in found), 100 if measure in SHARES else 1
    return [(scale * one.mean, scale * one.spread) if one else None for one in spreads]


def _value(value: object) -> str:
    """A value of a setting in words; betas may come as text or as a list."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    return locale.number(value, "g") if isinstance(value, int | float) else str(value)


def study_figure(values: Sequence[str], measures: Means) -> go.Figure:
    """What each value of a setting gives, one panel per measure: means and standard deviations.

    Args:
        values: the values tried, in order.
        measures: None where a value has none.
    """
    axes = [f"y{row}" if row > 1 else "y" for row in range(1, len(measures) + 1)]
    traces = [
        go.Scatter(
            x=list(values),
            y=[one and one[0] for one in found],
            error_y={"type": "data", "array": [one and one[1] for one in found], "color": charts.BLUE},
            mode="lines+markers",
            line={"color": charts.BLUE, "width": 2},
            hovertemplate="%{x}: %{y:.4~g}<extra>" + name + "</extra>",
            showlegend=False,
            yaxis=axis,
        )
        for axis, (name, found) in zip(axes, measures.items(), strict=True)
    ]
    named: dict[str, Any] = {
        axis.replace("y", "yaxis"): charts.axis(title_text=name, nticks=4)
        for axis, name in zip(axes, measures, strict=True)
    }
    panels = {"rows": len(axes), "columns": 1, "subplots": [[f"x{axis}"] for axis in axes], "ygap": 0.2}
    return charts.draw(traces, height=60 + 100 * len(axes), x={"type": "category"}, grid=panels, **named)


def describe_study(values: Sequence[str], measures: Means) -> str:
    """The same in words."""
    parts = []
    for name, found in measures.items():
        pairs = zip(values, found, strict=True)
        said = ", ".join(
            locale.PLOT_STUDY_PART.format(value=one[0], setting=value) for value, one in pairs if one
        )
        parts.append(f"{name}: {said}")
    return f"{'; '.join(parts)}."


def _table(settings: Sequence[Setting], names: Sequence[str], measures: Mapping[str, str]) -> str:
    """Every measure of every value of a setting.

    Args:
        names: the values as words.
        measures: the attributes of a setting, with their titles.
    """
    rows: list[Row] = [
        [name, *[spread(getattr(one, key), key in SHARES) for key in measures]]
        for name, one in zip(names, settings, strict=True)
    ]
    return table([locale.STUDY_VALUE, *measures.values()], {"": rows})


def spread(found: Spread | None, share: bool) -> Cell:
    """A mean and its standard deviation over samples; a share in per cent, without the sign."""
    if found is None:
        return NONE
    if share:
        return Cell(locale.number(100 * found.mean, ".1f"), f"± {locale.number(100 * found.spread, '.1f')}")
    return Cell(locale.number(found.mean, ".4g"), f"± {locale.number(found.spread, '.2g')}")


def losses(files: Files) -> Iterator[Block]:
    """Training and validation loss of both networks."""
    yield from choice(
        locale.LOSSES_LABELS,
        {
            (locale.ROLES[role],): partial(_losses, locale.ROLES[role], file)
            for role in ("stars", "generator")
            if (file := files.get(f"{role} training"))
        },
    )


def _losses(role: str, file: TrainingFile) -> Chart:
    log = [entry.model_dump(exclude_none=True) for entry in file.log if entry.epoch is not None]
    title = locale.LOSSES_CHART.format(role=role)
    return Chart(title, locale.LOSSES_HOW, losses_figure(log), describe_losses(log))


def losses_figure(history: Sequence[Mapping[str, float]]) -> go.Figure:
    """Training and validation loss by epoch.

    Args:
        history: the log of a `transformers.Trainer`: entries with "epoch" and "loss" or "eval_loss".
    """
    traces = []
    for key, colour, dash in (("loss", charts.BLUE, "solid"), ("eval_loss", charts.ORANGE, "dash")):
        name = locale.PLOT_LOSSES[key]
        points = [(entry["epoch"], entry[key]) for entry in history if key in entry]
        if not points:
            continue
        epochs, values = zip(*points, strict=True)
        traces.append(
            go.Scatter(
                x=epochs,
                y=values,
                name=name,
                mode="lines+markers" if len(points) < 30 else "lines",
                line={"color": colour, "dash": dash, "width": 2},
                hovertemplate=f"{locale.PLOT_EPOCH} %{{x:.2f}}: %{{y:.3f}}<extra>{name}</extra>",
            )
        )
    x, y = {"title_text": locale.PLOT_EPOCH}, {"title_text": locale.PLOT_LOSS}
    return charts.draw(traces, height=320, x=x, y=y, legend=True)


def describe_losses(history: Sequence[Mapping[str, float]]) -> str:
    """Where both losses begin and end, in words."""
    parts = []
    for key, said in locale.PLOT_LOSSES_SPOKEN.items():
        values = [entry[key] for entry in history if key in entry]
        if values:
            parts.append(said.format(first=values[0], last=values[-1]))
    return " ".join(parts)
