"""How far a table is from what the generator writes: how many bits each byte of its reviews takes it.

A generator that learned from film reviews predicts a film review better than one of a dress. `FAR` was chosen
on real reviews: see benchmarks/distance.py, which prints the figures.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from revdemo.errors import Phrase
from revdemo.evaluation.results import GeneratorFile, read_file_or_none
from revdemo.files import METRICS
from revdemo.generation.copies import words
from revdemo.intervals import POSITIVE, bootstrap
from revdemo.kinds import guess_kind
from revdemo.models import likelihood
from revdemo.models.likelihood import Likelihood
from revdemo.models.weights import registry

if TYPE_CHECKING:
    from revdemo.models.generator import ReviewGenerator

TEXTS = 80  # reviews that are measured
TOKENS = 40  # of each: where a review begins it shows best what it is about
SHORTEST = 5  # words; a shorter text has too little to predict
FAR = 1.1  # times the reference, from which a table does not look like what the generator writes
BATCH = 8
REFERENCE = "bits_per_byte"  # in a generator's revdemo.json: of reviews like those it learned from
MEASURED = METRICS / "generator.json"


@dataclass(frozen=True)
class Distance:
    """Bits per byte of a table's reviews with a 95% interval, beside those of the generator's own kind.

    n: reviews measured. reference: bits per byte of held-out reviews of the kind that the generator learned
    from; None where nobody measured it.
    """

    n: int
    bits: float
    low: float
    high: float
    reference: float | None

    @property
    def ratio(self) -> float | None:
        """How many times the reference; None without one."""
        return None if self.reference is None else self.bits / self.reference

    @property
    def far(self) -> bool:
        """Whether the table does not look like what the generator writes; without a reference, unknown."""
        return self.ratio is not None and self.ratio >= FAR

    @property
    def told(self) -> str:
        """The figures in a sentence for whoever reads of the table later."""
        if self.reference is None or self.ratio is None:
            return f"The generator predicts the real reviews at {self._found}."
        beside = f"{self._found} against {self.reference:.2f} on held-out reviews of the kind it learned from"
        if not self.far:
            return f"The generator predicts the real reviews at {beside}."
        return (
            f"The generator predicts the real reviews at {beside}, {self.ratio - 1:.0%} more: they are "
            "another kind of review than it writes."
        )

    def __str__(self) -> str:
        return str(self.phrase)

    @property
    def phrase(self) -> Phrase:
        """The same for whoever is about to generate, with what to do."""
        if self.reference is None or self.ratio is None:
            return Phrase(
                "This generator predicts your table at {found}. It was not measured on the kind "
                "of reviews that it learned from, so there is nothing to compare with.",
                found=self._found,
            )
        if not self.far:
            return Phrase(
                "Your table looks like what this generator writes: {found} against {reference:.2f} "
                "on held-out "
                "reviews of the kind it learned from.",
                found=self._found,
                reference=self.reference,
            )
        return Phrase(
            "Your table does not look like what this generator writes: {found} against "
            "{reference:.2f} on held-out reviews of the kind it learned from. That is {more:.0%} "
            "more, and from {far:.0%} more it counts as another kind of review. Adapt the "
            "generator to your table first, or expect reviews about other things.",
            found=self._found,
            reference=self.reference,
            more=self.ratio - 1,
            far=FAR - 1,
        )

    @property
    def _found(self) -> Phrase:
        return Phrase(
            "{bits:.2f} bits per byte ({low:.2f} to {high:.2f}; {n} reviews)",
            bits=self.bits,
            low=self.low,
            high=self.high,
            n=self.n,
        )


def measure(
    generator: ReviewGenerator,
    texts: Sequence[str],
    stars: Sequence[int],
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Distance | None:
    """Measure a sample of cleaned reviews with their stars; None if no text is long enough, or when stopped.

    The sample is drawn by `seed`: the same table gives the same distance.
    """
    found = score_sample(generator, texts, stars, seed, should_stop)
    if found is None:
        return None
    rate = bootstrap(
        lambda sums: sums[..., 0] / sums[..., 1],
        np.column_stack([found.bits, found.bytes]),
        ranges=POSITIVE,
        seed=seed,
    )
    return Distance(len(found.bits), rate.value, rate.low, rate.high, reference(generator.source))


def score_sample(
    generator: ReviewGenerator,
    texts: Sequence[str],
    stars: Sequence[int],
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Likelihood | None:
    """The likelihood of a sample of cleaned reviews; None if no text is long enough, or when stopped."""
    long = [i for i, text in enumerate(texts) if len(words(text)) >= SHORTEST]
    drawn = random.Random(seed).sample(long, min(TEXTS, len(long)))
    kind = guess_kind(texts[i] for i in drawn)
    found: list[Likelihood] = []
    for start in range(0, len(drawn), BATCH):
        if should_stop():
            return None
        batch = drawn[start : start + BATCH]
        found.append(score(generator, [texts[i] for i in batch], [stars[i] for i in batch], kind))
    return Likelihood(*(np.concatenate(part) for part in zip(*found, strict=True))) if found else None


def score(
    generator: ReviewGenerator, texts: Sequence[str], stars: Sequence[int], kind: str | None = None
) -> Likelihood:
    """The likelihood of the first TOKENS tokens of each review under its prefix."""
    if elsewhere := getattr(generator, "elsewhere", None):  # where the GPU is in another process
        return elsewhere(score, texts, stars, kind)
    asks = [generator.prefix.ask(star, kind) for star in stars]
    return likelihood.score(generator.model, generator.tokenizer, texts, asks, scored=TOKENS)


def reference(source: registry.ModelSource) -> float | None:
    """Bits per byte on reviews like those a generator learned from, by its checkpoint or by the metrics."""
    if (own := registry.read_config(source.folder).get(REFERENCE)) is not None:
        return float(own)
    found = read_file_or_none(MEASURED, GeneratorFile)
    if found is None or not found.is_of("generator", source.revision):
        return None  # nothing was measured, or another generator
    return found.bits_per_byte.after.value
