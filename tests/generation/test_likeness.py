"""The second filter: scores of texts, the file, and what it does in the loop."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from revdemo.errors import RevdemoError
from revdemo.generation.likeness import FEATURES, LIKENESS, Likeness, features, load_likeness
from revdemo.generation.loop import generate
from revdemo.generation.request import Request
from revdemo.models.ngrams import NgramModel
from tests.support.fakes import FakeClassifier, FakeGenerator, Sample

GOOD = "The harbour scenes are wonderful and the end is earned."
FLAT = "The movie is the movie and the movie is the movie."


def model(threshold: float = 0.5, **weights: float) -> Likeness:
    """A likeness model of the features named alone, each as it is."""
    count = len(FEATURES)
    chosen = np.array([weights.get(name, 0.0) for name in FEATURES])
    return Likeness(
        NgramModel(np.ones(64), np.zeros((64, 2)), 1.0),
        np.zeros(count),
        np.ones(count),
        chosen,
        0.0,
        threshold,
    )


class Surprising(Sample):
    """A sample that tells its likelihood: the longer, the more surprising."""

    @property
    def surprise(self) -> float:
        return float(len(self.text))


def test_features_say_what_can_be_counted():
    ngrams = NgramModel(np.ones(64), np.tile([0.0, 1.0], (64, 1)), 1.0)
    first, second = features(ngrams, [FLAT, GOOD], [2.5, 4.0])
    named = dict(zip(FEATURES, first, strict=True))
    assert named["nats"] == 2.5 and named["length"] == pytest.approx(np.log(11))
    assert named["different"] == pytest.approx(4 / 11) and named["repeated"] == pytest.approx(5 / 10)
    assert named["words"] > 0, "the n-gram model's real against its generated"
    assert second[FEATURES.index("repeated")] == 0


def test_a_score_is_a_probability_that_rises_with_its_features():
    scores = model(nats=1.0).scores([GOOD, GOOD], [-5.0, 5.0])
    assert 0 < scores[0] < 0.5 < scores[1] < 1
    assert model().scores([], []).tolist() == []


def test_a_text_without_words_has_a_score():
    assert np.isfinite(model(length=1.0, different=1.0).scores(["?"], [1.0])).all()


def test_a_file_gives_back_what_it_was_given(tmp_path):
    first = model(0.25, nats=1.0, repeated=-2.0)
    first.save(tmp_path / LIKENESS)
    again = load_likeness(SimpleNamespace(folder=tmp_path))
    texts, nats = [GOOD, FLAT], [1.0, 0.5]
    assert again.scores(texts, nats) == pytest.approx(first.scores(texts, nats), abs=1e-3)
    assert again.threshold == 0.25


def test_without_a_file_there_is_no_filter(tmp_path):
    assert load_likeness(SimpleNamespace(folder=tmp_path)) is None


def test_a_damaged_file_is_said(tmp_path):
    (tmp_path / LIKENESS).write_bytes(b"not a model")
    with pytest.raises(RevdemoError, match=r"likeness\.npz cannot be read"):
        load_likeness(SimpleNamespace(folder=tmp_path))


def run(texts, likeness, **fields):
    generator = FakeGenerator([[[Surprising(text) for text in texts]]])
    request = Request(4, rounds=1, round_size=len(texts), **fields)
    steps = list(
        generate(
            request,
            generator,
            FakeClassifier(lambda text: 4 if text != "Odd one out." else 2),
            likeness=likeness,
        )
    )
    return generator, {review.text: review.reason for review in steps[-1].run.reviews}


def test_what_reads_like_a_generated_text_is_rejected_after_its_stars():
    generator, reasons = run(
        [GOOD, FLAT, "Odd one out."], model(0.5, repeated=-8.0, words=0.0, different=2.0)
    )
    assert reasons == {GOOD: "", FLAT: "likeness", "Odd one out.": "stars"}
    assert generator.history[0]["likelihood"] is True


@pytest.mark.parametrize(("least", "reason"), [(None, "likeness"), (0.0, ""), (0.01, ""), (0.99, "likeness")])
def test_the_request_may_ask_for_more_or_less_likeness(least, reason):
    _, reasons = run([FLAT], model(0.5, repeated=-2.0), min_likeness=least)
    assert reasons == {FLAT: reason}


def test_without_a_model_nothing_is_asked_of_the_generator():
    generator, reasons = run([FLAT], None, min_likeness=0.9)
    assert reasons == {FLAT: ""} and "likelihood" not in generator.history[0]


def test_the_likelihood_counts():
    _, reasons = run([GOOD, "Short, and very good."], replace(model(0.5, nats=1.0), bias=-30.0))
    assert reasons == {GOOD: "", "Short, and very good.": "likeness"}
