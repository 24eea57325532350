"""Measure the models and write assets/metrics/*.json; nothing else writes there.

    python -m train.evaluate stars                     # the star classifier, on the test part
    python -m train.evaluate stars --part validation   # the same on validation, which calibrated it
    python -m train.evaluate judge                     # the judge, on the test part
    python -m train.evaluate generator                 # perplexity before and after training
    python -m train.evaluate generated --per-star 500  # 5 x 500 generated reviews, judged
    python -m train.evaluate polarity                  # what train.polarity trained
    python -m train.evaluate use                       # do synthetic reviews help where data are short?
    python -m train.evaluate why                       # do the words that explanations name move the stars?
    python -m train.evaluate limits                    # where they fail: products, irony, other languages
    python -m train.evaluate study                     # what train.sweep found
    python -m train.evaluate real-diversity            # how varied real reviews are, by count and length

`stars` and `judge` train TF-IDF + logistic regression, and a linear head on the untrained base, on the very
rows the classifier learned from, which train.stars leaves in its output folder. What takes long is kept in
--work: a killed run goes on where it was. Models are found as the app finds them: REVDEMO_STARS_MODEL and
REVDEMO_GENERATOR name others.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from revdemo import models
from revdemo.classifier import StarClassifier, load_stars
from revdemo.errors import RevdemoError
from revdemo.generator import load_generator
from revdemo.polarity import load_polarity
from revdemo.settings import Settings, load_settings
from train import (
    baseline,
    deletion,
    diversity,
    generated,
    limits,
    perplexity,
    polarity_report,
    small,
    star_measures,
    study,
    training,
    use,
)
from train.generator import of_length
from train.originality import TrainingRuns

LIBRARIES = ("torch", "transformers", "peft", "scikit-learn", "numpy")
JUDGES = ("filter", "judge", "second_judge")


def read_fingerprint(data: Path) -> str:
    """The checksum of the prepared data."""
    path = data / "fingerprint.json"
    if not path.exists():
        raise RevdemoError(f"There is no fingerprint.json in {data}: run python -m train.prepare.")
    return json.loads(path.read_text(encoding="utf-8"))["sha256"]


def read_training_rows(path: Path, config: dict) -> pd.DataFrame:
    """The rows the star classifier learned from, as its checkpoint names them.

    Raises RevdemoError when the checkpoint names none, or others than those in the file.
    """
    expected = config.get("training_rows")
    if not expected:
        raise RevdemoError(
            "The star classifier does not say which rows it learned from, so no baseline can have the same. "
            "Train it with python -m train.stars."
        )
    if not path.exists():
        raise RevdemoError(
            f"There are no training rows at {path}: name the file train.stars wrote with --rows."
        )
    rows = pd.read_parquet(path)
    if training.rows_fingerprint(rows) != expected:
        raise RevdemoError(
            f"{path} does not hold the {expected['n']:,} reviews that the star classifier learned from. "
            "Name the right file with --rows."
        )
    return rows


def evaluate_stars(args: argparse.Namespace) -> dict:
    """Measure the star classifier, or the judge, on one part; returns the contents of its file."""
    part = _limited(training.read_part(args.data, args.part), args.limit, args.seed)
    settings = load_settings([])
    classifier = load_judge(settings) if args.job == "judge" else load_stars(settings)
    config = models.read_config(classifier.source.folder)
    rows = read_training_rows(args.rows or Path("models") / args.job / "training_rows.parquet", config)
    others = [training.read_part(args.data, name) for name in ("classifier", "generator", "judge")]
    sources = part["source"].unique()
    mix = star_measures.natural_mix(others, sources[0]) if len(sources) == 1 else None
    untrained = None if args.quick else small.by_embeddings(settings, args.work)
    report = star_measures.measure_stars(part, classifier, rows, args.seed, untrained, mix)
    report["baseline"]["training_rows"] = config["training_rows"]
    return report | {
        "part": args.part,
        "model": training.revision(classifier),
        "device": device_name(classifier.device),
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
    recipe = models.read_json(generator.source.folder / training.LOG)["recipe"]
    rows = of_length(training.read_part(args.data, "validation"), recipe["min_words"], recipe["max_words"])
    rows = _limited(rows, args.limit, args.seed)
    base = AutoModelForCausalLM.from_pretrained(
        models.resolve_base(recipe["base"], settings.cache), dtype=generator.model.dtype
    )
    before, after = (
        perplexity.score(
            model.eval(),
            generator.tokenizer,
            rows["text"].tolist(),
            rows["stars"].tolist(),
            generator.template,
            recipe["max_length"],
            task,
        )
        for task, model in (("before", base.to(generator.device)), ("after", generator.model))
    )
    return perplexity.measure(before, after, rows["movie_id"], args.seed) | {
        "part": "validation",
        "words": [recipe["min_words"], recipe["max_words"]],
        "model": training.revision(generator),
        "base": recipe["base"],
        "device": device_name(generator.device),
    }


def evaluate_generated(args: argparse.Namespace) -> dict:
    """Write and judge reviews for each star; returns the contents of generated.json."""
    test = _limited(training.read_part(args.data, "test"), args.limit, args.seed)
    judge_part = training.read_part(args.data, "judge")
    settings = load_settings([])
    classifier, generator, judge = load_stars(settings), load_generator(settings), load_judge(settings)
    stored = generated.StoredRounds(generator, generated.samples_path(args.work, generator))
    copies = models.load_copies(generator.source)
    reviews = generated.write_reviews(stored, classifier, copies, args.per_star, args.seed)
    print(f"training the second judge on {len(judge_part):,} reviews")
    second = baseline.train(judge_part["text"], judge_part["stars"])
    test["filter"] = star_measures.predict(classifier, test["text"], "reference")[0]
    worded = reviews["filter"].notna()
    for table, where in ((reviews, worded), (test, slice(None))):
        texts = table.loc[where, "text"]
        table.loc[where, "judge"] = star_measures.predict(judge, texts, "judging")[0]
        table.loc[where, "second_judge"] = baseline.predict(second, texts)[0]
    longest = longest_runs(training.read_part(args.data, "generator")["text"], generator.tokenizer)
    report = generated.measure(reviews, test, JUDGES, longest, args.seed)
    print(generated.summary(report))
    return (
        report
        | {
            "per_star": args.per_star,
            "model": {
                "generator": training.revision(generator),
                "filter": training.revision(classifier),
                "judge": training.revision(judge),
                "second_judge": baseline.NAME,
            },
            "sampling": vars(generator.defaults) | {"prefix": generator.template},
            "device": device_name(generator.device),
        }
        | polarity_agreement(reviews, settings)
    )


def longest_runs(reviews: Sequence[str], tokenizer) -> Callable[[Sequence[str]], list[int]]:
    """A function from texts to the longest run of tokens that each shares with any of the reviews."""
    print(f"indexing the tokens of {len(reviews):,} training reviews")
    runs = TrainingRuns(tokenizer(list(reviews), verbose=False)["input_ids"])
    return lambda texts: [runs.longest(ids) for ids in tokenizer(list(texts), verbose=False)["input_ids"]]


def evaluate_use(args: argparse.Namespace) -> dict:
    """Measure whether synthetic reviews help a small classifier; returns the contents of use.json."""
    return use.evaluate(args) | {"device": device_name(models.pick_device(load_settings([])))}


def evaluate_polarity(args: argparse.Namespace) -> dict:
    """Measure the polarity classifier by domain; returns the contents of polarity.json."""
    settings = load_settings([])
    classifier, stars = load_polarity(settings), load_stars(settings)
    return polarity_report.evaluate(args, classifier, stars) | {
        "model": {"polarity": training.revision(classifier), "stars": training.revision(stars)},
        "device": device_name(classifier.device),
    }


def polarity_agreement(reviews: pd.DataFrame, settings: Settings) -> dict:
    """What the polarity classifier, where there is one, says of the reviews."""
    if not models.is_there("polarity", settings):
        return {}
    return {"polarity_agreement": polarity_report.polarity_agreement(reviews, load_polarity(settings))}


def evaluate_why(args: argparse.Namespace) -> dict:
    """Check explanations by deletion; returns the contents of why.json."""
    rows = _limited(training.read_part(args.data, "test"), args.limit or deletion.REVIEWS, args.seed)
    classifier = load_stars(load_settings([]))
    report = deletion.measure(rows, classifier, args.steps, args.seed)
    print(deletion.summary(report))
    return report | {
        "part": "test",
        "model": training.revision(classifier),
        "device": device_name(classifier.device),
    }


def evaluate_limits(args: argparse.Namespace) -> dict:
    """Measure where the classifiers fail; returns the contents of limits.json."""
    settings = load_settings([])
    products, written = limits.read_products(args.per_star, args.seed), limits.read_written()
    classifier = load_stars(settings)
    polarity = load_polarity(settings) if models.is_there("polarity", settings) else None
    report = limits.measure(
        _limited(products, args.limit, args.seed), written, classifier, polarity, args.seed
    )
    print(limits.summary(report))
    used = [classifier] if polarity is None else [classifier, polarity]
    return report | {
        "data": limits.fingerprint(products, written),
        "model": {one.source.role: training.revision(one) for one in used},
        "device": device_name(classifier.device),
    }


def evaluate_real_diversity(args: argparse.Namespace) -> dict:
    """Measure how varied real reviews are; returns the contents of real-diversity.json."""
    rows = _limited(training.read_part(args.data, "validation"), args.limit, args.seed)
    source = models.find("generator", load_settings([]))
    report = diversity.measure(rows, models.load_copies(source), args.seed)
    return report | {
        "part": "validation",
        "model": {"role": "generator", "kind": source.kind, "revision": source.revision},
    }


def device_name(device) -> str:
    """The device in words."""
    if device.type == "cuda":
        import torch

        return torch.cuda.get_device_name(device)
    return f"{device.type}, {os.cpu_count()} cores"


def command(argv: Sequence[str]) -> str:
    """The command that was run, without the folders of this machine: a path in full becomes its last name."""
    return " ".join(["python -m train.evaluate", *(re.sub(r"(^|=)/.*/", r"\1", part) for part in argv)])


def provenance(argv: Sequence[str], seed: int, seconds: float) -> dict:
    """How a file of results came to be."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "seed": seed,
        "command": command(argv),
        "minutes": seconds / 60,
        "libraries": versions | {"python": platform.python_version()},
    }


