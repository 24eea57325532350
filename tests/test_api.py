"""The Python door."""

import inspect
import subprocess
import sys
from importlib.util import find_spec

import pytest

import revdemo
from revdemo.generation.ledger import Ledger
from tests.support.fakes import FakeClassifier, FakeGenerator


def test_importing_it_loads_neither_torch_nor_gradio():
    code = "import sys, revdemo; sys.exit(bool({'torch', 'gradio', 'transformers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("job", ["predict", "explain", "generate", "balance", "utility", "adapt", "inspect"])
def test_each_job_is_a_function_that_no_room_takes_the_name_of(job):
    assert job in revdemo.__all__ and inspect.isfunction(getattr(revdemo, job))
    assert find_spec(f"revdemo.{job}") is None


def test_the_first_names_of_two_jobs_still_work():
    assert revdemo.balance_table is revdemo.balance and revdemo.measure_utility is revdemo.utility


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
