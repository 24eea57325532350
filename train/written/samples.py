"""Samples of a generator, kept so that a killed run resumes, and judged by the app's own loop."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from tqdm.auto import tqdm

from revdemo.generation.copies import CopyIndex
from revdemo.generation.likeness import Likeness
from revdemo.generation.loop import generate, round_seed
from revdemo.generation.request import Classifier, Request, Run, Writer
from revdemo.reviews import STARS

ROUND = 20  # samples, the app's own round
FOREVER = 7 * 86_400.0  # seconds


class StoredSample(NamedTuple):
    """A stored sample, with the fields of the generator's own."""

    text: str
    finished: bool
    tokens: int
    nats: float | None = None  # of a round that was stored before they were kept: not known

    @property
    def surprise(self) -> float:
        """The nats per token."""
        assert self.nats is not None
        return self.nats / max(1, self.tokens - self.finished)


@dataclass
class StoredRounds:
    """A generator that keeps every whole round in a JSONL file, so that a killed run resumes."""

    generator: Writer
    path: Path

    def __post_init__(self) -> None:
        self.source = self.generator.source
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self.rounds = dict(self._read())

    def _read(self) -> Iterator[tuple[tuple[int, int, int], list[StoredSample]]]:
        """Rounds by stars, size and seed; half a line, left by a kill, is cut off."""
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            self.path.write_bytes(whole)
        for line in whole.decode().splitlines():
            row = json.loads(line)
            yield (row["stars"], row["n"], row["seed"]), [StoredSample(*sample) for sample in row["samples"]]

    def stream(self, stars: int, n: int, seed: int, **options: Any) -> Iterator[list[StoredSample]]:
        """A stored round whole, a new one once it is stored."""
        key = (stars, n, seed)
        wanted = options.pop("likelihood", False)
        known = self.rounds.get(key)
        if known is None or (wanted and any(one.nats is None for one in known)):
            groups = self.generator.stream(stars, n, seed, **options, likelihood=True)
            samples = [
                StoredSample(one.text, one.finished, one.tokens, getattr(one, "nats", None))
                for group in groups
                for one in group
            ]
            if len(samples) < n:
                return
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"stars": stars, "n": n, "seed": seed, "samples": samples}) + "\n")
            self.rounds[key] = samples
        yield self.rounds[key]


def samples_path(folder: Path, generator: Writer, kind: str | None = None, **sampling: float) -> Path:
    """A file for each generator, its settings, its device and a kind: samples of two are never mixed."""
    settings = asdict(generator.defaults) | sampling
    about = [generator.source.revision, generator.template, settings, str(generator.device)]
    about += [kind] if kind else []
    return folder / f"samples-{hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]}.jsonl"


def write_reviews(
    generator: StoredRounds,
    classifier: Classifier,
    copies: CopyIndex | None,
    per_star: int,
    seed: int,
    every: Sequence[int] = STARS,
    kind: str | None = None,
    likeness: Likeness | None = None,
    **sampling: float,
) -> pd.DataFrame:
    """Run the app's loop for each of the five stars until `per_star` samples are judged, accepted or not.

    `every` names fewer stars than the five, `kind` what the reviews are about, `sampling` the settings that
    differ from the generator's own; `generator` keeps samples of one setting alone.

    Returns one row a sample: requested, text (cleaned), finished, filter (the stars that the classifier
    predicts, missing for a text without words), accepted, reason, surprise (nats per token).
    """
    rounds = -(-per_star // ROUND)
    rows = []
    with tqdm(total=len(every) * rounds * ROUND, desc="writing", unit=" reviews") as bar:
        for stars in every:
            request = Request(
                stars=stars,
                accepted=rounds * ROUND,
                rounds=rounds,
                round_size=ROUND,
                seed=round_seed(seed, stars),
                deadline=FOREVER,
                kind=kind,
                **sampling,
            )
            for step in generate(request, generator, classifier, copies=copies, likeness=likeness):
                bar.update(len(step.new))
            rows += _rows(step.run, generator)[:per_star]
    return pd.DataFrame(rows)


def _rows(run: Run, generator: StoredRounds) -> list[dict]:
    request = run.request
    samples = [
        sample
        for number in range(1, request.rounds + 1)
        for sample in generator.rounds[request.stars, request.round_size, round_seed(request.seed, number)]
    ]
    return [
        {
            "requested": review.requested,
            "text": review.text,
            "finished": sample.finished,
            "filter": review.predicted,
            "accepted": review.accepted,
            "reason": review.reason,
            "surprise": sample.surprise if sample.nats is not None else None,
        }
        for review, sample in zip(run.reviews, samples, strict=True)
    ]
