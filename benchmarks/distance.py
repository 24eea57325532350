"""How far other reviews are from what the generator writes: REVDEMO_DATA=folder python -m benchmarks.distance

Prints bits per byte of reviews of many kinds, as `revdemo.balancing.domain_gap` measures them, and how often
a sample as large as the app's would be called far. `domain_gap.FAR` was chosen from such a table. About two
minutes.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from revdemo.balancing import domain_gap
from revdemo.generation.copies import words
from revdemo.models.generator import load_generator
from revdemo.models.likelihood import Likelihood
from revdemo.reviews import clean, mask_scores

COUNT, RESAMPLES = 80, 2000
FILMS, OTHERS = "movie_reviews.parquet", "product_reviews.parquet"
KINDS = (  # name, file, source, domain
    ("films (IMDb users)", FILMS, "imdb-user-a", None),
    ("films (aclImdb)", FILMS, "aclImdb", None),
    ("books (Amazon)", OTHERS, "amazon_blitzer_mds", "book"),
    ("films on disc (Amazon)", OTHERS, "amazon_blitzer_mds", "movie"),
    ("hotels", OTHERS, None, "hotel"),
    ("kitchen, electronics (Amazon)", OTHERS, "amazon_blitzer_mds", "product"),
    ("speakers (Amazon)", OTHERS, "amazon_alexa", None),
    ("women's clothing", OTHERS, "womens_clothing", None),
    ("restaurants", OTHERS, None, "restaurant"),
)


def main() -> None:
    """Print the table."""
    folder = Path(os.environ["REVDEMO_DATA"])
    tables = {name: _read(folder / name) for name in (FILMS, OTHERS)}
    generator = load_generator()
    reference = domain_gap.reference(generator.source)
    label = generator.source.label
    print(f"{label}: {reference:.3f} bits per byte on held-out reviews; far from {domain_gap.FAR}")
    print("| reviews | n | bits per byte | times the reference | called far |\n|---|---|---|---|---|")
    for name, file, source, domain in KINDS:
        table = tables[file]
        if source:
            table = table[table["source"] == source]
        if domain:
            table = table[table["domain"] == domain]
        print(_row(name, table, generator, reference))


def _read(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(path)
    stars = table["stars"] if "stars" in table else np.ceil(table["rating"] / 2)
    return table.assign(stars=stars.astype(int))


def _row(name: str, table: pd.DataFrame, generator, reference: float) -> str:
    drawn = table.sample(min(len(table), 2 * COUNT), random_state=0)
    rows = [
        (clean(mask_scores(text)), star) for text, star in zip(drawn["text"], drawn["stars"], strict=True)
    ]
    rows = [row for row in rows if len(words(row[0])) >= domain_gap.SHORTEST][:COUNT]
    batches = [rows[start : start + domain_gap.BATCH] for start in range(0, len(rows), domain_gap.BATCH)]
    scores = [domain_gap.score(generator, *zip(*batch, strict=True)) for batch in batches]
    found = Likelihood(*(np.concatenate(part) for part in zip(*scores, strict=True)))
    bits, size = found.bits, found.bytes
    picked = np.random.default_rng(0).integers(len(bits), size=(RESAMPLES, domain_gap.TEXTS))
    ratios = bits[picked].sum(axis=1) / size[picked].sum(axis=1) / reference
    value = found.bits_per_byte
    far = (ratios >= domain_gap.FAR).mean()
    return f"| {name} | {len(bits)} | {value:.3f} | {value / reference:.2f} | {far:.1%} |"


if __name__ == "__main__":
    main()
