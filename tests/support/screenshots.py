"""Pictures of every tab in every state, to be looked at.

    python -m tests.support.screenshots OUT [--only 390-dark]

The page runs on scripted models, 1280 and 390 pixels wide, light and dark, in English and Spanish; a file is
called tab-state-width-scheme-language.png. Needs playwright and a Chromium on the PATH.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, NamedTuple
from unittest.mock import patch

import pandas as pd

from revdemo.balancing import domain_gap
from revdemo.balancing.domain_gap import Distance
from revdemo.errors import RevdemoError
from revdemo.settings import Settings
from revdemo.tables.adapting import process
from revdemo.ui.page import build, launch_options
from tests.balancing.test_utility import reviews
from tests.evaluation.test_explain import star_classifier
from tests.support.chromium import ARGUMENTS, CHROMIUM, WAIT
from tests.support.fakes import source
from tests.support.fakes_ui import SlowGenerator, WordClassifier, WordPolarity, services

SIZES = {1280: 800, 390: 844}
SCHEMES = ("light", "dark")
LANGUAGES = {"en": "en-US", "es": "es-ES"}
TABS = ("classify", "generate", "table", "metrics")
JOBS = ("predict", "balance", "utility", "adapt")  # of Your table
WHOLE = ("done", "curated", "glance", "rows", "estimated", "error")  # also what is below is pictured
TRAINER = (sys.executable, "-m", "tests.support.fake_trainer")
SETTLE = 900  # milliseconds until what moves has come to rest
TEXT = "It drags, a negative thing. And then the last act is a praise of the sea: number 4."


def upload(name: str, **parts: pd.DataFrame) -> dict[str, Any]:
    """A CSV to upload, of rows that are called real or synthetic."""
    rows = pd.concat(found.assign(synthetic=kind == "synthetic") for kind, found in parts.items())
    return {"name": name, "mimeType": "text/csv", "buffer": rows.to_csv(index=False).encode()}


LACKING = upload("shop.csv", real=reviews([3, 9, 9, 9, 9]))
BALANCED = upload("balanced.csv", real=reviews([16] * 5, tells=0.8), synthetic=reviews([10] * 5, seed=3))


def tab(page: Any, name: str) -> None:
    """Open a tab by its place, whatever the language."""
    page.get_by_role("tab").nth(TABS.index(name)).click()
    page.wait_for_timeout(SETTLE)


def classify(page: Any) -> None:
    """A review and its stars."""
    page.fill("#review-text textarea", TEXT)
    page.keyboard.press("Enter")
    page.wait_for_selector("#prediction [aria-label*='4']", timeout=WAIT)
    page.wait_for_selector("#probabilities .js-plotly-plot", timeout=WAIT)


def classify_wrong(page: Any) -> None:
    """A text without words."""
    page.fill("#review-text textarea", "!!!")
    page.keyboard.press("Enter")


def generate(page: Any) -> None:
    """A run that is done."""
    tab(page, "generate")
    page.locator("#accepted-wanted input[type=number]").fill("6")
    page.keyboard.press("Tab")
    page.click("#generate")
    page.wait_for_selector("#generate:disabled", timeout=WAIT)
    page.wait_for_selector("#generate:enabled", timeout=WAIT)


def generating(page: Any) -> None:
    """A run in progress."""
    tab(page, "generate")
    page.click("#generate")
    page.wait_for_selector("#accepted .rd-card", timeout=WAIT)


def glance(page: Any) -> None:
    """A review of each number of stars."""
    tab(page, "generate")
    page.click("#glance-start")
    page.wait_for_function("document.querySelectorAll('#glance .rd-card').length === 5", timeout=WAIT)
    page.wait_for_selector("#generate:enabled", timeout=WAIT)


def glancing(page: Any) -> None:
    """The same in progress."""
    tab(page, "generate")
    page.click("#glance-start")
    page.wait_for_function("document.querySelectorAll('#glance .rd-card').length >= 2", timeout=WAIT)


def table(page: Any) -> None:
    """The example table, predicted."""
    tab(page, "table")
    page.click("#table-example")
    page.click("#predict-start:enabled", timeout=WAIT)
    page.wait_for_selector("#table-downloads button:enabled, #table-downloads a", timeout=WAIT)


def table_wrong(page: Any) -> None:
    """A file that is not a table."""
    tab(page, "table")
    page.set_input_files(
        "#table-file input[type=file]", [{"name": "a.csv", "mimeType": "text/csv", "buffer": b"\0" * 99}]
    )
    page.wait_for_timeout(3 * SETTLE)


def rows(page: Any) -> None:
    """The rows of the example table, and why one of them got its stars."""
    table(page)
    page.locator("#predict-rows tbody tr").nth(1).click()
    page.wait_for_selector("#predict-why .rd-marked", timeout=WAIT)


def curated(page: Any) -> None:
    """A run of which one review is kept out and another taken in by hand."""
    generate(page)
    page.locator("#rejected [data-review]").last.click()
    page.wait_for_timeout(SETTLE)
    page.locator("#accepted [data-review]").first.click()
    page.wait_for_timeout(SETTLE)


def job(page: Any, name: str, file: Any = None) -> None:
    """Open a job of Your table, with a table or without one."""
    tab(page, "table")
    if file:
        page.set_input_files("#table-file input[type=file]", [file])
        page.wait_for_selector("#predict-start:enabled", timeout=WAIT)
    page.get_by_role("tab").nth(len(TABS) + JOBS.index(name)).click()
    page.wait_for_timeout(SETTLE)


def estimated(page: Any) -> None:
    """A table that lacks reviews, with the sample that says how long filling it takes."""
    job(page, "balance", LACKING)
    page.click("#balance-estimate:enabled", timeout=WAIT)
    page.wait_for_selector("#balance-fill:enabled", timeout=WAIT)


def balance(page: Any) -> None:
    """The same table, filled."""
    estimated(page)
    page.click("#balance-fill")
    page.wait_for_selector("#balance-download:enabled", timeout=WAIT)


def measuring(page: Any) -> None:
    """Classifiers being trained on real and synthetic rows."""
    job(page, "utility", BALANCED)
    page.click("#utility-start")
    page.wait_for_selector("#utility-summary [role=progressbar]", timeout=WAIT)


def utility(page: Any) -> None:
    """What the synthetic rows were worth."""
    measuring(page)
    page.wait_for_selector("#utility-chart .js-plotly-plot", timeout=4 * WAIT)


def utility_wrong(page: Any) -> None:
    """A table without enough rows to hold some out."""
    job(page, "utility", LACKING)
    page.click("#utility-start")
    page.wait_for_timeout(3 * SETTLE)


def adapt_estimated(page: Any) -> None:
    """How long it takes to adapt the models to a table."""
    job(page, "adapt", BALANCED)
    page.click("#adapt-estimate:enabled", timeout=WAIT)
    page.wait_for_selector("#adapt-state table, #adapt-state li", timeout=WAIT)


def adapting(page: Any) -> None:
    """Models being adapted, or, where another visitor's are, that they are."""
    job(page, "adapt", BALANCED)
    before = page.inner_text("#adapt-state")
    page.click("#adapt-start:enabled", timeout=WAIT)
    page.wait_for_function(
        "before => document.querySelector('#adapt-state').innerText !== before", arg=before, timeout=WAIT
    )


