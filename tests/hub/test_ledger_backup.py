"""Runs that ended are on the Hub, and a new machine has them again; tested over a Hub on loopback."""

import json
import logging

import pytest

from revdemo.errors import RevdemoError
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request
from revdemo.hub.ledger_backup import Shards
from revdemo.ui.generate.run import steps
from revdemo.ui.parts.owner import new_owner
from revdemo.ui.services.jobs import Ticket
from tests.generation.test_ledger import MODELS, review
from tests.support.fakes_ui import SlowGenerator, services
from tests.support.hub_server import READER

REPO = "owner/runs"


def page(settings, folder):
    """The services of an app on a machine of its own, whose data folder is empty."""
    settings = settings.model_copy(update={"ledger_repo": REPO, "data_dir": folder})
    return services(settings, load_generator=lambda _: SlowGenerator(pause=0.001))


def lines(hub):
    """What the data set holds, as records."""
    files = hub.files(REPO, "dataset")
    return [json.loads(line) for path, own in sorted(files.items()) if path.startswith("runs/")
            for line in own.decode().splitlines()]  # fmt: skip


def ended(ledger, owner="me", count=2):
    run_id = ledger.start(Request(4, seed=7), owner, MODELS)
    ledger.add(run_id, [review(i, accepted=i > 1, text=f"“Film” {i} 映画") for i in range(1, count + 1)])
    ledger.finish(run_id, "target")
    return run_id


def begun(folder):
    ledger = Ledger(folder / "ledger.sqlite")
    shards = Shards(ledger, REPO)
    shards.begin()
    ledger.on_finish = shards.keep
    return ledger, shards


def test_a_visitor_finds_a_run_again_on_a_new_machine(hub, settings, tmp_path):
    first, owner = page(settings, tmp_path / "first"), new_owner()
    ticket = Ticket(Request(2, accepted=3, seed=7), owner, session="session")
    [*_, last] = steps(first, ticket)
    first.close()
    assert hub.repos["dataset", REPO].private
    assert [one["id"] for one in lines(hub)] == [last.run.id]

    second = page(settings, tmp_path / "second")
    assert second.ledger.run(last.run.id, owner) == first.ledger.run(last.run.id, owner)
    assert second.ledger.reviews(last.run.id, owner) == first.ledger.reviews(last.run.id, owner)
    assert second.ledger.runs(new_owner()) == []
    assert not list((tmp_path / "second").rglob("*.jsonl"))
    second.close()


def test_every_process_has_a_file_of_its_own_and_what_is_there_is_not_taken_twice(hub, tmp_path):
    ids = []
    for name in ("a", "b", "a"):
        ledger, shards = begun(tmp_path / name)
        assert {one.id for one in ledger.runs(None)} == set(ids)
        ids.append(ended(ledger))
        shards.close()
        ledger.close()
    assert sorted(one["id"] for one in lines(hub)) == sorted(ids)
    assert len([path for path in hub.files(REPO, "dataset") if path.startswith("runs/")]) == 3


def test_a_run_that_was_not_pushed_before_the_end_is_pushed_by_the_next_start(hub, tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    run_id = ended(ledger)
    ledger.start(Request(1), "me", MODELS)  # under way: not yet
    ledger.close()
    _, shards = begun(tmp_path)
    shards.close()
    assert [one["id"] for one in lines(hub)] == [run_id]


def test_a_line_that_is_damaged_is_skipped_and_the_log_says_so(hub, tmp_path, caplog):
    ledger = Ledger(tmp_path / "other" / "ledger.sqlite")
    good = ledger.record(ended(ledger))
    one = good["reviews"][0]
    bad = [
        b"{cut", b"[]", b"\xff\xfe", b"null",
        *(json.dumps(good | change).encode() for change in (
            {"id": "../../etc"}, {"ended": None}, {"request": {"stars": 9}}, {"owner": None}, {"models": []},
            {"reviews": [{"text": "x"}]}, {"reviews": [one, one]}, {"reviews": [one | {"text": 5}]},
            {"reviews": [one | {"probabilities": [1]}]}, {"started": "yesterday"},
        )),
    ]  # fmt: skip
    hub.add(REPO, {"runs/a.jsonl": b"\n".join([*bad, json.dumps(good).encode()])}, "dataset", private=True)
    with caplog.at_level(logging.WARNING):
        restored, shards = begun(tmp_path / "new")
    shards.close()
    assert [own.id for own in restored.runs(None)] == [good["id"]]
    said = [own.getMessage() for own in caplog.records if "is skipped" in own.getMessage()]
    assert len(said) == len(bad) and said[0].startswith("line 1 of runs/a.jsonl is skipped: ")


def test_a_public_data_set_is_refused_since_visitors_ids_would_be_seen(hub, tmp_path):
    hub.add(REPO, {}, "dataset")
    with pytest.raises(RevdemoError, match="is public, and runs belong to their visitors"):
        begun(tmp_path)
    assert not lines(hub)


@pytest.mark.parametrize("what", ["cut", "reader", "name"])
def test_without_the_data_set_the_app_goes_on_and_the_log_says_why(
    hub, settings, tmp_path, monkeypatch, caplog, what
):
    if what == "cut":
        hub.faults["/api/"] = "cut"
    if what == "reader":
        monkeypatch.setenv("HF_TOKEN", READER)
    held = page(settings, tmp_path)
    if what == "name":
        held.settings = held.settings.model_copy(update={"ledger_repo": "no name"})
    run_id = ended(held.ledger)
    held.close()
    assert held.ledger.run(run_id, "me").ended == "target"
    assert "runs are kept on this machine alone until the next start: " in caplog.text
    assert READER not in caplog.text


def test_what_a_person_decided_after_the_end_is_pushed_and_the_last_word_counts(hub, tmp_path):
    ledger, shards = begun(tmp_path / "first")
    run_id = ended(ledger)
    ledger.decide(run_id, "me", 2, False)
    shards.close()
    ledger.close()
    assert len(lines(hub)) == 2, "the run as it ended, and as it was decided on"
    again, shards = begun(tmp_path / "second")
    assert [one.reason for one in again.reviews(run_id, "me")] == ["stars", "by hand"]
    shards.close()
    again.close()
