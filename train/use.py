"""Do synthetic reviews help where data are short? Measured on small classifiers; the contents of use.json.

    python -m train.evaluate use               # trains two models for each of --few-resamples
    python -m train.evaluate use --skip-few    # with the release models only
    python -m train.evaluate use --skip-few --limit 100 --resamples 2 --pool 40 --out runs/trial

A small star classifier learns from 500 real reviews a star, of which one star is cut to 50. The 450 that
are missing are filled in several ways, each beside the same real reviews and measured on the same test
reviews: not at all, by over-sampling the 50, by word-level augmentation of them, by accepted synthetic
reviews. The 500 uncut are the reference. Twice:

- "few": generator and filter learn from those 2,050 reviews alone, once for each resample. The real reviews
  are of the classifier's part; no published model takes part, so that it does not matter which of them saw
  it.
- "release": the published generator and classifier fill the gap. They have seen far more than the small
  classifier, so that beside their reviews stand unlabelled real ones of the generator's part, pseudo-
  labelled by the published classifier. The real reviews are of the judge's part, which neither has seen: no
  synthetic review can be the echo of a real one beside it. Nothing is selected by them here.

Real reviews come from sources that have every star: aclImdb has no 3 stars, so its style would tell the
stars. The unlabelled reviews are all of aclImdb, which is a handicap of that arm.

An interval is a bootstrap over resamples and films at once (Owen 2007, "The pigeonhole bootstrap"): as many
of each are drawn anew, the same for all arms, which pairs their differences. It errs on the wide side, and
it does not cover another training of the release models, whose one pool of accepted reviews all resamples
draw from.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from revdemo.classifier import load_stars
from revdemo.errors import RevdemoError
from revdemo.generator import load_generator
from revdemo.loop import AT_ONCE, Judges, Request, Run, Writes, generate, round_seed
from revdemo.metrics import from_draws
from revdemo.models import CONFIG, COPIES, load_copies
from revdemo.quality import build_copy_index
from revdemo.reviews import STARS
from revdemo.settings import Settings, load_settings
from train import generator as generator_training
from train import small, training
from train import stars as stars_training
from train.augment import augment
from train.generated import FOREVER, ROUND, StoredRounds, samples_path
from train.recipes import FOLDER
from train.small import Small, StoredRows

MEASURES = ("exact", "near", "mae", "recall_of_gap")
GAIN = "{value:+.3f} ({low:+.3f} to {high:+.3f})"
TRIES = 10  # samples for each accepted review that is wanted, before the generator is given up
ENDING = 110  # words of a review that the generator of the few learns from
TRAINING = {"stars": stars_training, "generator": generator_training}


@dataclass(frozen=True)
class Plan:
    """How much there is.

    rows: real reviews a star. cut: those left of the cut star. resamples: draws of the real reviews. pool:
    reviews of the release models to draw a filling from. seed: of every draw.
    """

    rows: int = 500
    cut: int = 50
    resamples: int = 10
    pool: int = 600
    seed: int = 0

    @property
    def gap(self) -> int:
        """How many reviews of the cut star are missing."""
        return self.rows - self.cut


# --- rows ---------------------------------------------------------------------------------------------------


def with_every_star(part: pd.DataFrame) -> pd.DataFrame:
    """The labelled reviews of the sources that have every star, so that no source tells the stars."""
    labelled = part[part["stars"] > 0]
    return labelled[labelled.groupby("source")["stars"].transform("nunique") == len(STARS)]


def draw_rows(part: pd.DataFrame, plan: Plan, number: int) -> pd.DataFrame:
    """Resample `number`: `plan.rows` reviews of every star, in an order in which the first are those kept."""
    drawn = []
    for stars in STARS:
        rows = part[part["stars"] == stars]
        if len(rows) < plan.rows:
            raise RevdemoError(
                f"There are {len(rows)} reviews of {stars} stars to draw from, in sources that have every "
                f"star; {plan.rows} are needed."
            )
        drawn.append(rows.sample(plan.rows, random_state=round_seed(plan.seed, number)))
    return pd.concat(drawn, ignore_index=True)


def cut_rows(drawn: pd.DataFrame, gap_star: int, plan: Plan) -> pd.DataFrame:
    """The drawn reviews with one star cut to its first `plan.cut`."""
    order = drawn.groupby("stars").cumcount()
    return drawn[(drawn["stars"] != gap_star) | (order < plan.cut)]


def spread(texts: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """`count` of the texts, none of them again before all of them were taken; none where there are none."""
    if not texts:
        return []
    order = [rng.permutation(len(texts)) for _ in range(-(-count // len(texts)))]
    return [texts[place] for place in np.concatenate([[], *order]).astype(int)[:count]]


def build_arms(
    drawn: pd.DataFrame, gap_star: int, pools: Mapping[str, Sequence[str]], plan: Plan, number: int
) -> dict[str, pd.DataFrame]:
    """The text and stars that each arm learns from; `pools` are the reviews to draw an arm's filling from."""
    kept = cut_rows(drawn, gap_star, plan)[["text", "stars"]]
    own = kept.loc[kept["stars"] == gap_star, "text"].tolist()
    rng = np.random.default_rng([plan.seed, number])
    again = spread(own, plan.gap, rng)
    fillings = {"real only": [], "over-sampling": again, "augmentation": [augment(one, rng) for one in again]}
    fillings |= {name: spread(pool, plan.gap, rng) for name, pool in pools.items()}
    arms = {name: _filled(kept, texts, gap_star) for name, texts in fillings.items()}
    return arms | {"all real": drawn[["text", "stars"]]}


def _filled(kept: pd.DataFrame, texts: Sequence[str], gap_star: int) -> pd.DataFrame:
    return pd.concat([kept, pd.DataFrame({"text": texts, "stars": gap_star})], ignore_index=True)


# --- measuring ----------------------------------------------------------------------------------------------


def predict(
    resamples: Sequence[Mapping[str, pd.DataFrame]], test: pd.DataFrame, classifier: Small, task: str
) -> dict[str, np.ndarray]:
    """The stars that each arm's classifier predicts for the test reviews (resamples, reviews)."""
    rows = [arm["text"] for arms in resamples for arm in arms.values()]
    place = {text: number for number, text in enumerate(dict.fromkeys(pd.concat([test["text"], *rows])))}
    features = classifier.features(list(place))
    asked = features[test["text"].map(place).to_numpy()]
    found: dict[str, list[np.ndarray]] = {name: [] for name in resamples[0]}
    # One thread: a step of the solver is so short that two would mostly wait for each other.
    with threadpool_limits(1), tqdm(total=len(rows), desc=task, unit=" classifiers") as bar:
        for arms in resamples:
            for name, arm in arms.items():
                learned = features[arm["text"].map(place).to_numpy()]
                model = classifier.learner().fit(learned, arm["stars"].to_numpy(int))
                found[name].append(model.predict(asked))
                bar.update()
    return {name: np.array(predicted) for name, predicted in found.items()}


def film_sums(predicted: np.ndarray, test: pd.DataFrame, gap_star: int) -> np.ndarray:
    """What `rates` reads, summed by film (resamples, films, 6), from predicted stars (resamples, reviews)."""
    stars = test["stars"].to_numpy(int)
    off = np.abs(predicted - stars)
    cut = np.broadcast_to(stars == gap_star, off.shape)
    rows = np.stack([off == 0, off <= 1, off, (off == 0) & cut, np.ones_like(off), cut], axis=-1)
    films, place = np.unique(test["movie_id"].to_numpy(str), return_inverse=True)
    sums = np.zeros((len(predicted), len(films), rows.shape[-1]))
    for own, added in zip(sums, rows, strict=True):
        np.add.at(own, place, added)
    return sums


def rates(sums: np.ndarray) -> dict[str, np.ndarray]:
    """The measures from sums (..., 6); the recall of a star without test reviews is 0."""
    exact, near, off, hits, count, cut = np.moveaxis(sums, -1, 0)
    values = exact / count, near / count, off / count, hits / np.maximum(cut, 1)
    return dict(zip(MEASURES, values, strict=True))


def bootstrap(sums: np.ndarray, seed: int, n: int = 1000) -> dict[str, np.ndarray]:
    """The measures (n + 1,): first as they are, then with resamples and films drawn anew.

    sums: of `film_sums`. The same seed draws the same for every arm, which pairs them.
    """
    rng = np.random.default_rng(seed)
    resamples, films = (rng.multinomial(size, np.full(size, 1 / size), size=n) for size in sums.shape[:2])
    drawn = np.einsum("br,bf,rfk->bk", resamples, films, sums, optimize=True)
    return rates(np.vstack([sums.sum(axis=(0, 1)), drawn]))


def measure(predicted: Mapping[str, np.ndarray], test: pd.DataFrame, gap_star: int, seed: int) -> dict:
    """Each arm's measures, and what the synthetic reviews gain over each other filling."""
    drawn = {name: bootstrap(film_sums(stars, test, gap_star), seed) for name, stars in predicted.items()}
    arms = [{"name": name} | {key: from_draws(own[key]) for key in MEASURES} for name, own in drawn.items()]
    differences = [
        {"name": f"synthetic - {name}"}
        | {key: from_draws(drawn["synthetic"][key] - other[key]) for key in MEASURES}
        for name, other in drawn.items()
        if name not in ("synthetic", "all real")
    ]
    return {"arms": arms, "differences": differences}


def measure_setting(
    name: str,
    gap_star: int,
    rows: Sequence[pd.DataFrame],
    pools: Sequence[Mapping[str, Sequence[str]]],
    test: pd.DataFrame,
    classifiers: Mapping[str, Small],
    plan: Plan,
) -> list[dict]:
    """The entries of one setting, one for each small classifier.

    rows, pools: for each resample, of `draw_rows` and as `build_arms` takes them.
    """
    resamples = [
        build_arms(drawn, gap_star, own, plan, number)
        for number, (drawn, own) in enumerate(zip(rows, pools, strict=True))
    ]
    about = {
        "name": name,
        "gap_star": gap_star,
        "rows_per_class": plan.rows,
        "cut_to": plan.cut,
        "resamples": len(rows),
        "synthetic_pool": min(len(own["synthetic"]) for own in pools),
    }
    return [
        about
        | {"classifier": kind, "title": _title(name, kind, gap_star, plan)}
        | measure(predict(resamples, test, classifier, f"{name}, {kind}"), test, gap_star, plan.seed)
        for kind, classifier in classifiers.items()
    ]


def _title(name: str, kind: str, gap_star: int, plan: Plan) -> str:
    models = "the release models" if name == "release" else "models trained on those few alone"
    stars = "1 star" if gap_star == 1 else f"{gap_star} stars"
    return f"{stars} cut from {plan.rows} to {plan.cut} reviews, filled by {models}; classifier of {kind}"


# --- fillings -----------------------------------------------------------------------------------------------


def write_accepted(
    generator: Writes, classifier: Judges, stars: int, count: int, folder: Path, seed: int
) -> list[str]:
    """`count` reviews that the app's loop accepts, or as many as it does in TRIES samples for each.

    What is sampled is kept in `folder`, so that a killed run goes on where it was.
    """
    stored = StoredRounds(generator, samples_path(folder, generator))
    request = Request(
        stars=stars,
        accepted=count,
        rounds=-(-TRIES * count // ROUND),
        round_size=ROUND,
        at_once=AT_ONCE,
        seed=round_seed(seed, stars),
        deadline=FOREVER,
    )
    run = _watched(generate(request, stored, classifier, copies=load_copies(generator.source)), count)
    return [review.text for review in run.accepted[:count]]


def _watched(steps: Iterable, count: int) -> Run:
    with tqdm(total=count, desc="accepted", unit=" reviews") as bar:
        for step in steps:
            bar.update(step.accepted - bar.n)
            bar.set_postfix(judged=step.judged)
    return step.run


def pseudo_labelled(
    part: pd.DataFrame, classifier: Judges, stars: int, count: int, folder: Path, seed: int
) -> list[str]:
    """`count` unlabelled reviews, or as many as there are, to which the classifier gives those stars."""
    free = part[part["stars"] == 0].sample(frac=1, random_state=seed)["text"].tolist()
    judged = StoredRows(
        lambda texts: np.array([one.stars for one in classifier.predict(texts)]),
        folder / f"predicted-{classifier.source.revision[:12]}",
    )
    found: list[str] = []
    for start in range(0, len(free), small.BLOCK):
        block = free[start : start + small.BLOCK]
        found += [text for text, given in zip(block, judged(block), strict=True) if given == stars]
        if len(found) >= count:
            break
    return found[:count]


# --- models of the few --------------------------------------------------------------------------------------


def ending(text: str, most: int = ENDING) -> str:
    """The last whole sentences of a review, at most that many words: the verdict stands at the end.

    A generator cannot learn to end a review that is cut, and few reviews are short. One sentence stays.
    """
    kept: list[str] = []
    for sentence in reversed(re.split(r"(?<=[.!?])\s+", text)):
        if kept and len(" ".join([sentence, *kept]).split()) > most:
            break
        kept.insert(0, sentence)
    return " ".join(kept)


def hold_out(rows: pd.DataFrame, gap_star: int, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cut rows as those to learn from, and those that choose the checkpoint and calibrate the filter.

    A tenth of every star is held out, and of the cut star a fifth, again and again until it is as much: the
    filter must not learn from its calibration that the cut star is rare.
    """
    size = max(1, plan.rows // 10)
    order = rows.groupby("stars").cumcount()
    held = order < np.where(rows["stars"] == gap_star, max(1, plan.cut // 5), size)
    alike = [star.iloc[np.arange(size) % len(star)] for _, star in rows[held].groupby("stars")]
    return rows[~held], pd.concat(alike)


def write_parts(rows: pd.DataFrame, gap_star: int, plan: Plan, folder: Path) -> None:
    """The cut rows as a folder of prepared data, for the training scripts; fingerprint.json comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    learn, held = hold_out(rows.assign(source="few"), gap_star, plan)
    shortened = learn.assign(text=learn["text"].map(ending))
    for name, part in {"classifier": learn, "generator": shortened, "validation": held}.items():
        part.to_parquet(folder / f"{name}.parquet", index=False)
    build_copy_index(rows["text"]).save(folder / COPIES)
    training.write_json(folder / "fingerprint.json", training.rows_fingerprint(rows))


def train_few(rows: pd.DataFrame, gap_star: int, plan: Plan, work: Path) -> Path:
    """Train a filter and a generator on the cut rows alone, unless that was done; returns their folder.

    Its name depends on the rows and on the recipes, so that no model of others is taken for them.
    """
    recipes = {role: FOLDER / "few" / f"{role}.yaml" for role in TRAINING}
    about = hashlib.sha256(training.rows_fingerprint(rows)["sha256"].encode())
    for path in recipes.values():
        about.update(path.read_bytes())
    folder = work / f"few-{gap_star}-{about.hexdigest()[:12]}"
    if not (folder / "data" / "fingerprint.json").exists():
        write_parts(rows, gap_star, plan, folder / "data")
    for role, module in TRAINING.items():
        if not (folder / role / CONFIG).exists():
            print(f"training the {role} model of {folder.name}", flush=True)
            where = ["--data", str(folder / "data"), "--out", str(folder / role)]
            module.main(["--recipe", str(recipes[role]), *where])
    return folder


def few_pool(rows: pd.DataFrame, gap_star: int, plan: Plan, settings: Settings, work: Path) -> list[str]:
    """Accepted reviews that fill the gap, by a generator and a filter trained on the cut rows alone."""
    folder = train_few(cut_rows(rows, gap_star, plan), gap_star, plan, work)
    named = {"stars_model": str(folder / "stars"), "generator": str(folder / "generator")}
    own = settings.model_copy(update=named)
    return write_accepted(load_generator(own), load_stars(own), gap_star, plan.gap, folder, plan.seed)


# --- the job ------------------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of this job beside the common ones."""
    parser.add_argument("--work", type=Path, default=Path("runs/use"), help="where what is made is kept")
    parser.add_argument(
        "--gap-stars",
        type=star_list,
        default=[3],
        help="the stars that are cut, one after another: 3, or 3,1",
    )
    parser.add_argument("--resamples", type=int, default=10, help="draws of the real reviews")
    parser.add_argument(
        "--few-resamples",
        type=int,
        default=10 if torch.cuda.is_available() else 2,
        help="draws for which two models are trained on the few reviews",
    )
    parser.add_argument("--skip-few", action="store_true", help="only the release models")
    parser.add_argument("--pool", type=int, default=600, help="reviews of each filling to draw the 450 from")


def star_list(text: str) -> list[int]:
    """Stars as the command line takes them: 3, or 3,1."""
    stars = [int(one) for one in text.split(",")]
    if not set(stars) <= set(STARS):
        raise ValueError
    return stars


def evaluate(args: argparse.Namespace, plan: Plan | None = None) -> dict:
    """Measure what synthetic reviews are good for; returns the contents of use.json.

    plan: another size than the command line's, for tests.
    """
    plan = plan or Plan(resamples=args.resamples, pool=args.pool, seed=args.seed)
    test = training.read_part(args.data, "test")
    test = test.sample(min(args.limit or len(test), len(test)), random_state=args.seed)
    settings = load_settings([])
    classifiers = {"embeddings": small.by_embeddings(settings, args.work), "words": small.by_words()}
    generator, classifier = load_generator(settings), load_stars(settings)
    release = with_every_star(training.read_part(args.data, "judge"))
    unlabelled = training.read_part(args.data, "generator")
    entries = []
    for star in args.gap_stars:
        pools = {
            "synthetic": write_accepted(generator, classifier, star, plan.pool, args.work, plan.seed),
            "pseudo-labelled": pseudo_labelled(unlabelled, classifier, star, plan.pool, args.work, plan.seed),
        }
        rows = [draw_rows(release, plan, number) for number in range(plan.resamples)]
        entries += measure_setting("release", star, rows, [pools] * len(rows), test, classifiers, plan)
    if not args.skip_few:
        few = with_every_star(training.read_part(args.data, "classifier"))
        rows = [draw_rows(few, plan, number) for number in range(args.few_resamples)]
        for star in args.gap_stars:
            pools = [{"synthetic": few_pool(own, star, plan, settings, args.work)} for own in rows]
            entries += measure_setting("few", star, rows, pools, test, classifiers, plan)
    print(summary(entries))
    return {
        "n": len(test),
        "films": int(test["movie_id"].nunique()),
        "settings": entries,
        "model": {"generator": training.revision(generator), "filter": training.revision(classifier)},
    }


def summary(entries: Sequence[dict]) -> str:
    """The table a person reads after a run: every arm, then every difference in points."""
    lines = []
    for entry in entries:
        lines.append(f"{entry['title']} ({entry['resamples']} resamples, pool {entry['synthetic_pool']})")
        for arm in entry["arms"]:
            lines.append(
                f"  {arm['name']:15} exact {arm['exact']['value']:6.1%}  near {arm['near']['value']:6.1%}  "
                f"MAE {arm['mae']['value']:.3f}  recall {arm['recall_of_gap']['value']:6.1%}"
            )
        for difference in entry["differences"]:
            exact, recall = (GAIN.format(**difference[key]) for key in ("exact", "recall_of_gap"))
            lines.append(f"  {difference['name']:27} exact {exact}  recall {recall}")
    return "\n".join(lines)
