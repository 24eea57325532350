"""Where the classifiers fail: what is measured on what, on scripted models."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from revdemo.errors import RevdemoError
from revdemo.evaluation.results import LimitsFile
from revdemo.intervals import as_json
from revdemo.reviews import STARS
from tests.support.fakes import FakeClassifier
from train import evaluate
from train.data import prepared
from train.measures import limits

WRITTEN = limits.read_written()
PLAIN = dict(zip(WRITTEN["plain"].map(limits.clean), WRITTEN["stars"], strict=True))


class Polarity:
    """Finds what it knows in plain English positive from 4 stars on, and everything else positive."""

    def __init__(self):
        self.source = SimpleNamespace(role="polarity", kind="named", revision="0123abcd")

    def predict(self, texts, progress=None):
        return [SimpleNamespace(positive=PLAIN.get(text, 5) > 3) for text in texts]


def literal():
    """Right about plain English; of everything else it says 5 stars."""
    fake = FakeClassifier(lambda text: int(PLAIN.get(text, 5)))
    fake.device = torch.device("cpu")
    return fake


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Product reviews with everything that has to go: films, a censored one, one without words, a repeat."""
    words = [f"The kettle number {chr(97 + i // 26)}{chr(97 + i % 26)} boils." for i in range(100)]
    rows = [(text, i % 5 + 1, "product" if i < 50 else "hotel") for i, text in enumerate(words)]
    rows += [("A film.", 1, "movie"), ("What a f*** kettle.", 1, "product"), ("!!!", 1, "product"), rows[0]]
    path = tmp_path / limits.PRODUCTS
    pd.DataFrame(rows, columns=["text", "stars", "domain"]).to_parquet(path)
    monkeypatch.setenv("REVDEMO_DATA", str(tmp_path))
    return tmp_path


def test_product_reviews_are_balanced_cleaned_and_no_films(data):
    rows = limits.read_products(per_star=10, seed=0)
    assert rows["stars"].value_counts().to_dict() == dict.fromkeys(STARS, 10)
    assert set(rows["domain"]) == {"product", "hotel"} and rows["text"].is_unique
    assert limits.read_products(10, 0).equals(rows) and not limits.read_products(10, 1).equals(rows)
    assert len(limits.read_products(100, 0)) == 100


def test_what_was_learned_from_is_left_out(data):
    rows = limits.read_products(10, 0)
    learned = [text.upper().replace(".", " ...") for text in rows["text"]]
    others = limits.read_products(10, 0, learned)
    assert len(others) == 50 and not set(others["text"]) & set(rows["text"])


def test_without_the_reviews_it_says_what_to_set(monkeypatch):
    monkeypatch.delenv("REVDEMO_DATA", raising=False)
    with pytest.raises(RevdemoError, match="Set REVDEMO_DATA"):
        limits.read_products(10, 0)


def test_the_written_reviews_are_as_the_note_says():
    kinds = WRITTEN.groupby("kind")["stars"].value_counts().unstack(fill_value=0)
    assert kinds.sum(axis=1).to_dict() == {"ironic": 40, "spanish": 20, "german": 10, "french": 10}
    assert (kinds.drop("ironic").nunique(axis=1) == 1).all(), "as many of each star"
    assert WRITTEN["text"].is_unique and not (WRITTEN["text"] == WRITTEN["plain"]).any()


def test_each_set_stands_beside_its_twin_in_plain_english(data):
    report = limits.measure(limits.read_products(10, 0), WRITTEN, literal(), Polarity())
    assert set(report["sets"]) == {"products", "ironic", "spanish", "german or french"}
    assert report["n"] == 50 + 80
    assert report["sets"]["products"]["exact"]["accuracy"].value == pytest.approx(0.2)
    spanish = report["sets"]["spanish"]
    assert spanish["exact"]["accuracy"].value == pytest.approx(0.2), "only its 5 stars are right"
    assert spanish["plain"]["exact"]["accuracy"].value == 1
    assert spanish["plain"]["exact"]["accuracy"].low == pytest.approx(0.839, abs=0.001), "Wilson's, of 20"
    assert spanish["difference"]["exact"]["accuracy"].high < 0
    ironic = report["polarity"]["ironic"]
    assert ironic["accuracy"].value == pytest.approx(10 / 40) and ironic["plain"]["accuracy"].value == 1
    assert report["polarity"]["spanish"]["n"] == 16, "none of 3 stars"
    assert "plain English 100.0%" in limits.summary(report)


def test_the_file_names_its_models_and_what_it_measured(data, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluate, "load_polarity", lambda settings: Polarity())
    monkeypatch.setattr(evaluate.registry, "is_there", lambda role, settings: True)
    rows = limits.read_products(2, 1).assign(stars=0)  # learned from without their stars
    rows.to_parquet(tmp_path / "rows.parquet")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "revdemo.json").write_text(json.dumps({"training_rows": prepared.rows_fingerprint(rows)}))
    classifier = literal()
    classifier.source.folder = folder
    monkeypatch.setattr(evaluate, "load_stars", lambda settings: classifier)
    out = ["--rows", str(tmp_path / "rows.parquet"), "--out", str(tmp_path)]
    evaluate.main(["limits", "--per-star", "10", *out])
    text = (tmp_path / "limits.json").read_text()
    report = json.loads(text)
    LimitsFile.model_validate_json(text)
    assert {role: own["revision"] for role, own in report["model"].items()} == {
        "stars": "0123abcd",
        "polarity": "0123abcd",
    }
    assert report["data"] == limits.fingerprint(limits.read_products(10, 0, rows["text"]), WRITTEN)
    assert report["command"].startswith("python -m train.evaluate limits --per-star 10")
    assert str(tmp_path) not in text


def test_no_text_of_others_is_in_the_file(data):
    report = limits.measure(limits.read_products(10, 0), WRITTEN, literal(), None)
    assert "kettle" not in json.dumps(as_json(report)) and report["polarity"] == {}
