"""The card of a model on the page: what it learned from, how good it is, where it fails.

Every figure is of these very weights; of others the card says that there is none.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from revdemo.evaluation.results import GeneratedFile, GeneratorFile, PolarityFile, StarFile, is_of, read
from revdemo.hub.model_card import STARTER_DATA
from revdemo.intervals import Rate
from revdemo.models.weights import registry
from revdemo.reviews import STARS
from revdemo.ui import locale
from revdemo.ui.metrics.sections import limits
from revdemo.ui.parts import html, tables


class About(NamedTuple):
    """Which weights a card is of, and how many reviews they learned from, where that is known."""

    role: str
    kind: str
    revision: str
    rows: int | None = None


def of_source(source: registry.ModelSource) -> About:
    """What the card of a loaded model is of."""
    rows = registry.read_config(source.folder).get("training_rows") or {}
    return About(source.role, source.kind, source.revision, rows.get("n"))


@lru_cache(maxsize=4)
def files_of(assets: Path) -> Mapping[str, Any]:
    """What was measured, as the files below a folder such as assets/ say it; read once."""
    return read(assets).files


def of_judge(judge: StarFile) -> About:
    """The judge, as the file of its results names it."""
    own = judge.model if isinstance(judge.model, Mapping) else {}
    rows = judge.baseline.training_rows if judge.baseline else None
    return About("judge", own.get("kind", ""), own.get("revision", ""), rows.n if rows else None)


def card(about: About, files: Mapping[str, Any]) -> str:
    """A card as HTML.

    Args:
        files: what there is of `results.SOURCES`, by name.
    """
    own = {name: file for name, file in files.items() if is_of(file.model, about.role, about.revision)}
    parts = {"data": _data(about), "figures": _figures(about.role, own), "limits": _limits(about.role, own)}
    listed = "".join(f"<dt>{locale.CARD_PARTS[name]}</dt><dd>{said}</dd>" for name, said in parts.items())
    return f'<div class="rd-about">{_lines(locale.CARD_ABOUT[about.role])}<dl>{listed}</dl></div>'


def _data(about: About) -> str:
    starter = about.kind == "starter"
    rows = "" if about.rows is None else locale.CARD_ROWS.format(n=about.rows)
    return _lines(
        " ".join(
            [rows, locale.said(STARTER_DATA[about.role]) if starter else locale.CARD_OTHER_DATA]
        ).strip(),
        locale.CARD_MASKED if starter else "",
    )


def _figures(role: str, own: Mapping[str, Any]) -> str:
    said = {
        "stars": lambda: _stars(own.get("stars") or own.get("accurate")),
        "judge": lambda: _stars(own.get("judge")),
        "polarity": lambda: _polarity(own.get("polarity")),
        "generator": lambda: _generator(own.get("generator"), own.get("generated")),
    }[role]()
    return _lines(*said, locale.CARD_BRACKETS) if said else _lines(locale.CARD_UNMEASURED)


def _stars(report: StarFile | None) -> list[str]:
    if report is None:
        return []
    exact, near = _percent(report.exact.accuracy), _percent(report.near.accuracy)
    said = locale.CARD_STARS.format(n=report.n, exact=exact, near=near, mae=_number(report.mae))
    return [said, locale.CARD_CHANCE]


def _polarity(report: PolarityFile | None) -> list[str]:
    return [
        locale.CARD_POLARITY.format(
            domain=locale.DOMAINS.get(name, name), accuracy=_percent(one.accuracy), n=one.n or 0
        )
        for name, one in (report.domains.items() if report else ())
    ]


def _generator(predicted: GeneratorFile | None, written: GeneratedFile | None) -> list[str]:
    lines = []
    if predicted:
        change = predicted.bits_per_byte
        lines.append(
            locale.CARD_BITS.format(
                n=predicted.n or 0, before=_number(change.before), after=_number(change.after)
            )
        )
    if written and "judge" in written.unfiltered:
        kept = written.accepted.get("judge")  # there is none where nothing was accepted
        lines.append(
            locale.CARD_GENERATED.format(
                n=written.n,
                accepted=_percent(written.acceptance.all),
                exact=_percent(written.unfiltered["judge"].exact.accuracy),
                kept=_percent(kept.exact.accuracy) if kept else "–",
            )
        )
    return lines


def _limits(role: str, own: Mapping[str, Any]) -> str:
    if role == "generator":
        return _lines(locale.CARD_FILMS, *_written_badly(own.get("generated")))
    report = own.get("limits")
    found = ""
    if report:
        # Another caption than in the Metrics tab: two places of one name cannot be told apart by ear.
        caption = locale.CARD_FAILING.format(role=locale.ROLES[role])
        found = limits.polarity_table(report, caption)
        if role == "stars":
            found = limits.stars_table(report, own.get("stars"), caption=caption)
    return _lines(locale.CARD_ENGLISH) + (found or _lines(locale.CARD_UNMEASURED))


def _written_badly(report: GeneratedFile | None) -> list[str]:
    if report is None:
        return [locale.CARD_UNMEASURED]
    rates: Mapping[Any, Rate] = report.acceptance.by_stars
    lines = [
        locale.CARD_ACCEPTANCE.format(
            shares=", ".join(f"{star} ★ {_percent(rates[str(star)])}" for star in STARS)
        )
    ]
    if report.detector_auc:
        lines.append(locale.CARD_DETECTOR.format(auc=_number(report.detector_auc)))
    return lines


def _percent(rate: Rate) -> str:
    return tables.percent(rate).inline


def _number(rate: Rate) -> str:
    return tables.number(rate).inline


def _lines(*lines: str) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
