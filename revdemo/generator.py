"""Stars to texts: sampling from a language model, a batch at a time."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from revdemo import models
from revdemo.errors import RevdemoError
from revdemo.int8 import quantize
from revdemo.reviews import DEFAULT_PREFIX, clean, prefix
from revdemo.sampling import Batch, Sampling
from revdemo.settings import Settings, load_settings


@dataclass(frozen=True)
class Sample:
    """One text as sampled (not cleaned), whether it ended by itself, and how many tokens were sampled."""

    text: str
    finished: bool
    tokens: int


class ReviewGenerator:
    """A causal language model that was taught `prefix + " " + review + end`, behind `stream` and `sample`."""

    def __init__(self, model, tokenizer, source, config: dict, device: torch.device):
        self.model, self.tokenizer, self.source, self.device = model, tokenizer, source, device
        self.template = config.get("prefix", DEFAULT_PREFIX)
        self.defaults = Sampling(**{key: config[key] for key in Sampling.__annotations__ if key in config})
        self.end = self._end(config.get("end_token", tokenizer.eos_token))

    @classmethod
    def load(cls, settings: Settings) -> "ReviewGenerator":
        """Find and load the generator the settings ask for."""
        model, tokenizer, source, config = models.load_causal(settings)
        device = models.pick_device(settings)
        quantize(model, settings, device)
        return cls(model, tokenizer, source, config, device)

    def _end(self, token: str | None) -> int:
        number = self.tokenizer.get_vocab().get(token)
        if number is None:
            raise RevdemoError(
                f"The generator {self.source.label} has no token {token!r} to end a review with."
            )
        return number

    def stream(
        self,
        stars: int,
        n: int,
        seed: int,
        *,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        guidance: float | None = None,
        opening: str = "",
        should_stop: Callable[[], bool] = lambda: False,
        pulse: int = 0,
    ) -> Iterator[list[Sample]]:
        """Sample `n` texts as one batch and yield them in groups, each group as soon as it is finished.

        What is None comes from the checkpoint. The same arguments on the same device give the same samples.
        `should_stop` is asked before every token; once it says so, unfinished texts are dropped. With a
        `pulse` there is a group, maybe an empty one, after so many tokens at the latest.

        Raises:
            RevdemoError: an argument is out of range, or the opening leaves no room.
        """
        given = {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens, "guidance": guidance}
        sampling = replace(self.defaults, **{key: value for key, value in given.items() if value is not None})
        if n < 1:
            raise RevdemoError(f"{n} samples were asked for: ask for at least 1.")
        asks = [prefix(stars, self.template)] + ([prefix(None)] if sampling.guidance != 1 else [])
        prompts, opened = self._prompts(asks, clean(opening), sampling.max_tokens)
        batch = Batch(self.model, prompts, n, seed, sampling.max_tokens - len(opened), sampling, self.device)
        return self._run(batch, opened, should_stop, pulse)

    def sample(self, stars: int, n: int = 20, seed: int | None = None, **arguments) -> list[str]:
        """Sample `n` cleaned reviews; takes what `stream` takes. Without a seed each call differs."""
        seed = random.SystemRandom().getrandbits(32) if seed is None else seed
        return [clean(one.text) for group in self.stream(stars, n, seed, **arguments) for one in group]

    def _prompts(self, asks: list[str], opening: str, max_tokens: int) -> tuple[list[list[int]], list[int]]:
        """Token ids of each prompt, and of the opening that ends them all; no prompt ends with a space."""
        bare = [self.tokenizer(ask)["input_ids"] for ask in asks]
        prompts = [self.tokenizer(f"{ask} {opening}")["input_ids"] for ask in asks] if opening else bare
        opened = prompts[0][len(bare[0]) :]
        if len(opened) > max_tokens // 2:
            raise RevdemoError(
                f"The opening is {len(opened)} tokens long, more than half of a review of {max_tokens}. "
                "Shorten it, or allow longer reviews."
            )
        needed = max(map(len, bare)) + max_tokens
        room = getattr(self.model.config, "max_position_embeddings", needed)
        if needed > room:
            raise RevdemoError(
                f"Reviews of {max_tokens} tokens need {needed} with their prefix, and the generator has room "
                f"for {room}. Ask for shorter reviews."
            )
        return prompts, opened

    def _run(
        self, batch: Batch, opened: list[int], should_stop: Callable[[], bool], pulse: int
    ) -> Iterator[list[Sample]]:
        while batch.rows:
            if should_stop():
                return
            done = batch.step(self.end)
            if done or (pulse and batch.taken % pulse == 0):
                yield [self._finish(opened, ids) for ids in done]

    def _finish(self, opened: list[int], ids: list[int]) -> Sample:
        text = self.tokenizer.decode(opened + ids, skip_special_tokens=True).strip()
        return Sample(text, ids[-1] == self.end, len(ids))


def load_generator(settings: Settings | None = None) -> ReviewGenerator:
    """The generator of the settings, or of the environment."""
    return ReviewGenerator.load(settings or load_settings())
