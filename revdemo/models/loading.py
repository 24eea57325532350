"""Models as the app runs them: an adapter merged into its base, checked, on its device, with tokenizer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from revdemo.errors import Phrase, RevdemoError, lack_of_memory
from revdemo.models.ngrams import FILE as NGRAMS
from revdemo.models.ngrams import NgramModel
from revdemo.models.quiet import quiet
from revdemo.models.role_checks import (
    CLASSIFIER,
    GENERATOR,
    check_complete,
    check_kind,
    is_adapter,
    kind_of,
    warned,
    with_labels,
)
from revdemo.models.weights.bases import BASES, in_wheels, is_at_hand, resolve_base
from revdemo.models.weights.checks import CONFIG, check_folder, check_weights, read_config, read_object
from revdemo.models.weights.hub_errors import brief
from revdemo.models.weights.registry import (
    ACCURATE,
    STARTER,
    ModelSource,
    checksum,
    find,
    places,
    weights_of,
)
from revdemo.settings import Settings, on_a_space

if TYPE_CHECKING:
    import torch


def pick_device(settings: Settings) -> torch.device:
    """The torch device of the settings; `auto` is a GPU if there is one. Sets the number of threads."""
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    if settings.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(settings.device)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RevdemoError(
            "--device {device} was asked for, and torch sees {gpus} CUDA GPUs. Use --device cpu, "
            "or install a CUDA build of torch.",
            device=settings.device,
            gpus=torch.cuda.device_count(),
        )
    return device


def _dtype(device: torch.device) -> torch.dtype:
    """Full precision on a CPU, bf16 on a GPU."""
    import torch

    return torch.bfloat16 if device.type == "cuda" else torch.float32


def load(source: ModelSource, settings: Settings) -> tuple:
    """Load a found model, or an adapter merged into its base, with its tokenizer, onto the device.

    Returns what load_encoder and load_causal return. Raises RevdemoError for a model that is damaged, or of
    another kind than its role needs.
    """
    device, config, folder = pick_device(settings), read_config(source.folder), source.folder
    check_kind(source, config)
    check_folder(folder)
    if is_adapter(source):
        base = config.get("base") or _adapter_base(source)
        folder = _base_of(source, base, settings.cache)
        source = replace(source, warning=_other_base(base, folder))
    model, tokenizer = _read(source, config, folder, _dtype(device))
    check_weights(model, source.folder)
    if kind_of(source.role) == CLASSIFIER:
        source = with_labels(source, list(model.config.id2label.values()))
    model.requires_grad_(False)
    return model.eval().to(device, _dtype(device)), tokenizer, source, config


def _read(source: ModelSource, config: dict, folder: Path, dtype: torch.dtype) -> tuple:
    """The model and the tokenizer from the files of the source and of the folder of its weights."""
    import torch
    from peft import PeftModel
    from safetensors import SafetensorError
    from transformers import AutoTokenizer

    adapter = is_adapter(source)
    try:
        auto, options = _auto(source.role, config, folder)
        with quiet():
            model, loading = auto.from_pretrained(
                folder,
                dtype=torch.float32 if adapter else dtype,  # merging in bf16 would round the adapter away
                use_safetensors=True,
                trust_remote_code=False,  # unsaid, it is asked about on the terminal
                output_loading_info=True,
                **options,
            )
            tokenizer = AutoTokenizer.from_pretrained(source.folder, trust_remote_code=False)
            if adapter:
                model = PeftModel.from_pretrained(model, source.folder).merge_and_unload()
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise lack_of_memory(error) or RevdemoError(
            "The {role} model at {location} could not be loaded: {reason}",
            role=source.role,
            location=source.location,
            reason=brief(error),
        ) from error
    if not adapter:
        check_complete(source, type(model).__name__, loading["missing_keys"])
    return model, tokenizer


def _auto(role: str, config: dict, folder: Path) -> tuple:
    """The class that loads a role's model from the folder of its weights, and its options."""
    from transformers import AutoConfig, AutoModelForCausalLM

    from revdemo.models.pooling import classifier_class

    if kind_of(role) == GENERATOR:
        return AutoModelForCausalLM, {}
    labels = config.get("labels")
    auto = classifier_class(AutoConfig.from_pretrained(folder), config.get("pooling", "first"))
    return auto, {"num_labels": labels} if labels else {}


