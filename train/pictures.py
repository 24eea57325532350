"""Take the pictures of README.md and docs/results.md from the running app, so that they show what there is.

    python -m train.pictures            # assets/pictures/*.png, on the models that the app finds

Starts the app on a free port with folders of its own, drives a Chromium through it as a visitor would, and
saves each picture with few colours: light, 1,280 pixels wide. Needs playwright and a Chromium on the PATH.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from revdemo.errors import RevdemoError
from revdemo.files import ASSETS
from revdemo.settings import load_settings
from revdemo.ui.page import build, launch_options
from revdemo.ui.services.services import Services
from train.fitting import commands

if TYPE_CHECKING:
    from playwright.sync_api import Page

PICTURES = ASSETS / "pictures"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1280, 900
MOST = 200_000  # bytes of a picture
COLOURS = (256, 128, 64, 32)
WAIT = 600_000  # milliseconds; the models load, and a run takes minutes on a slow machine
SETTLE = 1500  # milliseconds until a chart has been drawn


def classify(page: Page) -> None:
    """An example, its stars, and the words that made them."""
    page.get_by_role("button", name="Mixed", exact=True).click()
    page.wait_for_function("document.querySelector('#review-text textarea').value")
    page.click("#predict")
    page.wait_for_selector("#probabilities .js-plotly-plot", timeout=WAIT)
    page.click("#why-start")
    page.wait_for_function("document.querySelector('#why .rd-marked, #why .error')", timeout=WAIT)


def generate(page: Page) -> None:
    """Reviews for four stars, accepted and rejected."""
    page.get_by_role("tab", name="Generate").click()
    page.locator("#accepted-wanted input[type=number]").fill("10")
    page.keyboard.press("Tab")
    page.click("#generate")
    page.wait_for_selector("#generate:disabled", timeout=WAIT)
    page.wait_for_selector("#generate:enabled", timeout=WAIT)
    page.wait_for_selector("#heat-map .js-plotly-plot", timeout=WAIT)


def table(page: Page) -> None:
    """The example table: what it can be used for, and what was predicted."""
    page.get_by_role("tab", name="Your table").click()
    page.click("#table-example")
    page.click("#predict-start:enabled", timeout=WAIT)
    page.wait_for_selector("#predict-rows tbody tr", timeout=WAIT)


def models(page: Page) -> None:
    """The card of the star classifier."""
    page.locator("#models summary").nth(0).click()
    page.locator("#models summary").nth(1).click()


def metrics(page: Page) -> None:
    """What was measured."""
    page.get_by_role("tab", name="Metrics").click()
    page.wait_for_timeout(SETTLE)


SCENES: dict[str, Callable] = {
    "classify": classify,
    "generate": generate,
    "table": table,
    "models": models,
    "metrics": metrics,
}


def take(services: Services, folder: Path) -> list[Path]:
    """Run the app of these services and save every picture below a folder; returns their paths."""
    demo = build(services)
    options = launch_options(services) | {"server_name": "127.0.0.1", "server_port": None}
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **options)
    try:
        with _chromium() as browser:
            return [_picture(browser, address, scene, folder / f"{scene}.png") for scene in SCENES]
    finally:
        demo.close(verbose=False)


@contextmanager
def _chromium():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise RevdemoError("playwright is not installed: pip install -r requirements-dev.txt") from error
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        raise RevdemoError(
            "There is no Chromium on the PATH: looked for {chromiums}.", chromiums=", ".join(CHROMIUMS)
        )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def _picture(browser, address: str, scene: str, path: Path) -> Path:
    """One scene, seen by a visitor of its own once the models are there."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#models details.ready", timeout=WAIT)
    SCENES[scene](page)
    page.wait_for_timeout(SETTLE)
    page.evaluate("window.scrollTo(0, 0)")
    page.mouse.move(0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    context.close()
    _shrink(path)
    return path


def _shrink(path: Path) -> None:
    """Save a picture with as many colours as its size allows."""
    from PIL import Image

    with Image.open(path) as found:
        picture = found.convert("RGB")
    for colours in COLOURS:
        picture.quantize(colours).save(path, optimize=True)
        if path.stat().st_size <= MOST:
            return


def main(argv: list[str] | None = None) -> None:
    """Take the pictures by the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=PICTURES)
    args = parser.parse_args(argv)
    with TemporaryDirectory(prefix="revdemo-pictures-") as folder:
        settings = load_settings([]).model_copy(update={"data_dir": Path(folder)})
        services = Services(settings)
        services.start()
        for path in take(services, args.out):
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(commands.run(main))
