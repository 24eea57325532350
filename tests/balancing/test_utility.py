"""Are synthetic reviews worth it: fair splits, honest intervals, and an answer that the data decide."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import revdemo
from revdemo import cli
from revdemo.balancing import splits, utility, utility_report, utility_rows
from revdemo.balancing.utility import compare
from revdemo.balancing.utility_report import BOTH, NO, REAL, SYNTHETIC, UNTOLD, YES, UtilityPlan
from revdemo.errors import RevdemoError
from revdemo.generation.ledger import Ledger
from revdemo.generation.request import Request, Review
from revdemo.intervals import Rate
from revdemo.tables.table import open_chosen
from revdemo.ui import locale
from revdemo.ui.table import utility as worth
from revdemo.ui.table import utility_view
from tests.support.fakes_ui import services

TONES = {1: "dreadful", 2: "weak", 3: "average", 4: "pleasant", 5: "superb"}
QUICK = UtilityPlan(resamples=3, seed=1)


def reviews(counts, seed=0, tells=1.0, words=4):
    """So many texts of each star; a share `tells` of them hold one of the star's own words."""
    rng = np.random.default_rng(seed)
    rows = []
    for stars, count in enumerate(counts, start=1):
        for _ in range(count):
            own = stars if rng.random() < tells else int(rng.integers(1, 6))
            noise = [f"w{number}" for number in rng.integers(0, 400, 12)]
            said = f"{TONES[own]}{int(rng.integers(0, words))}"
            rows.append((" ".join([*noise[:6], said, *noise[6:]]), stars))
    return pd.DataFrame(rows, columns=["text", "stars"])


def report_of(real, synthetic, plan=QUICK):
    *_, last = compare(real, synthetic, plan)
    return last.report


# --- splits ---


def test_copies_are_found_and_a_stock_phrase_is_not_one():
    shared = " ".join(f"long{number}" for number in range(20))
    stock = " ".join(f"phrase{number}" for number in range(20))
    texts = ["A fine film.", "a FINE film!", "Another film.", f"First {shared} end.", f"{shared} once more"]
    texts += [f"own{number} {stock} tail{number}" for number in range(splits.STOCK + 1)]
    groups = splits.duplicate_groups(texts)
    assert groups[0] == groups[1] != groups[2]
    assert groups[3] == groups[4] != groups[0]
    assert len(set(groups[5:])) == splits.STOCK + 1


def test_a_split_holds_out_a_share_of_every_star_and_no_copy_on_both_sides():
    stars = np.repeat([1, 2, 5], [100, 20, 40])
    groups = np.arange(160)
    groups[:10] = 0  # ten copies of one text
    found = [splits.split(stars, groups, 0.3, [7, number]) for number in range(20)]
    for test in found:
        assert [int(test[stars == star].sum()) for star in (1, 2, 5)] == [30, 6, 12]
        assert len(set(test[:10])) == 1
    assert {bool(test[0]) for test in found} == {True, False}
    again = splits.split(stars, groups, 0.3, [7, 0])
    assert (again == found[0]).all() and (again != found[1]).any()


def test_rows_that_are_all_the_same_cannot_be_divided():
    with pytest.raises(RevdemoError, match="rows of 2 stars repeat one another"):
        splits.split(np.repeat([1, 2], 20), np.r_[np.arange(20), np.full(20, 99)], 0.3, [0, 0])


def test_a_synthetic_copy_of_a_test_row_is_not_learned_from():
    real = reviews([20, 0, 0, 0, 20])
    report = report_of(real, real)
    assert report.repeats == report.test == 12
    assert set(report.differences[SYNTHETIC].values()) == {Rate(0, 0, 0)}, "it learned from the same rows"


# --- figures ---


def test_the_measures_are_of_the_confusion_matrix():
    matrix = np.zeros((2, 5, 5))
    matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 4, 4], matrix[:, 4, 0] = 3, 1, 4, 2
    found = utility_report.measures_of(matrix)
    assert set(found) == {"exact", "near", "mae", "macro_f1", "recall_1", "recall_5"}
    assert {name: values[0] for name, values in found.items()} == pytest.approx(
        {
            "exact": 7 / 10,
            "near": 8 / 10,
            "mae": (1 + 2 * 4) / 10,
            "macro_f1": (6 / 9 + 8 / 10) / 2,
            "recall_1": 3 / 4,
            "recall_5": 4 / 6,
        }
    )


