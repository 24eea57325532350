"""The card of a run of the ledger as a data set: README.md as the Hugging Face Hub reads it."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from revdemo.datacard import SIZES, cell, figures, table
from revdemo.ledger import RunSummary
from revdemo.loop import Review, wilson

LICENCE = "unknown"  # of reviews that a model wrote: only who publishes them can say


def card(name: str, run: RunSummary, accepted: Sequence[Review], file: str, licence: str = LICENCE) -> str:
    """README.md of the accepted reviews of a run, as the data set OWNER/NAME."""
    parts = (_about(name, run, accepted), _made(run), _quality(accepted), _limits(licence))
    return f"---\n{_header(name, run, accepted, file, licence)}---\n\n" + "\n\n".join(parts) + "\n"


def _title(name: str, run: RunSummary) -> str:
    stars = run.request.stars
    return f"{name.partition('/')[2]}: synthetic reviews of {stars} star{'s' if stars > 1 else ''}"


def _header(name: str, run: RunSummary, accepted: Sequence[Review], file: str, licence: str) -> str:
    header = {
        "pretty_name": _title(name, run),
        "language": ["en"],
        "license": licence,
        "task_categories": ["text-classification"],
        "size_categories": [next((label for most, label in SIZES if len(accepted) < most), "1M<n<10M")],
        "tags": ["synthetic", "revdemo", "reviews"],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": file}]}],
    }
    return yaml.safe_dump(header, sort_keys=False, allow_unicode=True)


def _about(name: str, run: RunSummary, accepted: Sequence[Review]) -> str:
    first = accepted[0]
    return (
        f"# {_title(name, run)}\n\n"
        f"{len(accepted):,} synthetic reviews that revdemo wrote for {run.request.stars} stars, and that its "
        "classifier agreed with. Every row says so in the column `synthetic`.\n\n"
        "```python\n"
        "from datasets import load_dataset\n\n"
        f'data = load_dataset("{name}", split="train")\n'
        "```\n\n"
        "**They are for training and study.** Nobody wrote them of anything they bought or saw: do not post "
        "them, and do not measure a model on them.\n\n"
        f"## Example\n\n> {cell(first.text)}\n\n"
        f"requested {first.requested}, predicted {first.predicted}, confidence {first.confidence:.2f}"
    )


def _made(run: RunSummary) -> str:
    judged = run.accepted + run.rejected
    rate = wilson(run.accepted, judged)
    settings = [(f"`{key}`", own) for key, own in vars(run.request).items() if own not in (None, "")]
    used = [(role, f"`{own['label']}`", f"`{own['revision']}`") for role, own in run.models.items()]
    return "\n\n".join(
        (
            "## How they were made",
            f"The run of {run.started:%Y-%m-%d} ended with `{run.ended}`. Of {judged:,} reviews it accepted "
            f"{run.accepted:,}, {rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%}, 95 % interval). Copies "
            "of training text, duplicates and near duplicates were rejected.",
            table(("setting", "value"), settings),
            table(("model", "which", "revision"), used),
        )
    )


def _quality(accepted: Sequence[Review]) -> str:
    own = figures([], [one.text for one in accepted])["synthetic"]
    rows = [
        ("reviews", f"{own.n:,}"),
        ("distinct-1", f"{own.distinct1:.3f}"),
        ("distinct-2", f"{own.distinct2:.3f}"),
        ("near duplicates of another one", f"{own.near_duplicates:.1%}"),
        ("mean length in words", f"{own.words:.0f}"),
    ]
    return "## Quality\n\n" + table(("", "value"), rows)


def _limits(licence: str) -> str:
    return (
        "## Licence and limits\n\n"
        f"Licence: {licence}. The generator learned from reviews that belong to their authors; its own may "
        "repeat parts of them, or be untrue. The classifier that chose these reviews decides what a star "
        "looks like in them: they repeat its mistakes."
    )
