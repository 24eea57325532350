"""Blocks of a stream's texts: what a worker is asked to write, what it hands back, and how that is kept."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from revdemo.generation.context import JobContext
from revdemo.generation.copies import words
from revdemo.generation.filter import Filter
from revdemo.generation.request import Request
from revdemo.models.classifier import Prediction
from revdemo.models.sampling.schedule import Sample
from revdemo.reviews import STARS, clean

LARGEST = 4  # times as many texts as sit together: in a larger block fewer seats stay empty at its end
SHARES = tuple(f"p{stars}" for stars in STARS)
COLUMNS = pa.schema(
    [
        ("number", pa.int64()),
        ("text", pa.string()),
        ("finished", pa.bool_()),
        ("tokens", pa.int64()),
        ("nats", pa.float64()),
        ("flaw", pa.string()),
        ("stars", pa.int64()),
        ("confidence", pa.float64()),
        *((name, pa.float64()) for name in SHARES),
    ]
)


@dataclass(frozen=True)
class Asked:
    """What a stream is asked for: all that its texts depend on, but for the models.

    hopeless: whether texts that cannot be accepted any more are given up. sampling: names and values.
    """

    stars: int
    seed: int
    seats: int
    opening: str = ""
    kind: str | None = None
    hopeless: bool = False
    likelihood: bool = False
    sampling: tuple[tuple[str, float | None], ...] = field(default=())


@dataclass(frozen=True)
class Block:
    """Texts of a stream that one worker writes: `count` of them, from the number `first` on."""

    asked: Asked
    first: int
    count: int

    @property
    def name(self) -> str:
        """The file that it is kept in, alike whoever wrote it."""
        return f"part-{self.asked.seed:010}-{self.first:08}.parquet"


@dataclass(frozen=True)
class Judged:
    """A text with the classifier's prediction, None for one without words, and the worker it is of."""

    sample: Sample
    prediction: Prediction | None
    worker: str = ""


def block_size(request: Request) -> int:
    """How many texts a block has: those that sit together, and a few times that in a long run."""
    return request.at_once * request.round_size * min(LARGEST, max(1, request.target // 100))


class Scribe:
    """What a worker does: it holds generator and classifier, and writes block after block."""

    def __init__(self, context: JobContext):
        self._context = context

    def write(self, block: Block) -> bytes:
        """A block as Parquet, its texts in order of number, each with its prediction.

        Raises:
            RevdemoError: a model is missing, or the generator refuses what is asked.
        """
        asked, context = block.asked, self._context
        filtering = Filter(
            Request(asked.stars, opening=asked.opening), context.stars, context.copies, None, None
        )
        groups = context.generator.stream(
            asked.stars,
            block.count,
            asked.seed,
            first=block.first,
            opening=asked.opening,
            seats=asked.seats,
            likelihood=asked.likelihood,
            flaw=filtering.hopeless if asked.hopeless else None,
            **({"kind": asked.kind} if asked.kind else {}),
            **dict(asked.sampling),
        )
        samples = sorted((one for group in groups for one in group), key=lambda one: one.number)
        texts = [clean(sample.text) for sample in samples]
        worded = [text for text in texts if words(text)]
        predictions = iter(context.stars.predict(worded) if worded else ())
        return packed(
            [
                Judged(sample, next(predictions) if words(text) else None)
                for sample, text in zip(samples, texts, strict=True)
            ]
        )


def packed(texts: list[Judged]) -> bytes:
    """Texts as Parquet; the same texts give the same bytes."""
    rows = []
    for one in texts:
        sample, guess = one.sample, one.prediction
        shares = dict(zip(SHARES, guess.probabilities, strict=True)) if guess else {}
        rows.append(
            {name: getattr(sample, name) for name in ("number", "text", "finished", "tokens", "nats", "flaw")}
            | ({"stars": guess.stars, "confidence": guess.confidence} if guess else {})
            | shares
        )
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, COLUMNS), file)
    return file.getvalue()


def unpacked(content: bytes, worker: str = "") -> list[Judged]:
    """The texts that `packed` was given, of a worker."""
    texts = []
    for row in pq.read_table(io.BytesIO(content)).to_pylist():
        shares = tuple(row.pop(name) for name in SHARES)
        stars, confidence = row.pop("stars"), row.pop("confidence")
        guess = None if stars is None else Prediction(stars, confidence, shares)
        texts.append(Judged(Sample(**row), guess, worker))
    return texts
