"""Your table as a flow in a real Chromium: what it can be used for, and its rows looked at one by one."""

import pandas as pd
import pytest

from tests.evaluation.test_explain import star_classifier
from tests.support.chromium import WAIT
from tests.support.fakes import source
from tests.support.served_page import serving
from tests.ui.table.test_browser_table import clear, predict, upload

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flow")
    tiny = star_classifier(folder / "model")
    tiny.source = source("stars")
    with serving(folder / "app", load_stars=lambda _: tiny) as found:
        yield found


def card(page, name):
    return page.locator("#table-cards .rd-job", has_text=name)


@pytest.mark.parametrize("width", [1366, 390])
def test_each_job_says_why_a_table_cannot_be_used_for_it_and_opens_its_tab(address, visit, tmp_path, width):
    page = visit(address, "Your table", viewport={"width": width, "height": 768})
    assert page.locator("#table-cards .rd-job.off").count() == 4
    assert "Upload a table first." in card(page, "Predict").inner_text()
    pd.DataFrame({"text": ["a fine film, a 5"] * 3}).to_csv(tmp_path / "a.csv", index=False)
    upload(page, tmp_path / "a.csv", "no ratings")
    card(page, "Predict").and_(page.locator(".on")).wait_for(timeout=WAIT)
    for name in ("Balance", "Is it worth it?", "Adapt"):
        assert "It needs ratings: choose their column above." in card(page, name).inner_text()
    rows = {"text": [f"film {n}, a {n % 5 + 1}" for n in range(53)], "stars": [n % 5 + 1 for n in range(53)]}
    clear(page)
    card(page, "Predict").and_(page.locator(".off")).wait_for(timeout=WAIT)
    pd.DataFrame(rows).iloc[:48].to_csv(tmp_path / "b.csv", index=False)
    upload(page, tmp_path / "b.csv", "48 rows")
    card(page, "Balance").and_(page.locator(".on")).wait_for(timeout=WAIT)
    said = "It needs 10 rows of each star that occurs, and there are 9 of 4 ★."
    assert said in card(page, "Is it worth it?").inner_text()
    card(page, "Balance").get_by_role("button").click()
    page.locator("#balance-counts table").wait_for(timeout=WAIT)


def test_rows_are_sorted_and_each_says_why(address, visit, tmp_path):
    rows = {"text": ["a dull film", "the best film", "a film of films"], "stars": [5, 4, 3]}
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    page = visit(address, "Your table")
    upload(page, tmp_path / "a.csv", "3 rows")
    predict(page)
    page.wait_for_selector("#predict-rows tbody tr", timeout=WAIT)

    def numbers() -> list[str]:
        return [one.split()[0] for one in page.locator("#predict-rows tbody tr").all_inner_texts()]

    assert sorted(numbers()) == ["1", "2", "3"]
    for expected, order in ((["1", "2", "3"], "ascending"), (["3", "2", "1"], "descending")):
        page.locator("#predict-rows th button").first.click()
        assert numbers() == expected
        assert page.locator("#predict-rows th").first.get_attribute("aria-sort") == order
    page.locator("#predict-rows tbody tr", has_text="a dull film").get_by_role("button").click()
    page.locator("#predict-why", has_text="Why row 1 got its stars").wait_for(timeout=WAIT)
    page.wait_for_selector("#predict-why .rd-marked", timeout=WAIT)
    assert page.inner_text("#predict-why .rd-marked") == "a dull film"
