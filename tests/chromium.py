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

# The tab is chosen, and what is seen is its content: of Classify, which stands first, the button is gone.
OPENED = """tab => tab.getAttribute('aria-selected') === 'true'
    && (tab === document.querySelector('[role=tab]') || !document.querySelector('#predict')?.offsetParent)
    && [...document.querySelectorAll('[role=tabpanel]')].some(own => own.offsetParent && own.innerText)"""


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
            open_tab(page, tab)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


def open_tab(page, name: str) -> None:
    """Open a tab and see its content; on a busy machine a click on a page still being built can be lost."""
    from playwright.sync_api import TimeoutError as Late

    tab = page.get_by_role("tab", name=name)
    for _ in range(WAIT // 5000):
        tab.click()
        try:
            page.wait_for_function(OPENED, arg=tab.element_handle(), timeout=5000)
            return
        except Late:
            page.get_by_role("tab").first.click()
    raise AssertionError(f"the tab {name} does not open")


def _foreign(url: str, address: str) -> list[str]:
    return [] if url.startswith((address, "data:", "blob:")) else [f"asked for {url}"]
