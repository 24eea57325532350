"""The linear model of words and pairs of words that stands beside a transformer."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import HashingVectorizer

from revdemo.errors import RevdemoError
from revdemo.models.ngrams import NgramModel, count, features
from train.fitting import ngrams

TEXTS = ["awful plot", "awful cast", "great plot", "great cast", "not great plot", "not great cast"]
BAD = np.array([1, 1, 0, 0, 1, 1])
WANTED = np.eye(2)[1 - BAD]


def fitted():
    return ngrams.fit(TEXTS * 20, np.tile(WANTED, (20, 1)), buckets=4096)


def test_it_learns_words_and_pairs_of_words():
    scores = fitted().logits(["an awful film", "a great film", "not great at all"])
    assert (scores.argmax(axis=1) == [0, 1, 0]).all()


def test_a_short_text_has_less_of_a_say_than_a_long_one_and_one_without_words_none():
    texts = ["good good good film", "good", "", " ".join(f"word{number}" for number in range(500))]
    rows = features(count(texts, 4096), np.ones(4096), usual=10).toarray()
    few, one, none, many = np.linalg.norm(rows, axis=1)
    assert none == 0 < one < few < 0.4 and many > 0.9
    assert fitted().logits([""]).tolist() == [[0, 0]]


def test_the_usual_length_is_that_of_the_training_texts():
    longer = [" ".join([text] * 3) for text in TEXTS]
    assert ngrams.fit(longer * 20, np.tile(WANTED, (20, 1)), 4096).usual > fitted().usual > 0


def test_a_label_that_a_text_says_nothing_about_is_not_learned_from_it():
    """Reviews of a source without 3 stars must not teach that their words mean: not 3 stars."""
    texts, third = ["bad", "good", "fair", "dull"], np.eye(3)
    silent = np.array([third[0], third[1], third[2], third[0]])
    silent[[0, 1, 3], 2] = -1
    loud = silent.clip(min=0)
    scores = {
        name: ngrams.fit(texts * 10, np.tile(own, (10, 1)), 4096).logits(["good"])[0, 2]
        for name, own in {"silent": silent, "loud": loud}.items()
    }
    assert scores["silent"] > scores["loud"]


@pytest.mark.parametrize("buckets", [1000, 4096])
def test_the_buckets_are_those_of_scikit_learn(buckets):
    texts = [*TEXTS, "", "a I x1", "The the THE, don't", "Straße œuvre naïve 日本語 İstanbul 😀 foo_bar"]
    hashing = HashingVectorizer(
        ngram_range=(1, 2), n_features=buckets, alternate_sign=False, norm=None, dtype=np.float32
    )
    own, theirs = count(texts, buckets), hashing.transform(texts)
    assert (own != theirs).nnz == 0
    assert own.dtype == theirs.dtype and own.indices.tolist() == theirs.indices.tolist()


def test_a_word_of_one_text_counts_for_nothing():
    model = ngrams.fit([*TEXTS * 20, "unique"], np.vstack([np.tile(WANTED, (20, 1)), [0, 1]]), 4096)
    assert model.logits(["unique"]).tolist() == [[0, 0]]


def test_it_is_saved_and_read_again_almost_the_same(tmp_path):
    model = fitted()
    model.save(tmp_path / "ngrams.npz")
    again = NgramModel.load(tmp_path / "ngrams.npz", labels=2)
    assert again.logits(TEXTS) == pytest.approx(model.logits(TEXTS), abs=1e-2)
    assert [path.name for path in tmp_path.iterdir()] == ["ngrams.npz"]


def test_a_scaled_model_says_the_same_louder():
    model = fitted()
    assert model.scaled(3).logits(TEXTS) == pytest.approx(3 * model.logits(TEXTS), rel=1e-5)


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 cut short"])
def test_a_damaged_file_says_so(tmp_path, content):
    path = tmp_path / "ngrams.npz"
    path.write_bytes(content)
    with pytest.raises(RevdemoError, match=r"cannot be read .* train the model again"):
        NgramModel.load(path, labels=2)


def test_another_number_of_labels_is_refused(tmp_path):
    fitted().save(tmp_path / "ngrams.npz")
    with pytest.raises(RevdemoError, match="cannot be read"):
        NgramModel.load(tmp_path / "ngrams.npz", labels=5)
