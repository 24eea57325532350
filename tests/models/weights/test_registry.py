"""Where weights are looked for, in which order, and what is said when they are not there."""

import hashlib
import json
from pathlib import Path

import pytest
from huggingface_hub import constants

from revdemo.errors import RevdemoError
from revdemo.models.weights import registry


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The project's folder, empty."""
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    return tmp_path / "project"


def place(folder: Path, **config) -> Path:
    """A model folder as training writes it, in outline: a file of weights and revdemo.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(str(folder).encode())
    (folder / "revdemo.json").write_text(json.dumps(config))
    return folder


def test_the_named_comes_before_the_trained_before_the_starter(root, tmp_path, settings):
    starter = place(root / "assets" / "models" / "stars")
    assert registry.find("stars", settings).folder == starter
    trained = place(root / "models" / "stars")
    assert registry.find("stars", settings).folder == trained
    named = place(tmp_path / "mine")
    found = registry.find("stars", settings.model_copy(update={"stars_model": str(named)}))
    assert (found.kind, found.folder, found.location) == ("named", named, str(named))


@pytest.mark.parametrize(
    "kind, where, label",
    [
        ("starter", "assets/models/generator", "starter generator {}"),
        ("trained", "models/generator", "models/generator generator {}"),
    ],
)
def test_a_source_says_what_it_is(root, settings, kind, where, label):
    folder = place(root / where)
    source = registry.find("generator", settings)
    revision = hashlib.sha256(str(folder).encode()).hexdigest()
    assert (source.kind, source.location, source.revision) == (kind, where, revision)
    assert source.label == label.format(revision[:8])


def test_a_label_never_shows_a_whole_path(tmp_path, settings):
    named = place(tmp_path / "mine")
    source = registry.find("stars", settings.model_copy(update={"stars_model": str(named)}))
    assert source.label.startswith("mine stars ")


def test_a_folder_that_training_has_not_finished_is_not_taken(root, settings):
    (place(root / "models" / "stars") / "revdemo.json").unlink()
    starter = place(root / "assets" / "models" / "stars")
    assert registry.find("stars", settings).folder == starter


def test_the_adapter_names_the_revision_and_of_shards_the_first(tmp_path):
    folder = place(tmp_path / "one")
    (folder / "adapter_model.safetensors").write_bytes(b"adapter")
    assert registry.revision_of(folder) == hashlib.sha256(b"adapter").hexdigest()


def test_a_checksum_follows_the_file(tmp_path):
    path = tmp_path / "weights"
    for content in (b"first", b"second one"):
        path.write_bytes(content)
        assert registry.checksum(path) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "role, flag",
    [("stars", "--stars-model"), ("polarity", "--polarity-model"), ("generator", "--generator")],
)
def test_without_any_model_the_error_lists_what_was_tried(root, settings, role, flag):
    with pytest.raises(RevdemoError) as error:
        registry.find(role, settings)
    assert str(error.value) == (
        f"There is no {role} model: tried models/{role}, assets/models/{role} in the project's folder. "
        f"Train one with python -m train.{role}, or name one with {flag}."
    )


def test_a_model_that_the_app_can_do_without_is_there_or_not(root, settings):
    assert not registry.is_there("polarity", settings)
    assert registry.is_there("polarity", settings.model_copy(update={"polarity_model": "owner/name"}))
    place(root / "assets" / "models" / "polarity")
    assert registry.is_there("polarity", settings)


@pytest.mark.parametrize("name", ["no-such-folder", "./no/such", "/no/such/folder", "a/b/c", "owner/"])
def test_a_name_that_is_neither_folder_nor_hub_id_is_refused(root, settings, name):
    with pytest.raises(RevdemoError, match="neither a folder here nor a Hub id"):
        registry.find("stars", settings.model_copy(update={"stars_model": name}))


@pytest.mark.parametrize("files", [["pytorch_model.bin"], ["model.pt"], ["config.json"], []])
def test_weights_that_are_no_safetensors_are_never_read(tmp_path, settings, files):
    for name in files:
        (tmp_path / name).write_text("{}")
    with pytest.raises(RevdemoError, match=r"no \*\.safetensors in it.*never read; save the model as"):
        registry.find("stars", settings.model_copy(update={"stars_model": str(tmp_path)}))


@pytest.mark.parametrize("name", ["nobody/no-such-model", "nobody/no-such-model@v1.0"])
def test_a_hub_model_out_of_reach_is_one_short_line(settings, name):
    with pytest.raises(RevdemoError) as error:
        registry.find("generator", settings.model_copy(update={"generator": name}))
    said = str(error.value)
    assert said.startswith("The model nobody/no-such-model")
    assert ("at revision v1.0" in said) == ("@" in name)
    assert "is not in the cache and could not be fetched from the Hub" in said
    assert "\n" not in said
    assert len(said) < 500


def test_a_hub_model_in_the_cache_is_found_offline(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    commit = "a" * 40
    folder = tmp_path / "models--owner--name" / "snapshots" / commit
    place(folder)
    (folder.parents[1] / "refs").mkdir()
    (folder.parents[1] / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.snapshot_download", _cached(tmp_path))
    found = registry.find("stars", settings.model_copy(update={"stars_model": "owner/name"}))
    assert (found.kind, found.location, found.revision) == ("named", "owner/name", commit)


def _cached(cache: Path):
    from huggingface_hub import snapshot_download

    return lambda *args, **kwargs: snapshot_download(*args, **kwargs, cache_dir=cache, local_files_only=True)