def adapt(page: Any) -> None:
    """Models that were adapted, with their figures before and after."""
    adapting(page)
    page.wait_for_selector("#adapt-use:visible", timeout=2 * WAIT)


def models(page: Any) -> None:
    """The line of the models, opened."""
    page.locator("#models summary").nth(0).click()
    page.locator("#models summary").nth(1).click()


class Scene(NamedTuple):
    """A tab in a state: how it is reached, and on which models.

    They are "ready", "tiny" (whose predictions can be explained), "loading", "slow" or "failed".
    """

    tab: str
    state: str
    reach: Callable[[Any], None]
    models: str = "ready"


SCENES = (
    Scene("classify", "empty", lambda page: page.fill("#review-text textarea", "")),
    Scene("classify", "done", classify),
    Scene("classify", "error", classify_wrong),
    Scene("classify", "models", models),
    Scene("generate", "empty", lambda page: tab(page, "generate")),
    Scene("generate", "done", generate),
    Scene("generate", "glance", glance),
    Scene("generate", "curated", curated),
    Scene("table", "empty", lambda page: tab(page, "table")),
    Scene("table", "done", table),
    Scene("table", "rows", rows, "tiny"),
    Scene("table", "error", table_wrong),
    Scene("balance", "empty", lambda page: job(page, "balance")),
    Scene("balance", "ready", lambda page: job(page, "balance", LACKING)),
    Scene("balance", "estimated", estimated),
    Scene("balance", "done", balance),
    Scene("utility", "empty", lambda page: job(page, "utility")),
    Scene("utility", "error", utility_wrong),
    Scene("utility", "done", utility),
    Scene("adapt", "empty", lambda page: job(page, "adapt")),
    Scene("adapt", "estimated", adapt_estimated),
    Scene("adapt", "done", adapt),
    Scene("metrics", "done", lambda page: tab(page, "metrics")),
    Scene("classify", "loading", lambda page: page.wait_for_timeout(SETTLE), "loading"),
    Scene("generate", "loading", lambda page: (tab(page, "generate"), page.click("#generate")), "loading"),
    Scene("generate", "running", generating, "slow"),
    Scene("generate", "glancing", glancing, "slow"),
    Scene("utility", "running", measuring, "slow"),
    Scene("adapt", "running", adapting, "slow"),
    Scene("classify", "failed", lambda page: page.wait_for_timeout(SETTLE), "failed"),
)


