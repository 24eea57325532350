"""Every command and Python snippet of the pages is run here on scripted models, or says why it is not."""

import contextlib
import importlib
import importlib.util
import io
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from revdemo import cli
from revdemo.balancing import domain_gap
from revdemo.balancing.domain_gap import Distance
from revdemo.errors import RevdemoError
from revdemo.evaluation import explain
from revdemo.generation import copies
from revdemo.models import classifier, generator, polarity
from revdemo.models.classifier import Prediction
from revdemo.settings import Settings
from tests.support.documents import PAGES, Block, blocks_of, inline_of, text_of
from tests.support.fakes import FakeClassifier, Sample
from tests.support.fakes_balance import StarWriter, star_of, tale
from tests.support.fakes_ui import WordPolarity
from tests.support.tiny import tiny_encoder

ROWS = {1: 20, 2: 14, 3: 16, 4: 30, 5: 40}  # of each star in reviews.csv
RUN = [page for page in PAGES if any(block.reason is None for block in blocks_of(page))]


class Writer(StarWriter):
    """A scripted generator that also samples."""

    def sample(self, stars: int, n: int, seed: int) -> list[Sample]:
        return [self._next(stars) for _ in range(n)]


def stars_said(text: str) -> Prediction:
    """The stars that a tale says, 4 of any other text."""
    stars = star_of(text) if text.startswith("The ") else 4
    return Prediction(stars, 0.8, tuple(0.8 if n == stars else 0.05 for n in range(1, 6)))


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """A folder with reviews.csv and shop.csv to run commands in, and models that take no time."""
    load_stars, measure = classifier.load_stars, explain.explain
    tiny = load_stars(Settings(stars_model=str(tiny_encoder(tmp_path / "tiny")), device="cpu"))
    for module, name, model in (
        (classifier, "load_stars", lambda _=None: FakeClassifier(stars_said)),
        (generator, "load_generator", lambda _=None: Writer(off=5)),
        (polarity, "load_polarity", lambda _=None: WordPolarity()),
        (copies, "load_copies", lambda _: None),
        (domain_gap, "measure", lambda *_, **__: Distance(30, 1.5, 1.4, 1.6, 1.2)),
        (explain, "explain", lambda _, text: measure(tiny, text)),
    ):
        monkeypatch.setattr(module, name, model)
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    told = [(tale(1000 * star + n, star), star) for star, count in ROWS.items() for n in range(count)]
    random.Random(0).shuffle(told)
    reviews = pd.DataFrame(told, columns=["body", "score"])
    reviews.to_csv("reviews.csv", index=False)
    shop = pd.DataFrame({"Review": reviews["body"], "Stars": reviews["score"] * 2, "shelf": "a"})
    shop.to_csv("shop.csv", index=False)
    return work


def run(block: Block) -> None:
    """Run a block as its reader would: Python as it stands, commands one after another."""
    if block.kind == "text":
        return
    if block.kind == "python":
        exec(compile(block.body, f"{block.page}:{block.line}", "exec"), {})
        return
    for command in block.commands:
        assert command[:3] == ["python", "-m", "revdemo"], f"{command} is neither run nor marked"
        assert cli.main(command[3:]) == 0, command


@pytest.mark.parametrize("page", RUN)
def test_what_is_not_marked_runs(page, reader):
    for block in blocks_of(page):
        if block.reason is None:
            run(block)
    if "--out balanced" in text_of(page):
        assert list(Path("balanced").iterdir()), "what was asked for is there"


def accepts(command: list[str]) -> str | None:
    """What is wrong with a command by the help of its program; None where nothing is."""
    if command[:2] == ["python", "app.py"]:
        module, words = "revdemo.settings", command[2:]
        entry = importlib.import_module(module).load_settings
    elif command[:2] == ["python", "-m"] and command[2].split(".")[0] in ("train", "revdemo"):
        module, words = command[2], command[3:]
        entry = cli.main if module == "revdemo" else importlib.import_module(module).main
    elif command[:2] == ["python", "-m"]:
        return None if importlib.util.find_spec(command[2]) else "there is no such module"
    else:
        return None
    try:
        said, status = helped(entry, words)
    except RevdemoError:  # a file or a model that the page takes as given is not here
        said, status = helped(entry, [])
    unknown = [word for word in words if word.startswith("--") and word not in said]
    return said if status else f"unknown: {unknown}" if unknown else None


def helped(entry: Callable, words: list[str]) -> tuple[str, object]:
    """What a program says of those words and --help, and its status."""
    said = io.StringIO()
    quiet = contextlib.redirect_stdout(said), contextlib.redirect_stderr(said)
    with quiet[0], quiet[1], pytest.raises(SystemExit) as ended:
        entry([*words, "--help"])
    return said.getvalue(), ended.value.code


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_run_is_a_command_that_its_program_knows(page):
    marked = [block for block in blocks_of(page) if block.reason is not None]
    commands = [command for block in marked for command in block.commands] + inline_of(page)
    wrong = {" ".join(command): problem for command in commands if (problem := accepts(command))}
    assert not wrong
