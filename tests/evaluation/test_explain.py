"""Why these stars: shares that add up, words put together again, sentences; and the command line."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from revdemo import api
from revdemo.cli import main
from revdemo.errors import RevdemoError
from revdemo.evaluation import explain
from revdemo.evaluation.results import WhyFile
from revdemo.models.classifier import StarClassifier
from revdemo.models.ngrams import NgramModel, count
from revdemo.models.quantization import quantize
from revdemo.ui import locale
from revdemo.ui.classify import explain as page
from revdemo.ui.page import build
from tests.support.fakes_metrics import why_file
from tests.support.fakes_ui import services
from tests.support.tiny import SENTENCES, tiny_encoder
from train import evaluate
from train.measures import explanations

CPU = torch.device("cpu")
TEXT = "Great cast, great-looking music! It's not (at all) bad: zqj wonderful, don't you think?"
LONG = " ".join(SENTENCES[2:])


def star_classifier(folder, kind="bert", ngrams=True, quantized=False, dtype=torch.float32):
    """A random classifier with opinions: its layers and its n-gram model speak up."""
    model = AutoModelForSequenceClassification.from_pretrained(tiny_encoder(folder, kind=kind)).eval()
    model.requires_grad_(False)
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            layer.weight *= 100 if layer is model.classifier else 10
    model.get_input_embeddings().weight *= 6
    if quantized:
        quantize(model, SimpleNamespace(quantize="int8"), CPU)
    weights = np.random.default_rng(0).normal(0, 3, (4096, 5))
    beside = NgramModel(np.ones(4096), weights, usual=3) if ngrams else None
    source = SimpleNamespace(label="tiny stars", warning=None, role="stars", revision="0" * 64)
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
    found = explain.explain(star_classifier(tmp_path, ngrams=ngrams), text, steps=48)
    assert np.abs(shares(found)).sum() > 0.05
    assert found.remainder == pytest.approx(0, abs=0.01)


def test_more_steps_leave_less_of_a_remainder(classifier):
    few, many = (abs(explain.explain(classifier, TEXT, steps).remainder) for steps in (2, 48))
    assert many < few


def test_what_is_explained_is_what_is_predicted(classifier):
    for text in (TEXT, LONG):
        [prediction] = classifier.predict([text])
        assert explain.explain(classifier, text, 2).expected == pytest.approx(prediction.expected, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "tolerance"), [({"quantized": True}, 0.05), ({"dtype": torch.bfloat16}, 0.08)]
)
def test_a_lighter_model_is_explained_and_stays_as_it_is(tmp_path, options, tolerance):
    light = star_classifier(tmp_path, **options)
    [before] = light.predict([TEXT])
    found = explain.explain(light, TEXT, steps=48)
    assert found.expected == pytest.approx(before.expected, abs=tolerance)
    assert found.remainder == pytest.approx(0, abs=0.01)
    assert light.predict([TEXT]) == [before]


def test_the_copy_is_made_once_and_shares_what_it_can(tmp_path):
    light = star_classifier(tmp_path, quantized=True)
    made = explain._with_gradient(light)
    assert made is explain._with_gradient(light) and made is not light.model
    assert (
        made.get_input_embeddings().weight.data_ptr() == light.model.get_input_embeddings().weight.data_ptr()
    )
    plain = star_classifier(tmp_path)
    assert explain._with_gradient(plain) is plain.model


def test_a_word_that_only_the_ngram_model_reads_has_a_share(tmp_path):
    text = " ".join([*["film"] * 30, "lighthouse", *["film"] * 30])
    for ngrams, speaks in ((True, True), (False, False)):
        found = explain.explain(star_classifier(tmp_path, ngrams=ngrams), text, steps=4)
        assert len(found.words) == 61
        assert (found.words[30].share != 0) is speaks


# --- n-grams --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Great", TEXT, LONG, "I a !", "İstanbul ΟΔΟΣ naïve, the-the the"])
@pytest.mark.parametrize("buckets", [8, 4096])
def test_the_parts_of_the_words_are_the_ngram_model_s_logits(text, buckets):
    model = NgramModel(np.linspace(1, 3, buckets), np.random.default_rng(1).normal(size=(buckets, 5)), 3)
    starts = [match.start() for match in explain._CHUNK.finditer(text)]
    parts = explain.by_words(model, text, starts, 5)
    assert parts.shape == (len(starts), 5)
    assert parts.sum(axis=0) == pytest.approx(model.logits([text])[0], abs=1e-4)


def test_the_part_of_a_pair_goes_to_both_its_words():
    model = NgramModel(np.ones(4096), np.ones((4096, 1)), 1)
    first, second = explain.by_words(model, "not great", [0, 4], 1)
    assert first == pytest.approx(second) and first > 0


# --- words ----------------------------------------------------------------------------------------


def test_pieces_are_put_together_to_words_that_stand_where_they_say(classifier):
    found = explain.explain(classifier, f"<b>{TEXT}</b> 🎬", steps=2)
    assert found.text == TEXT
    assert [word.text for word in found.words] == [
        "Great", "cast", "great-looking", "music", "It's", "not", "at", "all", "bad", "zqj", "wonderful",
        "don't", "you", "think",
    ]  # fmt: skip
    assert all(found.text[word.start : word.end] == word.text for word in found.words)


def test_marks_alone_are_a_word_of_their_own(classifier):
    found = explain.explain(classifier, 'He said " and left.', steps=2)
    assert [word.text for word in found.words] == ["He", "said", '"', "and", "left"]


def test_the_strongest_words_are_those_of_the_largest_shares(classifier):
    found = explain.explain(classifier, TEXT, steps=4)
    strongest = [abs(word.share) for word in found.strongest(3)]
    assert strongest == sorted(np.abs(shares(found)), reverse=True)[:3]


@pytest.mark.parametrize("text", ["", "😀 🎬", "<br/>"])
def test_a_text_without_words_is_refused(classifier, text):
    with pytest.raises(RevdemoError, match="no words"):
        explain.explain(classifier, text)
    with pytest.raises(RevdemoError, match="no words"):
        explain.sentences(classifier, text)


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
    assert explain.split_sentences(text) == expected


def test_each_sentence_has_the_stars_it_has_alone(classifier):
    found = explain.sentences(classifier, LONG)
    assert " ".join(sentence.text for sentence in found) == LONG
    alone = classifier.predict([found[3].text])[0]
    assert (found[3].stars, found[3].confidence) == (alone.stars, pytest.approx(alone.confidence, abs=1e-5))
    assert [one.text for one in explain.sentences(classifier, LONG, most=2)] == [
        one.text for one in found[:2]
    ]


# --- the check by deletion ------------------------------------------------------------------------


def test_a_word_is_taken_out_where_it_stands_and_its_marks_stay(classifier):
    found = explain.explain(classifier, "Bad, bad film! Not bad.", steps=1)
    assert explanations.without(found.text, [found.words[1], found.words[4]]) == "Bad,  film! Not ."


def test_the_strongest_words_move_the_stars_more_than_random_ones(tmp_path, monkeypatch):
    """Of a model that goes by one word in each text, that word is found, and the files say by how much."""
    beside = NgramModel(np.ones(2**16), np.zeros((2**16, 5)), usual=1)
    beside.weights[count(["lighthouse"], 2**16).indices] = [-9, -3, 0, 3, 9]
    plain = star_classifier(tmp_path / "model")
    plain.ngrams = beside
    plain.model.classifier.weight.zero_()  # the transformer has no opinion
    plain.source.kind, plain.source.revision = "named", "0123"
    data = tmp_path / "data"
    data.mkdir()
    texts = [f"The lighthouse in {'and '.join(SENTENCES[number : number + 3])}" for number in range(2, 14)]
    films = [f"tt{number // 2}" for number in range(len(texts))]
    rows = pd.DataFrame({"text": [*texts, "Too short."], "movie_id": [*films, "tt99"], "stars": 3})
    rows.assign(text_scored=rows["text"], source="imdb-user-a").to_parquet(data / "test.parquet")
    (data / "fingerprint.json").write_text('{"sha256": "f00d"}')
    monkeypatch.setattr(evaluate, "load_stars", lambda settings: plain)
    evaluate.main(["why", "--data", str(data), "--out", str(tmp_path / "out"), "--steps", "6"])
    report = json.loads((tmp_path / "out" / "why.json").read_text())
    assert (report["n"], report["films"], report["removed"], report["data"]) == (12, 6, 5, "f00d")
    assert report["difference"]["low"] > 0 and report["ahead"]["value"] > 0.8
    difference = report["strongest"]["value"] - report["random"]["value"]
    assert report["difference"]["value"] == pytest.approx(difference, abs=2e-4)
    assert report["model"]["revision"] == "0123" and report["command"].startswith(
        "python -m train.evaluate why"
    )
    assert "lighthouse" not in json.dumps(report)


# --- the command line -----------------------------------------------------------------------------


def test_the_command_prints_words_with_shares_and_the_stars_of_sentences(classifier, monkeypatch, capsys):
    monkeypatch.setattr(api, "load_stars", lambda settings: classifier)
    assert main(["explain", "--text", "Great cast. Bad music!"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("expected stars ")
    words = dict(reversed(line.split("\t")) for line in lines[:4])
    assert set(words) == {"Great", "cast", "Bad", "music"}
    printed = [abs(float(share)) for share in words.values()]
    assert printed == sorted(printed, reverse=True) and printed[0] > 0
    assert [line.split("\t")[2] for line in lines[6:]] == ["Great cast.", "Bad music!"]


def test_the_command_refuses_a_text_without_words(classifier, monkeypatch, capsys):
    monkeypatch.setattr(api, "load_stars", lambda settings: classifier)
    assert main(["explain", "--text", "🎬"]) == 2
    assert "no words" in capsys.readouterr().err


# --- the page -------------------------------------------------------------------------------------


def explanation(*words):
    text, made = "", []
    for word, share in words:
        made.append(explain.Word(word, len(text), len(text) + len(word), share))
        text += f"{word} "
    total = sum(share for _, share in words)
    return explain.Explanation(text.rstrip(), 3 + total, 3.0, tuple(made))


def test_marked_words_say_their_way_and_share_without_colour():
    shown = page.words_html(explanation(("superb", 0.8), ("the", 0.001), ("dull", -0.3)))
    assert '<mark class="rd-up rd-level3" title="pushes up by 0.80">superb</mark> the <mark' in shown
    assert 'class="rd-down rd-level2" title="pulls down by 0.30">dull</mark>' in shown
    assert "<b>superb</b> +0.80" in shown and "<b>dull</b> −0.30" in shown
    assert "Without any word the model expects 3.0 stars, with these 3.5" in shown


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", "${alert(1)}", "{{value}}", "\"'><b>"])
def test_what_a_visitor_wrote_is_escaped(attack):
    shown = page.words_html(explanation((attack, 0.5))) + page.sentences_html(
        [explain.Sentence(attack, 4, 0.5), explain.Sentence("Fine.", 3, 0.5)], 2
    )
    assert attack not in shown
    assert not [part for part in ("<script", "${", "{{", '<b>"', "'><b>") if part in shown]


def test_where_no_word_counts_the_lists_say_so():
    shown = page.words_html(explanation(("the", 0.001)))
    assert shown.count(locale.WHY_NONE) == 2 and "<mark" not in shown


def test_sentences_beyond_the_limit_are_counted_and_one_alone_is_not_repeated():
    two = [explain.Sentence("It drags.", 2, 0.4), explain.Sentence("It ends well.", 4, 0.6)]
    shown = page.sentences_html(two, 9)
    assert "The first 2 of 9 sentences." in shown and 'aria-label="2 of 5 stars"' in shown
    assert page.sentences_html(two[:1], 1) == ""


def test_a_long_text_is_explained_with_a_note_on_its_middle(settings, classifier):
    held = services(settings, load_stars=lambda _: classifier)
    shown = page.rendered(held, LONG)
    assert locale.WHY_TRUNCATED in shown and shown.count("<li><span") > 10
    assert locale.WHY_TRUNCATED not in page.rendered(held, "Short.")


def test_what_the_deletion_check_found_is_told_of_the_classifier_that_was_checked():
    report = WhyFile(**why_file())
    shown = page.checked(report.model["revision"], report)
    assert "198 held-out reviews" in shown and "by 0.35" in shown and "by 0.08" in shown
    assert page.checked("another", report) == "" == page.checked("another", None)


@pytest.mark.parametrize(
    ("text", "before", "said"),
    [
        ("", None, locale.FOLLOW_EMPTY),
        (None, None, locale.FOLLOW_EMPTY),
        ("🎬", None, "no words"),
        ("Number 2.", None, "Now 2 stars (54%), expected value 2.1"),
        ("Number 2.", {"expected": 3.9}, "−1.8 since the prediction"),
        ("Number 2.", {"expected": 2.09}, "expected value 2.1"),
    ],
)
def test_the_stars_follow_the_text_and_are_set_beside_the_prediction(settings, text, before, said):
    shown = page.followed(services(settings), text, before)
    assert said in shown and ("since" in shown) is (before == {"expected": 3.9})


def test_a_model_that_failed_is_told_below_the_text(settings):
    def fail(_):
        raise RevdemoError("The weights are damaged.")

    assert "The weights are damaged." in page.followed(services(settings, load_stars=fail), "A film.", None)


def test_stars_follow_one_computation_at_a_time_and_after_a_pause(settings):
    demo = build(services(settings))
    [follow] = [fn for fn in demo.fns.values() if fn.name == "follow"]
    assert follow.trigger_mode == "always_last" and follow.api_visibility == "private"
    [pause] = [fn for fn in demo.fns.values() if "rdFollow" in str(fn.js)]
    assert pause.fn is None and f", {page.PAUSE})" in pause.js
