"""Texts to stars: order, batches, truncation, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from revdemo.errors import RevdemoError
from revdemo.models.classifier import Prediction, StarClassifier, batches, encode, load_stars
from revdemo.models.quantization import Int8Linear
from tests.support.tiny import SENTENCES, tiny_encoder

CPU = torch.device("cpu")


def load(folder, config=None, **kind):
    tiny_encoder(folder, **kind)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return StarClassifier(model.eval(), tokenizer, SimpleNamespace(label="tiny"), config or {}, CPU)


@pytest.fixture(scope="module", params=["bert", "distilbert"])
def classifier(request, tmp_path_factory):
    return load(
        tmp_path_factory.mktemp(request.param), {"max_length": 24, "head_tokens": 6}, kind=request.param
    )


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return AutoTokenizer.from_pretrained(tiny_encoder(tmp_path_factory.mktemp("encoder")))


def test_a_batch_says_what_one_text_at_a_time_says(classifier):
    texts = [*SENTENCES, " ".join(SENTENCES)]
    together = classifier.predict(texts, batch_tokens=64)
    for text, prediction in zip(texts, together, strict=True):
        alone = classifier.predict([text])[0]
        assert prediction.stars == alone.stars
        assert prediction.probabilities == pytest.approx(alone.probabilities, abs=1e-5)


def test_only_a_text_longer_than_the_model_reads_is_truncated(classifier):
    assert not classifier.truncates("Slow.")
    assert classifier.truncates(" ".join(SENTENCES * 5))


def test_probabilities_are_five_and_sum_to_one(classifier):
    prediction = classifier.predict(["Slow, but the ending earns it."])[0]
    assert len(prediction.probabilities) == 5
    assert sum(prediction.probabilities) == pytest.approx(1)
    assert prediction.confidence == max(prediction.probabilities)
    assert prediction.probabilities[prediction.stars - 1] == prediction.confidence


def test_expected_is_the_mean_of_the_stars():
    assert Prediction(5, 0.5, (0.25, 0.0, 0.0, 0.25, 0.5)).expected == pytest.approx(3.75)


def test_the_temperature_of_the_checkpoint_flattens_but_does_not_move_the_answer(tmp_path):
    sharp, flat = load(tmp_path / "a", {"temperature": 0.01}), load(tmp_path / "b", {"temperature": 100.0})
    for one, other in zip(sharp.predict(SENTENCES), flat.predict(SENTENCES), strict=True):
        assert one.stars == other.stars
        assert one.confidence > other.confidence


def test_texts_are_cleaned_but_their_scores_stay(classifier, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "revdemo.models.classifier.encode", lambda texts, *rest: seen.extend(texts) or encode(texts, *rest)
    )
    classifier.predict(["A <b>good</b> film 😊, four stars from me https://example.com"])
    assert seen == ["A good film, four stars from me"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Good", True),
        ("Ein langsamer, aber schöner Film.", True),
        ("word " * 10_000, True),
        ("素晴らしい映画", True),
    ],
    ids=["one word", "German", "10,000 words", "Japanese"],
)
def test_odd_texts_get_an_answer(classifier, text, answer):
    assert (classifier.predict([text])[0].stars in range(1, 6)) is answer


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([""], "The text holds no words"),
        (["😊 🎬"], "The text holds no words"),
        (["good", " \n ", "bad"], "Text 2 of 3 holds no words"),
    ],
)
def test_a_text_without_words_is_refused_by_its_position(classifier, texts, message):
    with pytest.raises(RevdemoError, match=message):
        classifier.predict(texts)


def test_threads_do_not_disturb_each_other(classifier):
    alone = [classifier.predict([text])[0].stars for text in SENTENCES]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: classifier.predict([text])[0].stars, SENTENCES))
    assert together == alone


def test_the_settings_name_the_classifier(settings, tmp_path):
    tiny_encoder(tmp_path / "named")
    (tmp_path / "named" / "revdemo.json").write_text(
        '{"max_length": 32, "head_tokens": 8, "temperature": 2.0}'
    )
    named = settings.model_copy(update={"stars_model": str(tmp_path / "named"), "quantize": "int8"})
    classifier = load_stars(named)
    assert (classifier.max_length, classifier.head_tokens, classifier.temperature) == (32, 8, 2.0)
    assert any(isinstance(layer, Int8Linear) for layer in classifier.model.modules())
    assert classifier.predict(["Slow, but the ending earns it."])[0].stars in range(1, 6)


def test_no_texts_give_no_predictions(classifier):
    assert classifier.predict([]) == []


def test_progress_ends_at_all(classifier):
    seen = []
    classifier.predict(SENTENCES, batch_tokens=100, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == (len(SENTENCES), len(SENTENCES))


@pytest.mark.parametrize("labels", [1, 2, 3])
def test_a_model_without_five_labels_is_refused(tmp_path, labels):
    with pytest.raises(RevdemoError, match=rf"tiny has {labels} labels?, and revdemo needs 5"):
        load(tmp_path, labels=labels)


def test_a_short_text_is_encoded_whole(tokenizer):
    text = "Bad jokes, good songs."
    assert encode([text], tokenizer, 24, 6) == [tokenizer(text)["input_ids"]]


@pytest.mark.parametrize(("max_length", "head"), [(12, 4), (12, 0), (12, 10), (24, 6)])
def test_a_long_text_keeps_its_head_and_its_tail(tokenizer, max_length, head):
    text = " ".join(SENTENCES)
    whole = tokenizer(text, add_special_tokens=False)["input_ids"]
    row = encode([text], tokenizer, max_length, head)[0]
    tail = max_length - 2 - head
    assert row == [tokenizer.cls_token_id, *whole[:head], *whole[len(whole) - tail :], tokenizer.sep_token_id]


@pytest.mark.parametrize("budget", [1, 10, 30, 1000])
def test_batches_hold_every_text_once_and_keep_to_the_budget(budget):
    lengths = [3, 9, 1, 7, 7, 2, 20]
    made = list(batches(lengths, budget))
    assert sorted(i for batch in made for i in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget
