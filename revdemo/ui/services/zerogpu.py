"""ZeroGPU, Spaces that lend a GPU for each call: the models' work runs in a fork, everything else stays here.

The package `spaces`, which such a Space has by itself, forks the process for a decorated call, sends pickled
arguments there and pickled results back. So the models, on CUDA before the launch, are found by their role in
the fork, and a call takes plain values. One call is one round of sampling and judging; the ledger, the
verdicts and Stop are in this process. Elsewhere all of this is inert.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cache
from types import SimpleNamespace
from typing import Any

from revdemo.errors import RevdemoError

SECONDS = 60  # that a call may take; the visitor's quota must have as many left
PULSE = 8  # tokens between two moments at which a round can be stopped
MOST = 10_000  # judged texts that wait to be asked for

MODELS: dict[str, Any] = {}  # by role; the fork has those that were there before the launch


def is_on() -> bool:
    """Whether this is a Space with ZeroGPU."""
    asked = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
    return asked and importlib.util.find_spec("spaces") is not None


def behind(role: str, model: Any) -> Any:
    """The model as this process may use it: behind the GPU's door on ZeroGPU, and itself elsewhere."""
    if model is None or not is_on():
        return model
    door()
    MODELS[role] = model
    return RemoteGenerator(role) if role == "generator" else RemoteClassifier(role)


@cache
def door() -> SimpleNamespace:
    """The decorated calls, made once and before the launch, and before torch is imported."""
    import spaces

    os.register_at_fork(after_in_child=_unlock)
    gpu = spaces.GPU(duration=SECONDS)
    return SimpleNamespace(call=gpu(_call), round=gpu(_round))


def _unlock() -> None:
    """A lock that another thread held at the moment of the fork would never be released in it."""
    for model in MODELS.values():
        if hasattr(model, "_lock"):
            model._lock = threading.Lock()


def _call(function: Callable, role: str, *arguments: Any) -> Any:
    """In the fork: a function of a model; a mistake of the user is returned, for its words would be lost."""
    try:
        return function(MODELS[role], *arguments)
    except RevdemoError as error:
        return error


def _round(stars: int, n: int, seed: int, options: dict[str, Any]) -> Iterator[tuple]:
    """In the fork: the groups of a round, each with what the classifier says of its cleaned texts."""
    from revdemo.generation.copies import words
    from revdemo.reviews import clean

    try:
        groups = MODELS["generator"].stream(stars, n, seed, should_stop=lambda: False, pulse=PULSE, **options)
        for group in groups:
            texts = [text for text in (clean(sample.text) for sample in group) if words(text)]
            judged = MODELS["stars"].predict(texts) if texts and "stars" in MODELS else []
            yield group, list(zip(texts, judged, strict=False))
    except RevdemoError as error:
        yield error, []


def _predict(model: Any, texts: list[str], batch_tokens: int | None) -> list:
    return model.predict(texts) if batch_tokens is None else model.predict(texts, batch_tokens)


class Remote:
    """A model behind the door: what needs no GPU, such as its source or its tokenizer, is the model's own."""

    def __init__(self, role: str):
        self.role = role

    def __getattr__(self, name: str) -> Any:
        return getattr(MODELS[self.role], name)

    def elsewhere(self, function: Callable, *arguments: Any) -> Any:
        """What a function, by whose name the fork finds it, gives for the model and these arguments."""
        found = door().call(function, self.role, *arguments)
        if isinstance(found, RevdemoError):
            raise found
        return found


class RemoteClassifier(Remote):
    """A classifier behind the door; what a round has judged already is not asked again."""

    judged: dict[str, Any] = {}  # noqa: RUF012  of all rounds: a text has one answer, whoever asks

    def predict(
        self,
        texts: Sequence[str],
        batch_tokens: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> list:
        """Predict the answer to each text, as the classifier does."""
        known = [self.judged.pop(text, None) for text in texts] if self.role == "stars" else [None]
        if any(one is None for one in known):
            known = self.elsewhere(_predict, list(texts), batch_tokens)
        if progress:
            progress(len(texts), len(texts))
        return known


class RemoteGenerator(Remote):
    """The generator behind the door."""

    refills = False  # a call, which is a fork, cannot be told what became of its texts

    def stream(
        self,
        stars: int,
        n: int,
        seed: int,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> Iterator[list]:
        """Sample as the generator does; the classifier's answers to the samples come with them."""
        with closing(door().round(stars, n, seed, options)) as groups:
            for group, judged in groups:
                if isinstance(group, RevdemoError):
                    raise group
                if should_stop():
                    return
                if len(RemoteClassifier.judged) > MOST:  # those of runs that ended before they asked
                    RemoteClassifier.judged.clear()
                RemoteClassifier.judged.update(judged)
                if group:
                    yield group
