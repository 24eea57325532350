"""The Python door."""

import subprocess
import sys

import pytest

import revdemo
from revdemo.ledger import Ledger
from tests.fakes import FakeClassifier, FakeGenerator


def test_importing_it_loads_neither_torch_nor_gradio():
    code = "import sys, revdemo; sys.exit(bool({'torch', 'gradio', 'transformers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_run_gives_its_reviews_whether_or_not_it_is_iterated(settings):
    def begin():
        return revdemo.generate(
            4, 2, 7, settings=settings, generator=FakeGenerator(), classifier=FakeClassifier()
        )

    watched = begin()
    steps = list(watched)
    assert steps[-1].run.ended
    assert [one.text for one in watched.accepted] == [one.text for one in begin().accepted]
    assert len(Ledger(settings.data_dir / "ledger.sqlite").runs("")) == 2


def test_a_request_that_cannot_be_met_is_refused_before_anything_is_loaded(settings):
    with pytest.raises(revdemo.RevdemoError, match="stars"):
        revdemo.generate(6, settings=settings)
