"""The ledger: durable, private to its owner, honest about what is wrong with its file; and the exports."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from revdemo import store
from revdemo.errors import RevdemoError
from revdemo.generation import ledger as ledger_module
from revdemo.generation.ledger import Ledger
from revdemo.generation.ledger_migrations import MIGRATIONS
from revdemo.generation.request import Request, Review
from revdemo.generation.runs import exports
from revdemo.generation.runs.exports import export

ROOT = Path(__file__).parents[2]
MODELS = {
    "generator": {"label": "starter generator 0a1b", "revision": "0a1b2c3d"},
    "classifier": {"label": "starter stars 4e5f", "revision": "4e5f6a7b"},
}


def review(index: int, accepted: bool = True, **changes) -> Review:
    plain = Review(index, 1, f"Text {index}", 4, 4, 0.75, (0.0, 0.05, 0.1, 0.75, 0.1), accepted, "")
    return replace(plain, reason="" if accepted else "stars", **changes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def ledger(path):
    return Ledger(path)


@pytest.fixture
def run_id(ledger):
    return ledger.start(Request(4, seed=7), "me", MODELS)


# --- what is written is there -------------------------------------------------------------------------------


def test_reviews_come_back_as_they_were_added(ledger, run_id, path):
    wordless = Review(3, 2, "", 4, None, None, None, False, "empty")
    strange = review(2, False, text="=1+1\r\n\t\x00 “naïve” 映画 😊 '; DROP TABLE runs; --")
    ledger.add(run_id, [review(1), strange])
    ledger.add(run_id, [wordless])
    assert Ledger(path).reviews(run_id, "me") == [review(1), strange, wordless]


@pytest.mark.parametrize(("accepted", "found"), [(True, [1, 3]), (False, [2]), (None, [1, 2, 3])])
def test_accepted_and_rejected_are_read_apart(ledger, run_id, accepted, found):
    ledger.add(run_id, [review(1), review(2, False), review(3)])
    assert [one.index for one in ledger.reviews(run_id, "me", accepted)] == found


def test_a_summary_says_what_was_asked_and_what_came(ledger, run_id):
    ledger.add(run_id, [review(1), review(2, False), review(3)])
    ledger.finish(run_id, "target")
    (run,) = ledger.runs("me")
    assert (run.id, run.ended, run.accepted, run.rejected) == (run_id, "target", 2, 1)
    assert (run.request, run.models) == (Request(4, seed=7), MODELS)
    assert timedelta() <= datetime.now(UTC) - run.started < timedelta(minutes=1)
    assert ledger.run(run_id, "me") == run


def test_a_run_from_before_min_p_was_sampled_without_it(ledger, run_id, path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE runs SET request = json_remove(request, '$.min_p')")
        connection.commit()
    assert ledger.run(run_id, "me").request == Request(4, seed=7, min_p=0.0)
    record = ledger.record(run_id)
    assert "min_p" not in record["request"]
    ledger.finish(run_id, "target")
    assert Ledger(path.with_name("other.sqlite")).restore(ledger.record(run_id))


def test_the_newest_runs_come_first(ledger):
    ids = [ledger.start(Request(3), "me", MODELS) for _ in range(5)]
    assert [run.id for run in ledger.runs("me", limit=3)] == ids[:1:-1]


def test_a_sub_batch_is_kept_whole_or_not_at_all(ledger, run_id):
    ledger.add(run_id, [review(1)])
    with pytest.raises(sqlite3.IntegrityError):
        ledger.add(run_id, [review(2), review(1)])
    assert [one.index for one in ledger.reviews(run_id, "me")] == [1]


def test_reviews_of_no_run_are_refused(ledger):
    with pytest.raises(sqlite3.IntegrityError):
        ledger.add("none", [review(1)])


def test_every_write_is_synced_to_the_disk(ledger):
    pragmas = [
        ledger._store._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("synchronous", "journal_mode")
    ]
    assert pragmas == [2, "wal"]


# --- whose it is --------------------------------------------------------------------------------------------


def test_a_run_is_shown_to_its_owner_only(ledger, run_id):
    theirs = ledger.start(Request(2), "you", MODELS)
    assert [run.id for run in ledger.runs("me")] == [run_id]
    assert [run.id for run in ledger.runs("you")] == [theirs]
    assert ledger.runs("nobody") == []


@pytest.mark.parametrize("read", ["run", "reviews"])
def test_another_owners_run_reads_like_a_missing_one(ledger, run_id, read):
    messages = set()
    for some_id, owner in (
        (run_id, "you"),
        (run_id, ""),
        ("missing", "me"),
        ("%", "me"),
        ("' OR 1=1 --", "me"),
    ):
        with pytest.raises(RevdemoError) as error:
            getattr(ledger, read)(some_id, owner)
        messages.add(str(error.value))
    assert len(messages) == 1


def test_runs_are_found_by_their_seed_for_their_owner_only(ledger, run_id):
    again = ledger.start(Request(2, seed=7), "me", MODELS)
    ledger.start(Request(4, seed=70), "me", MODELS)
    assert [run.id for run in ledger.seeded("me", 7)] == [again, run_id]
    assert ledger.seeded("you", 7) == [] == ledger.seeded("me", 8)


def test_who_sits_at_the_machine_sees_every_run(ledger, run_id):
    theirs = ledger.start(Request(2), "you", MODELS)
    ledger.add(theirs, [review(1)])
    assert [run.id for run in ledger.runs(None)] == [theirs, run_id]
    assert ledger.reviews(theirs, None) == [review(1)]


def test_run_ids_cannot_be_guessed(ledger):
    ids = {ledger.start(Request(1), "me", MODELS) for _ in range(20)}
    assert len(ids) == 20
    assert all(len(one) >= 22 for one in ids)


# --- several at once, and the ends of processes -------------------------------------------------------------


def test_threads_share_a_ledger(ledger):
    def write(owner: str):
        run_id = ledger.start(Request(4), owner, MODELS)
        for index in range(1, 31):
            ledger.add(run_id, [review(index)])
        ledger.finish(run_id, "target")

    threads = [threading.Thread(target=write, args=(f"owner {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(run.ended, run.accepted) for run in ledger.runs(None)] == [("target", 30)] * 6


def test_processes_begin_and_share_a_ledger(path):
    code = f"""
import sys
from tests.generation.test_ledger import *
ledger = Ledger({str(path)!r})
run_id = ledger.start(Request(4), sys.argv[1], MODELS)
for index in range(1, 21):
    ledger.add(run_id, [review(index)])
ledger.finish(run_id, "target")
"""
    children = [subprocess.Popen([sys.executable, "-c", code, f"owner {n}"], cwd=ROOT) for n in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert [(run.ended, run.accepted) for run in Ledger(path).runs(None)] == [("target", 20)] * 3


WRITER = """
import sys
import time
from tests.support.fakes import FakeClassifier, FakeGenerator
from revdemo.generation.ledger import Ledger
from revdemo.generation.loop import generate
from revdemo.generation.request import Request
script = [[["A fine film.", "Dull from end to end."], ["My cat slept through it."], lambda: time.sleep(600)]]
answers = {"A fine film.": 4, "Dull from end to end.": 1, "My cat slept through it.": 4}
ledger = Ledger(sys.argv[1])
for step in generate(Request(4), FakeGenerator(script), FakeClassifier(answers), ledger=ledger, owner="me"):
    print(step.run.id, step.judged, flush=True)
"""


def test_a_kill_in_the_middle_of_a_run_loses_nothing_that_was_shown(path):
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    shown = [child.stdout.readline().split() for _ in range(2)]
    ledger = Ledger(path)
    assert ledger.runs("me")[0].ended == "running"
    os.kill(child.pid, signal.SIGKILL)
    child.wait(30)
    (run,) = ledger.runs("me")
    assert shown == [[run.id, "2"], [run.id, "3"]]
    assert (run.ended, run.accepted, run.rejected) == ("interrupted", 2, 1)
    kept = Ledger(path).reviews(run.id, "me", accepted=True)
    assert [one.text for one in kept] == ["A fine film.", "My cat slept through it."]
    assert len(pd.read_csv(export(run, kept, "csv", path.parent))) == 2


def test_a_killed_process_that_nobody_waited_for_is_not_running(path):
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and still listed
    assert Ledger(path).runs("me")[0].ended == "interrupted"
    child.wait(30)


@pytest.mark.parametrize(
    ("process", "ended"),
    [
        (lambda host, number, began: f"{host} {number} {began}", "running"),
        (
            lambda host, number, began: f"{host} {number} {float(began) - 60:.2f}",
            "interrupted",
        ),  # a number again
        (lambda host, number, began: f"{host} {2**22 + 1} {began}", "interrupted"),
        (lambda host, number, began: f"other {number} {began}", "interrupted"),
    ],
)
def test_a_run_without_an_end_is_running_only_in_its_own_process(ledger, run_id, process, ended):
    began_by = process(*ledger._process.rsplit(" ", 2))
    ledger._store._connection.execute("UPDATE runs SET process = ?", (began_by,))
    ledger._process = "a ledger of another process"
    assert ledger.run(run_id, "me").ended == ended


# --- what is wrong with the file ----------------------------------------------------------------------------


def test_a_full_disk_is_said_and_what_was_there_stays(ledger, run_id, path):
    ledger.add(run_id, [review(1)])
    (pages,) = ledger._store._connection.execute("PRAGMA page_count").fetchone()
    ledger._store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(RevdemoError, match=r"ledger\.sqlite.*disk is full.*REVDEMO_DATA_DIR"):
        ledger.add(run_id, [review(index, text="x" * 5_000) for index in range(2, 50)])
    assert ledger.reviews(run_id, "me") == [review(1)]
    ledger._store._connection.execute("PRAGMA max_page_count = 100000")
    ledger.add(run_id, [review(2)])
    assert len(Ledger(path).reviews(run_id, "me")) == 2


def test_a_read_only_ledger_is_said(ledger, run_id):
    ledger._store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(RevdemoError, match=r"ledger\.sqlite.*read-only.*REVDEMO_DATA_DIR"):
        ledger.add(run_id, [review(1)])
    assert ledger.runs("me")


def test_a_held_ledger_is_said(ledger, run_id, path, monkeypatch):
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    ledger._store._connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(RevdemoError, match="another program is using it"):
        Ledger(path).start(Request(4), "me", MODELS)
    ledger._store._connection.execute("ROLLBACK")


@pytest.mark.parametrize("where", ["file/ledger.sqlite", "file/deeper/ledger.sqlite", "folder"])
def test_a_place_that_cannot_be_used_is_said(tmp_path, where):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RevdemoError, match=r"ledger of runs at .*REVDEMO_DATA_DIR"):
        Ledger(tmp_path / where)


def damage_text(path: Path) -> None:
    path.write_text("This is not a database, though it is long enough to look like one. " * 20)


def damage_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)


def damage_end(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [damage_text, damage_middle, damage_end])
def test_a_damaged_ledger_is_set_aside_and_a_new_one_begun(ledger, run_id, path, damage):
    ledger.add(run_id, [review(index, text="x" * 3_000) for index in range(1, 30)])
    ledger.close()
    damage(path)
    content = path.read_bytes()
    new = Ledger(path)
    (aside,) = path.parent.glob("ledger.sqlite.damaged-*")
    assert aside.read_bytes() == content
    assert str(path) in str(new.warning)
    assert aside.name in str(new.warning)
    assert new.runs(None) == []
    new.start(Request(4), "me", MODELS)
    assert Ledger(path).warning is None


def test_damage_found_later_is_said(ledger, run_id, path):
    ledger.add(run_id, [review(index, text="x" * 3_000) for index in range(1, 30)])
    ledger._store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger._store._connection.execute("PRAGMA cache_size = 0")
    damage_middle(path)
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    ledger._store._connection = reader
    with pytest.raises(RevdemoError, match=r"ledger\.sqlite.*damaged.*Start revdemo again"):
        ledger.reviews(run_id, "me")


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 99", "CREATE TABLE notes (text)"])
def test_a_database_of_another_kind_is_left_alone(path, statement):
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute(statement)
    content = path.read_bytes()
    with pytest.raises(RevdemoError, match=r"ledger\.sqlite.*version"):
        Ledger(path)
    assert path.read_bytes() == content
    assert list(path.parent.glob("*damaged*")) == []


# --- what is wrong with a row -------------------------------------------------------------------------------

DAMAGED_RUNS = {  # what happened to a column of one run
    "half of its request": ("request", "{"),
    "a request that is no request": ("request", "[]"),
    "a request out of range": ("request", '{"stars": 9}'),
    "a request without stars": ("request", "{}"),
    "a request nested without end": ("request", "[" * 100_000),
    "no time": ("started", "x"),
    "a time of no zone": ("started", "2026-01-01T00:00:00"),
    "a number for a time": ("started", 5),
    "an end that is none": ("ended", "<b>x"),
    "models that are none": ("models", "[1]"),
    "models without labels": ("models", '{"generator": {}}'),
    "bytes that are no text": ("request", b"\xff\xfe"),
}


def change(ledger: Ledger, table: str, column: str, value: object, condition: str) -> None:
    ledger._store._connection.execute(f"UPDATE {table} SET {column} = ? WHERE {condition}", (value,))


@pytest.mark.parametrize(("column", "value"), DAMAGED_RUNS.values(), ids=DAMAGED_RUNS)
def test_a_damaged_run_costs_itself_alone(ledger, run_id, path, column, value):
    others = [ledger.start(Request(3, seed=7), "me", MODELS) for _ in range(2)]
    ledger.add(others[0], [review(1)])
    change(ledger, "runs", column, value, f"id = '{run_id}'")
    for again in (ledger, Ledger(path)):
        assert [run.id for run in again.runs("me")] == others[::-1]
        assert [run.id for run in again.seeded("me", 7)] == others[::-1]
        assert again.reviews(others[0], "me") == [review(1)]
        with pytest.raises(RevdemoError, match="This run is damaged in the ledger"):
            again.run(run_id, "me")
        with pytest.raises(RevdemoError, match="not one of yours"):
            again.run(run_id, "you")
        assert "1 damaged rows" in str(again.warning)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", b"\xff"),
        ("probabilities", "{"),
        ("probabilities", "[1, 2]"),
        ("predicted", "four"),
        ("predicted", 9),
        ("predicted", None),
        ("requested", 0),
        ("confidence", 2.5),
        ("reason", "x"),
        ("round", "x"),
    ],
)
def test_a_damaged_review_costs_itself_alone(ledger, run_id, column, value):
    ledger.add(run_id, [review(1), review(2), review(3)])
    change(ledger, "reviews", column, value, "position = 2")
    assert [one.index for one in ledger.reviews(run_id, "me")] == [1, 3]
    assert "1 damaged rows" in str(ledger.warning)


def test_more_damaged_runs_than_are_read_at_a_time_hide_no_other(ledger, run_id, monkeypatch):
    monkeypatch.setattr(ledger_module, "PAGE", 2)
    for _ in range(5):
        ledger.start(Request(3), "me", MODELS)
    change(ledger, "runs", "request", "{", f"id != '{run_id}'")
    assert [run.id for run in ledger.runs("me", limit=1)] == [run_id]


def test_a_process_that_is_none_does_not_run(ledger, run_id):
    change(ledger, "runs", "process", "x", "1")
    assert ledger.run(run_id, "me").ended == "interrupted"


def test_a_request_of_a_later_version_is_read(ledger, run_id):
    ledger._store._connection.execute("UPDATE runs SET request = json_set(request, '$.mood', 'glad')")
    assert ledger.run(run_id, "me").request == Request(4, seed=7)


def test_half_a_character_does_not_end_a_run(ledger, run_id):
    ledger.add(run_id, [review(1, text="half \ud800 of it")])
    assert ledger.reviews(run_id, "me")[0].text == "half ? of it"
    with pytest.raises(RevdemoError, match="not one of yours"):
        ledger.run("\ud800", "me")


def test_the_newest_run_comes_first_whatever_the_clock_did(ledger, run_id, monkeypatch):
    monkeypatch.setattr(ledger_module, "_now", lambda: "1970-01-01T00:00:00+00:00")
    second = ledger.start(Request(4), "me", MODELS)
    assert [run.id for run in ledger.runs("me")] == [second, run_id]


def test_a_restored_run_stands_where_its_time_puts_it(ledger, run_id, tmp_path, monkeypatch):
    elsewhere = Ledger(tmp_path / "elsewhere.sqlite")
    monkeypatch.setattr(ledger_module, "_now", lambda: "2020-01-01T00:00:00+00:00")
    old = elsewhere.start(Request(1), "me", MODELS)
    elsewhere.finish(old, "target")
    assert ledger.restore(elsewhere.record(old))
    assert [run.id for run in ledger.runs("me")] == [run_id, old]


def test_a_ledger_of_the_first_version_opens_with_all_its_runs(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old, old:
        MIGRATIONS[0](old)
        old.execute("PRAGMA user_version = 1")
        request, models = json.dumps({"stars": 4}), json.dumps(MODELS)
        rows = [("a", "2026-01-02"), ("b", "2026-01-03"), ("c", "2026-01-01")]  # the clock went back before c
        for name, day in rows:
            began = f"{day}T00:00:00+00:00"
            row = (name * 32, "me", "host 1 0.0", began, "target", request, models)
            old.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        row = ("a" * 32, 1, 1, "Text 1", 4, 4, 0.75, "[0.0, 0.05, 0.1, 0.75, 0.1]", 1, "")
        old.execute("INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    ledger = Ledger(path)
    assert (ledger.warning, list(path.parent.glob("*damaged*"))) == (None, [])
    assert [run.id[0] for run in ledger.runs("me")] == ["c", "b", "a"]
    assert ledger.reviews("a" * 32, "me") == [review(1)]


# --- exports ------------------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1+1", " -1-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("x")']
HARMLESS = ["A fine film.", "-3,5", "1-1", "'=1", 'He said "no", twice;\nthen left.', "映画 é 😊", ""]


@pytest.fixture
def run(ledger, run_id):
    return ledger.run(run_id, "me")


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_csv_cell_runs_in_a_spreadsheet(run, tmp_path, text):
    harmful = replace(run, models={"generator": {"label": text}, "classifier": {"label": text}})
    (row,) = cells(export(harmful, [review(1, text=text)], "csv", tmp_path))
    assert row["review"] == row["generator"] == row["classifier"] == "'" + text
    assert not any(cell.startswith(tuple("=+-@\t\r\n")) for cell in row.values())


@pytest.mark.parametrize("text", HARMLESS)
def test_other_csv_cells_stay_as_they_are(run, tmp_path, text):
    assert cells(export(run, [review(1, text=text)], "csv", tmp_path))[0]["review"] == text


def test_csv_opens_as_utf8_in_a_spreadsheet(run, tmp_path):
    assert export(run, [review(1)], "csv", tmp_path).read_bytes().startswith(b"\xef\xbb\xbfreview,requested,")


@pytest.mark.parametrize("text", FORMULAS + HARMLESS)
def test_jsonl_and_parquet_hold_texts_raw(run, tmp_path, text):
    lines = export(run, [review(1, text=text)], "jsonl", tmp_path).read_text("utf-8").split("\n")
    assert json.loads(lines[0])["review"] == text
    assert lines[1:] == [""]
    assert pq.read_table(export(run, [review(1, text=text)], "parquet", tmp_path))["review"].to_pylist() == [
        text
    ]


EXPECTED = {
    "kind": None,
    "review": "Text 1",
    "requested": 4,
    "predicted": 4,
    "confidence": 0.75,
    "accepted": False,
    "reason": "stars",
    "by_hand": False,
    "filter_reason": "stars",
    "synthetic": True,
    "p1": 0.0,
    "p2": 0.05,
    "p3": 0.1,
    "p4": 0.75,
    "p5": 0.1,
    "round": 1,
    "seed": 7,
    "generator": "starter generator 0a1b",
    "classifier": "starter stars 4e5f",
}


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("csv", lambda path: pd.read_csv(path).astype(object).replace(float("nan"), None).to_dict("records")),
        ("jsonl", lambda path: [json.loads(line) for line in path.read_text("utf-8").splitlines()]),
        ("parquet", lambda path: pq.read_table(path).to_pylist()),
    ],
)
def test_every_kind_has_the_same_columns_and_values(run, tmp_path, kind, read):
    (row,) = read(export(run, [review(1, False)], kind, tmp_path))
    assert row == {**EXPECTED, "run": run.id}
    assert list(row) == exports.COLUMNS.names
    assert row["synthetic"] is True


def test_a_review_without_words_has_empty_predictions(run, tmp_path):
    wordless = Review(1, 1, "", 4, None, None, None, False, "empty")
    assert cells(export(run, [wordless], "csv", tmp_path))[0]["predicted"] == ""
    table = pq.read_table(export(run, [wordless, review(2)], "parquet", tmp_path))
    assert table["predicted"].to_pylist() == [None, 4]
    assert table["p1"].to_pylist() == [None, 0.0]


def test_parquet_columns_have_their_types(run, tmp_path):
    schema = pq.read_schema(export(run, [], "parquet", tmp_path))
    types = {name: schema.field(name).type for name in ("review", "predicted", "p3", "synthetic", "seed")}
    assert types == {
        "review": pa.string(),
        "predicted": pa.int8(),
        "p3": pa.float64(),
        "synthetic": pa.bool_(),
        "seed": pa.int64(),
    }


@pytest.mark.parametrize(
    ("stars", "verdicts", "name"),
    [
        (4, [True, True], "revdemo-accepted-4-stars.csv"),
        (1, [False], "revdemo-rejected-1-star.csv"),
        (5, [True, False], "revdemo-reviews-5-stars.csv"),
        (2, [], "revdemo-reviews-2-stars.csv"),
    ],
)
def test_a_file_is_named_after_what_it_holds_alone(run, tmp_path, stars, verdicts, name):
    run = replace(run, request=Request(stars, opening="../../secret"))
    reviews = [review(index, verdict) for index, verdict in enumerate(verdicts)]
    file = export(run, reviews, "csv", tmp_path)
    assert file.name == name
    assert file.parent.parent == tmp_path
    assert len(cells(file)) == len(verdicts)


def test_every_export_has_a_fresh_folder_with_nothing_else(run, tmp_path):
    files = [export(run, [review(1)], kind, tmp_path) for kind in ("csv", "csv", "jsonl", "parquet")]
    assert len({file.parent for file in files}) == 4
    assert all(list(file.parent.iterdir()) == [file] for file in files)
    assert all(len(file.parent.name) >= 32 for file in files)


def test_an_unknown_kind_is_refused(run, tmp_path):
    with pytest.raises(RevdemoError, match=r"'xlsx'.*csv, jsonl, parquet"):
        export(run, [review(1)], "xlsx", tmp_path)


def test_an_export_that_cannot_be_written_leaves_nothing_half_done(run, tmp_path, monkeypatch):
    def fill(rows, path):
        path.write_text("half a fi")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(exports.WRITERS, "csv", fill)
    with pytest.raises(RevdemoError, match=r"could not be written.*No space left"):
        export(run, [review(1)], "csv", tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == ["data"]


def test_an_export_below_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RevdemoError, match="could not be written"):
        export(run, [review(1)], "csv", tmp_path / "file")
