"""Polarity: what is prepared and held apart, what trains on tiny checkpoints, what is said and measured."""

import json
import multiprocessing.dummy
import random
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import revdemo
from revdemo.errors import RevdemoError
from revdemo.intervals import Rate, as_json
from revdemo.models.polarity import PolarityClassifier, PolarityPrediction, polarity_of
from tests.support import tiny
from tests.support.fakes import FakeClassifier
from train import polarity
from train.data import cleaning
from train.data import polarity as polarity_data
from train.data.prepared import rows_fingerprint
from train.fitting import adapters, commands, trainer
from train.fitting.recipes import FOLDER, PolarityRecipe
from train.measures import polarity as polarity_report

WORDS = [f"{first}{second}{third}" for first in "bdgklm" for second in "aeiou" for third in "nrst"]


def say(stars: int, number: int, words: int = 25) -> str:
    """A review that a few words tell apart from the opposite, of words that no other review has in a row."""
    draw = random.Random(f"{stars} {number}")
    verdict = {-1: "terrible", 0: "mixed", 1: "excellent"}[int(np.sign(stars - 3))]
    return f"A {verdict} thing. " + " ".join(draw.choices(WORDS, k=words)) + "."


def products(rows: int = 200) -> pd.DataFrame:
    """Reviews in the columns stars, title, text, of two sources that are mostly content."""
    stars = [(1, 5, 5, 2, 4, 3, 4, 5)[i % 8] for i in range(rows)]
    table = {"stars": stars, "title": ["Five Stars"] * rows, "source": [f"shop {i % 2}" for i in range(rows)]}
    return pd.DataFrame(table | {"text": [say(star, i) for i, star in enumerate(stars)]})


def labelled(rows: int = 100) -> pd.DataFrame:
    """Reviews in the columns of amazon_polarity."""
    label = [i % 2 for i in range(rows)]
    texts = [say(1 + 4 * own, 1000 + i) for i, own in enumerate(label)]
    return pd.DataFrame({"label": label, "title": "Of a kettle", "content": texts})


def films(rows: int, seed: int) -> pd.DataFrame:
    stars = [1 + i % 5 for i in range(rows)]
    texts = [say(star, 5000 + 1000 * seed + i) for i, star in enumerate(stars)]
    table = {"text": texts, "text_scored": texts, "stars": stars, "source": "imdb"}
    return pd.DataFrame(table | {"movie_id": [f"film {seed} {i // 4}" for i in range(rows)]})


