"""The code that repeats a run: read back by the command line and by Python, it is the same request."""

import os
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import revdemo
from revdemo import cli
from revdemo.cli.generate import _request
from revdemo.generation import copies
from revdemo.generation.request import AT_ONCE, Request
from revdemo.generation.runs.repeat import command_of, python_of
from revdemo.models import classifier, generator
from revdemo.settings import Settings, from_arguments
from tests.support.fakes import FakeClassifier, FakeGenerator

ROOT = Path(__file__).parents[3]
STARTERS = {
    "generator": {"label": "starter generator 0dc79986", "revision": "0dc79986" * 8},
    "classifier": {"label": "starter stars 595c78ee", "revision": "595c78ee" * 8},
}
COMMIT = "0123456789" * 4
REQUESTS = [
    Request(stars=4, at_once=AT_ONCE),
    Request(stars=1, accepted=3, rounds=50, seed=2**32 - 1, at_once=AT_ONCE),
    Request(
        stars=5,
        accepted=7,
        rounds=3,
        round_size=8,
        at_once=1,
        tolerance=1,
        min_confidence=0.35,
        temperature=0.1 + 0.2,
        top_p=0.9,
        min_p=0.05,
        max_tokens=40,
        guidance=1.5,
        guided_tokens=24,
        seed=11,
        opening='-It\'s "new",\n#1 of 3 $HOME `ls` {x} \\ é',
        deadline=12.5,
        kind="film",
        min_likeness=0.25,
    ),
    Request(stars=2, until_first=True, at_once=AT_ONCE),
]
IDS = ["as the page asks", "other numbers", "everything", "until the first"]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("REVDEMO_")]:
        monkeypatch.delenv(name)


def read_back(command):
    """The settings and the request that the command line makes of a command."""
    python, dash, module, *arguments = shlex.split(command, comments=True)
    assert (python, dash, module) == ("python", "-m", "revdemo")
    options = cli._parser().parse_args(arguments)
    settings = from_arguments(options)
    return settings, _request(options, settings)


def run(code, monkeypatch, tmp_path):
    """The settings that the Python names, and the run that it makes on fakes."""
    used = []

    def load(fake):
        return lambda settings: used.append(settings) or fake

    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(generator, "load_generator", load(FakeGenerator()))
    monkeypatch.setattr(classifier, "load_stars", load(FakeClassifier(1)))
    monkeypatch.setattr(copies, "load_copies", lambda _: None)
    names = {}
    exec(code, names)
    return used[0], names["run"].run


@pytest.mark.parametrize("request_", REQUESTS, ids=IDS)
def test_the_command_line_reads_its_own_command_as_the_same_request(request_):
    settings, found = read_back(command_of(request_, STARTERS))
    assert found == request_
    assert settings.model_copy(update={"deadline": Settings().deadline}) == Settings()


@pytest.mark.parametrize("request_", REQUESTS, ids=IDS)
def test_the_python_makes_the_same_request(request_, monkeypatch, tmp_path):
    _, found = run(python_of(request_, STARTERS), monkeypatch, tmp_path)
    assert found.request == request_


def test_every_field_of_a_request_is_among_those_read_back():
    usual, tried = Request(stars=3), REQUESTS[2]
    same = {one.name for one in fields(Request) if getattr(tried, one.name) == getattr(usual, one.name)}
    assert same == {"until_first", "at_once"}, "the other requests set these"


def test_only_what_differs_is_said():
    command = command_of(Request(stars=4, seed=7, at_once=AT_ONCE), STARTERS).splitlines()[-1]
    assert command == "python -m revdemo generate --stars=4 --accepted=20 --seed=7 --rounds=10"
    python = python_of(Request(stars=4, seed=7, at_once=AT_ONCE), STARTERS)
    assert "run = revdemo.generate(stars=4, accepted=20, seed=7, rounds=10)\n" in python


def test_the_python_prints_what_was_accepted(monkeypatch, tmp_path, capsys):
    code = python_of(Request(stars=1, accepted=3, at_once=AT_ONCE), STARTERS)
    _, found = run(code, monkeypatch, tmp_path)
    assert capsys.readouterr().out.splitlines() == [one.text for one in found.accepted]


@pytest.mark.parametrize(
    ("label", "revision", "named"),
    [
        ("starter generator 0dc79986", "0" * 64, None),
        ("models/generator generator 0dc79986", "0" * 64, None),
        ("owner/name generator 01234567", COMMIT, f"owner/name@{COMMIT}"),
        (f"owner/name@{COMMIT} generator 01234567", COMMIT, f"owner/name@{COMMIT}"),
        ("owner/name@main generator 01234567", COMMIT, f"owner/name@{COMMIT}"),
        ("my model's generator 0dc79986", "0" * 64, "my model's"),
        ("models/mine generator 0dc79986", "0" * 64, "models/mine"),
    ],
)
def test_a_model_that_was_named_is_named_again(label, revision, named, monkeypatch, tmp_path):
    found = STARTERS | {"generator": {"label": label, "revision": revision}}
    command, python = command_of(REQUESTS[0], found), python_of(REQUESTS[0], found)
    assert read_back(command)[0].generator == named
    assert run(python, monkeypatch, tmp_path)[0].generator == named
    for text in (command, python):
        assert f"# generator: {label}, revision {revision}\n" in text
        assert ("put its whole path there" in text) == (named is not None and "@" not in named)


def test_a_label_cannot_break_out_of_its_comment():
    label = "x\nimport os  generator 0dc79986"
    found = STARTERS | {"generator": {"label": label, "revision": "0" * 64}}
    for line in python_of(REQUESTS[0], found).splitlines():
        assert not line.startswith("import os")


def test_a_run_without_models_has_code_too(monkeypatch, tmp_path):
    assert read_back(command_of(REQUESTS[0], {}))[1] == REQUESTS[0]
    assert run(python_of(REQUESTS[0], {}), monkeypatch, tmp_path)[1].request == REQUESTS[0]


# --- on the starter models ---


@pytest.mark.e2e
def test_a_run_repeated_from_its_code_writes_the_same_reviews(monkeypatch, tmp_path):
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REVDEMO_DEVICE", "cpu")
    for module, name in ((generator, "load_generator"), (classifier, "load_stars")):
        loaded = getattr(module, name)()
        monkeypatch.setattr(module, name, lambda _, loaded=loaded: loaded)  # once here, once in the process
    asked = {"accepted": 1, "seed": 7, "rounds": 6, "round_size": 4, "at_once": 1, "max_tokens": 40}
    first = revdemo.generate(stars=5, **asked).run
    names = {}
    exec(python_of(first.request, first.models), names)
    assert names["run"].run.reviews == first.reviews and first.accepted
    _, *arguments = shlex.split(command_of(first.request, first.models), comments=True)
    out = tmp_path / "runs"
    subprocess.run([sys.executable, *arguments, "--out", out], cwd=ROOT, check=True, capture_output=True)
    [written] = out.glob("*/all.jsonl")
    import pandas as pd

    table = pd.read_json(written, lines=True)
    assert table["review"].tolist() == [one.text for one in first.reviews]
    assert table["accepted"].tolist() == [one.accepted for one in first.reviews]
