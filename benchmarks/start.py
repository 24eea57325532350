"""When a visitor who opens the page at once sees its first prediction: python -m benchmarks.start

Each run starts `python app.py` with an empty cache and opens it in a Chromium that is up already. It tells
when the port answers, when the page has come, when a prediction is seen (at a start the one that is packaged
for these very weights), and when it is the model's own: seconds of the clock, and in brackets those of the
processor, of the app and of the browser. `--against` names another checkout, measured in turn. It needs
playwright.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from tests.support.chromium import ARGUMENTS, CHROMIUM, free_port

HERE = Path(__file__).resolve().parent.parent
PREDICTED = "#prediction .rd-prediction"
OWN = f"document.querySelector('{PREDICTED}') && !document.querySelector('#prediction .rd-message')"
PATIENCE = 120_000  # milliseconds


class Sight(NamedTuple):
    """Seconds since the start: of the clock, and of the processor by the app and by the browser."""

    clock: float
    app: float
    browser: float


def used(process: psutil.Process) -> float:
    """Seconds of the processor that a process has used."""
    try:
        times = process.cpu_times()
        return times.user + times.system
    except psutil.Error:  # it has ended
        return 0.0


def browsers() -> float:
    """Seconds of the processor that the browser's processes have used."""
    children = psutil.Process().children(recursive=True)
    return sum(used(child) for child in children if "chrom" in child.name())


def wait_for_port(port: int) -> None:
    """Wait until a port answers."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 0.1).close()
        except OSError:
            time.sleep(0.02)


def measure(browser: Any, checkout: Path) -> dict[str, Sight]:
    """One start of the app of a checkout."""
    port, sights = free_port(), {}
    with tempfile.TemporaryDirectory() as folder:
        own = {"REVDEMO_CACHE": f"{folder}/cache", "REVDEMO_DATA_DIR": folder}
        before, began = browsers(), time.perf_counter()
        app = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port)],
            cwd=checkout,
            env=os.environ | own,
            stdout=subprocess.DEVNULL,
        )

        def see(name: str) -> None:
            process = psutil.Process(app.pid)
            sights[name] = Sight(time.perf_counter() - began, used(process), browsers() - before)

        try:
            wait_for_port(port)
            see("port")
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}", wait_until="commit")
            page.wait_for_selector("#predict", timeout=PATIENCE)
            see("page")
            page.wait_for_selector(PREDICTED, timeout=PATIENCE)
            see("prediction")
            page.wait_for_function(OWN, timeout=PATIENCE)
            see("the model's own")
            page.close()
        finally:
            app.terminate()
            app.wait()
    return sights


def main() -> None:
    """Print every run, and the median of each sight."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout of this repository")
    options = parser.parse_args()
    found: dict[tuple[str, str], list[Sight]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for _ in range(options.runs):
            for name, checkout in (("here", HERE), ("against", options.against)):
                for sight, one in measure(browser, checkout).items() if checkout else ():
                    found.setdefault((name, sight), []).append(one)
                    print(
                        f"{name:8} {sight:16} {one.clock:6.2f} ({one.app:.2f} + {one.browser:.2f})",
                        flush=True,
                    )
        browser.close()
    for (name, sight), runs in found.items():
        clock, app, own = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"median {name:8} {sight:16} {clock:6.2f} ({app:.2f} + {own:.2f})")


if __name__ == "__main__":
    main()
