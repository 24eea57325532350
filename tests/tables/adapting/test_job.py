"""Adapting by the command line and from Python: one process, followed to its end, stopped and resumed."""

import re
import sys
import threading
import time

import pytest

import revdemo
from revdemo import cli
from revdemo.errors import RevdemoError
from revdemo.generation.context import JobContext
from revdemo.tables import table
from revdemo.tables.adapting import process
from revdemo.tables.adapting.job import AdaptRequest, AdaptResult, adapt

pytestmark = pytest.mark.usefixtures("trainer")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("review,rating\n" + "Good film,5\nBad film,1\n" * 20)
    return path


def test_python_gets_the_models_and_the_report(settings, path, tmp_path):
    states = []
    result = revdemo.adapt(
        path, tmp_path / "out", settings=settings, progress=lambda now: states.append(now.state)
    )
    assert result.status.state == "done" and states[0] == "running" and states[-1] == "done"
    assert set(result.models) == {"stars", "generator"} and all(map(registered, result.models.values()))
    assert result.files == (tmp_path / "out" / "adapt.json",)
    assert result.status.report.table.rows == 100


def registered(folder):
    return (folder / "revdemo.json").exists()


def test_the_command_prints_the_figures_and_how_to_use_the_models(settings, path, tmp_path, capsys):
    out = tmp_path / "my models"
    assert cli.main(["adapt", str(path), "--out", str(out), "--data-dir", str(settings.data_dir)]) == 0
    said = capsys.readouterr()
    assert re.search(r"classifier: exact, 50 reviews +0\.500 \(0\.400 to 0\.600\) +0\.700", said.out)
    assert f"python app.py --stars-model '{out}/stars' --generator '{out}/generator'" in said.out
    assert 'texts in "review"' in said.err, "what the table is read as"


def test_an_estimate_trains_nothing(path, tmp_path, capsys):
    assert cli.main(["adapt", str(path), "--out", str(tmp_path / "out"), "--estimate"]) == 0
    said = capsys.readouterr().out
    assert "stars: 1,500 reviews, 1.5 minutes" in said and "altogether about 5 minutes on CPU" in said
    assert not (tmp_path / "out" / "stars").exists()


def test_a_stopped_adaptation_ends_without_a_result_and_the_same_call_resumes(
    settings, trainer, path, tmp_path
):
    trainer(200)
    request, stop = AdaptRequest(table.open_chosen(path)), threading.Event()
    context = JobContext(settings, should_stop=stop.is_set)
    steps = []
    for step in adapt(request, context, tmp_path / "out"):
        steps.append(step)
        if step.roles and step.roles["stars"].step >= 2:
            stop.set()
    reached = steps[-1].roles["stars"].step
    assert steps[-1].state == "stopped" and 2 <= reached < 200
    trainer(reached + 1)
    *_, last = adapt(request, JobContext(settings), tmp_path / "out")
    assert isinstance(last, AdaptResult) and last.status.roles["stars"].step == reached + 1


def test_who_leaves_takes_the_process_along(settings, trainer, path, tmp_path):
    trainer(500)
    steps = adapt(AdaptRequest(table.open_chosen(path)), JobContext(settings), tmp_path / "out")
    assert next(steps).at_work
    began = time.monotonic()
    steps.close()
    assert time.monotonic() - began < 20 and not process.is_locked(tmp_path / "out")


def test_a_failure_is_said_in_its_own_words(settings, path, tmp_path, monkeypatch):
    code = "raise SystemExit('error: There are too few reviews.')"
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", code))
    with pytest.raises(RevdemoError, match=r"^There are too few reviews\.$"):
        revdemo.adapt(path, tmp_path / "out", settings=settings)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path, out: path.write_text("review\nGood film\nBad film\n"), "no column of ratings"),
        (lambda path, out: out.write_text("a file"), "cannot be made"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_process_begins(
    settings, path, tmp_path, monkeypatch, spoil, message
):
    monkeypatch.setattr(process, "start", lambda *_: pytest.fail("a process was started"))
    spoil(path, tmp_path / "out")
    with pytest.raises(RevdemoError, match=message):
        revdemo.adapt(path, tmp_path / "out", settings=settings)


def test_without_training_it_says_what_to_do(settings, path, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "MODULE", tmp_path / "nothing.py")
    with pytest.raises(RevdemoError, match="comes without train/"):
        revdemo.adapt(path, tmp_path / "out", settings=settings)


@pytest.mark.parametrize("flag", ["--minutes=0", "--generate=-1"])
def test_numbers_out_of_range_are_refused(path, tmp_path, capsys, flag):
    assert cli.main(["adapt", str(path), "--out", str(tmp_path / "out"), flag]) == 2
    assert "must be" in capsys.readouterr().err
