"""The Metrics tab shows every file there is, names what is damaged, and never breaks the page."""

import copy
import json

import gradio as gr
import pytest

from revdemo.evaluation.results import SOURCES, Spread, read
from revdemo.intervals import Rate
from revdemo.ui import locale
from revdemo.ui.metrics import tab
from revdemo.ui.metrics.blocks import Chart, Choice
from revdemo.ui.metrics.contents import sections
from revdemo.ui.metrics.sections.study import spread
from revdemo.ui.parts import html as escaping
from revdemo.ui.parts import tables
from tests.support.fakes_metrics import files, write

NEEDS = {  # what must be there for a section to be
    "overview": "stars",
    "balance": "stars",
    "confusion": "stars",
    "study": "study",
    "losses": "stars training",
    "acceptance": "generated",
    "calibration": "stars",
    "diversity": "generated",
    "frontier": "generated",
    "examples": "generated",
    "use": "use",
    "products": "product stars",
    "polarity": "polarity",
    "why": "why",
    "limits": "limits",
    "provenance": "stars",
}

CONTRACTS = {source.contract: name for name, source in SOURCES.items()}.values()  # one file of each


def shown(contents, folder) -> dict:
    """The blocks of every section, by its id."""
    return {one.id: one.blocks for one in sections(read(write(folder, contents)).files)}


def drawn(blocks) -> list:
    """Every chart of a section, those that a choice would draw too."""
    return [
        chart
        for block in blocks
        for chart in ([draw() for draw in block.charts.values()] if isinstance(block, Choice) else [block])
        if isinstance(chart, Chart)
    ]


def page(assets) -> str:
    """Everything the tab would show, as text."""
    with gr.Blocks() as demo:
        tab.build(assets)
    return json.dumps(demo.get_config_file(), default=str, ensure_ascii=False)


def paths(value, before=()):
    """The way to every key of nested dicts and lists; of a list, one item; of a rate, none."""
    if isinstance(value, list):
        pairs = list(enumerate(value))[-1:]
    else:
        pairs = value.items() if isinstance(value, dict) and "low" not in value else ()
    for key, inner in pairs:
        yield (*before, key)
        yield from paths(inner, (*before, key))


def without(content, path, put=None):
    """The same content without what is at a path, or with something else there."""
    key, *rest = path
    changed = copy.copy(content)
    if rest:
        changed[key] = without(content[key], rest, put)
    elif put is None:
        del changed[key]
    else:
        changed[key] = put
    return changed


# --- what is there --------------------------------------------------------------------------------


def test_every_question_has_a_section_in_order(tmp_path):
    assert list(shown(files(), tmp_path)) == list(NEEDS)


@pytest.mark.parametrize("name", SOURCES)
def test_each_file_alone_is_enough_for_its_sections(name, tmp_path):
    found = shown({name: files()[name]}, tmp_path)
    assert {section for section, needed in NEEDS.items() if needed == name} <= set(found)
    assert "provenance" in found


@pytest.mark.parametrize("name", SOURCES)
def test_a_missing_file_takes_nothing_with_it(name, tmp_path):
    contents = files()
    del contents[name]
    found = shown(contents, tmp_path)
    assert {section for section, needed in NEEDS.items() if needed != name} <= set(found)


def test_without_any_file_the_tab_says_what_to_run(tmp_path):
    shown = page(tmp_path)
    assert "Nothing has been measured here yet. Run `python -m train.evaluate stars`" in shown
    assert locale.OVERVIEW not in shown


# --- what is damaged ------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"n": NaN}', "\x00"])
def test_a_damaged_file_is_named_with_its_command_and_the_rest_is_shown(content, tmp_path):
    shown = page(write(tmp_path, files() | {"use": content}))
    assert "assets/metrics/use.json is damaged" in shown and "`python -m train.evaluate use`" in shown
    assert locale.USE not in shown and locale.STUDY in shown


def test_only_damaged_files_are_not_called_none(tmp_path):
    shown = page(write(tmp_path, {"stars": "{"}))
    assert "assets/metrics/stars.json is damaged" in shown and "Nothing has been measured" not in shown


@pytest.mark.parametrize("name", CONTRACTS)
def test_whatever_a_file_lacks_or_has_in_its_place_it_is_read_or_named(name, tmp_path):
    content = files()[name]
    for path in paths(content):
        for put in (None, "a word", []):
            results = read(write(tmp_path, {name: without(content, path, put)}))
            assert (list(results.files), results.damaged) in (([name], []), ([], [SOURCES[name]]))


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_file_with_nothing_but_what_must_be_is_shown(name, tmp_path):
    least = files()[name]
    for path in reversed(list(paths(least))):
        smaller = without(least, path)
        if name in read(write(tmp_path, {name: smaller})).files:
            least = smaller
    found = shown({name: least}, tmp_path)
    assert "provenance" in found
    for blocks in found.values():
        drawn(blocks)


# --- what it says ---------------------------------------------------------------------------------


def test_every_figure_is_explained_in_one_sentence_and_told_in_words(tmp_path):
    charts = [chart for blocks in shown(files(), tmp_path).values() for chart in drawn(blocks)]
    assert len(charts) > 30
    for chart in charts:
        assert chart.title and chart.spoken
        assert chart.how.endswith(".") and ". " not in chart.how, chart.how
        assert chart.spoken in tab.beside(chart) and 'class="rd-spoken"' in tab.beside(chart)


