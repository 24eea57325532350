"""What adapting changed, on rows of the table that no model learned from: the contents of adapt.json.

The judge is TF-IDF + logistic regression on a part of the table that neither model saw. It selects nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from revdemo import metrics, models
from revdemo.adapt_figures import SIDES, figures
from revdemo.classifier import StarClassifier, load_stars
from revdemo.errors import RevdemoError
from revdemo.generator import ReviewGenerator, load_generator
from revdemo.loop import wilson
from revdemo.settings import Settings
from train import baseline, generated, perplexity, star_measures, training
from train.adapt_rows import at_most
from train.generator import of_length

TEST = 100  # reviews a star that the classifiers are measured on
FORESEEN = 40  # reviews a star that the generators are measured on


@dataclass(frozen=True)
class Side:
    """The models of one side of the comparison: before or after."""

    stars: str
    generator: str

    def settings(self, settings: Settings) -> Settings:
        """Settings that load these models."""
        return settings.model_copy(update={"stars_model": self.stars, "generator": self.generator})


class Interruptible:
    """A generator that asks before each round whether to go on."""

    def __init__(self, generator: ReviewGenerator, step: Callable[[], None]):
        self.generator, self.step, self.source = generator, step, generator.source

    def stream(self, *arguments, **options):
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
        "difference": metrics.paired_difference(
            metrics.star_metrics, rows["after"], rows["before"], items, seed=seed
        ),
        "natural": {side: star_measures.natural(stars, *answers[side], items, mix, seed) for side in SIDES},
    }


def by_star(stars: Sequence[int]) -> dict[str, int]:
    """How many reviews each star has, by its name in JSON."""
    return {str(star): int(n) for star, n in sorted(Counter(stars).items())}


def measure_foreseen(before: perplexity.Score, after: perplexity.Score, items: Sequence, seed: int) -> dict:
    """Perplexity and bits per byte of held-out reviews on both sides, and the paired difference in bits."""
    rows = np.column_stack([after.nats - before.nats, after.bytes])

    def bits(sums: np.ndarray) -> np.ndarray:
        return sums[..., 0] / sums[..., 1] / np.log(2)

    found = perplexity.measure(before, after, items, seed)
    return found | {"difference": {"bits_per_byte": metrics.interval(bits, rows, items, seed=seed)}}


def train_judge(rows: pd.DataFrame) -> Pipeline:
    """TF-IDF + logistic regression on the judge's part, for the stars that it has."""
    judge = make_pipeline(
        baseline.vectorizer(3 if len(rows) >= 1000 else 1),
        LogisticRegression(class_weight="balanced", max_iter=1000),
    )
    try:
        return judge.fit(rows["text"].tolist(), rows["stars"].to_numpy(int))
    except ValueError as error:
        raise RevdemoError(f"No judge can be made of {len(rows):,} reviews of the table: {error}") from error


def measure_written(written: dict[str, pd.DataFrame], test: pd.DataFrame, seed: int = 0) -> dict:
    """Acceptance and what the judge says of generated reviews, before and after.

    Args:
        written: for each side what generated.write_reviews gives, with a column `judge`.
        test: real reviews: text, stars, movie_id, judge, and what each side's filter predicts in a column of
            the side's name.
    """
    found = {side: _written(written[side], test.assign(filter=test[side]), seed) for side in SIDES}
    real = generated.judged(test["stars"], test["judge"], test["movie_id"], seed)
    first, second = (written[side] for side in SIDES)
    right = [(own["judge"] == own["requested"])[own["filter"].notna()] for own in (second, first)]
    best = [own[own["accepted"]] for own in (second, first)]
    accepted_right = [own["judge"] == own["requested"] for own in best]
    return {
        "n": len(first),
        **found,
        "real": {"judge": real},
        "difference": {
            "acceptance": difference(second["accepted"], first["accepted"], seed),
            "judge_exact_unfiltered": difference(*right, seed),
            "judge_exact_accepted": difference(*accepted_right, seed),
        },
    }


