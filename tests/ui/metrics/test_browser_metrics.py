"""The Metrics tab in a real Chromium, on small files of results; skipped where there is no Chromium."""

import pytest

from revdemo.ui.metrics import tab
from tests.support.chromium import WAIT, choose, pick
from tests.support.fakes_metrics import files, write
from tests.support.served_page import serving

pytestmark = pytest.mark.browser

WIDTHS = """[...document.querySelectorAll('[id^=metrics-] .js-plotly-plot')].map(
    plot => [plot.querySelector('.main-svg').clientWidth, plot.parentElement.clientWidth])"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics")
    write(folder, files())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tab, "ASSETS", folder)
        with serving(folder) as found:
            yield found


def open_all(page) -> None:
    """Open every section but the first, which is open, and wait for its figures."""
    for title in page.locator("[id^=metrics-] > button").all()[1:]:
        title.click()
    page.wait_for_function(
        "document.querySelectorAll('[id^=metrics-] .js-plotly-plot .main-svg').length >= 10", timeout=WAIT
    )
    page.wait_for_timeout(1000)


@pytest.mark.parametrize("width", [1280, 390])
def test_figures_opened_later_have_the_width_of_their_place(width, address, visit):
    page = visit(address, "Metrics", viewport={"width": width, "height": 844})
    page.wait_for_selector("#metrics-overview table", timeout=WAIT)
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for drawn, place in page.evaluate(WIDTHS):
        assert 250 < place <= width and abs(drawn - place) <= 2
    assert page.title() != "owned"


def test_another_matrix_can_be_chosen(address, visit):
    page = visit(address, "Metrics")
    page.locator("#metrics-confusion > button").click()
    matrix = page.locator("#metrics-confusion")
    choose(matrix.get_by_label("near"), page.get_by_text("one star off are moved onto the diagonal"))
    spoken = matrix.locator(".rd-spoken", has_text="requested 1 star")
    pick(matrix.get_by_label("Reviews"), "Generated, by the judge", spoken)
