"""Real and synthetic reviews together, on disk: a table that tells them apart, and its card."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revdemo.balancing.plan import SAMPLING, Balanced, count
from revdemo.errors import RevdemoError
from revdemo.files import atomic
from revdemo.generation.copies import CopyIndex
from revdemo.generation.request import Review, Writer
from revdemo.hub import dataset_card

if TYPE_CHECKING:
    import pandas as pd

    from revdemo.tables.table import Chosen

FORMATS = ("parquet", "csv")
CARD = "README.md"
OWN = {
    "review": "string",
    "stars": "Int8",
    "synthetic": "boolean",
    "requested": "Int8",
    "predicted": "Int8",
    "confidence": "Float64",
}  # columns that are ours, and their kinds


def together(
    real: pd.DataFrame, labelled: pd.DataFrame, reviews: Sequence[Review]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The real rows with their own columns and ours, then the synthetic ones; and which columns were renamed.

    real: the whole table. labelled: what tables.labelled says of it; other rows are left out. A column of the
    table that is called like one of ours gets `_original` after its name.
    """
    import pandas as pd

    renamed = _renamed([str(name) for name in real.columns])
    own = real.iloc[labelled["row"].to_numpy()].set_axis([str(name) for name in real.columns], axis=1)
    own = own.rename(columns=renamed).reset_index(drop=True)
    ours = pd.DataFrame({
        "review": [*labelled["text"], *(one.text for one in reviews)],
        "stars": [*labelled["stars"], *(one.requested for one in reviews)],
        "synthetic": [False] * len(labelled) + [True] * len(reviews),
        **{
            name: [None] * len(labelled) + [getattr(one, name) for one in reviews]
            for name in ("requested", "predicted", "confidence")
        },
    }).astype(OWN)  # fmt: skip
    return pd.concat([own.reindex(range(len(ours))), ours], axis=1), renamed


def _renamed(names: Sequence[str]) -> dict[str, str]:
    taken, found = {*names, *OWN}, {}
    for name in names:
        if name in OWN:
            new = f"{name}_original"
            while new in taken:
                new += "_"
            taken.add(new)
            found[name] = new
    return found


def write(
    balanced: Balanced,
    chosen: Chosen,
    generator: Writer,
    copies: CopyIndex | None,
    folder: str | os.PathLike,
    kind: str = "parquet",
    distance: str = "",
) -> Path:
    """Write data.parquet or data.csv and README.md into a folder, each whole or not at all; returns it.

    Raises:
        RevdemoError: the kind is unknown, or the folder cannot be written.
    """
    import pandas as pd

    from revdemo.tables import table as tables

    check_kind(kind)
    labelled = tables.labelled(chosen)
    real = pd.concat(list(chosen.chunks()), ignore_index=True)
    table, renamed = together(real, labelled, balanced.reviews)
    text = dataset_card.card(
        _facts(balanced, chosen, labelled, generator, copies, f"data.{kind}", renamed, distance)
    )
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with atomic(target / f"data.{kind}") as data, atomic(target / CARD) as readme:
            {"parquet": _write_parquet, "csv": _write_csv}[kind](table, data)
            readme.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RevdemoError(
            "{target} cannot be written ({reason}). Make room there, or name another folder.",
            target=target,
            reason=error.strerror,
        ) from error
    return target


def check_kind(kind: str) -> None:
    """Refuse a format that cannot be written, before any work is done."""
    if kind not in FORMATS:
        raise RevdemoError(
            "A data set cannot be written as {kind!r}: choose one of {kinds}.",
            kind=kind,
            kinds=", ".join(FORMATS),
        )


def archive(folder: str | os.PathLike, below: str | os.PathLike) -> Path:
    """The files of a data set in one zip, in a fresh folder of random name `below`; returns its path."""
    target = Path(below) / secrets.token_hex(16) / "revdemo-balanced.zip"
    try:
        target.parent.mkdir(parents=True)
        with atomic(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(Path(folder).iterdir()):
                file.write(path, path.name)
    except OSError as error:
        raise RevdemoError(
            "{folder} cannot be written ({reason}). Make room there.",
            folder=target.parent,
            reason=error.strerror,
        ) from error
    return target


def _facts(
    balanced: Balanced,
    chosen: Chosen,
    labelled: pd.DataFrame,
    generator: Writer,
    copies: CopyIndex | None,
    file: str,
    renamed: dict[str, str],
    distance: str,
) -> dataset_card.Facts:
    plan, held, reviews = balanced.plan, balanced.held, balanced.reviews
    runs = [run for star in plan.wanted for run in held.runs[star]]
    own = vars(getattr(generator, "defaults", None) or object)  # sampling, where the checkpoint has its own
    given = {name: value for name, value in plan.options.items() if value is not None}
    used = {name: own[name] for name in SAMPLING if name in own}
    real = count(plan.stars)
    return dataset_card.Facts(
        name=chosen.name,
        read_as="" if chosen.read_as is None else str(chosen.read_as),
        file=file,
        real=real,
        synthetic=count([one.requested for one in reviews]),
        level=plan.level or max(real.values()),
        seed=plan.seed,
        settings={"tolerance": 0, "min_confidence": 0.0, "round_size": 20} | used | given,
        models=runs[0].models if runs else {},
        rates={star: rate for star, rate in held.rates().items() if star in plan.wanted},
        judged=held.judged,
        figures=dataset_card.figures(list(labelled["text"]), [one.text for one in reviews], copies),
        dropped=labelled.attrs.get("dropped", {}),
        renamed=renamed,
        distance=distance,
    )


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    import pandas as pd
    import pyarrow as pa

    for name in table.columns:
        try:
            pa.array(table[name], from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):  # a column of mixed kinds
            texts = pd.Series([_as_text(value) for value in table[name]], table.index)
            table = table.assign(**{str(name): texts})
    table.to_parquet(path, index=False)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    from revdemo.tables.writing import WRITERS

    with WRITERS["csv"](path, list(table.columns), None, True) as write:
        write(table)


def _as_text(value: object) -> str | None:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return None if value is None or value != value else str(value)
