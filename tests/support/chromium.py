"""A real Chromium for the tests of the page; they are skipped, with the reason, where there is none."""

import shutil
import socket
from contextlib import contextmanager

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

TRIALS = (9000, 18_000, 36_000, 72_000)  # milliseconds, after each of which it is done once more
UNDO = """own => {
    const group = [...document.querySelectorAll('input[type=radio]')].filter(one => one.name === own.name);
    (group.find(one => one !== own) ?? own).click();
}"""

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
    with _visitors(browser) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def visit_once(browser):
    """`visit` for pages that the tests of a module share, since opening one takes seconds."""
    with _visitors(browser) as open_page:
        yield open_page


@contextmanager
def _visitors(browser):
    contexts, problems = [], []

    def open_page(address: str, tab: str = "", context=None, dies=False, **options):
        if context is None:
            contexts.append(context := browser.new_context(accept_downloads=True, **options))
        page = context.new_page()
        if not dies:
            page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("console", lambda said: problems.extend(_against_policy(said.text)))
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


def enter(page, field: str, value: str, outcome) -> None:
    """Type a value into a field, and again where an update on its way to the field takes it out once more."""

    def typed() -> None:
        page.fill(field, value)
        page.press(field, "Enter")

    _until(outcome, typed)


def choose(choice, outcome) -> None:
    """Choose a radio or a checkbox, and again from the start where a page still being built lost it."""

    def chosen() -> None:
        if choice.is_checked():  # and nobody noticed: a second click alone would change nothing
            choice.evaluate(UNDO)
        choice.check(timeout=WAIT)

    _until(outcome, chosen)


def pick(field, option: str, outcome) -> None:
    """Pick an option of a dropdown, and again where a page still being built lost the click."""

    def picked() -> None:
        field.click(timeout=WAIT)
        field.page.get_by_role("option", name=option, exact=True).first.click(timeout=WAIT)

    _until(outcome, picked)


def _until(outcome, act) -> None:
    """Act until its outcome is seen."""
    from playwright.sync_api import Error

    for patience in TRIALS:
        try:
            act()
            return outcome.wait_for(timeout=patience)
        except Error:
            if patience == TRIALS[-1]:
                raise


def _against_policy(said: str) -> list[str]:
    return [said] if "Content Security Policy" in said or "Content-Security-Policy" in said else []


def _foreign(url: str, address: str) -> list[str]:
    return [] if url.startswith((address, "data:", "blob:")) else [f"asked for {url}"]