def write(path: Path, report: dict) -> None:
    """Write a report as JSON, whole or not at all: keys sorted, four decimals, small lists on one line."""
    text = json.dumps(_short(report), sort_keys=True, indent=2, allow_nan=False)
    text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda inner: re.sub(r"\s*\n\s*", " ", inner[0]), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, path)


def _short(value):
    if isinstance(value, dict):
        return {str(key): _short(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_short(one) for one in value]
    return round(value, 4) + 0.0 if isinstance(value, float) else value  # + 0.0: no -0.0


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
    for job, what in (("stars", "the star classifier"), ("judge", "the judge")):
        stars = jobs.add_parser(job, parents=[_common()], help=f"{what} beside the baselines")
        stars.add_argument(
            "--part", default="test", choices=["test", "validation"], help="the reviews to measure on"
        )
        stars.add_argument("--rows", type=Path, help="the rows it learned from, as train.stars left them")
        stars.add_argument(
            "--work", type=Path, default=Path("runs/embeddings"), help="where embeddings are kept"
        )
        stars.add_argument("--quick", action="store_true", help="leave the untrained base out")
        stars.set_defaults(run=evaluate_stars)
    foreseen = jobs.add_parser("generator", parents=[_common()], help="perplexity before and after training")
    foreseen.set_defaults(run=evaluate_generator)
    written = jobs.add_parser(
        "generated", parents=[_common()], help="the generator, by the filter and the judges"
    )
    written.add_argument("--per-star", type=int, default=500, help="generated reviews a star")
    written.add_argument("--work", type=Path, default=Path("runs/generated"), help="where samples are kept")
    written.set_defaults(run=evaluate_generated)
    opinion = jobs.add_parser("polarity", parents=[_common()], help="the polarity classifier, by domain")
    polarity_report.add_arguments(opinion)
    opinion.set_defaults(run=evaluate_polarity)
    useful = jobs.add_parser(
        "use", parents=[_common()], help="do synthetic reviews help where data are short?"
    )
    use.add_arguments(useful)
    useful.set_defaults(run=evaluate_use)
    studied = jobs.add_parser("study", parents=[_common()], help="the hyper-parameter study of train.sweep")
    studied.add_argument("--work", type=Path, default=Path("runs/study/cpu"), help="what train.sweep left")
    studied.set_defaults(run=study.evaluate)
    varied = jobs.add_parser("real-diversity", parents=[_common()], help="how varied real reviews are")
    varied.set_defaults(run=evaluate_real_diversity)
    reasons = jobs.add_parser(
        "why", parents=[_common()], help="do the words that explanations name move the stars?"
    )
    deletion.add_arguments(reasons)
    reasons.set_defaults(run=evaluate_why)
    failing = jobs.add_parser("limits", parents=[_common()], help="where the classifiers fail")
    limits.add_arguments(failing)
    failing.set_defaults(run=evaluate_limits)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure by the command line."""
    argv = sys.argv[1:] if argv is None else argv
    args = parse(argv)
    began = time.monotonic()
    # What limits measures on is no part of the prepared data, and has a checksum of its own.
    data = {} if args.job == "limits" else {"data": read_fingerprint(args.data)}
    report = args.run(args)
    part = f"-{args.part}" if getattr(args, "part", "test") != "test" else ""
    path = args.out / f"{args.job}{part}.json"
    write(path, report | data | provenance(argv, args.seed, time.monotonic() - began))
    print(f"written to {path}")


if __name__ == "__main__":
    sys.exit(training.run(main))
