"""Errors on their way to the visitor: a RevdemoError says what it says, a bug goes to the log."""

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
from gradio.utils import get_upload_folder

from revdemo.errors import RevdemoError, lack_of_memory
from revdemo.models.weights import hub_errors
from revdemo.ui import locale

log = logging.getLogger(__name__)

# Two parts at least, and not what is inside an address such as https://example.org/a/b.
_PATH = re.compile(r"(?<![\w.:/…])(?:/[^\s/:;,'\"()]+){2,}/?")


def explain(error: Exception, secret: str = "") -> str:
    """What the visitor is told of an error; the log gets the traceback of one that nobody expected.

    `secret` is in neither, whatever the error says.
    """
    if told := error if isinstance(error, RevdemoError) else lack_of_memory(error):
        return without_folders(hub_errors.without(locale.said(told), secret))
    if isinstance(error, FileNotFoundError) and get_upload_folder() in str(error):
        return locale.FORGOTTEN
    trace = "".join(traceback.format_exception(error))
    log.error("an unexpected error\n%s", hub_errors.without(trace, secret).rstrip())
    return locale.UNEXPECTED_ERROR


def without_folders(text: str) -> str:
    """A message without where things lie on this machine: of a path only its last two parts are left."""
    return _PATH.sub(lambda found: "/".join(["…", *found[0].strip("/").split("/")[1:][-2:]]), text)


@contextmanager
def shown() -> Iterator[None]:
    """Turn errors of the block into a gr.Error the visitor can read, never a traceback."""
    try:
        yield
    except gr.Error:
        raise
    except Exception as error:
        raise gr.Error(explain(error), print_exception=False) from error
