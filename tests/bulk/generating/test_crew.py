"""Reviews through a local Ray cluster: those of one process, whoever dies on the way."""

import os
import signal
from contextlib import closing
from dataclasses import replace

import pytest

pytest.importorskip("ray", reason="the engine ray is not installed (requirements-bulk.txt)")

import revdemo
from revdemo import cli
from revdemo.balancing.plan import Limits
from revdemo.bulk.cluster import Crew
from revdemo.bulk.generating import job as shared_job
from revdemo.errors import RevdemoError
from revdemo.generation import job
from revdemo.generation.context import JobContext
from revdemo.generation.ledger import Ledger
from tests.bulk.generating.test_replay import WANTED, assert_alike, run_of
from tests.support.fakes_balance import lopsided

pytestmark = [
    pytest.mark.timeout(600),  # on a busy machine Ray alone takes a minute to begin
    pytest.mark.usefixtures("cluster"),
]


def test_a_killed_worker_and_a_stop_lose_and_double_nothing(named, tmp_path):
    request = replace(WANTED, accepted=30, rounds=100)
    plain = run_of(job.generate(request, JobContext(named)))
    killed, stop, runs = [], [], []
    given = {"out": tmp_path / "runs", "crew": Crew(2)}
    for step in shared_job.generate(request, named, should_stop=lambda: bool(stop), **given):
        runs.append(step.run)
        if not killed and (workers := getattr(step, "workers", {})):
            killed.append(int(next(iter(workers)).rpartition(":")[2]))
            os.kill(killed[0], signal.SIGKILL)
        elif killed and len(step.run.accepted) >= 12:
            stop.append(True)
    assert killed and runs[-1].ended == "stopped"
    resumed = run_of(shared_job.generate(request, named, **given))
    assert_alike(resumed, plain)
    assert resumed.id == runs[-1].id
    with closing(Ledger(named.data_dir / "ledger.sqlite")) as ledger:
        assert [one.text for one in ledger.reviews(resumed.id, "")] == [one.text for one in plain.reviews]
        assert len(ledger.runs("")) == 2  # the plain one is the other
    assert not list((named.data_dir / "bulk").iterdir())


def test_balancing_writes_the_reviews_of_one_process(named, tmp_path):
    table = lopsided(tmp_path / "table.csv")
    options = {"level": 8, "limits": Limits(rounds=1), "temperature": 0.6, "max_tokens": 30, "round_size": 4}
    plain = revdemo.balance(table, tmp_path / "plain", settings=named, **options)
    other = named.model_copy(update={"data_dir": tmp_path / "other"})
    more = {"engine": "ray", "crew": Crew(1)}
    found = revdemo.balance(table, tmp_path / "shared", settings=other, **more, **options)
    assert plain.reviews
    assert [one.text for one in found.reviews] == [one.text for one in plain.reviews]


def test_what_a_worker_refuses_is_said_in_one_line(named, capsys, tmp_path):
    asked = ["--stars=4", "--max-tokens=20", "--opening", "a film " * 30, "--engine=ray", "--workers=1"]
    places = [f"--generator={named.generator}", f"--stars-model={named.stars_model}", f"--out={tmp_path}"]
    code = cli.main(["generate", *asked, *places, f"--data-dir={named.data_dir}"])
    assert code and "Shorten it, or allow longer reviews" in capsys.readouterr().err.splitlines()[-1]


def test_a_crew_without_room_is_refused(named):
    with pytest.raises(RevdemoError, match="100 workers need 100 CPU"):
        run_of(shared_job.generate(WANTED, named, crew=Crew(100)))
