"""Errors on their way to the visitor: a RevdemoError says what it says, a bug goes to the log."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from revdemo import hub
from revdemo.errors import RevdemoError
from revdemo.ui import strings

log = logging.getLogger(__name__)


def explain(error: Exception, secret: str = "") -> str:
    """What the visitor is told of an error; the log gets the traceback of one that nobody expected.

    `secret` is in neither, whatever the error says.
    """
    if isinstance(error, RevdemoError):
        return strings.said(hub.without(str(error), secret))
    trace = "".join(traceback.format_exception(error))
    log.error("an unexpected error\n%s", hub.without(trace, secret).rstrip())
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
