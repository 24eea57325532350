"""Recipes: every hyper-parameter of a training run in one data file, checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from revdemo.errors import RevdemoError
from revdemo.kinds import KINDS
from revdemo.models.pooling import Pooling
from revdemo.reviews import BARE_PREFIX, DEFAULT_PREFIX, STARS, Prefix, check_bare_template, check_template

FOLDER = Path(__file__).parents[1] / "recipes"


def _checked(template: str) -> str:
    check_template(template)
    return template


def _checked_bare(template: str) -> str:
    check_bare_template(template)
    return template


class Recipe(BaseModel):
    """What the recipes of both roles share; the defaults are the report's where it names a value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str  # a starter base by name, a folder, or a Hub id such as owner/name@revision
    mode: Literal["adapter", "last_blocks", "full"]  # LoRA; the last blocks and the head; everything
    # An adapter to train on, a folder or a Hub id: same base, rank and layers; None: a new one.
    start: str | None = None
    blocks: int | None = Field(None, ge=1)  # how many of the last blocks train; None: all of them
    # Of the adapters, one for every linear layer of a block: 2 * rank * (in + out) bytes each.
    rank: int = Field(32, ge=1)
    # None: the base's own. 0 trains three times as fast on a CPU.
    dropout: float | None = Field(None, ge=0, lt=1)
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
    beta1: float = Field(0.95, ge=0, lt=1)
    beta2: float = Field(0.999, ge=0, lt=1)
    epsilon: float = Field(1e-8, gt=0)
    # auto: bf16 where the hardware multiplies it.
    precision: Literal["auto", "float32", "fp16", "bf16"] = "auto"
    saves: int = Field(1, ge=1)  # evaluations and checkpoints per epoch
    # Most validation reviews in each of those; the last measurement and the calibration take all of them.
    eval_rows: int | None = Field(None, ge=1)
    seed: int = 0

    @model_validator(mode="after")
    def _blocks_are_named(self) -> Recipe:
        if self.mode == "last_blocks" and self.blocks is None:
            raise ValueError("mode last_blocks needs blocks: how many of the last ones train")
        if self.start and self.mode != "adapter":
            raise ValueError("start names an adapter, so it needs mode adapter")
        return self


class StarsRecipe(Recipe):
    """How to train a star classifier."""

    # Of a review too long for max_length, kept from its beginning; the rest from its end.
    head_tokens: int = Field(64, ge=0)
    neighbours: float = Field(0.0, ge=0, lt=0.5)  # probability moved to the stars beside the true ones
    # A linear model on so many words and pairs of words reads the whole text beside the transformer; 0: none.
    ngrams: int = Field(0, ge=0)
    # Within a source no star has more than this times the rarest one's reviews; None: all of them.
    balance: float | None = Field(None, ge=1)
    # Of a review that a teacher answered for (--teacher), the share of the loss that its answer has.
    taught: float = Field(0.7, ge=0, le=1)
    unlabelled: int = Field(0, ge=0)  # most reviews without a rating that a teacher answered for
    # What the head reads: the first token's vector, or the mean of all, on which sentence encoders learned.
    pooling: Pooling = "first"
    # Most reviews of a source, drawn at random; a source that is not named keeps all of its own.
    source_rows: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _the_end_has_room(self) -> StarsRecipe:
        if self.head_tokens > self.max_length - 2:
            raise ValueError(f"head_tokens is {self.head_tokens}, and at most max_length - 2 fit")
        return self


class PolarityRecipe(Recipe):
    """How to train a polarity classifier."""

    # Of a review too long for max_length, kept from its beginning; the rest from its end.
    head_tokens: int = Field(32, ge=0)
    padding: Literal["longest", "max_length"] = "longest"  # of a batch; max_length is slower and the report's
    # A linear model on so many words and pairs of words reads the whole text beside the transformer; 0: none.
    ngrams: int = Field(0, ge=0)
    # Three-star reviews for each clear one, taught as half positive, so that there is a middle.
    three_stars: float = Field(0.0, ge=0, lt=1)
    neutral: float = Field(0.1, ge=0, lt=1)  # at most this share of clear validation reviews may be neutral

    @model_validator(mode="after")
    def _the_end_has_room(self) -> PolarityRecipe:
        if self.head_tokens > self.max_length - 2:
            raise ValueError(f"head_tokens is {self.head_tokens}, and at most max_length - 2 fit")
        return self


