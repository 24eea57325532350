"""Adapting from the app: one process at a time, followed, stopped, resumed, and seen by its owner alone."""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from revdemo.errors import RevdemoError
from revdemo.evaluation.adapt_figures import figures
from revdemo.evaluation.results import AdaptedFile
from revdemo.tables.adapting import process
from revdemo.tables.adapting.adaptations import Adapting
from revdemo.tables.adapting.contract import AdaptEstimate, Line, RoleEstimate
from revdemo.tables.table import Chosen
from revdemo.ui import locale
from revdemo.ui.page import build
from revdemo.ui.table import adapt
from tests.support.fake_trainer import report
from tests.support.fakes_ui import WordClassifier, services

ME, YOU = "m" * 32, "y" * 32


@pytest.fixture
def chosen(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("review,rating\nGood,5\nBad,1\n")
    return Chosen(str(path), "mine.csv", "review", "rating", 5, 2)


def wait_for(work: Adapting, job: str, *states: str, owner: str = ME):
    for _ in range(600):
        status = work.status(owner, job)
        if status.state in states:
            return status
        time.sleep(0.05)
    raise AssertionError(f"it is {status}")


def step_of(status) -> int:
    return status.roles["stars"].step if "stars" in status.roles else 0


def test_an_estimate_trains_nothing_and_is_forgotten_when_the_adaptation_begins(settings, trainer, chosen):
    work = Adapting(settings)
    first = work.begin(ME, chosen, estimate=True)
    status = wait_for(work, first, "estimated")
    assert status.estimate.roles["stars"] == RoleEstimate(rows=1500, minutes=1.5)
    second = work.begin(ME, chosen)
    assert not (work.folder / first).exists()
    assert wait_for(work, second, "done").estimate is None


def test_a_done_adaptation_has_models_and_figures_and_keeps_no_table(settings, trainer, chosen):
    work = Adapting(settings)
    job = work.begin(ME, chosen, minutes=12, group="item")
    assert (work.folder / job / "table.csv").read_text() == Path(chosen.path).read_text()
    arguments = json.loads((work.folder / job / "job.json").read_text())["arguments"]
    assert arguments[-2:] == ["--minutes=12", "--group=item"]
    status = wait_for(work, job, "done")
    assert figures(status.report)[0] == (
        "classifier: exact, 50 reviews",
        "0.500 (0.400 to 0.600)",
        "0.700 (0.600 to 0.800)",
        "0.200 (0.100 to 0.300)",
    )
    assert not (work.folder / job / "table.csv").exists()
    assert work.models(ME, job)["generator"].endswith(f"{job}/out/generator")
    assert (work.folder / job).stat().st_mode & 0o077 == 0


def test_stop_and_resume(settings, trainer, chosen):
    trainer(200)
    work = Adapting(settings)
    job = work.begin(ME, chosen)
    while step_of(work.status(ME, job)) < 2:
        time.sleep(0.05)
    work.stop(ME, job)
    assert work.status(ME, job).state in ("stopping", "stopped")
    stopped = step_of(wait_for(work, job, "stopped"))
    assert 2 <= stopped < 200
    trainer(stopped + 1)
    work.resume(ME, job)
    assert step_of(wait_for(work, job, "done")) == stopped + 1


def test_one_at_a_time_and_only_for_its_owner(settings, trainer, chosen):
    trainer(200)
    work = Adapting(settings)
    job = work.begin(ME, chosen)
    with pytest.raises(RevdemoError, match="Another adaptation is running"):
        work.begin(YOU, chosen)
    for act in (work.stop, work.status, work.resume, work.models):
        for owner, id in ((YOU, job), ("", job), (ME, "../" * 7 + "x"), (ME, "")):
            with pytest.raises(RevdemoError, match="not one of yours"):
                act(owner, id)
    assert work.latest(YOU) is None and work.latest(None) is None
    with pytest.raises(RevdemoError, match="not done"):
        work.models(ME, job)
    wait_for(work, job, "running")
    work.stop(ME, job)
    wait_for(work, job, "stopped")


def test_another_app_finds_it_at_work_and_after_a_kill_it_can_be_resumed(settings, trainer, chosen):
    trainer(200)
    first = Adapting(settings)
    job = first.begin(ME, chosen)
    while step_of(first.status(ME, job)) < 2:
        time.sleep(0.05)
    second = Adapting(settings)  # the app crashed and was started again: the process goes on
    assert second.latest(ME).state == "running"
    with pytest.raises(RevdemoError, match="Another adaptation is running"):
        second.begin(ME, chosen)
    os.kill(second._pid(job), signal.SIGKILL)
    first._processes[job].wait()
    status = wait_for(second, job, "interrupted")
    trainer(step_of(status) + 1)
    second.resume(ME, job)
    wait_for(second, job, "done")


def test_a_process_that_never_begins_says_why(settings, trainer, chosen, monkeypatch):
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", "raise SystemExit('no such thing')"))
    work = Adapting(settings)
    assert wait_for(work, work.begin(ME, chosen), "failed").problem == "no such thing"


@pytest.mark.parametrize(
    ("change", "there", "message"),
    [({"public": True}, True, "On a public app"), ({}, False, "comes without train/")],
)
def test_where_it_cannot_be_done_it_says_so(settings, chosen, tmp_path, monkeypatch, change, there, message):
    if not there:
        monkeypatch.setattr(process, "MODULE", tmp_path / "nothing.py")
    work = Adapting(settings.model_copy(update=change))
    with pytest.raises(RevdemoError, match=message):
        work.begin(ME, chosen)
    assert not work.folder.exists()


def test_a_table_without_ratings_is_refused(settings, trainer, chosen):
    from dataclasses import replace

    with pytest.raises(RevdemoError, match="no column of ratings"):
        Adapting(settings).begin(ME, replace(chosen, rating=None, scale=None))


def test_half_a_line_of_progress_is_no_error(settings, trainer, chosen):
    work = Adapting(settings)
    job = work.begin(ME, chosen)
    wait_for(work, job, "done")
    with (work.folder / job / "out" / "progress.jsonl").open("a") as file:
        file.write('{"role": "st')
    assert work.status(ME, job).state == "done"


# --- the page -----------------------------------------------------------------------------------------------


def test_the_real_command_understands_what_the_app_says():
    from train.adapt import parse

    told = ["t.csv", "--out", "o", "--generate", "20", "--column=a", "--rating=b", "--scale=5", "--minutes=3"]
    assert parse(told)


@pytest.mark.parametrize("name", ["--out", "--estimate", "-h", "--", "--out=elsewhere", "a b", "=", "", "-1"])
def test_a_column_is_never_taken_for_an_option(settings, trainer, chosen, name, monkeypatch):
    from train.adapt import parse

    work, started = Adapting(settings), []
    monkeypatch.setattr(work, "_start", lambda job, arguments: started.extend(arguments))
    job = work.begin(ME, replace(chosen, text=name, rating=name), group=name or None)
    found = parse(started)
    assert (found.column, found.rating, found.group) == (name, name, name or None)
    assert str(found.out) == str(work.folder / job / "out") and not found.estimate


def test_the_process_sees_no_secret_of_the_app(settings, chosen, tmp_path, monkeypatch):
    secrets = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "MY_PASSWORD")
    for name in (*secrets, "HTTPS_PROXY", "REVDEMO_LEDGER_REPO", "OAUTH_CLIENT_SECRET"):
        monkeypatch.setenv(name, "classified")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    seen = tmp_path / "seen.json"
    code = f"import json, os; json.dump(dict(os.environ), open({str(seen)!r}, 'w'))"
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", code))
    work = Adapting(settings)
    job = work.begin(ME, chosen)
    work._processes[job].wait(60)
    environment = json.loads(seen.read_text())
    assert "classified" not in environment.values()
    assert environment["HF_HUB_OFFLINE"] == "1" and environment["PATH"] == os.environ["PATH"]
    assert environment["REVDEMO_DATA_DIR"] == str(settings.data_dir)


