"""From raw reviews to parts: what is dropped and why, what is written, and that it is whole."""

import json
import os
import random
import warnings

import numpy as np
import pandas as pd
import pytest

from revdemo.errors import RevdemoError
from revdemo.generation.copies import CopyIndex
from revdemo.reviews import clean, is_censored
from train import prepare
from train.data import cleaning
from train.data.sources import Columns
from train.data.split_by_film import PARTS, hidden_pairs, sampled_grams
from train.data.weights import counts, thin_out, weights

WORDS = [f"{first}{second}{third}" for first in "bdgklm" for second in "aeiou" for third in "nrst"]


def raw_table(rows: int = 700, seed: int = 0) -> pd.DataFrame:
    """Reviews of 140 films, mostly of 4 and 5 stars, each with traits that cleaning must deal with."""
    draw = random.Random(seed)
    ratings = draw.choices(range(1, 11), weights=[2, 1, 1, 2, 2, 2, 4, 4, 6, 6], k=rows)
    texts = [
        " ".join(draw.choices(WORDS, k=draw.randint(15, 60))) + f"!!!<br />I say {rating}/10."
        for rating in ratings
    ]
    return pd.DataFrame({"text": texts, "rating": ratings, "movie": [f"film {i % 140}" for i in range(rows)]})


ROWS = {
    "a review": ("So good!!! <br/>Really.", 8, 4, ""),
    "no score": ("So good, really.", float("nan"), 0, ""),
    "no text": (None, 8, 0, "no text"),
    "white space": (" \n", 8, 0, "no text"),
    "a censored insult": ("What a piece of s**t this is.", 1, 0, "censored insult"),
    "a rating of zero": ("So good, really.", 0, 0, "rating off the scale"),
    "a rating above the scale": ("So good, really.", 11, 0, "rating off the scale"),
    "too short": ("Good 😊 10/10", 10, 0, "under 3 words after cleaning"),
}


@pytest.mark.parametrize("text, rating, stars, dropped", ROWS.values(), ids=ROWS)
def test_prepare_row(text, rating, stars, dropped):
    cleaned, scored, *rest, grams = cleaning.prepare_row(text, rating, 10)
    assert rest == [stars, dropped]
    assert bool(cleaned) == bool(scored) == (not dropped)
    assert dropped == "" or not len(grams)


def test_scores_are_masked_in_the_text_to_learn_from_and_kept_beside_it():
    text, scored, stars, *_ = cleaning.prepare_row("Lovely, warm film. 8 out of 10!", 4, 5)
    assert (text, scored, stars) == ("Lovely, warm film!", "Lovely, warm film. 8 out of 10!", 4)


KINDS = pd.DataFrame(
    {
        "source": ["shop", "shop", "wear", "net", "net", "net"],
        "kind": ["Movies", "product", "x", "biz", "", "book"],
    }
)


@pytest.mark.parametrize(
    "kinds, otherwise, found",
    [
        ({}, None, ["film", "product", "", "", "", "book"]),
        ({"wear": "clothing", "biz": "hotel"}, None, ["film", "product", "clothing", "hotel", "", "book"]),
        ({"net": "film"}, "product", ["film", "product", "product", "film", "film", "film"]),
    ],
    ids=["usual names", "values of both columns", "a source comes first, the rest is the kind given"],
)
def test_kinds_are_named(kinds, otherwise, found):
    assert cleaning.name_kinds(KINDS, kinds, otherwise).tolist() == found


def test_duplicates_are_found_whatever_their_case_and_punctuation():
    table = pd.DataFrame(
        {"text": ["A fine film.", "Dull.", "a FINE film!", ""], "dropped": ["", "", "", "x"]}
    )
    cleaning.mark_duplicates(table)
    assert table["dropped"].tolist() == ["", "", "duplicate", "x"]


@pytest.mark.parametrize(
    "rarest, wanted, given",
    [(1000, (50, 25), (50, 25)), (100, (50, 25), (20, 10)), (10, (500, 250), (2, 1))],
)
def test_the_evaluation_parts_shrink_with_the_rarest_star(rarest, wanted, given):
    stars = np.repeat([1, 2, 3, 4, 5], [2000, 2000, rarest, 2000, 2000])
    assert tuple(prepare.quotas(stars, *wanted).values()) == given


def test_too_few_reviews_of_a_star_to_evaluate_on_are_refused():
    with pytest.raises(RevdemoError, match="rarest star has 0 reviews"):
        prepare.quotas(np.array([1, 2, 4, 5] * 50), 5, 5)


