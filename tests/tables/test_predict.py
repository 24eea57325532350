"""Predicting a table: nothing is done twice or lost, and what comes out is the table with more columns."""

import json
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import revdemo
from revdemo import cli, intervals
from revdemo.errors import RevdemoError
from revdemo.evaluation import confusion_matrix, metrics
from revdemo.tables import predict as job
from revdemo.tables import predictions as store
from revdemo.tables import table as tables
from revdemo.tables.predict import predict_rows
from revdemo.tables.predictions import Predictions
from revdemo.tables.summary import SHORT, SURPRISING, finish, with_intervals
from revdemo.ui.table import predict as ui
from revdemo.ui.table.predict import PredictJob
from tests.support.fakes_ui import WordClassifier, WordPolarity, services

ROOT = Path(__file__).parents[2]
OURS = ["predicted", "confidence", "expected", "p1", "p2", "p3", "p4", "p5"]


class Counting(WordClassifier):
    """Remembers what it was asked, and raises `error` when it is asked for the text `at`."""

    def __init__(self, at=None, error=None):
        super().__init__()
        self.asked, self.at, self.error = [], at, error

    def predict(self, texts):
        if self.at in texts:
            raise self.error
        self.asked += texts
        return super().predict(texts)


def table(tmp_path, rows=100, name="a.csv", **more):
    path = tmp_path / name
    columns = {"review": [f"film {n} is a {n % 5 + 1}" for n in range(rows)]} | more
    tables.write_table(pd.DataFrame(columns, dtype=object), path)
    return tables.open_chosen(path)


def predicted(chosen, folder, classifier=None, polarity=None):
    predictions = Predictions(chosen, folder, classifier or WordClassifier(), polarity)
    steps = list(predict_rows(predictions))
    return predictions, steps


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr(job, "MOST", 32)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.jsonl", "a.parquet"])
@pytest.mark.parametrize("out", ["b.csv", "b.xlsx", "b.jsonl", "b.parquet"])
def test_the_table_comes_back_with_more_columns(tmp_path, name, out):
    chosen = table(tmp_path, name=name, id=[f"00{n}" for n in range(100)])
    predictions, steps = predicted(chosen, tmp_path / "work")
    finish(predictions, [tmp_path / out])
    found = tables.read_table(tmp_path / out)
    assert list(found.columns) == ["review", "id", *OURS]
    assert found["id"].tolist()[7] == "007"
    assert [int(stars) for stars in found["predicted"]] == [n % 5 + 1 for n in range(100)]
    assert [step.done for step in steps] == [0, 32, 64, 96, 100]
    assert steps[-1].seconds_left == 0


def test_rows_without_words_stay_empty_and_are_counted(tmp_path):
    chosen = table(tmp_path, 3, review=["a 5", "😀", ""])
    predictions, _ = predicted(chosen, tmp_path / "work", polarity=WordPolarity())
    summary = finish(predictions, [tmp_path / "b.jsonl"])
    rows = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()]
    assert [row["predicted"] for row in rows] == [5, None, None]
    assert [row["polarity"] for row in rows] == ["positive", None, None]
    assert (summary.wordless, summary.counts.tolist(), summary.polarities) == (
        2,
        [0, 0, 0, 0, 1],
        {"positive": 1},
    )
    assert summary.metrics is None and summary.surprising == []


def test_our_columns_step_aside_for_the_tables_own(tmp_path):
    chosen = table(tmp_path, 2, p1=["mine", "too"], p1_revdemo=["x", "y"])
    predictions, _ = predicted(chosen, tmp_path / "work")
    assert predictions.renamed
    finish(predictions, [tmp_path / "b.csv"])
    found = tables.read_table(tmp_path / "b.csv")
    assert list(found.columns) == ["review", "p1", "p1_revdemo", *(f"{name}_revdemo2" for name in OURS)]
    assert found["p1"].tolist() == ["mine", "too"]


# --- stopping and going on ---


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    chosen, folder = table(tmp_path), tmp_path / "work"
    first = Counting()
    for step in predict_rows(
        predictions := Predictions(chosen, folder, first), lambda: len(first.asked) >= 40
    ):
        assert step.done == predictions.done  # kept before it is told
    assert (predictions.done, len(first.asked)) == (64, 64)
    with pytest.raises(RevdemoError, match="Not every row"):
        finish(predictions)
    second = Counting()
    predictions, steps = predicted(chosen, folder, second)
    assert steps[0].done == 64
    assert first.asked + second.asked == [f"film {n} is a {n % 5 + 1}" for n in range(100)]
    assert finish(predictions).counts.tolist() == [20] * 5