def _other_base(name: str, folder: Path) -> Phrase | None:
    """The warning of an adapter whose starter base is not the pinned one but another edition of it."""
    base = BASES.get(name)
    if base is None or in_wheels(base) or checksum(weights_of(folder)) == base.sha256:
        return None
    return Phrase(
        "This adapter was trained on {name} as the package {package} has it; it runs on {hub} instead, so "
        "the published figures do not apply.",
        name=name,
        package=base.package.format(part=1),
        hub=base.hub,
    )


def _adapter_base(source: ModelSource) -> str:
    base = read_object(source.folder / "adapter_config.json").get("base_model_name_or_path")
    if not base:
        raise RevdemoError(
            "The {role} model at {location} is an adapter that does not say of which base. Add base to its "
            "revdemo.json.",
            role=source.role,
            location=source.location,
        )
    return str(base)


def _base_of(source: ModelSource, base: str, cache: Path) -> Path:
    """The folder of an adapter's base; RevdemoError that names the adapter where it cannot be used."""
    try:
        return resolve_base(base, cache)
    except RevdemoError as error:
        raise RevdemoError(
            "The {role} model at {location} cannot be used without its base. {error}",
            role=source.role,
            location=source.location,
            error=error,
        ) from error


def load_encoder(role: str, settings: Settings) -> tuple:
    """Load a sequence classifier: (model in eval mode on its device, tokenizer, ModelSource, config).

    Where nobody named the star model, and there is a GPU or this is a Space, the accurate one comes first. If
    its base cannot be had, the starter takes its place, and the warning of its source says why.
    """
    if role != "stars" or not _prefers_accurate(settings):
        return load(find(role, settings), settings)
    try:
        return load(find(role, settings.model_copy(update={"stars_model": ACCURATE})), settings)
    except RevdemoError as error:
        model, tokenizer, source, config = load(find(role, settings), settings)
        why = Phrase(
            "The accurate star model cannot be used here, so another one answers. {error}", error=error
        )
        return model, tokenizer, warned(source, why), config


def settled(settings: Settings) -> Settings:
    """Settings that name the star model which comes first here, so that other machines take the same one."""
    if settings.stars_model:
        return settings
    if _prefers_accurate(settings) and accurate_is_at_hand():
        return settings.model_copy(update={"stars_model": ACCURATE})
    starter = find("stars", settings).kind == STARTER
    return settings.model_copy(update={"stars_model": STARTER}) if starter else settings


def accurate_is_at_hand() -> bool:
    """Whether the accurate star model comes along, and its base can be had without the network."""
    folder = places("stars", ACCURATE)[ACCURATE]
    base = read_config(folder).get("base")
    return base in BASES and is_at_hand(base)


def _prefers_accurate(settings: Settings) -> bool:
    """Whether the accurate star model is the one to try first."""
    trained, accurate = places("stars")["trained"], places("stars", ACCURATE)[ACCURATE]
    if settings.stars_model or (trained / CONFIG).exists() or not (accurate / CONFIG).exists():
        return False
    return on_a_space() or pick_device(settings).type == "cuda"


def load_causal(settings: Settings) -> tuple:
    """Load the generator's model: (model in eval mode on its device, tokenizer, ModelSource, config)."""
    return load(find("generator", settings), settings)


def load_ngrams(source: ModelSource, labels: int) -> NgramModel | None:
    """The n-gram model that stands beside a classifier's transformer, where its checkpoint carries one."""
    path = source.folder / NGRAMS
    return NgramModel.load(path, labels) if path.exists() else None
