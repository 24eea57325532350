"""The quality of a run: its figures, the real reviews beside them, and the second opinion."""

import json

import pandas as pd
import pytest

from revdemo.errors import RevdemoError
from revdemo.evaluation import diversity as run_quality
from revdemo.evaluation.diversity import Reference, fits, measure, opinions, real_agreement
from revdemo.evaluation.results import DiversityFile
from revdemo.generation.copies import build_copy_index
from revdemo.generation.request import Request, Review
from revdemo.intervals import Rate, as_json
from revdemo.ui import locale
from revdemo.ui.generate import quality as page
from revdemo.ui.generate import runs
from revdemo.ui.parts.owner import new_owner
from tests.support.fakes_ui import SlowGenerator, WordPolarity, services
from train.measures import real_diversity

SHARES = (0.1, 0.1, 0.1, 0.6, 0.1)


def review(index, text, accepted=True, requested=4, predicted=4) -> Review:
    return Review(index, 1, text, requested, predicted, 0.6, SHARES, accepted, "" if accepted else "stars")


def rate(value):
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


REPORT = {
    "counts": [5, 500],
    "lengths": [10, 40],
    "by_stars": {
        "4": {
            "cut_words": [10.0, 40.0],
            "near_duplicates": [rate(0.0), rate(0.2)],
            "words": [rate(90.0), rate(100.0)],
            "distinct1": [[rate(0.9), rate(0.7)], [rate(0.5), rate(0.3)]],
            "distinct2": [[rate(1.0), rate(1.0)], [rate(0.8), rate(0.6)]],
        }
    },
    "copies": [rate(0.1), rate(0.3)],
}


# --- figures ---


def test_the_figures_of_reviews():
    long = " ".join(f"word{number}" for number in range(15))
    found = measure(
        [
            review(1, "A slow film."),
            review(2, "a SLOW film"),
            review(3, "", predicted=None),
            review(4, f"So {long}."),
        ],
        build_copy_index([f"They said {long} and left."]),
        None,
    )
    assert found.n == 3 and found.words == pytest.approx((3 + 3 + 16) / 3)
    assert found.distinct1 == pytest.approx(19 / 22) and found.distinct2 == pytest.approx(17 / 19)
    assert found.near_duplicates.value == found.copies.value == pytest.approx(1 / 3)
    assert found.near_duplicates.low < 1 / 3 < found.near_duplicates.high
    assert found.real == {}


def test_without_an_index_or_texts_there_is_no_figure():
    assert measure([review(1, "A film.")], None, None).copies is None
    assert measure([review(1, "!", predicted=None)], None, None) is None


def test_long_and_many_reviews_are_cut_to_what_was_measured():
    reference = Reference(DiversityFile.model_validate(REPORT | {"counts": [5, 6]}))
    same = " ".join(f"word{number}" for number in range(40))
    reviews = [review(number, f"{same} own{number}") for number in range(1, 9)]
    found = measure(reviews, None, reference)
    assert found.distinct1 == pytest.approx(40 / 240), "six reviews of forty words"
    assert found.n == 8 and found.words == 41


# --- real reviews ---


@pytest.mark.parametrize(
    ("count", "words", "expected"),
    [
        (5, 10, {"distinct1": 0.9, "distinct2": 1.0, "near_duplicates": 0.0, "words": 90, "copies": 0.1}),
        (500, 40, {"distinct1": 0.3, "distinct2": 0.6, "near_duplicates": 0.2, "words": 100, "copies": 0.3}),
        (50, 20, {"distinct1": 0.6, "distinct2": 0.85, "near_duplicates": 0.1, "words": 95, "copies": 0.2}),
        (
            5000,
            400,
            {"distinct1": 0.3, "distinct2": 0.6, "near_duplicates": 0.2, "words": 100, "copies": 0.3},
        ),
        (50, 5, {"near_duplicates": 0.1, "words": 95}),
        (4, 20, {}),
    ],
    ids=["one corner", "another", "half-way in ratios", "beyond", "too short", "too few"],
)
def test_real_figures_lie_between_those_measured(count, words, expected):
    reference = Reference(DiversityFile.model_validate(REPORT))
    found = reference.at(4, count, words)
    assert {name: one.value for name, one in found.items()} == pytest.approx(expected)
    assert all(one.high - one.low == pytest.approx(0.2) for one in found.values())
    assert Reference(DiversityFile.model_validate(REPORT)).at(3, count, words) == {}, (
        "these stars were not measured"
    )


