"""Models for the page's tests: quick, slow or broken, and what they say can be foretold."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

from revdemo.ui.services.services import Services
from tests.support.fakes import FakeGenerator, Sample, source


@dataclass(frozen=True)
class Judged:
    stars: int
    confidence: float
    probabilities: tuple[float, ...]

    @property
    def expected(self) -> float:
        return sum(stars * share for stars, share in enumerate(self.probabilities, start=1))


class WordClassifier:
    """Says the stars that a text names as its last digit, else 4; reads 400 words."""

    device = "cpu"

    def __init__(self):
        self.source = source("stars")

    def truncates(self, text: str) -> bool:
        return len(text.split()) > 400

    def predict(self, texts: Sequence[str]) -> list[Judged]:
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> Judged:
        digits = [int(letter) for letter in text if letter in "12345"]
        stars = digits[-1] if digits else 4
        shares = [0.62 if star == stars else 0.23 if abs(star - stars) == 1 else 0.03 for star in range(1, 6)]
        total = sum(shares)
        return Judged(stars, shares[stars - 1] / total, tuple(share / total for share in shares))


class WordPolarity:
    """Says the polarity that a text names, else positive; reads 400 words."""

    device = "cpu"

    def __init__(self):
        self.source = source("polarity")

    def truncates(self, text: str) -> bool:
        return len(text.split()) > 400

    def predict(self, texts: Sequence[str]) -> list[SimpleNamespace]:
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> SimpleNamespace:
        shares = {"negative": 0.04, "neutral": 0.5, "positive": 0.96}
        named = next((name for name in shares if name in text), "positive")
        return SimpleNamespace(polarity=named, probability=shares[named])


ADJECTIVES, NOUNS = (
    text.split()
    for text in (
        "quiet clumsy gorgeous tired sharp hollow tender loud crooked patient brittle golden",
        "script music cast ending pace camera villain dialogue romance chase finale silence",
    )
)


class SlowGenerator(FakeGenerator):
    """Writes a text every `pause` seconds, asking whether to stop meanwhile; every `off`th misses.

    `extra` are texts that come first.
    """

    device = "cpu"
    defaults = SimpleNamespace(temperature=0.8, top_p=0.9, min_p=0.05, max_tokens=96)

    def __init__(self, pause: float = 0.05, extra: Sequence[str] = (), off: int = 3):
        super().__init__()
        self.pause, self.extra, self.off = pause, list(extra), off

    def stream(
        self, stars: int, n: int, seed: int, *, should_stop: Callable[[], bool], **options
    ) -> Iterator[list[Sample]]:
        self.history.append({"stars": stars, "n": n, "seed": seed, **options})
        for _ in range(n):
            until = time.monotonic() + self.pause
            while time.monotonic() < until:
                if should_stop():
                    return
                time.sleep(0.005)
            yield [Sample(self.extra.pop(0) if self.extra else self._write(stars))]

    def _write(self, stars: int) -> str:
        self.written += 1
        number = self.written
        named = (stars % 5) + 1 if self.off and number % self.off == 0 else stars
        first, second = ADJECTIVES[number % 12], ADJECTIVES[(number * 5 + number // 12) % 12]
        third, fourth = NOUNS[(number * 7) % 12], NOUNS[(number // 12 + 3) % 12]
        tale = " ".join(f"{NOUNS[(number * k + k) % 12]}{number}x{'abcdefgh'[k]}" for k in range(8))
        return f"A {first} {third} meets a {second} {fourth}. {tale} and so I remember it, number {named}."


def services(settings, **options) -> Services:
    """Services on fakes; `options` replace loaders."""
    return Services(
        settings,
        **{
            "load_stars": lambda _: WordClassifier(),
            "load_generator": lambda _: SlowGenerator(),
            "load_polarity": lambda _: None,
            "load_copies": lambda _: None,
        }
        | options,
    )
