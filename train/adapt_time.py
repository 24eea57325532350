"""How long an adaptation will take on this machine: a few real steps of each role, timed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pandas as pd
from transformers import Trainer, TrainerCallback

from train.recipes import Recipe

STEPS = 4  # that are timed, the first of them to warm up
LEAST_ROWS = 64  # reviews of a role: with fewer, no adaptation is worth its name


class Timed(NamedTuple):
    """Seconds of a role: for each review that it learns from, and besides."""

    a_row: float
    besides: float

    def of(self, rows: int) -> float:
        """The seconds that so many reviews take."""
        return self.a_row * rows + self.besides


class Clock(TrainerCallback):
    """Takes the time of each step."""

    def __init__(self):
        self.seconds: list[float] = []

    def on_step_begin(self, args, state, control, **kwargs):
        """Start the clock."""
        self.began = time.perf_counter()

    def on_step_end(self, args, state, control, **kwargs):
        """Stop it."""
        self.seconds.append(time.perf_counter() - self.began)


def time_role(
    make: Callable[..., tuple[Trainer, object]], recipe: Recipe, rows: pd.DataFrame, validation: pd.DataFrame
) -> Timed:
    """Load the role's model and take a few steps on reviews drawn from `rows`, which nobody keeps."""
    size = recipe.batch_size * recipe.accumulation
    some = rows.sample(min(len(rows), STEPS * size), random_state=recipe.seed).reset_index(drop=True)
    clock, began = Clock(), time.perf_counter()
    with TemporaryDirectory() as folder:
        trainer, _ = make(recipe, some, validation, Path(folder), clock)
        load = time.perf_counter() - began
        trainer.args.max_steps = math.ceil(len(some) / size)
        trainer.args.eval_strategy = trainer.args.save_strategy = "no"
        trainer.args.disable_tqdm = True
        tokens = _count(trainer)
        trainer.train()
        evaluated = trainer.eval_dataset
        trainer.eval_dataset = evaluated.select(range(min(len(evaluated), recipe.eval_batch_size)))
        began = time.perf_counter()
        trainer.evaluate()
        evaluation = (time.perf_counter() - began) / len(trainer.eval_dataset) * len(evaluated)
    steps = [tokens[i : i + recipe.accumulation] for i in range(0, len(tokens), recipe.accumulation)]
    warm = 1 if len(clock.seconds) > 1 else 0
    timed = sum(map(sum, steps[warm : len(clock.seconds)]))
    a_token = sum(clock.seconds[warm:]) / timed
    a_row = a_token * sum(map(sum, steps)) / len(some)
    times = math.ceil(recipe.saves * recipe.epochs) + 2  # the last step and the calibration
    return Timed(a_row * recipe.epochs, load + times * evaluation)


def _count(trainer: Trainer) -> list[int]:
    """A list that will hold the tokens of each batch that is collated from now on, padding included."""
    tokens, collate = [], trainer.data_collator

    def counted(batch):
        made = collate(batch)
        tokens.append(made["input_ids"].numel())
        return made

    trainer.data_collator = counted
    return tokens


def fit_rows(timed: dict[str, Timed], rows: dict[str, int], report: float, minutes: float) -> dict[str, int]:
    """How many reviews of each role fit into `minutes`, by the proportions of `rows`; may be more or fewer."""
    left = 60 * minutes - report - sum(one.besides for one in timed.values())
    factor = left / sum(one.a_row * rows[role] for role, one in timed.items())
    return {role: max(0, int(factor * rows[role])) for role in timed}


def least_minutes(timed: dict[str, Timed], report: float) -> float:
    """The minutes that the smallest adaptation takes."""
    return (sum(one.of(LEAST_ROWS) for one in timed.values()) + report) / 60
