"""What a generator writes, measured: by the filter, by judges that select nothing, and by detectors."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.evaluation import tfidf
from revdemo.files import read_json
from revdemo.generation.copies import load_copies
from revdemo.generation.likeness import load_likeness
from revdemo.models.classifier import StarClassifier
from revdemo.models.generator import ReviewGenerator
from revdemo.settings import Settings
from train.data import prepared
from train.fitting import probes, trainer
from train.fitting.generator_reviews import of_length, with_closings
from train.fitting.recipes import GeneratorRecipe
from train.measures import baseline, provenance
from train.measures import stars as star_measures
from train.measures.generated import frontier, judging
from train.measures.generated.detector import BASE, StrongDetector
from train.measures.generated.originality import longest_runs
from train.written import samples

JUDGES = ("filter", "judge", "second_judge")


class Models(NamedTuple):
    """The classifier that filters, the generator, and the judge."""

    classifier: StarClassifier
    generator: ReviewGenerator
    judge: StarClassifier


def evaluate(args: argparse.Namespace, settings: Settings, models: Models) -> tuple[dict, pd.DataFrame]:
    """Write and judge reviews for each star.

    Returns the contents of generated.json, and the reviews as `write_reviews` gives them.
    """
    test = prepared.of_kind(prepared.read_part(args.data, "test"), args.kind)
    if args.limit:
        test = test.sample(min(args.limit, len(test)), random_state=args.seed)
    copies, likeness = load_copies(models.generator.source), load_likeness(models.generator.source)
    stored = samples.StoredRounds(
        models.generator, samples.samples_path(args.work, models.generator, args.kind)
    )
    reviews = samples.write_reviews(
        stored, models.classifier, copies, args.per_star, args.seed, kind=args.kind, likeness=likeness
    )
    _judge(args, models, reviews, test)
    generator_part = prepared.read_part(args.data, "generator")["text"]
    longest = longest_runs(generator_part, models.generator.tokenizer)
    report = judging.measure(reviews, test, JUDGES, longest, args.seed)
    print(judging.summary(report))
    if detector := strong_detector(settings, models.generator, test, args.work):
        report["strong_detector_auc"] = judging.detected(reviews, detector, args.seed)
        if args.frontier:
            bench = frontier.Bench(
                models.generator,
                models.classifier,
                lambda texts: _stars(models.judge, texts),
                copies,
                likeness,
                detector,
                args.work,
                args.kind,
            )
            report["frontier"] = frontier.measure(bench, args.frontier, args.seed)
    return report | _how(args, models), reviews


def _judge(args: argparse.Namespace, models: Models, reviews: pd.DataFrame, test: pd.DataFrame) -> None:
    """Add what each judge says, of generated reviews and of real ones."""
    judge_part = prepared.read_part(args.data, "judge")
    print(f"training the second judge on {len(judge_part):,} reviews")
    second = baseline.train(judge_part["text"], judge_part["stars"])
    test["filter"] = star_measures.predict(models.classifier, test["text"], "reference")[0]
    worded = reviews["filter"].notna()
    for table, where in ((reviews, worded), (test, slice(None))):
        texts = table.loc[where, "text"]
        table.loc[where, "judge"] = _stars(models.judge, texts)
        table.loc[where, "second_judge"] = baseline.predict(second, texts)[0]


def _stars(judge: StarClassifier, texts: Sequence[str]) -> np.ndarray:
    return star_measures.predict(judge, texts, "judging")[0]


def _how(args: argparse.Namespace, models: Models) -> dict:
    """Which models wrote and judged, and how the generator was asked."""
    return {
        "per_star": args.per_star,
        "model": {
            "generator": provenance.revision(models.generator),
            "filter": provenance.revision(models.classifier),
            "judge": provenance.revision(models.judge),
            "second_judge": tfidf.NAME,
        },
        "sampling": vars(models.generator.defaults)
        | {"prefix": models.generator.template}
        | ({"kind": args.kind} if args.kind else {}),
        "device": provenance.device_name(models.generator.device),
    }


def strong_detector(
    settings: Settings, generator: ReviewGenerator, test: pd.DataFrame, work: Path
) -> StrongDetector | None:
    """The detector beside real reviews of the test part, cut as the generator learned them.

    None where the generator does not say how, or the detector's base cannot be had.
    """
    log = generator.source.folder / trainer.LOG
    if not log.exists():
        print("The strong detector is left out: the generator does not say what it learned from.", flush=True)
        return None
    recipe = GeneratorRecipe.model_validate(read_json(log)["recipe"])
    try:
        embed = probes.embedded(settings, work, BASE)
    except RevdemoError as error:
        print(f"The strong detector is left out. {error}", flush=True)
        return None
    rows = with_closings(test, recipe) if recipe.closings else test
    return StrongDetector(of_length(rows, recipe.min_words, recipe.max_words), embed)
