"""The card of a run of the ledger as a data set: README.md as the Hugging Face Hub reads it."""

from __future__ import annotations

from collections.abc import Sequence

from revdemo.generation.ledger import RunSummary
from revdemo.generation.request import Review
from revdemo.hub.dataset_card import figures, interval, model_rows, settings_rows
from revdemo.hub.rendering import dataset_header, render
from revdemo.intervals import wilson

LICENCE = "unknown"  # of reviews that a model wrote: only who publishes them can say


def card(name: str, run: RunSummary, accepted: Sequence[Review], file: str, licence: str = LICENCE) -> str:
    """README.md of the accepted reviews of a run, as the data set OWNER/NAME."""
    stars, classified = run.request.stars, run.accepted + run.rejected
    title = f"{name.partition('/')[2]}: synthetic reviews of {stars} star{'s' if stars > 1 else ''}"
    return render(
        "run_card",
        dataset_header(title, len(accepted), file, licence),
        name=name,
        title=title,
        run=run,
        request=run.request,
        first=accepted[0],
        accepted=len(accepted),
        classified=classified,
        rate=interval(wilson(run.passed, classified)),
        settings=settings_rows(vars(run.request)),
        models=model_rows(run.models),
        quality=_quality(accepted),
        licence=licence,
    )


def _quality(accepted: Sequence[Review]) -> list[tuple[str, str]]:
    own = figures([], [one.text for one in accepted])["synthetic"]
    return [
        ("reviews", f"{own.n:,}"),
        ("distinct-1", f"{own.distinct1:.3f}"),
        ("distinct-2", f"{own.distinct2:.3f}"),
        ("near duplicates of another one", f"{own.near_duplicates:.1%}"),
        ("mean length in words", f"{own.words:.0f}"),
    ]
