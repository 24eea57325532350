"""What the commands share: flags for the settings, and an end in good order after Ctrl-C."""

import argparse
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from revdemo.settings import Settings

INTERRUPTED = 130  # what a shell expects after Ctrl-C
MODEL_SETTINGS = ("device", "threads", "quantize", "cache", "stars_model")


def add_settings(command: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add a flag for each of the settings named."""
    group = command.add_argument_group("settings", "each also read from the environment, as REVDEMO_...")
    for name in names:
        about = Settings.model_fields[name].description
        flag, shown = f"--{name.replace('_', '-')}", name.split("_")[-1].upper()
        group.add_argument(flag, dest=name, default=argparse.SUPPRESS, metavar=shown, help=about)


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run in good order, and the second one end the program."""
    pressed = []

    def press(*_) -> None:
        pressed.append(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
