"""What polarity.json says, and the polarity classifier's opinion of generated reviews."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo import intervals
from revdemo.errors import RevdemoError
from revdemo.evaluation import confusion_matrix, tfidf
from revdemo.evaluation.diversity import fits
from revdemo.evaluation.tfidf import text_classifier
from revdemo.intervals import SHARE, share
from revdemo.models.classifier import StarClassifier
from revdemo.models.polarity import NEUTRAL, PolarityClassifier
from revdemo.models.weights import registry
from train import polarity
from train.data import prepared
from train.fitting import trainer
from train.measures.stars import predictions


def from_stars(probabilities: np.ndarray) -> np.ndarray:
    """Whether the star classifier finds 4 and 5 stars likelier than 1 and 2; probabilities: (n, 5)."""
    return probabilities[:, 3:].sum(axis=1) > probabilities[:, :2].sum(axis=1)


def by_words(rows: pd.DataFrame, texts: Sequence[str]) -> np.ndarray:
    """Whether TF-IDF + logistic regression, trained on the clear reviews of `rows`, finds texts positive."""
    clear = rows[polarity.is_clear(rows)]
    model = text_classifier(min_df=3, balanced=True).fit(clear["text"], clear["stars"] > 3)
    return model.predict(list(texts))


def measure(
    part: pd.DataFrame,
    classifier: PolarityClassifier,
    stars: StarClassifier,
    rows: pd.DataFrame,
    seed: int = 0,
) -> dict:
    """The measured part of polarity.json; precision, recall and F1 are those of positive.

    Args:
        part: text, stars, group and domain of the reviews to measure on; those of three stars only say how
            often the answer is neutral.
        rows: text and stars of the reviews that the classifier, and now the baseline, learned from.
    """
    found = predictions(classifier, part["text"], "polarity")
    clear = polarity.is_clear(part).to_numpy()
    held = part[clear]
    by_star = np.array([one.probabilities for one in predictions(stars, held["text"], "stars")])
    print(f"training the baseline on {len(rows):,} reviews")
    answers = {
        "own": np.array([one.positive for one in found])[clear],
        "baseline": by_words(rows, held["text"]),
        "from_stars": from_stars(by_star),
    }
    measured = Answers(held, answers, seed)
    return {
        **measured.report("own"),
        "groups": held["group"].nunique(),
        "domains": measured.domains("own"),
        "baseline": {"name": tfidf.NAME, "domains": measured.domains("baseline")},
        "from_stars": {"domains": measured.domains("from_stars")},
        "difference": measured.ahead_of("baseline"),
        "difference_from_stars": measured.ahead_of("from_stars"),
        "neutral": neutral(part, [one.polarity for one in found], classifier.neutral, seed),
    }


class Answers:
    """What each classifier answers about the same clear reviews, as figures with their intervals."""

    def __init__(self, held: pd.DataFrame, answers: Mapping[str, np.ndarray], seed: int) -> None:
        self.held, self.groups, self.seed = held, held["group"].to_numpy(), seed
        true = held["stars"].to_numpy() > 3
        self.cells = {name: confusion_matrix.polarity_cells(true, answer) for name, answer in answers.items()}

    def report(self, name: str, where: np.ndarray | slice = slice(None)) -> dict:
        """How good one's answers are, of all reviews or of those in `where`."""
        cells, groups = self.cells[name][where], self.groups[where]
        rates = intervals.bootstrap(
            confusion_matrix.polarity_scores, cells, groups, ranges=SHARE, seed=self.seed
        )
        return {"n": len(cells), **rates, "confusion": cells.sum(axis=0).astype(int).reshape(2, 2).tolist()}

    def domains(self, name: str) -> dict:
        """The same by domain."""
        return {
            own: self.report(name, (self.held["domain"] == own).to_numpy())
            for own in self.held["domain"].unique()
        }

    def ahead_of(self, name: str) -> dict:
        """How far our own answers are ahead of another's, paired."""
        return intervals.paired_difference(
            confusion_matrix.polarity_scores,
            self.cells["own"],
            self.cells[name],
            self.groups,
            ranges=SHARE,
            seed=self.seed,
        )


def neutral(
    part: pd.DataFrame, polarities: Sequence[str], limits: tuple[float, float], seed: int
) -> dict | None:
    """The limits of the neutral band, and how many reviews of three stars and of others fall in it.

    None where there are no three-star reviews.
    """
    inside = np.array(polarities) == NEUTRAL
    clear = polarity.is_clear(part).to_numpy()
    if clear.all():
        return None
    shares = {
        f"{name}_share": intervals.mean(inside[own], part.loc[own, "group"], seed=seed)
        for name, own in (("three_star", ~clear), ("other", clear))
    }
    return {"low": limits[0], "high": limits[1], **shares}


