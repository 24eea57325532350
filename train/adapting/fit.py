"""Training a star classifier and a generator on from an adapter, on the reviews of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from transformers import PreTrainedTokenizerBase, Trainer, TrainerCallback

from revdemo.balancing import domain_gap
from revdemo.errors import RevdemoError
from revdemo.generation.copies import COPIES, CopyIndex, build_copy_index, merged
from revdemo.models import loading
from revdemo.models.generator import ReviewGenerator
from revdemo.models.ngrams import NgramModel
from revdemo.models.weights import bases, registry
from revdemo.reviews import STARS
from revdemo.tables.adapting.contract import ROLES
from train import generator, stars
from train.adapting.follow import Follow
from train.data import prepared
from train.data.table import at_most, missing_stars
from train.data.weights import thin_out
from train.fitting import calibrate, generator_reviews, ngrams
from train.fitting import trainer as training
from train.fitting.recipes import GeneratorRecipe, Recipe, StarsRecipe, load_recipe

KINDS = {"stars": StarsRecipe, "generator": GeneratorRecipe}
NGRAMS_FROM = 3000  # reviews: of fewer, most pairs of words are in one review alone, and teach nothing
CLEAR_FROM = 500  # reviews: of fewer, no judge can be made that says which show their stars plainly
VALIDATION = {"stars": 60, "generator": 20}  # reviews per star


# --- recipes ------------------------------------------------------------------------------------------------


def read_recipes(folder: Path, roles: Sequence[str], seed: int = 0) -> dict[str, Recipe]:
    """The recipe of each role for this machine; a GPU has its own where the folder holds one."""
    found = {}
    for role in roles:
        own = folder / f"{role}-gpu.yaml"
        path = own if torch.cuda.is_available() and own.exists() else folder / f"{role}.yaml"
        recipe = load_recipe(KINDS[role], str(path), seed=seed)
        start_folder(recipe)
        found[role] = keep_sampling(recipe) if role == "generator" else recipe
    return found


def starts(folder: Path) -> dict[str, str]:
    """Settings that load the models that the recipes in a folder start from."""
    found = {role: str(start_folder(recipe)) for role, recipe in read_recipes(folder, ROLES).items()}
    return {"stars_model": found["stars"], "generator": found["generator"]}


def start_folder(recipe: Recipe) -> Path:
    """The folder of the adapter that the recipe starts from; RevdemoError where it names none."""
    if recipe.start is None:
        raise RevdemoError("A recipe to adapt with must name the adapter to start from: set start.")
    return bases.resolve_adapter(recipe.start)


def keep_sampling(recipe: GeneratorRecipe) -> GeneratorRecipe:
    """The recipe with the prefix and the sampling of the generator that it starts from."""
    config = registry.read_config(start_folder(recipe))
    names = ("prefix", "bare_prefix", "temperature", "top_p", "min_p", "guidance", "guided_tokens")
    return recipe.model_copy(update={key: config[key] for key in names if key in config})


# --- which reviews ------------------------------------------------------------------------------------------


def star_rows(part: pd.DataFrame, recipe: StarsRecipe) -> pd.DataFrame:
    """The reviews that the classifier learns from: common stars thinned out, then the recipe's number."""
    rows = thin_out(part, recipe.balance, recipe.seed)
    if recipe.rows and recipe.rows < len(rows):
        rows = rows.sample(recipe.rows, random_state=recipe.seed)
    return rows.reset_index(drop=True)


def with_clearness(part: pd.DataFrame, recipe: GeneratorRecipe) -> pd.DataFrame:
    """The part with how plainly each review shows its stars, which takes a while, unless it has that."""
    if "shown" in part.columns:
        return part
    wanted = recipe.clear < 1 and len(part) >= CLEAR_FROM
    return part.assign(shown=generator_reviews.clearness(part) if wanted else 1.0)


