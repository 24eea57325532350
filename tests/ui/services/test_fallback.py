"""The page when the model that was named does not load: the starter answers, and the page says so."""

import json

import pytest

from revdemo.errors import RevdemoError
from revdemo.models.classifier import StarClassifier
from revdemo.models.weights import bases, registry
from revdemo.ui.metrics import model_status
from revdemo.ui.services.services import Services
from tests.support.fakes import FakeGenerator
from tests.support.fakes_ui import WordClassifier
from tests.support.hub_fixtures import bad_model
from tests.support.tiny import tiny_encoder

WHY = {
    "missing": "owner/x does not exist, or is private",
    "private": "owner/x does not exist, or is private",
    "gated": "owner/x is gated: ask for access on",
    "revision": "owner/x has no revision v9",
    "pickle": "there is no *.safetensors in it. Pickled weights",
    "corrupt": "The stars model at owner/x could not be loaded",
    "labels": "has 3 labels, and revdemo needs 5",
    "order": "and revdemo needs 1 to 5 stars in this order",
    "architecture": "lacks 1 of the weights",
    "cut": "could not be fetched from the Hub: the connection to",
    "full": "the disk is full",
}


@pytest.fixture
def starter(tmp_path, monkeypatch):
    """A project whose starter is a tiny classifier."""
    for module in (registry, bases):
        monkeypatch.setattr(module, "ROOT", tmp_path / "project")
    folder = tiny_encoder(tmp_path / "project" / "assets" / "models" / "stars")
    (folder / registry.CONFIG).write_text(json.dumps({"role": "stars", "labels": 5}))
    return folder


def page(settings, **options):
    """The services of a page that has loaded its models; only the star classifier is a real one."""
    held = Services(
        settings.model_copy(update={"quantize": "none"}),
        **{"load_generator": lambda _: FakeGenerator(), "load_polarity": lambda _: None} | options,
    )
    held.stars.run()
    return held


def named(settings, name):
    return settings.model_copy(update={"stars_model": str(name)})


@pytest.mark.parametrize("what", WHY)
def test_the_starter_answers_for_a_model_of_the_hub_that_cannot_be_used(
    what, hub, starter, settings, tmp_path, monkeypatch
):
    settings = named(settings, bad_model(what, hub, tmp_path, monkeypatch))
    held = page(settings)
    shown = model_status.render(held)
    assert f"The star classifier {settings.stars_model} did not load, so the starter" in shown
    assert WHY[what] in shown and "rd-message warning" in shown and "starter stars" in shown
    assert held.stars.get().source.folder == starter
    assert held.stars.get().predict(["A fine film."])[0].stars in range(1, 6)
    with pytest.raises(RevdemoError):  # Python, and through it the command line
        StarClassifier.load(settings)


def test_a_folder_that_is_none_falls_back_and_no_path_of_the_machine_is_the_name(starter, settings, tmp_path):
    (tmp_path / "mine").mkdir()
    held = page(named(settings, tmp_path / "mine"))
    assert held.stars.notice.startswith("The star classifier mine did not load")
    assert page(named(settings, "nowhere")).stars.get().source.kind == "starter"


def test_a_broken_model_that_was_trained_here_falls_back_too(starter, settings):
    trained = tiny_encoder(registry.ROOT / "models" / "stars", labels=3)
    (trained / registry.CONFIG).write_text('{"role": "stars"}')
    held = page(settings)
    assert held.stars.notice.startswith("The star classifier models/stars did not load")
    assert held.stars.get().source.folder == starter


def test_a_mistake_that_nobody_expected_falls_back_and_is_not_told_in_public(starter, settings):
    def load(told):
        if told.stars_model != registry.STARTER:
            raise KeyError("secret")
        return WordClassifier()

    held = page(named(settings, "a/b").model_copy(update={"public": True}), load_stars=load)
    assert held.stars.state == "ready" and "secret" not in held.stars.notice


def test_a_starter_that_fails_is_tried_once_and_both_reasons_are_said(starter, settings):
    asked = []

    def load(told):
        asked.append(told.stars_model)
        raise RevdemoError(f"{told.stars_model} is broken.")

    held = page(named(settings, "a/b"), load_stars=load)
    assert asked == ["a/b", "starter"] and held.stars.state == "failed"
    assert (
        "a/b is broken. The starter, which would answer instead, did not load either: starter is broken."
        in (held.stars.problem)
    )
    asked.clear()
    assert page(settings, load_stars=load).stars.state == "failed" and asked == [None]


def test_models_that_are_taken_into_use_do_not_fall_back(starter, settings):
    held = page(settings)
    before = held.stars
    with pytest.raises(RevdemoError, match="neither a folder here nor a Hub id"):
        held.use(stars_model="nowhere")
    assert held.stars is before


def test_the_starter_can_be_named_where_another_model_was_trained(starter, settings):
    trained = tiny_encoder(registry.ROOT / "models" / "stars")
    (trained / registry.CONFIG).write_text("{}")
    assert registry.find("stars", settings).kind == "trained"
    assert registry.find("stars", named(settings, "starter")).folder == starter
    (starter / registry.CONFIG).unlink()
    assert not registry.is_there("stars", named(settings, "starter"))


# --- an adapter to train on ---------------------------------------------------------------------------------


def test_an_adapter_to_train_on_may_be_on_the_hub_at_a_pinned_revision(hub, starter, tmp_path):
    first = hub.add("owner/adapter", {"adapter_model.safetensors": b"first"})
    hub.add("owner/adapter", {"adapter_model.safetensors": b"second"})
    for name, found in {f"owner/adapter@{first}": b"first", "owner/adapter": b"second"}.items():
        assert (bases.resolve_adapter(name) / "adapter_model.safetensors").read_bytes() == found
    assert bases.resolve_adapter("assets/models/stars") == bases.resolve_adapter(str(starter)) == starter
    with pytest.raises(RevdemoError, match="owner/none does not exist, or is private"):
        bases.resolve_adapter("owner/none")