def test_a_failure_keeps_what_there_was(tmp_path):
    chosen, folder = table(tmp_path), tmp_path / "work"
    failing = Counting(at="film 70 is a 1", error=RuntimeError("the GPU fell off the bus"))
    with pytest.raises(RuntimeError):
        predicted(chosen, folder, failing)
    predictions, steps = predicted(chosen, folder)
    assert steps[0].done == 64
    assert predictions.done == 100


KILLED = """
import sys, time
from pathlib import Path
from revdemo.tables import predict as job, table as tables
from revdemo.tables.predictions import Predictions
from tests.support.fakes_ui import WordClassifier
job.MOST = 32
class Slow(WordClassifier):
    def predict(self, texts):
        if "film 80 is a 1" in texts:
            print("there", flush=True)
            time.sleep(60)
        return super().predict(texts)
list(job.predict_rows(Predictions(tables.open_chosen(sys.argv[1]), Path(sys.argv[2]), Slow())))
"""


def test_a_killed_run_goes_on_where_it_was(tmp_path):
    chosen, folder = table(tmp_path), tmp_path / "work"
    command = [sys.executable, "-c", KILLED, chosen.path, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "there\n"
        process.kill()
    predictions, steps = predicted(chosen, folder)
    assert steps[0].done == 64
    assert finish(predictions).counts.tolist() == [20] * 5


def other_model():
    found = WordClassifier()
    found.source = SimpleNamespace(label="another", revision="4567")
    return found


@pytest.mark.parametrize("other", ["content", "column", "model", "polarity"])
def test_what_predictions_depend_on_begins_anew(tmp_path, other):
    folder = tmp_path / "work"
    chosen = table(tmp_path, 3, title=["so", "la", "la"])
    predicted(chosen, folder)
    assert Predictions(chosen, folder, WordClassifier()).done == 3
    if other == "content":
        chosen = table(tmp_path, 3, title=["so", "la", "li"])
    if other == "column":
        chosen = tables.open_chosen(chosen.path, text="title")
    model = other_model() if other == "model" else WordClassifier()
    polarity = WordPolarity() if other == "polarity" else None
    assert Predictions(chosen, folder, model, polarity).done == 0


def test_other_ratings_need_no_new_predictions(tmp_path):
    chosen, folder = table(tmp_path, 5, stars=[1, 2, 3, 4, 5], score=["10"] * 5), tmp_path / "work"
    predicted(chosen, folder)
    other = tables.open_chosen(chosen.path, rating="score")
    predictions, steps = predicted(other, folder, Counting(at="film 0 is a 1", error=AssertionError))
    assert len(steps) == 1
    assert finish(predictions).confusion[4].tolist() == [1] * 5


def test_a_damaged_file_of_predictions_is_begun_anew(tmp_path):
    chosen, folder = table(tmp_path, 3), tmp_path / "work"
    predicted(chosen, folder)
    (kept,) = folder.glob("*.sqlite")
    kept.write_bytes(b"no database" * 100)
    assert predicted(chosen, folder)[0].done == 3


def test_predictions_are_forgotten_after_a_while(tmp_path, monkeypatch):
    chosen, folder = table(tmp_path, 3), tmp_path / "work"
    predicted(chosen, folder)
    later = time.time() + store.KEPT + 9
    monkeypatch.setattr(time, "time", lambda: later)
    assert Predictions(chosen, folder, WordClassifier()).done == 0


def test_a_full_disk_is_explained(tmp_path):
    predictions = Predictions(table(tmp_path, 300), tmp_path / "work", WordClassifier())
    predictions._store._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(RevdemoError, match=r"The predictions of a table at .* disk is full"):
        predictions.predict(0, ["a 1"] * 300)
    assert predictions.done == 0


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM predictions WHERE row = 1",
        "UPDATE predictions SET predicted = 'x' WHERE row = 1",
        "UPDATE predictions SET predicted = 9 WHERE row = 1",
        "UPDATE predictions SET p3 = NULL WHERE row = 1",
        "UPDATE predictions SET row = -1 WHERE row = 0",
    ],
)
def test_damaged_rows_are_predicted_anew(tmp_path, damage):
    chosen, folder = table(tmp_path, 3), tmp_path / "work"
    predicted(chosen, folder)
    (kept,) = folder.glob("*.sqlite")
    with closing(sqlite3.connect(kept, isolation_level=None)) as other:
        other.execute(damage)
    predictions, steps = predicted(chosen, folder)
    assert (steps[0].done, finish(predictions).counts.sum()) == (0, 3)


def test_only_their_owner_can_look_into_predictions(tmp_path):
    predicted(table(tmp_path, 3), tmp_path / "work" / "predictions")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "work").rglob("*.sqlite*")}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "work").stat().st_mode) == 0o700


