"""Recipes: every hyper-parameter of a training run in one data file, checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from revdemo.errors import RevdemoError
from revdemo.reviews import DEFAULT_PREFIX

FOLDER = Path(__file__).parent / "recipes"


class Recipe(BaseModel):
    """What stars and generator recipes share; the defaults are the report's where the report names a value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str  # a starter base by name, a folder, or a Hub id such as owner/name@revision
    mode: Literal["adapter", "last_blocks", "full"]  # LoRA; the last blocks and the head; everything
    blocks: int | None = Field(None, ge=1)  # how many of the last blocks train; None: all of them
    rank: int = Field(
        32, ge=1
    )  # of the adapters, one for every linear layer of a block: 2 * rank * (in + out) bytes each
    dropout: float | None = Field(
        None, ge=0, lt=1
    )  # None: the base's own. 0 trains three times as fast on a CPU
    max_length: int = Field(256, ge=16)  # tokens; longer reviews are cut
    rows: int | None = Field(None, ge=1)  # most reviews to train on; None: all of the part
    epochs: float = Field(3, gt=0)
    batch_size: int = Field(8, ge=1)
    eval_batch_size: int = Field(8, ge=1)
    accumulation: int = Field(4, ge=1)  # reviews a step = batch_size * accumulation
    learning_rate: float = Field(5e-5, gt=0)
    schedule: Literal["linear", "cosine", "constant_with_warmup"] = "linear"
    warmup: float = Field(0.1, ge=0)  # below 1 a share of all steps, else steps
    weight_decay: float = Field(0.1, ge=0)
    beta1: float = 0.95
    beta2: float = 0.999
    epsilon: float = 1e-8
    precision: Literal["auto", "float32", "fp16", "bf16"] = (
        "auto"  # auto: bf16 where the hardware multiplies it
    )
    saves: int = Field(1, ge=1)  # evaluations and checkpoints an epoch
    seed: int = 0


class StarsRecipe(Recipe):
    """How to train a star classifier."""

    head_tokens: int = Field(
        64, ge=0
    )  # of a review too long for max_length, kept from its beginning; the rest from its end
    neighbours: float = Field(
        0.0, ge=0, lt=0.5
    )  # probability moved from the true stars to the stars beside them
    balance: float | None = (
        None  # within a source no star has more than this times the rarest one's reviews; None: all
    )


class GeneratorRecipe(Recipe):
    """How to train a generator."""

    prefix: str = DEFAULT_PREFIX
    bare: float = Field(0.1, ge=0, lt=1)  # share of labelled reviews under the bare prefix, for guidance
    unlabelled: float = Field(0.0, ge=0)  # unlabelled reviews for each labelled one, under the bare prefix
    min_words: int = Field(1, ge=1)
    max_words: int | None = None  # longer reviews are left out: the first tokens of a long review are plot
    clear: float = Field(1.0, gt=0, le=1)  # share of each star's reviews kept: those whose stars show most
    temperature: float = 1.0  # how to sample from it, saved with the weights
    top_p: float = 0.95
    guidance: float = 1.0


def load_recipe(kind: type[Recipe], name: str) -> Recipe:
    """Read a recipe by name (a file of train/recipes/<role>/) or by path; raises RevdemoError for what is wrong in it."""
    role = "stars" if kind is StarsRecipe else "generator"
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / role / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in (FOLDER / role).glob("*.yaml")))
        raise RevdemoError(
            f"There is no recipe {name!r}. There are {known}; or give the path of a .yaml file."
        )
    try:
        return kind(**(yaml.safe_load(path.read_text(encoding="utf-8")) or {}))
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise RevdemoError(f"The recipe {path.name} is not right: {error}") from error
