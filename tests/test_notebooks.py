"""What a notebook shows: frames of predictions, and results as small tables in which nothing is markup."""

import pandas as pd
import pytest

import revdemo
from revdemo import notebooks
from revdemo.balancing import domain_gap
from revdemo.balancing.utility_report import UtilityPlan, UtilityReport
from revdemo.intervals import Rate
from revdemo.models.classifier import Prediction
from tests.support.fakes import FakeClassifier, FakeGenerator
from tests.support.fakes_balance import StarWriter, lopsided, star_of
from tests.support.fakes_ui import WordPolarity

COLUMNS = ["predicted", "confidence", "expected", "p1", "p2", "p3", "p4", "p5"]


def said(text):
    stars = int(text[-2])
    return Prediction(stars, 0.6, tuple(0.6 if n == stars else 0.1 for n in range(1, 6)))


def test_a_column_becomes_a_frame_with_the_same_index():
    column = pd.Series(["It is a 4.", None, "It is a 2."], index=["a", "b", "c"])
    found = revdemo.predict(column, classifier=FakeClassifier(said))
    assert list(found.columns) == COLUMNS and list(found.index) == ["a", "b", "c"]
    assert found["predicted"].tolist()[::2] == [4, 2] and found.loc["b"].isna().all()
    assert found.loc["a", "p4"] == 0.6


def test_polarity_stands_beside_the_stars_and_a_bar_is_shown_where_asked(capsys):
    texts = ["A negative thing: 1.", "A fine one: 5."]
    found = revdemo.predict(texts, classifier=FakeClassifier(said), polarity=WordPolarity(), progress=True)
    assert found["polarity"].tolist() == ["negative", "positive"] and found.index.tolist() == [0, 1]
    assert "2/2" in capsys.readouterr().err


def test_no_text_is_an_empty_frame():
    found = revdemo.predict([], classifier=FakeClassifier(said))
    assert list(found.columns) == COLUMNS and found.empty


def test_a_run_is_a_table_of_its_reviews(settings):
    generator = FakeGenerator([[["A <b>fine</b> film, really.", "Another fine film, really."]]])
    run = revdemo.generate(4, 2, settings=settings, generator=generator, classifier=FakeClassifier())
    assert "Not begun" in run._repr_html_() and not generator.history, "showing it writes nothing"
    shown = run.run._repr_html_()
    assert "2 accepted, 0 rejected (target)" in shown and "<b>" not in shown and "Another fine film" in shown
    assert run._repr_html_() == shown


def test_a_balanced_table_is_counted_by_stars(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(domain_gap, "measure", lambda *_, **__: None)
    path = lopsided(tmp_path / "mine.csv")
    models = {"settings": settings, "classifier": FakeClassifier(star_of)}
    balanced = revdemo.balance(path, tmp_path / "out", level=4, generator=StarWriter(), **models)
    assert "<th>2</th><td>0</td><td>4</td><td>0</td>" in balanced._repr_html_()


def test_a_report_tells_its_answer_and_every_arm():
    rate = Rate(0.5, 0.4, 0.6)
    figures = dict.fromkeys(("exact", "near", "mae", "macro_f1"), rate)
    arms = dict.fromkeys(("real", "real + synthetic", "synthetic only"), figures)
    differences = {"real + synthetic": figures | {"macro_f1": Rate(0.02, -0.01, 0.05)}}
    report = UtilityReport(UtilityPlan(), (1,) * 5, (1,) * 5, 3.0, 2.0, 0.0, arms, differences)
    shown = report._repr_html_()
    assert "No difference that can be told" in shown
    assert shown.count("0.500 (0.400 to 0.600)") == 12


@pytest.mark.parametrize("value", ["<script>", "a & b", None, 3])
def test_nothing_in_a_table_is_markup(value):
    shown = notebooks.table(str(value), [value], [[value, value]])
    assert "<script>" not in shown and shown.startswith("<table>")