def test_a_missing_or_damaged_reference_is_no_reference(tmp_path):
    assert Reference.read(tmp_path) is None
    path = tmp_path / run_quality.DIVERSITY
    for content in ("{", "[]", "{}", '{"by_stars": {}}'):
        path.unlink(missing_ok=True)
        path.write_text(content)
        run_quality._load.cache_clear()
        assert Reference.read(tmp_path) is None
    path.write_text(json.dumps(REPORT))
    run_quality._load.cache_clear()
    assert Reference.read(tmp_path).most == 500


def test_the_published_reference_covers_every_star_and_falls_with_number_and_length():
    reference = Reference.read()
    for stars in range(1, 6):
        few, many, long = (reference.at(stars, *at) for at in ((10, 30), (100, 30), (10, 90)))
        for name in ("distinct1", "distinct2"):
            assert 1 > few[name].value > many[name].value > 0.1
            assert few[name].value > long[name].value
            assert few[name].low < few[name].value < few[name].high
        assert 0 <= few["copies"].value < 0.05


def test_real_agreement_is_of_the_same_classifier_alone(tmp_path):
    report = {
        "n": 90,
        "accuracy": rate(0.8),
        "model": {"polarity": {"role": "polarity", "revision": "abc"}},
        "neutral": {"low": 0.3, "high": 0.7, "three_star_share": rate(0.4), "other_share": rate(0.1)},
        "domains": {"films": {"accuracy": rate(0.9)}},
    }
    (tmp_path / run_quality.POLARITY).write_text(json.dumps(report))
    assert real_agreement(4, "abc", tmp_path) == Rate(0.9, 0.8, 1.0)
    assert real_agreement(3, "abc", tmp_path).value == 0.4
    assert real_agreement(4, "another", tmp_path) is None
    assert real_agreement(4, "abc", tmp_path / "none") is None


def test_the_curves_of_real_reviews_are_measured_by_stars(monkeypatch):
    monkeypatch.setattr(real_diversity, "COUNTS", (5, 10))
    texts = [" ".join(f"w{(number * 7 + place) % 50}" for place in range(30)) for number in range(24)]
    rows = pd.DataFrame({"text": texts, "stars": [1, 5] * 12})
    report = real_diversity.measure(rows, build_copy_index(texts[:6]), seed=1)
    assert report == real_diversity.measure(rows, build_copy_index(texts[:6]), seed=1)
    one = report["by_stars"]["1"]
    assert one["n"] == 12 and one["cut_words"] == [10, 20, 30, 30, 30]
    assert one["distinct1"][0][0].value > one["distinct1"][1][2].value
    assert one["words"][0] == Rate(30, 30, 30)
    assert report["copies"][0].value == 0 and report["copies"][1].value >= 0.25
    found = Reference(DiversityFile.model_validate(as_json(report))).at(5, 7, 25)
    assert set(found) == {"near_duplicates", "words", "distinct1", "distinct2", "copies"}


def test_too_few_real_reviews_are_refused():
    with pytest.raises(RevdemoError, match="are too few for draws"):
        real_diversity.measure(pd.DataFrame({"text": ["A film."] * 5, "stars": 1}), None)


# --- the second opinion ---


@pytest.mark.parametrize(
    ("requested", "polarity", "probability", "expected"),
    [
        (1, "negative", 0.1, True),
        (2, "positive", 0.9, False),
        (4, "neutral", 0.6, True),
        (5, "neutral", 0.4, False),
        (3, "neutral", 0.6, True),
        (3, "positive", 0.9, False),
    ],
)
def test_when_a_polarity_agrees(requested, polarity, probability, expected):
    assert fits(requested, polarity, probability) is expected


def test_opinions_come_in_batches_and_skip_what_has_no_words(monkeypatch):
    monkeypatch.setattr(run_quality, "BATCH", 2)
    reviews = [review(number, f"A {tone} film.") for number, tone in enumerate(["negative", "good"] * 2, 1)]
    reviews.insert(1, review(9, "", predicted=None))
    sizes = [len(found) for found in opinions(reviews, WordPolarity())]
    *_, found = opinions(reviews, WordPolarity())
    assert sizes == [2, 4] and found == {1: False, 2: True, 3: False, 4: True}
    told = run_quality.agreement(reviews[:3], found, None)
    assert (told.n, told.rate.value, told.real) == (2, 0.5, None)
    assert run_quality.agreement(reviews[1:2], found, None) is None


