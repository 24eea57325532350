"""The page in a real Chromium, on scripted models; skipped, with the reason, where there is none."""

import csv
import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.chromium import WAIT, free_port, open_tab
from tests.support.fakes import ATTACK
from tests.support.fakes_ui import SlowGenerator
from tests.support.served_page import run_to_end, serving, wait_for_end

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    loaders = {"load_generator": lambda _: SlowGenerator(pause=0.02)}
    with serving(tmp_path_factory.mktemp("quick"), **loaders) as found:
        yield found


@pytest.fixture(scope="module")
def slow_address(tmp_path_factory):
    """A generator that takes a minute for a round, so that only Stop can end a run."""
    loaders = {"load_generator": lambda _: SlowGenerator(pause=1.5)}
    with serving(tmp_path_factory.mktemp("slow"), **loaders) as found:
        yield found


@pytest.fixture(scope="module")
def front(address, visit_once):
    """A visitor's page at Classify, once the example is predicted."""
    page = visit_once(address)
    page.wait_for_selector("#prediction .rd-prediction", timeout=WAIT)
    return page


@pytest.fixture(scope="module")
def finished(address, visit_once):
    """A visitor's page with a run of 4 stars that has ended."""
    page = visit_once(address, "Generate")
    page.click("#generate")
    page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
    wait_for_end(page)
    return page


def accepted(page) -> int:
    return page.locator("#accepted .rd-card").count()


def test_a_text_is_classified_by_enter(front):
    front.fill("#review-text textarea", "It drags, and the last act does not make up for it: number 2.")
    front.keyboard.press("Enter")
    front.wait_for_selector("#prediction [aria-label='2 of 5 stars']", timeout=WAIT)
    front.wait_for_selector("#probabilities .js-plotly-plot", timeout=WAIT)
    assert "2 stars, not sure (54%)" in front.inner_text("#prediction")
    assert "Expected value 2.1 of 5" in front.inner_text("#prediction")


def test_an_example_fills_the_form_and_the_button_predicts(front):
    page = front
    page.eval_on_selector("#prediction .rd-prediction", "shown => shown.classList.add('before')")
    page.get_by_role("button", name="Ironic", exact=True).click()
    page.wait_for_function("document.querySelector('#review-text textarea').value.includes('warehouse')")
    page.click("#predict")
    page.wait_for_selector("#prediction .rd-prediction:not(.before)", timeout=WAIT)


@pytest.mark.parametrize(("text", "said"), [("", "Write or paste"), ("😀 🎬", "There are no words")])
def test_what_cannot_be_read_is_said_before_the_model_is_asked(front, text, said):
    before = front.inner_text("#prediction")
    front.fill("#review-text textarea", text)
    front.click("#predict")
    front.get_by_text(said).first.wait_for(timeout=WAIT)
    assert front.inner_text("#prediction") == before, "the text's before it"


