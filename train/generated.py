"""What the generator writes, as it comes and as the app's loop accepts it, by more than one judge."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from tqdm import tqdm

from revdemo.loop import Judges, Request, Writes, generate, round_seed, wilson
from revdemo.metrics import mean_with_interval, ratio_with_interval, star_report
from revdemo.quality import CopyIndex, NearDuplicates, distinct, self_bleu, words
from revdemo.reviews import STARS
from train.originality import LONG

ROUND = 20  # samples, the app's own round
FOREVER = 7 * 86_400.0  # seconds


class Sample(NamedTuple):
    """A stored sample, with the fields of the generator's own."""

    text: str
    finished: bool
    tokens: int


@dataclass
class StoredRounds:
    """A generator that keeps every whole round in a JSONL file, so that a killed run goes on where it was."""

    generator: Writes
    path: Path

    def __post_init__(self):
        self.source = self.generator.source
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self.rounds = dict(self._read())

    def _read(self) -> Iterator[tuple[tuple[int, int, int], list[Sample]]]:
        """Rounds by stars, size and seed; half a line, left by a kill, is cut off."""
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            self.path.write_bytes(whole)
        for line in whole.decode().splitlines():
            row = json.loads(line)
            yield (row["stars"], row["n"], row["seed"]), [Sample(*sample) for sample in row["samples"]]

    def stream(self, stars: int, n: int, seed: int, **options) -> Iterator[list[Sample]]:
        """A stored round whole, a new one once it is stored."""
        key = (stars, n, seed)
        if key not in self.rounds:
            groups = self.generator.stream(stars, n, seed, **options)
            samples = [Sample(one.text, one.finished, one.tokens) for group in groups for one in group]
            if len(samples) < n:
                return
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"stars": stars, "n": n, "seed": seed, "samples": samples}) + "\n")
            self.rounds[key] = samples
        yield self.rounds[key]


def samples_path(folder: Path, generator: Writes) -> Path:
    """A file for each generator, its settings and its device: samples of two are never mixed."""
    about = [generator.source.revision, generator.template, asdict(generator.defaults), str(generator.device)]
    return folder / f"samples-{hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]}.jsonl"


