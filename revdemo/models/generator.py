"""Stars to texts: sampling from a language model, a batch at a time."""

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

import torch

from revdemo.errors import RevdemoError
from revdemo.models import loading
from revdemo.models.quantization import quantize
from revdemo.models.sampling.batch import Batch, Text
from revdemo.models.sampling.options import Sampling
from revdemo.models.sampling.schedule import Sample, schedule
from revdemo.models.weights.registry import ModelSource
from revdemo.reviews import Prefix, clean
from revdemo.settings import Settings, load_settings

LOOK = 8  # tokens between two looks at texts that may be hopeless
MOST_SEATS = 256


class ReviewGenerator:
    """A causal language model that was taught `prefix + " " + review + end`, behind `stream` and `sample`."""

    precision = ""  # of the weights as they run, once `load` has chosen it
    refills = True  # `stream` gives the seat of a text that ended to the next
    batches: type[Batch] = Batch  # how texts are sampled together

    def __init__(
        self, model: Any, tokenizer: Any, source: ModelSource, config: Mapping[str, Any], device: torch.device
    ):
        self.model, self.tokenizer, self.source, self.device = model, tokenizer, source, device
        self.prefix = Prefix.of(config)
        self.defaults = Sampling.of(config)
        self.end = self._end(config.get("end_token", tokenizer.eos_token))

    @property
    def template(self) -> str:
        """The words that ask for stars, with the names of what is filled in."""
        return self.prefix.template

    @classmethod
    def load(cls, settings: Settings) -> "ReviewGenerator":
        """Find and load the generator the settings ask for."""
        model, tokenizer, source, config = loading.load_causal(settings)
        device = loading.pick_device(settings)
        precision = quantize(model, settings, device, coarse=True)
        writer = cls(model, tokenizer, source, config, device)
        writer.precision = precision
        return writer

    def _end(self, token: str | None) -> int:
        number = self.tokenizer.get_vocab().get(token)
        if number is None:
            raise RevdemoError(
                "The generator {model} has no token {token!r} to end a review with.",
                model=self.source.label,
                token=token,
            )
        return number

    def stream(
        self,
        stars: int,
        n: int,
        seed: int,
        *,
        kind: str | None = None,
        opening: str = "",
        first: int = 0,
        likelihood: bool = False,
        seats: int | None = None,
        more: Callable[[int], bool] = lambda begun: True,
        flaw: Callable[[str], str] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        pulse: int = 0,
        **sampling: float | None,
    ) -> Generator[list[Sample]]:
        """Sample `n` texts, as many at a time as there are `seats`, and yield each group that is finished.

        `sampling` takes the fields of Sampling; what is None comes from the checkpoint. `kind` is what the
        reviews are about, one of kinds.KINDS; only a generator that was taught kinds takes one. The same
        arguments on the same device give the same samples, each by its own number alone: the first of them
        whatever `n` is, and with `first` those from that number on. With `likelihood` each comes with its
        nats. A text that ends leaves its seat to the next, unless `more`, which is told how many have begun,
        refuses. `flaw` is asked every few tokens of a text what is wrong with it so far, and ends it by an
        answer. `should_stop` is asked before every token; then unfinished texts are dropped. With a `pulse` a
        group, maybe an empty one, comes every so many tokens.

        Raises:
            RevdemoError: an argument is out of range, the generator was taught no kinds, or the opening
                leaves no room.
        """
        asked = self._sampling(sampling)
        self._check(n, kind)
        asks = [self.prefix.ask(stars, kind)] + [self.prefix.ask(None, kind)] * (asked.guidance != 1)
        prompts, opened = self._prompts(asks, clean(opening), asked.max_tokens)
        steps = asked.max_tokens - len(opened)
        batch = self.batches(
            self.model, prompts, min(n, seats or MOST_SEATS), seed, steps, asked, self.device, likelihood
        )
        return schedule(
            _Writing(self, batch, opened, flaw), range(first, first + n), more, should_stop, pulse
        )

    def _check(self, n: int, kind: str | None) -> None:
        if n < 1:
            raise RevdemoError("{n} samples were asked for: ask for at least 1.", n=n)
        if kind is not None and not self.prefix.knows_kinds:
            raise RevdemoError(
                "The generator {label} has not learned kinds of reviews: leave the kind out.",
                label=self.source.label,
            )

    def _sampling(self, given: Mapping[str, Any]) -> Sampling:
        """The settings of the checkpoint but for those given."""
        if unknown := given.keys() - Sampling.__annotations__.keys():
            raise TypeError(f"stream() got an unexpected keyword argument {min(unknown)!r}")
        return replace(self.defaults, **{key: value for key, value in given.items() if value is not None})

    def sample(self, stars: int, n: int = 20, seed: int | None = None, **arguments: Any) -> list[str]:
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
                "The opening is {tokens} tokens long, more than half of a review of {max_tokens}. Shorten "
                "it, or allow longer reviews.",
                tokens=len(opened),
                max_tokens=max_tokens,
            )
        needed = max(map(len, bare)) + max_tokens
        room = getattr(self.model.config, "max_position_embeddings", needed)
        if needed > room:
            raise RevdemoError(
                "Reviews of {max_tokens} tokens need {needed} with their prefix, and the generator has "
                "room for {room}. Ask for shorter reviews.",
                max_tokens=max_tokens,
                needed=needed,
                room=room,
            )
        return prompts, opened

    def text(self, tokens: list[int]) -> str:
        """The words of a text's tokens, or of the first of them."""
        return self.tokenizer.decode(tokens, skip_special_tokens=True).strip()


