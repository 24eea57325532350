"""The page for every reader: axe, and each job by keyboard alone, in a real Chromium; skipped without one."""

from pathlib import Path

import pytest

from revdemo.settings import Settings
from revdemo.ui.metrics import tab
from revdemo.ui.page import build, launch_options
from tests.support.chromium import WAIT, free_port
from tests.support.fakes_metrics import files, write
from tests.support.fakes_ui import SlowGenerator, WordPolarity, services

pytestmark = pytest.mark.browser

# What axe finds in Gradio's own components, which nothing here writes: a new finding is not in this list.
GRADIO = {
    ("aria-prohibited-attr", ".empty"): "gr.Plot names the empty place of a figure that is about to come",
    ("image-redundant-alt", 'img[alt="Settings"]'): "the footer's icon repeats the word beside it",
}
FINDINGS = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
WORKING = ".wrap.translucent:not(.hide)"  # what Gradio veils while an event is under way
REVISION = "0123abcd"  # of the fakes


@pytest.fixture(scope="module")
def axe():
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page with every kind of results, some of them of the very models that answer."""
    folder = tmp_path_factory.mktemp("access")
    found = files()
    found["stars"]["model"] = {"role": "stars", "kind": "starter", "revision": REVISION}
    found["limits"]["model"] = {
        role: {"role": role, "kind": "starter", "revision": REVISION} for role in ("stars", "polarity")
    }
    write(folder, found)
    loaders = {
        "load_polarity": lambda _: WordPolarity(),
        "load_generator": lambda _: SlowGenerator(pause=0.1),
    }
    settings = Settings(data_dir=folder, cache=folder, device="cpu", port=free_port(), max_accepted=500)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tab, "ASSETS", folder)
        held = services(settings, **loaders)
        demo = build(held)
        _, found, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(held))
        yield found
    demo.close(verbose=False)


def check(page, axe, where):
    """No finding of axe but Gradio's own."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(axe)
        page.add_style_tag(content="* { transition: none !important; animation: none !important }")
    page.wait_for_timeout(300)
    page.wait_for_function(f"!document.querySelector('{WORKING}')", timeout=WAIT)
    assert page.locator("h1").count() == 1 and page.get_attribute("html", "lang") == "en"
    new = [
        (where, found["id"], found["impact"], *one["target"], one["html"][:200])
        for found in page.evaluate(FINDINGS)
        for one in found["nodes"]
        if (found["id"], one["target"][-1]) not in GRADIO
    ]
    assert not new


def predict(page):
    page.fill("#review-text textarea", "It drags, a negative thing. And then the last act: number 4.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#prediction .rd-prediction", timeout=WAIT)
    page.wait_for_selector("#probabilities .js-plotly-plot", timeout=WAIT)


def open_cards(page):
    page.wait_for_function("document.querySelectorAll('#models summary').length == 4", timeout=WAIT)
    for summary in page.locator("#models summary").all():
        summary.click()


def generate(page):
    page.get_by_role("tab", name="Generate").click()
    page.get_by_role("button", name="Five reviews of 5 stars").click()
    page.wait_for_selector("#stars label:nth-child(5).selected", timeout=WAIT)
    page.click("#generate")
    page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
    page.wait_for_selector("#generate:enabled", timeout=WAIT)


def try_the_example_table(page):
    page.get_by_role("tab", name="Your table").click()
    page.click("#table-example")
    page.locator("#table-summary", has_text='44 rows, texts in "review", stars in "stars"').wait_for(
        timeout=WAIT
    )
    page.click("#predict-start:enabled", timeout=WAIT)
    page.locator("#predict-summary", has_text="Done.").wait_for(timeout=WAIT)


def test_axe_finds_nothing_of_ours_light_and_wide(address, visit, axe):
    page = visit(address, viewport={"width": 1280, "height": 900}, color_scheme="light")
    check(page, axe, "Classify, empty")
    open_cards(page)
    predict(page)
    check(page, axe, "Classify, and the cards of the models")
    page.get_by_role("tab", name="Generate").click()
    check(page, axe, "Generate, empty")
    generate(page)
    page.locator("#accepted [data-review]").first.click()
    page.locator("#rejected .rd-card", has_text="kept out by hand").wait_for(timeout=WAIT)
    check(page, axe, "Generate, curated")
    page.click("#glance-start")
    page.locator("#summary", has_text="5 of 5 found").wait_for(timeout=WAIT)
    check(page, axe, "Five at a glance")
    page.get_by_role("tab", name="Your table").click()
    check(page, axe, "Your table, empty")
    try_the_example_table(page)
    for part in ("Predict", "Balance", "Is it worth it?", "Adapt"):
        page.get_by_role("tab", name=part).click()
        check(page, axe, part)
    page.get_by_role("tab", name="Metrics").click()
    for title in page.locator("[id^=metrics-] > button").all()[1:]:
        title.click()
    page.wait_for_selector("#metrics-provenance table", timeout=WAIT)
    check(page, axe, "Metrics")


