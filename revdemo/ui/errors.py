"""Errors on their way to the visitor: a RevdemoError says what it says, a bug goes to the log."""

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath, PureWindowsPath

import gradio as gr
from gradio.utils import get_upload_folder

from revdemo.errors import Phrase, RevdemoError, lack_of_memory
from revdemo.models.weights import hub_errors
from revdemo.ui import locale

log = logging.getLogger(__name__)

LONGEST_PATH = 4096

# Two parts at least, and not what is inside an address such as https://example.org/a/b. In quotes a path may
# hold a blank; a field of the message that is a path is one whatever it holds.
_PATH = re.compile(
    r"""(?<=')(?:/[^'/\n]+){2,}/?(?=') | (?<=")(?:/[^"/\n]+){2,}/?(?=")
    | (?<=')(?:[A-Za-z]:|\\)[\\/][^'\n]+(?=') | (?<=")(?:[A-Za-z]:|\\)[\\/][^"\n]+(?=")
    | (?<![\w.:/…])(?:/[^\s/:;,'"()]+){2,}/?
    | (?<![\w.:/\\…])(?:[A-Za-z]:|\\)\\[^\s:;,'"()]+""",
    re.VERBOSE,
)
_PARTS = re.compile(r"[/\\]+")


def explain(error: Exception, secret: str = "") -> str:
    """What the visitor is told of an error; the log gets the traceback of one that nobody expected.

    `secret` is in neither, whatever the error says.
    """
    if told := error if isinstance(error, RevdemoError) else lack_of_memory(error):
        return hub_errors.without(without_folders(told), secret)
    if isinstance(error, FileNotFoundError) and get_upload_folder() in str(error):
        return locale.FORGOTTEN
    trace = "".join(traceback.format_exception(error))
    log.error("an unexpected error\n%s", hub_errors.without(trace, secret).rstrip())
    return locale.UNEXPECTED_ERROR


def without_folders(told: object) -> str:
    """An error, a phrase or a text in words, without where things lie on this machine.

    Of a path only its last two parts are left. A field of a phrase that is a path may hold blanks.
    """
    text = locale.said(told)
    for path in sorted(_paths(told), key=len, reverse=True):
        text = text.replace(path, _shortened(path))
    return _PATH.sub(lambda found: _shortened(found[0]), text)


def _paths(told: object) -> Iterator[str]:
    """The absolute paths of two parts and more among the values of an error, a phrase, or a list of these."""
    inside = told.phrase if isinstance(told, RevdemoError) else told
    if isinstance(inside, Phrase):
        inside = list(inside.values.values())
    for value in inside if isinstance(inside, list) else ():
        if isinstance(value, Phrase | list):
            yield from _paths(value)
        elif isinstance(value, str) and _is_path(value):
            yield value


def _is_path(text: str) -> bool:
    absolute = PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
    return absolute and "\n" not in text and len(text) < LONGEST_PATH and len(_parts(text)) > 1


def _parts(path: str) -> list[str]:
    return _PARTS.split(path.strip("/\\"))


def _shortened(path: str) -> str:
    return "/".join(["…", *_parts(path)[1:][-2:]])


@contextmanager
def shown() -> Iterator[None]:
    """Turn errors of the block into a gr.Error the visitor can read, never a traceback."""
    try:
        yield
    except gr.Error:
        raise
    except Exception as error:
        raise gr.Error(explain(error), print_exception=False) from error
