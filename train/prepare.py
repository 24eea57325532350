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
import shutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from revdemo.errors import RevdemoError
from revdemo.plots import balance
from revdemo.quality import build_copy_index, words
from revdemo.reviews import STARS, clean, is_censored, mask_scores, stars_from_rating
from train.balance import counts, weights
from train.sources import Columns, chunks, read_source
from train.split import (
    PARTS,
    cap,
    components,
    cut,
    hidden_pairs,
    near_copy_pairs,
    sampled_grams,
    strays,
)

CHUNK = 500
MIN_WORDS = 3
COLUMNS = ["text", "text_scored", "stars", "movie_id", "source"]
FINGERPRINT = "fingerprint.json"


def prepare_row(text: object, rating: float, scale: int) -> tuple[str, str, int, str, np.ndarray]:
    """Mask, clean and label one raw review.

    Returns (text, text with its stated scores, stars or 0 where there is no rating, reason to drop it or "",
    sampled grams).
    """
    if not isinstance(text, str) or not text.strip():
        return _drop("no text")
    if is_censored(text):
        return _drop("censored insult")
    try:
        stars = 0 if np.isnan(rating) else stars_from_rating(rating, scale)
    except RevdemoError:
        return _drop(f"rating off the scale 1 to {scale}")
    masked = mask_scores(text)
    cleaned = clean(masked)
    if len(words(cleaned)) < MIN_WORDS:
        return _drop(f"under {MIN_WORDS} words after cleaning")
    return cleaned, cleaned if masked == text else clean(text), stars, "", sampled_grams(cleaned)


def _drop(reason: str) -> tuple[str, str, int, str, np.ndarray]:
    return "", "", 0, reason, np.array([], np.uint64)


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


def quotas(stars: np.ndarray, test: int, validation: int) -> dict[str, int]:
    """Reviews a star for test and validation: what was asked, or less where a star is too rare for that."""
    rarest = min(int((stars == star).sum()) for star in STARS)
    if rarest < 10:
        raise RevdemoError(
            f"The rarest star has {rarest} reviews among those to evaluate on; 10 are the least. "
            "Add reviews, or name another --heldout source."
        )
    share = min(1.0, rarest * 0.3 / (test + validation))
    return {"test": int(test * share), "validation": int(validation * share)}


def cut_parts(rows: pd.DataFrame, grams: list[np.ndarray], args: argparse.Namespace) -> np.ndarray:
    """Name the part of every cleaned row, or "": by film, capped a film, no near copies across parts."""
    stars = rows["stars"].to_numpy()
    groups = components(rows["movie_id"], near_copy_pairs(grams))
    eligible = rows["source"].isin(args.heldout).to_numpy() | (not args.heldout)
    size = quotas(stars[eligible], args.test, args.validation)
    part = cut(stars, groups, eligible & (stars > 0), size, args.seed)
    print(f"left out {int((part == '').sum()):,} of held-out films")
    few = cap(rows["movie_id"].to_numpy(), stars, args.cap, np.random.default_rng(args.seed))
    over = ~few & ~np.isin(part, ("", "test", "validation"))
    part[over] = ""
    stray = strays(part, hidden_pairs(grams))
    part[stray] = ""
    print(f"left out {int(over.sum()):,} by the cap of {args.cap} a star and film")
    print(f"left out {int(stray.sum()):,} near copies of a review in another part")
    return part


def report(table: pd.DataFrame, parts: dict[str, pd.DataFrame]) -> dict:
    """Print what was dropped and why, and the stars of every part; return it for the fingerprint."""
    drops = Counter(table.loc[table["dropped"] != "", "dropped"])
    for reason, count in drops.most_common():
        print(f"dropped {count:7,}  {reason}")
    print(_line("part", [f"{star} star{'s' if star > 1 else ''}" for star in STARS], "unlabelled", "films"))
    rows = {}
    for name, part in parts.items():
        by_stars, free, films = counts(part), int((part["stars"] == 0).sum()), int(part["movie_id"].nunique())
        named = dict(zip(map(str, STARS), by_stars, strict=True))
        rows[name] = {"by_stars": named | {"unlabelled": free}, "films": films}
        print(_line(name, by_stars, free, films))
    return {"dropped": dict(drops), "parts": rows}


