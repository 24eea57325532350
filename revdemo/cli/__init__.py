"""`python -m revdemo …`: what the page does, without a browser; one module a command."""

import argparse
import os
import sys
from collections.abc import Sequence

from revdemo.cli import balance, explain, generate, predict, utility
from revdemo.cli.common import INTERRUPTED
from revdemo.errors import RevdemoError
from revdemo.settings import from_arguments

COMMANDS = (predict, explain, generate, balance, utility)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 after a user's mistake, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options, from_arguments(options))
    except RevdemoError as error:
        print(f"revdemo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("revdemo: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as head, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m revdemo",
        description="Predict the stars of reviews, and write new ones.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
