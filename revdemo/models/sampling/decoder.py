"""One more token for many texts of a Llama, with nothing computed that a step does not need.

The same layers as in transformers, which also checks, casts and copies for cases that sampling does not have:
at 40 texts those took more than a third of a step.
"""

from __future__ import annotations

from typing import Any, Self

import torch
from torch.nn.functional import rms_norm, silu

from revdemo.models.quantization import apply_together
from revdemo.models.sampling.seats import ROUNDED, Seats

TOGETHER = 16  # rows whose attention is computed at once, over as many columns as the longest of them has
SIMPLE = ("default", "linear", "llama3")  # kinds of rotation in which a position's angle never changes


class LlamaDecoder:
    """The layers of a Llama, which `step` runs over the last token of every text."""

    def __init__(self, model: Any):
        self.model, config = model, model.config
        self.heads, self.groups = config.num_attention_heads, config.num_key_value_heads
        self.size = model.model.layers[0].self_attn.head_dim
        self.scale = self.size**-0.5

    @classmethod
    def of(cls, model: Any) -> Self | None:
        """The decoder of a model, or None for one of another architecture or on a GPU."""
        config = model.config
        known = type(model).__name__ == "LlamaForCausalLM" and config.hidden_act == "silu"
        if not known or next(model.parameters()).device.type != "cpu":
            return None
        rotation = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
        return cls(model) if rotation in SIMPLE else None

    def step(self, ids: torch.Tensor, seats: Seats) -> torch.Tensor:
        """Logits (rows, vocabulary) after one more token for each row."""
        inner = self.model.model
        unseen = self._unseen(seats)
        hidden = inner.embed_tokens(ids)
        turn = self._turn(hidden, seats.positions)
        for number, layer in enumerate(inner.layers):
            read = _normed(layer.input_layernorm, hidden)
            hidden = hidden + self._attend(layer.self_attn, read, number, seats, turn, unseen)
            read = _normed(layer.post_attention_layernorm, hidden)
            gate, up = apply_together((layer.mlp.gate_proj, layer.mlp.up_proj), read)
            hidden += layer.mlp.down_proj(silu(gate).mul_(up))
        return self.model.lm_head(_normed(inner.norm, hidden))

    def _turn(self, hidden: torch.Tensor, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The cosines and sines of each row's position; the first half of the sines is negated."""
        cos, sin = self.model.model.rotary_emb(hidden, positions[None])
        first, second = sin[0].chunk(2, dim=-1)
        return cos[0, :, None], torch.cat((-first, second), dim=-1)[:, None]

    def _attend(
        self,
        layer: Any,
        read: torch.Tensor,
        number: int,
        seats: Seats,
        turn: tuple[torch.Tensor, torch.Tensor],
        unseen: list[torch.Tensor],
    ) -> torch.Tensor:
        asks, keys, values = (
            found.view(len(read), -1, self.size)
            for found in apply_together((layer.q_proj, layer.k_proj, layer.v_proj), read)
        )
        keys, values = seats.update(number, _turned(keys, turn), values)
        asks = _turned(asks, turn).view(len(read), self.groups, -1, self.size)
        found = torch.empty_like(asks)
        for start, mask in zip(range(0, len(read), TOGETHER), unseen, strict=True):
            some = slice(start, start + TOGETHER)
            seen = keys[some, :, : mask.shape[-1]].flatten(0, 1)
            scores = torch.baddbmm(mask, asks[some].flatten(0, 1), seen.transpose(1, 2), alpha=self.scale)
            read_from = values[some, :, : mask.shape[-1]].flatten(0, 1)
            torch.bmm(scores.softmax(dim=-1), read_from, out=found[some].flatten(0, 1))
        return layer.o_proj(found.view(len(read), -1))

    def _unseen(self, seats: Seats) -> list[torch.Tensor]:
        """For every few rows, what hides the columns that each does not have, up to the last one of them."""
        masks = []
        for own in seats.positions.split(TOGETHER):
            columns = -(-(int(own.max()) + 1) // ROUNDED) * ROUNDED
            hidden = torch.arange(columns) > own[:, None]
            mask = torch.zeros(hidden.shape).masked_fill_(hidden, -torch.inf)[:, None, None]
            mask = mask.expand(-1, self.groups, self.heads // self.groups, -1)
            masks.append(mask.reshape(-1, self.heads // self.groups, columns))
        return masks


def _normed(norm: Any, hidden: torch.Tensor) -> torch.Tensor:
    return rms_norm(hidden, hidden.shape[-1:], norm.weight, norm.variance_epsilon)


def _turned(vectors: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Queries or keys turned by their positions: x cos + (x's halves swapped, the first negated) sin."""
    cos, sin = turn
    return torch.addcmul(vectors * cos, vectors.roll(vectors.shape[-1] // 2, dims=-1), sin)
