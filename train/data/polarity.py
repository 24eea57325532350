"""Cut reviews of films and of products into parts to learn polarity from; see train.polarity."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo.errors import RevdemoError
from revdemo.files import write_json
from train.data import cleaning, prepared, sources
from train.data.split_by_film import components, hidden_pairs, sampled_grams

PARTS = ("train", "validation", "test")
FILM_PARTS = {"classifier": "train", "validation": "validation", "test": "test"}
COLUMNS = ["text", "stars", "group", "source", "domain"]
LABELLED = ("label", "title", "content")  # the columns of amazon_polarity
STARRED = ("stars", "title", "text")
FILMS, PRODUCTS = "films", "products"


def read_reviews(location: str) -> pd.DataFrame:
    """Read a table or a Hub data set with the columns label, title, content, or stars, title, text.

    Returns the title and the text as one `text`, and `stars` 1..5, where a label (0 negative, 1 positive)
    becomes 1 or 5 stars. Raises RevdemoError where columns are missing, or labels are neither 0 nor 1.
    """
    table = sources.read_any(location)
    labelled = "label" in table.columns
    missing = [name for name in (LABELLED if labelled else STARRED) if name not in table.columns]
    if missing:
        raise RevdemoError(
            "{location} lacks the columns {missing}: polarity needs {labelled}, or {starred}. It has: "
            "{columns}.",
            location=location,
            missing=", ".join(missing),
            labelled=", ".join(LABELLED),
            starred=", ".join(STARRED),
            columns=", ".join(map(str, table.columns)),
        )
    given = pd.to_numeric(table["label" if labelled else "stars"], errors="coerce")
    if labelled and not given.isin([0, 1]).all():
        raise RevdemoError(
            "{location} has labels other than 0 (negative) and 1 (positive).", location=location
        )
    body = table["content" if labelled else "text"]
    name = Path(location).stem
    return pd.DataFrame(
        {
            "text": [join(title, text) for title, text in zip(table["title"], body, strict=True)],
            "stars": (given.map({0: 1, 1: 5}) if labelled else given).astype(float),
            "movie_id": pd.Series(None, index=table.index, dtype="string"),
            "source": table["source"].astype("string") if "source" in table.columns else name,
            "domain": name if labelled else PRODUCTS,
        }
    )


def join(title: object, text: object) -> str:
    """A title and a text as one text; either may be missing."""
    return ". ".join(part.strip() for part in (title, text) if isinstance(part, str) and part.strip())


def read_films(folder: Path) -> pd.DataFrame:
    """The film reviews of the star classifier's parts, each with the part that it stays in."""
    tables = [prepared.read_part(folder, name).assign(part=part) for name, part in FILM_PARTS.items()]
    films = pd.concat(tables, ignore_index=True)
    return films[films["stars"] > 0].assign(domain=FILMS, dropped="").reset_index(drop=True)


def deal(fixed: np.ndarray, groups: np.ndarray, shares: dict[str, float], seed: int) -> np.ndarray:
    """Name the part of every row, whole groups together; "" for a near copy of a row whose part is fixed.

    `fixed` holds the parts of the films, "" for all other rows; these are dealt out by `shares`.
    """
    rng = np.random.default_rng(seed)
    ids = np.unique(groups)
    names = list(shares)
    drawn = rng.choice(names, size=len(ids), p=[shares[name] for name in names])
    drawn[np.isin(ids, groups[fixed != ""])] = ""
    return np.where(fixed != "", fixed, drawn[np.searchsorted(ids, groups)])


