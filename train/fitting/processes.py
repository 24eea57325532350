"""Training on several processes, by `accelerate launch`: each learns from its share, and one writes.

The processes share out every update, so that their number changes neither how many updates a recipe makes nor
which reviews are in each: a run can resume with another number.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from transformers import Trainer

from revdemo.errors import RevdemoError
from train.fitting.recipes import Recipe


def count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def check_alone() -> None:
    """Refuse to do on several processes what writes files all along.

    Raises:
        RevdemoError: this is one of several.
    """
    if count() > 1:
        raise RevdemoError("This takes one process: start it without accelerate launch.")


def shares(recipe: Recipe) -> tuple[int, int]:
    """The batch size and the accumulation of each process.

    Raises:
        RevdemoError: an update's reviews cannot be shared out evenly.
    """
    update = recipe.batch_size * recipe.accumulation
    if update % count():
        raise RevdemoError(
            "An update of the recipe takes {update} reviews (batch_size times accumulation), which "
            "{processes} processes cannot share out evenly. Start a number that divides it.",
            update=update,
            processes=count(),
        )
    own = update // count()
    batch = max(size for size in range(1, recipe.batch_size + 1) if own % size == 0)
    return batch, own // batch


def write(trainer: Trainer, files: Callable[[], object]) -> None:
    """Have the main process write files, for which the others wait."""
    if trainer.accelerator.is_main_process:
        files()
    trainer.accelerator.wait_for_everyone()
