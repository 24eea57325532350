"""On a real server: one visitor stops nobody else, and what nobody follows ends, as all does on SIGTERM."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import httpx
import pytest

from revdemo.generation.ledger import Ledger
from revdemo.settings import Settings
from revdemo.ui.page import build, launch_options
from revdemo.ui.services import jobs
from tests.support.chromium import free_port
from tests.support.fakes_ui import SlowGenerator, services

RUN = {"data": [4, 500, 50, 0, 0.0, None, None, None, 7, "", False, None]}  # longer than any test
FILM = {"data": ["A film worth its length, number 5."]}


class Visitor:
    """Somebody with an address of its own, who asks as programs do."""

    def __init__(self, page: str, number: int):
        transport = httpx.HTTPTransport(local_address=f"127.0.1.{number}")
        self.client = httpx.Client(base_url=page, transport=transport, timeout=120)

    def ask(self, name: str, body: dict) -> httpx.Response:
        return self.client.post(f"/gradio_api/call/{name}", json=body)

    def answer(self, name: str, body: dict) -> tuple[str, object]:
        """The last event of a call, and its data."""
        asked = self.ask(name, body).json()["event_id"]
        lines = self.client.get(f"/gradio_api/call/{name}/{asked}").text.strip().split("\n")
        return lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))

    def seconds(self, name: str, body: dict) -> float:
        """How long a call that succeeds takes."""
        began = time.monotonic()
        assert self.answer(name, body)[0] == "complete"
        return time.monotonic() - began


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    limits = {"max_running": 2, "max_waiting": 20, "visitor_waiting": 1, "unfollowed": 600}
    settings = Settings(data_dir=folder, cache=folder, port=free_port(), **limits)
    held = services(settings, load_generator=lambda _: SlowGenerator(pause=0.02))
    demo = build(held)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "LOOK", 0.1)
        _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(held))
        yield SimpleNamespace(address=address, services=held, sessions=demo.app.state_holder)
        demo.close(verbose=False)


def until(happened, what: str):
    """Wait until something is so, on a machine that may be slow; what `happened` found is returned."""
    late = time.monotonic() + 120
    while not (found := happened()):
        assert time.monotonic() < late, f"not yet after two minutes: {what}"
        time.sleep(0.02)
    return found


def jobs_of(page, visitor: str = "127.") -> list:
    """The jobs that were admitted, of a visitor or in all."""
    return [job for job in list(page.services.tickets._tickets.values()) if job.visitor.startswith(visitor)]


def abandoned(page) -> None:
    """Let the seconds pass after which what nobody follows ends, and see that it does."""
    tickets, before = page.services.tickets, page.services.settings
    tickets.settings = before.model_copy(update={"unfollowed": 0.1})
    for job in list(tickets._tickets.values()):
        assert job.ended.wait(120), "nobody follows it"
    tickets.settings = before


def test_with_20_runs_waiting_a_prediction_is_quick_and_what_nobody_follows_ends(page):
    predicting = Visitor(page.address, 40)
    idle = predicting.seconds("predict", FILM)
    asked = [Visitor(page.address, 1 + number // 2).ask("generate", RUN) for number in range(22)]
    assert {one.status_code for one in asked} == {200}
    until(lambda: len(jobs_of(page)) == 22, "22 runs admitted")
    event, said = predicting.answer("generate", RUN)
    assert event == "error" and "22 jobs are already running or waiting" in said["error"]
    under_way = jobs_of(page)
    until(lambda: sum(job.works or job.waits for job in under_way) == 22, "each in line")
    at_work = until(lambda: [job for job in under_way if job.works], "two at work")
    assert (len(at_work), sum(job.waits and not job.works for job in under_way)) == (2, 20)
    assert max(predicting.seconds("predict", FILM) for _ in range(5)) < 2 + idle
    assert len({job.visitor for job in at_work}) == 2, "each visitor in turn"
    kept = page.services.ledger
    for job in at_work:
        until(lambda job=job: job.run_id and kept.run(job.run_id, job.owner).accepted, "a review accepted")
    abandoned(page)
    # One that waited may have begun in a place that became free.
    ended = [kept.run(job.run_id, job.owner) for job in under_way if job.run_id]
    assert {one.ended for one in ended} == {"stopped"}


def test_one_visitor_is_refused_a_third_run_and_told_so(page):
    visitor = Visitor(page.address, 7)
    for _ in range(2):
        visitor.ask("generate", RUN)
    until(lambda: len(jobs_of(page, "127.0.1.7")) == 2, "two runs admitted")
    event, said = visitor.answer("generate", RUN)
    assert event == "error" and "You already have 2 jobs running or waiting" in said["error"]
    abandoned(page)


def test_of_a_program_nothing_is_kept_once_it_has_its_answer(page):
    asked = Visitor(page.address, 35).ask("predict", FILM).json()["event_id"]
    held = until(lambda: page.sessions.session_data.get(asked), "a session for the event")
    assert len(held.config_values) < 10, "the fields of this event, not the whole page"
    Visitor(page.address, 35).client.get(f"/gradio_api/call/predict/{asked}")
    kept = (page.sessions.session_data, page.sessions.time_last_used, page.services.calls)
    until(lambda: not any(asked in one for one in kept), "forgotten after the answer")


def test_what_gradio_cannot_read_leaves_no_traceback(page, caplog, capfd):
    client = Visitor(page.address, 36).client
    for name, body in (
        ("nothing", {}),
        ("predict", {}),
        ("predict", {"session_hash": 5}),
        ("predict", {"data": 1}),
    ):
        answer = client.post(f"/gradio_api/call/v2/{name}", json=body)
        assert answer.status_code == 400 and "not one that this app can answer" in answer.text
    gone = client.get("/gradio_api/queue/data", params={"session_hash": "of an app before a restart"})
    assert "session_not_found" in gone.text
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("value", [5, 0.5, True, [], {}, ["a film"], {"a": 1}])
@pytest.mark.parametrize("name", ["predict", "predict_polarity", "explain"])
def test_another_type_than_a_text_is_no_bug(page, name, value, caplog, capfd):
    event, said = Visitor(page.address, 8).answer(name, {"data": [value]})
    assert event == "error" and "text must be a text" in said["error"]
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (0, "4", "stars is '4'"),
        (1, [], "accepted is"),
        (2, 1e300, "rounds is"),
        (4, None, "min_confidence is None"),
        (5, float("nan"), "temperature is"),
        (8, {}, "seed is"),
        (9, 5, "opening must be a text"),
        (10, "yes", "until_first is 'yes'"),
    ],
)
def test_a_wrong_value_of_a_run_is_named(page, place, value, said, caplog, capfd):
    data = list(RUN["data"])
    data[place] = value
    body = json.dumps({"data": data})
    visitor = Visitor(page.address, 10 + place)
    headers = {"content-type": "application/json"}
    asked = visitor.client.post("/gradio_api/call/generate", content=body, headers=headers).json()["event_id"]
    answer = visitor.client.get(f"/gradio_api/call/generate/{asked}").text
    assert "event: error" in answer and said in answer
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())


SERVED = """
import app
from revdemo.ui.page import build
from revdemo.ui.startup import serve
from tests.support.fakes_ui import SlowGenerator, services
held = services(app.settings, load_generator=lambda _: SlowGenerator(pause=0.02))
serve(build(held), held)
"""


def test_sigterm_while_a_run_is_at_work_ends_cleanly_and_keeps_what_was_accepted(tmp_path):
    port = free_port()
    own = {"DATA_DIR": str(tmp_path), "CACHE": str(tmp_path), "PORT": str(port)}
    environment = os.environ | {f"REVDEMO_{name}": value for name, value in own.items()}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVED], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for line in process.stdout:
            if b"Running on" in line:
                break
        visitor = Visitor(f"http://127.0.0.1:{port}", 1)
        asked = visitor.ask("generate", RUN).json()["event_id"]
        with visitor.client.stream("GET", f"/gradio_api/call/generate/{asked}") as stream:
            next(line for line in stream.iter_lines() if '"accepted": [{' in line)
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=60)[0].decode()
    except httpx.HTTPError as error:
        process.kill()
        raise AssertionError(process.communicate()[0].decode()) from error
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said and "abort" not in said.lower()
    [run] = Ledger(tmp_path / "ledger.sqlite").runs(None)
    assert run.ended == "stopped" and run.accepted
