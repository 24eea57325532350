"""Scripted stand-ins for the generator and the classifier: a queue of answers, a history of questions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

# What a page or a chart must show as text.
ATTACK = "A <img src=x onerror='document.title=`owned`'> film ${document.title=`owned`} and {{value}}."


class Sample(NamedTuple):
    """What a generator yields, without its torch."""

    text: str
    finished: bool = True
    tokens: int = 10


@dataclass(frozen=True)
class Prediction:
    """What a classifier returns, without its torch."""

    stars: int
    confidence: float
    probabilities: tuple[float, ...]


def source(role: str) -> SimpleNamespace:
    return SimpleNamespace(
        role=role,
        kind="named",
        location=f"fake/{role}",
        revision="0123abcd",
        label=f"fake {role}",
        folder=Path("no folder of a fake"),
        warning=None,
    )


def prediction(stars: int, confidence: float = 0.8) -> Prediction:
    """A prediction of `stars` at `confidence`, the rest spread evenly over the other stars."""
    rest = (1 - confidence) / 4
    return Prediction(stars, confidence, tuple(confidence if s == stars else rest for s in range(1, 6)))


class FakeGenerator:
    """Plays rounds from a script: a round is a list of groups, a group a list of texts or Samples.

    An exception in the place of a group is raised there; a function is called (to move a clock, or to wait).
    Without a script every text is new: "review 1 word1 ...", in groups of `group`.
    """

    def __init__(self, rounds: Sequence[Sequence] | None = None, group: int = 5):
        self.rounds = None if rounds is None else list(rounds)
        self.group = group
        self.history: list[dict] = []
        self.closed = 0
        self.written = 0
        self.source = source("generator")

    def stream(
        self, stars: int, n: int, seed: int, *, should_stop: Callable[[], bool], **options
    ) -> Iterator[list]:
        self.history.append({"stars": stars, "n": n, "seed": seed, **options})
        try:
            for group in self._invent(n) if self.rounds is None else self.rounds.pop(0):
                if should_stop():
                    return
                if isinstance(group, Exception):
                    raise group
                if callable(group):
                    group()
                else:
                    yield [one if isinstance(one, Sample) else Sample(one) for one in group]
        finally:
            self.closed += 1

    def _invent(self, n: int) -> Iterator[list[str]]:
        for start in range(0, n, self.group):
            yield [self._text() for _ in range(min(self.group, n - start))]

    def _text(self) -> str:
        self.written += 1
        return (
            f"Review {self.written} of " + " ".join(f"film{self.written * 31 + i}" for i in range(12)) + "."
        )


class FakeClassifier:
    """Predicts from a script of stars or Predictions.

    The script is a queue in the order of the texts, a mapping by text, a function of the text, or one number
    of stars for every text. An exception in it is raised.
    """

    def __init__(self, script: Sequence | Mapping | Callable | int = 4):
        self.script = list(script) if isinstance(script, Sequence) else script
        self.history: list[list[str]] = []
        self.source = source("stars")

    def predict(
        self, texts: Sequence[str], batch_tokens: int | None = None, progress=None
    ) -> list[Prediction]:
        self.history.append(list(texts))
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> Prediction:
        answer = self.script
        if isinstance(answer, Mapping):
            answer = answer[text]
        elif isinstance(answer, list):
            answer = answer.pop(0)
        elif callable(answer):
            answer = answer(text)
        if isinstance(answer, Exception):
            raise answer
        return prediction(answer) if isinstance(answer, int) else answer