def test_the_overview_has_the_originals_figures_beside_ours(tmp_path):
    [html] = shown(files(), tmp_path)["overview"]
    ours, originals = ("65.8%", "63.8 to 67.8", "36.10", "0.831"), ("60.3%", "93.2%", "43.9%", "46.28")
    for figure in (*ours, *originals):
        assert figure in html
    assert "exact +12.5 (+10.5 to +14.5) and near +4.7 (+2.7 to +6.7) points" in html
    assert "error −0.19 (−0.21 to −0.17) stars" in html
    assert "as written 90.0% (88.0 to 92.0), accepted, against the real reviews" in html
    for words in (locale.JUDGE, locale.UNTRAINED, *locale.CHANCES.values(), *locale.BY_JUDGE.values()):
        assert escaping.escape(words) in html


def test_products_are_not_set_beside_the_originals_films(tmp_path):
    [html] = shown(files(), tmp_path)["products"]
    assert "57.0%" in html and "original project" not in html and "films," not in html


def test_matrices_can_be_chosen_exact_and_near(tmp_path):
    [choice] = shown(files(), tmp_path)["confusion"]
    names = {name for name, _ in choice.charts}
    assert {"Test part", "Validation part", "Generated, by the filter", "Generated, by the judge"} < names
    exact, near = (choice.charts["Generated, by the judge", kind]() for kind in ("exact", "near"))
    assert "requested 1 star: 80 as 1 star, 15 as 2 stars, 3 as 3 stars" in exact.spoken
    assert "requested 1 star: 95 as 1 star, 3 as 3 stars" in near.spoken
    assert exact.figure.layout.yaxis.title.text == "requested"
    assert "55.0%" in exact.table and "91.0%" in near.table


def test_the_study_has_every_setting_of_both_models_and_marks_the_default(tmp_path):
    [choice] = shown(files(), tmp_path)["study"]
    assert len(choice.charts) == 8
    chart = choice.charts["Classifier", "learning rate"]()
    assert list(chart.figure.data[0].x) == ["5e-06", "5e-05<br>default", "0.0005"]
    assert chart.figure.data[0].y[0] == pytest.approx(58)
    assert "58.0<small>± 0.6</small>" in chart.table and "3 samples of 2,000 reviews" in chart.how


def test_examples_are_one_accepted_and_one_rejected_a_star_and_escaped(tmp_path):
    [html] = shown(files(), tmp_path)["examples"]
    assert html.count('class="rd-card accepted"') == html.count('class="rd-card rejected"') == 5
    assert "requested 3 of 5 stars" in html and "filter 4 of 5 stars" in html
    assert "<img" not in html and "${" not in html and "{{" not in html


@pytest.mark.parametrize("path", [("baseline", "name"), ("command",), ("device",), ("data",)])
def test_what_a_file_says_is_escaped(path, tmp_path):
    found = shown(files() | {"stars": without(files()["stars"], path, "<b>${x}")}, tmp_path)
    html = found["overview"][0] + found["provenance"][0]
    assert "&lt;b&gt;" in html and "<b>" not in html and "${" not in html


def test_a_gain_that_is_a_loss_is_shown_with_its_sign(tmp_path):
    [choice] = shown(files(), tmp_path)["use"]
    assert "−1.2<small>−3.2 to +0.8</small>" in choice.charts["The release models",]().table


def test_polarity_says_why_the_originals_figure_is_not_the_one_to_beat(tmp_path):
    html, choice, curves = shown(files(), tmp_path)["polarity"]
    assert "99.65%" in html and "97.6%" in html and "41.0%" in html
    assert list(choice.charts) == [("Films",), ("Products",), ("All",)]
    assert choice.charts["Films",]().spoken.startswith("Predicted polarity. true negative: 95 as negative")
    assert curves.table.count("<tr>") == 4


def test_provenance_names_how_every_file_came_to_be(tmp_path):
    [html] = shown(files(), tmp_path)["provenance"]
    for source in SOURCES.values():
        assert source.path in html
    for said in ("eaeb647a<", "stars 6723858d\ngenerator 0dc79986", "cpu, 2 cores", "1.2<", "--per-star 100"):
        assert said in html
    assert "eaeb647ac" not in html, "a fingerprint is shortened"


@pytest.mark.parametrize(
    ("cell", "text", "small"),
    [
        (tables.percent(Rate(value=0.5632, low=0.543, high=0.5835)), "56.3%", "54.3 to 58.4"),
        (tables.number(Rate(value=0.5216, low=0.491, high=0.5513)), "0.52", "0.49 to 0.55"),
        (tables.points(Rate(value=-0.012, low=-0.03, high=0.006)), "−1.2", "−3.0 to +0.6"),
        (tables.signed(Rate(value=0.066, low=0.01, high=0.12)), "+0.07", "+0.01 to +0.12"),
        (spread(Spread(mean=0.58, spread=0.006), share=True), "58.0", "± 0.6"),
        (spread(Spread(mean=39.51, spread=0.44), share=False), "39.51", "± 0.44"),
        (tables.percent(None), "–", ""),
    ],
)
def test_numbers_as_a_reader_expects_them(cell, text, small):
    assert cell == (text, small)


def test_a_choice_of_one_has_no_control_to_choose_with():
    assert tab._control("Model", ["one"]).visible is False
    assert isinstance(tab._control("Model", ["one", "two"]), gr.Radio)
    assert isinstance(tab._control("Model", list("abcde")), gr.Dropdown)