def _written(reviews: pd.DataFrame, test: pd.DataFrame, seed: int) -> dict:
    worded, accepted = reviews[reviews["filter"].notna()], reviews[reviews["accepted"]]
    shares = {str(stars): _share(own) for stars, own in reviews.groupby("requested")["accepted"]}
    texts = worded["text"].tolist()
    return {
        "n": len(reviews),
        "acceptance": {"all": _share(reviews["accepted"]), "by_stars": shares},
        "rejected": dict(Counter(reviews.loc[~reviews["accepted"], "reason"])),
        "judge": {
            "unfiltered": generated.judged(worded["requested"], worded["judge"], seed=seed),
            "accepted": generated.judged(accepted["requested"], accepted["judge"], seed=seed),
        },
        "share_of_real": {
            "unfiltered": generated.share_of_real(worded, test, seed),
            "accepted": generated.share_of_real(accepted, test[test["filter"] == test["stars"]], seed),
        },
        "detector_auc": _detector(texts, test["text"].tolist(), seed),
        "words": metrics.mean_with_interval([len(text.split()) for text in texts], seed=seed),
    }


def _share(flags: pd.Series) -> dict[str, float]:
    return wilson(int(flags.sum()), len(flags))._asdict()


def _detector(texts: list[str], real: list[str], seed: int) -> dict | None:
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
    return generated.detector_auc(ours, cut, seed)


def difference(first: Sequence[float], second: Sequence[float], seed: int = 0) -> dict | None:
    """The mean of `first` minus that of `second`, two samples apart, with its 95 % bootstrap interval."""
    if not len(first) or not len(second):
        return None
    rng, means = np.random.default_rng(seed), []
    for values in (np.asarray(first, dtype=float), np.asarray(second, dtype=float)):
        draws = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=1000)
        means.append(np.concatenate([[values.mean()], draws @ values / len(values)]))
    return metrics.from_draws(means[0] - means[1])


def foresee(generator: ReviewGenerator, rows: pd.DataFrame, max_length: int, what: str) -> perplexity.Score:
    """What a generator says of real reviews, each under the prefix of its stars."""
    texts, stars = rows["text"].tolist(), rows["stars"].tolist()
    return perplexity.score(
        generator.model, generator.tokenizer, texts, stars, generator.template, max_length, what
    )


# --- running the models -------------------------------------------------------------------------------------


class Report:
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
        report["models"] = {side: {"stars": training.revision(own)} for side, own in classifiers.items()}
        if "stars" in roles:
            report["stars"] = measure_stars(self.test, answers, mix, self.seed)
        if "generator" in roles or per_star:
            loaded = {side: load_generator(self.sides[side].settings(self.settings)) for side in SIDES}
            for side, own in loaded.items():
                report["models"][side]["generator"] = training.revision(own)
        if "generator" in roles:
            report["generator"] = self._foreseen(loaded)
        if per_star:
            for side in SIDES:
                self.test[side] = answers[side][0]
            report["generated"] = self._written(classifiers, loaded, per_star)
        return report

    def _predict(self, classifier: StarClassifier, texts: Sequence[str], what: str) -> tuple:
        found = classifier.predict(list(texts), progress=lambda *_: self.step(f"classifier {what}"))
        return np.array([one.stars for one in found]), np.array([one.probabilities for one in found])

    def _foreseen(self, loaded: dict[str, ReviewGenerator]) -> dict:
        recipe = models.read_json(loaded["after"].source.folder / training.LOG)["recipe"]
        rows = of_length(self.parts["test"], recipe["min_words"], recipe["max_words"])
        rows = at_most(rows, FORESEEN, self.seed)
        if rows.empty:
            raise RevdemoError("No held-out review has the length that the generator learned from.")
        scores = {}
        for side, own in loaded.items():
            self.step(f"generator {side}")
            scores[side] = foresee(own, rows, recipe["max_length"], side)
        items = rows["movie_id"].to_numpy()
        return measure_foreseen(scores["before"], scores["after"], items, self.seed) | {
            "words": [recipe["min_words"], recipe["max_words"]]
        }

    def _written(self, classifiers: dict, loaded: dict, per_star: int) -> dict:
        judge, written = train_judge(self.parts["judge"]), {}
        for side in SIDES:
            stored = generated.StoredRounds(
                Interruptible(loaded[side], lambda side=side: self.step(f"writing {side}")),
                generated.samples_path(self.work, loaded[side]),
            )
            copies = models.load_copies(loaded[side].source)
            reviews = generated.write_reviews(
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
            "judge": {"name": baseline.NAME, "n": len(self.parts["judge"])},
        }


def summary(report: dict) -> str:
    """What a person reads after a run."""
    lines = [("", "before", "after", "difference"), *figures(report)]
    return "\n".join(
        f"{what:48} {before:>24} {after:>24} {change:>26}" for what, before, after, change in lines
    )
