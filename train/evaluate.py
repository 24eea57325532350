"""Measure the models and write assets/metrics/*.json; nothing else writes there.

    python -m train.evaluate stars                     # the star classifier, on the test part
    python -m train.evaluate stars --part validation   # the same on validation, which calibrated it
    python -m train.evaluate accurate                  # the accurate star model, on the test part
    python -m train.evaluate judge                     # the judge, on the test part
    python -m train.evaluate generator                 # perplexity before and after training
    python -m train.evaluate generated --per-star 500  # 5 x 500 generated reviews, judged
    python -m train.evaluate polarity                  # what train.polarity trained
    python -m train.evaluate use                       # do synthetic reviews help where data are short?
    python -m train.evaluate why                       # do the words that explanations name move the stars?
    python -m train.evaluate limits                    # where they fail: products, irony, other languages
    python -m train.evaluate study                     # what train.sweep found
    python -m train.evaluate real-diversity            # how varied real reviews are, by count and length

`stars`, `accurate` and `judge` train TF-IDF + logistic regression, and a linear head on the untrained base,
on the very rows the classifier learned from, which train.stars leaves in its output folder. What takes long
is kept in --work: a killed run resumes. Models are found as the app finds them: REVDEMO_STARS_MODEL and
REVDEMO_GENERATOR name others.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from revdemo.evaluation.results import CONTRACTS
from revdemo.evaluation.results.writing import write
from revdemo.files import read_json
from revdemo.generation.copies import load_copies
from revdemo.models import loading
from revdemo.models.classifier import StarClassifier, load_stars
from revdemo.models.generator import load_generator
from revdemo.models.polarity import load_polarity
from revdemo.models.weights import bases, registry
from revdemo.settings import Settings, load_settings
from train.data import prepared
from train.fitting import commands, probes, trainer
from train.fitting.generator_reviews import of_length
from train.generator import PREFIX
from train.measures import baseline, explanations, limits, provenance, real_diversity
from train.measures import polarity as polarity_report
from train.measures import stars as star_measures
from train.measures.benefit import job as benefit_job
from train.measures.generated import job as generated_job
from train.measures.generated import judging, perplexity
from train.study import results as study_results


def evaluate_stars(args: argparse.Namespace) -> dict:
    """Measure the star classifier, the accurate one or the judge on one part; returns the file's contents."""
    part = _limited(prepared.read_part(args.data, args.part), args.limit, args.seed)
    settings = load_settings([])
    if args.job == "accurate":
        settings = settings.model_copy(update={"stars_model": registry.ACCURATE})
    classifier = load_judge(settings) if args.job == "judge" else load_stars(settings)
    config = registry.read_config(classifier.source.folder)
    rows = baseline.read_training_rows(
        args.rows or Path("models") / args.job / "training_rows.parquet", config
    )
    others = [prepared.read_part(args.data, name) for name in ("classifier", "generator", "judge")]
    sources = part["source"].unique()
    mix = star_measures.natural_mix(others, sources[0]) if len(sources) == 1 else None
    untrained = None if args.quick else probes.by_embeddings(settings, args.work)
    report = star_measures.measure_stars(part, classifier, rows, args.seed, untrained, mix)
    report["baseline"]["training_rows"] = prepared.rows_fingerprint(rows)
    return report | {
        "part": args.part,
        "model": provenance.revision(classifier),
        "device": provenance.device_name(classifier.device),
    }


def load_judge(settings: Settings) -> StarClassifier:
    """The judge: a star classifier that learned from reviews of its own, and selects nothing."""
    return Judge.load(settings)


class Judge(StarClassifier):
    """A star classifier in the role of the judge."""

    role = "judge"


def evaluate_generator(args: argparse.Namespace) -> dict:
    """Score real reviews by the generator and by its base; returns the contents of generator.json."""
    from transformers import AutoModelForCausalLM

    settings = load_settings(["--quantize", "none"])  # as precise as the base beside it
    generator = load_generator(settings)
    recipe = read_json(generator.source.folder / trainer.LOG)["recipe"]
    rows = of_length(prepared.read_part(args.data, "validation"), recipe["min_words"], recipe["max_words"])
    rows = _limited(rows, args.limit, args.seed)
    base = AutoModelForCausalLM.from_pretrained(
        bases.resolve_base(recipe["base"], settings.cache), dtype=generator.model.dtype
    )
    # Whole, also where the generator learned from their beginnings alone.
    longest = max(recipe["max_length"], generator.defaults.max_tokens + PREFIX)
    before, after = perplexity.before_and_after(generator, base, rows, longest)
    return perplexity.measure(before, after, rows["movie_id"], args.seed) | {
        "part": "validation",
        "words": [recipe["min_words"], recipe["max_words"]],
        "model": provenance.revision(generator),
        "base": recipe["base"],
        "device": provenance.device_name(generator.device),
    }


def evaluate_generated(args: argparse.Namespace) -> dict:
    """Write and judge reviews for each star; returns the contents of generated.json."""
    settings = load_settings([])
    models = generated_job.Models(load_stars(settings), load_generator(settings), load_judge(settings))
    report, reviews = generated_job.evaluate(args, settings, models)
    return report | polarity_agreement(reviews, settings)


def evaluate_use(args: argparse.Namespace) -> dict:
    """Measure whether synthetic reviews help a small classifier; returns the contents of use.json."""
    return benefit_job.evaluate(args) | {
        "device": provenance.device_name(loading.pick_device(load_settings([])))
    }


