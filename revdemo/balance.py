"""As many reviews of each star, from Python: a table in, real and synthetic reviews together out.

    from revdemo.balance import balance

    balanced = balance("reviews.csv", "balanced/", level=500, seed=7)
    balanced.reviews, balanced.missing

The parts of it are in plan (what is lacking), filling (writing it), distance (whether the table looks like
what the generator writes), and dataset and datacard (what is saved).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from revdemo import api, dataset, models
from revdemo.filling import SAMPLE, Estimate, Progress, estimate, fill, sample
from revdemo.ledger import Ledger
from revdemo.plan import OPTIONS, Balanced, Held, Limits, Plan, count, gaps, held
from revdemo.settings import Settings, load_settings

if TYPE_CHECKING:
    from revdemo.loop import Judges, Writes
    from revdemo.tables import Chosen

__all__ = [
    "OPTIONS",
    "SAMPLE",
    "Balanced",
    "Estimate",
    "Held",
    "Limits",
    "Plan",
    "Progress",
    "balance",
    "count",
    "estimate",
    "fill",
    "gaps",
    "held",
    "plan_for",
    "sample",
]


def plan_for(
    chosen: Chosen, level: int | None = None, seed: int = 0, limits: Limits | None = None, **options
) -> Plan:
    """The plan of a table: its labelled rows, the level each star should reach, and how to ask for reviews.

    Raises:
        RevdemoError: the table has no ratings, nothing is lacking, or an option is out of range.
    """
    from revdemo import tables

    rows = tables.labelled(chosen)
    stars = [int(star) for star in rows["stars"]]
    return Plan(list(rows["text"]), stars, level, seed, options, limits or Limits())


def balance(
    path: str | os.PathLike,
    out: str | os.PathLike,
    *,
    text: str | None = None,
    rating: str | None = None,
    scale: int | None = None,
    level: int | None = None,
    seed: int = 0,
    kind: str = "parquet",
    limits: Limits | None = None,
    settings: Settings | None = None,
    generator: Writes | None = None,
    classifier: Judges | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    **options,
) -> Balanced:
    """Write accepted reviews until each star of a table has as many as `level`, and save both together.

    path: CSV, TSV, XLSX, JSON lines or Parquet; text, rating and scale (its columns, its highest rating) are
    guessed unless given. out: the folder for data.parquet (or data.csv, by `kind`) and README.md. level: None
    takes the commonest star's count. options: fields of loop.Request, see OPTIONS. Interrupted, the same call
    goes on where it was.

    Raises:
        RevdemoError: the table cannot be read, nothing is lacking, or a model is missing.
    """
    from revdemo import tables

    dataset.check_kind(kind)
    chosen = tables.open_chosen(path, text, rating, scale)
    plan = plan_for(chosen, level, seed, limits, **options)
    settings = settings or load_settings()
    generator = generator or api.load_generator(settings)
    classifier = classifier or api.load_stars(settings)
    copies = models.load_copies(generator.source)
    with closing(Ledger(settings.data_dir / "ledger.sqlite")) as ledger:
        for step in fill(plan, generator, classifier, ledger, copies=copies):
            progress(step)
        balanced = Balanced(plan, held(plan, generator, classifier, ledger, ""))
    dataset.write(balanced, chosen, generator, copies, out, kind)
    return balanced
