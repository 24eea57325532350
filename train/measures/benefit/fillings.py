"""Reviews that fill the gap: accepted synthetic ones, and real ones that the classifier labelled."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from revdemo.generation.copies import load_copies
from revdemo.generation.loop import generate, round_seed
from revdemo.generation.request import AT_ONCE, Classifier, Request, Run, Writer
from train.fitting import probes
from train.fitting.probes import StoredRows
from train.written.samples import FOREVER, ROUND, StoredRounds, samples_path

TRIES = 10  # samples for each accepted review that is wanted, before the generator is given up


def write_accepted(
    generator: Writer, classifier: Classifier, stars: int, count: int, folder: Path, seed: int
) -> list[str]:
    """`count` reviews that the app's loop accepts, or as many as it does in TRIES samples for each.

    What is sampled is kept in `folder`, so that a killed run resumes where it stopped.
    """
    stored = StoredRounds(generator, samples_path(folder, generator))
    request = Request(
        stars=stars,
        accepted=count,
        rounds=-(-TRIES * count // ROUND),
        round_size=ROUND,
        at_once=AT_ONCE,
        seed=round_seed(seed, stars),
        deadline=FOREVER,
    )
    run = _watched(generate(request, stored, classifier, copies=load_copies(generator.source)), count)
    return [review.text for review in run.accepted[:count]]


def _watched(steps: Iterable, count: int) -> Run:
    with tqdm(total=count, desc="accepted", unit=" reviews") as bar:
        for step in steps:
            bar.update(step.accepted - bar.n)
            bar.set_postfix(judged=step.judged)
    return step.run


def pseudo_labelled(
    part: pd.DataFrame, classifier: Classifier, stars: int, count: int, folder: Path, seed: int
) -> list[str]:
    """`count` unlabelled reviews, or as many as there are, to which the classifier gives those stars."""
    free = part[part["stars"] == 0].sample(frac=1, random_state=seed)["text"].tolist()
    judged = StoredRows(
        lambda texts: np.array([one.stars for one in classifier.predict(texts)]),
        folder / f"predicted-{classifier.source.revision[:12]}",
    )
    found: list[str] = []
    for start in range(0, len(free), probes.BLOCK):
        block = free[start : start + probes.BLOCK]
        found += [text for text, given in zip(block, judged(block), strict=True) if given == stars]
        if len(found) >= count:
            break
    return found[:count]
