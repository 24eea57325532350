"""ZeroGPU with a stand-in for the package `spaces`: calls are pickled there and back, as for a fork."""

import pickle
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest

from revdemo.errors import RevdemoError
from revdemo.evaluation import explain
from revdemo.generation import loop
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request
from revdemo.models.classifier import StarClassifier
from revdemo.models.generator import ReviewGenerator
from revdemo.ui.services import zerogpu
from tests.support.fakes import FakeClassifier, FakeGenerator
from tests.support.fakes_ui import services
from tests.support.tiny import tiny_causal, tiny_encoder


def through(value):
    return pickle.loads(pickle.dumps(value))


@pytest.fixture
def spaces(monkeypatch):
    """The package, as a ZeroGPU Space has it; `calls` went to the GPU, and `ended` were closed."""
    found = SimpleNamespace(calls=[], ended=[], __spec__=SimpleNamespace())

    def gpu(duration):
        def decorate(function):
            def call(*arguments):
                found.calls.append((function.__name__, arguments))
                return through(function(*through(arguments)))

            def iterate(*arguments):
                found.calls.append((function.__name__, arguments))
                with closing(function(*through(arguments))) as items:
                    try:
                        for item in items:
                            yield through(item)
                    finally:
                        found.ended.append(function.__name__)

            return iterate if function.__name__ == "_round" else call

        return decorate

    found.GPU = gpu
    monkeypatch.setitem(sys.modules, "spaces", found)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(zerogpu.os, "register_at_fork", lambda **_: None)
    monkeypatch.setattr(zerogpu, "MODELS", {})
    zerogpu.door.cache_clear()
    yield found
    zerogpu.door.cache_clear()
    zerogpu.RemoteClassifier.judged.clear()


@pytest.fixture
def pair(tmp_path, settings):
    """A tiny generator and a tiny classifier."""
    named = {"generator": str(tiny_causal(tmp_path / "g")), "stars_model": str(tiny_encoder(tmp_path / "s"))}
    settings = settings.model_copy(update={**named, "quantize": "none"})
    return ReviewGenerator.load(settings), StarClassifier.load(settings)


def reviews(pair, rounds=3):
    [*_, last] = loop.generate(
        Request(3, accepted=99, rounds=rounds, round_size=8, seed=5, max_tokens=40), *pair
    )
    return last.run.reviews


def test_a_round_is_one_call_and_the_reviews_are_the_same(spaces, pair):
    before = reviews(pair)
    behind = zerogpu.behind("generator", pair[0]), zerogpu.behind("stars", pair[1])
    assert reviews(behind) == before and len(before) == 24
    assert [name for name, _ in spaces.calls] == ["_round"] * 3
    assert not zerogpu.RemoteClassifier.judged
    assert behind[0].source is pair[0].source and behind[1].truncates("A word.") is False


def test_a_text_is_predicted_and_explained_by_one_call_each(spaces, pair):
    behind = zerogpu.behind("stars", pair[1])
    told = []
    texts = ["Slow, but the ending earns it.", "Terrible."]
    assert behind.predict(texts, progress=lambda *done: told.append(done)) == pair[1].predict(texts)
    assert told == [(2, 2)]
    assert explain.explain(behind, texts[0]).expected == pytest.approx(
        explain.explain(pair[1], texts[0]).expected
    )
    assert len(spaces.calls) == 2


def test_a_mistake_of_the_user_keeps_its_words(spaces, pair):
    zerogpu.behind("stars", pair[1])
    writer = zerogpu.behind("generator", pair[0])
    with pytest.raises(RevdemoError, match="more than half of a review"):
        list(writer.stream(3, 2, 0, opening="word " * 60, max_tokens=20))
    with pytest.raises(RevdemoError, match="holds no words"):
        zerogpu.behind("stars", pair[1]).predict(["😀"])


def test_stop_is_in_this_process_and_ends_the_call(spaces):
    generator = FakeGenerator()
    pair = zerogpu.behind("generator", generator), zerogpu.behind("stars", FakeClassifier(4))
    asked = []
    steps = loop.generate(Request(4, accepted=99), *pair, should_stop=lambda: len(asked) > 0)
    for step in steps:
        asked.append(step)
    assert step.run.ended == "stopped"
    assert spaces.ended == ["_round"] and generator.closed == 1 and generator.written < 20
    assert generator.history[0]["pulse"] == zerogpu.PULSE


def test_a_generator_gives_a_moment_to_stop_before_any_text_is_done(pair):
    groups = list(pair[0].stream(3, 2, seed=5, max_tokens=40, pulse=4))
    assert [] in groups and sum(map(len, groups)) == 2
    plain = list(pair[0].stream(3, 2, seed=5, max_tokens=40))
    assert [group for group in groups if group] == plain


def test_the_ledger_and_the_verdicts_stay_here(spaces, settings, tmp_path):
    held = services(
        settings, load_generator=lambda _: FakeGenerator(), load_stars=lambda _: FakeClassifier(4)
    )
    held.load()
    assert all(loading.settled for loading in held.loadings)
    ledger = Ledger(tmp_path / "ledger.sqlite")
    models = held.generator.get(), held.stars.get()
    [*_, last] = loop.generate(Request(4, accepted=7), *models, ledger=ledger, owner="me")
    assert ledger.reviews(last.run.id, "me", accepted=True) == last.run.accepted != []
    assert pickle.dumps(spaces.calls)  # plain values alone: no model, no ledger


@pytest.mark.parametrize("flag", ["", "false"])
def test_elsewhere_it_is_inert(spaces, monkeypatch, settings, flag):
    monkeypatch.setenv("SPACES_ZERO_GPU", flag)
    generator = FakeGenerator()
    assert zerogpu.behind("generator", generator) is generator
    assert not zerogpu.MODELS
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert zerogpu.behind("polarity", None) is None