@pytest.fixture(scope="module", autouse=True)
def threads():
    """Clean on threads: a process takes seconds to start."""
    with pytest.MonkeyPatch.context() as patch:
        own = SimpleNamespace(get_context=lambda _: multiprocessing.dummy)
        patch.setattr(cleaning, "multiprocessing", own)  # not the one that joblib has
        yield


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A folder of product reviews, and the parts of films in a folder of its own."""
    folder = tmp_path_factory.mktemp("raw")
    products().to_parquet(folder / "product_reviews.parquet")
    labelled().to_parquet(folder / "amazon_polarity.parquet")
    (folder / "films").mkdir()
    for seed, (name, rows) in enumerate([("classifier", 80), ("validation", 20), ("test", 40)]):
        films(rows, seed).to_parquet(folder / "films" / f"{name}.parquet")
    (folder / "films" / "fingerprint.json").write_text("{}")
    return folder


def prepared(folder, out, *arguments) -> dict[str, pd.DataFrame]:
    """The parts that the command makes of the tables in a folder."""
    tables = [str(path) for path in sorted(folder.glob("*.parquet"))]
    polarity.main(["prepare", *tables, "--out", str(out), "--workers", "1", *map(str, arguments)])
    return {path.stem: pd.read_parquet(path) for path in out.glob("*.parquet")}


@pytest.fixture(scope="module")
def data(raw, tmp_path_factory):
    """The folder of parts, and the parts."""
    out = tmp_path_factory.mktemp("polarity")
    shares = ("--validation", 0.2, "--test", 0.2)
    return SimpleNamespace(folder=out, parts=prepared(raw, out, "--films", raw / "films", *shares))


# --- preparing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text", "joined"),
    [
        ("Fine kettle", "It boils.", "Fine kettle. It boils."),
        ("", "It boils.", "It boils."),
        (None, "It boils.", "It boils."),
        (float("nan"), "It boils.", "It boils."),
        ("Fine kettle", None, "Fine kettle"),
    ],
)
def test_title_and_text_are_one_text(title, text, joined):
    assert polarity_data.join(title, text) == joined


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": [0, 1], "content": ["a", "b"]}, "lacks the columns title: polarity needs label, title"),
        ({"stars": [1, 5], "text": ["a", "b"]}, "lacks the columns title"),
        ({"text": ["a", "b"]}, "lacks the columns stars, title"),
        ({"label": [1, 2], "title": ["a", "b"], "content": ["a", "b"]}, "labels other than 0"),
    ],
)
def test_a_table_that_is_no_polarity_data_is_refused(tmp_path, columns, message):
    pd.DataFrame(columns).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(RevdemoError, match=message):
        polarity_data.read_reviews(str(tmp_path / "a.parquet"))


def test_every_domain_is_in_every_part_and_films_stay_where_they_are(data, raw):
    assert set(data.parts) == {"train", "validation", "test"}
    for name, part in data.parts.items():
        assert set(part["domain"]) == {"films", "products", "amazon_polarity"}
        source = {"train": "classifier"}.get(name, name)
        own = pd.read_parquet(raw / "films" / f"{source}.parquet")["text"]
        assert set(part.loc[part["domain"] == "films", "text"]) == set(own)


def test_headlines_that_state_the_score_are_masked(data):
    for part in data.parts.values():
        assert not part["text"].str.contains("Five Stars").any()
    shop = data.parts["train"].query("domain == 'amazon_polarity'")
    assert shop["text"].str.startswith("Of a kettle. A ").all()


def test_evaluation_is_even_within_each_source(data):
    for name in ("validation", "test"):
        part = data.parts[name].query("domain != 'films' and stars != 3")
        for _, source in part.groupby("source"):
            assert (source["stars"] > 3).sum() == (source["stars"] < 3).sum()


def test_the_fingerprint_vouches_for_the_parts_and_says_what_is_in_them(data, raw, tmp_path):
    made = json.loads((data.folder / "fingerprint.json").read_text())
    assert made["parts"]["test"]["films"] == {
        "negative": 16, "three_stars": 8, "positive": 16, "groups": 10,
    }  # fmt: skip
    again = prepared(raw, tmp_path, "--films", raw / "films", "--validation", 0.2, "--test", 0.2)
    assert json.loads((tmp_path / "fingerprint.json").read_text()) == made
    assert again["test"].equals(data.parts["test"])
    other = prepared(raw, tmp_path, "--no-films", "--seed", 1)
    assert json.loads((tmp_path / "fingerprint.json").read_text())["sha256"] != made["sha256"]
    assert "films" not in set(other["train"]["domain"])


def near_copy(text: str) -> str:
    """The text with another end."""
    return " ".join(text.split()[:-6]) + " and other words follow here instead."


def test_planted_copies_never_stand_on_both_sides(tmp_path):
    """Exact copies are dropped; near copies, also across tables and of films, share a part or are dropped."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "films").mkdir()
    own, shop = products(), labelled()
    exact = own.assign(title="Great")  # another title alone does not make it another review
    exact["text"] = own["text"].str.upper()
    near = shop.assign(content=own["text"].map(near_copy)[: len(shop)])
    pd.concat([own, exact, own]).to_parquet(tmp_path / "raw" / "product_reviews.parquet")
    pd.concat([shop, near]).to_parquet(tmp_path / "raw" / "amazon_polarity.parquet")
    for seed, name in enumerate(polarity_data.FILM_PARTS):
        table = films(20, seed)
        table.to_parquet(tmp_path / "films" / f"{name}.parquet")
        stolen = pd.DataFrame({"label": 1, "title": "Of a film", "content": table["text"].map(near_copy)})
        stolen.to_parquet(tmp_path / "raw" / f"stolen_{name}.parquet")
    (tmp_path / "films" / "fingerprint.json").write_text("{}")
    parts = prepared(tmp_path / "raw", tmp_path / "out", "--films", tmp_path / "films", "--test", 0.4)

    whole = pd.concat([part.assign(part=name) for name, part in parts.items()])
    key = whole["text"].str.lower().str.replace(r"^great. ", "", regex=True)
    key = key.str.replace("of a kettle. ", "").str.split().str[3:15].str.join(" ")  # a review's first words
    assert key.duplicated().any(), "near copies are kept"
    assert (whole.groupby(key)["part"].nunique() == 1).all()
    assert not whole["domain"].str.startswith("stolen").any()
    words = whole["text"].str.lower().str.replace(r"\W+", " ", regex=True)
    assert not words.duplicated().any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--validation", "1"], "--validation and --test"), (["--test", "-1"], "--test"), ([], "REVDEMO_DATA")],
)
def test_preparing_refuses_in_one_line(monkeypatch, capsys, arguments, message):
    monkeypatch.delenv("REVDEMO_DATA", raising=False)
    assert commands.run(polarity.main, ["prepare", *arguments]) == 2
    assert message in capsys.readouterr().err


