"""A visitor curates a run in a real Chromium: keeps out, takes in, undoes, and downloads what is left."""

import csv

import pytest

from tests.support.chromium import WAIT
from tests.support.fakes_ui import SlowGenerator
from tests.support.served_page import serving, wait_for_end

pytestmark = pytest.mark.browser


def column(page, name: str, count: int) -> None:
    page.locator(f"#{name} .rd-count", has_text=str(count)).wait_for(timeout=WAIT)


def downloaded(page, name: str, folder) -> list[dict[str, str]]:
    with page.expect_download(timeout=WAIT) as download:
        page.click(f"#get-{name}")
    path = folder / f"{name}.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_review_is_kept_out_and_another_taken_in_by_hand(tmp_path, visit):
    generator = SlowGenerator(pause=0.4)
    with serving(tmp_path, load_generator=lambda _: generator) as address:
        page = visit(address, "Generate")
        page.click("#generate")
        page.wait_for_selector("#accepted .rd-card", timeout=WAIT)
        assert page.locator("[data-review]").count() == 0, "nothing is decided while a run is at work"
        generator.pause = 0.01
        wait_for_end(page)
        rejected = page.locator("#rejected .rd-card").count()
        out, taken = (
            page.locator(f"#{name} .rd-text").first.inner_text() for name in ("accepted", "rejected")
        )
        page.locator("#accepted").get_by_role("button", name="Keep out").first.click()
        column(page, "accepted", 19)
        assert page.evaluate("document.activeElement.dataset.accept") == "false", "on the next card"
        page.locator("#rejected .rd-card", has_text="kept out by hand").wait_for(timeout=WAIT)
        page.locator("#rejected .rd-card", has_text=taken).get_by_role("button", name="Take in").click()
        column(page, "accepted", 20)
        said = page.locator("#accepted .rd-card", has_text=taken).inner_text()
        assert "taken in by hand; the filter said: other stars than requested" in said
        summary = page.inner_text("#summary")
        assert "by hand: 1 kept out, 1 taken in" in summary
        share = f"{20 / (20 + rejected):.0%}"
        assert f"acceptance {share}" in summary, "the filter's"
        rows = {row["review"]: row for row in downloaded(page, "accepted", tmp_path)}
        assert out not in rows and rows[taken]["by_hand"] == "True"
        assert rows[taken]["filter_reason"] == "stars"
        reasons = {row["review"]: row["reason"] for row in downloaded(page, "rejected", tmp_path)}
        assert reasons[out] == "by hand"

        page.reload()
        page.get_by_role("tab", name="Generate").click()
        page.locator("#summary", has_text="by hand: 1 kept out, 1 taken in").wait_for(timeout=WAIT)
        for name in ("accepted", "rejected"):
            page.locator(f"#{name}").get_by_role("button", name="Undo").click()
            page.locator(f"#{name}").get_by_role("button", name="Undo").wait_for(state="detached")
        assert "by hand" not in page.inner_text("#summary")
        assert page.locator("#rejected .rd-card", has_text=taken).count() == 1
