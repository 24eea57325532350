"""Is it worth it, the quality of a run and its code, in a real Chromium on scripted models."""

import json
import shlex
import time

import pandas as pd
import pytest

import revdemo
from revdemo import cli
from revdemo.balancing import utility
from revdemo.cli.generate import _request
from revdemo.generation.copies import build_copy_index
from revdemo.settings import from_arguments
from revdemo.ui import locale
from tests.balancing.test_utility import reviews, save
from tests.support.chromium import WAIT, choose
from tests.support.fakes_ui import SlowGenerator, WordPolarity
from tests.support.served_page import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    loaders = {
        "load_generator": lambda _: SlowGenerator(pause=0.01),
        "load_polarity": lambda _: WordPolarity(),
        "load_copies": lambda _: build_copy_index(["nothing of the kind " * 9]),
    }
    with serving(tmp_path_factory.mktemp("utility"), **loaders) as found:
        yield found


@pytest.fixture
def table(tmp_path):
    """Real rows, and synthetic ones that say the same of the stars."""
    real, synthetic = reviews([16] * 5, tells=0.8), reviews([10] * 5, seed=3)
    rows = pd.concat([real.assign(synthetic=False), synthetic.assign(synthetic=True)])
    return save(rows, tmp_path / "balanced.csv")


def upload(page, path):
    page.set_input_files("#table-file input[type=file]", path)
    page.get_by_text("rows, texts in").first.wait_for(timeout=WAIT)
    page.get_by_role("tab", name="Is it worth it?").click()
    page.wait_for_selector("#utility-start", timeout=WAIT)


def measure(page) -> str:
    """The verdict, once every classifier has been trained."""
    page.eval_on_selector_all("#utility-summary p", "all => all.forEach(one => one.classList.add('before'))")
    page.click("#utility-start")
    page.wait_for_function("!document.querySelector('#utility-summary .before')", timeout=WAIT)
    page.wait_for_selector("#utility-start:enabled", timeout=3 * WAIT)
    page.wait_for_selector("#utility-chart .js-plotly-plot", timeout=WAIT)
    return page.inner_text("#utility-summary")


def generate(page) -> None:
    """Have a run made to its end: it is then in the list of runs."""
    if not page.is_visible("#seed"):
        page.get_by_role("button", name=locale.MORE).click()
    page.wait_for_function("document.querySelector('#seed input')?.value", timeout=WAIT)  # rolled on arrival
    before = page.locator("#runs label").count()
    page.click("#generate")
    page.wait_for_function(f"document.querySelectorAll('#runs label').length > {before}", timeout=2 * WAIT)
    page.wait_for_selector("#generate:enabled", timeout=WAIT)


def test_the_marked_rows_of_a_table_are_measured_and_a_narrow_page_does_not_scroll_sideways(
    address, visit, table
):
    page = visit(address, "Your table")
    upload(page, table)
    said = measure(page)
    assert "macro-F1" in said and "80 real rows" in said and "50 synthetic ones" in said
    figures = page.inner_text("#utility-figures")
    for part in ("real + synthetic", "synthetic only", "gain over real alone", "Recall by stars", "Nadeau"):
        assert part in figures
    report = revdemo.utility(table)
    assert report.verdict in said, "the page and Python say the same"
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_my_accepted_reviews_are_measured_and_so_is_another_file(address, visit, table, tmp_path):
    page = visit(address, "Generate")
    generate(page)
    with page.expect_download(timeout=WAIT) as download:
        page.click("#get-accepted")
    accepted = tmp_path / download.value.suggested_filename
    download.value.save_as(accepted)
    page.get_by_role("tab", name="Your table").click()
    upload(page, table)
    choose(page.get_by_label("What was accepted in my runs"), page.locator("#utility-runs"))
    page.get_by_text("4 ★  ·  20 accepted").first.wait_for(timeout=WAIT)
    assert (
        "20 synthetic ones. By stars, 1 to 5: real 16, 16, 16, 16, 16; synthetic 0, 0, 0, 20, 0"
        in measure(page)
    )
    choose(page.get_by_label("Another file"), page.locator("#utility-file"))
    page.set_input_files("#utility-file input[type=file]", accepted)
    page.get_by_text(accepted.name.removesuffix(".csv")).first.wait_for(timeout=WAIT)
    assert "synthetic 0, 0, 0, 20, 0" in measure(page)


def test_what_is_missing_is_said(address, visit, tmp_path):
    page = visit(address, "Your table")
    page.get_by_role("tab", name="Is it worth it?").click()
    page.click("#utility-start")
    page.get_by_text("Upload a table first").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(2000)
    assert "Upload a table first" in page.inner_text("#utility-summary"), "nothing that follows wipes it away"
    upload(page, save(reviews([12, 12, 3, 12, 12]), tmp_path / "few.csv", synthetic=False))
    page.click("#utility-start")
    page.get_by_text("too few real rows to hold some out: 3 of 3 stars").wait_for(timeout=WAIT)
    choose(page.get_by_label("Another file"), page.locator("#utility-file"))
    page.click("#utility-start")
    page.get_by_text("Upload the file with the synthetic reviews first").first.wait_for(timeout=WAIT)


def test_stop_ends_a_measurement(address, visit, table, monkeypatch):
    learn = utility._learn
    monkeypatch.setattr(utility, "_learn", lambda *rows: time.sleep(0.5) or learn(*rows))
    page = visit(address, "Your table")
    upload(page, table)
    page.click("#utility-start")
    page.get_by_text("of 30 classifiers trained").wait_for(timeout=WAIT)
    page.click("#utility-stop")
    page.get_by_text("Stopped: there is no answer").wait_for(timeout=WAIT)
    page.wait_for_selector("#utility-start:enabled", timeout=WAIT)


def the_code_is_that_run(page) -> None:
    page.get_by_role("button", name="Show me the code").click()
    page.wait_for_selector("#code-command .cm-content", timeout=WAIT)
    lines = page.locator("#code-command .cm-line").all_inner_texts()
    _, _, _, *arguments = shlex.split("\n".join(lines), comments=True)
    options = cli._parser().parse_args(arguments)
    request = _request(options, from_arguments(options))
    assert (request.stars, request.accepted) == (2, 20)
    with page.expect_download(timeout=WAIT) as download:
        page.click("#get-all")
    with open(download.value.path(), encoding="utf-8") as file:
        assert json.loads(file.readline())["seed"] == request.seed
    python = "\n".join(page.locator("#code-python .cm-line").all_inner_texts())
    assert "import revdemo" in python and f"seed={request.seed}" in python
    assert page.locator("#code-command button").count() == 1, "a button that copies"


def test_the_quality_and_the_code_of_a_run_are_shown(address, visit):
    page = visit(address, "Generate")
    assert not page.is_visible("#quality")
    page.locator("#stars label").nth(1).click()
    generate(page)
    assert page.locator("#quality-figures table").count() == 0
    page.get_by_role("button", name="Quality of this run").click()
    page.wait_for_selector("#quality-figures table", timeout=WAIT)
    page.wait_for_function(
        "!document.querySelector('#quality-figures').innerText.includes('Asking')", timeout=WAIT
    )
    figures = page.inner_text("#quality-figures")
    for part in ("distinct-2", "near duplicates", "second opinion agrees", "not independent"):
        assert part in figures
    the_code_is_that_run(page)
    generate(page)
    page.wait_for_function(
        "!document.querySelector('#quality-figures table')", timeout=WAIT
    )  # of another run: closed again