# --- what is chosen to train on -----------------------------------------------------------------------------


def rows_of(counts: dict[tuple[str, int], int]) -> pd.DataFrame:
    """So many reviews of each domain and stars, every domain its own source."""
    rows = [
        (domain, stars, f"{domain} {stars} {i}") for (domain, stars), n in counts.items() for i in range(n)
    ]
    table = pd.DataFrame(rows, columns=["domain", "stars", "text"])
    return table.assign(source=table["domain"], group=table["text"])


def test_training_is_even_over_domains_and_polarity():
    rows = rows_of({("a", 1): 5, ("a", 5): 90, ("b", 2): 40, ("b", 4): 60, ("b", 3): 30, ("a", 3): 3})
    recipe = PolarityRecipe(base="x", mode="full", rows=55, three_stars=0.1)
    chosen = polarity.choose_rows(rows, recipe)
    assert chosen.groupby(["domain", chosen["stars"].map(polarity.HALF)]).size().to_dict() == {
        ("a", 0.0): 5,
        ("a", 0.5): 2,
        ("a", 1.0): 5,
        ("b", 0.0): 20,
        ("b", 0.5): 3,
        ("b", 1.0): 20,
    }
    assert not chosen["text"].duplicated().any()
    everything = polarity.choose_rows(rows, recipe.model_copy(update={"rows": None, "three_stars": 0.0}))
    assert everything["stars"].map(polarity.HALF).value_counts().to_dict() == {0.0: 45, 1.0: 45}


def test_rows_of_one_polarity_are_refused():
    with pytest.raises(RevdemoError, match="negative and positive"):
        polarity.choose_rows(rows_of({("a", 5): 9}), PolarityRecipe(base="x", mode="full"))


# --- what is taught -----------------------------------------------------------------------------------------


def test_the_loss_is_cross_entropy_where_a_review_is_clear_and_0_at_the_middle_of_a_middling_one():
    logits = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0.0, 1, 1, 0, 1, 0])
    expected = torch.nn.functional.cross_entropy(logits, labels.long())
    torch.testing.assert_close(polarity.polarity_loss(SimpleNamespace(logits=logits), labels), expected)
    by_steps = polarity.polarity_loss(SimpleNamespace(logits=logits), labels, num_items_in_batch=12)
    torch.testing.assert_close(by_steps, expected / 2)
    even = SimpleNamespace(logits=torch.ones(3, 2))
    assert polarity.polarity_loss(even, torch.full((3,), 0.5)) == 0


def test_a_head_of_five_stars_becomes_one_of_two_labels(tmp_path):
    tiny.tiny_encoder(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    five = model.classifier.weight.clone()
    polarity.fold_head(model)
    torch.testing.assert_close(model.classifier.weight[0], (five[0] + five[1]) / 2)
    torch.testing.assert_close(model.classifier.weight[1], (five[3] + five[4]) / 2)
    ids = AutoTokenizer.from_pretrained(tmp_path)("Good songs.", return_tensors="pt")
    assert model(**ids).logits.shape == (1, 2) and model.config.num_labels == 2


@pytest.mark.parametrize(("padding", "width"), [("longest", 4), ("max_length", 16)])
def test_batches_are_padded_as_the_recipe_says(tmp_path, padding, width):
    tokenizer = AutoTokenizer.from_pretrained(tiny.tiny_encoder(tmp_path))
    recipe = PolarityRecipe(base="x", mode="full", max_length=16, head_tokens=4, padding=padding)
    rows = [
        {"input_ids": [2, 9, 9, 3], "labels": 1.0, "length": 4},
        {"input_ids": [2, 3], "labels": 0.5, "length": 2},
    ]
    batch = polarity.collate(tokenizer, recipe)(rows)
    assert batch["input_ids"].shape == (2, width)
    assert batch["attention_mask"].sum(dim=1).tolist() == [4, 2]
    assert batch["labels"].tolist() == [1.0, 0.5] and set(batch) == {"input_ids", "attention_mask", "labels"}


# --- the neutral band ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "limits", "answer"),
    [
        (0.2, (0.3, 0.7), "negative"),
        (0.3, (0.3, 0.7), "neutral"),
        (0.7, (0.3, 0.7), "neutral"),
        (0.71, (0.3, 0.7), "positive"),
        (0.5, (0.5, 0.5), "negative"),
        (0.51, (0.5, 0.5), "positive"),
    ],
)
def test_neutral_lies_between_the_limits(probability, limits, answer):
    assert polarity_of(probability, *limits) == answer