def test_a_narrow_page_opens_with_an_example_and_does_not_scroll_sideways(address, visit):
    page = visit(address, viewport={"width": 390, "height": 844})
    assert "photography is gorgeous" in page.input_value("#review-text textarea")
    page.wait_for_selector("#prediction .rd-prediction", timeout=WAIT)
    page.wait_for_selector("#why-start", timeout=WAIT)
    page.wait_for_selector("#probabilities .js-plotly-plot", timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    open_tab(page, "Generate")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_reviews_stream_in_and_both_verdicts_are_shown(finished):
    page = finished
    assert accepted(page) == 20
    assert "other stars than requested" in page.inner_text("#rejected")
    assert page.locator("#accepted .rd-tag").first.inner_text() == "synthetic"
    assert "20 of 20 accepted" in page.inner_text("#summary")
    page.wait_for_selector("#heat-map .js-plotly-plot", timeout=WAIT)


def stop(page) -> None:
    """Stop a run, which ends long before its round would, and keeps what there is."""
    assert page.is_disabled("#generate")
    began = time.monotonic()
    page.click("#stop")
    page.get_by_text("Stopped. What was judged is kept.").wait_for(timeout=WAIT)
    assert time.monotonic() - began < 20, "at once where nothing else runs; its round takes 30 s"
    wait_for_end(page)
    assert accepted(page) > 0
    assert page.locator("#runs label").first.inner_text().count("stopped") == 1
    assert page.is_enabled("#get-accepted")
    page.wait_for_selector("#accepted [data-review]", timeout=WAIT)  # which can be decided on by hand now


def test_a_run_is_stopped_and_so_is_one_that_waits_for_its_turn(slow_address, visit):
    runners = [visit(slow_address, "Generate") for _ in range(2)]
    for page in runners:
        page.click("#generate")
        page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
    waiting = visit(slow_address, "Generate")
    waiting.click("#generate")
    waiting.wait_for_selector("#stop:enabled", timeout=WAIT)
    waiting.wait_for_timeout(500)
    waiting.click("#stop")
    waiting.get_by_text("Stopped before it began.").wait_for(timeout=WAIT)
    wait_for_end(waiting)
    for page in runners:
        assert page.is_enabled("#stop")
        stop(page)


def test_after_a_reload_the_run_is_there_and_has_stopped(slow_address, visit):
    page = visit(slow_address, "Generate")
    page.click("#generate")
    page.wait_for_function("document.querySelectorAll('#accepted .rd-card').length >= 2", timeout=WAIT)
    before = page.locator("#accepted .rd-text").all_inner_texts()
    page.reload()
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
    assert set(before) <= set(page.locator("#accepted .rd-text").all_inner_texts())
    until = time.monotonic() + WAIT / 1000
    while "stopped" not in (said := page.locator("#runs label").first.inner_text()):
        assert time.monotonic() < until, said
        page.wait_for_timeout(1000)  # opening the page takes more than waiting
        page.reload()
        page.get_by_role("tab", name="Generate").click()
        page.wait_for_selector("#runs label", timeout=WAIT)


def test_the_three_downloads_hold_the_run(finished, tmp_path):
    page, paths = finished, {}
    for name in ("accepted", "rejected", "all"):
        with page.expect_download(timeout=WAIT) as download:
            page.click(f"#get-{name}")
        paths[name] = tmp_path / download.value.suggested_filename
        download.value.save_as(paths[name])
    with paths["accepted"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    columns = {"review", "requested", "predicted", "confidence", "accepted", "reason", "synthetic"}
    assert columns <= set(rows[0])
    assert {row["synthetic"] for row in rows} == {"True"}
    lines = paths["all"].read_text(encoding="utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) > 20
    assert paths["rejected"].suffix == ".csv"


def test_an_earlier_run_opens_from_the_list(finished):
    page = finished
    page.locator("#stars label").nth(1).click()
    run_to_end(page)
    page.wait_for_selector("#summary [aria-label='requested 2 of 5 stars']", timeout=WAIT)
    page.locator("#runs label").nth(1).click()
    page.wait_for_selector("#summary [aria-label='requested 4 of 5 stars']", timeout=WAIT)
    assert accepted(page) == 20


def test_visitors_see_only_their_own_runs(address, finished, visit):
    own = finished.locator("#runs label").count()
    other = visit(address, "Generate")
    assert other.locator("#runs label").count() == accepted(other) == 0
    run_to_end(other)
    other.reload()
    open_tab(other, "Generate")
    other.wait_for_selector("#runs label", timeout=WAIT)
    assert other.locator("#runs label").count() == 1
    again = visit(address, "Generate", finished.context)
    again.wait_for_selector("#runs label", timeout=WAIT)
    assert again.locator("#runs label").count() == own > 0
    again.close()


def test_a_mistake_is_told_in_words(finished):
    page = finished
    page.click("#more > button")
    seed = page.get_by_label("Seed", exact=True)
    page.wait_for_function("document.querySelector('#seed input')?.value", timeout=WAIT)  # one is rolled
    seed.fill("")
    seed.blur()
    page.click("#generate")
    page.get_by_text("The seed is empty. Type a whole number, or roll one.").wait_for(timeout=WAIT)
    seed.fill("7")
    page.click("#more > button")


def test_markup_in_a_review_is_shown_and_not_run(tmp_path, visit, monkeypatch):
    monkeypatch.setattr(
        "revdemo.generation.filter.clean", lambda text: text
    )  # cleaning would take the markup out
    loaders = {"load_generator": lambda _: SlowGenerator(extra=[ATTACK])}
    with serving(tmp_path, **loaders) as address:
        page = visit(address, "Generate")
        run_to_end(page)
        assert ATTACK in page.locator("#accepted .rd-text").all_inner_texts()
        page.reload()
        page.get_by_role("tab", name="Generate").click()
        page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
        assert page.title() == "revdemo"
        assert page.locator("#accepted img").count() == 0


SERVER = """
import sys
from pathlib import Path
from revdemo.settings import Settings
from revdemo.ui.page import build, launch_options
from tests.support.fakes_ui import SlowGenerator, services
folder, port = Path(sys.argv[1]), int(sys.argv[2])
settings = Settings(data_dir=folder, cache=folder, port=port)
held = services(settings, load_generator=lambda _: SlowGenerator(pause=1.5))
demo = build(held)
demo.launch(quiet=True, **launch_options(held))
"""


@contextmanager
def process(folder: Path, port: int):
    command = [sys.executable, "-c", SERVER, str(folder), str(port)]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        until = time.monotonic() + 120
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < until, "the app did not start"
                time.sleep(0.25)
        yield server
    finally:
        server.kill()
        server.wait()


def test_after_a_kill_in_the_middle_of_a_run_what_was_accepted_is_there(tmp_path, visit):
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    with process(tmp_path, port) as server:
        page = visit(address, "Generate", dies=True)
        page.click("#generate")
        page.wait_for_function("document.querySelectorAll('#accepted .rd-card').length >= 2", timeout=WAIT)
        before = page.locator("#accepted .rd-text").all_inner_texts()
        server.send_signal(signal.SIGKILL)
        server.wait()
    with process(tmp_path, port):
        page = visit(address, "Generate", page.context)
        page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
        assert set(before) <= set(page.locator("#accepted .rd-text").all_inner_texts())
        assert "interrupted" in page.locator("#runs label").first.inner_text()
        with page.expect_download(timeout=WAIT):
            page.click("#get-accepted")
        page.wait_for_selector("#heat-map .js-plotly-plot", timeout=WAIT)  # fetched before the server ends
