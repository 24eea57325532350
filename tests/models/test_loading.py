"""Models as the app runs them: merged, checked, and refused in words."""

import json

import pytest
import torch

from revdemo.errors import RevdemoError
from revdemo.generation.copies import build_copy_index, load_copies
from revdemo.models import loading
from revdemo.models.weights import bases, registry
from revdemo.models.weights.bases import Base
from tests.support.tiny import add_adapter, tiny_causal, tiny_encoder


def test_an_adapter_is_merged_into_its_base(tmp_path, settings):
    encoder = tiny_encoder(tmp_path / "base")
    folder = add_adapter(encoder, tmp_path / "adapter", str(encoder))
    named = settings.model_copy(update={"stars_model": str(folder)})
    model, tokenizer, source, config = loading.load_encoder("stars", named)
    logits = model(**tokenizer("A dull film.", return_tensors="pt")).logits
    assert logits.argmax().item() == 2
    assert not any("lora" in name for name, _ in model.named_parameters())
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert (source.warning, config["labels"]) == (None, 5)


@pytest.mark.parametrize("same", [True, False])
def test_an_adapter_on_another_edition_of_its_base_carries_a_warning(tmp_path, settings, monkeypatch, same):
    encoder = tiny_encoder(tmp_path / "hub")
    folder = add_adapter(encoder, tmp_path / "adapter", "tiny")
    pinned = registry.sha256(encoder / "model.safetensors") if same else "0" * 64
    monkeypatch.setitem(bases.BASES, "tiny", Base("tiny-package", "x", pinned, "owner/tiny", "b" * 40))
    monkeypatch.setattr(bases, "fetch", lambda *name: encoder)
    *_, source, _ = loading.load_encoder("stars", settings.model_copy(update={"stars_model": str(folder)}))
    if same:
        assert source.warning is None
    else:
        assert "runs on owner/tiny instead, so the published figures do not apply" in source.warning


def test_an_adapter_from_elsewhere_names_its_base_itself(tmp_path, settings):
    encoder = tiny_encoder(tmp_path / "base")
    folder = add_adapter(encoder, tmp_path / "adapter", "unused")
    (folder / "revdemo.json").write_text('{"labels": 5}')
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == str(encoder)
    model, *_ = loading.load_encoder("stars", settings.model_copy(update={"stars_model": str(folder)}))
    assert model.config.num_labels == 5


def test_a_generator_loads_with_the_index_of_its_training_text(tmp_path, settings):
    folder = tiny_causal(tmp_path / "model")
    named = settings.model_copy(update={"generator": str(folder)})
    model, tokenizer, source, config = loading.load_causal(named)
    assert (config, source.kind) == ({}, "named")
    assert model.config.vocab_size == len(tokenizer)
    assert load_copies(source) is None
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    build_copy_index([text]).save(folder / "copies.npz")
    assert load_copies(source).is_copy(text)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("model.safetensors", b"broken", "could not be loaded"),
        ("config.json", b"{", "is damaged"),
        ("revdemo.json", b"{", "is damaged"),
        ("tokenizer.json", b"{", "could not be loaded"),
        ("adapter_config.json", b"{", "is damaged"),
        ("adapter_config.json", b"{}", "adapter_model.safetensors is not in it"),
    ],
)
def test_a_broken_model_is_one_line(tmp_path, settings, name, content, message):
    folder = tiny_encoder(tmp_path / "model")
    (folder / name).write_bytes(content)
    with pytest.raises(RevdemoError, match=message) as error:
        loading.load_encoder("stars", settings.model_copy(update={"stars_model": str(folder)}))
    assert "\n" not in str(error.value)


def test_devices(settings, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    pick = lambda name: loading.pick_device(settings.model_copy(update={"device": name}))  # noqa: E731
    assert (pick("cpu").type, pick("auto").type, pick("cuda:0").index) == ("cpu", "cuda", 0)
    with pytest.raises(RevdemoError, match=r"--device cuda:1 was asked for, and torch sees 1 CUDA GPUs"):
        pick("cuda:1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick("auto").type == "cpu"


# --- the accurate model -------------------------------------------------------------------------------------


@pytest.fixture
def accurate(tmp_path, monkeypatch):
    """A project with a starter and an accurate model, whose base is at hand; returns the project's folder."""
    root = tmp_path / "project"
    monkeypatch.setattr(registry, "ROOT", root)
    models, encoder = root / "assets" / "models", tiny_encoder(tmp_path / "base")
    tiny_encoder(models / "stars")
    (models / "stars" / registry.CONFIG).write_text(json.dumps({"role": "stars", "labels": 5}))
    add_adapter(encoder, models / "accurate", "tiny")
    monkeypatch.setitem(bases.BASES, "tiny", Base("tiny-package", "x", "0" * 64, "owner/tiny", "b" * 40))
    monkeypatch.setattr(bases, "fetch", lambda *name: encoder)
    return root


def kind_of(settings, **named) -> str:
    return loading.load_encoder("stars", settings.model_copy(update=named))[2].kind


def test_the_accurate_model_is_used_where_it_is_named(accurate, settings):
    named = settings.model_copy(update={"stars_model": "accurate"})
    source = loading.load_encoder("stars", named)[2]
    assert (source.kind, source.location) == ("accurate", "assets/models/accurate")
    assert source.label.startswith("accurate stars ")
    assert kind_of(settings) == "starter"


@pytest.mark.parametrize(
    ("space", "gpu", "named", "kind"),
    [
        (True, False, None, "accurate"),
        (False, True, None, "accurate"),
        (False, False, None, "starter"),
        (True, True, "starter", "starter"),
    ],
    ids=["a Space", "a GPU", "a CPU", "the starter was named"],
)
def test_the_accurate_model_comes_first_on_a_gpu_and_on_a_space(
    accurate, settings, monkeypatch, space, gpu, named, kind
):
    monkeypatch.setattr(loading, "on_a_space", lambda: space)
    monkeypatch.setattr(loading, "pick_device", lambda _: torch.device("cuda" if gpu else "cpu"))
    monkeypatch.setattr(loading, "load", lambda source, settings: (None, None, source, {}))
    assert kind_of(settings, stars_model=named) == kind


def test_without_its_base_the_starter_takes_the_place_of_the_accurate_model_and_says_why(
    accurate, settings, monkeypatch
):
    def fetch(*_):
        raise RevdemoError("no network.")

    monkeypatch.setattr(loading, "on_a_space", lambda: True)
    monkeypatch.setattr(bases, "fetch", fetch)
    source = loading.load_encoder("stars", settings)[2]
    assert source.kind == "starter"
    assert source.warning.startswith("The accurate star model cannot be used here, so another one answers.")
    assert "no network." in source.warning
    with pytest.raises(RevdemoError, match="The base tiny was not found"):
        kind_of(settings, stars_model="accurate")


def test_the_accurate_model_is_at_hand_with_its_base_alone(accurate, monkeypatch):
    assert not loading.accurate_is_at_hand(), "the package of its base is not installed"
    monkeypatch.setattr(bases, "in_wheels", lambda base: [accurate])
    assert loading.accurate_is_at_hand()
    (accurate / "assets" / "models" / "accurate" / registry.CONFIG).unlink()
    assert not loading.accurate_is_at_hand()


def test_what_was_trained_here_comes_before_the_accurate_model(accurate, settings, monkeypatch):
    monkeypatch.setattr(loading, "on_a_space", lambda: True)
    tiny_encoder(accurate / "models" / "stars")
    (accurate / "models" / "stars" / registry.CONFIG).write_text("{}")
    assert kind_of(settings) == "trained"
