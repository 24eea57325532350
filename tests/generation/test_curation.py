"""People curate: a review kept out or taken in by hand, in the ledger, exports, cards and records."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from revdemo.errors import RevdemoError
from revdemo.generation.ledger import Ledger
from revdemo.generation.ledger_migrations import MIGRATIONS
from revdemo.generation.request import Request, Run
from revdemo.generation.runs.exports import export
from revdemo.hub.data_repos import run_package
from tests.generation.test_ledger import MODELS, review


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.sqlite")


@pytest.fixture
def run_id(ledger):
    """A run that accepted 1 and 3 and rejected 2 (its stars) and 4 (a copy)."""
    found = ledger.start(Request(4, seed=7), "me", MODELS)
    ledger.add(found, [review(1), review(2, False), review(3), replace(review(4, False), reason="copy")])
    ledger.finish(found, "target")
    return found


def verdicts(ledger, run_id):
    return [(one.accepted, one.reason, one.overruled) for one in ledger.reviews(run_id, "me")]


AS_FILTERED = [(True, "", None), (False, "stars", None), (True, "", None), (False, "copy", None)]


def test_a_decision_stands_beside_the_filters_verdict_and_can_be_undone(ledger, run_id):
    assert verdicts(ledger, run_id) == AS_FILTERED
    kept_out, taken_in = ledger.decide(run_id, "me", 1, False), ledger.decide(run_id, "me", 2, True)
    assert (kept_out.reason, kept_out.by_hand, kept_out.passed) == ("by hand", True, True)
    assert (taken_in.reason, taken_in.filter_reason, taken_in.passed) == ("", "stars", False)
    again = Ledger(ledger.path)
    assert verdicts(again, run_id)[:2] == [(False, "by hand", ""), (True, "", "stars")]
    assert [one.index for one in again.reviews(run_id, "me", accepted=True)] == [2, 3]
    ledger.decide(run_id, "me", 1, True)
    ledger.decide(run_id, "me", 2, False)
    assert verdicts(ledger, run_id) == AS_FILTERED


def test_a_summary_counts_what_was_decided(ledger, run_id):
    ledger.decide(run_id, "me", 1, False)
    ledger.decide(run_id, "me", 3, False)
    ledger.decide(run_id, "me", 2, True)
    run = ledger.run(run_id, "me")
    assert (run.accepted, run.rejected, run.taken_in, run.kept_out, run.passed) == (1, 3, 1, 2, 2)


@pytest.mark.parametrize(
    ("owner", "index", "accepted", "said"),
    [
        ("you", 1, False, "not one of yours"),
        ("me", 9, True, "not of this run"),
        ("me", 4, True, "a copy"),
    ],
)
def test_what_cannot_be_decided_is_refused(ledger, run_id, owner, index, accepted, said):
    with pytest.raises(RevdemoError, match=said):
        ledger.decide(run_id, owner, index, accepted)
    assert verdicts(ledger, run_id) == AS_FILTERED


def test_a_run_that_is_still_running_is_left_to_the_filter(ledger):
    run_id = ledger.start(Request(4), "me", MODELS)
    ledger.add(run_id, [review(1)])
    with pytest.raises(RevdemoError, match="still in progress"):
        ledger.decide(run_id, "me", 1, False)


def test_a_run_of_which_all_is_kept_out_offers_none_of_it_as_the_nearest():
    kept_out, missed = review(1).decided(False), review(2, False)
    run = Run("id", Request(4), MODELS, [], [kept_out, missed])
    assert run.nearest == [missed]


def test_exports_say_what_was_decided_and_what_the_filter_had_said(ledger, run_id, tmp_path):
    ledger.decide(run_id, "me", 1, False)
    ledger.decide(run_id, "me", 2, True)
    reviews = ledger.reviews(run_id, "me")
    file = export(ledger.run(run_id, "me"), reviews, "jsonl", tmp_path)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [[row[name] for name in ("accepted", "reason", "by_hand", "filter_reason")] for row in rows] == [
        [False, "by hand", True, ""],
        [True, "", True, "stars"],
        [True, "", False, ""],
        [False, "copy", False, "copy"],
    ]


def test_what_is_published_holds_what_a_person_chose_and_its_card_says_so(ledger, run_id, tmp_path):
    ledger.decide(run_id, "me", 1, False)
    ledger.decide(run_id, "me", 2, True)
    package = run_package(ledger, run_id, "me", "owner/four", None, tmp_path)
    table = pq.read_table(package.files["data.parquet"])
    assert table["review"].to_pylist() == ["Text 2", "Text 3"]
    assert table["by_hand"].to_pylist() == [True, False]
    assert "1 that the filter accepted was kept out, and 1 that it rejected was taken in" in package.card
    assert "Of 4 reviews it accepted 2, 50.0%" in package.card, "the filter's share, not the person's"
    assert "classifier, or a person, agreed with" in package.card


def test_a_ledger_of_the_second_version_opens_with_its_reviews_and_takes_decisions(tmp_path):
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as old, old:
        for migration in MIGRATIONS[:2]:
            migration(old)
        old.execute("PRAGMA user_version = 2")
        request, models = json.dumps({"stars": 4}), json.dumps(MODELS)
        began = "2026-01-01T00:00:00+00:00"
        row = ("a" * 32, "me", "host 1 0.0", began, "target", request, models, 1)
        old.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        row = ("a" * 32, 1, 1, "Text 1", 4, 4, 0.75, "[0.0, 0.05, 0.1, 0.75, 0.1]", 1, "")
        old.execute("INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    ledger = Ledger(path)
    assert (ledger.warning, ledger.reviews("a" * 32, "me")) == (None, [review(1)])
    assert ledger.decide("a" * 32, "me", 1, False).reason == "by hand"


@pytest.mark.parametrize("value", [2, "x", b"\xff"])
def test_a_damaged_decision_costs_its_review_alone(ledger, run_id, value):
    ledger._store._connection.execute("UPDATE reviews SET by_hand = ? WHERE position = 1", (value,))
    assert [one.index for one in ledger.reviews(run_id, "me")] == [2, 3, 4]


def test_a_record_brings_decisions_along_and_one_from_before_them_is_taken(ledger, run_id, tmp_path):
    before = ledger.record(run_id)
    ledger.decide(run_id, "me", 1, False)
    other = Ledger(tmp_path / "other.sqlite")
    assert other.restore(json.loads(json.dumps(ledger.record(run_id))))
    assert other.reviews(run_id, "me") == ledger.reviews(run_id, "me")
    for one in before["reviews"]:
        del one["overruled"]
    assert Ledger(tmp_path / "third.sqlite").restore(before)


@pytest.mark.parametrize(("overruled", "reason"), [("", ""), ("strange", "by hand"), (5, "by hand")])
def test_a_record_with_a_decision_that_is_none_is_refused(ledger, run_id, tmp_path, overruled, reason):
    record = ledger.record(run_id)
    record["reviews"][0] |= {"accepted": False, "overruled": overruled, "reason": reason}
    with pytest.raises(ValueError, match="its reviews are none"):
        Ledger(tmp_path / "other.sqlite").restore(record)
