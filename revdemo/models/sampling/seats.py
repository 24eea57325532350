"""Keys and values of texts that are sampled together: a text that leaves makes room for the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from revdemo.errors import RevdemoError

ROUNDED = 16  # columns: the same instructions for a text, however long its neighbours are


class Seats:
    """The keys and values of every layer, with a row for each text under each of its prompts.

    A text begins at the first column of its own rows. Rows are taken from the first on, without a gap.
    """

    def __init__(self, prefixes: Sequence[DynamicCache], count: int, steps: int):
        self.prefixes, self.count = prefixes, count
        self.starts = [prefix.get_seq_length() for prefix in prefixes]
        room = -(-(max(self.starts) + steps) // ROUNDED) * ROUNDED
        self.keys: list[torch.Tensor] = []
        self.values: list[torch.Tensor] = []
        for layer in prefixes[0].layers:
            if not isinstance(layer, DynamicLayer):
                raise RevdemoError(
                    "The generator keeps {kind} of its text, and revdemo can only sample from one that keeps "
                    "keys and values. Name another generator.",
                    kind=type(layer).__name__,
                )
            for held, states in ((self.keys, layer.keys), (self.values, layer.values)):
                held.append(_zeros((count, states.shape[1], room, states.shape[-1]), states))
        self.lengths = torch.zeros(count, dtype=torch.long)
        self.taken = 0

    def take(self, prompt: int) -> int:
        """Give the next free row to a text that has only this one of the prompts; returns its number."""
        row, length = self.taken, self.starts[prompt]
        self.lengths[row] = length
        for keys, values, layer in zip(self.keys, self.values, self.prefixes[prompt].layers, strict=True):
            keys[row, :, :length], values[row, :, :length] = layer.keys[0], layer.values[0]
        self.taken += 1
        return row

    def leave(self, row: int) -> None:
        """Free a row; what is in the last one moves there."""
        self.taken -= 1
        self.lengths[row] = length = int(self.lengths[self.taken])
        if row != self.taken:
            for held in (*self.keys, *self.values):
                held[row, :, :length] = held[self.taken, :, :length]

    def begin(self, device: torch.device) -> None:
        """Prepare a step, in which every row gets one more column."""
        own = self.lengths[: self.taken]
        self.columns = -(-(int(own.max()) + 1) // ROUNDED) * ROUNDED
        self.seen = (torch.arange(self.columns) <= own[:, None]).to(device)
        self.positions, self.rows = own.to(device), torch.arange(self.taken, device=device)

    def update(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the keys and values (rows, heads, size) of this step; returns those of all columns so far."""
        found = []
        for held, new in ((self.keys[layer], keys), (self.values[layer], values)):
            held[self.rows, :, self.positions] = new
            found.append(held[: len(self.rows), :, : self.columns])
        return found[0], found[1]

    def end(self) -> None:
        """Count the column that the step added."""
        self.lengths[: self.taken] += 1


def _zeros(shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    """Zeros, for what a text does not have yet is read and weighs nothing; unwritten they take no memory."""
    if like.device.type == "cpu" and like.dtype == torch.float32:
        return torch.from_numpy(np.zeros(shape, dtype=np.float32))
    return like.new_zeros(shape)


class _SeatLayer(DynamicLayer):
    """A layer of the cache as transformers asks for it, with its keys and values in the seats."""

    def __init__(self, seats: Seats, number: int):
        super().__init__()
        self.seats, self.number = seats, number

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self.seats.update(self.number, key_states[:, :, 0], value_states[:, :, 0])

    def get_seq_length(self) -> int:
        return self.seats.columns - 1

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.seats.columns, 0


def as_cache(seats: Seats, config: Any) -> DynamicCache:
    """The seats as a cache that a model of transformers takes."""
    cache = DynamicCache(config=config)
    cache.layers = [_SeatLayer(seats, number) for number in range(len(seats.keys))]
    return cache