class GeneratorRecipe(Recipe):
    """How to train a generator."""

    prefix: Annotated[str, AfterValidator(_checked)] = DEFAULT_PREFIX
    bare_prefix: Annotated[str, AfterValidator(_checked_bare)] = BARE_PREFIX
    bare: float = Field(0.1, ge=0, lt=1)  # share of labelled reviews under the bare prefix, for guidance
    unlabelled: float = Field(0.0, ge=0)  # unlabelled reviews for each labelled one, under the bare prefix
    min_words: int = Field(1, ge=1)
    max_words: int | None = Field(None, ge=1)  # the first tokens of a longer review are mostly plot
    # Of a longer review, its last sentences, min_words to max_words of them: the verdict stands there.
    closings: bool = False
    closing_share: float = Field(1.0, gt=0, le=1)  # most of the reviews of a kind and star that are closings
    # Most reviews of a star of each kind; a kind that is not named has no such limit.
    kind_rows: dict[Literal[KINDS], int] = Field(default_factory=dict)
    tokens: int | None = Field(None, ge=1)  # most tokens of a pass, prefixes included; None: all of the rows
    clear: float = Field(1.0, gt=0, le=1)  # share of each star's reviews kept: those whose stars show most
    max_tokens: int | None = Field(None, ge=1)  # of a sample; None: what max_length leaves beside a prefix
    temperature: float = Field(1.0, gt=0)  # how to sample from it, saved with the weights
    top_p: float = Field(0.95, gt=0, le=1)
    min_p: float = Field(0.0, ge=0, le=1)
    guidance: float = Field(1.0, ge=0)
    guided_tokens: int = Field(4096, ge=1, le=4096)
    # Learn, instead of the reviews' own tokens, what `start` predicts for them under this guidance, so that
    # sampling needs none; None: the reviews.
    distilled_guidance: float | None = Field(None, gt=1)
    # Of each star, so many reviews of every kind of kind_rows are written by `start`; those that both star
    # classifiers accept are learned, and no others. Empty: real reviews are.
    own_reviews: dict[Annotated[int, Field(ge=STARS[0], le=STARS[-1])], int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _guidance_has_a_teacher(self) -> GeneratorRecipe:
        if self.distilled_guidance and not self.start:
            raise ValueError("distilled_guidance needs start: the adapter whose guidance is learned")
        return self

    @model_validator(mode="after")
    def _own_reviews_have_a_writer(self) -> GeneratorRecipe:
        if self.own_reviews and not (self.start and self.kind_rows):
            raise ValueError("own_reviews needs start, which writes them, and the kinds in kind_rows")
        return self

    @model_validator(mode="after")
    def _closings_have_a_length(self) -> GeneratorRecipe:
        if self.closings and self.max_words is None:
            raise ValueError("closings needs max_words: how many words the last sentences may have")
        return self

    @property
    def asks(self) -> Prefix:
        """The words that the generator learns to be asked with."""
        return Prefix(self.prefix, self.bare_prefix)


ROLES = {StarsRecipe: "stars", PolarityRecipe: "polarity", GeneratorRecipe: "generator"}


def load_recipe(kind: type[Recipe], name: str, **changes: Any) -> Recipe:
    """Read a recipe by name (a file of train/recipes/<role>/) or by path, with `changes` that are not None.

    Raises RevdemoError for what is wrong in it.
    """
    role = ROLES[kind]
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / role / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in (FOLDER / role).glob("*.yaml")))
        raise RevdemoError(
            "There is no {role} recipe {name!r}. There are {known}; or give the path of a .yaml file.",
            role=role,
            name=name,
            known=known,
        )
    return read_yaml(kind, path, "recipe", {key: own for key, own in changes.items() if own is not None})


def read_yaml(kind: type[BaseModel], path: Path, what: str, changes: dict | None = None) -> BaseModel:
    """A YAML file of names and values, with `changes`, as a checked `kind`; `what` it is called in errors.

    Raises RevdemoError for what is wrong in it.
    """
    try:
        return kind(**(yaml.safe_load(path.read_text(encoding="utf-8")) | (changes or {})))
    except ValidationError as error:
        wrong = [": ".join([*map(str, one["loc"]), one["msg"]]) for one in error.errors()]
        raise RevdemoError(
            "The {what} {file} is not valid. {wrong}.", what=what, file=path.name, wrong="; ".join(wrong)
        ) from error
    except (yaml.YAMLError, TypeError) as error:
        why = " ".join(str(error).split())
        raise RevdemoError(
            "{path} is not a {what}, a YAML file of names and values: {why}", path=path, what=what, why=why
        ) from error