def choose(role: str, part: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The rows that a role learns from."""
    return star_rows(part, recipe) if role == "stars" else generator_rows(part, recipe)


def generator_rows(part: pd.DataFrame, recipe: GeneratorRecipe) -> pd.DataFrame:
    """The reviews that the generator learns from: of the right length, plain about their stars, evened out.

    Raises RevdemoError where a star that the part has none of that length.
    """
    clear = recipe.clear if len(part) >= CLEAR_FROM else 1.0
    rows = generator_reviews.of_length(with_clearness(part, recipe), recipe.min_words, recipe.max_words)
    if lost := set(missing_stars(rows)) - set(missing_stars(part)):
        raise RevdemoError(
            "No review of {stars} stars has {min_words} to {max_words} words, which is what the generator "
            "learns from. Adapt the classifier alone (--roles stars), or give longer reviews.",
            stars=", ".join(map(str, sorted(lost))),
            min_words=recipe.min_words,
            max_words=recipe.max_words,
        )
    by_stars = rows.groupby("stars")
    most = 2 * by_stars.size().min()
    if recipe.rows:
        most = min(most, -(-recipe.rows // len(by_stars)))
    rank = by_stars["shown"].rank(ascending=False, method="first")
    plain = rows[rank <= np.ceil(clear * by_stars["shown"].transform("size"))]
    rows = generator_reviews.even_out(plain, most, recipe.seed).sample(frac=1, random_state=recipe.seed)
    return rows.head(recipe.rows or len(rows)).drop(columns="shown").reset_index(drop=True)


# --- training -----------------------------------------------------------------------------------------------


def star_trainer(
    recipe: StarsRecipe, rows: pd.DataFrame, validation: pd.DataFrame, out: Path, *callbacks: TrainerCallback
) -> tuple:
    """The trainer and the tokenizer of the star classifier."""
    own = at_most(validation, VALIDATION["stars"], recipe.seed)
    return stars.make_trainer(recipe, rows, own, out, *callbacks)


def generator_trainer(
    recipe: GeneratorRecipe,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    out: Path,
    *callbacks: TrainerCallback,
) -> tuple:
    """The trainer and the tokenizer of the generator."""
    own = generator_reviews.of_length(validation, recipe.min_words, recipe.max_words)
    own = at_most(own if len(own) else validation, VALIDATION["generator"], recipe.seed)
    return generator.make_trainer(recipe, rows, own, out, *callbacks)


def adapt_stars(parts: dict, recipe: StarsRecipe, out: Path, follow: Follow, fresh: bool) -> None:
    """Train the star classifier on; calibrate it, and choose the n-gram model beside it, on validation."""
    rows, validation = star_rows(parts["train"], recipe), parts["validation"]
    trainer, tokenizer = star_trainer(recipe, rows, validation, out, follow)
    training.train(trainer, recipe, rows, out, fresh)
    follow.stop.check()
    predicted = trainer.predict(trainer.eval_dataset)
    calibration = at_most(validation, VALIDATION["stars"], recipe.seed)
    labels, absent = calibration["stars"].to_numpy(int) - 1, missing_stars(parts["train"])
    choices = ngram_models(parts["train"], recipe)
    texts = calibration["text"].tolist()
    found = {
        name: fit(predicted.predictions, labels, absent, model and model.logits(texts))
        for name, model in choices.items()
    }
    best = min(found, key=lambda name: found[name].loss)
    print(
        f"n-gram model: {best} of { ({name: round(own.loss, 4) for name, own in found.items()}) }", flush=True
    )
    chosen = found[best]
    calibrate.shift_head(trainer.model, chosen.temperature * chosen.shift)
    config = {
        "role": "stars",
        "labels": len(STARS),
        "max_length": recipe.max_length,
        "head_tokens": recipe.head_tokens,
        "temperature": round(chosen.temperature, 4),
        "training_rows": prepared.rows_fingerprint(rows),
        "adapted_from": registry.checksum(start_folder(recipe) / "adapter_model.safetensors"),
        "ngrams": best,
    }
    beside = choices[best] and choices[best].scaled(chosen.weight)
    training.save(trainer, tokenizer, recipe, out, config, beside)


def ngram_models(part: pd.DataFrame, recipe: StarsRecipe) -> dict[str, NgramModel | None]:
    """The n-gram models to choose from: the starter's, one fitted on all of the part if it is large, or none.

    The starter's knows words from 20 times as many reviews as a small table has, so it stays unless the
    table's own foretells the validation reviews better.
    """
    path = start_folder(recipe) / loading.NGRAMS
    found = {"starter": NgramModel.load(path, len(STARS))} if path.exists() else {}
    if recipe.ngrams and len(part) >= NGRAMS_FROM:
        rows = thin_out(part, recipe.balance, recipe.seed)
        wanted = stars.targets(rows, recipe.neighbours)
        found["table"] = ngrams.fit(rows["text"].tolist(), wanted, recipe.ngrams)
    return found or {"none": None}


class Fit:
    """A calibration: temperature, bias per star, weight of the n-gram model, and its loss on validation."""

    def __init__(self, temperature: float, shift: np.ndarray, weight: float, loss: float):
        self.temperature, self.shift, self.weight, self.loss = temperature, shift, weight, loss


def fit(logits: np.ndarray, labels: np.ndarray, absent: list[int], beside: np.ndarray | None) -> Fit:
    """Calibrate on the stars that the table has; the bias of an absent one stays what it was.

    No review can say how likely a star is that the table never gives: with it, its bias would sink without
    end, and the starter's knowledge of that star with it.
    """
    present = [star - 1 for star in STARS if star not in absent]
    place = {star: number for number, star in enumerate(present)}
    own = np.array([place[label] for label in labels])
    scores = [] if beside is None else [beside[:, present]]
    temperature, bias, weights = calibrate.fit(logits[:, present], own, *scores)
    shift = np.zeros(len(STARS))
    shift[present] = bias
    weight = weights[0] if weights else 0.0
    mixed = logits[:, present] + (weight * beside[:, present] if beside is not None else 0)
    total = torch.tensor(mixed / temperature + bias, dtype=torch.float64)
    loss = float(torch.nn.functional.cross_entropy(total, torch.tensor(own)))
    return Fit(temperature, shift, weight, loss)


def adapt_generator(parts: dict, recipe: GeneratorRecipe, out: Path, follow: Follow, fresh: bool) -> None:
    """Train the generator on, and index the texts that it must not copy: the table's and the starter's."""
    rows = generator_rows(parts["train"], recipe)
    trainer, tokenizer = generator_trainer(recipe, rows, parts["validation"], out, follow)
    training.train(trainer, recipe, rows, out, fresh)
    follow.stop.check()
    start = start_folder(recipe)
    config = {
        "role": "generator",
        "end_token": tokenizer.eos_token,
        **generator.sampling(recipe),
        "kind": str(rows["kind"].iloc[0]),
        "training_rows": prepared.rows_fingerprint(rows),
        "adapted_from": registry.checksum(start / "adapter_model.safetensors"),
    }
    config |= reference(trainer, tokenizer, config, parts["validation"], recipe.seed)
    copy_index(parts["train"]["text"], start).save(out / COPIES)
    training.save(trainer, tokenizer, recipe, out, config)


def reference(
    trainer: Trainer, tokenizer: PreTrainedTokenizerBase, config: dict, validation: pd.DataFrame, seed: int
) -> dict[str, float]:
    """Bits per byte that held-out reviews of the table take the generator, to compare other tables with.

    Empty where every one of them is too short to be measured.
    """
    model = trainer.accelerator.unwrap_model(trainer.model).eval()
    own = ReviewGenerator(model, tokenizer, None, config, model.device)
    found = domain_gap.score_sample(own, validation["text"].tolist(), validation["stars"].tolist(), seed)
    return {domain_gap.REFERENCE: round(found.bits_per_byte, 4)} if found else {}


def copy_index(texts: Iterable[str], start: Path) -> CopyIndex:
    """The index of the texts, together with that of the generator in `start`, if it has one."""
    own = build_copy_index(texts)
    if not (start / COPIES).exists():
        return own
    return merged([own, CopyIndex.load(start / COPIES)])