def test_the_limits_catch_the_middle_and_spare_the_clear():
    draw = np.random.default_rng(0)
    clear = np.concatenate([draw.beta(1, 12, 500), draw.beta(12, 1, 500)])
    middle = draw.beta(6, 4, 300)
    limits = polarity.neutral_limits(clear, middle, most=0.05)
    low, high = limits
    assert 0 < low < 0.5 < high < 1
    assert ((clear >= low) & (clear <= high)).mean() <= 0.05
    assert ((middle >= low) & (middle <= high)).mean() > 0.8
    wider = polarity.neutral_limits(clear, middle, most=0.2)
    assert wider[0] <= low and high <= wider[1]


@pytest.mark.parametrize(
    "clear, middle", [(np.array([0.1, 0.9]), np.zeros(0)), (np.full(9, 0.5), np.full(9, 0.5))]
)
def test_without_a_middle_to_choose_by_there_is_no_band(clear, middle):
    assert polarity.neutral_limits(clear, middle, most=0.1) is None


# --- the table by epoch -------------------------------------------------------------------------------------


def log(*pairs: tuple[float, float]) -> list[dict]:
    """A trainer's log: an epoch for each pair of training and validation loss."""
    scores = {f"eval_{name}": 0.9 for name in ("accuracy", "f1", "precision", "recall")}
    return [
        entry
        for epoch, (own, validation) in enumerate(pairs, start=1)
        for entry in (
            {"loss": own + 0.1, "epoch": epoch - 0.5},
            {"loss": own - 0.1, "epoch": epoch},
            {"eval_loss": validation, "epoch": epoch, **scores},
        )
    ]


def test_the_table_has_a_row_for_each_evaluation():
    made = polarity.table_by_epoch([*log((0.6, 0.5), (0.4, 0.45)), {"eval_loss": 0.4, "epoch": 2}])
    assert [row["training_loss"] for row in made] == pytest.approx([0.6, 0.4])
    assert [row["validation_loss"] for row in made] == [0.5, 0.45]
    assert list(made[0]) == [
        "epoch",
        "training_loss",
        "validation_loss",
        "accuracy",
        "f1",
        "precision",
        "recall",
    ]
    shown = polarity.show_table(made)
    assert "training loss" in shown.splitlines()[0] and "0.4500" in shown.splitlines()[2]


@pytest.mark.parametrize(
    ("losses", "warned"),
    [
        ([(0.5, 0.4), (0.3, 0.35)], False),
        ([(0.5, 0.2), (0.15, 0.18)], False),  # learned most of it in the first epoch
        ([(0.3, 0.1), (0.2, 0.05)], True),
    ],
)
def test_a_validation_loss_far_below_the_training_loss_is_explained(losses, warned):
    shown = polarity.show_table(polarity.table_by_epoch(log(*losses)))
    assert ("stand on both sides" in shown) is warned


# --- training -----------------------------------------------------------------------------------------------


def train(folder, data, **values) -> dict:
    """Train by a recipe of these values; returns the log."""
    folder.mkdir(exist_ok=True)
    recipe = {"mode": "adapter", "rank": 4, "max_length": 48, "head_tokens": 16, "rows": 64, "epochs": 2}
    recipe |= {
        "batch_size": 16,
        "accumulation": 1,
        "learning_rate": 1e-2,
        "warmup": 0,
        "precision": "float32",
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(recipe | values))
    polarity.main(["--recipe", str(folder / "mine.yaml"), "--data", str(data.folder), "--out", str(folder)])
    return json.loads((folder / "training.json").read_text())


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(tiny.tiny_encoder(tmp_path_factory.mktemp("base"), labels=2))


@pytest.fixture(scope="module")
def trained(data, base, tmp_path_factory):
    """An adapter trained in two epochs, which are too few for limits of its own."""
    folder = tmp_path_factory.mktemp("trained") / "polarity"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polarity, "neutral_limits", lambda clear, middle, most: (0.3, 0.7))
        train(folder, data, base=base, three_stars=0.25, ngrams=4096)
    return folder