@pytest.mark.parametrize(
    ("gain", "answer", "said"),
    [
        (
            Rate(0.031, 0.012, 0.05),
            YES,
            "Yes: with the synthetic reviews macro-F1 is 3.1 points higher (1.2",
        ),
        (Rate(-0.02, -0.03, -0.01), NO, "macro-F1 is 2.0 points lower (1.0 to 3.0)"),
        (Rate(0.004, -0.018, 0.026), UNTOLD, "changes by +0.4 points (-1.8 to +2.6)"),
        (Rate(0.0, 0.0, 0.0), UNTOLD, "changes by +0.0 points"),
    ],
)
def test_the_verdict_follows_the_interval(gain, answer, said):
    report = utility_report.UtilityReport(QUICK, (), (), 0, 0, 0, {}, {BOTH: {"macro_f1": gain}})
    assert report.answer == answer and said in report.verdict


# --- the three arms ---


def test_good_synthetic_reviews_help_where_real_ones_are_few():
    real, synthetic = reviews([30, 30, 30, 30, 10], words=20), reviews([150, 150, 0, 150, 150], 5, words=20)
    report = report_of(real, synthetic, UtilityPlan(resamples=6))
    assert report.answer == YES
    assert report.differences[BOTH]["recall_5"].value > 0.2
    assert report.real == (30, 30, 30, 30, 10) and report.synthetic == (150, 150, 0, 150, 150)
    assert (report.train, report.test) == (91, 39)


def test_synthetic_reviews_with_the_wrong_stars_hurt():
    wrong = reviews([200] * 5, seed=5)
    wrong["stars"] = 6 - wrong["stars"]
    report = report_of(reviews([60] * 5), wrong, UtilityPlan(resamples=5))
    assert report.answer == NO and report.arms[SYNTHETIC]["exact"].value < 0.3


def test_more_of_what_tells_nothing_makes_no_difference():
    report = report_of(reviews([60] * 5, tells=0.3), reviews([3] * 5, seed=9), UtilityPlan(resamples=5))
    assert report.answer == UNTOLD


def test_synthetic_reviews_of_one_star_alone_always_predict_it():
    report = report_of(reviews([20] * 5), reviews([0, 0, 30, 0, 0], seed=3))
    assert report.arms[SYNTHETIC]["exact"].value == pytest.approx(0.2)
    assert report.arms[SYNTHETIC]["recall_3"] == Rate(1, 1, 1)


def test_the_same_seed_gives_the_same_report_and_another_one_does_not():
    real, synthetic = reviews([20] * 5, tells=0.6), reviews([10] * 5, seed=2)
    first = report_of(real, synthetic)
    assert report_of(real, synthetic) == first
    assert report_of(real, synthetic, UtilityPlan(resamples=3, seed=2)) != first


def test_a_table_that_is_too_long_is_drawn_from_and_keeps_its_rare_star():
    drawn = utility._drawn(reviews([900, 0, 60, 0, 900]), UtilityPlan(most=400))
    assert utility_report.by_stars(drawn) == (194, 0, 60, 0, 194)


def test_progress_is_told_and_stop_ends_it_without_a_report():
    real, synthetic = reviews([20] * 5), reviews([10] * 5, seed=2)
    steps = list(compare(real, synthetic, QUICK))
    assert [(step.done, step.of) for step in steps] == [(number, 9) for number in range(1, 10)]
    assert [step.report is None for step in steps] == [True] * 8 + [False]
    asked = iter([False, False, True])
    stopped = list(compare(real, synthetic, QUICK, lambda: next(asked)))
    assert [step.done for step in stopped] == [1, 2]


@pytest.mark.parametrize(
    ("real", "synthetic", "said"),
    [
        ([20, 20, 4, 1, 20], [5] * 5, "4 of 3 stars, 1 of 4 stars"),
        ([0, 0, 0, 0, 50], [5] * 5, "two different numbers of stars"),
        ([0] * 5, [5] * 5, "two different numbers of stars"),
        ([20] * 5, [0] * 5, "no synthetic reviews"),
    ],
)
def test_too_few_rows_are_refused_with_what_to_do(real, synthetic, said):
    with pytest.raises(RevdemoError, match=said):
        next(compare(reviews(real), reviews(synthetic)))


