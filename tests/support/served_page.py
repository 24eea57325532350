"""The page on scripted models, served for a browser, and its runs waited for."""

import time
from contextlib import contextmanager
from pathlib import Path

from revdemo.settings import Settings
from revdemo.ui.page import build, launch_options
from tests.support.chromium import WAIT, free_port
from tests.support.fakes_ui import services


def built(held):
    """The page; again where one that is closed was still drawing, whose components Gradio takes for ours."""
    try:
        return build(held)
    except (KeyError, ValueError):
        time.sleep(5)
        return build(held)


@contextmanager
def serving(folder: Path, **loaders):
    """The page on a port of its own, its ledger in `folder`."""
    # Every page here comes from one address, and two runs are at work at once.
    settings = Settings(
        data_dir=folder, cache=folder, device="cpu", port=free_port(), visitor_running=2, visitor_waiting=10
    )
    held = services(settings, **loaders)
    demo = built(held)
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(held))
    try:
        yield address
    finally:
        demo.close(verbose=False)


def wait_for_end(page) -> None:
    page.wait_for_selector("#generate:enabled", timeout=WAIT)


def run_to_end(page) -> None:
    page.click("#generate")
    page.wait_for_selector("#generate:disabled", timeout=WAIT)
    wait_for_end(page)
