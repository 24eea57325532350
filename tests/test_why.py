"""Why these stars: shares that add up, words put together again, sentences; and the command line."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from revdemo import why
from revdemo.classifier import StarClassifier
from revdemo.errors import RevdemoError
from revdemo.int8 import quantize
from revdemo.ngrams import NgramModel
from tests.tiny import SENTENCES, tiny_encoder

CPU = torch.device("cpu")
TEXT = "Great cast, great-looking music! It's not (at all) bad: zqj wonderful, don't you think?"
LONG = " ".join(SENTENCES[2:])


def star_classifier(folder, kind="bert", ngrams=True, quantized=False, dtype=torch.float32):
    """A random classifier with opinions: its layers and its n-gram model speak up."""
    model = AutoModelForSequenceClassification.from_pretrained(tiny_encoder(folder, kind=kind)).eval()
    model.requires_grad_(False)
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            layer.weight *= 6 if layer is not model.classifier else 40
    model.get_input_embeddings().weight *= 6
    if quantized:
        quantize(model, SimpleNamespace(quantize="int8"), CPU)
    weights = np.random.default_rng(0).normal(0, 3, (4096, 5))
    beside = NgramModel(np.ones(4096), weights, usual=3) if ngrams else None
    source = SimpleNamespace(label="tiny stars", warning=None, role="stars")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = {"max_length": 40, "head_tokens": 10, "temperature": 1.5}
    return StarClassifier(model.to(dtype), tokenizer, source, config, CPU, beside)


@pytest.fixture(scope="module", params=["bert", "distilbert"])
def classifier(request, tmp_path_factory):
    return star_classifier(tmp_path_factory.mktemp(request.param), request.param)


def shares(explanation):
    return np.array([word.share for word in explanation.words])


# --- shares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Great", TEXT, LONG, "ınteresting İstanbul ΟΔΟΣ naïve 7 a"])
@pytest.mark.parametrize("ngrams", [True, False])
def test_the_shares_add_up_to_what_the_words_change(tmp_path, text, ngrams):
    found = why.explain(star_classifier(tmp_path, ngrams=ngrams), text, steps=48)
    assert abs(found.expected - found.baseline) > 0.05
    assert found.remainder == pytest.approx(0, abs=0.01)
    assert np.abs(shares(found)).max() > 0.02


def test_more_steps_leave_less_of_a_remainder(classifier):
    few, many = (abs(why.explain(classifier, TEXT, steps).remainder) for steps in (2, 48))
    assert many < few


def test_what_is_explained_is_what_is_predicted(classifier):
    for text in (TEXT, LONG):
        [prediction] = classifier.predict([text])
        assert why.explain(classifier, text, 2).expected == pytest.approx(prediction.expected, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "tolerance"), [({"quantized": True}, 0.05), ({"dtype": torch.bfloat16}, 0.08)]
)
def test_a_lighter_model_is_explained_and_stays_as_it_is(tmp_path, options, tolerance):
    light = star_classifier(tmp_path, **options)
    [before] = light.predict([TEXT])
    found = why.explain(light, TEXT, steps=48)
    assert found.expected == pytest.approx(before.expected, abs=tolerance)
    assert found.remainder == pytest.approx(0, abs=0.01)
    assert light.predict([TEXT]) == [before]


def test_the_copy_is_made_once_and_shares_what_it_can(tmp_path):
    light = star_classifier(tmp_path, quantized=True)
    made = why._with_gradient(light)
    assert made is why._with_gradient(light) and made is not light.model
    assert (
        made.get_input_embeddings().weight.data_ptr() == light.model.get_input_embeddings().weight.data_ptr()
    )
    plain = star_classifier(tmp_path)
    assert why._with_gradient(plain) is plain.model


def test_a_word_that_only_the_ngram_model_reads_has_a_share(tmp_path):
    text = " ".join([*["film"] * 30, "lighthouse", *["film"] * 30])
    for ngrams, speaks in ((True, True), (False, False)):
        found = why.explain(star_classifier(tmp_path, ngrams=ngrams), text, steps=4)
        assert len(found.words) == 61
        assert (found.words[30].share != 0) is speaks


# --- n-grams --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Great", TEXT, LONG, "I a !", "İstanbul ΟΔΟΣ naïve, the-the the"])
@pytest.mark.parametrize("buckets", [8, 4096])
def test_the_parts_of_the_words_are_the_ngram_model_s_logits(text, buckets):
    model = NgramModel(np.linspace(1, 3, buckets), np.random.default_rng(1).normal(size=(buckets, 5)), 3)
    starts = [match.start() for match in why._CHUNK.finditer(text)]
    parts = why.by_words(model, text, starts, 5)
    assert parts.shape == (len(starts), 5)
    assert parts.sum(axis=0) == pytest.approx(model.logits([text])[0], abs=1e-4)


def test_the_part_of_a_pair_goes_to_both_its_words():
    model = NgramModel(np.ones(4096), np.ones((4096, 1)), 1)
    first, second = why.by_words(model, "not great", [0, 4], 1)
    assert first == pytest.approx(second) and first > 0


# --- words ----------------------------------------------------------------------------------------


def test_pieces_are_put_together_to_words_that_stand_where_they_say(classifier):
    found = why.explain(classifier, f"<b>{TEXT}</b> 🎬", steps=2)
    assert found.text == TEXT
    assert [word.text for word in found.words] == [
        "Great", "cast", "great-looking", "music", "It's", "not", "at", "all", "bad", "zqj", "wonderful",
        "don't", "you", "think",
    ]  # fmt: skip
    assert all(found.text[word.start : word.end] == word.text for word in found.words)


def test_marks_alone_are_a_word_of_their_own(classifier):
    found = why.explain(classifier, 'He said " and left.', steps=2)
    assert [word.text for word in found.words] == ["He", "said", '"', "and", "left"]


def test_the_strongest_words_are_those_of_the_largest_shares(classifier):
    found = why.explain(classifier, TEXT, steps=4)
    strongest = [abs(word.share) for word in found.strongest(3)]
    assert strongest == sorted(np.abs(shares(found)), reverse=True)[:3]


@pytest.mark.parametrize("text", ["", "😀 🎬", "<br/>"])
def test_a_text_without_words_is_refused(classifier, text):
    with pytest.raises(RevdemoError, match="no words"):
        why.explain(classifier, text)
    with pytest.raises(RevdemoError, match="no words"):
        why.sentences(classifier, text)


# --- sentences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("i liked it. it was long.", ["i liked it.", "it was long."]),
        ("Mr. Fox met J. R. Hare vs. Prof. Cat. Fine.", ["Mr. Fox met J. R. Hare vs. Prof. Cat.", "Fine."]),
        ("It was me, and I. Nobody else.", ["It was me, and I.", "Nobody else."]),
        ('"Help!" he cries. "No!" She left.', ['"Help!" he cries.', '"No!"', "She left."]),
        ("It cost 3.5 million. (A lot.) 2 stars of it shine.", 
         ["It cost 3.5 million.", "(A lot.)", "2 stars of it shine."]),
        ("Glued.Together", ["Glued.", "Together"]),
        ("no end", ["no end"]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_says(text, expected):
    assert why.split_sentences(text) == expected


def test_each_sentence_has_the_stars_it_has_alone(classifier):
    found = why.sentences(classifier, LONG)
    assert " ".join(sentence.text for sentence in found) == LONG
    alone = classifier.predict([found[3].text])[0]
    assert (found[3].stars, found[3].confidence) == (alone.stars, pytest.approx(alone.confidence, abs=1e-5))
    assert [one.text for one in why.sentences(classifier, LONG, most=2)] == [one.text for one in found[:2]]
