"""Pushing a run in a real Chromium, to a Hub on loopback; skipped, with the reason, where there is none."""

import pytest

from tests.support.chromium import WAIT
from tests.support.fakes_ui import SlowGenerator
from tests.support.served_page import run_to_end, serving

pytestmark = pytest.mark.browser

TYPED = "hf_typedTokenThatNobodyKeeps"
KEPT = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie]) + document.body.outerHTML"


def push(page, said: str) -> None:
    page.fill("#push-token input", TYPED)
    page.click("#push-start")
    page.locator("#push-said", has_text=said).wait_for(timeout=WAIT)
    page.wait_for_function("document.querySelector('#push-token input').value === ''", timeout=WAIT)
    assert TYPED not in page.evaluate(KEPT)


def test_a_run_is_pushed_from_the_page(hub, tmp_path, visit):
    hub.tokens[TYPED] = "owner"
    with serving(tmp_path, load_generator=lambda _: SlowGenerator(pause=0.01)) as address:
        page = visit(address, "Generate")
        assert not page.is_visible("#push")
        run_to_end(page)
        page.click("#push > button")
        assert page.get_attribute("#push-token input", "type") == "password"
        push(page, "'' is not a valid repository name")
        page.fill("#push-name textarea, #push-name input", "owner/reviews")
        push(page, "Pushed to owner/reviews in commit")
        commit = hub.repos["dataset", "owner/reviews"].commits[-1][0]
        link = page.get_attribute("#push-said a", "href")
        assert link == f"{hub.url}/datasets/owner/reviews/commit/{commit}"
        push(page, "Nothing has changed in owner/reviews")
        assert hub.commits("owner/reviews", "dataset") == 2
    assert f"Bearer {TYPED}" in hub.authorizations
