"""What of a model trains: an adapter, its last blocks or all of it."""

from __future__ import annotations

from pathlib import Path

import torch
from peft import (
    LoraConfig,
    TaskType,
    get_peft_model,
    load_peft_weights,
    set_peft_model_state_dict,
)
from transformers.pytorch_utils import Conv1D

from revdemo.errors import RevdemoError
from revdemo.models.weights.bases import resolve_adapter
from train.fitting.recipes import Recipe


def blocks_of(model: torch.nn.Module) -> tuple[str, torch.nn.ModuleList]:
    """The model's list of transformer blocks and its name, such as `model.layers`."""
    count = model.config.num_hidden_layers
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == count:
            return name, module
    raise RevdemoError(
        "No list of {count} blocks was found in {architecture}: train it with mode: full.",
        count=count,
        architecture=type(model).__name__,
    )


def make_trainable(
    model: torch.nn.Module, recipe: Recipe, head: list[str], task: TaskType
) -> torch.nn.Module:
    """Mark what the recipe trains, wrapping the model in an adapter where it asks for one.

    `head` names modules that always train (the head of a classifier, the final norm of a generator).
    """
    if recipe.mode == "full":
        return model
    name, blocks = blocks_of(model)
    first = max(0, len(blocks) - (recipe.blocks or len(blocks)))
    if recipe.mode == "last_blocks":
        model.requires_grad_(False)
        for module in [*blocks[first:], *(model.get_submodule(own) for own in _present(model, head))]:
            module.requires_grad_(True)
        return model
    config = LoraConfig(
        task_type=task,
        r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        target_modules=[f"{name}.{i}.{own}" for i in range(first, len(blocks)) for own in _linear(blocks[i])],
        modules_to_save=_present(model, head) or None,
    )
    model = get_peft_model(model, config)
    if recipe.start:
        set_adapter(model, adapter_weights(resolve_adapter(recipe.start)), recipe.start)
    return model


def adapter_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The weights of the adapter in a folder; raises RevdemoError where there is none."""
    if not (folder / "adapter_model.safetensors").exists():
        raise RevdemoError("There is no adapter in {folder}.", folder=folder)
    return load_peft_weights(str(folder), device="cpu")


def set_adapter(model: torch.nn.Module, weights: dict[str, torch.Tensor], origin: str) -> None:
    """Give a new adapter the weights of another one, which errors call `origin`.

    Raises RevdemoError where it is of another rank or other layers.
    """
    try:
        loaded = set_peft_model_state_dict(model, weights)
    except RuntimeError as error:  # of sizes
        raise RevdemoError(
            "The adapter in {origin} has another rank or base than the recipe's.", origin=origin
        ) from error
    own = {name for name, weight in model.named_parameters() if weight.requires_grad}
    if loaded.unexpected_keys or own & set(loaded.missing_keys):
        raise RevdemoError("The adapter in {origin} adapts other layers than the recipe's.", origin=origin)


def _linear(block: torch.nn.Module) -> list[str]:
    return [name for name, module in block.named_modules() if isinstance(module, torch.nn.Linear | Conv1D)]


def _present(model: torch.nn.Module, names: list[str]) -> list[str]:
    """The modules of a list of suffixes that the model has, by full name."""
    return [
        full
        for full, _ in model.named_modules()
        if any(full == name or full.endswith(f".{name}") for name in names)
    ]


def trainable(model: torch.nn.Module) -> int:
    """How many weights train."""
    return sum(own.numel() for own in model.parameters() if own.requires_grad)