def test_weights_give_every_star_of_a_source_the_same_say():
    rows = pd.DataFrame({"stars": [1, 5, 5, 5, 3, 3, 4], "source": ["a"] * 4 + ["b"] * 3})
    weight = weights(rows)
    assert weight.mean() == pytest.approx(1)
    assert rows.assign(weight=weight).groupby(["source", "stars"])["weight"].sum().tolist() == [
        2,
        2,
        1.5,
        1.5,
    ]
    assert counts(rows) == [1, 0, 2, 1, 3]
    assert counts(rows, weight) == [2, 0, 2, 2, 2]


def test_thinning_out_counts_within_each_source():
    rows = pd.DataFrame({"stars": [1, 5, 5, 5, 3, 3, 4, 4, 4], "source": ["a"] * 4 + ["b"] * 5})
    left = thin_out(rows, 1.5, seed=0)
    assert left.groupby(["source", "stars"]).size().to_dict() == {
        ("a", 1): 1,
        ("a", 5): 1,
        ("b", 3): 2,
        ("b", 4): 3,
    }
    assert thin_out(rows, None, seed=0) is rows


def test_rows_without_a_score_are_dropped_and_counted(tmp_path, capsys):
    raw = raw_table(10)
    raw.loc[:2, "rating"] = None
    raw.to_csv(tmp_path / "mine.csv")
    raw.drop(columns="rating").to_csv(tmp_path / "free.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = prepare.read_all([f"{tmp_path}/mine.csv"], [f"{tmp_path}/free.csv"], Columns(), None)
    assert read["stars"].isna().tolist() == [False] * 7 + [True] * 10
    assert "read 10 reviews from mine.csv; dropped 3 without a score" in capsys.readouterr().out


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The arguments of a run on reviews of three kinds of trouble, and unlabelled ones beside them."""
    folder = tmp_path_factory.mktemp("raw")
    raw = raw_table()
    raw.loc[0, "rating"] = 12
    raw.loc[1, "text"] = "What a piece of s**t this is."
    raw.loc[2, "text"] = raw.loc[3, "text"]
    raw.to_json(folder / "mine.json", orient="records")
    free = raw_table(100, seed=1).drop(columns="rating")
    free.loc[50:, "movie"] = "film of its own"
    free.to_csv(folder / "free.csv")
    return [
        *(f"{folder}/mine.json", "--unlabelled", f"{folder}/free.csv", "--workers", "1"),
        *("--test", "6", "--validation", "4"),
    ]


@pytest.fixture(scope="module")
def prepared(job, tmp_path_factory):
    """The folder that a run has written, and what it said."""
    out = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        said = []
        patch.setattr("builtins.print", lambda *words, **_: said.append(" ".join(map(str, words))))
        assert prepare.main([*job, "--out", str(out)]) == 0
    return out, "\n".join(said)


def test_a_run_writes_its_parts_and_nothing_else(prepared):
    out, _ = prepared
    files = {"copies.npz", "fingerprint.json"} | {f"{name}.parquet" for name in PARTS}
    assert {file.name for file in out.iterdir()} == files
    parts = {name: pd.read_parquet(out / f"{name}.parquet") for name in PARTS}
    assert all(list(part.columns) == prepare.COLUMNS for part in parts.values())
    assert parts["test"]["stars"].value_counts().to_dict() == dict.fromkeys(range(1, 6), 6)
    assert parts["validation"]["stars"].value_counts().to_dict() == dict.fromkeys(range(1, 6), 4)
    assert [name for name, part in parts.items() if (part["stars"] == 0).any()] == ["generator"]
    films = [set(part["movie_id"]) for part in parts.values()]
    assert sum(map(len, films)) == len(set.union(*films))
    assert not any("10" in text or "!!" in text for text in pd.concat(parts)["text"])


def test_a_run_says_what_it_dropped_and_how_stars_are_balanced(prepared):
    out, said = prepared
    lines = {" ".join(line.split()) for line in said.splitlines()}
    assert {
        "dropped 1 rating off the scale",
        "dropped 1 censored insult",
        "dropped 1 duplicate",
    } <= lines
    classifier = pd.read_parquet(out / "classifier.parquet")
    before = " ".join(map(str, counts(classifier)))
    assert f"before balancing {before}" in lines
    assert "after balancing " + " ".join([str(round(len(classifier) / 5))] * 5) in lines


def test_the_copy_index_knows_the_generators_part_alone(prepared):
    out, _ = prepared
    copies = CopyIndex.load(out / "copies.npz")
    texts = {name: pd.read_parquet(out / f"{name}.parquet")["text"] for name in ("generator", "test")}
    assert texts["generator"].map(copies.is_copy).mean() > 0.9  # the rest are too short
    assert not texts["test"].map(copies.is_copy).any()


def test_the_fingerprint_is_that_of_the_data(prepared, job, tmp_path):
    out, _ = prepared
    written = json.loads((out / "fingerprint.json").read_text())
    assert written["dropped"] == {
        "rating off the scale": 1,
        "censored insult": 1,
        "duplicate": 1,
    }
    assert written["rows"] == {name: len(pd.read_parquet(out / f"{name}.parquet")) for name in PARTS}
    assert prepare.main([*job, "--out", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "fingerprint.json").read_text()) == written
    assert prepare.main([*job, "--out", str(tmp_path), "--seed", "1"]) == 0
    assert json.loads((tmp_path / "fingerprint.json").read_text())["sha256"] != written["sha256"]


def test_the_kind_is_a_column_and_changes_no_fingerprint(prepared, job, tmp_path):
    out, _ = prepared
    assert prepare.main([*job, "--out", str(tmp_path), "--kind", "movies"]) == 0
    written, before = (json.loads((own / "fingerprint.json").read_text()) for own in (tmp_path, out))
    assert written["sha256"] == before["sha256"]
    test = pd.read_parquet(tmp_path / "test.parquet")
    assert set(test["kind"]) == {"film"} and written["parts"]["test"]["kinds"] == {"film": len(test)}
    assert before["parts"]["test"]["kinds"] == {"unknown": len(test)}


@pytest.mark.parametrize("wrong", [["--kind", "lamp"], ["--kinds", "x=lamp"], ["--kinds", "film"]], ids=str)
def test_kinds_that_do_not_exist_are_refused(job, tmp_path, capsys, wrong):
    with pytest.raises(SystemExit):
        prepare.main([*job, "--out", str(tmp_path), *wrong])
    assert "is not" in capsys.readouterr().err


def test_a_run_that_dies_while_writing_leaves_the_parts_of_the_last_one(tmp_path, monkeypatch):
    rows = pd.DataFrame([("a b c", "a b c", 3, "f", "s", "film")], columns=prepare.COLUMNS)
    prepare.write(dict.fromkeys(PARTS, rows), {"sha256": "first"}, tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(prepare, "show_balance", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            prepare.write(dict.fromkeys(PARTS, rows.assign(stars=4)), {"sha256": "second"}, tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before
    prepare.write(dict.fromkeys(PARTS, rows.assign(stars=4)), {"sha256": "second"}, tmp_path)
    assert set(before) == {file.name for file in tmp_path.iterdir()}
    assert json.loads((tmp_path / "fingerprint.json").read_text()) == {"sha256": "second"}


@pytest.mark.parametrize(
    "table, arguments, message",
    [
        (
            raw_table(20).assign(rating=50),
            ["--rating-column", "rating", "--scale", "10"],
            "No review is left (20 rating off the scale)",
        ),
        (raw_table(20), [], "The rarest star has"),
        (raw_table(20), ["--text-column", "body"], "has no column 'body' for the text"),
    ],
)
def test_what_cannot_be_prepared_is_refused_in_one_line(tmp_path, capsys, table, arguments, message):
    table.to_csv(tmp_path / "mine.csv")
    out = tmp_path / "out"
    assert prepare.main([f"{tmp_path}/mine.csv", "--out", str(out), "--workers", "1", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_without_sources_the_folder_of_reviews_must_be_named(monkeypatch, capsys):
    monkeypatch.delenv("REVDEMO_DATA", raising=False)
    assert prepare.main([]) == 2
    assert "set REVDEMO_DATA" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--test", "--validation", "--cap", "--limit", "--scale"])
def test_sizes_are_one_or_more(flag, capsys):
    with pytest.raises(SystemExit):
        prepare.parse(["mine.csv", flag, "0"])
    assert "is not 1 or more" in capsys.readouterr().err


@pytest.mark.skipif(not os.environ.get("REVDEMO_DATA"), reason="REVDEMO_DATA names no folder of real reviews")
def test_real_reviews(tmp_path):
    assert prepare.main(["--limit", "6000", "--out", str(tmp_path), "--workers", "2"]) == 0
    parts = {name: pd.read_parquet(tmp_path / f"{name}.parquet") for name in PARTS}
    every = pd.concat(parts, names=["part"]).reset_index("part").reset_index(drop=True)
    assert len(every) > 4000
    assert (every.groupby("movie_id")["part"].nunique() == 1).all()
    pairs = hidden_pairs([sampled_grams(text) for text in every["text"]])
    part = every["part"].to_numpy()
    assert (part[pairs[:, 0]] == part[pairs[:, 1]]).all()
    for name in ("test", "validation"):
        assert parts[name]["stars"].value_counts().nunique() == 1
        assert set(parts[name]["source"]) == {"imdb-user-a"}
    assert every["text"].map(lambda text: clean(text) == text and not is_censored(text)).all()
