"""Copies, near duplicates and diversity of generated text."""

import random
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from revdemo.errors import RevdemoError
from revdemo.generation import copies
from revdemo.generation.copies import (
    CopyIndex,
    NearDuplicates,
    build_copy_index,
    distinct,
    gram_hashes,
    self_bleu,
    winnow,
)


def invented(count: int, seed: int, vocabulary: int = 30_000) -> str:
    """A text of that many words drawn at random, so that it shares no 13 words in a row with another."""
    draw = random.Random(seed)
    return " ".join(f"w{draw.randrange(vocabulary)}" for _ in range(count))


@cache
def largest_index() -> CopyIndex:
    return CopyIndex(np.unique(np.random.default_rng(0).integers(0, 2**40, copies.MAX_HASHES, np.uint64)), 11)


def piece(text: str, start: int, count: int) -> str:
    return " ".join(text.split()[start : start + count])


@pytest.fixture(scope="module")
def training():
    return [invented(230, seed) for seed in range(300)]


@pytest.fixture(scope="module")
def index(training):
    return build_copy_index(training)


@pytest.mark.parametrize(("count", "grams"), [(0, 0), (1, 0), (12, 0), (13, 1), (14, 2), (230, 218)])
def test_every_run_of_13_words_has_a_hash(count, grams):
    hashes = gram_hashes(invented(count, 1))
    assert hashes.dtype == np.uint64
    assert len(hashes) == grams
    assert not len(hashes) or hashes.max() < 2**copies.HASH_BITS


def test_hashes_see_words_only():
    plain = "it was a slow film but the ending really earns it in the last act"
    assert (gram_hashes(plain) == gram_hashes(plain.upper().replace(" film", " -- film,\n") + "!!")).all()
    assert (gram_hashes(plain) != gram_hashes(plain.replace("slow", "fast"))).any()


def test_hashes_are_the_same_in_every_process():
    text = invented(15, 3)
    command = [
        sys.executable,
        "-c",
        f"from revdemo.generation.copies import gram_hashes; print(gram_hashes({text!r}).tolist())",
    ]
    for seed in ("0", "1"):
        options = {"cwd": Path(__file__).parents[2], "env": {"PYTHONHASHSEED": seed}}
        run = subprocess.run(command, **options, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == str(gram_hashes(text).tolist())


def test_winnow_is_the_example_of_its_paper():
    hashes = np.array([77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98], np.uint64)
    assert winnow(hashes, 4).tolist() == [17, 17, 8, 39, 17]


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_winnow_of_a_short_text_keeps_its_smallest(count):
    hashes = np.arange(count, dtype=np.uint64)[::-1]
    assert winnow(hashes, 4).tolist() == [0][:count]


def test_winnow_leaves_no_gap_above_the_window():
    hashes = gram_hashes(invented(2_000, 5))
    kept = np.flatnonzero(np.isin(hashes, winnow(hashes, 11)))
    assert np.diff(kept, prepend=-1, append=len(hashes)).max() <= 11
    assert len(kept) / len(hashes) == pytest.approx(2 / 12, rel=0.15)


@pytest.mark.parametrize("length", [16, 20, 28, 60, 230])
@pytest.mark.parametrize("seed", range(5))
def test_a_planted_copy_is_found_wherever_it_stands(training, index, length, seed):
    copied = piece(training[seed], seed * 3 if length < 200 else 0, length)
    text = f"{invented(25 + seed, 900 + seed)} {copied} {invented(25, 950 + seed)}"
    assert index.is_copy(text)
    assert length - 2 * (index.window - 1) <= index.longest_copy(text) <= length


def test_a_copy_keeps_its_length_through_case_and_punctuation(training, index):
    copied = piece(training[7], 40, 60).upper().replace(" ", ",  ")
    assert 54 <= index.longest_copy(copied) <= 60


def test_two_copies_apart_are_not_one_long_copy(training, index):
    text = " ".join([piece(training[1], 0, 40), invented(30, 901), piece(training[2], 0, 30)])
    assert 34 <= index.longest_copy(text) <= 40


@pytest.mark.parametrize("text", ["", "  ", "one", "🙂", piece(invented(230, 0), 10, 12)])
def test_fewer_than_13_words_are_never_a_copy(index, text):
    assert index.longest_copy(text) == 0
    assert not index.is_copy(text)


def test_clean_text_is_not_a_copy(index):
    assert not any(index.is_copy(invented(80, seed)) for seed in range(10_000, 11_000))


def test_false_copies_stay_below_one_in_a_thousand_at_the_largest_size():
    full = CopyIndex(np.unique(np.random.default_rng(0).integers(0, 2**40, copies.MAX_HASHES, np.uint64)), 11)
    grams = 500_000
    hits = np.isin(np.random.default_rng(1).integers(0, 2**40, grams, np.uint64), full.hashes).sum()
    assert hits / grams * 68 < 1 / 1_000


def test_the_largest_index_fits_in_5_megabytes(tmp_path):
    largest_index().save(tmp_path / "copies.npz")
    assert (tmp_path / "copies.npz").stat().st_size < 5e6
    assert (CopyIndex.load(tmp_path / "copies.npz").hashes == largest_index().hashes).all()


def test_the_window_grows_so_that_the_size_is_bounded(training, monkeypatch):
    monkeypatch.setattr(copies, "MAX_HASHES", 6_000)
    small = build_copy_index(training)
    assert small.window > copies.MIN_WINDOW
    assert len(small.hashes) < 6_500
    assert small.is_copy(piece(training[3], 50, small.window + 12))


def test_an_index_comes_back_as_it_was_saved(index, tmp_path, training):
    index.save(tmp_path / "copies.npz")
    again = CopyIndex.load(tmp_path / "copies.npz")
    assert (again.hashes == index.hashes).all()
    assert again.window == index.window
    assert again.is_copy(training[0])
    assert [path.name for path in tmp_path.iterdir()] == ["copies.npz"]


def test_an_empty_index_finds_nothing(tmp_path):
    build_copy_index([]).save(tmp_path / "none.npz")
    assert CopyIndex.load(tmp_path / "none.npz").longest_copy(invented(80, 1)) == 0


@pytest.mark.parametrize("content", [None, b"", b"not an index", b"PK\x03\x04 torn"])
def test_a_bad_index_file_says_what_to_do(tmp_path, content):
    path = tmp_path / "copies.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RevdemoError, match=r"copies\.npz.*train\.prepare"):
        CopyIndex.load(path)


def test_a_foreign_npz_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", planes=np.zeros(3), window=4)
    with pytest.raises(RevdemoError, match="cannot be read"):
        CopyIndex.load(tmp_path / "other.npz")


def test_indexing_is_fast_enough_for_the_training_set():
    texts = [invented(230, seed) for seed in range(1_000)]
    began = time.process_time()
    build_copy_index(texts)
    assert time.process_time() - began < 1.5  # 40,000 in a minute at the very worst


SLOW = "A slow film, but its quiet ending earns every minute that it took to get there, and the cast is fine."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SLOW, True),
        (SLOW.upper(), True),
        ("  " + SLOW.replace(" ", "\n") + " !!", True),
        (SLOW.replace("slow", "slowish"), True),
        (SLOW.replace(" and the cast is fine", ""), False),
        (
            "And the cast is fine: a slow film, but its quiet ending earns every minute it took to get there",
            True,
        ),
        (SLOW.replace("slow", "fast").replace("quiet", "loud").replace("earns", "wastes"), False),
        (
            "Its ending is loud and the cast is wasted on a plot that a child could have written.",
            False,
        ),
        ("", False),
    ],
)
def test_duplicates_are_found_through_small_changes(text, found):
    seen = NearDuplicates()
    assert seen.add_or_find("An unrelated review of another film.") is None
    assert seen.add_or_find(SLOW) is None
    assert seen.add_or_find(text) == (1 if found else None)


