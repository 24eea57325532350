"""Turn raw reviews into the parts that the models learn from: mask, clean, label, and cut by film.

    python -m train.prepare                                    # the reviews in $REVDEMO_DATA
    python -m train.prepare reviews.csv --text-column body --rating-column score --scale 5
    python -m train.prepare aclImdb/ kaggle.json --out data/prepared --kind film
    python -m train.prepare products.parquet --kind-column domain --kinds movie=film clothes_shop=clothing

Writes one parquet file per part (classifier, generator, judge, validation, test), fingerprint.json
and copies.npz (winnowed 13-gram hashes of the generator's part) into --out.
110,000 reviews take about two minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.files import write_json
from revdemo.generation.copies import build_copy_index
from revdemo.kinds import KINDS, kind_named
from revdemo.reviews import STARS
from revdemo.tables.table import ReadOptions
from train.data.cleaning import clean_all, mark_duplicates, name_kinds
from train.data.prepared import FINGERPRINT
from train.data.sources import Columns, read_source
from train.data.split_by_film import (
    PARTS,
    cap,
    components,
    cut,
    hidden_pairs,
    near_copy_pairs,
    strays,
)
from train.data.weights import counts, weights

COLUMNS = ["text", "text_scored", "stars", "movie_id", "source", "kind"]


def quotas(stars: np.ndarray, test: int, validation: int) -> dict[str, int]:
    """Reviews per star for test and validation: what was asked, or less where a star is too rare for that."""
    rarest = min(int((stars == star).sum()) for star in STARS)
    if rarest < 10:
        raise RevdemoError(
            "The rarest star has {rarest} reviews among those to evaluate on; 10 are the least. Add "
            "reviews, or name another --heldout source.",
            rarest=rarest,
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
    print(f"left out {int(over.sum()):,} by the cap of {args.cap} per star and film")
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
        kinds = part["kind"].replace("", "unknown").value_counts().to_dict()
        rows[name] = {"by_stars": named | {"unlabelled": free}, "films": films, "kinds": kinds}
        print(_line(name, by_stars, free, films))
    every = Counter({kind: 0 for kind in KINDS})
    for row in rows.values():
        every.update(row["kinds"])
    print("kinds: " + ", ".join(f"{count:,} {kind}" for kind, count in every.items() if count))
    return {"dropped": dict(drops), "parts": rows}


def _line(name: str, *cells) -> str:
    flat = [own for cell in cells for own in (cell if isinstance(cell, list) else [cell])]
    return f"{name:24}" + "".join(f"{own:>12,}" if isinstance(own, int) else f"{own:>12}" for own in flat)


def show_balance(rows: pd.DataFrame) -> None:
    """Print the stars of the classifier's part, and what the weights of training make of them."""
    print(_line("before balancing", counts(rows)))
    print(_line("after balancing", counts(rows, weights(rows))))


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
    show_balance(parts["classifier"])
    write_json(folder / FINGERPRINT, summary)
    (out / FINGERPRINT).unlink(missing_ok=True)
    for file in sorted(folder.iterdir(), key=lambda file: file.name == FINGERPRINT):
        file.replace(out / file.name)
    folder.rmdir()


def prepare(raw: pd.DataFrame, args: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """Clean, cut and write the parts; returns them by name."""
    table, grams = clean_all(raw, args.workers)
    mark_duplicates(table)
    kept = (table["dropped"] == "").to_numpy()
    if not kept.any():
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in Counter(table["dropped"]).items())
        raise RevdemoError(
            "No review is left ({reasons}). Is --scale right, and are the columns?", reasons=reasons
        )
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


def read_all(
    labelled: list[str],
    unlabelled: list[str],
    columns: Columns,
    limit: int | None,
    options: ReadOptions | None = None,
) -> pd.DataFrame:
    """Read every source; rows without a rating are the unlabelled ones."""
    tables, options = [], options or ReadOptions()
    for location in labelled:
        table = read_source(location, columns, options=options)
        scored = table.dropna(subset=["stars"])
        print(f"read {len(table):,} reviews from {Path(location).name}; ", end="")
        print(f"dropped {len(table) - len(scored):,} without a score")
        tables.append(scored)
    for location in unlabelled:
        tables.append(read_source(location, columns, labelled=False, options=options))
        print(f"read {len(tables[-1]):,} unlabelled reviews from {Path(location).name}")
    raw = pd.concat(tables, ignore_index=True)
    return raw.sample(min(limit, len(raw)), random_state=0).reset_index(drop=True) if limit else raw


def _kind(text: str) -> str:
    if not (kind := kind_named(text)):
        raise argparse.ArgumentTypeError(f"{text} is not one of {', '.join(KINDS)}")
    return kind


def _kind_of(text: str) -> tuple[str, str]:
    value, equals, kind = text.rpartition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is not VALUE=KIND")
    return value, _kind(kind)


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def parser() -> argparse.ArgumentParser:
    """The flags of the command."""
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
    _add_reading(parser)
    _add_cutting(parser)
    parser.add_argument("--limit", type=_count, help="use only this many reviews, for a trial run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=_count, default=os.cpu_count())
    return parser


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """How the sources are read."""
    for column in ("text", "rating", "group", "source", "kind"):
        parser.add_argument(f"--{column}-column", help=f"the column that holds the {column}")
    parser.add_argument("--kind", type=_kind, help=f"what the reviews are about: {', '.join(KINDS)}")
    parser.add_argument(
        "--kinds",
        type=_kind_of,
        nargs="*",
        default=[],
        metavar="VALUE=KIND",
        help="what a value of the kind column, or of the source column, stands for",
    )
    parser.add_argument("--scale", type=_count, help="the highest rating of the sources (default: guessed)")
    parser.add_argument("--map", metavar="CELL=STARS,...", help="what cells of the ratings stand for")
    parser.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook")
    parser.add_argument("--encoding", metavar="NAME", help="of a text file, such as cp1252")
    parser.add_argument("--separator", metavar="SIGN", help="of its cells: a character, tab or none")
    whether = argparse.BooleanOptionalAction
    parser.add_argument("--header", action=whether, help="whether the first row names the columns")


def _add_cutting(parser: argparse.ArgumentParser) -> None:
    """How the reviews are cut into parts."""
    parser.add_argument(
        "--heldout", nargs="*", default=[], help="sources that test and validation come from (default: all)"
    )
    parser.add_argument("--test", type=_count, default=500, help="test reviews per star")
    parser.add_argument("--validation", type=_count, default=250, help="validation reviews per star")
    parser.add_argument(
        "--cap",
        type=_count,
        default=25,
        help="most reviews of one star of one film outside test and validation",
    )


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; without sources it takes the movie reviews in $REVDEMO_DATA."""
    args = parser().parse_args(argv)
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
        args.kind = args.kind or "film"
    return args


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    try:
        args = parse(argv)
        columns = Columns(
            args.text_column, args.rating_column, args.group_column, args.source_column, args.kind_column
        )
        options = ReadOptions(
            scale=args.scale,
            sheet=args.sheet,
            encoding=args.encoding,
            separator=args.separator,
            header=args.header,
            map=args.map,
        )
        raw = read_all(args.sources, args.unlabelled, columns, args.limit, options)
        prepare(raw.assign(kind=name_kinds(raw, dict(args.kinds), args.kind)), args)
    except RevdemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