def even_out(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Leave out reviews so that each source has as many positive as negative ones; three stars all stay.

    Else a model learns from a source's style that it is mostly content.
    """
    kept = [rows[rows["stars"] == 3]]
    for _, source in rows.groupby("source"):
        sides = source[source["stars"] < 3], source[source["stars"] > 3]
        few = min(map(len, sides))
        kept += [side.sample(few, random_state=seed) for side in sides]
    return pd.concat(kept).sort_index()


def parts_of(table: pd.DataFrame, grams: list[np.ndarray], args: argparse.Namespace) -> dict:
    """Every part by name: no film and no near copy is in two of them; evaluation is even within a source."""
    groups = components(table["movie_id"], hidden_pairs(grams))
    shares = {
        "train": 1 - args.validation - args.test,
        "validation": args.validation,
        "test": args.test,
    }
    fixed = table["part"].to_numpy(dtype=object)
    part = deal(fixed, groups, shares, args.seed)
    print(f"left out {int((part == '').sum()):,} near copies of a film's review")
    rows = table.assign(group=[f"group {number}" for number in groups])
    parts = {name: rows.loc[part == name] for name in PARTS}
    for name in ("validation", "test"):
        films = parts[name]["domain"] == FILMS
        parts[name] = pd.concat([parts[name][films], even_out(parts[name][~films], args.seed)])
    return {name: frame[COLUMNS].reset_index(drop=True) for name, frame in parts.items()}


def summarise(parts: dict[str, pd.DataFrame]) -> dict:
    """Print how many reviews of each domain and polarity a part has; return it for the fingerprint."""
    print(f"{'part':12}{'domain':18}{'negative':>10}{'three stars':>13}{'positive':>10}{'groups':>9}")
    counts = {}
    for name, part in parts.items():
        for domain, rows in part.groupby("domain"):
            sides = np.sign(rows["stars"] - 3).value_counts()
            own = {"negative": -1, "three_stars": 0, "positive": 1}
            own = {side: int(sides.get(sign, 0)) for side, sign in own.items()}
            own["groups"] = int(rows["group"].nunique())
            counts.setdefault(name, {})[domain] = own
            print(
                f"{name:12}{domain:18}{own['negative']:>10,}{own['three_stars']:>13,}"
                f"{own['positive']:>10,}{own['groups']:>9,}"
            )
    return counts


def write(parts: dict[str, pd.DataFrame], summary: dict, out: Path) -> None:
    """Write the parts, and fingerprint.json last, which vouches for them."""
    out.mkdir(parents=True, exist_ok=True)
    (out / prepared.FINGERPRINT).unlink(missing_ok=True)
    for name, part in parts.items():
        part.to_parquet(out / f"{name}.parquet", compression="zstd", index=False)
    write_json(out / prepared.FINGERPRINT, summary)


def make(raw: pd.DataFrame, films: pd.DataFrame | None, args: argparse.Namespace) -> dict:
    """Clean, cut and write the parts; returns them by name."""
    table, grams = cleaning.clean_all(raw, args.workers)
    table = table.assign(domain=raw["domain"].to_numpy(), part="")
    if films is not None:
        table = pd.concat([films[table.columns.intersection(films.columns)], table], ignore_index=True)
        grams = [*map(sampled_grams, films["text"]), *grams]
    cleaning.mark_duplicates(table)
    kept = (table["dropped"] == "").to_numpy()
    for reason, count in table.loc[~kept, "dropped"].value_counts().items():
        print(f"dropped {count:7,}  {reason}")
    rows = table[kept].reset_index(drop=True)
    parts = parts_of(rows, [own for own, keep in zip(grams, kept, strict=True) if keep], args)
    hashes = {name: prepared.rows_fingerprint(part)["sha256"] for name, part in parts.items()}
    whole = hashlib.sha256(json.dumps(hashes).encode()).hexdigest()
    summary = {"sha256": whole, "seed": args.seed, "parts": summarise(parts)}
    write(parts, summary, args.out)
    print(f"fingerprint {whole[:16]}, written to {args.out}")
    return parts


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line; without sources it takes the product reviews in $REVDEMO_DATA."""
    parser = argparse.ArgumentParser(prog="python -m train.polarity prepare", description=__doc__)
    parser.add_argument(
        "sources", nargs="*",
        help="tables or Hub data sets with the columns label, title, content, or stars, title, text; "
        "default: product_reviews and amazon_polarity in $REVDEMO_DATA",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("data/polarity"))
    parser.add_argument("--films", type=Path, default=Path("data/prepared"), help="what train.prepare wrote")
    parser.add_argument("--no-films", action="store_true", help="without film reviews")
    parser.add_argument("--validation", type=float, default=0.05, help="share of the other reviews")
    parser.add_argument("--test", type=float, default=0.1, help="share of the other reviews")
    parser.add_argument("--limit", type=int, help="only this many of the other reviews")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    args = parser.parse_args(argv)
    if min(args.validation, args.test) < 0 or args.validation + args.test >= 1:
        raise RevdemoError("--validation and --test are shares of 0 or more that leave some for training.")
    if not args.sources:
        folder = os.environ.get("REVDEMO_DATA")
        if not folder:
            raise RevdemoError("Name the reviews to prepare, or set REVDEMO_DATA to the folder of them.")
        args.sources = [f"{folder}/{name}.parquet" for name in ("product_reviews", "amazon_polarity")]
    return args


def main(argv: list[str]) -> None:
    """Prepare by the command line."""
    args = parse(argv)
    films = None if args.no_films else read_films(args.films)
    raw = pd.concat([read_reviews(location) for location in args.sources], ignore_index=True)
    if args.limit:
        raw = raw.sample(min(args.limit, len(raw)), random_state=args.seed).reset_index(drop=True)
    make(raw, films, args)
