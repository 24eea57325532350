"""How every file of results came to be."""

from collections.abc import Iterator, Mapping

from revdemo.evaluation.results import SOURCES, Measured
from revdemo.ui import locale
from revdemo.ui.metrics.blocks import Block, Files, text
from revdemo.ui.parts.tables import Cell, Row, table

SHORT = 8  # letters of a fingerprint or a revision


def provenance(files: Files) -> Iterator[Block]:
    """Command, rows, seed, data, models, device and minutes of each file."""
    if files:
        rows = [_row(name, one) for name, one in files.items()]
        yield text(locale.PROVENANCE_HOW) + table(locale.PROVENANCE_HEAD, {"": rows})


def _row(name: str, one: Measured) -> Row:
    return [
        Cell(SOURCES[name].path, one.command or SOURCES[name].command),
        locale.number(one.n, ",") if one.n else "–",
        "–" if one.seed is None else f"{one.seed}",
        one.data[:SHORT] or "–",
        "\n".join(_revisions(one.model)) or "–",
        one.device or "–",
        "–" if one.minutes is None else locale.number(one.minutes, ".1f"),
    ]


def _revisions(model: object) -> list[str]:
    """The models a file names, each as its role and the start of its revision."""
    if isinstance(model, str):
        return [model]
    if not isinstance(model, Mapping):
        return []
    if "revision" in model:
        return [f"{model.get('role', '')} {str(model['revision'])[:SHORT]}".strip()]
    return [name for one in model.values() for name in _revisions(one)]