def test_the_same_text_is_told_from_a_near_one():
    seen = NearDuplicates()
    seen.add_or_find(SLOW)
    assert seen.find_exact(SLOW.lower() + "...") == 0
    assert seen.find_exact(SLOW.replace("slow", "slowish")) is None


def test_a_duplicate_is_not_added():
    seen = NearDuplicates()
    assert [seen.add_or_find(text) for text in ["one film", "One film!", "two plays", "two plays"]] == [
        None,
        0,
        None,
        1,
    ]


def test_texts_are_added_without_a_search_and_found_like_the_others():
    seen = NearDuplicates()
    for text in (SLOW, "One film.", "one film", SLOW.replace("slow", "slowish")):
        seen.add(text)
    assert seen.find_exact(SLOW.upper()) == 0 and seen.find_exact("One film!") == 1
    assert seen.add_or_find(SLOW.replace("slow", "slower")) in (0, 2)
    assert seen.add_or_find("Two plays.") is None


def test_a_run_of_reviews_is_compared_in_seconds():
    texts = [invented(80, seed) for seed in range(800)]
    seen, began = NearDuplicates(), time.process_time()
    assert all(seen.add_or_find(text) is None for text in texts)
    assert time.process_time() - began < 6


@pytest.mark.parametrize(
    ("texts", "n", "expected"),
    [
        ([], 1, 0.0),
        (["one"], 2, 0.0),
        (["a b c d"], 1, 1.0),
        (["a a a a"], 1, 0.25),
        (["a b a b"], 2, 2 / 3),
        (["A b!", "a B"], 1, 0.5),
        (["a b", "b a"], 2, 1.0),
    ],
)
def test_distinct_is_the_share_of_different_n_grams(texts, n, expected):
    assert distinct(texts, n) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], 0.0),
        (["only one text here"], 0.0),
        (["", "a b c d"], 0.0),
        ([SLOW, SLOW, SLOW], 1.0),
        (["a b c d", "e f g h"], 0.0),
        # words 3 of 4; pairs (2 + 1) of (3 + 1); triples (1 + 1) of (2 + 1); fours (0 + 1) of (1 + 1)
        (["a b c d", "a b c e"], (3 / 4 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25),
        # a repeated word matches as often as the other text has it
        (["a a a a", "a a b c"], (2 / 4 * 2 / 4 * 1 / 3 * 1 / 2) ** 0.25),
    ],
)
def test_self_bleu_by_hand(texts, expected):
    assert self_bleu(texts) == pytest.approx(expected)


def test_self_bleu_punishes_a_text_shorter_than_all_others():
    long = "a b c d e f g h"
    longer = (1 * 1 * 1 * 1) ** 0.25
    assert self_bleu([long, "a b c d"]) == pytest.approx(
        ((4 / 8 * 4 / 8 * 3 / 7 * 2 / 6) ** 0.25 + longer * np.exp(1 - 8 / 4)) / 2
    )


def test_self_bleu_draws_the_same_sample_for_a_seed():
    texts = [invented(30, seed, vocabulary=50) for seed in range(60)]
    drawn = [self_bleu(texts, limit=20, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] == pytest.approx(self_bleu(texts), abs=0.1)


def test_self_bleu_rises_with_sameness():
    varied = [invented(60, seed, vocabulary=5_000) for seed in range(50)]
    alike = [invented(60, seed, vocabulary=40) for seed in range(50)]
    assert self_bleu(varied) < self_bleu(alike) < self_bleu([varied[0]] * 50)