def test_axe_finds_nothing_of_ours_dark_and_narrow(address, visit, axe):
    page = visit(address, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.wait_for_selector("body.dark", timeout=WAIT)
    open_cards(page)
    predict(page)
    check(page, axe, "Classify")
    generate(page)
    check(page, axe, "Generate")
    try_the_example_table(page)
    check(page, axe, "Your table")
    page.get_by_role("tab", name="Metrics").click()
    page.wait_for_selector("#metrics-overview table", timeout=WAIT)
    check(page, axe, "Metrics")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_axe_would_find_a_fault_of_ours(address, visit, axe):
    page = visit(address)
    faint = "<p style='color: #ccc; background: #fff'>faint</p>"
    page.evaluate("html => { document.querySelector('#prediction').innerHTML = html }", faint)
    with pytest.raises(AssertionError, match="color-contrast"):
        check(page, axe, "a fault")


CONTRAST = """tab => {
  const numbers = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(own => own / 255);
  const linear = own => own <= 0.04045 ? own / 12.92 : ((own + 0.055) / 1.055) ** 2.4;
  const share = [0.2126, 0.7152, 0.0722];
  const light = colour => numbers(colour).map(linear).reduce((sum, own, i) => sum + share[i] * own, 0);
  const both = [getComputedStyle(tab).color, getComputedStyle(document.body).backgroundColor].map(light);
  return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_name_of_the_open_tab_is_read_easily(address, visit, scheme):
    page = visit(address, color_scheme=scheme)
    page.wait_for_selector(f"body{'.dark' if scheme == 'dark' else ':not(.dark)'}", timeout=WAIT)
    assert page.locator("[role=tab][aria-selected=true]").evaluate(CONTRAST) >= 4.5  # axe cannot tell


# --- by keyboard alone --------------------------------------------------------------------------------------


def tab_to(page, selector, most=60):
    """Press Tab until something in a place has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("place => Boolean(document.activeElement.closest(place))", selector):
            return
    raise AssertionError(f"{selector} is not reached by {most} times Tab")


def focus_is_seen(page):
    """Whether what has the focus, or its label, has an outline, a ring or another border than without it."""
    look = """() => {
      const own = document.activeElement, places = [own, own.closest('label'), own.closest('.block')];
      const look = () => places.filter(Boolean).map(one => {
        const style = getComputedStyle(one);
        return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor].join();
      }).join();
      const seen = look();
      own.blur();
      const unseen = look();
      own.focus();
      return seen !== unseen;
    }"""
    return page.evaluate(look)


def test_a_review_is_classified_by_keyboard(address, visit):
    page = visit(address)
    page.wait_for_function("document.querySelectorAll('#models summary').length == 4", timeout=WAIT)
    for summary in ("#models .rd-models > details > summary", "#models .rd-chips summary"):
        tab_to(page, summary)
        assert focus_is_seen(page)
        page.keyboard.press("Enter")
    page.get_by_text("500 held-out film reviews").wait_for(timeout=WAIT)
    page.keyboard.press("Enter")
    tab_to(page, "#review-text")
    assert focus_is_seen(page)
    page.keyboard.type("It drags: number 2.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#prediction [aria-label='2 of 5 stars']", timeout=WAIT)
    said = "document.querySelector('#prediction .rd-prediction').parentElement.closest('[aria-live=polite]')"
    assert page.evaluate(f"Boolean({said})")
    tab_to(page, "button.gallery-item, .gallery button")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#review-text textarea').value.includes('grinning')")


def test_reviews_are_generated_stopped_and_downloaded_by_keyboard(address, visit):
    page = visit(address)
    tab_to(page, "[role=tab]")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[role=tab][aria-selected=true]:has-text('Generate')", timeout=WAIT)
    tab_to(page, "#stars")
    page.keyboard.press("ArrowLeft")  # from the first of five around to the last, and one back
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector("#stars label:nth-child(3).selected", timeout=WAIT)
    assert focus_is_seen(page)
    tab_to(page, "#generate")
    assert focus_is_seen(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
    assert page.get_attribute("#summary .rd-run", "aria-live") == "off", "not every quarter of a second"
    assert 0 <= int(page.get_attribute("#summary [role=progressbar]", "aria-valuenow")) < 100
    tab_to(page, "#stop")
    page.keyboard.press("Enter")
    page.get_by_text("Stopped. What was judged is kept.").wait_for(timeout=WAIT)
    page.wait_for_selector("#generate:enabled", timeout=WAIT)
    tab_to(page, "#get-accepted")
    assert focus_is_seen(page)
    with page.expect_download(timeout=WAIT):
        page.keyboard.press("Enter")
    tab_to(page, "#runs")
    page.keyboard.press("Space")
    page.wait_for_selector("#runs label.selected", timeout=WAIT)


def test_a_table_is_predicted_and_the_metrics_read_by_keyboard(address, visit):
    page = visit(address)
    tab_to(page, "[role=tab]")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    tab_to(page, "#table-example")
    page.keyboard.press("Enter")
    page.wait_for_selector("#predict-start:enabled", timeout=WAIT)
    tab_to(page, "#predict-start")
    page.keyboard.press("Enter")
    page.locator("#predict-summary", has_text="Done.").wait_for(timeout=WAIT)
    page.evaluate("document.activeElement.blur(); document.querySelector('[role=tab]').focus()")
    page.keyboard.press("End")
    page.wait_for_selector("[role=tab][aria-selected=true]:has-text('Metrics')", timeout=WAIT)
    tab_to(page, "#metrics-limits > button")
    page.keyboard.press("Enter")
    page.locator("#metrics-limits table").first.wait_for(timeout=WAIT)