def test_a_trained_classifier_predicts_in_the_app(trained, settings):
    classifier = revdemo.load_polarity(settings.model_copy(update={"polarity_model": str(trained)}))
    config = json.loads((trained / "revdemo.json").read_text())
    assert (config["role"], config["labels"], classifier.max_length) == ("polarity", 2, 48)
    assert classifier.neutral == (0.3, 0.7) and classifier.ngrams is not None
    good, bad = classifier.predict([say(5, 1), say(1, 2)])
    assert good.probability > bad.probability, "the words tell, whatever two epochs taught the rest"
    found = classifier.predict([*tiny.SENTENCES, "Bad <b>jokes</b>."])
    assert all(one.polarity == polarity_of(one.probability, 0.3, 0.7) for one in found)
    assert all(0 <= one.probability <= 1 for one in found)
    with pytest.raises(RevdemoError, match="holds no words"):
        classifier.predict(["!"])


def test_the_rows_and_the_table_are_kept_beside_the_weights(trained):
    rows = pd.read_parquet(trained / "training_rows.parquet")
    config = json.loads((trained / "revdemo.json").read_text())
    assert config["training_rows"] == rows_fingerprint(rows)
    assert len(rows) == 64 and 0 < (rows["stars"] == 3).sum() < 20
    kept = polarity.table_by_epoch(json.loads((trained / "training.json").read_text())["log"])
    assert [row["epoch"] for row in kept] == [1, 2]


def test_training_goes_on_from_a_star_adapter(data, tmp_path, tmp_path_factory):
    stars = tiny.tiny_encoder(tmp_path_factory.mktemp("stars"), labels=5)
    shape = {"base": str(stars), "mode": "adapter", "rank": 4, "max_length": 48, "head_tokens": 16}
    recipe = PolarityRecipe(**shape)
    model, tokenizer = trainer.load_base(AutoModelForSequenceClassification, recipe, num_labels=5)
    model = adapters.make_trainable(model, recipe, polarity.HEAD, "SEQ_CLS")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.fill_(0.1)
    model.save_pretrained(tmp_path / "adapter", save_embedding_layers=False)
    (tmp_path / "adapter" / "revdemo.json").write_text('{"labels": 5}')

    begun, _ = polarity.load(PolarityRecipe(**shape, start=str(tmp_path / "adapter")))
    ids = tokenizer("Good songs.", return_tensors="pt")
    with torch.no_grad():
        five, two = model.eval()(**ids).logits[0], begun.eval()(**ids).logits[0]
    torch.testing.assert_close(two, torch.stack([five[:2].mean(), five[3:].mean()]))
    train(tmp_path / "out", data, base=str(stars), start=str(tmp_path / "adapter"), epochs=1)
    assert json.loads((tmp_path / "out" / "revdemo.json").read_text())["labels"] == 2


def test_the_original_recipe_trains_a_bert_as_it_is_but_for_its_size(data, tmp_path, base, settings, capsys):
    recipe = yaml.safe_load((FOLDER / "polarity" / "original.yaml").read_text())
    kept = train(tmp_path, data, **recipe | {"base": base, "max_length": 64, "head_tokens": 62, "warmup": 5})
    table = polarity.table_by_epoch(kept["log"])
    assert [row["epoch"] for row in table] == [1, 2, 3]
    assert polarity.show_table(table) in capsys.readouterr().out
    assert (tmp_path / "model.safetensors").exists()
    named = settings.model_copy(update={"polarity_model": str(tmp_path)})
    assert len(PolarityClassifier.load(named).predict(tiny.SENTENCES)) == len(tiny.SENTENCES)


def test_training_before_preparing_is_refused(tmp_path, capsys):
    assert commands.run(polarity.main, ["--data", str(tmp_path), "--recipe", "starter-cpu"]) == 2
    assert "Run python -m train.polarity prepare" in capsys.readouterr().err


def test_a_model_of_five_labels_is_no_polarity_classifier(settings, tmp_path):
    tiny.tiny_encoder(tmp_path, labels=5)
    with pytest.raises(RevdemoError, match=r"has 5 labels.*--polarity-model"):
        revdemo.load_polarity(settings.model_copy(update={"polarity_model": str(tmp_path)}))


# --- measuring ----------------------------------------------------------------------------------------------


def hear(text: str) -> PolarityPrediction:
    share = 0.5 if "mixed" in text else 0.9 if "excellent" in text else 0.1
    return PolarityPrediction(polarity_of(share, 0.4, 0.6), share)


