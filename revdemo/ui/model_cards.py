"""The card of a model on the page: what it learned from, how good it is, where it fails.

Every figure is of these very weights; of others the card says that there is none.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from revdemo import models
from revdemo.measured import is_of
from revdemo.reviews import STARS
from revdemo.ui import cards, metrics_limits, strings
from revdemo.ui import metrics_tables as tables
from revdemo.ui.metrics_files import GeneratedFile, GeneratorFile, PolarityFile, Rate, StarFile, read


class About(NamedTuple):
    """Which weights a card is of, and how many reviews they learned from, where that is known."""

    role: str
    kind: str
    revision: str
    rows: int | None = None


def of_source(source: models.ModelSource) -> About:
    """What the card of a loaded model is of."""
    rows = models.read_config(source.folder).get("training_rows") or {}
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
        files: what there is of `metrics_files.SOURCES`, by name.
    """
    own = {name: file for name, file in files.items() if is_of(file.model, about.role, about.revision)}
    parts = {"data": _data(about), "figures": _figures(about.role, own), "limits": _limits(about.role, own)}
    listed = "".join(f"<dt>{strings.CARD_PARTS[name]}</dt><dd>{said}</dd>" for name, said in parts.items())
    return f'<div class="rd-about">{_lines(strings.CARD_ABOUT[about.role])}<dl>{listed}</dl></div>'


def _data(about: About) -> str:
    starter = about.kind == "starter"
    rows = "" if about.rows is None else strings.CARD_ROWS.format(n=f"{about.rows:,}")
    return _lines(
        " ".join([rows, strings.CARD_DATA[about.role] if starter else strings.CARD_OTHER_DATA]).strip(),
        strings.CARD_MASKED if starter else "",
    )


def _figures(role: str, own: Mapping[str, Any]) -> str:
    said = {
        "stars": lambda: _stars(own.get("stars")),
        "judge": lambda: _stars(own.get("judge")),
        "polarity": lambda: _polarity(own.get("polarity")),
        "generator": lambda: _generator(own.get("generator"), own.get("generated")),
    }[role]()
    return _lines(*said, strings.CARD_BRACKETS) if said else _lines(strings.CARD_UNMEASURED)


def _stars(report: StarFile | None) -> list[str]:
    if report is None:
        return []
    exact, near = _percent(report.exact.accuracy), _percent(report.near.accuracy)
    said = strings.CARD_STARS.format(n=f"{report.n:,}", exact=exact, near=near, mae=_number(report.mae))
    return [said, strings.CARD_CHANCE]


def _polarity(report: PolarityFile | None) -> list[str]:
    return [
        strings.CARD_POLARITY.format(
            domain=strings.DOMAINS.get(name, name), accuracy=_percent(one.accuracy), n=f"{one.n or 0:,}"
        )
        for name, one in (report.domains.items() if report else ())
    ]


def _generator(foreseen: GeneratorFile | None, written: GeneratedFile | None) -> list[str]:
    lines = []
    if foreseen:
        change = foreseen.bits_per_byte
        lines.append(
            strings.CARD_FORESEES.format(
                n=f"{foreseen.n or 0:,}", before=_number(change.before), after=_number(change.after)
            )
        )
    if written and "judge" in written.unfiltered:
        lines.append(
            strings.CARD_GENERATED.format(
                n=f"{written.n:,}",
                accepted=_percent(written.acceptance.all),
                exact=_percent(written.unfiltered["judge"].exact.accuracy),
                kept=_percent(written.accepted["judge"].exact.accuracy),
            )
        )
    return lines


def _limits(role: str, own: Mapping[str, Any]) -> str:
    if role == "generator":
        return _lines(strings.CARD_FILMS, *_written_badly(own.get("generated")))
    report = own.get("limits")
    found = ""
    if report:
        # Another caption than in the Metrics tab: two places of one name cannot be told apart by ear.
        caption = strings.CARD_FAILING.format(role=strings.ROLES[role])
        found = metrics_limits.polarity(report, caption)
        if role == "stars":
            found = metrics_limits.stars(report, own.get("stars"), caption=caption)
    return _lines(strings.CARD_ENGLISH) + (found or _lines(strings.CARD_UNMEASURED))


def _written_badly(report: GeneratedFile | None) -> list[str]:
    if report is None:
        return [strings.CARD_UNMEASURED]
    rates = report.acceptance.by_stars
    lines = [
        strings.CARD_ACCEPTANCE.format(
            shares=", ".join(f"{star} ★ {_percent(rates[str(star)])}" for star in STARS)
        )
    ]
    if report.detector_auc:
        lines.append(strings.CARD_DETECTOR.format(auc=_number(report.detector_auc)))
    return lines


def _percent(rate: Rate) -> str:
    return tables.percent(rate).inline


def _number(rate: Rate) -> str:
    return tables.number(rate).inline


def _lines(*lines: str) -> str:
    return "".join(f"<p>{cards.escape(line)}</p>" for line in lines if line)