@pytest.mark.parametrize("fields", [{"resamples": 1}, {"test_share": 0.99}, {"seed": -1}])
def test_a_plan_that_makes_no_sense_is_refused(fields):
    with pytest.raises(RevdemoError, match=r"must be"):
        UtilityPlan(**fields)


# --- where the rows come from ---


def save(rows, path, **columns):
    rows.assign(**columns).to_csv(path, index=False)
    return path


def test_the_synthetic_column_of_a_table_divides_it(tmp_path):
    rows = pd.DataFrame({"text": [f"A film {tone}." for tone in TONES.values()], "stars": range(1, 6)})
    path = save(rows, tmp_path / "a.csv", Synthetic=["True", "false", "1", "", "no"])
    real, synthetic = utility_rows.from_table(open_chosen(path))
    assert real["stars"].tolist() == [2, 4, 5] and synthetic["stars"].tolist() == [1, 3]


def test_of_the_export_of_a_run_only_what_was_accepted_counts(tmp_path):
    rows = pd.DataFrame({"review": ["Fine film.", "Poor film."], "requested": [4, 2], "predicted": [5, 2]})
    path = save(rows, tmp_path / "all.csv", accepted=[False, True], synthetic=True)
    assert utility_rows.from_file(path)[["text", "stars"]].values.tolist() == [["Poor film.", 2]]
    save(rows, path, accepted=False)
    with pytest.raises(RevdemoError, match=r"No row of all\.csv counts"):
        utility_rows.from_file(path)