def test_models_are_swapped_whole_or_not_at_all(settings):
    told = []

    def load(own):
        told.append(own.stars_model)
        if own.stars_model == "broken":
            raise RevdemoError("It is broken.")
        return WordClassifier()

    made = services(settings, load_stars=load)
    first, writer = made.wait(made.stars), made.wait(made.generator)
    made.use(stars_model="mine", generator="mine too")
    assert told == [None, "mine"]
    assert made.stars.get() is not first and made.generator.get() is not writer
    assert made.settings.generator == "mine too" and made.settled
    kept = made.stars.get()
    with pytest.raises(RevdemoError, match="It is broken"):
        made.use(stars_model="broken", generator="other")
    assert made.stars.get() is kept and made.settings.stars_model == "mine" and made.changed
    made.use_first()
    assert made.settings.stars_model is None and not made.changed and told[-1] is None


def test_what_is_shown_of_each_state(settings):
    roles = {"stars": Line(time=0, role="stars", step=12, steps=47, loss=0.8123, seconds_left=65.0)}
    status = process.Status("id", "<b>.csv", "running", "stars", roles=roles)
    shown = adapt.render(status)
    assert "12 of 47" in shown and "0.812" in shown and "1 min 5 s" in shown
    assert "<b>" not in shown
    failed = adapt.render(process.Status("id", "t", "failed", problem="No <i>disk</i>."))
    assert "No &lt;i&gt;disk" in failed
    done = adapt.render(process.Status("id", "t", "done", report=AdaptedFile.model_validate(report())))
    assert "bits per byte, 40 reviews" in done and "0.700 (0.600 to 0.800)" in done
    said = {
        "roles": {"stars": {"rows": 1500, "minutes": 1.5}},
        "reading": 0.1,
        "report": 0.5,
        "minutes": 2.0,
        "device": "CPU",
    }
    assert "1,500" in adapt.render(
        process.Status("id", "t", "estimated", estimate=AdaptEstimate.model_validate(said))
    )


def test_every_state_has_words():
    states = {"estimating", "running", "stopping", "estimated", "stopped", "interrupted", "failed", "done"}
    assert set(locale.ADAPT_STATES) == states


def test_on_a_public_app_there_is_a_sentence_and_no_button(settings):
    demo = build(services(settings.model_copy(update={"public": True})))
    ids = {getattr(block, "elem_id", None) for block in demo.blocks.values()}
    assert "adapt-off" in ids and "adapt-start" not in ids
    demo = build(services(settings))
    ids = {getattr(block, "elem_id", None) for block in demo.blocks.values()}
    assert "adapt-start" in ids and "adapt-off" not in ids
    assert isinstance(demo, gr.Blocks)
