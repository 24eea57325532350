"""Models are data: no pickle, no code, no sizes beyond what the files hold; a refusal names its file."""

import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from revdemo.errors import RevdemoError
from revdemo.generation.copies import CopyIndex
from revdemo.models.ngrams import NgramModel
from revdemo.models.weights import checks
from revdemo.models.weights.checks import check_base, check_folder, read_arrays, read_config, read_object

ADAPTER = {"peft_type": "LORA", "task_type": "SEQ_CLS", "r": 8, "lora_alpha": 16, "target_modules": ["query"]}
MODEL = {"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 500}


def safetensors(path: Path, size: int = 4000) -> None:
    header = json.dumps({"x": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))


def model(folder: Path, **config) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(MODEL | config))
    safetensors(folder / "model.safetensors")
    return folder


def adapter(folder: Path, **config) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps(ADAPTER | config))
    safetensors(folder / "adapter_model.safetensors")
    return folder


# --- folders ------------------------------------------------------------------------------------------------


def test_models_and_adapters_as_libraries_write_them_pass(tmp_path):
    check_folder(model(tmp_path / "model"))
    check_base(tmp_path / "model")
    check_folder(adapter(tmp_path / "adapter"))


@pytest.mark.parametrize("role", ["stars", "polarity", "generator", "judge"])
def test_the_starters_pass(role):
    folder = Path(__file__).parents[3] / "assets" / "models" / role
    check_folder(folder)
    assert read_config(folder)["role"] == role


def test_a_pickle_is_not_taken_where_an_adapter_lacks_its_weights(tmp_path):
    folder = adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").rename(folder / "other.safetensors")
    (folder / "adapter_model.bin").write_bytes(pickle.dumps("evil"))
    with pytest.raises(
        RevdemoError, match=r"because of .*/a: adapter_model\.safetensors is not in it.*never"
    ):
        check_folder(folder)


def test_a_pickle_is_not_taken_where_a_model_lacks_its_weights(tmp_path):
    folder = model(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps("evil"))
    with pytest.raises(RevdemoError, match=r"because of .*/m: model\.safetensors is not in it"):
        check_folder(folder)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"x": "pytorch_model-1.bin"}, "names weights that are pickled"),
        ({"x": "../elsewhere.safetensors"}, "must name files beside it"),
        ({"x": 5}, "must name files beside it"),
        ([], "must name files beside it"),
    ],
)
def test_shards_are_files_of_safetensors_beside_their_index(tmp_path, files, said):
    folder = model(tmp_path)
    (folder / checks.INDEX).write_text(json.dumps({"weight_map": files}))
    with pytest.raises(RevdemoError, match=rf"{checks.INDEX}: it.*{said}"):
        check_folder(folder)


CODE = {
    "of a model": ("config.json", {"auto_map": {"AutoModel": "evil.Model"}}),
    "of a tokenizer": ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.T", None]}}),
    "inside another config": ("config.json", {"text_config": {"auto_map": {"AutoConfig": "evil.C"}}}),
    "in a list": ("config.json", {"parts": [{"auto_map": {"AutoConfig": "evil.C"}}]}),
    "of sampling": ("generation_config.json", {"trust_remote_code": True}),
    "a kernel of the Hub": ("config.json", {"_attn_implementation": "evil/kernel"}),
    "a kernel for some layers": ("config.json", {"attn_implementation": {"text": "evil/kernel"}}),
    "a library of an adapter": ("adapter_config.json", {"auto_mapping": {"parent_library": "os"}}),
    "a library for many GPUs": ("adapter_config.json", {"megatron_config": {}, "megatron_core": "os"}),
    "a pattern for layers": ("adapter_config.json", {"target_modules": "(a+)+$"}),
    "patterns for ranks": ("adapter_config.json", {"rank_pattern": {"(a+)+$": 8}}),
}


@pytest.mark.parametrize(("name", "asks"), CODE.values(), ids=CODE)
def test_code_is_refused_and_the_file_named(tmp_path, name, asks):
    folder = adapter(tmp_path) if name == "adapter_config.json" else model(tmp_path)
    path = folder / name
    path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | asks))
    with pytest.raises(RevdemoError, match=rf"because of .*/{name}: its .*"):
        check_folder(folder)


def test_a_folder_of_code_is_refused(tmp_path):
    (model(tmp_path) / "custom_generate").mkdir()
    with pytest.raises(RevdemoError, match="custom_generate: it is code"):
        check_folder(tmp_path)


def test_the_base_of_an_adapter_is_no_adapter(tmp_path):
    folder = model(tmp_path)
    (folder / "adapter_config.json").write_text(json.dumps(ADAPTER))
    with pytest.raises(RevdemoError, match="cannot be an adapter itself"):
        check_base(folder)


SIZES = {
    "labels": {"num_labels": 10**9},
    "a vocabulary": {"vocab_size": 10**12},
    "a vocabulary that the weights do not hold": {"vocab_size": 9_000_000},
    "a width": {"hidden_size": 10**7},
    "layers": {"num_hidden_layers": 10**6},
    "none": {"hidden_size": 0},
    "a text": {"vocab_size": "many"},
    "half a layer": {"n_layers": 1.5},
    "a negative number": {"dim": -1},
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_a_model_larger_than_its_weights_is_refused(tmp_path, sizes):
    with pytest.raises(RevdemoError, match=r"config\.json: it"):
        check_folder(model(tmp_path, **sizes))


@pytest.mark.parametrize(
    "sizes",
    [{"r": 0}, {"r": 10**9}, {"r": "x"}, {"lora_alpha": 0}, {"rank_pattern": {"query": 10**9}},
     {"layer_replication": [[0, 9]] * 1000}, {"peft_type": None}, {"base_model_name_or_path": ["a"]}],
)  # fmt: skip
def test_an_adapter_of_wild_sizes_is_refused(tmp_path, sizes):
    with pytest.raises(RevdemoError, match=r"adapter_config\.json: its .* is not valid"):
        check_folder(adapter(tmp_path, **sizes))


# --- JSON ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged"),
        (b"{", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b'{"a": "\xe9"}', "is damaged"),
        (b'{"a": NaN}', "is damaged .*NaN"),
        (b'{"a": -Infinity}', "is damaged"),
        (b'{"a": ' + b"1" * 5000 + b"}", "is damaged"),
        (b"[]", "does not hold a JSON object"),
        (b"5", "does not hold a JSON object"),
    ],
)
def test_a_file_that_is_no_object_of_json_is_said(tmp_path, content, said):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(RevdemoError, match=said) as error:
        read_object(path)
    assert str(path) in str(error.value)


