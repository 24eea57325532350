"""One job, three doors: the page, the command line and Python give the same figures and the same files."""

import json
from pathlib import Path
from zipfile import ZipFile

import gradio as gr
import pandas as pd
import pytest

import revdemo
from revdemo import cli
from revdemo.balancing import domain_gap
from revdemo.balancing.domain_gap import Distance
from revdemo.balancing.job import BalanceRequest
from revdemo.balancing.plan import Limits
from revdemo.generation import copies
from revdemo.generation.request import AT_ONCE, Request
from revdemo.models import classifier, generator, polarity
from revdemo.tables import table
from revdemo.ui.generate import runs
from revdemo.ui.generate.run import steps
from revdemo.ui.services.jobs import Ticket
from revdemo.ui.table import balance_run, predict
from revdemo.ui.table import utility as utility_tab
from tests.support.fakes import FakeClassifier
from tests.support.fakes_balance import StarWriter, lopsided, star_of, tale
from tests.support.fakes_ui import WordClassifier, WordPolarity, services

FILES = ("accepted.csv", "rejected.csv", "all.jsonl")


@pytest.fixture
def door(settings, tmp_path, monkeypatch):
    """Gives each door a data folder of its own and the same scripted models; returns a page's services."""
    monkeypatch.setattr(copies, "load_copies", lambda _: None)
    monkeypatch.setattr(domain_gap, "measure", lambda *_, **__: Distance(30, 1.5, 1.4, 1.6, 1.2))

    def door(name, stars=lambda: FakeClassifier(star_of)):
        loaders = {
            "load_stars": lambda _: stars(),
            "load_generator": lambda _: StarWriter(off=4),
            "load_polarity": lambda _: WordPolarity(),
        }
        for module, loader in zip((classifier, generator, polarity), loaders, strict=True):
            monkeypatch.setattr(module, loader, loaders[loader])
        own = settings.model_copy(update={"data_dir": tmp_path / f"data of {name}"})
        monkeypatch.setenv("REVDEMO_DATA_DIR", str(own.data_dir))
        held = services(own, **loaders)
        held.load()
        return held

    return door


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name; of a page's zip, those inside."""
    if folder.suffix == ".zip":
        with ZipFile(folder) as file:
            return {name: file.read(name) for name in file.namelist()}
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_balanced_table_and_its_card_are_the_same(door, tmp_path, kind):
    path = lopsided(tmp_path / "mine.csv")

    def page():
        held = door("page")
        request = BalanceRequest(
            table.open_chosen(path), 9, 3, limits=Limits(held.settings.max_accepted), sample=0, kind=kind
        )
        work = balance_run.BalanceJob(request, "o" * 32, session=None)
        list(balance_run.updates(held, work, table.labelled, tmp_path / "cache"))
        assert work.problem == ""
        return contents(work.file)

    def command():
        door("command")
        options = ["--level", "9", "--seed", "3", "--format", kind, "--sample", "0", "--yes"]
        assert cli.main(["balance", str(path), "--out", str(tmp_path / "by command"), *options]) == 0
        return contents(tmp_path / "by command")

    def python():
        door("python")
        revdemo.balance(path, tmp_path / "by python", level=9, seed=3, kind=kind)
        return contents(tmp_path / "by python")

    made = page()
    assert made == command() == python()
    card = made["README.md"].decode()
    assert "another kind of review than it writes" in card, "the distance is told"


@pytest.mark.parametrize("with_polarity", [False, True])
def test_a_predicted_table_is_the_same(door, tmp_path, with_polarity):
    rows = [f"film {n} is a {n % 5 + 1}" for n in range(40)]
    path = tmp_path / "mine.csv"
    pd.DataFrame({"review": rows, "stars": [n % 3 + 1 for n in range(40)]}).to_csv(path, index=False)

    def page():
        held = door("page", WordClassifier)
        work = predict.PredictJob(table.open_chosen(path), with_polarity, session=None)
        list(predict.updates(held, work, tmp_path / "cache"))
        assert work.problem == ""
        return work.files[0].read_bytes(), work.summary

    def command():
        door("command", WordClassifier)
        flags = ["--polarity"] if with_polarity else []
        assert cli.main(["predict", str(path), "--out", str(tmp_path / "b.csv"), *flags]) == 0
        return (tmp_path / "b.csv").read_bytes(), None

    def python():
        door("python", WordClassifier)
        summary = revdemo.predict_table(path, tmp_path / "c.csv", polarity=with_polarity)
        return (tmp_path / "c.csv").read_bytes(), summary

    (first, figures), (second, _), (third, same) = page(), command(), python()
    assert first == second == third
    assert (figures.metrics, figures.counts.tolist(), figures.polarities) == (
        same.metrics, same.counts.tolist(), same.polarities,
    )  # fmt: skip


def test_a_generated_run_is_the_same_but_for_its_number(door, tmp_path):
    def page():
        held = door("page")
        request = Request(stars=4, accepted=6, rounds=50, seed=7, at_once=AT_ONCE, deadline=600)
        ticket = Ticket(request, "o" * 32, session=None)
        list(steps(held, ticket))
        shown = runs.opened(held, ticket.owner, ticket.run_id, tmp_path / "cache")
        buttons = [one for one in shown if isinstance(one, gr.DownloadButton)]
        return [Path(button.value["path"]) for button in buttons]

    def command():
        door("command")
        arguments = ["--stars", "4", "--accepted", "6", "--seed", "7", "--out", str(tmp_path / "runs")]
        assert cli.main(["generate", *arguments]) == 0
        (folder,) = (tmp_path / "runs").iterdir()
        return [folder / name for name in FILES]

    def python():
        door("python")
        run = revdemo.generate(4, 6, 7, out=tmp_path / "by python").run
        folder = tmp_path / "by python" / run.id
        return [folder / name for name in FILES]

    first, second, third = ([numberless(file) for file in made()] for made in (page, command, python))
    assert len(first) == 3 and first == second == third


def numberless(file: Path) -> str:
    """What a file says, but for the number of its run, which is drawn."""
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix == ".jsonl":
        return "\n".join(json.dumps(json.loads(line) | {"run": ""}) for line in text.splitlines())
    return pd.read_csv(file, dtype=str).drop(columns="run").to_csv()


def test_the_answer_of_is_it_worth_it_is_the_same(door, tmp_path):
    rows = [{"text": tale(n, n % 5 + 1), "stars": n % 5 + 1, "synthetic": int(n >= 60)} for n in range(80)]
    path = tmp_path / "mine.csv"
    pd.DataFrame(rows).to_csv(path, index=False)

    def page():
        from revdemo.balancing.utility_report import UtilityPlan

        held = door("page")
        work = utility_tab.UtilityJob(
            table.open_chosen(path), utility_tab.OWN, (), None, UtilityPlan(2), None, session=None
        )
        list(utility_tab.updates(held, work))
        assert work.problem == ""
        return json.loads(json.dumps(work.report.as_dict()))

    def command():
        door("command")
        out = tmp_path / "b.json"
        assert cli.main(["utility", str(path), "--resamples", "2", "--out", str(out)]) == 0
        return json.loads(out.read_text())

    def python():
        door("python")
        return json.loads(json.dumps(revdemo.utility(path, resamples=2).as_dict()))

    assert page() == command() == python()
