"""Recipes are data: what is wrong in one is said before anything is loaded."""

import pytest
import yaml

from revdemo.errors import RevdemoError
from train.fitting.recipes import FOLDER, GeneratorRecipe, PolarityRecipe, StarsRecipe, load_recipe

KINDS = {"stars": StarsRecipe, "polarity": PolarityRecipe, "generator": GeneratorRecipe}
SHIPPED = {"hub", "original", "starter-cpu", "starter-gpu"}


def write(folder, **values) -> str:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({"base": "all-MiniLM-L6-v2", "mode": "full"} | values))
    return str(path)


@pytest.mark.parametrize("role", KINDS)
def test_every_shipped_recipe_loads(role):
    names = {path.stem for path in (FOLDER / role).glob("*.yaml")}
    assert names >= SHIPPED
    for name in names:
        assert isinstance(load_recipe(KINDS[role], name), KINDS[role])


@pytest.mark.parametrize("role, epochs, rate", [("stars", 3, 5e-5), ("generator", 5, 5e-4)])
def test_the_original_recipes_are_the_reports(role, epochs, rate):
    recipe = load_recipe(KINDS[role], "original").model_dump()
    report = {
        "mode": "last_blocks",
        "blocks": 1,
        "rows": 90_000,
        "epochs": epochs,
        "learning_rate": rate,
        "batch_size": 8,
        "eval_batch_size": 8,
        "accumulation": 4,
        "beta1": 0.95,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "weight_decay": 0.1,
        "schedule": "linear",
        "warmup": 0.1,
        "precision": "fp16",
        "saves": 1,
    }
    assert {key: recipe[key] for key in report} == report


def test_the_original_polarity_recipe_is_the_reports():
    recipe = load_recipe(PolarityRecipe, "original").model_dump()
    report = {
        "base": "google-bert/bert-base-uncased",
        "mode": "full",
        "rows": 8_000,  # of 10,000
        "epochs": 3,
        "batch_size": 8,
        "eval_batch_size": 8,
        "accumulation": 1,
        "warmup": 500,
        "weight_decay": 0.01,
        "padding": "max_length",
        "three_stars": 0,
    }
    assert {key: recipe[key] for key in report} == report


def test_an_unknown_name_lists_the_names():
    with pytest.raises(RevdemoError) as error:
        load_recipe(StarsRecipe, "starter")
    names = ", ".join(sorted(path.stem for path in (FOLDER / "stars").glob("*.yaml")))
    assert str(error.value) == (
        f"There is no stars recipe 'starter'. There are {names}; or give the path of a .yaml file."
    )


@pytest.mark.parametrize(
    "kind, values, message",
    [
        (StarsRecipe, {"learning_rat": 1e-3}, "learning_rat: Extra inputs are not permitted"),
        (StarsRecipe, {"prefix": "Review of {stars}."}, "prefix: Extra inputs are not permitted"),
        (StarsRecipe, {"mode": "lora"}, "mode: Input should be 'adapter', 'last_blocks' or 'full'"),
        (StarsRecipe, {"epochs": 0}, "epochs: Input should be greater than 0"),
        (StarsRecipe, {"learning_rate": "fast"}, "learning_rate: Input should be a valid number"),
        (StarsRecipe, {"base": None}, "base: Input should be a valid string"),
        (StarsRecipe, {"mode": "last_blocks"}, "mode last_blocks needs blocks"),
        (StarsRecipe, {"max_length": 64, "head_tokens": 63}, "at most max_length - 2 fit"),
        (StarsRecipe, {"neighbours": 0.5, "epochs": -1}, "0; neighbours: Input should be less than 0.5"),
        (PolarityRecipe, {"max_length": 64, "head_tokens": 63}, "at most max_length - 2 fit"),
        (PolarityRecipe, {"padding": "left"}, "padding: Input should be 'longest' or 'max_length'"),
        (GeneratorRecipe, {"neighbours": 0.1}, "neighbours: Extra inputs are not permitted"),
        (GeneratorRecipe, {"prefix": "Review of {stars}"}, "must end at a full stop"),
        (GeneratorRecipe, {"top_p": 0}, "top_p: Input should be greater than 0"),
    ],
)
def test_what_is_wrong_in_a_recipe_is_named(tmp_path, kind, values, message):
    name = write(tmp_path, **values)
    with pytest.raises(RevdemoError) as error:
        load_recipe(kind, name)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["", "- base", "just words", "base: [", "base: a\nbase: b: c"])
def test_a_file_that_is_no_recipe_is_refused(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(RevdemoError, match=r"mine\.yaml is not a recipe"):
        load_recipe(StarsRecipe, str(path))


def test_changes_are_checked_like_the_recipe(tmp_path):
    name = write(tmp_path, epochs=2)
    changed = load_recipe(StarsRecipe, name, base="owner/name", rows=None, epochs=0.5)
    assert (changed.base, changed.rows, changed.epochs) == ("owner/name", None, 0.5)
    with pytest.raises(RevdemoError, match="rows: Input should be greater than or equal to 1"):
        load_recipe(StarsRecipe, name, rows=0)
