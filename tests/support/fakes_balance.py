"""A lopsided table, and a generator that knows which stars it was asked for."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_lowercase as LETTERS

import pandas as pd

from tests.support.fakes import FakeGenerator, Sample

REAL = {1: 4, 2: 0, 3: 2, 4: 3, 5: 6}  # rows of each star


def tale(number: int, stars: int) -> str:
    """A text that is like no other one, and says its stars where StarReader looks."""
    drawn = random.Random(number)
    told = " ".join("".join(drawn.choices(LETTERS, k=7)) for _ in range(10))
    return f"The {told} ends so: {'abcde'[stars - 1]}."


def lopsided(path: Path, **columns) -> Path:
    """A CSV with REAL rows of each star, other columns, a row without words and one without a rating."""
    rows = [
        {"id": f"{star}-{n:02}", "Text": tale(1000 * star + n, star), "score": str(star), "note": "=1+1"}
        for star, count in REAL.items()
        for n in range(count)
    ]
    rows += [
        {"id": "x-1", "Text": "", "score": "4", "note": "-5"},
        {"id": "x-2", "Text": "No score here, alas.", "score": "", "note": ""},
    ]
    pd.DataFrame([row | columns for row in rows]).to_csv(path, index=False)
    return path


class StarWriter(FakeGenerator):
    """Writes new tales of the stars asked for, in groups of five; every `off`th is of another star.

    before: called before each group, with how many texts were written, to stop or to fail there.
    """

    def __init__(self, off: int = 0, before: Callable[[int], None] = lambda _: None, start: int = 0):
        super().__init__()
        self.off, self.before, self.written = off, before, start

    def stream(self, stars: int, n: int, seed: int, *, should_stop=lambda: False, **options) -> Iterator:
        self.history.append({"stars": stars, "n": n, "seed": seed, **options})
        for start in range(0, n, 5):
            if should_stop():
                return
            self.before(self.written)
            yield [self._next(stars) for _ in range(min(5, n - start))]

    def _next(self, stars: int) -> Sample:
        self.written += 1
        miss = self.off and self.written % self.off == 0
        return Sample(tale(self.written, stars % 5 + 1 if miss else stars))


def star_of(text: str) -> int:
    """The stars that a tale says."""
    return "abcde".index(text.rstrip(".")[-1]) + 1
