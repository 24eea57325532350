"""An adaptation whose training is a fake."""

import re
import sys

import pytest

from revdemo.tables.adapting import process


@pytest.fixture
def trainer(monkeypatch):
    """A fake in the place of train.adapt; returns a function that says how many steps of 0.1 s it takes."""
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-m", "tests.support.fake_trainer"))
    monkeypatch.setattr(process, "INHERITED", re.compile(f"{process.INHERITED.pattern}|FAKE_STEPS"))
    return lambda steps: monkeypatch.setenv("FAKE_STEPS", str(steps))
