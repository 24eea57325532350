"""Measure the models and write assets/metrics/*.json; nothing else writes there.

    python -m train.evaluate stars                     # the star classifier, on the test part
    python -m train.evaluate generated --per-star 100  # 5 x 100 generated reviews, judged

`stars` trains TF-IDF + logistic regression on the very rows the classifier learned from, which train.stars
leaves in its output folder. `generated` keeps what it samples in --work: a killed run goes on where it was.
Models are found as the app finds them: REVDEMO_STARS_MODEL and REVDEMO_GENERATOR name others.
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
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from revdemo import metrics, models
from revdemo.classifier import load_stars
from revdemo.errors import RevdemoError
from revdemo.generator import load_generator
from revdemo.loop import Judges
from revdemo.settings import load_settings
from train import baseline, generated, training

LIBRARIES = ("torch", "transformers", "peft", "scikit-learn", "numpy")
JUDGES = ("filter", "second_judge")


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


def predict(classifier: Judges, texts: Sequence[str], task: str) -> tuple[np.ndarray, np.ndarray]:
    """Predicted stars (n,) and the probability of each star (n, 5), with a progress bar."""
    with tqdm(total=len(texts), desc=task, unit=" reviews") as bar:
        found = classifier.predict(list(texts), progress=lambda done, _: bar.update(done - bar.n))
    return np.array([one.stars for one in found]), np.array([one.probabilities for one in found])


def measure_stars(part: pd.DataFrame, classifier: Judges, rows: pd.DataFrame, seed: int = 0) -> dict:
    """The measured part of stars.json.

    Args:
        part: text, text_scored, stars, movie_id and source of the reviews to measure on.
        rows: text and stars of the reviews that the classifier, and now the baseline, learned from.
    """
    stars, films = part["stars"].to_numpy(), part["movie_id"].to_numpy()
    predicted, probabilities = predict(classifier, part["text"], "masked")
    print(f"training the baseline on {len(rows):,} reviews")
    by_words = baseline.predict(baseline.train(rows["text"], rows["stars"]), part["text"])

    def report(answer: tuple[np.ndarray, np.ndarray], where: np.ndarray | slice = slice(None)) -> dict:
        return metrics.star_report(stars[where], answer[0][where], answer[1][where], films[where], seed)

    own = predicted, probabilities
    return {
        **report(own),
        "films": len(set(films)),
        "chance": metrics.chance(),
        "by_source": {name: report(own, (part["source"] == name).to_numpy()) for name in set(part["source"])},
        "with_stated_scores": _with_stated_scores(part, classifier, own, report),
        "baseline": {"name": baseline.NAME, **report(by_words)},
        "difference": metrics.paired_difference(
            metrics.star_metrics,
            metrics.star_rows(stars, *own),
            metrics.star_rows(stars, *by_words),
            films,
            seed=seed,
        ),
    }


def _with_stated_scores(part: pd.DataFrame, classifier: Judges, masked: tuple, report) -> dict:
    """The same reviews unmasked; only those that state a score are predicted again."""
    stated = (part["text"] != part["text_scored"]).to_numpy()
    answer = masked[0].copy(), masked[1].copy()
    if stated.any():
        answer[0][stated], answer[1][stated] = predict(
            classifier, part.loc[stated, "text_scored"], "unmasked"
        )
    return {**report(answer), "reviews_with_a_score": int(stated.sum())}


def evaluate_stars(args: argparse.Namespace) -> dict:
    """Measure the star classifier of the settings on one part; returns the contents of stars.json."""
    part = _limited(training.read_part(args.data, args.part), args.limit, args.seed)
    classifier = load_stars(load_settings([]))
    config = models.read_config(classifier.source.folder)
    rows = read_training_rows(args.rows, config)
    report = measure_stars(part, classifier, rows, args.seed)
    report["baseline"]["training_rows"] = config["training_rows"]
    return report | {
        "part": args.part,
        "model": revision(classifier),
        "device": device_name(classifier.device),
    }


def evaluate_generated(args: argparse.Namespace) -> dict:
    """Write and judge reviews for each star; returns the contents of generated.json."""
    test = _limited(training.read_part(args.data, "test"), args.limit, args.seed)
    judge_part = training.read_part(args.data, "judge")
    settings = load_settings([])
    classifier, generator = load_stars(settings), load_generator(settings)
    stored = generated.StoredRounds(generator, generated.samples_path(args.work, generator))
    copies = models.load_copies(generator.source)
    reviews = generated.write_reviews(stored, classifier, copies, args.per_star, args.seed)
    print(f"training the second judge on {len(judge_part):,} reviews")
    second = baseline.train(judge_part["text"], judge_part["stars"])
    reviews["second_judge"] = baseline.predict(second, reviews["text"])[0]
    test["second_judge"] = baseline.predict(second, test["text"])[0]
    test["filter"] = predict(classifier, test["text"], "reference")[0]
    report = generated.measure(reviews, test, JUDGES, args.seed)
    print(generated.summary(report))
    return report | {
        "per_star": args.per_star,
        "model": {
            "generator": revision(generator),
            "filter": revision(classifier),
            "second_judge": baseline.NAME,
        },
        "sampling": vars(generator.defaults) | {"prefix": generator.template},
        "device": device_name(generator.device),
    }


def revision(model) -> dict[str, str]:
    """Which model was measured; never where it lies on this machine."""
    return {"role": model.source.role, "kind": model.source.kind, "revision": model.source.revision}


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
    return round(value, 4) if isinstance(value, float) else value


def _limited(part: pd.DataFrame, limit: int | None, seed: int) -> pd.DataFrame:
    return part.sample(min(limit, len(part)), random_state=seed) if limit else part


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    common.add_argument("--out", type=Path, default=Path("assets/metrics"), help="folder of the results")
    common.add_argument(
        "--limit", type=int, help="only this many real reviews, for a trial; use another --out"
    )
    common.add_argument("--seed", type=int, default=0, help="of the samples and of the intervals")
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    jobs = parser.add_subparsers(dest="job", required=True)
    stars = jobs.add_parser("stars", parents=[common], help="the star classifier beside the baseline")
    stars.add_argument(
        "--part", default="test", choices=["test", "validation"], help="the reviews to measure on"
    )
    stars.add_argument(
        "--rows",
        type=Path,
        default=Path("models/stars/training_rows.parquet"),
        help="the rows the classifier learned from, as train.stars left them",
    )
    stars.set_defaults(run=evaluate_stars)
    written = jobs.add_parser("generated", parents=[common], help="the generator, by the filter and a judge")
    written.add_argument("--per-star", type=int, default=100, help="generated reviews a star")
    written.add_argument("--work", type=Path, default=Path("runs/generated"), help="where samples are kept")
    written.set_defaults(run=evaluate_generated)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure by the command line."""
    argv = sys.argv[1:] if argv is None else argv
    args = parse(argv)
    began = time.monotonic()
    data = read_fingerprint(args.data)
    report = args.run(args)
    path = args.out / f"{args.job}.json"
    write(path, report | {"data": data} | provenance(argv, args.seed, time.monotonic() - began))
    print(f"written to {path}")


if __name__ == "__main__":
    sys.exit(training.run(main))
