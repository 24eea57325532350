"""A study as its file says it: the recipe, the axes and their values, the samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from revdemo.errors import RevdemoError
from revdemo.reviews import STARS
from train.fitting.recipes import FOLDER, GeneratorRecipe, Recipe, StarsRecipe, load_recipe, read_yaml

KINDS = {"stars": StarsRecipe, "generator": GeneratorRecipe}
FOLDS = 5  # of a sample; one is for evaluation: the report's 20%
UNIT = FOLDS * len(STARS)  # the smallest sample: a review of every star to evaluate on, four to learn from
# What a study leaves aside of a recipe: it draws balanced samples of its own, starts over (a trained adapter
# may have seen what it would be evaluated on), and varies nothing of the linear model on words.
ASIDE: dict[str, dict[str, Any]] = {
    "stars": {"rows": None, "balance": None, "ngrams": 0, "start": None},
    "generator": {"rows": None, "clear": 1.0, "unlabelled": 0.0, "start": None},
}
Beta = Annotated[float, Field(ge=0, lt=1)]


class Axes(BaseModel):
    """The values of each setting; among them is the default, which is trained once for all axes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: tuple[PositiveFloat, ...]
    learning_rate: tuple[PositiveFloat, ...]
    batch_size: tuple[PositiveInt, ...]
    betas: tuple[tuple[Beta, Beta], ...]


class Study(BaseModel):
    """The study of one role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: str  # a recipe of the role: where the default comes from
    changes: dict[str, Any] = {}  # to that recipe
    axes: Axes
    samples: int = Field(3, ge=2)  # disjoint, by film
    rows: int | None = Field(None, ge=UNIT)  # most reviews a sample; None: as many as there are
    seed: int = 0  # of the samples


class Studies(BaseModel):
    """A file of train/recipes/study."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stars: Study | None = None
    generator: Study | None = None

    @model_validator(mode="after")
    def _no_change_is_idle(self) -> Studies:
        for role, own in self:
            if own and (idle := ASIDE[role].keys() & own.changes.keys()):
                raise ValueError(f"a study of {role} leaves {', '.join(sorted(idle))} aside")
        return self


def load_study(name: str) -> Studies:
    """Read a study by name (a file of train/recipes/study) or by path.

    Raises RevdemoError for what is wrong in it.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / "study" / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in (FOLDER / "study").glob("*.yaml")))
        raise RevdemoError(
            "There is no study {name!r}. There are {known}; or give the path of a .yaml file.",
            name=name,
            known=known,
        )
    return read_yaml(Studies, path, "study")


def default_recipe(role: str, study: Study) -> Recipe:
    """The combination that every axis varies; RevdemoError where an axis does not hold its value."""
    recipe = load_recipe(KINDS[role], study.recipe, **study.changes).model_copy(update=ASIDE[role])
    if recipe.precision == "fp16" and not torch.cuda.is_available():
        raise RevdemoError(
            "The {role} study trains in fp16, which needs a CUDA GPU, and torch sees none. Add precision: "
            "float32 to its changes.",
            role=role,
        )
    for axis, values in study.axes:
        own = setting(recipe, axis)
        if own not in values or len(set(values)) < len(values):
            raise RevdemoError(
                "The {role} study's values of {axis} must differ, and one be the default, {default}.",
                role=role,
                axis=axis,
                default=say(own),
            )
    return recipe


def setting(recipe: Recipe, axis: str) -> float | tuple[float, float]:
    """A recipe's value on an axis."""
    return (recipe.beta1, recipe.beta2) if axis == "betas" else getattr(recipe, axis)


def changed(recipe: Recipe, axis: str, value: float | tuple[float, float]) -> Recipe:
    """The recipe with another value on one axis."""
    update = dict(zip(("beta1", "beta2"), value, strict=True)) if axis == "betas" else {axis: value}
    return recipe.model_copy(update=update)


def say(value: float | tuple[float, float]) -> int | float | str:
    """A value as study.json has it: betas as "0.95, 0.999", a rate as "5e-05", which no rounding can harm."""
    if isinstance(value, tuple):
        return ", ".join(f"{beta:g}" for beta in value)
    if value < 0.01:
        return f"{value:g}"
    return int(value) if value == int(value) else value