def test_the_runs_of_the_ledger_give_their_accepted_reviews_to_their_owner_alone(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    run = ledger.start(Request(stars=4), "me", {})
    shares = (0.1, 0.1, 0.1, 0.6, 0.1)
    kept, other = (
        Review(number, 1, f"Film {number}.", 4, 4, 0.6, shares, not number % 2, "") for number in (2, 3)
    )
    ledger.add(run, [kept, other])
    assert utility_rows.from_runs(ledger, "me", [run]).values.tolist() == [["Film 2.", 4]]
    with pytest.raises(RevdemoError, match="not one of yours"):
        utility_rows.from_runs(ledger, "you", [run])
    with pytest.raises(RevdemoError, match="no accepted reviews"):
        utility_rows.from_runs(ledger, "me", [])


# --- the command line ---


def test_the_command_prints_the_arms_and_the_verdict_and_writes_every_figure(tmp_path, capsys):
    table = save(reviews([20] * 5, tells=0.7).rename(columns={"stars": "rating"}), tmp_path / "real.csv")
    other = save(reviews([12] * 5, seed=4), tmp_path / "synthetic.csv")
    out = tmp_path / "result.json"
    arguments = [str(table), "--synthetic", str(other), "--resamples", "2", "--seed", "3", "--out", str(out)]
    assert cli.main(["utility", *arguments]) == 0
    told = capsys.readouterr().out
    assert "100 real rows by stars: 20, 20, 20, 20, 20" in told
    assert "60 synthetic rows" in told and "2 splits: 70 real rows to learn from, 30 to test on" in told
    for arm in utility_report.ARMS:
        assert re.search(rf"^{re.escape(arm)} +\d", told, re.MULTILINE)
    report = json.loads(out.read_text())
    assert told.strip().endswith(report["verdict"])
    assert set(report["arms"][REAL]["recall_1"]) == {"value", "low", "high"}
    assert report["plan"] == {"resamples": 2, "test_share": 0.3, "seed": 3, "most": 10_000}
    again = tmp_path / "again.json"
    assert revdemo.utility(table, other, resamples=2, seed=3, out=again).verdict == report["verdict"]
    assert again.read_bytes() == out.read_bytes()


def test_a_small_table_gets_no_interval_and_no_answer_at_any_door(settings, tmp_path, capsys):
    table = save(reviews([12, 0, 0, 0, 12], tells=1.0), tmp_path / "real.csv")
    other = save(reviews([12, 0, 0, 0, 12], seed=4), tmp_path / "synthetic.csv")
    report = revdemo.utility(table, other, resamples=2)
    said = "24 real rows are too few for intervals and an answer: 30 are needed."
    assert report.answer == UNTOLD and report.verdict == said
    assert all(rate.few for own in report.arms.values() for rate in own.values())
    assert " to " not in report._repr_html_()
    assert cli.main(["utility", str(table), "--synthetic", str(other), "--resamples", "2"]) == 0
    told = capsys.readouterr().out
    assert said in told and not re.search(r"\d \([-+\d.]+ to ", told)
    summary, figures, arms = utility_view.answer(report)
    assert said in summary and "too few for an interval" in figures
    assert all(rate.low == rate.value == rate.high for rate in arms.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resamples", "1"], "resamples is 1"),
        (["--synthetic", "none.csv"], "none.csv"),
        (["--out", "no/such/out.json"], "cannot be written"),
        ([], "There are no synthetic reviews"),
        (["--rating", "nothing"], "no column 'nothing'"),
    ],
)
def test_the_command_refuses_in_one_line(tmp_path, capsys, arguments, said):
    table = save(reviews([12] * 5), tmp_path / "real.csv")
    assert cli.main(["utility", str(table), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


# --- the page ---


def work(path, source, **fields):
    found = worth.UtilityJob(open_chosen(path), source, (), None, UtilityPlan(2), "me", session=None)
    for name, value in fields.items():
        setattr(found, name, value)
    return found


def test_the_page_measures_all_three_sources_and_says_the_verdict(settings, tmp_path):
    held = services(settings)
    run = held.ledger.start(Request(stars=4), "me", {})
    texts = reviews([0, 0, 0, 9, 0], seed=8)["text"]
    held.ledger.add(
        run, [Review(n, 1, text, 4, 4, 0.6, (0.1,) * 5, True, "") for n, text in enumerate(texts, 1)]
    )
    rows = pd.concat([reviews([12] * 5).assign(synthetic=0), reviews([3] * 5, 5).assign(synthetic=1)])
    table, other = save(rows, tmp_path / "a.csv"), save(reviews([2] * 5, 6), tmp_path / "b.csv")
    sources = {
        worth.OWN: ({}, (3, 3, 3, 3, 3)),
        worth.RUNS: ({"runs": [run]}, (0, 0, 0, 9, 0)),
        worth.FILE: ({"file": str(other)}, (2, 2, 2, 2, 2)),
    }
    for source, (fields, counts) in sources.items():
        asked = work(table, source, **fields)
        said = [update["summary"] for update in worth.updates(held, asked)]
        assert locale.UTILITY_READING in said[0] and "6 of 6 classifiers trained" in said[-1]
        assert (asked.problem, asked.report.real, asked.report.synthetic) == ("", (12,) * 5, counts)
        shown = worth.results(asked)
        assert asked.report.verdict in shown["summary"] and shown["chart"].visible
        assert shown["figures"].count("<table>") == 2 and locale.UTILITY_OF_ADAPTED in shown["figures"]


def test_the_page_says_what_is_wrong_and_keeps_other_visitors_runs_apart(settings, tmp_path):
    held = services(settings)
    theirs = held.ledger.start(Request(stars=4), "somebody else", {})
    table = save(reviews([12] * 5), tmp_path / "a.csv")
    for source, fields, said in (
        (worth.OWN, {}, "no synthetic reviews"),
        (worth.RUNS, {"runs": [theirs]}, "not one of yours"),
        (worth.FILE, {"file": str(tmp_path / "none.csv")}, "none.csv"),
    ):
        asked = work(table, source, **fields)
        list(worth.updates(held, asked))
        assert said in asked.problem and asked.ended.is_set()
        assert said in worth.results(asked)["summary"]


def test_a_balanced_table_is_read_by_the_columns_that_were_added_to_it(tmp_path):
    real, synthetic = reviews([12] * 5), reviews([3] * 5, seed=5)
    balanced = pd.DataFrame(
        {
            "text": [*real["text"], *[""] * 15],
            "rating": [*(2 * real["stars"]), *[""] * 15],
            "review": [*real["text"], *synthetic["text"]],
            "stars": [*real["stars"], *synthetic["stars"]],
            "synthetic": [False] * 60 + [True] * 15,
            "requested": [""] * 60 + [*synthetic["stars"]],
        }
    )
    path = save(balanced, tmp_path / "balanced.csv")
    found = utility_rows.from_table(open_chosen(path, "text", "rating", 10))
    assert [len(rows) for rows in found] == [60, 15]
    assert len(utility_rows.from_file(path)) == 15
