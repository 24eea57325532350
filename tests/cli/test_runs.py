"""Runs and decisions by hand from the command line and Python: listed, shown, decided, written again."""

import pandas as pd
import pytest

import revdemo
from revdemo import cli
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request, Review

CASES = [("A calm film.", 4, True, ""), ("A loud film.", 2, False, "stars"), ("", None, False, "empty")]
SHARES = (0.1, 0.1, 0.1, 0.6, 0.1)


@pytest.fixture
def run_id(settings, monkeypatch):
    """A run of three reviews that has ended, in the ledger that commands open."""
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(settings.data_dir))
    ledger = Ledger(settings.data_dir / "ledger.sqlite")
    known = ledger.start(Request(4, 1, 7), "", {})
    ledger.add(
        known,
        [
            Review(number, 1, text, 4, stars, stars and 0.6, stars and SHARES, right, reason)
            for number, (text, stars, right, reason) in enumerate(CASES, 1)
        ],
    )
    ledger.finish(known, "target")
    ledger.close()
    return known


def test_runs_are_listed_with_what_was_decided(run_id, capsys):
    assert cli.main(["runs"]) == 0
    assert f"{run_id}  " in (told := capsys.readouterr().out) and "1 accepted, 2 rejected\n" in told
    assert "by hand" not in told
    revdemo.curate(run_id, keep_out=[1])
    assert cli.main(["runs"]) == 0
    assert "0 accepted, 3 rejected (by hand: 1 kept out, 0 taken in)" in capsys.readouterr().out


def test_the_reviews_of_a_run_are_shown_with_their_numbers(run_id, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["runs", run_id]) == 0
    told = capsys.readouterr().out
    assert "1. 4 ★, accepted: A calm film." in told and "2. 2 ★, rejected (stars): A loud film." in told
    assert not list(tmp_path.glob("runs"))  # nothing was decided


def test_a_decision_is_kept_and_the_files_are_written_again(run_id, capsys, tmp_path):
    arguments = ["runs", run_id, "--keep-out", "1", "--take-in", "2", "--out", str(tmp_path)]
    assert cli.main(arguments) == 0
    accepted = pd.read_csv(tmp_path / run_id / "accepted.csv")
    assert accepted[["review", "by_hand", "filter_reason"]].values.tolist() == [
        ["A loud film.", True, "stars"]
    ]
    told = capsys.readouterr().out
    assert "rejected (by hand): A calm film." in told and "accepted by hand: A loud film." in told
    undone = revdemo.curate(run_id, keep_out=[2], take_in=[1], out=tmp_path / "again")
    assert [(one.index, one.by_hand) for one in undone.reviews] == [(1, False), (2, False), (3, False)]
    assert pd.read_csv(tmp_path / "again" / run_id / "accepted.csv")["review"].tolist() == ["A calm film."]


@pytest.mark.parametrize(
    ("decisions", "said"),
    [
        (["--keep-out", "1", "4"], "The run has no review 4: its reviews are numbered from 1 to 3."),
        (
            ["--keep-out", "1", "--take-in", "3"],
            "Review 3 cannot be taken in: the filter rejected it as empty",
        ),
        (["--keep-out", "1", "--take-in", "1"], "Review 1 cannot be both kept out and taken in"),
    ],
)
def test_what_cannot_be_decided_is_said_and_nothing_else_is_decided(run_id, capsys, decisions, said):
    assert cli.main(["runs", run_id, *decisions]) == 2
    assert said in capsys.readouterr().err
    assert not any(one.by_hand for one in revdemo.curate(run_id).reviews)


def test_a_run_has_to_be_named_and_known(run_id, capsys):
    assert cli.main(["runs", "--keep-out", "1"]) == 2
    assert "Name the run" in capsys.readouterr().err
    assert cli.main(["runs", "0123"]) == 2
    assert "Choose one from the list of runs." in capsys.readouterr().err


def test_without_a_run_the_list_says_so(settings, monkeypatch, capsys):
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(settings.data_dir))
    assert cli.main(["runs"]) == 0
    assert capsys.readouterr().out == "No run yet.\n"