@contextmanager
def fakes(kind: str) -> Iterator[None]:
    """A trainer that trains nothing, long at work where models are slow, and a distance without a model."""
    allowed = re.compile(f"{process.INHERITED.pattern}|FAKE_STEPS")
    steps = {"FAKE_STEPS": "900" if kind == "slow" else "5"}
    with (
        patch.object(process, "COMMAND", TRAINER),
        patch.object(process, "INHERITED", allowed),
        patch.object(domain_gap, "measure", lambda *_, **__: Distance(30, 1.5, 1.4, 1.6, 1.2)),
        patch.dict(os.environ, steps),
    ):
        yield


@contextmanager
def app(kind: str) -> Iterator[str]:
    """The address of a page on scripted models of a kind."""
    released = Event()

    def stars(_: Settings) -> Any:
        if kind == "loading":
            released.wait()
        if kind == "failed":
            raise RevdemoError("The weights of the star classifier are damaged.")
        return tiny if kind == "tiny" else WordClassifier()

    with TemporaryDirectory() as folder, fakes(kind):
        tiny = star_classifier(Path(folder) / "model")
        tiny.source = source("stars")
        settings = Settings(data_dir=Path(folder), cache=Path(folder), device="cpu")
        held = services(
            settings,
            load_stars=stars,
            load_generator=lambda _: SlowGenerator(pause=0.5 if kind == "slow" else 0.01),
            load_polarity=lambda _: WordPolarity(),
        )
        demo = build(held)
        options = launch_options(held) | {"server_name": "127.0.0.1", "server_port": None}
        _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, **options)
        try:
            yield address
        finally:
            released.set()
            held.close()
            demo.close(verbose=False)


def take(out: Path, only: str = "") -> list[Path]:
    """Save the pictures whose name matches the pattern `only`; returns their paths."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    made = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for kind in dict.fromkeys(scene.models for scene in SCENES):
            todo = [(name, scene, view) for name, scene, view in _views(kind) if re.search(only, name)]
            if todo:
                with app(kind) as address:
                    made += [
                        _picture(browser, address, scene, view, out / name) for name, scene, view in todo
                    ]
        browser.close()
    return made


def _views(kind: str) -> Iterator[tuple[str, Scene, dict[str, Any]]]:
    for scene in SCENES:
        for width, height in SIZES.items():
            for scheme in SCHEMES:
                for code, locale in LANGUAGES.items():
                    view = {
                        "viewport": {"width": width, "height": height},
                        "color_scheme": scheme,
                        "locale": locale,
                    }
                    if scene.models == kind:
                        yield f"{scene.tab}-{scene.state}-{width}-{scheme}-{code}.png", scene, view


def _picture(browser: Any, address: str, scene: Scene, view: dict[str, Any], path: Path) -> Path:
    context = browser.new_context(**view)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#predict", timeout=WAIT)
    if scene.models in ("ready", "tiny"):
        page.wait_for_selector("#models details.ready", timeout=WAIT)
    scene.reach(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLE)
    page.screenshot(path=path, full_page=scene.state in WHOLE)
    context.close()
    return path


def main() -> None:
    """Take the pictures by the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    parser.add_argument("--only", default="", help="a pattern of their names, such as 390-dark")
    args = parser.parse_args()
    if CHROMIUM is None:
        parser.error("there is no Chromium on the PATH")
    for path in take(args.out, args.only):
        print(path)


if __name__ == "__main__":
    main()
