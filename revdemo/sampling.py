"""Drawing tokens from a language model for many texts at once."""

from dataclasses import dataclass

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from revdemo.errors import RevdemoError


@dataclass(frozen=True)
class Sampling:
    """How texts are sampled.

    max_tokens: longest text in tokens, its opening included.
    guidance: how far to move from the bare prefix towards the one that asks for stars; 1 is no guidance
        (classifier-free guidance, Sanchez et al. 2023, "Stay on topic").
    """

    temperature: float = 1.0
    top_p: float = 0.95
    max_tokens: int = 160
    guidance: float = 1.0

    def __post_init__(self):
        for name, low, high in (
            ("temperature", 0.05, 5),
            ("top_p", 0.01, 1),
            ("max_tokens", 1, 4096),
            ("guidance", 0, 10),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise RevdemoError(f"{name} is {value}, and must be from {low} to {high}.")


class Batch:
    """Texts that are being sampled together; a finished one leaves, so that no time is spent on it.

    With guidance there are two prompts, and the cache holds the texts twice: all under the first prompt, then
    all under the second.
    """

    def __init__(
        self, model, prompts: list[list[int]], n: int, seed: int, steps: int, sampling: Sampling, device
    ):
        self.model, self.prompts, self.sampling, self.device = model, prompts, sampling, device
        self.rows = list(range(n))
        self.texts: list[list[int]] = [[] for _ in range(n)]
        # One number for each text and step, drawn ahead: a text does not depend on when the others end.
        self.draws = torch.rand(steps, n, generator=torch.Generator().manual_seed(seed % 2**63))
        self.taken = 0
        self.cache = _roomy_cache(model.config)

    @torch.inference_mode()
    def step(self, end: int) -> list[list[int]]:
        """Add a token to every text; returns the texts that this finished, by the end token or by length."""
        logits = self._guide(self._continue() if self.taken else self._prefill())
        draws = self.draws[self.taken, self.rows].to(logits.device)
        tokens = draw(logits, draws, self.sampling.temperature, self.sampling.top_p).tolist()
        self.taken += 1
        for row, token in zip(self.rows, tokens, strict=True):
            self.texts[row].append(token)
        keep = [i for i, token in enumerate(tokens) if token != end and self.taken < len(self.draws)]
        kept = {self.rows[i] for i in keep}
        done = [self.texts[row] for row in self.rows if row not in kept]
        if done:
            self._keep(keep)
        return done

    def _prefill(self) -> torch.Tensor:
        """Run each prompt once, and only then make a copy of its cache for every text."""
        width = max(map(len, self.prompts))
        ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in self.prompts])
        self.mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in self.prompts])
        self.mask = self.mask.to(self.device)
        logits = self._forward(ids.to(self.device))
        self.cache.batch_repeat_interleave(len(self.rows))
        self.mask = self.mask.repeat_interleave(len(self.rows), dim=0)
        return logits.repeat_interleave(len(self.rows), dim=0)

    def _continue(self) -> torch.Tensor:
        last = [self.texts[row][-1] for row in self.rows] * len(self.prompts)
        self.mask = torch.nn.functional.pad(self.mask, (0, 1), value=1)
        return self._forward(torch.tensor(last, device=self.device)[:, None])

    def _forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits of the last position, for each row of the cache."""
        positions = (self.mask.cumsum(dim=-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        output = self.model(
            input_ids=ids,
            attention_mask=self.mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1].float()

    def _guide(self, logits: torch.Tensor) -> torch.Tensor:
        if len(self.prompts) == 1:
            return logits
        asked, bare = logits.log_softmax(dim=-1).chunk(2)
        return bare + self.sampling.guidance * (asked - bare)

    def _keep(self, keep: list[int]) -> None:
        count = len(self.rows)
        indices = torch.tensor(
            [i + count * half for half in range(len(self.prompts)) for i in keep],
            dtype=torch.long,
            device=self.device,
        )
        self.cache.batch_select_indices(indices)
        self.mask = self.mask[indices]
        self.rows = [self.rows[i] for i in keep]


def draw(
    logits: torch.Tensor, draws: torch.Tensor, temperature: float, top_p: float, candidates: int = 4096
) -> torch.Tensor:
    """One token for each row of `logits`, from its nucleus: the distribution function inverted at `draws`.

    The nucleus is the fewest likeliest tokens that hold `top_p` together (Holtzman et al. 2020). Only so many
    candidates are sorted, and the whole vocabulary just for rows whose nucleus is larger: sorting it every
    time takes as long as the model.

    logits: rows x vocabulary; draws: one number in [0, 1) for each row; returns one token for each row.
    """
    scores = logits / temperature
    if top_p >= 1:  # everything is in the nucleus, and nothing needs an order
        mass = scores.softmax(dim=-1).cumsum(dim=-1)
        chosen = torch.searchsorted(mass, draws[:, None] * mass[:, -1:], right=True)
        return chosen.clamp(max=scores.shape[-1] - 1).squeeze(1)
    candidates = min(candidates, scores.shape[-1])
    best, tokens = scores.topk(candidates, dim=-1)
    probabilities = (best - scores.logsumexp(dim=-1, keepdim=True)).exp()
    before = probabilities.cumsum(dim=-1) - probabilities
    mass = probabilities.masked_fill(before >= top_p, 0).cumsum(dim=-1)
    chosen = torch.searchsorted(mass, draws[:, None] * mass[:, -1:], right=True)
    chosen = tokens.gather(1, chosen.clamp(max=candidates - 1)).squeeze(1)
    wide = mass[:, -1] < top_p
    if candidates < scores.shape[-1] and wide.any():
        chosen[wide] = draw(logits[wide], draws[wide], temperature, top_p, candidates=scores.shape[-1])
    return chosen


class _RoomyLayer(DynamicLayer):
    """A cache layer that grows into spare room; the plain one copies itself whole at every token."""

    ROOM = 64  # tokens
    buffers: list[torch.Tensor] | None = None

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args, **kwargs):
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if self.buffers is None or self.buffers[0].shape[-2] < end:
            self.buffers = [
                states.new_empty(*states.shape[:2], end + self.ROOM, states.shape[-1])
                for states in (key_states, value_states)
            ]
            if start:
                self.buffers[0][:, :, :start], self.buffers[1][:, :, :start] = self.keys, self.values
        self.buffers[0][:, :, start:end], self.buffers[1][:, :, start:end] = key_states, value_states
        self.keys, self.values = (buffer[:, :, :end] for buffer in self.buffers)
        return self.keys, self.values

    def batch_repeat_interleave(self, repeats: int) -> None:
        super().batch_repeat_interleave(repeats)
        self.buffers = None

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        super().batch_select_indices(indices)
        self.buffers = None


def _roomy_cache(config) -> DynamicCache:
    cache = DynamicCache(config=config)
    cache.layers = [_RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache
