"""Train the likeness model of a generator: real reviews against what it writes, of the same kinds and sizes.

    python -m train.likeness --generator models/generator --also data/products    # 150 per star and kind
    python -m train.likeness --generator models/generator --samples 20 --out models/trial

It reads the generator's part alone. What is written is kept in --work, so a killed run resumes.
The threshold is the strictest that nine of ten real reviews pass, on texts that nothing else was fitted on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm.auto import tqdm

from revdemo.errors import RevdemoError
from revdemo.generation.copies import words
from revdemo.generation.likeness import FEATURES, LIKENESS, Likeness, features
from revdemo.generation.loop import round_seed
from revdemo.kinds import KINDS
from revdemo.models.generator import ReviewGenerator, load_generator
from revdemo.models.likelihood import score
from revdemo.reviews import STARS, clean, states_score
from revdemo.settings import load_settings
from train.data import prepared
from train.fitting import commands, ngrams
from train.generator import asks_of

BUCKETS = 2**15
ROUND = 20
BIN = 10  # words; real reviews are drawn to the lengths of the generated ones, in steps of so many
PARTS = {"words": 0.5, "linear": 0.25, "threshold": 0.25}  # what each share of the texts is for
REAL = 0.9  # share of real reviews that the threshold lets pass


def written(generator: ReviewGenerator, kinds: list[str | None], samples: int, work: Path) -> pd.DataFrame:
    """Texts of the generator, `count` of each star and kind, with kind and nats per token; kept in `work`."""
    about = [generator.source.revision, generator.template, asdict(generator.defaults)]
    name = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]
    path = work / f"likeness-{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {tuple(row["key"]): row["texts"] for row in map(json.loads, _whole_lines(path))}
    found = []
    keys = [
        (kind, star, number) for kind in kinds for star in STARS for number in range(-(-samples // ROUND))
    ]
    for key in tqdm(keys, desc="writing", unit=f" x {ROUND} texts"):
        if key not in known:
            known[key] = _round(generator, *key)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "texts": known[key]}) + "\n")
        found += [(key[0] or "", text, nats) for text, nats in known[key]]
    return pd.DataFrame(found, columns=["kind", "text", "nats"])


def _whole_lines(path: Path) -> list[str]:
    content = path.read_text(encoding="utf-8") if path.exists() else ""
    whole = content[: content.rfind("\n") + 1]
    if whole != content:  # half a line, left by a kill
        path.write_text(whole, encoding="utf-8")
    return whole.splitlines()


def _round(generator: ReviewGenerator, kind: str | None, star: int, number: int) -> list[tuple[str, float]]:
    """The texts of one round that the loop would not reject for another reason than their stars."""
    seed = round_seed(star, number)
    groups = generator.stream(star, ROUND, seed, likelihood=True, **({"kind": kind} if kind else {}))
    samples = [one for group in groups for one in group if one.finished and not states_score(one.text)]
    return [(clean(one.text), one.surprise) for one in samples if words(one.text)]


def real(rows: pd.DataFrame, like: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Real reviews of the kinds and lengths of the generated ones, as many of each as there are."""
    found = of_like_length(rows, like, seed, ["kind"])
    if found.empty:
        raise RevdemoError("No real review has the kind and the length of a generated one.")
    return found


def of_like_length(
    rows: pd.DataFrame, like: pd.DataFrame, seed: int, also: Sequence[str] = ()
) -> pd.DataFrame:
    """Rows as long as those of `like`, at most as many of each length; `also` names what else is equal."""
    keys = [*also, "bin"]
    wanted = like.assign(bin=_bins(like)).groupby(keys).size().rename("wanted").reset_index()
    rows = rows.assign(bin=_bins(rows)).sample(frac=1, random_state=seed)
    rows = rows.assign(number=rows.groupby(keys).cumcount()).merge(wanted, on=keys)
    return rows[rows["number"] < rows["wanted"]].reset_index(drop=True)


def _bins(rows: pd.DataFrame) -> pd.Series:
    return rows["text"].map(lambda text: len(words(text)) // BIN)


def nats_of(generator: ReviewGenerator, rows: pd.DataFrame) -> np.ndarray:
    """The nats per token of real reviews under the generator, each asked for by its stars and its kind."""
    asks = asks_of(rows, generator.prefix)
    found = score(generator.model, generator.tokenizer, rows["text"].tolist(), asks)
    return found.nats / found.tokens


def fit(texts: pd.DataFrame, seed: int) -> tuple[Likeness, dict]:
    """The likeness model of texts with `nats` and `real` (0 or 1), and what it does on its last share."""
    mixed = texts.sample(frac=1, random_state=seed).reset_index(drop=True)
    ends = np.cumsum([round(share * len(mixed)) for share in PARTS.values()])
    first, second, last = mixed[: ends[0]], mixed[ends[0] : ends[1]], mixed[ends[1] :]
    model = ngrams.fit(first["text"].tolist(), np.eye(2)[first["real"]], BUCKETS)
    rows = features(model, second["text"].tolist(), second["nats"])
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    linear = LogisticRegression(class_weight="balanced").fit((rows - centre) / spread, second["real"])
    likeness = Likeness(model, centre, spread, linear.coef_[0], float(linear.intercept_[0]), 0.0)
    scores = likeness.scores(last["text"].tolist(), last["nats"])
    is_real = last["real"].to_numpy() == 1
    threshold = float(np.quantile(scores[is_real], 1 - REAL))
    report = {
        "n": len(mixed),
        "auc": round(float(roc_auc_score(is_real, scores)), 4),
        "threshold": round(threshold, 4),
        "generated_that_pass": round(float((scores[~is_real] >= threshold).mean()), 4),
        "weights": dict(zip(FEATURES, linear.coef_[0].round(3).tolist(), strict=True)),
    }
    return Likeness(model, centre, spread, linear.coef_[0], likeness.bias, threshold), report


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--generator", help="the generator: a folder, a Hub id, or starter")
    parser.add_argument("--data", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="more folders of train.prepare")
    parser.add_argument("--samples", type=int, default=160, help="texts of each star and kind")
    parser.add_argument("--out", type=Path, help="folder for the model; default: beside the generator")
    parser.add_argument("--work", type=Path, default=Path("data/likeness"), help="folder for what is written")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Train by the command line."""
    args = parse(argv)
    settings = load_settings([] if args.generator is None else ["--generator", args.generator])
    generator = load_generator(settings.model_copy(update={"threads": args.threads}))
    rows = prepared.read_parts([args.data, *args.also], "generator")
    kinds: list[str | None] = [None]
    if generator.prefix.knows_kinds:
        kinds = [kind for kind in KINDS if (rows["kind"] == kind).any()]
    else:
        rows = rows.assign(kind="")
    made = written(generator, kinds, args.samples, args.work)
    found = real(rows, made, args.seed)
    print(f"{len(made):,} generated reviews and {len(found):,} real ones", flush=True)
    found = found.assign(nats=nats_of(generator, found))
    columns = ["text", "nats", "real"]
    likeness, report = fit(
        pd.concat([made.assign(real=0)[columns], found.assign(real=1)[columns]]), args.seed
    )
    out = args.out or generator.source.folder
    out.mkdir(parents=True, exist_ok=True)
    likeness.save(out / LIKENESS)
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    sys.exit(commands.run(main))
