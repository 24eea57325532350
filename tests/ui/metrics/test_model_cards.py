"""The cards of the models on the page: figures of the very weights that answer, and of no others."""

import json
from types import SimpleNamespace

import pytest

from revdemo.evaluation.results import is_of, read
from revdemo.hub.model_card import STARTER_DATA
from revdemo.models.weights import registry
from revdemo.ui import locale
from revdemo.ui.metrics import contents, model_cards
from revdemo.ui.metrics.model_cards import About, card
from revdemo.ui.metrics.tab import ASSETS
from tests.support.fakes_metrics import files, write

ROLES = ("stars", "polarity", "generator", "judge")


@pytest.mark.parametrize(
    ("model", "answer"),
    [
        ({"role": "stars", "revision": "a1"}, True),
        ({"role": "judge", "revision": "a1"}, False),
        ({"role": "stars", "revision": "b2"}, False),
        ({"stars": {"role": "stars", "revision": "a1"}, "second_judge": "TF-IDF"}, True),
        ({"filter": {"role": "stars", "revision": "a1"}}, False),
        (None, False),
    ],
)
def test_results_are_of_one_role_at_one_revision(model, answer):
    assert is_of(model, "stars", "a1") is answer


@pytest.mark.parametrize("role", ROLES)
def test_the_card_of_a_starter_says_data_figures_and_limits(role):
    folder = registry.places(role)["starter"]
    source = registry.ModelSource(role, "starter", "here", registry.revision_of(folder), folder)
    found = card(model_cards.of_source(source), model_cards.files_of(ASSETS))
    rows = registry.read_config(folder)["training_rows"]["n"]
    assert f"{rows:,} reviews. {STARTER_DATA[role]}" in found
    assert locale.CARD_UNMEASURED not in found.partition(locale.CARD_PARTS["limits"])[0]
    assert locale.CARD_BRACKETS in found


def test_the_figures_are_those_of_the_file():
    report = json.loads((ASSETS / "metrics" / "stars.json").read_text())
    about = About("stars", "starter", report["model"]["revision"], 5)
    exact = report["exact"]["accuracy"]
    found = card(about, model_cards.files_of(ASSETS))
    assert (
        f"exact {100 * exact['value']:.1f}% ({100 * exact['low']:.1f} to {100 * exact['high']:.1f})" in found
    )
    assert f"{report['n']:,} held-out film reviews" in found


def test_where_the_star_classifier_fails_is_told_in_figures_of_its_revision():
    stars = json.loads((ASSETS / "metrics" / "stars.json").read_text())["model"]["revision"]
    limits = json.loads((ASSETS / "metrics" / "limits.json").read_text())
    assert limits["model"]["stars"]["revision"] == stars, "measure again: python -m train.evaluate limits"
    found = card(About("stars", "starter", stars), model_cards.files_of(ASSETS))
    for name, own in limits["sets"].items():
        assert locale.LIMITS_SETS[name] in found
        assert f"{100 * own['exact']['accuracy']['value']:.1f}%" in found


@pytest.mark.parametrize("role", ROLES)
def test_of_other_weights_there_are_no_figures(role):
    found = card(About(role, "named", "0" * 64), model_cards.files_of(ASSETS))
    assert locale.CARD_UNMEASURED in found and "%" not in found
    assert locale.CARD_OTHER_DATA in found and STARTER_DATA[role] not in found


def test_a_judge_and_the_limits_stand_in_the_metrics(tmp_path):
    shown = {own.id: own for own in contents.sections(read(write(tmp_path, files())).files)}
    assert any("<details" in block and locale.JUDGE in block for block in shown["overview"].blocks)
    text = "".join(shown["limits"].blocks)
    assert "ironic reviews" in text and "12.0%" in text and "hotel" in text and "35.0%" in text


def test_a_model_without_a_folder_has_a_card_too():
    from tests.support.fakes import source

    found = card(model_cards.of_source(source("stars")), {})
    assert locale.CARD_UNMEASURED in found and isinstance(source("stars"), SimpleNamespace)
