"""Let the accurate star model answer for many reviews, for the starter to learn its probabilities.

    python -m train.teach --model models/accurate --also data/products --threads 1    # 10 reviews per second
    python -m train.teach --model models/accurate --recipe starter-taught-cpu    # only what that recipe reads
    python -m train.stars --recipe starter-taught-cpu --also data/products --teacher data/teacher

It reads the classifier's part and the reviews without a rating: neither the judge's part nor the generator's
ratings. The answers are kept as they come, by a hash of each text; a killed run resumes where it stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.models.classifier import StarClassifier, load_stars
from revdemo.settings import load_settings
from train.data import prepared
from train.data.teacher import TeacherAnswers, key
from train.fitting import commands
from train.fitting.recipes import StarsRecipe, load_recipe
from train.measures import provenance
from train.stars import choose_free, choose_rows

PIECE = 512  # reviews whose answers are written together
REPORT = 60.0  # seconds between two lines about the way


def reviews(
    folders: list[Path],
    labelled: int | None = None,
    unlabelled: int | None = None,
    seed: int = 0,
    recipe: StarsRecipe | None = None,
) -> list[str]:
    """The texts to ask about: rated ones of the classifier's part first, then those without a rating.

    With a recipe, the ones that train.stars chooses by it.
    """
    rated = prepared.read_parts(folders, "classifier")
    free = prepared.read_parts(folders, "generator")
    found: list[str] = []
    if recipe:
        return choose_rows(rated, recipe)["text"].tolist() + choose_free(free, recipe)["text"].tolist()
    for rows, most in ((rated[rated["stars"] > 0], labelled), (free[free["stars"] == 0], unlabelled)):
        texts = rows["text"].sample(frac=1, random_state=seed)
        found += texts.iloc[: len(texts) if most is None else most].tolist()
    return found


def pieces(texts: list[str], known: set[str]) -> Iterator[list[str]]:
    """The texts that have no answer yet, some hundreds at a time."""
    left = [text for text in texts if key(text) not in known]
    for start in range(0, len(left), PIECE):
        yield left[start : start + PIECE]


def teach(model: StarClassifier, texts: list[str], answers: TeacherAnswers) -> None:
    """Ask the model for every text that has no answer yet."""
    answers.begin(provenance.revision(model))
    known = set(answers.read().index)
    done, total, began, told = 0, sum(key(text) not in known for text in texts), time.monotonic(), 0.0
    print(f"{total:,} reviews to answer for, {len(texts) - total:,} are answered", flush=True)
    for piece in pieces(texts, known):
        answers.add(piece, np.array([one.probabilities for one in model.predict(piece)]))
        done += len(piece)
        seconds = time.monotonic() - began
        if seconds - told > REPORT or done == total:
            told = seconds
            left = (total - done) * seconds / done / 60
            print(
                f"{done:,} of {total:,}, {done / seconds:.1f} a second, {left:.0f} minutes left", flush=True
            )


def summary(answers: pd.DataFrame) -> str:
    """How the answers spread over the stars."""
    counts = np.bincount(answers.to_numpy().argmax(axis=1), minlength=5)
    return ", ".join(f"{count:,} of {star}" for star, count in enumerate(counts, start=1)) + " stars"


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, help="the teacher: a folder, a Hub id, or accurate")
    parser.add_argument("--data", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="more folders of train.prepare")
    parser.add_argument("--out", type=Path, default=Path("data/teacher"), help="folder for the answers")
    parser.add_argument("--recipe", help="ask only about the reviews that train.stars chooses by this recipe")
    parser.add_argument("--labelled", type=int, metavar="N", help="at most N rated reviews")
    parser.add_argument("--unlabelled", type=int, metavar="N", help="at most N without a rating")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    for name in ("labelled", "unlabelled"):
        value = getattr(args, name)
        if value is not None and value < 0:
            raise RevdemoError("--{name} is {value}, and must be 0 or more.", name=name, value=value)
    return args


def main(argv: list[str] | None = None) -> None:
    """Ask by the command line."""
    args = parse(argv)
    settings = load_settings(["--stars-model", args.model])
    model = load_stars(settings.model_copy(update={"threads": args.threads}))
    recipe = load_recipe(StarsRecipe, args.recipe) if args.recipe else None
    answers, folders = TeacherAnswers(args.out), [args.data, *args.also]
    teach(model, reviews(folders, args.labelled, args.unlabelled, args.seed, recipe), answers)
    print(summary(answers.read()), flush=True)


if __name__ == "__main__":
    sys.exit(commands.run(main))
