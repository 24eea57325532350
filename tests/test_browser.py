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

from revdemo.settings import Settings
from revdemo.ui.page import build, launch_options
from tests.chromium import WAIT, free_port
from tests.fakes_ui import SlowGenerator, services

pytestmark = pytest.mark.browser

ATTACK = "A <img src=x onerror='document.title=`owned`'> film ${document.title=`owned`} and {{value}}."


@contextmanager
def serving(folder: Path, **loaders):
    """The page on a port of its own, its ledger in `folder`."""
    settings = Settings(data_dir=folder, cache=folder, device="cpu", port=free_port())
    demo = build(services(settings, **loaders))
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
    try:
        yield address
    finally:
        demo.close(verbose=False)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    loaders = {"load_generator": lambda _: SlowGenerator(pause=0.02)}
    with serving(tmp_path_factory.mktemp("quick"), **loaders) as found:
        yield found


@pytest.fixture(scope="module")
def slow_address(tmp_path_factory):
    """A generator that takes a minute for a round, so that only Stop can end a run."""
    loaders = {"load_generator": lambda _: SlowGenerator(pause=0.4)}
    with serving(tmp_path_factory.mktemp("slow"), **loaders) as found:
        yield found


def accepted(page) -> int:
    return page.locator("#accepted .rd-card").count()


def wait_for_end(page) -> None:
    page.wait_for_selector("#generate:enabled", timeout=WAIT)


def run_to_end(page) -> None:
    page.click("#generate")
    page.wait_for_selector("#generate:disabled", timeout=WAIT)
    wait_for_end(page)


def test_a_mistake_is_told_in_words(address, visit):
    page = visit(address, "Generate")
    page.get_by_text("Confidence, sampling, seed and opening").click()
    seed = page.get_by_label("Seed", exact=True)
    page.wait_for_timeout(1000)  # a seed is rolled when the page opens
    seed.fill("")
    seed.blur()
    page.click("#generate")
    page.get_by_text("The seed is empty. Type a whole number, or roll one.").wait_for(timeout=WAIT)


def test_a_text_is_classified_by_enter(address, visit):
    page = visit(address)
    page.fill("#review-text textarea", "It drags, and then the last act makes up for it: number 4.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#prediction [aria-label='4 of 5 stars']", timeout=WAIT)
    page.wait_for_selector("#probabilities .js-plotly-plot", timeout=WAIT)
    assert "4 stars, not sure (54 %)" in page.inner_text("#prediction")
    assert "Expected value 3.9 of 5" in page.inner_text("#prediction")


def test_an_example_fills_the_form_and_the_button_predicts(address, visit):
    page = visit(address)
    page.get_by_role("button", name="Ironic", exact=True).click()
    page.wait_for_function("document.querySelector('#review-text textarea').value.includes('warehouse')")
    page.click("#predict")
    page.wait_for_selector("#prediction .rd-prediction", timeout=WAIT)


@pytest.mark.parametrize(("text", "said"), [("", "Write or paste"), ("😀 🎬", "There are no words")])
def test_what_cannot_be_read_is_said_before_the_model_is_asked(address, visit, text, said):
    page = visit(address)
    page.fill("#review-text textarea", text)
    page.click("#predict")
    page.get_by_text(said).first.wait_for(timeout=WAIT)
    assert page.locator(".rd-prediction").count() == 0


def test_reviews_stream_in_and_both_verdicts_are_shown(address, visit):
    page = visit(address, "Generate")
    page.click("#generate")
    page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
    assert page.is_disabled("#generate")
    wait_for_end(page)
    assert accepted(page) == 20
    assert "other stars than requested" in page.inner_text("#rejected")
    assert page.locator("#accepted .rd-tag").first.inner_text() == "synthetic"
    assert "20 of 20 accepted" in page.inner_text("#summary")
    page.wait_for_selector("#heat-map .js-plotly-plot", timeout=WAIT)


def test_stop_stops_within_two_seconds_and_keeps_what_there_is(slow_address, visit):
    page = visit(slow_address, "Generate")
    page.click("#generate")
    page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
    began = time.monotonic()
    page.click("#stop")
    page.get_by_text("Stopped. What was judged is kept.").wait_for(timeout=WAIT)
    assert time.monotonic() - began < 2
    wait_for_end(page)
    assert accepted(page) > 0
    assert page.locator("#runs label").first.inner_text().count("stopped") == 1
    assert page.is_enabled("#get-accepted")


def test_a_run_that_waits_for_its_turn_can_be_stopped_too(slow_address, visit):
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
        page.click("#stop")
        wait_for_end(page)


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
        page.reload()
        page.get_by_role("tab", name="Generate").click()
        page.wait_for_selector("#runs label", timeout=WAIT)


def test_visitors_see_only_their_own_runs(address, visit):
    one, other = visit(address, "Generate"), visit(address, "Generate")
    for page, opening in ((one, "Frankly this"), (other, "Honestly that")):
        page.click("#more > button")
        page.fill("#opening textarea", opening)
        run_to_end(page)
    for page in (one, other):
        page.reload()
        page.get_by_role("tab", name="Generate").click()
        page.wait_for_selector("#runs label", timeout=WAIT)
        assert page.locator("#runs label").count() == 1
    stranger = visit(address, "Generate")
    stranger.wait_for_timeout(1000)
    assert stranger.locator("#runs label").count() == 0
    assert accepted(stranger) == 0


def test_an_earlier_run_opens_from_the_list(address, visit):
    page = visit(address, "Generate")
    for stars in (2, 5):
        page.locator("#stars label").nth(stars - 1).click()
        run_to_end(page)
    page.locator("#runs label").nth(1).click()
    page.wait_for_selector("#summary [aria-label='requested 2 of 5 stars']", timeout=WAIT)
    assert accepted(page) == 20


def test_the_three_downloads_hold_the_run(address, visit, tmp_path):
    page = visit(address, "Generate")
    run_to_end(page)
    paths = {}
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


def test_markup_in_a_review_is_shown_and_not_run(tmp_path, visit, monkeypatch):
    monkeypatch.setattr("revdemo.loop.clean", lambda text: text)  # cleaning would take the markup out
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
from tests.chromium import WAIT, free_port
from tests.fakes_ui import SlowGenerator, services
folder, port = Path(sys.argv[1]), int(sys.argv[2])
settings = Settings(data_dir=folder, cache=folder, port=port)
demo = build(services(settings, load_generator=lambda _: SlowGenerator(pause=0.3)))
demo.launch(quiet=True, **launch_options(settings))
"""


@contextmanager
def process(folder: Path, port: int):
    command = [sys.executable, "-c", SERVER, str(folder), str(port)]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[1])
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


@pytest.mark.parametrize("tab", ["Classify", "Generate"])
def test_a_narrow_page_does_not_scroll_sideways(address, visit, tab):
    page = visit(address, tab, viewport={"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
