"""Turn raw reviews into the parts that the models learn from: mask, clean, label, and cut by film.

    python -m train.prepare                                    # the reviews in $REVDEMO_DATA
    python -m train.prepare reviews.csv --text-column body --rating-column score --scale 5
    python -m train.prepare aclImdb/ kaggle.json --out data/prepared

Writes one parquet file a part (classifier, generator, judge, validation, test), fingerprint.json,
copies.npz (winnowed 13-gram hashes of the generator's part) and stars.html into --out.
110,000 reviews take about two minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from revdemo.errors import RevdemoError
from revdemo.quality import build_copy_index, words
from revdemo.reviews import STARS, clean, is_censored, mask_scores, stars_from_rating, states_score
from train.sources import Columns, chunks, read_source
from train.split import PARTS, cap, components, cut, near_copy_pairs, sampled_grams

CHUNK = 500
MIN_WORDS = 3


def prepare_row(text: object, rating: float, scale: int) -> tuple[str, str, int, str, np.ndarray]:
    """Mask, clean and label one raw review.

    Returns (text, text with its stated scores, stars or 0 where there is no rating, reason to drop it or "",
    sampled grams).
    """
    if not isinstance(text, str) or not text.strip():
        return "", "", 0, "no text", np.array([], np.uint64)
    if is_censored(text):
        return "", "", 0, "censored insult", np.array([], np.uint64)
    cleaned = clean(mask_scores(text))
    if len(words(cleaned)) < MIN_WORDS:
        return "", "", 0, f"under {MIN_WORDS} words after cleaning", np.array([], np.uint64)
    scored = clean(text) if states_score(text) else cleaned
    stars = 0 if np.isnan(rating) else stars_from_rating(rating, scale)
    return cleaned, scored, stars, "", sampled_grams(cleaned)


def _prepare_chunk(job: tuple[list, list, int]) -> list[tuple]:
    texts, ratings, scale = job
    return [prepare_row(text, rating, scale) for text, rating in zip(texts, ratings, strict=True)]


def clean_all(raw: pd.DataFrame, scale: int, workers: int) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Clean every row of a raw table on `workers` processes; the rows keep their order and number."""
    jobs = [(piece["text"].tolist(), piece["rating"].tolist(), scale) for piece in chunks(raw, CHUNK)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        done = pool.imap(_prepare_chunk, jobs)
        rows = [
            row
            for piece in tqdm(done, total=len(jobs), desc="cleaning", unit_scale=CHUNK, unit=" reviews")
            for row in piece
        ]
    text, scored, stars, dropped, grams = zip(*rows, strict=True)
    table = pd.DataFrame(
        {"text": text, "text_scored": scored, "stars": np.array(stars, np.int8), "dropped": dropped}
    )
    return table.assign(movie_id=raw["movie_id"].to_numpy(), source=raw["source"].to_numpy()), list(grams)


def mark_duplicates(table: pd.DataFrame) -> None:
    """Mark every text that stands in the table before, letter case and punctuation aside, as dropped."""
    kept = table["dropped"] == ""
    keys = table.loc[kept, "text"].map(lambda text: " ".join(words(text)))
    table.loc[keys.index[keys.duplicated()], "dropped"] = "duplicate"


def fingerprint(parts: dict[str, pd.DataFrame]) -> str:
    """Hash what the models will see: part, text and stars of every row, in order."""
    digest = hashlib.sha256()
    for name in PARTS:
        digest.update(name.encode())
        for text, stars in zip(parts[name]["text"], parts[name]["stars"], strict=True):
            digest.update(f"\x00{stars}\x00{text}".encode())
    return digest.hexdigest()


def report(table: pd.DataFrame, parts: dict[str, pd.DataFrame]) -> dict:
    """Print what was dropped and why, and the stars of every part; return it for the fingerprint."""
    drops = Counter(table.loc[table["dropped"] != "", "dropped"])
    for reason, count in drops.most_common():
        print(f"dropped {count:7,}  {reason}")
    print(
        f"{'part':12}"
        + "".join(f"{star:>8} star{'s' if star > 1 else ' '}" for star in STARS)
        + "   unlabelled    films"
    )
    rows = {}
    for name, part in parts.items():
        counts = [int((part["stars"] == star).sum()) for star in (*STARS, 0)]
        rows[name] = {
            "by_stars": dict(zip((*map(str, STARS), "unlabelled"), counts, strict=True)),
            "films": int(part["movie_id"].nunique()),
        }
        print(f"{name:12}" + "".join(f"{count:>14,}" for count in counts) + f"{rows[name]['films']:>9,}")
    return {"dropped": dict(drops), "parts": rows}


def read_all(labelled: list[str], unlabelled: list[str], columns: Columns, limit: int | None) -> pd.DataFrame:
    """Read every source; rows without a rating are the unlabelled ones."""
    tables = [read_source(location, columns) for location in labelled]
    for table, location in zip(tables, labelled, strict=True):
        print(
            f"read {len(table):,} reviews from {Path(location).name}; {int(table['rating'].isna().sum()):,} lack a score"
        )
        table.dropna(subset=["rating"], inplace=True)
    tables += [read_source(location, columns, labelled=False) for location in unlabelled]
    raw = pd.concat(tables, ignore_index=True)
    return raw.sample(min(limit, len(raw)), random_state=0).reset_index(drop=True) if limit else raw


def quotas(stars: np.ndarray, test: int, validation: int) -> dict[str, int]:
    """Reviews a star for test and validation: what was asked, or less where a star is too rare for that."""
    rarest = min(int((stars == star).sum()) for star in STARS)
    if rarest < 10:
        raise RevdemoError(
            f"The rarest star has {rarest} reviews among those to evaluate on; 10 are the least. Add reviews, or name "
            "another --heldout source."
        )
    share = min(1.0, rarest * 0.3 / (test + validation))
    return {"test": int(test * share), "validation": int(validation * share)}


def prepare(raw: pd.DataFrame, args: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """Clean, cut and write the parts; returns them by name."""
    table, grams = clean_all(raw, args.scale, args.workers)
    mark_duplicates(table)
    kept = (table["dropped"] == "").to_numpy()
    rows = table[kept].reset_index(drop=True)
    groups = components(
        rows["movie_id"], near_copy_pairs([own for own, keep in zip(grams, kept, strict=True) if keep])
    )
    stars = rows["stars"].to_numpy()
    eligible = (
        rows["source"].isin(args.heldout).to_numpy() if args.heldout else np.ones(len(rows), dtype=bool)
    )
    part = cut(
        stars, groups, eligible & (stars > 0), quotas(stars[eligible], args.test, args.validation), args.seed
    )
    keep = cap(rows["movie_id"].to_numpy(), stars, args.cap, np.random.default_rng(args.seed))
    keep |= np.isin(part, ("test", "validation"))
    print(
        f"left out {int((part == '').sum()):,} of held-out films, {int((~keep & (part != '')).sum()):,} by the cap of {args.cap} a star and film"
    )
    columns = ["text", "text_scored", "stars", "movie_id", "source"]
    parts = {name: rows.loc[(part == name) & keep, columns].reset_index(drop=True) for name in PARTS}
    summary = report(table, parts)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, frame in parts.items():
        frame.to_parquet(args.out / f"{name}.parquet", compression="zstd", index=False)
    build_copy_index(parts["generator"]["text"]).save(args.out / "copies.npz")
    summary |= {
        "sha256": fingerprint(parts),
        "seed": args.seed,
        "rows": {name: len(frame) for name, frame in parts.items()},
    }
    (args.out / "fingerprint.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(f"fingerprint {summary['sha256'][:16]}, written to {args.out}")
    return parts


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; without sources it takes the movie reviews in $REVDEMO_DATA."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "sources", nargs="*", help="tables, aclImdb folders or Hub data sets; default: $REVDEMO_DATA"
    )
    parser.add_argument(
        "--unlabelled", nargs="*", default=[], help="reviews without a rating, for the generator only"
    )
    parser.add_argument("--out", type=Path, default=Path("data/prepared"))
    for column in ("text", "rating", "group", "source"):
        parser.add_argument(f"--{column}-column", help=f"the column that holds the {column}")
    parser.add_argument("--scale", type=int, default=10, help="the best rating of the sources (10 for IMDb)")
    parser.add_argument(
        "--heldout", nargs="*", default=[], help="sources that test and validation come from (default: all)"
    )
    parser.add_argument("--test", type=int, default=500, help="test reviews a star")
    parser.add_argument("--validation", type=int, default=250, help="validation reviews a star")
    parser.add_argument(
        "--cap", type=int, default=25, help="most reviews of one star of one film outside test and validation"
    )
    parser.add_argument("--limit", type=int, help="use only this many reviews, for a trial run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    args = parser.parse_args(argv)
    if not args.sources:
        folder = os.environ.get("REVDEMO_DATA")
        if not folder:
            raise RevdemoError(
                "Name the reviews to prepare, or set REVDEMO_DATA to the folder that holds them."
            )
        args.sources, args.unlabelled = (
            [f"{folder}/movie_reviews.parquet"],
            [f"{folder}/movie_reviews_unlabelled.parquet"],
        )
        args.heldout = args.heldout or ["imdb-user-a"]
    return args


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    try:
        args = parse(argv)
        columns = Columns(args.text_column, args.rating_column, args.group_column, args.source_column)
        prepare(read_all(args.sources, args.unlabelled, columns, args.limit), args)
    except RevdemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
