"""How long an adaptation will take on this machine: a few real steps of each role, timed."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd
import torch
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from revdemo.errors import Phrase, RevdemoError
from revdemo.models.classifier import load_stars
from revdemo.models.generator import load_generator
from revdemo.settings import load_settings
from train.adapting import fit
from train.adapting import report as adapt_report
from train.adapting.follow import ProgressFile, Stop
from train.data.table import at_most
from train.fitting.recipes import Recipe
from train.written.samples import ROUND

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
    """Takes the time of each step; raises Stopped after one where a stop is wanted."""

    def __init__(self, stop: Stop):
        self.stop, self.seconds = stop, list[float]()

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self.began = time.perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stop it."""
        self.seconds.append(time.perf_counter() - self.began)
        self.stop.check()


def time_role(
    make: Callable[..., tuple[Trainer, object]],
    recipe: Recipe,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    stop: Stop,
) -> Timed:
    """Load the role's model and take a few steps on reviews drawn from `rows`, which nobody keeps."""
    size = recipe.batch_size * recipe.accumulation
    some = rows.sample(min(len(rows), STEPS * size), random_state=recipe.seed).reset_index(drop=True)
    clock, began = Clock(stop), time.perf_counter()
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


def fit_rows(timed: dict[str, Timed], rows: dict[str, int], seconds: float) -> dict[str, int]:
    """How many reviews of each role fit into `seconds`, in the proportions of `rows`, more or fewer."""
    left = seconds - sum(one.besides for one in timed.values())
    factor = left / sum(one.a_row * rows[role] for role, one in timed.items())
    return {role: max(0, int(factor * rows[role])) for role in timed}


# --- the whole of it ---------------------------------------------------------------------------------------


def estimate(
    args: argparse.Namespace, recipes: dict[str, Recipe], parts: dict, progress: ProgressFile, stop: Stop
) -> dict:
    """Time a few steps of each role and, where there will be one, of the report."""
    timed, rows, most = {}, {}, {}
    for role, recipe in recipes.items():
        progress.tell(role="estimate", what=role)
        everything = fit.choose(role, parts["train"], recipe.model_copy(update={"rows": None}))
        chosen = fit.choose(role, parts["train"], recipe)
        make = fit.star_trainer if role == "stars" else fit.generator_trainer
        timed[role] = time_role(make, recipe, chosen, parts["validation"], stop)
        rows[role], most[role] = len(chosen), len(everything)
        stop.check()
    progress.tell(role="estimate", what="report")
    report = time_report(args, recipes, parts)
    return {"timed": timed, "rows": rows, "most": most, "report": report}


def time_report(args: argparse.Namespace, recipes: dict[str, Recipe], parts: dict) -> float:
    """The seconds of the report, by a few predictions and a round of samples of the models to start from."""
    settings = load_settings([]).model_copy(update=fit.starts(args.recipes))
    test = at_most(parts["test"], adapt_report.TEST, args.seed)
    some = test["text"].sample(min(32, len(test)), random_state=args.seed).tolist()
    began = time.perf_counter()
    classifier = load_stars(settings)
    load, began = time.perf_counter() - began, time.perf_counter()
    classifier.predict(some)
    seconds = 2 * (load + (time.perf_counter() - began) / len(some) * len(test))
    if "generator" not in recipes and not args.generate:
        return seconds
    began = time.perf_counter()
    generator = load_generator(settings)
    seconds += 2 * (time.perf_counter() - began)
    every = sorted(set(parts["train"]["stars"]))
    began = time.perf_counter()
    texts = generator.sample(stars=every[-1], n=ROUND, seed=args.seed)
    a_round = time.perf_counter() - began
    began = time.perf_counter()
    classifier.predict([text for text in texts if text] or ["A word."])
    a_round += time.perf_counter() - began
    rounds = -(-args.generate // ROUND) * len(every)
    if "generator" in recipes:
        few = test.sample(min(8, len(test)), random_state=args.seed)
        began = time.perf_counter()
        adapt_report.score_reviews(generator, few, recipes["generator"].max_length, "timing")
        seconds += 2 * (time.perf_counter() - began) / len(few) * adapt_report.SCORED * len(every)
    return seconds + 2 * rounds * a_round


def fitted(found: dict, minutes: float | None, spent: float) -> dict[str, int]:
    """The rows of each role: the recipes', or as many as fit into the minutes, of which `spent` seconds are.

    Raises RevdemoError where not even the smallest adaptation fits.
    """
    if minutes is None:
        return found["rows"]
    besides = spent + found["report"]
    rows = fit_rows(found["timed"], found["rows"], 60 * minutes - besides)
    if any(rows[role] < min(LEAST_ROWS, found["most"][role]) for role in rows):
        least = besides + sum(one.of(LEAST_ROWS) for one in found["timed"].values())
        raise RevdemoError(
            "{minutes:g} minutes are too few on this machine: adapting takes at least "
            "{least:.1f}. Give more with --minutes, adapt one role with --roles, or leave "
            "--generate out.",
            minutes=minutes,
            least=least / 60,
        )
    return {role: min(rows[role], found["most"][role]) for role in rows}


def told(found: dict, rows: dict[str, int], about: dict) -> dict:
    """The estimate for people and for the app."""
    roles = {
        role: {"rows": rows[role], "minutes": round(one.of(rows[role]) / 60, 2)}
        for role, one in found["timed"].items()
    }
    whole = sum(own["minutes"] for own in roles.values()) + (found["reading"] + found["report"]) / 60
    return {
        "roles": roles,
        "reading": round(found["reading"] / 60, 2),
        "report": round(found["report"] / 60, 2),
        "minutes": round(whole, 1),
        "device": device(),
        "device_phrase": device().as_dict(),
        "table": about,
    }


def show(said: dict) -> None:
    """Print the estimate."""
    for role, own in said["roles"].items():
        print(f"{role:10} {own['rows']:7,} reviews {own['minutes']:7.1f} minutes")
    for what in ("reading", "report"):
        print(f"{what:10} {'':15} {said[what]:7.1f} minutes")
    print(f"{'all':10} {'':15} {said['minutes']:7.1f} minutes on {said['device']}", flush=True)


def device() -> Phrase:
    """What it runs on, for people."""
    if torch.cuda.is_available():
        return Phrase("{gpu}", gpu=torch.cuda.get_device_name())
    threads = torch.get_num_threads()
    return Phrase("CPU, 1 thread") if threads == 1 else Phrase("CPU, {threads} threads", threads=threads)
