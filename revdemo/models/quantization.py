"""Smaller numbers for a CPU: linear layers in int8, or bf16 where the processor multiplies that faster."""

import time
from collections.abc import Sequence
from functools import cache

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from revdemo.errors import RevdemoError
from revdemo.settings import Settings

SMALL = 32  # inputs or outputs; a layer with fewer is a head, and costs nothing
PROBE = 128, 384, 1536  # rows, inputs and outputs of the product that is timed: 0.15 GFLOP
TRIES = 5
FASTER = 1.1  # times as fast as float32, from which bf16 is worth its rounding


class Int8Linear(nn.Module):
    """A linear layer with weights in int8, one scale for each output, and inputs in int8, one for each token.

    The first token of a text has activations a thousand times those of the others (Sun et al. 2024, "Massive
    Activations in Large Language Models"): with one scale for a batch the others would be lost. So what a
    token gives does not depend on the tokens beside it either.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None):
        super().__init__()
        levels = 127 if products_are_exact() else 63  # at 63 the sum of two products fits into 16 bits
        scale = weight.abs().amax(dim=1).clamp(min=1e-8) / levels
        self.in_features, self.out_features = weight.shape[1], weight.shape[0]
        whole = (weight / scale[:, None]).round().to(torch.int8).contiguous()
        self.packed = packs()
        self.register_buffer("weight", _pack(whole) if self.packed else whole.t())
        self.register_buffer("scale", scale)
        self.register_buffer("zeros", torch.zeros(len(scale), dtype=torch.long))
        self.register_buffer("bias", bias)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """The outputs for inputs of any shape whose last dimension is that of the layer's inputs."""
        return self.product(*self.round(inputs.reshape(-1, inputs.shape[-1])), inputs.shape[:-1])

    def dense(self) -> torch.Tensor:
        """The weights in float32, (outputs, inputs), as the layer has rounded them."""
        if not self.packed:
            return self.weight.t().float() * self.scale[:, None]
        ones = torch.eye(self.in_features).add_(128).to(torch.uint8)
        return _packed_product(ones, self.weight, self.scale, self.zeros).t().contiguous()

    def round(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows of inputs as whole numbers, from 128 on in the packed product, and the scale of each row."""
        scale = rows.abs().amax(dim=1, keepdim=True).clamp_(min=1e-8).div_(127)
        whole = rows.div(scale).round_()
        return (whole.add_(128).to(torch.uint8) if self.packed else whole.to(torch.int8)), scale

    def product(self, whole: torch.Tensor, scale: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
        """The outputs for what `round` gave."""
        if self.packed:
            outputs = _packed_product(whole, self.weight, self.scale, self.zeros).mul_(scale)
        else:
            outputs = torch._int_mm(whole, self.weight).float().mul_(scale).mul_(self.scale)
        if self.bias is not None:
            outputs += self.bias
        return outputs.reshape(*shape, -1)


def apply_together(layers: Sequence[nn.Module], rows: torch.Tensor) -> list[torch.Tensor]:
    """What each of the layers gives for the same rows, which are rounded once."""
    first = layers[0]
    if not all(isinstance(layer, Int8Linear) for layer in layers):
        return [layer(rows) for layer in layers]
    rounded = first.round(rows)
    return [layer.product(*rounded, rows.shape[:-1]) for layer in layers]


def _pack(weight: torch.Tensor) -> torch.Tensor:
    """Whole weights (outputs, inputs) in the order in which the processor reads them."""
    return torch.ops.onednn.qlinear_prepack(weight, None)


def _packed_product(
    rows: torch.Tensor, weight: torch.Tensor, scale: torch.Tensor, zeros: torch.Tensor
) -> torch.Tensor:
    return torch.ops.onednn.qlinear_pointwise(
        rows, 1.0, 128, weight, scale, zeros, None, 1.0, 0, torch.float32, "none", [], ""
    )


@cache
def packs() -> bool:
    """Whether this torch multiplies packed int8 weights; a third faster for a large vocabulary."""
    return _packed_is_exact(63)


@cache
def products_are_exact() -> bool:
    """Whether this processor multiplies int8 exactly; AVX2 without VNNI saturates sums of two products.

    Asked of the product that layers use: where the packed one saturates, torch._int_mm may be exact, and
    thirty times as slow.
    """
    if packs():
        return _packed_is_exact(127)
    most = torch.full((32, 64), 127, dtype=torch.int8)
    return bool((torch._int_mm(most, most.t()) == 127 * 127 * 64).all())


def _packed_is_exact(levels: int) -> bool:
    """Whether there is a packed product, and the largest inputs times weights of so many levels are right."""
    rows, weight = (
        torch.full((32, 64), 255, dtype=torch.uint8),
        torch.full((64, 64), levels, dtype=torch.int8),
    )
    try:
        scale, zeros = torch.ones(64), torch.zeros(64, dtype=torch.long)
        found = _packed_product(rows, _pack(weight), scale, zeros)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return bool((found == 127 * levels * 64).all())


@cache
def multiplies_bf16() -> bool:
    """Whether this processor multiplies bf16 faster than float32, found out once in some 20 ms.

    In tiles (AMX) it always does. In vectors (AVX512-BF16) it depends on the machine: 1.7 times as fast was
    measured on one, and 0.6 times on another.
    """
    if getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)():
        return True
    if not getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)():
        return False
    return _seconds(torch.float32) > FASTER * _seconds(torch.bfloat16)


@torch.inference_mode()
def _seconds(dtype: torch.dtype) -> float:
    """The least time that a product of an encoder's size takes in a few tries: other work only adds to it."""
    rows, inputs, outputs = PROBE
    texts, weight = torch.ones(rows, inputs, dtype=dtype), torch.ones(outputs, inputs, dtype=dtype)
    taken = []
    for _ in range(TRIES + 1):  # the first one prepares
        began = time.perf_counter()
        nn.functional.linear(texts, weight)
        taken.append(time.perf_counter() - began)
    return min(taken[1:])


def lighten(model: nn.Module, settings: Settings, device: torch.device) -> str:
    """Make a classifier fast on a CPU: bf16 where that is faster and the settings let us choose.

    Else `quantize`. Returns the precision taken, such as "int8".

    On 400 reviews bf16 gave the stars of float32 99.75% of the time, int8 98%. With AMX it
    was twice as fast as int8, with AVX512-BF16 as fast (36 and 34 film reviews per second; float32: 22).
    A generator reads all its weights for each token, so int8, half the size, is as fast there.
    """
    if settings.quantize == "auto" and device.type == "cpu" and multiplies_bf16():
        model.bfloat16()
        return "bf16"
    return quantize(model, settings, device)


def quantize(model: nn.Module, settings: Settings, device: torch.device, coarse: bool = False) -> str:
    """Turn the linear layers of a model, but for small heads, into int8 ones where the settings say so.

    `auto` does it on a CPU that multiplies int8 exactly; with `coarse` also on one that does so only with
    weights of 63 levels. There a generator writes 1.4 times the tokens of float32, and takes 0.9% more bits
    for real reviews; a classifier gains a seventh. Returns the precision taken: "int8", or that of the
    weights.

    Raises:
        RevdemoError: int8 was asked for on a GPU.
    """
    if settings.quantize == "int8" and device.type != "cpu":
        raise RevdemoError("--quantize int8 is for a CPU: leave it out, or add --device cpu.")
    exact = products_are_exact() or (coarse and packs())
    auto = settings.quantize == "auto" and device.type == "cpu" and exact
    if not auto and settings.quantize != "int8":
        weights = getattr(next(model.parameters(), None), "dtype", torch.float32)
        return "bf16" if weights == torch.bfloat16 else str(weights).removeprefix("torch.")
    for module in list(model.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, nn.Linear | Conv1D) and min(layer.weight.shape) >= SMALL:
                weight = layer.weight.data if isinstance(layer, nn.Linear) else layer.weight.data.t()
                setattr(module, name, Int8Linear(weight, layer.bias))
    return "int8"