def write_reviews(
    generator: StoredRounds,
    classifier: Judges,
    copies: CopyIndex | None,
    per_star: int,
    seed: int,
    every: Sequence[int] = STARS,
) -> pd.DataFrame:
    """Run the app's loop for each of the five stars until `per_star` samples are judged, accepted or not.

    `every` names fewer stars than the five.

    Returns one row a sample: requested, text (cleaned), finished, filter (the stars that the classifier
    predicts, missing for a text without words), accepted, reason.
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
            )
            for step in generate(request, generator, classifier, copies=copies):
                bar.update(len(step.new))
            rows += _rows(step.run, generator)[:per_star]
    return pd.DataFrame(rows)


def _rows(run, generator: StoredRounds) -> list[dict]:
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
        }
        for review, sample in zip(run.reviews, samples, strict=True)
    ]


def judged(
    requested: Sequence[int], predicted: Sequence[int], groups: Sequence | None = None, seed: int = 0
) -> dict:
    """What one judge says: the metrics of `star_report`, and by requested stars the mean predicted ones."""
    if not len(requested):
        return {"n": 0}
    table = pd.DataFrame({"requested": list(requested), "predicted": [int(stars) for stars in predicted]})
    table["group"] = range(len(table)) if groups is None else list(groups)
    by_stars = {}
    for stars, rows in table.groupby("requested"):
        report = star_report(rows["requested"], rows["predicted"], groups=rows["group"], seed=seed)
        by_stars[str(stars)] = {
            "n": len(rows),
            "mean": mean_with_interval(rows["predicted"], rows["group"], seed=seed),
            "exact": report["exact"]["accuracy"],
            "near": report["near"]["accuracy"],
            "mae": report["mae"],
        }
    whole = star_report(table["requested"], table["predicted"], groups=table["group"], seed=seed)
    return whole | {"by_stars": by_stars}


def measure(
    reviews: pd.DataFrame,
    test: pd.DataFrame,
    judges: Iterable[str],
    longest: Callable[[Sequence[str]], Sequence[int]],
    seed: int = 0,
) -> dict:
    """The contents of generated.json.

    Args:
        reviews: of `write_reviews`, with a column of predicted stars for each judge.
        test: real reviews with text, stars and movie_id, and the same columns: what the judges say of those
            is the most that a generator can be given.
        longest: the longest run of tokens that each text shares with a training review.
    """
    worded = reviews[reviews["filter"].notna()]
    accepted = reviews[reviews["accepted"]]
    return {
        "n": len(reviews),
        "without_words": len(reviews) - len(worded),
        "unfiltered": {name: judged(worded["requested"], worded[name], seed=seed) for name in judges},
        "accepted": {name: judged(accepted["requested"], accepted[name], seed=seed) for name in judges},
        "reference": {name: judged(test["stars"], test[name], test["movie_id"], seed) for name in judges},
        "share_of_real": {
            "unfiltered": share_of_real(worded, test, seed),
            "accepted": share_of_real(accepted, test[test["filter"] == test["stars"]], seed),
        },
        "acceptance": _acceptance(reviews),
        "rejected": dict(Counter(reviews.loc[~reviews["accepted"], "reason"])),
        "finished": _share(reviews["finished"]),
        **text_quality(worded["text"].tolist(), test["text"].tolist(), longest, seed),
        "examples": examples(reviews),
    }


def share_of_real(written: pd.DataFrame, real: pd.DataFrame, seed: int = 0) -> dict[str, float] | None:
    """The judge's exact accuracy on generated reviews, divided by that on real ones, with its interval.

    None where there is none to judge, or the judge is never right about real ones.
    """
    if written.empty or not (real["judge"] == real["stars"]).any():
        return None
    ours, theirs = written["judge"] == written["requested"], real["judge"] == real["stars"]
    return ratio_with_interval(ours, theirs, real["movie_id"], seed=seed)


def examples(reviews: pd.DataFrame) -> list[dict]:
    """The first accepted review of each star, and the first that came out as other stars; none is chosen."""
    kept = ["requested", "filter", "judge", "accepted", "reason", "text"]
    chosen = reviews[reviews["accepted"] | (reviews["reason"] == "stars")]
    first = (
        chosen.groupby(["requested", "accepted"], sort=True).head(1).sort_values(["requested", "accepted"])
    )
    return [
        {key: row[key] if key in ("text", "reason") else int(row[key]) for key in kept}
        | {"accepted": bool(row["accepted"])}
        for row in first.to_dict("records")
    ]


# --- the texts themselves -----------------------------------------------------------------------------------


def text_quality(
    texts: list[str],
    real: list[str],
    longest: Callable[[Sequence[str]], Sequence[int]],
    seed: int = 0,
) -> dict:
    """Diversity, duplicates, length, copied runs and how easily a detector tells, beside real reviews.

    All of these change with the length of a text, so a real review is cut to the words of the generated one
    beside it, the long beside the long; its length is told uncut.
    """
    drawn = pd.Series(real).sample(min(len(texts), len(real)), random_state=seed).tolist()
    pairs = zip(
        sorted(texts, key=_length, reverse=True), sorted(drawn, key=_length, reverse=True), strict=False
    )
    cut = [" ".join(other.split()[: _length(text)]) for text, other in pairs]
    exact = _share(pd.Series([" ".join(words(text)) for text in texts]).duplicated())
    ours, theirs = _quality(texts, texts, longest, seed), _quality(cut, drawn, longest, seed)
    copies = ours.pop("longest_copy") | {"real": theirs.pop("longest_copy")}
    return {
        **ours,
        "duplicates": exact,
        "near_duplicates": _share(_near_duplicates(texts)),
        "longest_copy": copies,
        "detector_auc": detector_auc(texts, cut, seed),
        "real": {"n": len(drawn), **theirs},
    }


def _quality(texts: list[str], uncut: list[str], longest, seed: int) -> dict:
    runs = pd.Series(longest(texts))
    return {
        "distinct1": distinct(texts, 1),
        "distinct2": distinct(texts, 2),
        "self_bleu": self_bleu(texts, seed=seed),
        "length": mean_with_interval([_length(text) for text in uncut], seed=seed),
        "longest_copy": {
            "longest": int(runs.max()),
            "mean": float(runs.mean()),
            f"share_{LONG}": _share(runs >= LONG),
        },
    }


def _near_duplicates(texts: Iterable[str]) -> pd.Series:
    """Which texts are exact or near duplicates of one before them."""
    seen = NearDuplicates()
    return pd.Series([seen.add_or_find(text) is not None for text in texts])


def detector_auc(written: Sequence[str], real: Sequence[str], seed: int = 0) -> dict[str, float]:
    """How well TF-IDF + logistic regression tells generated from real: 0.5 is not at all, 1 is always.

    The area under the ROC curve of scores from five-fold cross-validation, with its interval.
    """
    labels = np.array([1] * len(written) + [0] * len(real))
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=1000)
    )
    folds = StratifiedKFold(min(5, np.bincount(labels).min()), shuffle=True, random_state=seed)
    scores = cross_val_predict(model, [*written, *real], labels, cv=folds, method="predict_proba")[:, 1]
    rng = np.random.default_rng(seed)
    sides = np.flatnonzero(labels), np.flatnonzero(labels == 0)
    drawn = [np.concatenate([rng.choice(side, len(side)) for side in sides]) for _ in range(500)]
    resampled = [roc_auc_score(labels[rows], scores[rows]) for rows in drawn]
    low, high = np.quantile(resampled, [0.025, 0.975])
    return {"value": float(roc_auc_score(labels, scores)), "low": float(low), "high": float(high)}


def _length(text: str) -> int:
    return len(text.split())


def _acceptance(reviews: pd.DataFrame) -> dict:
    by_stars = {str(stars): _share(rows) for stars, rows in reviews.groupby("requested")["accepted"]}
    return {"all": _share(reviews["accepted"]), "by_stars": by_stars}


def _share(flags: pd.Series) -> dict[str, float]:
    """A share of reviews that stand alone; Wilson's interval holds at 0 and at 1, a bootstrap does not."""
    return wilson(int(flags.sum()), len(flags))._asdict()


def summary(report: dict) -> str:
    """The table a person reads after a run: each judge's mean, exact and near by requested stars."""
    lines = [f"{'':13} stars     n  mean predicted    exact    near"]
    for name, judge in report["unfiltered"].items():
        for stars, row in judge["by_stars"].items():
            mean = "{value:.2f} ({low:.2f}-{high:.2f})".format(**row["mean"])
            exact, near = row["exact"]["value"], row["near"]["value"]
            lines.append(f"{name:13} {stars:>5} {row['n']:5}  {mean}  {exact:6.1%}  {near:6.1%}")
        for label, whole in (("all", judge), ("real reviews", report["reference"][name])):
            exact, near = whole["exact"]["accuracy"]["value"], whole["near"]["accuracy"]["value"]
            lines.append(f"{name:13} {label:>28}  {exact:6.1%}  {near:6.1%}")
    shares = report["acceptance"]["by_stars"].items()
    lines.append("accepted      " + ", ".join(f"{stars}: {share['value']:.1%}" for stars, share in shares))
    return "\n".join(lines)
