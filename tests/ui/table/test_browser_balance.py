"""Balancing a table in a real Chromium, on scripted models; skipped, with the reason, where there is none."""

import io
import zipfile

import pandas as pd
import pytest

from revdemo.balancing import domain_gap
from revdemo.balancing.domain_gap import Distance
from tests.support.chromium import WAIT
from tests.support.fakes_ui import SlowGenerator
from tests.support.hub_server import TOKEN
from tests.support.served_page import serving

pytestmark = pytest.mark.browser

REAL = {1: 3, 2: 9, 3: 9, 4: 9, 5: 9}


@pytest.fixture(scope="module", autouse=True)
def measured():
    """A distance that needs no model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domain_gap, "measure", lambda *_, **__: Distance(30, 1.5, 1.4, 1.6, 1.2))
        yield


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    loaders = {"load_generator": lambda _: SlowGenerator(pause=0.02)}
    with serving(tmp_path_factory.mktemp("quick"), **loaders) as found:
        yield found


@pytest.fixture(scope="module")
def slow_address(tmp_path_factory):
    loaders = {"load_generator": lambda _: SlowGenerator(pause=0.3)}
    with serving(tmp_path_factory.mktemp("slow"), **loaders) as found:
        yield found


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A table with one lacking star."""
    rows = [
        {"Order": f"{star}-{n}", "Review": f"I had number {n} of these for {n + star} weeks.", "Stars": star}
        for star, count in REAL.items()
        for n in range(count)
    ]
    found = tmp_path_factory.mktemp("table") / "mine.csv"
    pd.DataFrame(rows).to_csv(found, index=False, sep=";")
    return found


def open_balance(page, path):
    page.set_input_files("#table-file input[type=file]", path)
    page.locator("#table-summary", has_text='stars in "Stars" of 5').wait_for(timeout=WAIT)
    page.get_by_role("tab", name="Balance").click()
    page.locator("#balance-summary", has_text="6 reviews are missing").wait_for(timeout=WAIT)


def row(page, star: int) -> list[str]:
    """The cells of a star's row: stars, real, lacking, synthetic, acceptance."""
    return page.locator("#balance-counts tbody tr").nth(star - 1).inner_text().split("\t")


def raise_level(page):
    page.fill("#balance-level input[type=number]", "40")
    page.keyboard.press("Tab")
    page.locator("#balance-summary", has_text="161 reviews are missing").wait_for(timeout=WAIT)


def estimate(page):
    page.click("#balance-estimate:enabled", timeout=WAIT)
    page.wait_for_selector("#balance-fill:enabled", timeout=WAIT)


def test_gaps_distance_sample_estimate_fill_download_and_push(address, visit, path, hub):
    page = visit(address, "Your table")
    open_balance(page, path)
    assert [row(page, star)[:4] for star in (1, 2)] == [["1 ★", "3", "6", "0"], ["2 ★", "9", "0", "0"]]
    page.wait_for_selector("#balance-chart .js-plotly-plot", timeout=WAIT)
    assert page.is_disabled("#balance-fill")

    estimate(page)
    assert "does not look like what this generator writes: 1.50 bits per byte" in page.inner_text(
        "#balance-distance"
    )
    assert page.locator("#balance-sample .rd-card").count() == 5
    assert page.locator("#balance-sample .rd-card.rejected").count() == 1
    assert "reviews per second" in page.inner_text("#balance-summary")
    assert page.is_disabled("#balance-download")

    page.click("#balance-fill")
    page.locator("#balance-summary", has_text="Done: each star").wait_for(timeout=WAIT)
    page.wait_for_selector("#balance-download:enabled", timeout=WAIT)
    assert row(page, 1)[:4] == ["1 ★", "3", "0", "6"]
    with page.expect_download(timeout=WAIT) as download:
        page.click("#balance-download")
    assert download.value.suggested_filename == "revdemo-balanced.zip"
    with zipfile.ZipFile(download.value.path()) as file:
        assert sorted(file.namelist()) == ["README.md", "data.parquet"]
        card = file.read("README.md").decode()
        data = pd.read_parquet(io.BytesIO(file.read("data.parquet")))
    assert data["stars"].value_counts().to_dict() == dict.fromkeys(range(1, 6), 9)
    assert data["synthetic"].sum() == 6 and data["Order"].notna().sum() == 39
    assert "- synthetic" in card and "another kind of review" in card
    push(page, "belong to their authors", private=False)
    push(page, "Pushed to owner/table in commit")
    assert hub.repos["dataset", "owner/table"].private
    assert {"README.md", "data.parquet"} < set(hub.files("owner/table", "dataset"))


def push(page, said: str, private: bool = True):
    if not page.is_visible("#balance-push-start"):
        page.click("#balance-push > button")
    page.fill("#balance-push-name input, #balance-push-name textarea", "owner/table")
    page.set_checked("#balance-push-private input", private)
    page.fill("#balance-push-token input", TOKEN)
    page.click("#balance-push-start")
    page.locator("#balance-push-said", has_text=said).wait_for(timeout=WAIT)


def test_a_stopped_fill_goes_on_after_a_reload(slow_address, visit, path):
    page = visit(slow_address, "Your table")
    open_balance(page, path)
    raise_level(page)
    page.click("#balance-estimate:enabled", timeout=WAIT)
    page.wait_for_selector("#balance-sample .rd-card", timeout=WAIT)
    page.click("#balance-stop")
    page.wait_for_selector("#balance-fill:enabled", timeout=2 * WAIT)
    before = int(row(page, 1)[3])
    assert before >= 1
    page.click("#balance-fill")
    page.wait_for_function(
        f"+document.querySelector('#balance-counts tbody tr').innerText.split('\\t')[3] > {before}",
        timeout=WAIT,
    )
    page.click("#balance-stop")
    page.locator("#balance-summary", has_text="Stopped:").wait_for(timeout=2 * WAIT)
    page.wait_for_selector("#balance-download:enabled", timeout=WAIT)
    have = int(row(page, 1)[3])
    assert have > before

    page.reload()
    page.get_by_role("tab", name="Your table").click()
    open_balance(page, path)
    raise_level(page)  # or what was written may fill the gap already, and nothing is sampled
    page.click("#balance-estimate:enabled", timeout=WAIT)
    page.wait_for_selector("#balance-sample .rd-card", timeout=WAIT)
    assert int(row(page, 1)[3]) >= have
    page.click("#balance-stop")


def test_a_table_without_ratings_says_what_is_missing(address, visit, tmp_path):
    file = tmp_path / "bare.csv"
    file.write_text("Review\nI would buy it again and again.\n", encoding="utf-8")
    page = visit(address, "Your table")
    page.get_by_role("tab", name="Balance").click()
    page.locator("#balance-summary", has_text="Upload a table").wait_for(timeout=WAIT)
    page.set_input_files("#table-file input[type=file]", file)
    page.locator("#balance-summary", has_text="no column of ratings").wait_for(timeout=WAIT)
    assert page.is_disabled("#balance-estimate") and page.is_disabled("#balance-fill")
