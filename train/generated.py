"""What the generator writes, as it comes and as the app's loop accepts it, by more than one judge."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from tqdm import tqdm

from revdemo.loop import Judges, Request, Writes, generate, round_seed, wilson
from revdemo.metrics import mean_with_interval, star_report
from revdemo.quality import CopyIndex, distinct, words
from revdemo.reviews import STARS

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
    generator: StoredRounds, classifier: Judges, copies: CopyIndex | None, per_star: int, seed: int
) -> pd.DataFrame:
    """Run the app's loop for each of the five stars until `per_star` samples are judged, accepted or not.

    Returns one row a sample: requested, text (cleaned), finished, filter (the stars that the classifier
    predicts, missing for a text without words), accepted, reason.
    """
    rounds = -(-per_star // ROUND)
    rows = []
    with tqdm(total=len(STARS) * rounds * ROUND, desc="writing", unit=" reviews") as bar:
        for stars in STARS:
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


def measure(reviews: pd.DataFrame, test: pd.DataFrame, judges: Iterable[str], seed: int = 0) -> dict:
    """The contents of generated.json.

    Args:
        reviews: of `write_reviews`, with a column of predicted stars for each judge.
        test: real reviews with text, stars and movie_id, and the same columns: what the judges say of those
            is the most that a generator can be given.
    """
    worded = reviews[reviews["filter"].notna()]
    accepted = reviews[reviews["accepted"]]
    return {
        "n": len(reviews),
        "without_words": len(reviews) - len(worded),
        "unfiltered": {name: judged(worded["requested"], worded[name], seed=seed) for name in judges},
        "accepted": {name: judged(accepted["requested"], accepted[name], seed=seed) for name in judges},
        "reference": {name: judged(test["stars"], test[name], test["movie_id"], seed) for name in judges},
        "acceptance": _acceptance(reviews),
        "rejected": dict(Counter(reviews.loc[~reviews["accepted"], "reason"])),
        "finished": _share(reviews["finished"]),
        "duplicates": _share(worded["text"].map(lambda text: " ".join(words(text))).duplicated()),
        **diversity(worded["text"].tolist(), test["text"].tolist(), seed),
    }


def diversity(texts: list[str], real: list[str], seed: int = 0) -> dict:
    """Distinct n-grams and length in words, beside as many real reviews.

    Distinct n-grams fall as texts grow, so a real review is cut to the words of the generated one beside it,
    the long beside the long; its length is told uncut.
    """
    drawn = pd.Series(real).sample(min(len(texts), len(real)), random_state=seed).tolist()
    pairs = zip(
        sorted(texts, key=_length, reverse=True), sorted(drawn, key=_length, reverse=True), strict=False
    )
    cut = [" ".join(other.split()[: _length(text)]) for text, other in pairs]
    return {**_diversity(texts, texts, seed), "real": {"n": len(drawn), **_diversity(cut, drawn, seed)}}


def _diversity(texts: list[str], uncut: list[str], seed: int) -> dict:
    return {
        "distinct1": distinct(texts, 1),
        "distinct2": distinct(texts, 2),
        "length": mean_with_interval([_length(text) for text in uncut], seed=seed),
    }


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
