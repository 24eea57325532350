"""What is said while models load."""

import os
import subprocess
import sys
import threading

import pytest
from transformers.utils import logging

from revdemo.files import ROOT
from revdemo.models.quiet import quiet


@pytest.fixture
def talkative():
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_info()
    logging.enable_progress_bar()
    yield
    logging.set_verbosity(before)
    if not bars:
        logging.disable_progress_bar()


def how_loud() -> tuple[bool, bool]:
    return logging.get_verbosity() == logging.INFO, logging.is_progress_bar_enabled()


def test_the_last_to_leave_restores_what_the_first_one_found(talkative):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with quiet():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    with quiet():
        thread.start()
        assert inside.wait(30)
    assert how_loud() == (False, False)
    leave.set()
    thread.join()
    assert how_loud() == (True, True)


def test_what_fails_inside_restores_it_too(talkative):
    with pytest.raises(ZeroDivisionError), quiet():
        assert how_loud() == (False, False)
        raise ZeroDivisionError
    assert how_loud() == (True, True)


@pytest.mark.e2e
def test_of_loading_the_starter_nothing_is_said():
    code = (
        "from revdemo.models.classifier import load_stars\n"
        "from revdemo.settings import Settings\n"
        "load_stars(Settings())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=dict(os.environ)
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