# --- the summary ---


def test_metrics_are_those_of_the_rows(tmp_path):
    stars = [1 if n % 3 else n % 5 + 1 for n in range(100)]
    chosen = table(tmp_path, stars=stars)
    predictions, _ = predicted(chosen, tmp_path / "work")
    summary = finish(predictions)
    guesses = [n % 5 + 1 for n in range(100)]
    exact = metrics.exact_metrics(stars, guesses)
    assert {name: rate.value for name, rate in summary.metrics["exact"].items()} == pytest.approx(exact)
    assert summary.metrics["mae"].value == pytest.approx(metrics.mae(stars, guesses))
    assert (summary.confusion == confusion_matrix.confusion(stars, guesses)).all()


def test_the_interval_is_that_of_a_bootstrap_over_rows():
    rng = np.random.default_rng(1)
    true, guess = rng.integers(1, 6, 300), rng.integers(1, 6, 300)
    ours = with_intervals(confusion_matrix.confusion(true, guess))
    slow = intervals.bootstrap(metrics.star_metrics, metrics.star_rows(true, guess))
    for name in ("low", "value", "high"):
        assert getattr(ours["exact"]["f1"], name) == pytest.approx(
            getattr(slow["exact"]["f1"], name), abs=0.01
        )
        assert getattr(ours["mae"], name) == pytest.approx(getattr(slow["mae"], name), abs=0.03)


@pytest.mark.parametrize("right", [1, 2, 7, 10, 29, 30, 400])
@pytest.mark.parametrize("wrong", [0, 1, 3])
def test_an_interval_holds_its_value_and_stays_within_the_range_of_its_measure(right, wrong):
    confusion = np.zeros((5, 5), dtype=int)
    confusion[3, 3], confusion[0, 4], confusion[2, 2] = right, wrong, right // 5
    found = with_intervals(confusion)
    rates = {"mae": (found["mae"], 4), "qwk": (found["qwk"], 1)}
    rates |= {f"{kind} {name}": (rate, 1) for kind in ("exact", "near") for name, rate in found[kind].items()}
    for name, (rate, most) in rates.items():
        assert -1 <= rate.low <= rate.value <= rate.high <= most, name
        assert name == "qwk" or rate.low >= 0
        assert rate.few is (int(confusion.sum()) < 30)
    accuracy = found["exact"]["accuracy"]
    assert accuracy.low < accuracy.high, "all right does not mean always right"


def test_the_most_surprising_rows_come_first_and_are_cut(tmp_path):
    review = ["it is a 5"] * 30 + ["it is a 3 " + "long " * 100] + ["it is a 2", "a 5"]
    stars = [4] * 25 + ["1/5"] * 5 + [5] + [2, ""]
    chosen = table(tmp_path, 33, review=review, stars=stars)
    predictions, _ = predicted(chosen, tmp_path / "work")
    summary = finish(predictions)
    assert [one.row for one in summary.surprising][:7] == [31, 26, 27, 28, 29, 30, 1]
    assert len(summary.surprising) == SURPRISING
    assert all(
        a.probability <= b.probability
        for a, b in zip(summary.surprising, summary.surprising[1:], strict=False)
    )
    cut = summary.surprising[0]
    assert (cut.label, cut.predicted, len(cut.text)) == (5, 3, SHORT)
    assert summary.unrated == 1
    looked = summary.rows_to_look_at
    assert [one.row for one in looked[:7]] == [31, 26, 27, 28, 29, 30, 1]
    assert [(one.row, one.label, one.probability) for one in looked if one.label is None] == [
        (33, None, None)
    ]
    assert len(looked) == 33 and len(looked[0].text) > SHORT


