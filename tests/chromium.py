"""A real Chromium for the tests of the page; they are skipped, with the reason, where there is none."""

import shutil
import socket

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WAIT = 45_000  # milliseconds, for a busy machine: where all is well nothing waits for so long


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH (looked for chromium, chromium-browser, google-chrome)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Open pages, each visitor in a profile of their own; script errors and foreign hosts are not allowed.

    Of a page whose server is going to be killed, `dies`, what its scripts then fail to fetch is no problem.
    """
    contexts, problems = [], []

    def open_page(address: str, tab: str = "", context=None, dies=False, **options):
        if context is None:
            contexts.append(context := browser.new_context(accept_downloads=True, **options))
        page = context.new_page()
        if not dies:
            page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("request", lambda request: problems.extend(_foreign(request.url, address)))
        page.goto(address)
        page.wait_for_selector("#predict", timeout=WAIT)
        if tab:
            page.get_by_role("tab", name=tab).click()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


def _foreign(url: str, address: str) -> list[str]:
    return [] if url.startswith((address, "data:", "blob:")) else [f"asked for {url}"]
