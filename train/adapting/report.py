"""What adapting changed, on rows of the table that no model learned from: the contents of adapt.json.

The judge is TF-IDF + logistic regression on a part of the table that neither model saw. It selects nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from revdemo import intervals
from revdemo.errors import RevdemoError
from revdemo.evaluation import metrics, tfidf
from revdemo.evaluation.adapt_figures import SIDES, figures
from revdemo.evaluation.results import AdaptedFile
from revdemo.evaluation.tfidf import text_classifier
from revdemo.files import read_json
from revdemo.generation.copies import load_copies
from revdemo.intervals import Rate, share
from revdemo.models.classifier import StarClassifier, load_stars
from revdemo.models.generator import ReviewGenerator, load_generator
from revdemo.models.likelihood import Likelihood
from revdemo.settings import Settings
from train.data.table import at_most
from train.fitting import trainer
from train.fitting.generator_reviews import of_length
from train.generator import asks_of
from train.measures import baseline, provenance
from train.measures import stars as star_measures
from train.measures.generated import judging, perplexity, text_quality
from train.written import samples

TEST = 100  # reviews per star that the classifiers are measured on
SCORED = 40  # reviews per star that the generators are measured on


@dataclass(frozen=True)
class Side:
    """The models of one side of the comparison: before or after."""

    stars: str
    generator: str

    def settings(self, settings: Settings) -> Settings:
        """Settings that load these models."""
        return settings.model_copy(update={"stars_model": self.stars, "generator": self.generator})


class Interruptible:
    """A generator that asks before each round whether to continue."""

    def __init__(self, generator: ReviewGenerator, step: Callable[[], None]):
        self.generator, self.step, self.source = generator, step, generator.source

    def stream(self, *arguments: Any, **options: Any) -> Iterator[list]:
        """What the generator gives."""
        self.step()
        return self.generator.stream(*arguments, **options)


def measure_stars(test: pd.DataFrame, answers: dict[str, tuple], mix: Sequence[float], seed: int = 0) -> dict:
    """The classifiers on balanced reviews, paired, and under the table's own mix of stars.

    Args:
        answers: for each side predicted stars (n,) and probabilities (n, 5).
        mix: the share of each star in the table.
    """
    stars, items = test["stars"].to_numpy(int), test["movie_id"].to_numpy()
    rows = {side: metrics.star_rows(stars, *answers[side]) for side in SIDES}
    return {
        "n": len(test),
        "by_star": by_star(stars),
        **{side: metrics.star_report(stars, *answers[side], items, seed) for side in SIDES},
        "difference": intervals.paired_difference(
            metrics.star_metrics, rows["after"], rows["before"], items, ranges=metrics.STAR_RANGES, seed=seed
        ),
        "natural": {side: star_measures.natural(stars, *answers[side], items, mix, seed) for side in SIDES},
    }


def by_star(stars: Sequence[int]) -> dict[str, int]:
    """How many reviews each star has, by its name in JSON."""
    return {str(star): int(n) for star, n in sorted(Counter(stars).items())}


def measure_likelihood(before: Likelihood, after: Likelihood, items: Sequence, seed: int) -> dict:
    """Perplexity and bits per byte of held-out reviews on both sides, and the paired difference in bits."""
    rows = np.column_stack([after.nats - before.nats, after.bytes])

    def bits(sums: np.ndarray) -> np.ndarray:
        return sums[..., 0] / sums[..., 1] / np.log(2)

    found = perplexity.measure(before, after, items, seed)
    return found | {"difference": {"bits_per_byte": intervals.bootstrap(bits, rows, items, seed=seed)}}


def train_judge(rows: pd.DataFrame) -> Pipeline:
    """TF-IDF + logistic regression on the judge's part, for the stars that it has."""
    judge = text_classifier(3 if len(rows) >= 1000 else 1, balanced=True)
    try:
        return judge.fit(rows["text"].tolist(), rows["stars"].to_numpy(int))
    except ValueError as error:
        raise RevdemoError(
            "A judge cannot be trained on {rows:,} reviews of the table: {error}", rows=len(rows), error=error
        ) from error


def measure_written(written: dict[str, pd.DataFrame], test: pd.DataFrame, seed: int = 0) -> dict:
    """Acceptance and what the judge says of generated reviews, before and after.

    Args:
        written: for each side what samples.write_reviews gives, with a column `judge`.
        test: real reviews: text, stars, movie_id, judge, and what each side's filter predicts in a column of
            the side's name.
    """
    found = {side: _written(written[side], test.assign(filter=test[side]), seed) for side in SIDES}
    real = judging.judged(test["stars"], test["judge"], test["movie_id"], seed)
    first, second = (written[side] for side in SIDES)
    right = [(own["judge"] == own["requested"])[own["filter"].notna()] for own in (second, first)]
    best = [own[own["accepted"]] for own in (second, first)]
    accepted_right = [own["judge"] == own["requested"] for own in best]
    return {
        "n": len(first),
        **found,
        "real": {"judge": real},
        "difference": {
            "acceptance": intervals.difference_of_means(second["accepted"], first["accepted"], seed=seed),
            "judge_exact_unfiltered": intervals.difference_of_means(*right, seed=seed),
            "judge_exact_accepted": intervals.difference_of_means(*accepted_right, seed=seed),
        },
    }