def evaluate_polarity(args: argparse.Namespace) -> dict:
    """Measure the polarity classifier by domain; returns the contents of polarity.json."""
    settings = load_settings([])
    classifier, stars = load_polarity(settings), load_stars(settings)
    return polarity_report.evaluate(args, classifier, stars) | {
        "model": {"polarity": provenance.revision(classifier), "stars": provenance.revision(stars)},
        "device": provenance.device_name(classifier.device),
    }


def polarity_agreement(reviews: pd.DataFrame, settings: Settings) -> dict:
    """What the polarity classifier, where there is one, says of the reviews."""
    if not registry.is_there("polarity", settings):
        return {}
    return {"polarity_agreement": polarity_report.polarity_agreement(reviews, load_polarity(settings))}


def evaluate_why(args: argparse.Namespace) -> dict:
    """Check explanations by deletion; returns the contents of why.json."""
    rows = _limited(prepared.read_part(args.data, "test"), args.limit or explanations.REVIEWS, args.seed)
    classifier = load_stars(load_settings([]))
    report = explanations.measure(rows, classifier, args.steps, args.seed)
    print(explanations.summary(report))
    return report | {
        "part": "test",
        "model": provenance.revision(classifier),
        "device": provenance.device_name(classifier.device),
    }


def evaluate_limits(args: argparse.Namespace) -> dict:
    """Measure where the classifiers fail; returns the contents of limits.json."""
    settings = load_settings([])
    classifier = load_stars(settings)
    learned = baseline.read_training_rows(
        args.rows or Path("models/stars/training_rows.parquet"),
        registry.read_config(classifier.source.folder),
        rated=False,
    )
    products = limits.read_products(args.per_star, args.seed, learned["text"])
    written = limits.read_written()
    polarity = load_polarity(settings) if registry.is_there("polarity", settings) else None
    report = limits.measure(
        _limited(products, args.limit, args.seed), written, classifier, polarity, args.seed
    )
    print(limits.summary(report))
    used = [classifier] if polarity is None else [classifier, polarity]
    return report | {
        "data": limits.fingerprint(products, written),
        "model": {one.source.role: provenance.revision(one) for one in used},
        "device": provenance.device_name(classifier.device),
    }


def evaluate_real_diversity(args: argparse.Namespace) -> dict:
    """Measure how varied real reviews are; returns the contents of real-diversity.json."""
    rows = _limited(prepared.read_part(args.data, "validation"), args.limit, args.seed)
    source = registry.find("generator", load_settings([]))
    report = real_diversity.measure(rows, load_copies(source), args.seed)
    return report | {
        "part": "validation",
        "model": {"role": "generator", "kind": source.kind, "revision": source.revision},
    }


def _limited(part: pd.DataFrame, limit: int | None, seed: int) -> pd.DataFrame:
    return part.sample(min(limit, len(part)), random_state=seed) if limit else part


def _common() -> argparse.ArgumentParser:
    """The arguments of every job, new each time: parsers that share arguments share their defaults."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    common.add_argument("--out", type=Path, default=Path("assets/metrics"), help="folder of the results")
    common.add_argument(
        "--limit", type=int, help="only this many real reviews, for a trial; use another --out"
    )
    common.add_argument("--seed", type=int, default=0, help="of the samples and of the intervals")
    return common


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    jobs = parser.add_subparsers(dest="job", required=True)
    for job, what, run, add_arguments in JOBS:
        own = jobs.add_parser(job, parents=[_common()], help=what)
        add_arguments(own)
        own.set_defaults(run=run)
    return parser.parse_args(argv)


def _add_nothing(parser: argparse.ArgumentParser) -> None:
    """A job that has the common arguments alone."""


JOBS: tuple[tuple[str, str, Callable[[argparse.Namespace], dict], Callable], ...] = (
    ("stars", "the star classifier beside the baselines", evaluate_stars, star_measures.add_arguments),
    ("accurate", "the accurate star model beside the baselines", evaluate_stars, star_measures.add_arguments),
    ("judge", "the judge beside the baselines", evaluate_stars, star_measures.add_arguments),
    ("generator", "perplexity before and after training", evaluate_generator, _add_nothing),
    (
        "generated",
        "the generator, by the filter and the judges",
        evaluate_generated,
        judging.add_arguments,
    ),
    ("polarity", "the polarity classifier, by domain", evaluate_polarity, polarity_report.add_arguments),
    ("use", "do synthetic reviews help where data are short?", evaluate_use, benefit_job.add_arguments),
    (
        "study",
        "the hyper-parameter study of train.sweep",
        study_results.evaluate,
        study_results.add_arguments,
    ),
    ("real-diversity", "how varied real reviews are", evaluate_real_diversity, _add_nothing),
    ("why", "do the words that explanations name move the stars?", evaluate_why, explanations.add_arguments),
    ("limits", "where the classifiers fail", evaluate_limits, limits.add_arguments),
)  # name, help, what measures, its own arguments


def main(argv: Sequence[str] | None = None) -> None:
    """Measure by the command line."""
    argv = sys.argv[1:] if argv is None else argv
    args = parse(argv)
    began = time.monotonic()
    # What limits measures on is not part of the prepared data, and has a checksum of its own.
    data = {} if args.job == "limits" else {"data": prepared.read_fingerprint(args.data)}
    report = args.run(args)
    part = f"-{args.part}" if getattr(args, "part", "test") != "test" else ""
    path = args.out / f"{args.job}{part}.json"
    write(
        path,
        report | data | provenance.of_command(argv, args.seed, time.monotonic() - began),
        CONTRACTS[path.name],
    )
    print(f"written to {path}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
