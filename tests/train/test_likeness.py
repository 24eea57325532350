"""Training the likeness model: what is written and drawn, and what the model learns."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from revdemo.errors import RevdemoError
from revdemo.generation.likeness import FEATURES, load_likeness
from tests.support.tiny import END, SENTENCES, tiny_causal
from train import likeness

REAL = [f"{first} {second}" for first in SENTENCES[2:] for second in SENTENCES[2:] if first != second]
MADE = [
    f"The film is the film and the film is {word}." for word in ["good", "bad", "long", "fine", "odd", "dull"]
]


def test_real_reviews_are_drawn_to_the_kinds_and_lengths_of_the_generated_ones():
    made = pd.DataFrame(
        {"text": ["one two three"] * 3 + ["word " * 25], "kind": ["film", "film", "hotel", "film"]}
    )
    rows = pd.DataFrame(
        {
            "text": ["a b c"] * 9 + ["word " * 27] * 9 + ["word " * 99],
            "kind": ["film"] * 18 + ["hotel"],
            "stars": 3,
        }
    )
    chosen = likeness.real(rows, made, 0)
    assert chosen.groupby(chosen["text"].str.len() > 9).size().to_dict() == {False: 2, True: 1}
    with pytest.raises(RevdemoError, match="No real review has the kind"):
        likeness.real(rows.assign(kind="book"), made, 0)


def test_the_model_tells_them_apart_and_nine_of_ten_real_ones_pass():
    draw = np.random.default_rng(0)
    real = pd.DataFrame({"text": REAL[:200], "nats": draw.normal(4, 0.3, 200), "real": 1})
    made = pd.DataFrame(
        {"text": [MADE[i % 6] for i in range(200)], "nats": draw.normal(3, 0.3, 200), "real": 0}
    )
    model, report = likeness.fit(pd.concat([real, made], ignore_index=True), 0)
    assert report["n"] == 400 and report["auc"] > 0.99 and report["generated_that_pass"] < 0.1
    assert set(report["weights"]) == set(FEATURES) and report["weights"]["nats"] > 0
    fresh = model.scores(REAL[200:300], draw.normal(4, 0.3, 100))
    assert (fresh >= model.threshold).mean() > 0.8
    assert (model.scores(MADE, [3.0] * 6) < model.threshold).all()


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    folder = tiny_causal(tmp_path_factory.mktemp("generator"))
    config = {
        "role": "generator",
        "end_token": END,
        "max_tokens": 24,
        "prefix": "A {kind} review of {stars}.",
    }
    (folder / "revdemo.json").write_text(json.dumps(config | {"bare_prefix": "A {kind} review."}))
    return folder


def test_the_command_writes_a_model_beside_the_generator_and_resumes(writer, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(likeness, "ROUND", 12)
    data = tmp_path / "data"
    data.mkdir()
    texts = REAL * 2
    table = pd.DataFrame({"text": texts, "stars": [1 + i % 5 for i in range(len(texts))], "source": "s"})
    table.assign(movie_id=None, kind=["film", "hotel"] * (len(texts) // 2)).to_parquet(
        data / "generator.parquet"
    )
    (data / "fingerprint.json").write_text("{}")
    streams, write = [], likeness._round

    def write_round(generator, kind, star, number):
        """What a round wrote, and words where the tiny model wrote none that came to an end."""
        streams.append((kind, star, number))
        found = write(generator, kind, star, number)
        return found + [(f"{MADE[i % 6]} {kind} {star}", 3.0 + i / 10) for i in range(12 - len(found))]

    monkeypatch.setattr(likeness, "_round", write_round)
    arguments = ["--generator", str(writer), "--data", str(data), "--samples", "12"]
    arguments += ["--work", str(tmp_path / "work")]
    likeness.main(arguments)
    assert streams == [(kind, star, 0) for kind in ("film", "hotel") for star in range(1, 6)]
    assert 0 < load_likeness(SimpleNamespace(folder=writer)).threshold < 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["n"] > 100
    kept = next((tmp_path / "work").iterdir())
    kept.write_text(kept.read_text()[:-20])  # killed while the last round was written
    likeness.main([*arguments, "--out", str(tmp_path / "other")])
    assert streams[10:] == [("hotel", 5, 0)]
    assert (tmp_path / "other" / "likeness.npz").exists()