def _written(reviews: pd.DataFrame, test: pd.DataFrame, seed: int) -> dict:
    worded, accepted = reviews[reviews["filter"].notna()], reviews[reviews["accepted"]]
    shares = {str(stars): share(own) for stars, own in reviews.groupby("requested")["accepted"]}
    texts = worded["text"].tolist()
    return {
        "n": len(reviews),
        "acceptance": {"all": share(reviews["accepted"]), "by_stars": shares},
        "rejected": dict(Counter(reviews.loc[~reviews["accepted"], "reason"])),
        "judge": {
            "unfiltered": judging.judged(worded["requested"], worded["judge"], seed=seed),
            "accepted": judging.judged(accepted["requested"], accepted["judge"], seed=seed),
        },
        "share_of_real": {
            "unfiltered": judging.share_of_real(worded, test, seed),
            "accepted": judging.share_of_real(accepted, test[test["filter"] == test["stars"]], seed),
        },
        "detector_auc": _detector(texts, test["text"].tolist(), seed),
        "words": intervals.mean([len(text.split()) for text in texts], seed=seed),
    }


def _detector(texts: list[str], real: list[str], seed: int) -> Rate | None:
    """How far the generated reviews are from the table's: how well a classifier of words tells them apart.

    As many real ones, cut to the lengths of the generated ones; None where there are too few of either.
    """
    count = min(len(texts), len(real))
    if count < 20:
        return None
    draw = np.random.default_rng(seed)
    ours, theirs = (
        sorted(draw.choice(own, count, replace=False).tolist(), key=lambda text: len(text.split()))
        for own in (texts, real)
    )
    cut = [" ".join(other.split()[: len(own.split())]) for own, other in zip(ours, theirs, strict=True)]
    return text_quality.detector_auc(ours, cut, seed)


def score_reviews(generator: ReviewGenerator, rows: pd.DataFrame, max_length: int, what: str) -> Likelihood:
    """What a generator says of real reviews, each under the prefix of its stars."""
    asks = asks_of(rows, generator.prefix)
    return perplexity.score(
        generator.model, generator.tokenizer, rows["text"].tolist(), asks, max_length, what
    )


# --- running the models -------------------------------------------------------------------------------------


class AdaptReport:
    """Measures both sides, a step at a time; what takes long is kept in `work` for the next start."""

    def __init__(
        self,
        parts: dict[str, pd.DataFrame],
        sides: dict[str, Side],
        settings: Settings,
        work: Path,
        step: Callable[[str], None],
        seed: int = 0,
    ):
        self.parts, self.sides, self.settings = parts, sides, settings
        self.work, self.step, self.seed = work, step, seed
        self.every = sorted(set(parts["train"]["stars"]))
        self.test = at_most(parts["test"], TEST, seed)

    def __call__(self, roles: Sequence[str], mix: Sequence[float], per_star: int) -> dict:
        """The measures of the roles that were adapted and, with `per_star`, of reviews written anew."""
        report, loaded = {}, {}
        classifiers = {side: load_stars(self.sides[side].settings(self.settings)) for side in SIDES}
        answers = {side: self._predict(own, self.test["text"], side) for side, own in classifiers.items()}
        report["models"] = {side: {"stars": provenance.revision(own)} for side, own in classifiers.items()}
        if "stars" in roles:
            report["stars"] = measure_stars(self.test, answers, mix, self.seed)
        if "generator" in roles or per_star:
            loaded = {side: load_generator(self.sides[side].settings(self.settings)) for side in SIDES}
            for side, own in loaded.items():
                report["models"][side]["generator"] = provenance.revision(own)
        if "generator" in roles:
            report["generator"] = self._likelihood(loaded)
        if per_star:
            for side in SIDES:
                self.test[side] = answers[side][0]
            report["generated"] = self._written(classifiers, loaded, per_star)
        return report

    def _predict(self, classifier: StarClassifier, texts: Sequence[str], what: str) -> tuple:
        found = classifier.predict(list(texts), progress=lambda *_: self.step(f"classifier {what}"))
        return np.array([one.stars for one in found]), np.array([one.probabilities for one in found])

    def _likelihood(self, loaded: dict[str, ReviewGenerator]) -> dict:
        recipe = read_json(loaded["after"].source.folder / trainer.LOG)["recipe"]
        rows = of_length(self.parts["test"], recipe["min_words"], recipe["max_words"])
        rows = at_most(rows, SCORED, self.seed)
        if rows.empty:
            raise RevdemoError("No held-out review has the length that the generator learned from.")
        scores = {}
        for side, own in loaded.items():
            self.step(f"generator {side}")
            scores[side] = score_reviews(own, rows, recipe["max_length"], side)
        items = rows["movie_id"].to_numpy()
        return measure_likelihood(scores["before"], scores["after"], items, self.seed) | {
            "words": [recipe["min_words"], recipe["max_words"]]
        }

    def _written(self, classifiers: dict, loaded: dict, per_star: int) -> dict:
        judge, written = train_judge(self.parts["judge"]), {}
        for side in SIDES:
            stored = samples.StoredRounds(
                Interruptible(loaded[side], lambda side=side: self.step(f"writing {side}")),
                samples.samples_path(self.work, loaded[side]),
            )
            copies = load_copies(loaded[side].source)
            reviews = samples.write_reviews(
                stored, classifiers[side], copies, per_star, self.seed, self.every
            )
            worded = reviews["filter"].notna()
            reviews["judge"] = pd.Series(
                baseline.predict(judge, reviews.loc[worded, "text"])[0], reviews.index[worded]
            ).reindex(reviews.index)
            written[side] = reviews
        self.test["judge"] = baseline.predict(judge, self.test["text"])[0]
        return measure_written(written, self.test, self.seed) | {
            "per_star": per_star,
            "judge": {"name": tfidf.NAME, "n": len(self.parts["judge"])},
        }


def summary(report: AdaptedFile) -> str:
    """What a person reads after a run."""
    lines = [("", "before", "after", "difference"), *figures(report)]
    return "\n".join(
        f"{what:48} {before:>24} {after:>24} {change:>26}" for what, before, after, change in lines
    )
