"""The card of a balanced data set, as a whole and as the Hub reads it."""

from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard

from revdemo.generation.copies import build_copy_index
from revdemo.hub.dataset_card import CardFigures, Facts, card, figures, published
from revdemo.hub.markdown import plain
from revdemo.intervals import wilson
from tests.support.fakes_balance import tale

CARDS = Path(__file__).with_name("cards")
FACTS = Facts(
    name="my | <b>shop</b>.csv",
    file="data.parquet",
    real={1: 400, 2: 10, 3: 500, 4: 500, 5: 500},
    synthetic={1: 100, 2: 490},
    level=500,
    seed=7,
    settings={"tolerance": 0, "temperature": 0.9},
    models={
        "generator": {"label": "starter generator 0dc79986", "revision": "0dc79986d571"},
        "classifier": {"label": "starter stars 3f2a91c0", "revision": "3f2a91c0aaaa"},
    },
    rates={1: wilson(100, 140), 2: wilson(490, 2400)},
    judged={1: 140, 2: 2400},
    figures={
        "real": CardFigures(1910, 0.21, 0.71, 0.004, 60.2),
        "synthetic": CardFigures(590, 0.11, 0.52, 0.0, 53.4, longest_real=0, longest_training=14),
    },
    dropped={"no words": 3, "no rating": 0},
    renamed={"stars": "stars_original"},
    distance="Your table looks like what this generator writes.",
)


def test_the_whole_card_is_the_one_that_was_read():
    assert card(FACTS) == (CARDS / "dataset.md").read_text(encoding="utf-8")


def test_the_hub_reads_the_header():
    found = DatasetCard(card(FACTS)).data.to_dict()
    assert found == {
        "pretty_name": "my | <b>shop</b>.csv, balanced",
        "language": ["en"],
        "license": "unknown",
        "task_categories": ["text-classification"],
        "size_categories": ["1K<n<10K"],
        "tags": ["synthetic", "revdemo", "reviews"],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data.parquet"}]}],
    }


@pytest.mark.parametrize(
    "said",
    [
        "| 2 ★ | 10 | 490 | 500 |",
        "1,910 real reviews and 590 synthetic ones",
        "left out: 3 with no words.",
        "`stars` of the table is called `stars_original` here.",
        "| `seed` | 7 |",
        "| `temperature` | 0.9 |",
        "| generator | `starter generator 0dc79986` | `0dc79986d571` |",
        "| 2 ★ | 2,400 | 20.4% (18.9% to 22.1%) |",
        "| distinct-2, of as many words of each | 0.710 | 0.520 |",
        "| mean length in words | 60 | 53 |",
        "| longest run of words shared with a real row (from 13) | – | 0 |",
        "training text (from 13) | – | 14 |",
        "Your table looks like what this generator writes.",
        "for training and study",
        'load_dataset("path/to/this/folder", split="train")',
    ],
)
def test_the_card_tells(said):
    assert said in card(FACTS)


def test_a_filled_gap_is_not_said_to_lack_and_an_open_one_is():
    assert "The gap is not filled" not in card(FACTS)
    assert "2 ★ lacks 90" in card(replace(FACTS, synthetic={1: 100, 2: 400}))


@pytest.mark.parametrize("name", ["a\n---\nlicense: mit", "[x](http://example.org)", "`rm`", "a: b # c"])
def test_what_a_visitor_called_the_table_is_text_and_nothing_else(name):
    text = card(replace(FACTS, name=name))
    found = DatasetCard(text).data.to_dict()
    assert found["license"] == "unknown" and found["pretty_name"].startswith(name)
    heading = next(line for line in text.splitlines() if line.startswith("# "))
    assert "](" not in heading.replace("\\]", "") and heading.endswith(", balanced")


@pytest.mark.parametrize(
    "licence", ["cc-by-4.0", "mine # not yours", "see: LICENSE", "[x](http://example.org)"]
)
def test_a_licence_is_read_as_it_was_named(licence):
    found = DatasetCard(published(card(FACTS), "owner/table", licence))
    assert found.data.license == licence and found.data.configs == DatasetCard(card(FACTS)).data.configs
    assert 'load_dataset("owner/table", split="train")' in found.text
    assert f"whose licence its publisher gives as {plain(licence)}." in found.text
    assert "unknown" not in found.text and "](http" not in found.text.replace("\\]", "")


def test_what_its_user_wrote_into_a_card_stays():
    mine = card(FACTS).replace("## Quality", "## Mine\n\nRead this first.\n\n## Quality")
    mine = mine.replace("license: unknown", "license: mit\ncitation: me")
    found = published(mine, "owner/table", None)
    assert "## Mine\n\nRead this first." in found
    assert (DatasetCard(found).data.license, DatasetCard(found).data.citation) == ("mit", "me")


@pytest.mark.parametrize(
    ("rows", "size"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (100_000, "100K<n<1M"), (1_000_000, "1M<n<10M")],
)
def test_the_size_is_one_of_the_hubs(rows, size):
    facts = replace(FACTS, real={1: rows, 2: 0, 3: 0, 4: 0, 5: 0}, synthetic={})
    assert DatasetCard(card(facts)).data.size_categories == [size]


def test_figures():
    real = [tale(n, 5) for n in range(40)]
    synthetic = ["The same words again and again."] * 10 + [f"So it was: {real[0]}"]
    found = figures(real, synthetic, build_copy_index([tale(99, 1)]))
    ours, theirs = found["synthetic"], found["real"]
    assert (theirs.n, ours.n) == (40, 11)
    assert theirs.words == 14
    assert ours.near_duplicates == pytest.approx(9 / 11)
    assert theirs.near_duplicates == 0
    assert ours.distinct2 < theirs.distinct2
    assert ours.longest_real >= 13 and ours.longest_training == 0
    assert theirs.longest_real is None


def test_diversity_is_counted_over_as_many_words_of_each():
    texts = [tale(n, 5) for n in range(60)]
    found = figures(texts, texts[:20])
    assert found["real"].distinct1 == pytest.approx(found["synthetic"].distinct1, abs=0.05)


def test_without_synthetic_reviews_there_is_nothing_to_say_of_them():
    found = figures([tale(1, 5)], [])
    assert found["synthetic"].distinct1 is None and found["real"].distinct1 == 1
    assert "| distinct-1, of as many words of each | 1.000 | – |" in card(replace(FACTS, figures=found))