def _line(name: str, *cells) -> str:
    flat = [own for cell in cells for own in (cell if isinstance(cell, list) else [cell])]
    return f"{name:24}" + "".join(f"{own:>12,}" if isinstance(own, int) else f"{own:>12}" for own in flat)


def show_balance(rows: pd.DataFrame, path: Path) -> None:
    """Print and draw the stars of the classifier's part, and what the weights of training make of them."""
    before, after = counts(rows), counts(rows, weights(rows))
    print(_line("before balancing", before))
    print(_line("after balancing", after))
    figure = balance(before, after)
    figure.update_layout(title_text="Reviews of the classifier's part, within sources balanced", margin_t=80)
    figure.write_html(path, include_plotlyjs=True)


def fingerprint(parts: dict[str, pd.DataFrame]) -> str:
    """Hash what the models will see: part, text and stars of every row, in order."""
    digest = hashlib.sha256()
    for name in PARTS:
        digest.update(name.encode())
        for text, stars in zip(parts[name]["text"], parts[name]["stars"], strict=True):
            digest.update(f"\x00{stars}\x00{text}".encode())
    return digest.hexdigest()


def write(parts: dict[str, pd.DataFrame], summary: dict, out: Path) -> None:
    """Write into a folder inside `out`, then move all up, the fingerprint last: it vouches for the rest."""
    folder = out / ".writing"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, part in parts.items():
        part.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
    build_copy_index(parts["generator"]["text"]).save(folder / "copies.npz")
    show_balance(parts["classifier"], folder / "stars.html")
    (folder / FINGERPRINT).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    (out / FINGERPRINT).unlink(missing_ok=True)
    for file in sorted(folder.iterdir(), key=lambda file: file.name == FINGERPRINT):
        file.replace(out / file.name)
    folder.rmdir()


def prepare(raw: pd.DataFrame, args: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """Clean, cut and write the parts; returns them by name."""
    table, grams = clean_all(raw, args.scale, args.workers)
    mark_duplicates(table)
    kept = (table["dropped"] == "").to_numpy()
    if not kept.any():
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in Counter(table["dropped"]).items())
        raise RevdemoError(f"No review is left ({reasons}). Is --scale right, and are the columns?")
    rows = table[kept].reset_index(drop=True)
    part = cut_parts(rows, [own for own, keep in zip(grams, kept, strict=True) if keep], args)
    parts = {name: rows.loc[part == name, COLUMNS].reset_index(drop=True) for name in PARTS}
    summary = report(table, parts) | {
        "sha256": fingerprint(parts),
        "seed": args.seed,
        "rows": {name: len(frame) for name, frame in parts.items()},
    }
    write(parts, summary, args.out)
    print(f"fingerprint {summary['sha256'][:16]}, written to {args.out}")
    return parts


def read_all(labelled: list[str], unlabelled: list[str], columns: Columns, limit: int | None) -> pd.DataFrame:
    """Read every source; rows without a rating are the unlabelled ones."""
    tables = []
    for location in labelled:
        table = read_source(location, columns)
        scored = table.dropna(subset=["rating"])
        print(f"read {len(table):,} reviews from {Path(location).name}; ", end="")
        print(f"dropped {len(table) - len(scored):,} without a score")
        tables.append(scored)
    for location in unlabelled:
        tables.append(read_source(location, columns, labelled=False))
        print(f"read {len(tables[-1]):,} unlabelled reviews from {Path(location).name}")
    raw = pd.concat(tables, ignore_index=True)
    return raw.sample(min(limit, len(raw)), random_state=0).reset_index(drop=True) if limit else raw


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


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
    parser.add_argument(
        "--scale", type=_count, default=10, help="the best rating of the sources (10 for IMDb)"
    )
    parser.add_argument(
        "--heldout", nargs="*", default=[], help="sources that test and validation come from (default: all)"
    )
    parser.add_argument("--test", type=_count, default=500, help="test reviews a star")
    parser.add_argument("--validation", type=_count, default=250, help="validation reviews a star")
    parser.add_argument(
        "--cap",
        type=_count,
        default=25,
        help="most reviews of one star of one film outside test and validation",
    )
    parser.add_argument("--limit", type=_count, help="use only this many reviews, for a trial run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=_count, default=os.cpu_count())
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
