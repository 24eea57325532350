"""One raw review masked, cleaned and labelled, or dropped with its reason; tables of them on all cores."""

from __future__ import annotations

import multiprocessing

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from revdemo.errors import RevdemoError
from revdemo.generation.copies import same_words, words
from revdemo.kinds import kind_named
from revdemo.reviews import STARS, clean, is_censored, mask_scores, stars_from_rating
from train.data.sources import chunks
from train.data.split_by_film import sampled_grams

CHUNK = 500
MIN_WORDS = 3


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
        return _drop("rating off the scale")
    masked = mask_scores(text)
    cleaned = clean(masked)
    if len(words(cleaned)) < MIN_WORDS:
        return _drop(f"under {MIN_WORDS} words after cleaning")
    return cleaned, cleaned if masked == text else clean(text), stars, "", sampled_grams(cleaned)


def _drop(reason: str) -> tuple[str, str, int, str, np.ndarray]:
    return "", "", 0, reason, np.array([], np.uint64)


def _prepare_chunk(job: tuple[list, list]) -> list[tuple]:
    texts, stars = job
    return [prepare_row(text, own, STARS[-1]) for text, own in zip(texts, stars, strict=True)]


def clean_all(raw: pd.DataFrame, workers: int) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Clean every row of a raw table on `workers` processes; the rows keep their order and number."""
    jobs = [(piece["text"].tolist(), piece["stars"].tolist()) for piece in chunks(raw, CHUNK)]
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
    beside = {name: raw[name].to_numpy() for name in ("movie_id", "source", "kind") if name in raw}
    return table.assign(**beside), list(grams)


def name_kinds(raw: pd.DataFrame, kinds: dict[str, str], otherwise: str | None) -> pd.Series:
    """The kind of every raw row, "" where it is unknown.

    `kinds` says what a value of the source column, or else of the kind column, stands for; a usual name needs
    no such word. `otherwise` is the kind of the rows that are left.
    """
    found = [
        kinds.get(source) or kinds.get(value) or kind_named(value) or otherwise or ""
        for source, value in zip(raw["source"], raw["kind"], strict=True)
    ]
    return pd.Series(found, index=raw.index, dtype="object")


def mark_duplicates(table: pd.DataFrame) -> None:
    """Mark every text that stands in the table before, letter case and punctuation aside, as dropped."""
    kept = table["dropped"] == ""
    keys = table.loc[kept, "text"].map(same_words)
    table.loc[keys.index[keys.duplicated()], "dropped"] = "duplicate"