def test_a_file_of_json_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "MOST_JSON", 10)
    (tmp_path / "config.json").write_text('{"a": "0123456789"}')
    with pytest.raises(RevdemoError, match="is larger than"):
        read_object(tmp_path / "config.json")


@pytest.mark.parametrize(
    ("name", "value"),
    [("labels", 10**9), ("labels", "x"), ("labels", 0), ("labels", 2.5), ("temperature", 0),
     ("max_length", -1), ("head_tokens", "80"), ("neutral", [0.2]), ("neutral", [0.2, 2]), ("base", ""),
     ("base", ["a"]), ("prefix", 5), ("top_p", 0), ("guidance", 1e9),
     ("guided_tokens", 0), ("role", ["stars"])],
)  # fmt: skip
def test_what_a_model_says_of_itself_is_checked(tmp_path, name, value):
    (tmp_path / "revdemo.json").write_text(json.dumps({name: value}))
    with pytest.raises(RevdemoError, match=rf"revdemo\.json: its {name}.* is not valid"):
        read_config(tmp_path)


def test_what_a_later_revdemo_adds_is_left_alone(tmp_path):
    (tmp_path / "revdemo.json").write_text('{"labels": 5, "mood": "glad", "base": null}')
    assert read_config(tmp_path) == {"labels": 5, "mood": "glad", "base": None}
    assert read_config(tmp_path / "none") == {}


# --- arrays -------------------------------------------------------------------------------------------------


def declared(path: Path, size: int = 100, **arrays: tuple[tuple[int, ...], str]) -> None:
    """An archive of arrays with the shapes and types that they claim, and `size` bytes each."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (shape, kind) in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                header = {"descr": kind, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
                file.write(bytes(size))


def ngrams(path: Path, idf=(4,), weights=(4, 5), usual=1.0, value=1.0) -> None:
    np.savez(path, idf=np.full(idf, value), weights=np.zeros(weights), usual=usual)


BAD_NGRAMS = {
    "10^15 values": lambda path: declared(
        path, idf=((10**15,), "<f4"), weights=((9, 5), "<f4"), usual=((), "<f8")
    ),
    "fewer bytes than values": lambda path: declared(
        path, idf=((1000,), "<f4"), weights=((1000, 5), "<f4"), usual=((), "<f8")
    ),
    "pickles": lambda path: np.savez(
        path, idf=np.array([print], dtype=object), weights=np.zeros((1, 5)), usual=1.0
    ),
    "texts": lambda path: np.savez(path, idf=np.array(["a"]), weights=np.zeros((1, 5)), usual=1.0),
    "no buckets": lambda path: ngrams(path, (0,), (0, 5)),
    "another number of labels": lambda path: ngrams(path, weights=(4, 3)),
    "another number of buckets": lambda path: ngrams(path, weights=(5, 5)),
    "a number for a list": lambda path: ngrams(path, idf=()),
    "values that are not finite": lambda path: ngrams(path, value=np.nan),
    "values without end": lambda path: ngrams(path, value=np.inf),
    "no usual length": lambda path: ngrams(path, usual=0.0),
    "a negative usual length": lambda path: ngrams(path, usual=-1.0),
    "a usual length that is no number": lambda path: ngrams(path, usual=np.nan),
    "an array missing": lambda path: np.savez(path, idf=np.ones(4), usual=1.0),
    "an archive cut off": lambda path: (ngrams(path), os.truncate(path, 500)),
    "no archive": lambda path: path.write_bytes(b"x" * 1000),
    "an empty file": lambda path: path.write_bytes(b""),
    "a member that is no array": lambda path: zipfile.ZipFile(path, "w").writestr("idf.npy", b"x" * 500),
}


@pytest.mark.parametrize("make", BAD_NGRAMS.values(), ids=BAD_NGRAMS)
def test_a_bad_n_gram_model_is_refused_before_it_is_made(tmp_path, make):
    path = tmp_path / "ngrams.npz"
    make(path)
    with pytest.raises(RevdemoError, match=rf"The n-gram model at {path} cannot be read"):
        NgramModel.load(path, 5)


def test_a_good_n_gram_model_is_read(tmp_path):
    ngrams(tmp_path / "ngrams.npz")
    assert NgramModel.load(tmp_path / "ngrams.npz", 5).logits(["a good film"]).shape == (1, 5)


def test_an_array_that_swells_is_refused_by_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "MOST_ARRAY", 1000)
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(1000))
    with pytest.raises(ValueError, match="its x is an array of float64 and of shape"):
        read_arrays(tmp_path / "a.npz", {"x": 1})


def test_a_bad_index_of_copies_is_refused(tmp_path):
    path = tmp_path / "copies.npz"
    declared(path, planes=((8, 10**15), "|u1"), window=((), "<i8"))
    with pytest.raises(RevdemoError, match=r"The index of copies at .* cannot be read"):
        CopyIndex.load(path)
