"""Five at a glance, and the form beside its first results, in a real Chromium."""

import pytest

from revdemo.reviews import Prefix
from tests.support.chromium import WAIT
from tests.support.fakes_ui import SlowGenerator
from tests.support.served_page import serving

pytestmark = pytest.mark.browser


def kindly(pause: float) -> SlowGenerator:
    generator = SlowGenerator(pause)
    generator.prefix = Prefix("A {kind} review of {stars}.", "A {kind} review.")
    return generator


def test_one_button_brings_a_review_of_each_number_of_stars(tmp_path, visit):
    with serving(tmp_path, load_generator=lambda _: SlowGenerator(pause=0.6)) as address:
        page = visit(address, "Generate")
        page.click("#glance-start:enabled")
        page.wait_for_selector("#glance .rd-place, #glance .rd-card", timeout=WAIT)
        assert page.is_disabled("#generate"), "one job at a time"
        page.get_by_text("5 of 5 found.").wait_for(timeout=WAIT)
        page.wait_for_selector("#generate:enabled", timeout=WAIT)
        predicted = page.locator("#glance .rd-card .rd-stars")
        said = [predicted.nth(place).get_attribute("aria-label") for place in range(5)]
        assert said == [f"predicted {stars} of 5 stars" for stars in range(1, 6)]
        assert page.locator("#runs label").count() == 5, "each is a run of its own"
        page.locator("#runs label").last.click()
        page.wait_for_selector("#summary [aria-label='requested 1 of 5 stars']", timeout=WAIT)
        assert page.locator("#glance .rd-card").count() == 0


def test_a_glance_can_be_stopped_and_keeps_what_there_is(tmp_path, visit):
    with serving(tmp_path, load_generator=lambda _: SlowGenerator(pause=0.6, off=0)) as address:
        page = visit(address, "Generate")
        page.click("#glance-start")
        page.wait_for_selector("#glance .rd-card", timeout=WAIT)
        page.click("#stop")
        page.wait_for_selector("#generate:enabled", timeout=WAIT)
        found = page.locator("#glance .rd-card").count()
        assert 1 <= found < 5
        assert f"{found} of 5 found" in page.inner_text("#summary")
        assert page.is_enabled("#glance-start")


def test_the_form_and_the_first_results_fit_on_a_laptop(tmp_path, visit):
    with serving(tmp_path, load_generator=lambda _: kindly(0.02)) as address:
        page = visit(address, "Generate", viewport={"width": 1366, "height": 768})
        page.wait_for_selector("#kind", timeout=WAIT)
        page.locator("#accepted-wanted input[type=number]").fill("3")
        page.keyboard.press("Tab")
        page.click("#generate")
        page.wait_for_selector("#generate:disabled", timeout=WAIT)
        page.wait_for_selector("#generate:enabled", timeout=WAIT)
        assert page.evaluate("window.scrollY") == 0
        for seen in ("#stars", "#kind", "#tolerance", "#generate", "#stop", "#glance-start", "#get-accepted"):
            box = page.locator(seen).bounding_box()
            assert box and box["y"] + box["height"] <= 768, seen
        first = page.locator("#accepted .rd-card").first.bounding_box()
        assert first["y"] + first["height"] <= 768