@pytest.fixture
def listener(trained):
    """A polarity classifier that is always right, with the log and the rows of the trained one."""
    fake = FakeClassifier(hear)
    fake.source.folder, fake.neutral = trained, (0.4, 0.6)
    return fake


def test_polarity_json_has_what_the_page_reads(data, trained, listener, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("REVDEMO_DATA", str(tmp_path))
    typed = pd.DataFrame({"text": [say(5, 1), say(3, 2)], "report_says": ["positive", "positive"]})
    typed.to_csv(tmp_path / "hand_typed.csv", index=False)
    args = SimpleNamespace(data=data.folder, rows=trained / "training_rows.parquet", limit=None, seed=0)
    stars = FakeClassifier(lambda text: 5)
    report = polarity_report.evaluate(args, listener, stars)
    clear = data.parts["test"].query("stars != 3")
    assert report["n"] == len(clear) and report["groups"] == clear["group"].nunique()
    perfect = Rate(1.0, 1.0, 1.0)
    assert all(report[name] == perfect for name in ("accuracy", "precision", "recall", "f1"))
    negative, positive = (clear["stars"] < 3).sum(), (clear["stars"] > 3).sum()
    assert report["confusion"] == [[negative, 0], [0, positive]]
    assert set(report["domains"]) == {"films", "products", "amazon_polarity"}
    assert report["from_stars"]["domains"]["films"]["accuracy"].value == 0.5
    assert report["from_stars"]["domains"]["films"]["recall"].value == 1
    assert report["baseline"]["domains"]["products"]["n"] == report["domains"]["products"]["n"]
    assert report["difference_from_stars"]["accuracy"].low > 0
    assert report["neutral"]["three_star_share"].value == 1
    assert report["neutral"]["other_share"].value == 0
    assert [row["epoch"] for row in report["epochs"]] == [1, 2]
    assert report["hand_typed"] == [
        {"n": 1, "report_says": "positive", "predicted": "positive", "probability": 0.9},
        {"n": 2, "report_says": "positive", "predicted": "neutral", "probability": 0.5},
    ]
    assert "excellent" not in json.dumps(as_json(report))
    assert "from_stars" in capsys.readouterr().out


def test_other_rows_than_the_classifiers_are_refused(trained, tmp_path):
    config = json.loads((trained / "revdemo.json").read_text())
    pd.read_parquet(trained / "training_rows.parquet")[1:].to_parquet(tmp_path / "rows.parquet")
    for path in (tmp_path / "rows.parquet", tmp_path / "none.parquet"):
        with pytest.raises(RevdemoError, match="does not hold the reviews"):
            polarity_report.read_rows(path, config)


def test_intervals_resample_groups(listener):
    part = pd.DataFrame({"stars": [1, 5] * 20, "domain": "films", "source": "a"})
    part["text"] = [say(star if i >= 8 else 6 - star, i) for i, star in enumerate(part["stars"])]
    widths = []
    for groups in ([i // 8 for i in range(40)], range(40)):
        report = polarity_report.measure(part.assign(group=groups), listener, FakeClassifier(4), part)
        assert report["accuracy"].value == pytest.approx(0.8) and report["neutral"] is None
        widths.append(report["accuracy"].high - report["accuracy"].low)
    assert widths[0] > 1.3 * widths[1]


def test_agreement_counts_clear_requests_with_words(listener):
    rows = [(1, 1, True), (2, 2, True), (4, 4, True), (5, 1, True), (5, 5, False), (3, 5, True)]
    reviews = pd.DataFrame(
        [(asked, say(wrote, i), 4.0, kept) for i, (asked, wrote, kept) in enumerate(rows)]
        + [(5, "", np.nan, False)],
        columns=["requested", "text", "filter", "accepted"],
    )
    found = polarity_report.polarity_agreement(reviews, listener)
    assert (found["n"], found["value"]) == (4, 0.75) and found["low"] < 0.75 < found["high"]
    assert found["by_stars"]["5"].value == 0 and found["by_stars"]["1"].value == 1
    assert (found["unfiltered"]["n"], found["unfiltered"]["value"]) == (5, 0.8)
    assert polarity_report.polarity_agreement(reviews.assign(accepted=False), listener) is None


def test_exact_copies_are_found_by_their_words():
    table = pd.DataFrame({"text": ["Fine kettle.", "fine KETTLE!"], "dropped": ""})
    cleaning.mark_duplicates(table)
    assert table["dropped"].tolist() == ["", "duplicate"]