# --- the page ---


@pytest.fixture
def held(settings):
    """Services with one run of `owner`: six accepted and three rejected reviews."""
    found = services(
        settings,
        load_polarity=lambda _: WordPolarity(),
        load_copies=lambda _: build_copy_index(["nothing " * 20]),
    )
    found.owner = new_owner()
    request = Request(stars=4, seed=7)
    models = {
        role: {"label": f"starter {role} 0123", "revision": "0" * 64} for role in ("generator", "classifier")
    }
    found.run_id = found.ledger.start(request, found.owner, models)
    writer = SlowGenerator(pause=0)
    texts = [sample.text for [sample] in writer.stream(4, 9, 0, should_stop=lambda: False)]
    found.ledger.add(
        found.run_id,
        [review(number, text, accepted=bool(number % 3)) for number, text in enumerate(texts, 1)],
    )
    found.ledger.finish(found.run_id, "target")
    return found


def test_the_figures_come_before_the_second_opinion_and_then_with_it(held):
    held.start()
    held.generator.wait(5)
    first, *_, last = page.of_run(held, held.owner, held.run_id)
    assert "Asking the polarity classifier: 0 of 9" in first and "Asking" not in last
    for name in locale.QUALITY_FIGURES.values():
        assert f">{name}</th>" in last
    for part in (">6<", ">9<", "copies of training text", "not independent"):
        assert part in last
    assert any(text in last for text in locale.QUALITY_BESIDE.values())
    assert "100%" in last, "the polarity classifier calls every review positive"


def test_without_a_polarity_classifier_the_other_figures_stand(held):
    held = replace_polarity(held)
    *_, last = page.of_run(held, held.owner, held.run_id)
    assert locale.NO_POLARITY in last and "distinct-1" in last


def replace_polarity(held):
    other = services(held.settings)
    other.owner, other.run_id = held.owner, held.run_id
    return other


@pytest.mark.parametrize(("mine", "run_id"), [(False, True), (True, None), (None, True)])
def test_a_run_is_measured_for_its_owner_alone(held, mine, run_id):
    owner = {True: held.owner, False: new_owner(), None: None}[mine]
    if mine is False:
        with pytest.raises(RevdemoError, match="not one of yours"):
            list(page.of_run(held, owner, held.run_id))
    else:
        [said] = page.of_run(held, owner, run_id and held.run_id)
        assert locale.QUALITY_NOTHING in said


def test_an_open_run_has_its_code_and_a_closed_quality(held, tmp_path):
    shown = dict(
        zip(["quality", "figures", "code", "command", "python"], opened(held, tmp_path), strict=True)
    )
    assert shown["quality"].open is False and shown["quality"].visible and shown["figures"] == ""
    assert shown["code"].visible
    assert shown["command"].endswith("generate --stars=4 --accepted=20 --seed=7 --rounds=10 --at-once=1")
    assert "revdemo.generate(stars=4, accepted=20, seed=7, rounds=10, at_once=1)" in shown["python"]


def opened(held, folder):
    return runs.opened(held, held.owner, held.run_id, folder)[-5:]


def test_where_no_run_is_shown_there_is_neither():
    quality, figures, code, *texts = runs.nothing("Nothing yet.")[-5:]
    assert not quality.visible and not code.visible and figures == "" and texts == [None, None]


def test_a_figure_is_placed_beside_the_range_of_real_reviews():
    real = Rate(0.5, 0.4, 0.6)
    assert [page._beside(value, real) for value in (0.39, 0.4, 0.61)] == [
        "less varied",
        "as real ones",
        "more varied",
    ]
    assert page._beside(0.5, None) == ""


def test_the_published_polarity_figure_is_that_of_the_starter():
    from revdemo.files import ROOT
    from revdemo.models.weights.registry import checksum

    revision = checksum(ROOT / "assets" / "models" / "polarity" / "adapter_model.safetensors")
    assert real_agreement(5, revision).value > 0.8
