"""The example on arrival: what the same weights said last stands there while they load."""

import json
import threading

import pytest

from revdemo.models.weights.registry import ModelSource
from revdemo.ui.classify import opening, tab
from tests.support.fakes_ui import WordClassifier, services

TEXT = "A film with a 2"


@pytest.fixture
def weights(monkeypatch, tmp_path):
    """Which revision the registry finds, as a list that a test may change."""
    found = ["0123abcd"]

    def find(role, settings):
        return ModelSource(role, "starter", "starter", found[0], tmp_path)

    monkeypatch.setattr(opening.registry, "find", find)
    return found


def arrive(settings):
    """What a visitor sees who comes while the model is loading, and once it has."""
    released = threading.Event()

    def load(_):
        released.wait(20)
        return WordClassifier()

    held = services(settings, load_stars=load)
    held.start()
    steps = tab._opened(held, TEXT, False)
    first = next(steps)[0]
    released.set()
    *_, (last, *_) = steps
    held.close()
    return first, last


def test_the_first_start_waits_and_the_next_one_shows_what_was_said(settings, weights):
    first, last = arrive(settings)
    assert "rd-prediction" not in first and "2 stars" in last
    first, last = arrive(settings)
    assert "2 stars" in first and "still loading" in first
    assert "2 stars" in last and "still loading" not in last


@pytest.mark.parametrize("what", ["other weights", "another text", "damage", "weights that a user named"])
def test_nothing_is_shown_of_another_text_or_other_weights(settings, weights, what, monkeypatch):
    arrive(settings)
    if what == "other weights":
        weights[0] = "4567cdef"
    if what == "another text":
        monkeypatch.setitem(globals(), "TEXT", "A film with a 3")
    if what == "damage":
        (settings.cache / opening.FILE).write_text('{"text": 5}')
    if what == "weights that a user named":
        settings = settings.model_copy(update={"stars_model": "owner/stars"})
    first, _ = arrive(settings)
    assert "rd-prediction" not in first


def test_a_first_start_shows_what_was_packaged_with_the_weights(settings, weights, monkeypatch, tmp_path):
    packaged = {"text": TEXT, "revision": weights[0], "label": 4, "confidence": 0.6, "expected": 3.9}
    (tmp_path / opening.FILE).write_text(json.dumps(packaged | {"probabilities": [0, 0.1, 0.1, 0.6, 0.2]}))
    monkeypatch.setattr(opening, "ASSETS", tmp_path)
    first, last = arrive(settings)
    assert "4 stars" in first and "still loading" in first
    assert "2 stars" in last and "still loading" not in last
    assert "2 stars" in arrive(settings)[0], "what these weights said here comes first"


def test_a_cache_that_cannot_be_written_costs_nothing_else(settings, weights):
    settings.cache.parent.mkdir(parents=True, exist_ok=True)
    settings.cache.write_text("a file is in the way")
    assert "2 stars" in arrive(settings)[1]
    assert opening.recall(settings, TEXT) is None
