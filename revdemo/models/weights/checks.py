"""Models are data: what stands in a model's folder is checked before a library reads it.

No pickle is opened, no code of a model runs, and no number in a file makes the app take more memory than the
files themselves are worth. Every refusal is a RevdemoError that names the file at fault.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_array_header_2_0, read_magic
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from revdemo.errors import Phrase, RevdemoError

CONFIG = "revdemo.json"  # beside the weights: how they were trained and how to use them
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
CONFIGS = (ADAPTER, "config.json", "generation_config.json", "tokenizer_config.json")
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
MOST_JSON = 16 << 20  # bytes of a config; the largest seen has 20 kB, the index of many shards 1 MB
MOST_ARRAY = 256 << 20  # bytes of an array once it is unpacked
CODE = ("auto_map", "custom_pipelines", "trust_remote_code")
KERNELS = ("attn_implementation", "experts_implementation")  # what may name code on the Hub, as owner/name
WIDTHS = ("hidden_size", "dim", "d_model", "n_embd")  # the names that architectures give what sizes a model
LAYERS = ("num_hidden_layers", "n_layers", "n_layer")
HIGHEST = {
    1_000: LAYERS,
    100_000: ("num_labels", *WIDTHS),
    10_000_000: ("vocab_size", "intermediate_size", "hidden_dim", "n_inner", "max_position_embeddings"),
}

Name = Annotated[str, StringConstraints(pattern=r"^[\w.-]+$", max_length=300)]  # of a layer, not a pattern
Share = Annotated[float, Field(ge=0, le=1)]


class ModelConfig(BaseModel):
    """What revdemo.json may say; what it says beyond that is left to who wrote it."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False, strict=True)

    role: Annotated[str, StringConstraints(pattern=r"^\w{1,40}$")] | None = None
    labels: int | None = Field(None, ge=1, le=1000)
    base: Annotated[str, StringConstraints(min_length=1, max_length=4096)] | None = None
    max_length: int | None = Field(None, ge=8, le=100_000)
    head_tokens: int | None = Field(None, ge=0, le=100_000)
    temperature: float | None = Field(None, gt=0, allow_inf_nan=False)
    neutral: tuple[Share, Share] | None = Field(None, strict=False)
    prefix: str | None = Field(None, max_length=1000)
    end_token: str | None = Field(None, max_length=100)
    max_tokens: int | None = Field(None, ge=1, le=4096)
    top_p: float | None = Field(None, gt=0, le=1)
    min_p: float | None = Field(None, ge=0, le=1)
    guidance: float | None = Field(None, ge=0, le=10)
    guided_tokens: int | None = Field(None, ge=1, le=4096)


class AdapterConfig(BaseModel):
    """What adapter_config.json may say: sizes that fit, names of layers, and nothing that imports code."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    peft_type: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,40}$")]
    base_model_name_or_path: str | None = None
    task_type: str | None = None
    r: int = Field(8, ge=1, le=1024)
    lora_alpha: float = Field(8, gt=0, le=1_000_000)
    target_modules: list[Name] | Name | None = None
    exclude_modules: list[Name] | Name | None = None
    modules_to_save: list[Name] | None = None
    rank_pattern: dict[Name, Annotated[int, Field(ge=1, le=1024)]] | None = None
    alpha_pattern: dict[Name, float] | None = None
    layers_pattern: list[Name] | Name | None = None
    auto_mapping: None = None
    megatron_config: None = None
    layer_replication: None = None


def read_config(folder: Path) -> dict[str, Any]:
    """What revdemo.json beside the weights says; {} for a model that was not trained here."""
    path = folder / CONFIG
    return _checked(path, ModelConfig) if path.exists() else {}


def check_folder(folder: Path) -> None:
    """Refuse a folder of a model or an adapter with code, pickles where weights should be, or wild sizes."""
    for name in CONFIGS:
        if (folder / name).exists():
            _refuse_code(folder / name, read_object(folder / name))
    if (folder / "custom_generate").exists():
        raise _refusal(
            folder / "custom_generate", Phrase("it is code, and code that comes with a model is never run")
        )
    if (folder / ADAPTER).exists():
        return _check_adapter(folder)
    if (folder / INDEX).exists():
        _check_index(folder / INDEX)
    elif not (folder / WEIGHTS).exists():  # a library would take the pickle beside other safetensors
        raise _refusal(folder, _lacking(WEIGHTS))
    if (folder / "config.json").exists():
        _check_sizes(folder)


def check_base(folder: Path) -> None:
    """Refuse a base of an adapter that is an adapter itself, and whatever `check_folder` refuses."""
    if (folder / ADAPTER).exists():
        raise _refusal(folder / ADAPTER, Phrase("the base of an adapter cannot be an adapter itself"))
    check_folder(folder)


def check_weights(model: Any, folder: Path) -> None:
    """Refuse a loaded model with weights that are not finite numbers."""
    import torch

    for name, weight in model.named_parameters():
        if weight.is_floating_point() and not torch.isfinite(weight).all():
            raise _refusal(folder, Phrase("{name} holds values that are not finite numbers", name=name))


def read_object(path: Path) -> dict[str, Any]:
    """The object that a JSON file beside the weights holds, all its numbers finite."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number")

    try:
        if path.stat().st_size > MOST_JSON:
            raise ValueError(f"it is larger than {MOST_JSON >> 20} MB")
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise RevdemoError(
            "{path} is damaged ({error}). Restore it, or train the model again.", path=path, error=error
        ) from error
    if not isinstance(found, dict):
        raise _refusal(path, Phrase("it does not hold a JSON object"))
    return found


def read_arrays(path: str | os.PathLike[str], dimensions: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Arrays of an .npz file by name, each with so many dimensions, their sizes checked before they are made.

    Raises:
        ValueError: an array is missing, is of another kind, is too large, or has values that are not finite.
        OSError, zipfile.BadZipFile, zlib.error: the file cannot be read.
    """
    with zipfile.ZipFile(path) as archive:
        for name, wanted in dimensions.items():
            _check_array(archive, name, wanted)
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in dimensions}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds values that are not finite")
    return arrays


def _check_array(archive: zipfile.ZipFile, name: str, wanted: int) -> None:
    try:
        about = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise ValueError(f"it has no {name}") from None
    with archive.open(about) as file:
        first = read_magic(file) == (1, 0)
        shape, _, kind = (read_array_header_1_0 if first else read_array_header_2_0)(file)
        size = math.prod(shape) * kind.itemsize
        if kind.kind not in "biuf" or len(shape) != wanted or size > MOST_ARRAY:
            raise ValueError(f"its {name} is an array of {kind} and of shape {shape}")
        if file.tell() + size != about.file_size:
            raise ValueError(f"its {name} has {about.file_size:,} bytes, not those of its shape")


def _checked(path: Path, contract: type[BaseModel]) -> dict[str, Any]:
    """What a JSON file says, if that is what its contract allows."""
    found = read_object(path)
    try:
        contract.model_validate(found)
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"][:2])
        why = Phrase("its {name} is not valid: {problem}", name=name, problem=problem["msg"].lower())
        raise _refusal(path, why) from error
    return found


def _refuse_code(path: Path, config: dict[str, Any]) -> None:
    for key, value in _walk(config):
        if key in CODE and value:
            raise _refusal(
                path,
                Phrase(("its {key} asks for code, and code that comes with a model is never run"), key=key),
            )
        if key.strip("_") in KERNELS and "/" in str(value):
            raise _refusal(path, Phrase("its {key} asks for code from the Hub, which is never run", key=key))


def _walk(value: object) -> Iterator[tuple[str, object]]:
    """Every key of nested objects with its value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _check_adapter(folder: Path) -> None:
    if not (folder / ADAPTER_WEIGHTS).is_file():  # the adapter library would take a pickle, or ask the Hub
        raise _refusal(folder, _lacking(ADAPTER_WEIGHTS))
    _checked(folder / ADAPTER, AdapterConfig)


def _check_sizes(folder: Path) -> None:
    """Refuse a model whose config asks for far more than its weights hold: the rest would be made up."""
    path = folder / "config.json"
    config = read_object(path)
    for highest, names in HIGHEST.items():
        for name in names:
            value = config.get(name)
            if value is not None and (not isinstance(value, int) or not 0 < value <= highest):
                raise _refusal(
                    path,
                    Phrase(
                        "its {name} is {value}, and must be from 1 to {highest:,}",
                        name=name,
                        value=repr(value)[:100],
                        highest=highest,
                    ),
                )
    width, layers = (max(config.get(name) or 1 for name in names) for names in (WIDTHS, LAYERS))
    rows = max(config.get(name) or 1 for name in ("vocab_size", "num_labels"))
    held = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    if max(width * rows, layers * width * width) > 8 * held + (1 << 26):
        why = Phrase(
            "it describes a model far larger than the weights beside it, which are {size:,} bytes", size=held
        )
        raise _refusal(path, why)


def _check_index(path: Path) -> None:
    files = read_object(path).get("weight_map")
    names = list(files.values()) if isinstance(files, dict) else [None]
    for name in names:
        if not isinstance(name, str) or Path(name).name != name:
            raise _refusal(path, Phrase("its weight_map must name files beside it"))
        if not name.endswith(".safetensors"):
            raise _refusal(path, Phrase("it names weights that are pickled, and those are never read"))


def _lacking(name: str) -> Phrase:
    return Phrase("{name} is not in it; pickled weights (*.bin, *.pt) are never read", name=name)


def _refusal(path: Path, why: Phrase) -> RevdemoError:
    return RevdemoError("The model cannot be used because of {path}: {why}.", path=path, why=why)
