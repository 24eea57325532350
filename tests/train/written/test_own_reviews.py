"""What a generator learns from what it wrote: the reviews that both classifiers give the stars asked for."""

import pytest
import torch

from revdemo.errors import RevdemoError
from revdemo.models.sampling.options import Sampling
from tests.support.fakes import FakeClassifier
from tests.support.fakes_balance import StarWriter
from train.fitting.recipes import GeneratorRecipe, load_recipe
from train.written import own_reviews as own


def said(text):
    """The stars that a tale says."""
    return "abcde".index(text[-2]) + 1


@pytest.fixture
def writer(monkeypatch):
    """A generator that misses every fourth time, and two classifiers: the accurate one never sees 4 stars."""
    fake = StarWriter(off=4)
    fake.defaults, fake.template, fake.device = Sampling(), "A review of {stars}.", torch.device("cpu")
    models = {
        "starter": FakeClassifier(said),
        "accurate": FakeClassifier(lambda text: {4: 5}.get(said(text), said(text))),
    }
    monkeypatch.setattr(own, "load_generator", lambda settings: fake)
    monkeypatch.setattr(own, "load_stars", lambda settings: models[settings.stars_model])
    return fake


def recipe(**changes):
    return load_recipe(GeneratorRecipe, "kinds-own-cpu", kind_rows={"film": 1, "book": 1}, **changes)


def test_what_both_classifiers_agree_on_is_learned(writer, tmp_path):
    rows = own.own_reviews(recipe(own_reviews={1: 20, 5: 40}), tmp_path)
    assert rows.groupby(["kind", "stars"]).size().to_dict() == {
        ("book", 1): 15,
        ("book", 5): 30,
        ("film", 1): 15,
        ("film", 5): 30,
    }
    assert [said(text) for text in rows["text"]] == rows["stars"].tolist() and rows["text"].is_unique
    assert rows["stars"].tolist() != sorted(rows["stars"]), "in random order"
    asked = len(writer.history)
    again = own.own_reviews(recipe(own_reviews={1: 20, 5: 40}), tmp_path)
    assert again.equals(rows) and len(writer.history) == asked, "nothing is written twice"


def test_a_star_that_nobody_accepts_is_named(writer, tmp_path):
    with pytest.raises(RevdemoError, match="wrote no review of 4 stars that both classifiers accept"):
        own.own_reviews(recipe(own_reviews={1: 20, 4: 20}), tmp_path)


def test_the_recipe_names_of_what_kinds_it_writes():
    with pytest.raises(RevdemoError, match="own_reviews needs start, which writes them"):
        load_recipe(GeneratorRecipe, "kinds-own-cpu", kind_rows={})


def test_the_recipe_is_read_back_from_a_training_log():
    own_recipe = recipe()
    assert GeneratorRecipe.model_validate_json(own_recipe.model_dump_json()) == own_recipe
    with pytest.raises(RevdemoError, match="own_reviews"):
        recipe(own_reviews={6: 20})
