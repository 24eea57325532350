"""What the app does where a start does not go as it should."""

import os
import platform
import subprocess
import sys
import threading
from types import SimpleNamespace

import psutil
import pytest

from revdemo.settings import Settings
from revdemo.ui import startup


class Page:
    """A page whose launch fails."""

    def __init__(self, error: Exception, is_running: bool):
        self.error, self.is_running, self.seen = error, is_running, []

    def launch(self, **options):
        raise self.error

    def block_thread(self):
        self.seen.append("up")

    def close(self, **options):
        self.seen.append("closed")


@pytest.fixture
def serve(monkeypatch):
    """`serve`, of which nothing outlives the test; what it did comes back."""
    ended = []
    monkeypatch.setattr(startup.os, "_exit", ended.append)
    monkeypatch.setattr(startup.signal, "signal", lambda *_: None)
    monkeypatch.setattr(startup, "launch_options", lambda services: {})
    visited, begun = threading.Event(), threading.Event()
    services = SimpleNamespace(
        settings=Settings(), start=begun.set, close=lambda: None, visited=visited, begun=begun
    )

    def serving(page: Page) -> list:
        startup.serve(page, services)
        return [*page.seen, *ended]

    return serving


def test_a_page_that_answers_late_is_kept_up(serve):
    said = "When localhost is not accessible, a shareable link must be created."
    assert serve(Page(ValueError(said), is_running=True)) == ["up", "closed", 0]


def test_a_launch_that_brought_no_page_up_says_why(serve):
    with pytest.raises(ValueError, match="no page"):
        serve(Page(ValueError("no page"), is_running=False))


def test_a_port_that_is_taken_is_said_in_a_line(serve):
    with pytest.raises(SystemExit, match=r"127\.0\.0\.1:7860 is taken or not allowed"):
        serve(Page(OSError("in use"), is_running=False))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what is free is kept by glibc")
def test_memory_that_is_free_goes_back_to_the_system():
    def used() -> int:
        return psutil.Process().memory_info().rss >> 20

    held = [bytes([1]) * 2000 for _ in range(50_000)]
    del (
        held[1::2],
        held[1::2],
        held[1::2],
        held[1::2],
        held[1::2],
    )  # what is left lies in between
    before = used()
    startup.free_memory()
    assert before - used() > 50 and len(held) > 1000


class Models:
    """Models that note when they begin to load."""

    def __init__(self):
        self.visited, self.begun, self.started = threading.Event(), threading.Event(), threading.Event()

    def start(self):
        self.begun.set()
        self.started.set()


def test_the_models_load_by_themselves_where_nobody_comes():
    models = Models()
    startup.load_in_turn(models, alone=0.01, served=60)
    assert models.started.is_set()


def test_the_first_page_is_answered_before_the_models_load():
    models = Models()
    models.visited.set()
    turn = threading.Thread(target=startup.load_in_turn, args=(models, 0.01, 60), daemon=True)
    turn.start()
    turn.join(0.3)
    assert turn.is_alive() and not models.started.is_set()
    models.begun.set()  # by the page
    turn.join(20)
    assert models.started.is_set()


def test_a_page_that_is_never_drawn_holds_the_models_up_for_a_while_only():
    models = Models()
    models.visited.set()
    startup.load_in_turn(models, alone=0.01, served=0.01)
    assert models.started.is_set()


FIRST_EVENT = """
import sys
import app
from gradio.utils import MatplotlibBackendMananger
with MatplotlibBackendMananger():
    print("matplotlib.pyplot" in sys.modules, "scipy.sparse" in sys.modules)
"""


def test_neither_the_page_nor_its_first_event_imports_what_it_does_not_use(tmp_path):
    own = {"REVDEMO_DATA_DIR": str(tmp_path), "REVDEMO_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_EVENT], env=os.environ | own, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
