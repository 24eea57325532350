"""Errors on their way to the visitor: a RevdemoError says what it says, a bug goes to the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.ui import strings

log = logging.getLogger(__name__)


def explain(error: Exception) -> str:
    """What the visitor is told of an error; the log gets the traceback of one that nobody expected."""
    if isinstance(error, RevdemoError):
        return strings.said(error)
    log.error("an unexpected error", exc_info=error)
    return strings.UNEXPECTED_ERROR


@contextmanager
def shown() -> Iterator[None]:
    """Turn errors of the block into a gr.Error the visitor can read, never a traceback."""
    try:
        yield
    except gr.Error:
        raise
    except Exception as error:
        raise gr.Error(explain(error), print_exception=False) from error
