"""How far a table is from what the generator writes: how many bits each byte of its reviews takes it.

A generator that learned from film reviews foresees a film review better than one of a dress. `FAR` was chosen
on real reviews: see benchmarks/distance.py, which prints the figures.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from revdemo import models
from revdemo.quality import words
from revdemo.reviews import prefix

if TYPE_CHECKING:
    from revdemo.generator import ReviewGenerator

TEXTS = 80  # reviews that are measured
TOKENS = 40  # of each: where a review begins it shows best what it is about
SHORTEST = 5  # words; a shorter text has too little to foresee
FAR = 1.1  # times the reference, from which a table does not look like what the generator writes
BATCH = 8
RESAMPLES = 1000
REFERENCE = "bits_per_byte"  # in a generator's revdemo.json: of reviews like those it learned from
MEASURED = models.ROOT / "assets" / "metrics" / "generator.json"


class Bits(NamedTuple):
    """What a generator says of each review: the bits that it takes, and how many bytes these are of."""

    bits: np.ndarray
    bytes: np.ndarray

    @property
    def mean(self) -> float:
        """Bits a byte over all of the reviews."""
        return float(self.bits.sum() / self.bytes.sum())


@dataclass(frozen=True)
class Distance:
    """Bits a byte of a table's reviews with a 95 % interval, beside those of the generator's own kind.

    n: reviews measured. reference: bits a byte of held-out reviews of the kind that the generator learned
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
        if self.reference is None:
            return f"The generator foresees the real reviews at {self._found}."
        kind = f", {self._more} more: they are another kind of review than it writes" if self.far else ""
        return f"The generator foresees the real reviews at {self._beside}{kind}."

    def __str__(self) -> str:
        """The same for whoever is about to generate, with what to do."""
        if self.reference is None:
            return (
                f"This generator foresees your table at {self._found}. Nobody measured it on the kind of "
                "reviews that it learned from, so there is nothing to compare with."
            )
        if not self.far:
            return f"Your table looks like what this generator writes: {self._beside}."
        return (
            f"Your table does not look like what this generator writes: {self._beside}, {self._more} more, "
            f"and from {100 * FAR - 100:.0f} % on it is another kind of review. Adapt the generator to your "
            "table first, or expect reviews about other things."
        )

    @property
    def _found(self) -> str:
        return f"{self.bits:.2f} bits a byte ({self.low:.2f} to {self.high:.2f}; {self.n} reviews)"

    @property
    def _beside(self) -> str:
        return f"{self._found} against {self.reference:.2f} on held-out reviews of the kind it learned from"

    @property
    def _more(self) -> str:
        return f"{100 * self.ratio - 100:.0f} %"


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
    found = foresee(generator, texts, stars, seed, should_stop)
    if found is None:
        return None
    bits, size = found
    rows = np.random.default_rng(seed).integers(len(bits), size=(RESAMPLES, len(bits)))
    low, high = np.quantile(bits[rows].sum(axis=1) / size[rows].sum(axis=1), [0.025, 0.975])
    return Distance(len(bits), found.mean, float(low), float(high), reference(generator.source))


def foresee(
    generator: ReviewGenerator,
    texts: Sequence[str],
    stars: Sequence[int],
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Bits | None:
    """Score a sample of cleaned reviews with their stars; None if no text is long enough, or when stopped."""
    long = [i for i, text in enumerate(texts) if len(words(text)) >= SHORTEST]
    drawn = random.Random(seed).sample(long, min(TEXTS, len(long)))
    found: list[Bits] = []
    for start in range(0, len(drawn), BATCH):
        if should_stop():
            return None
        batch = drawn[start : start + BATCH]
        found.append(score(generator, [texts[i] for i in batch], [stars[i] for i in batch]))
    return Bits(*(np.concatenate(part) for part in zip(*found, strict=True))) if found else None


def score(generator: ReviewGenerator, texts: Sequence[str], stars: Sequence[int]) -> Bits:
    """Score the first TOKENS tokens of each review under its prefix, which is context and not scored."""
    import torch

    if elsewhere := getattr(generator, "elsewhere", None):  # where the GPU is in another process
        return elsewhere(score, texts, stars)
    tokenizer = generator.tokenizer
    asks = [prefix(star, generator.template) for star in stars]
    skip = [len(ids) for ids in tokenizer(asks)["input_ids"]]
    whole = tokenizer([f"{ask} {text}" for ask, text in zip(asks, texts, strict=True)], verbose=False)
    rows = [ids[: first + TOKENS] for ids, first in zip(whole["input_ids"], skip, strict=True)]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=generator.device)
    seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=generator.device)
    with torch.inference_mode():
        logits = generator.model(input_ids=ids, attention_mask=seen, use_cache=False).logits[:, :-1]
        nats = torch.nn.functional.cross_entropy(
            logits.float().transpose(1, 2), ids[:, 1:], reduction="none"
        ).cpu()
    scored = zip(nats, rows, skip, strict=True)
    bits = [float(own[first - 1 : len(row) - 1].sum()) / math.log(2) for own, row, first in scored]
    read = [tokenizer.decode(row[first:]).strip() for row, first in zip(rows, skip, strict=True)]
    return Bits(np.array(bits), np.array([len(text.encode()) for text in read]))


def reference(source: models.ModelSource) -> float | None:
    """Bits a byte on reviews like those a generator learned from: its checkpoint says, or the metrics do."""
    if (own := models.read_config(source.folder).get(REFERENCE)) is not None:
        return float(own)
    if not MEASURED.exists():
        return None
    found = models.read_json(MEASURED)
    if found.get("model", {}).get("revision") != source.revision:
        return None  # the figures are of another generator
    return float(found[REFERENCE]["after"]["value"])