# --- the command line ---


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("REVDEMO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("revdemo.models.classifier.load_stars", lambda settings: WordClassifier())
    return lambda *arguments: cli.main(["predict", *map(str, arguments)])


def test_the_command_prints_what_a_labelled_table_comes_to(tmp_path, run, capsys):
    table(tmp_path, 10, score=[10] * 10, p1=["own"] * 10)
    assert run(tmp_path / "a.csv", "--out", tmp_path / "b.xlsx") == 0
    told = capsys.readouterr()
    assert 'a rating in "score" of 10' in told.out
    assert "exact: accuracy 20.0%" in told.out
    assert "      1  5★  1★" in told.out
    assert "so ours are predicted_revdemo" in told.err
    assert len(tables.read_table(tmp_path / "b.xlsx")) == 10


def test_the_command_takes_corrections(tmp_path, run, capsys):
    table(tmp_path, 10, opinion=["a 1"] * 10, grade=["6"] * 10)
    given = ("--column", "opinion", "--rating", "grade", "--scale", 6)
    assert run(tmp_path / "a.csv", *given, "--out", tmp_path / "b.csv") == 0
    assert '"grade" of 6' in capsys.readouterr().out
    assert run(tmp_path / "a.csv", "--rating", "", "--out", tmp_path / "b.csv") == 0
    assert capsys.readouterr().out == ""


def test_ctrl_c_keeps_the_rows_and_the_same_command_goes_on(tmp_path, run, capsys, monkeypatch):
    table(tmp_path)
    asked = []

    class Interrupted(Counting):
        def predict(self, texts):
            asked.extend(texts)
            if len(asked) == 64:
                signal.raise_signal(signal.SIGINT)
            return super().predict(texts)

    monkeypatch.setattr("revdemo.models.classifier.load_stars", lambda settings: Interrupted())
    assert run(tmp_path / "a.csv", "--out", tmp_path / "b.csv") == 130
    assert "64 of 100 rows are kept" in capsys.readouterr().err
    assert not (tmp_path / "b.csv").exists()
    assert run(tmp_path / "a.csv", "--out", tmp_path / "b.csv") == 0
    assert len(asked) == 100
    assert len(tables.read_table(tmp_path / "b.csv")) == 100


def test_python_has_the_same(tmp_path, settings):
    table(tmp_path, 10, score=[10] * 10)
    summary = revdemo.predict_table(
        tmp_path / "a.csv", tmp_path / "b.jsonl", settings=settings, classifier=WordClassifier()
    )
    assert summary.metrics["exact"]["accuracy"].value == pytest.approx(0.2)
    assert len(tables.read_table(tmp_path / "b.jsonl")) == 10


# --- the page ---


@pytest.fixture
def page(settings, tmp_path):
    """Runs the work of the Predict button to its end; gives what it showed, and the work."""

    def page(chosen, polarity=False, stop_after=None, **loaders):
        work = PredictJob(chosen, polarity, session="session")
        shown = []
        for update in ui.updates(services(settings, **loaders), work, tmp_path / "cache"):
            shown.append(update["summary"])
            if stop_after is not None and work.progress and work.progress.done >= stop_after:
                work.stop.set()
        return shown, work

    return page


def test_the_page_shows_progress_and_then_everything(tmp_path, page):
    chosen = table(tmp_path, note=["=1+1"] * 100, stars=["<b>", *[5] * 99])
    shown, work = page(chosen, polarity=True, load_polarity=lambda _: WordPolarity())
    assert work.problem == "" and work.ended.is_set()
    assert any("64 of 100 rows" in text for text in shown)
    shown = ui.results(work)
    text = shown["summary"]
    assert "Done." in text and "100 positive" in text and "1 without a rating from 1 to 5" in text
    assert shown["chart"].visible and shown["matrix"].visible
    assert "99 rows" in shown["measured"] and "F1" in shown["measured"]
    assert "film 2 is a 3" in shown["rows"] and shown["looks"][3].text.startswith("film 2 is a 3")
    assert [Path(shown[name].value["path"]).name for name in ("csv", "same")] == [
        "revdemo-predicted.csv", "revdemo-predicted.parquet",
    ]  # fmt: skip
    assert tables.read_table(work.files[0])["note"][0] == "'=1+1"  # a spreadsheet would run it
    assert tables.read_table(work.files[1])["note"][0] == "=1+1"


def test_stop_on_the_page_keeps_the_rows_and_predict_goes_on(tmp_path, page):
    chosen = table(tmp_path)
    _, work = page(chosen, stop_after=64)
    found = ui.results(work)
    assert "Stopped." in found["summary"] and "64 of 100 rows" in found["summary"]
    assert not found["csv"].interactive
    shown, work = page(chosen)
    assert "64 were predicted before" in shown[0]
    assert work.summary.rows == 100


def test_the_page_says_why_there_are_no_predictions(tmp_path, page):
    chosen = table(tmp_path, 3)
    _, work = page(chosen, polarity=True)
    assert "There is no polarity classifier" in ui.results(work)["summary"]
    Path(chosen.path).unlink()
    _, work = page(chosen)
    assert "a.csv cannot be read: No such file" in ui.results(work)["summary"]


def test_texts_of_the_table_are_escaped(tmp_path, page):
    attack = "<img src=x onerror=alert(1)> ${x} a 5"
    _, work = page(table(tmp_path, 1, review=[attack], stars=[1]))
    surprising = ui.results(work)["rows"]
    assert "<img" not in surprising and "${" not in surprising
