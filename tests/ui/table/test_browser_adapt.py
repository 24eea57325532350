"""Adapting in a real Chromium, with a fake trainer process; skipped, with the reason, where there is none."""

import re
import sys
from types import SimpleNamespace

import pytest

from revdemo.tables.adapting import process
from tests.support.chromium import WAIT
from tests.support.fakes_ui import WordClassifier
from tests.support.served_page import serving

pytestmark = pytest.mark.browser


def labelled(settings) -> WordClassifier:
    """A classifier that says in its label which folder it is from."""
    made = WordClassifier()
    name = "adapted stars" if settings.stars_model else "starter stars"
    made.source = SimpleNamespace(**{**vars(made.source), "label": name})
    return made


@pytest.fixture
def address(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-m", "tests.support.fake_trainer"))
    monkeypatch.setattr(process, "INHERITED", re.compile(f"{process.INHERITED.pattern}|FAKE_STEPS"))
    monkeypatch.setenv("FAKE_STEPS", "900")  # of 0.1 s: it is not done before Stop, however slow the page
    with serving(tmp_path / "app", load_stars=labelled) as found:
        yield found


def open_part(page):
    page.get_by_role("tab", name="Your table").click()
    page.get_by_role("tab", name="Adapt").click()


def wait_for(page, text):
    page.locator("#adapt-state", has_text=text).wait_for(timeout=WAIT)


def test_a_table_is_estimated_adapted_to_stopped_gone_on_with_and_used(address, visit, tmp_path, monkeypatch):
    table = tmp_path / "shop.csv"
    table.write_text("review,rating,product\nGood dress,5,a\nBad dress,1,b\n")
    page = visit(address)
    open_part(page)
    assert page.is_disabled("#adapt-start")
    page.set_input_files("#table-file input[type=file]", table)
    page.click("#adapt-estimate:enabled", timeout=WAIT)
    wait_for(page, "takes about 5 min 0 s on CPU, 2 threads")
    assert "1,500" in page.inner_text("#adapt-state")

    page.click("#adapt-item input")
    page.get_by_role("option", name="product", exact=True).click()
    page.click("#adapt-start")
    wait_for(page, "You may close this page")
    wait_for(page, "of 900")
    page.reload()
    page.wait_for_selector("#predict", timeout=WAIT)
    open_part(page)
    wait_for(page, "of 900")
    page.click("#adapt-stop:enabled", timeout=WAIT)
    wait_for(page, "Stopped. What was learned is kept")

    monkeypatch.setenv("FAKE_STEPS", "1")
    page.click("#adapt-resume:enabled", timeout=WAIT)
    wait_for(page, "Adapted to shop.csv")
    assert "0.700 (0.600 to 0.800)" in page.inner_text("#adapt-state")
    assert "starter stars" in page.text_content("#models")
    page.click("#adapt-use")
    page.locator("#adapt-used", has_text="--stars-model").wait_for(timeout=WAIT)
    page.locator("#models", has_text="adapted stars").wait_for(timeout=WAIT)

    page.click("#adapt-undo", timeout=WAIT)
    page.locator("#models", has_text="starter stars").wait_for(timeout=WAIT)
    page.locator("#adapt-undo").wait_for(state="hidden", timeout=WAIT)
    assert "The adapted ones are kept" in page.inner_text("#adapt-used")

    stranger = visit(address)
    open_part(stranger)
    stranger.wait_for_timeout(500)
    assert "Nothing has been adapted yet" in stranger.inner_text("#adapt-state")
