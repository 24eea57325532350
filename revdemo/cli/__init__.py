"""`revdemo …`, or `python -m revdemo …`: what the page does, without a browser; one module per command."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from revdemo.cli import adapt, balance, explain, generate, inspect, predict, runs, utility
from revdemo.cli.common import INTERRUPTED, with_maps_joined
from revdemo.errors import RevdemoError, lack_of_memory
from revdemo.settings import from_arguments

COMMANDS = (inspect, predict, explain, generate, runs, balance, utility, adapt)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 after a user's mistake, 130 after Ctrl-C."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(with_maps_joined(given))
    try:
        return options.run(options, from_arguments(options))
    except RevdemoError as error:
        print(f"revdemo: {error}", file=sys.stderr)
        return 2
    except (MemoryError, OSError, ImportError, RuntimeError) as error:
        if isinstance(error, BrokenPipeError):  # the reader of our output, such as head, has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        if (said := lack_of_memory(error)) is None:
            raise
        print(f"revdemo: {said}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("revdemo: interrupted.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="revdemo" if Path(sys.argv[0]).stem == "revdemo" else "python -m revdemo",
        description="Predict the stars of reviews, and write new ones.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
