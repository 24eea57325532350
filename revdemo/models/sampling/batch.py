"""Texts that are being sampled together, a token of each at a time."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache

from revdemo.models.sampling.decoder import LlamaDecoder
from revdemo.models.sampling.drawing import draw
from revdemo.models.sampling.options import Sampling
from revdemo.models.sampling.seats import Seats, as_cache


class Text:
    """A text by its number: its tokens so far, and what chance has in store for it.

    nats: of its tokens under the first prompt, unguided and without the end token. rows: its own among the
    keys and values, one for each prompt that it is still under.
    """

    def __init__(self, number: int, seed: int, steps: int):
        self.number, self.nats = number, 0.0
        self.tokens: list[int] = []
        self.rows: list[int] = []
        # Its own stream: what it draws depends neither on the other texts nor on when it begins.
        own = int(np.random.SeedSequence([seed % 2**63, number]).generate_state(1)[0])
        self.draws = torch.rand(steps, generator=torch.Generator().manual_seed(own)).tolist()


class Batch:
    """A fixed number of seats; a text that ends frees its own, and `begin` gives it to the next.

    With guidance there are two prompts, and a text has a row under each until its guided tokens are drawn.
    """

    def __init__(
        self,
        model: Any,
        prompts: list[list[int]],
        seats: int,
        seed: int,
        steps: int,
        sampling: Sampling,
        device: torch.device,
        likelihood: bool = False,
    ):
        self.model, self.sampling, self.device = model, sampling, device
        self.seed, self.steps, self.likelihood = seed, steps, likelihood
        self.count, self.texts = seats, list[Text]()
        self.owners: list[Text] = []  # of the rows
        self.decoder = LlamaDecoder.of(model)
        self.cache_name = _cache_name(model)
        with torch.inference_mode():
            self._take_seats(prompts)

    def _take_seats(self, prompts: list[list[int]]) -> None:
        """Read the prompts, and make room for the texts that follow them."""
        found = [self._read(prompt) for prompt in prompts]
        self.seats = Seats([cache for cache, _ in found], self.count * len(found), self.steps)
        self.first = torch.cat([logits for _, logits in found])

    @property
    def free(self) -> int:
        """How many more texts can begin."""
        return self.count - len(self.texts)

    @torch.inference_mode()
    def begin(self, numbers: list[int], end: int) -> list[Text]:
        """Draw the first token of the texts of these numbers; returns those that it ended."""
        new = [Text(number, self.seed, self.steps) for number in numbers]
        for text in new:
            for prompt in range(len(self.first)):
                text.rows.append(self.seats.take(prompt))
                self.owners.append(text)
        self.texts += new
        self._add([logits.expand(len(new), -1) for logits in self.first], new, end)
        return self._leave(end)

    @torch.inference_mode()
    def step(self, end: int) -> list[Text]:
        """Add a token to every text; returns those that this ended, by the end token or by length."""
        self.seats.begin(self.device)
        last = torch.tensor([text.tokens[-1] for text in self.owners], device=self.device)
        logits = self.decoder.step(last, self.seats) if self.decoder else self._continue(last)
        self.seats.end()
        if len(self.first) == 1:  # a row for each text, which need not be copied
            self._add([logits], self.owners[:], end)
        else:
            rows = (
                [text.rows[0] for text in self.texts],
                [text.rows[1] for text in self.texts if _is_guided(text)],
            )
            self._add([logits[own] for own in rows], self.texts, end)
        return self._leave(end)

    @torch.inference_mode()
    def drop(self, texts: list[Text]) -> None:
        """Let go of texts that are not worth finishing."""
        for text in texts:
            self.texts.remove(text)
            while text.rows:
                self._free(text)

    def _read(self, prompt: list[int]) -> tuple[DynamicCache, torch.Tensor]:
        """The cache of a prompt, which every text begins with, and its logits."""
        cache = DynamicCache(config=self.model.config)
        ids = torch.tensor([prompt], device=self.device)
        output = self.model(input_ids=ids, use_cache=True, logits_to_keep=1, **{self.cache_name: cache})
        return cache, output.logits[:, -1].float()

    def _continue(self, last: torch.Tensor) -> torch.Tensor:
        """What the decoder does, by transformers: for any architecture, and on a GPU."""
        output = self.model(
            input_ids=last[:, None],
            attention_mask=self.seats.seen.long(),
            position_ids=self.seats.positions[:, None],
            use_cache=True,
            logits_to_keep=1,
            **{self.cache_name: as_cache(self.seats, self.model.config)},
        )
        return output.logits[:, -1].float()

    def _add(self, logits: list[torch.Tensor], texts: list[Text], end: int) -> None:
        """Draw a token for each of the texts, from its logits and those of the guided ones' other prompt."""
        asked = logits[0]
        draws = torch.tensor([text.draws[len(text.tokens)] for text in texts], device=self.device)
        drawn = draw(self._guide(logits, texts), draws, self.sampling)
        nats = [0.0] * len(texts)
        if self.likelihood:
            nats = (asked.logsumexp(dim=-1) - asked.gather(1, drawn[:, None]).squeeze(1)).tolist()
        for text, token, value in zip(texts, drawn.tolist(), nats, strict=True):
            text.tokens.append(token)
            text.nats += value if token != end else 0
            if _is_guided(text) and len(text.tokens) >= self.sampling.guided_tokens:
                self._free(text)

    def _guide(self, logits: list[torch.Tensor], texts: list[Text]) -> torch.Tensor:
        """The logits to draw from: those of the first prompt, moved away from the other's where guided."""
        guided = [place for place, text in enumerate(texts) if _is_guided(text)]
        if not guided:
            return logits[0]
        asked, bare = logits[0][guided].log_softmax(dim=-1), logits[1].log_softmax(dim=-1)
        moved = bare + self.sampling.guidance * (asked - bare)
        if len(guided) == len(logits[0]):
            return moved
        return logits[0].index_copy(0, torch.tensor(guided, device=moved.device), moved)

    def _leave(self, end: int) -> list[Text]:
        done = [text for text in self.texts if text.tokens[-1] == end or len(text.tokens) >= self.steps]
        self.drop(done)
        return done

    def _free(self, text: Text) -> None:
        """Free the last of a text's rows; what is in the last one of all moves there."""
        row = text.rows.pop()
        self.seats.leave(row)
        moved = self.owners.pop()
        if row < len(self.owners):
            self.owners[row] = moved
            moved.rows[moved.rows.index(len(self.owners))] = row


def _is_guided(text: Text) -> bool:
    return len(text.rows) > 1


def _cache_name(model: Any) -> str:
    """What the model's `forward` calls its cache, which transformers renamed in 5.24."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"
