"""The cut: no film and no near copy in two parts, whatever is planted."""

import random

import numpy as np
import pandas as pd
import pytest

from train.data.split_by_film import (
    PARTS,
    cap,
    components,
    cut,
    hidden_pairs,
    near_copy_pairs,
    sampled_grams,
    strays,
)

WORDS = [f"{first}{second}{third}" for first in "bdgklm" for second in "aeiou" for third in "nrst"]


def write(words: int, seed: int) -> str:
    """A text of that many words that shares no run of eight with another seed's."""
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def edit(text: str, every: int) -> str:
    return " ".join("edited" if i % every == every - 1 else word for i, word in enumerate(text.split()))


def found(texts: list[str], pairs=hidden_pairs) -> set[tuple[int, int]]:
    return {tuple(pair) for pair in pairs([sampled_grams(text) for text in texts]).tolist()}


LONG, SHORT = write(300, 1), write(40, 2)

COPIES = {
    "the same text": (LONG, LONG),
    "an edited copy": (LONG, edit(LONG, 40)),
    "a truncated copy": (LONG, " ".join(LONG.split()[:150])),
    "the end of a review": (LONG, " ".join(LONG.split()[-100:])),
    "a copy with a paragraph added": (LONG, LONG + " " + write(100, 3)),
    "a short text edited": (SHORT, edit(SHORT, 20)),
    "a short text truncated": (SHORT, " ".join(SHORT.split()[:20])),
}


@pytest.mark.parametrize("first, second", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("pairs", [near_copy_pairs, hidden_pairs])
def test_near_copies_are_found(first, second, pairs):
    assert found([write(200, 8), first, write(50, 9), second], pairs) == {(1, 3)}


def test_a_short_excerpt_of_a_long_review_is_found():
    assert found([LONG, " ".join(LONG.split()[100:145])]) == {(0, 1)}


def test_a_text_copied_to_dozens_of_films_is_found():
    pairs = found([edit(LONG, 60) + f" {i} " + write(5, i) for i in range(40)])
    assert {(i, i + 1) for i in range(39)} <= pairs


@pytest.mark.parametrize("pairs", [near_copy_pairs, hidden_pairs])
def test_different_reviews_are_not_near_copies(pairs):
    phrase = " ".join(write(12, 5).split())  # one phrase in common does not make two long texts alike
    texts = [write(150, seed) + " " + phrase for seed in range(100, 130)]
    assert found([*texts, "a few words", "", "a few words"], pairs) == set()


def test_components_join_films_and_near_copies():
    films = pd.Series(["a", "b", "a", "c", None, None, "d"], dtype="string")
    groups = components(films, np.array([[2, 3], [4, 6]]))
    assert groups[0] == groups[2] == groups[3]
    assert groups[4] == groups[6]
    assert len({groups[0], groups[1], groups[4], groups[5]}) == 4


def test_components_without_any_pair():
    assert len(set(components(pd.Series(["a", "b"]), np.zeros((0, 2), int)))) == 2


@pytest.fixture
def planted():
    """2,000 reviews of 400 films by two sources; 60 are copies of a review of another film, edited or cut."""
    draw = random.Random(0)
    rows = [
        (
            write(draw.choice([12, 60, 200]), 1000 + i),
            f"film {i % 400}",
            "ab"[i % 400 % 3 == 0],
            draw.randint(0, 5),
        )
        for i in range(2000)
    ]
    for number in range(60):
        source, target = number * 7, 1000 + number * 11
        text = rows[source][0]
        text = edit(text, 50) if number % 2 else " ".join(text.split()[: max(10, len(text.split()) * 2 // 3)])
        rows[target] = (text, *rows[target][1:])
    return pd.DataFrame(rows, columns=["text", "film", "source", "stars"])


@pytest.fixture
def parts(planted):
    grams = [sampled_grams(text) for text in planted["text"]]
    groups = components(planted["film"].astype("string"), near_copy_pairs(grams))
    eligible = (planted["source"] == "a").to_numpy()
    part = cut(planted["stars"].to_numpy(), groups, eligible, {"test": 20, "validation": 10}, seed=0)
    part[strays(part, hidden_pairs(grams))] = ""
    return part


def test_no_film_is_in_two_parts(planted, parts):
    kept = planted[parts != ""].assign(part=parts[parts != ""])
    assert (kept.groupby("film")["part"].nunique() == 1).all()
    assert set(kept["part"]) == set(PARTS)


def test_no_near_copy_is_in_two_parts(planted, parts):
    pairs = hidden_pairs([sampled_grams(text) for text in planted["text"]])
    assert len(pairs) >= 60
    first, second = parts[pairs[:, 0]], parts[pairs[:, 1]]
    assert ((first == second) | (first == "") | (second == "")).all()
    assert ((first == second) & (first != "")).sum() >= 30


def test_every_star_has_its_quota(planted, parts):
    for name, quota in (("test", 20), ("validation", 10)):
        chosen = planted[parts == name]
        assert chosen["stars"].value_counts().to_dict() == dict.fromkeys(range(1, 6), quota)
        assert set(chosen["source"]) == {"a"}


def test_unlabelled_reviews_are_in_the_generators_part_only(planted, parts):
    assert set(parts[planted["stars"] == 0]) == {"generator", ""}


def test_the_shares_are_dealt_by_film():
    films = np.arange(20_000)
    part = cut(np.full(20_000, 3), films, np.zeros(20_000, bool), dict.fromkeys(("test", "validation"), 0), 0)
    shares = pd.Series(part).value_counts(normalize=True).to_dict()
    assert shares == pytest.approx({"classifier": 0.45, "generator": 0.35, "judge": 0.2}, abs=0.02)


def test_films_without_a_label_all_go_to_the_generator():
    stars = np.array([0, 0, 4, 0])
    part = cut(
        stars, np.array([0, 1, 2, 1]), np.zeros(4, bool), dict.fromkeys(("test", "validation"), 0), seed=0
    )
    assert set(part[stars == 0]) == {"generator"}


def test_the_same_seed_makes_the_same_cut(planted):
    stars, films = planted["stars"].to_numpy(), planted["film"].astype("category").cat.codes.to_numpy()
    cuts = [
        cut(stars, films, np.ones(len(stars), bool), {"test": 5, "validation": 5}, seed) for seed in (1, 1, 2)
    ]
    assert (cuts[0] == cuts[1]).all()
    assert (cuts[0] != cuts[2]).any()


def test_a_stray_leaves_the_earlier_part():
    part = np.array(["generator", "test", "classifier", "", "judge"], dtype=object)
    pairs = np.array([[0, 1], [0, 2], [3, 4]])
    assert strays(part, pairs).tolist() == [True, False, True, False, False]
    assert not strays(part, np.zeros((0, 2), int)).any()


def test_a_film_keeps_at_most_the_cap_of_each_star():
    films = np.array(["a"] * 50 + ["b"] * 3 + [None] * 9, dtype=object)
    stars = np.array([1, 2] * 25 + [1] * 3 + [5] * 9)
    keep = cap(films, stars, 4, np.random.default_rng(0))
    table = pd.DataFrame({"film": films, "stars": stars})[keep]
    assert table.groupby(["film", "stars"]).size().to_dict() == {("a", 1): 4, ("a", 2): 4, ("b", 1): 3}
    assert keep[53:].all()  # reviews of unknown films are nobody's surplus