def hand_typed(classifier: PolarityClassifier, folder: Path) -> list[dict]:
    """What the classifier says of the report's own reviews, by number and without their texts."""
    path = folder / "hand_typed.csv"
    if not path.exists():
        return []
    table = pd.read_csv(path)
    found = classifier.predict(table["text"].tolist())
    return [
        {"n": n, "report_says": says, "predicted": one.polarity, "probability": one.probability}
        for n, (says, one) in enumerate(zip(table["report_says"], found, strict=True), start=1)
    ]


def read_rows(path: Path, config: dict) -> pd.DataFrame:
    """The rows the polarity classifier learned from; RevdemoError where the file holds others, or none."""
    rows = pd.read_parquet(path) if path.exists() else None
    if rows is None or prepared.rows_fingerprint(rows) != config.get("training_rows"):
        raise RevdemoError(
            "{path} does not hold the reviews that the polarity classifier learned from. Name the file "
            "that train.polarity left in its output folder with --rows.",
            path=path,
        )
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `evaluate` reads beside the arguments that every evaluation has."""
    parser.set_defaults(data=Path("data/polarity"))
    parser.add_argument(
        "--rows",
        type=Path,
        default=Path("models/polarity/training_rows.parquet"),
        help="the rows the classifier learned from, as train.polarity left them",
    )


def evaluate(args: argparse.Namespace, classifier: PolarityClassifier, stars: StarClassifier) -> dict:
    """Measure on the test part; returns the contents of polarity.json, but for the models and the device."""
    part = polarity.read_part(args.data, "test")
    if args.limit:
        part = part.sample(min(args.limit, len(part)), random_state=args.seed)
    folder = classifier.source.folder
    rows = read_rows(args.rows, registry.read_config(folder))
    log = json.loads((folder / trainer.LOG).read_text(encoding="utf-8"))["log"]
    report = measure(part, classifier, stars, rows, args.seed)
    typed = hand_typed(classifier, Path(os.environ.get("REVDEMO_DATA", "")))
    print(summary(report, typed))
    return report | {"epochs": polarity.table_by_epoch(log), "hand_typed": typed, "part": "test"}


def summary(report: dict, typed: Sequence[dict] = ()) -> str:
    """The table a person reads after a run: accuracy by domain, of the classifier and its yardsticks."""
    names = {"own": report["domains"]} | {
        name: report[name]["domains"] for name in ("baseline", "from_stars")
    }
    lines = []
    for name, domains in names.items():
        for domain, own in domains.items():
            rate = "{value:.1%} ({low:.1%} to {high:.1%})".format(**own["accuracy"].as_dict())
            lines.append(f"{name:12}{domain:18}{own['n']:6,}  {rate}")
    if band := report["neutral"]:
        inside = "{three_star_share.value:.1%} of three-star reviews, {other_share.value:.1%} of others"
        lines.append(f"neutral from {band['low']} to {band['high']}: {inside.format(**band)}")
    lines += [
        f"hand-typed {one['n']:2}  report {one['report_says']:9} here {one['predicted']:9} "
        f"{one['probability']:.2f}"
        for one in typed
    ]
    return "\n".join(lines)


# --- generated reviews --------------------------------------------------------------------------------------


def polarity_agreement(reviews: pd.DataFrame, classifier: PolarityClassifier) -> dict | None:
    """How often accepted reviews of 1 or 2 stars read as negative, and those of 4 or 5 as positive.

    The rate with its n, by requested stars, and the same of all reviews as `unfiltered`; None where nothing
    was accepted. The classifier learned from the same film reviews as the filter, so this is another
    opinion, not an independent one.

    Args:
        reviews: of `generated.samples.write_reviews`: requested, text, filter (missing for a text
            without words) and accepted.
    """
    asked = reviews[(reviews["requested"] != 3) & reviews["filter"].notna()]
    found = predictions(classifier, asked["text"], "polarity")
    agrees = [
        fits(stars, one.polarity, one.probability)
        for stars, one in zip(asked["requested"], found, strict=True)
    ]
    asked = asked.assign(agrees=np.array(agrees, dtype=bool))
    accepted = asked[asked["accepted"]]
    return None if accepted.empty else {**_agreement(accepted), "unfiltered": _agreement(asked)}


def _agreement(reviews: pd.DataFrame) -> dict:
    by_stars = {str(stars): share(own) for stars, own in reviews.groupby("requested")["agrees"]}
    return {**share(reviews["agrees"]).as_dict(), "n": len(reviews), "by_stars": by_stars}