class _Writing:
    """The seats of one stream, in which texts are looked at every few tokens for what makes them hopeless."""

    def __init__(
        self, writer: ReviewGenerator, batch: Batch, opened: list[int], flaw: Callable[[str], str] | None
    ):
        self._writer, self._batch, self._opened, self._flaw = writer, batch, opened, flaw

    @property
    def free(self) -> int:
        return self._batch.free

    @property
    def texts(self) -> list[Text]:
        return self._batch.texts

    def begin(self, numbers: list[int]) -> list[Sample]:
        return [self._sample(text) for text in self._batch.begin(numbers, self._writer.end)]

    def step(self) -> list[Sample]:
        ended = [self._sample(text) for text in self._batch.step(self._writer.end)]
        return ended + self._given_up() if self._flaw else ended

    def _given_up(self) -> list[Sample]:
        """Let go of the texts that something is wrong with already; each is looked at by its own length."""
        looked_at = [text for text in self._batch.texts if len(text.tokens) % LOOK == 1]
        found = [(text, self._flaw(self._words(text))) for text in looked_at if self._flaw]
        hopeless = [(text, why) for text, why in found if why]
        self._batch.drop([text for text, _ in hopeless])
        return [replace(self._sample(text), flaw=why) for text, why in hopeless]

    def _sample(self, text: Text) -> Sample:
        finished, nats = text.tokens[-1] == self._writer.end, text.nats if self._batch.likelihood else None
        return Sample(self._words(text), finished, len(text.tokens), nats, number=text.number)

    def _words(self, text: Text) -> str:
        return self._writer.text(self._opened + text.tokens)


def load_generator(settings: Settings | None = None) -> ReviewGenerator:
    """The generator of the settings, or of the environment."""
    return ReviewGenerator.load(settings or load_settings())


def load_continuous(settings: Settings) -> ReviewGenerator:
    """The generator of the settings, its texts batched by transformers' own continuous batching.

    Raises:
        RevdemoError: as `check_continuous` does, and where the model is missing.
    """
    check_continuous(settings)
    from revdemo.models.sampling.pages import Pages

    writer = ReviewGenerator.load(settings)
    writer.batches = Pages
    return writer


def check_continuous(settings: Settings) -> None:
    """Refuse the engine continuous where it cannot run, before a model is loaded.

    Raises:
        RevdemoError: the device is no CUDA GPU, or transformers has no such batching.
    """
    if loading.pick_device(settings).type != "cuda":
        raise RevdemoError("The engine continuous needs a CUDA GPU: use --engine plain on this device.")
    try:
        from revdemo.models.sampling import pages  # noqa: F401
    except ImportError as error:
        raise RevdemoError(
            "The engine continuous needs another release of transformers: {reason}. Update it, or use "
            "--engine plain.",
            reason=str(error),
        ) from error
