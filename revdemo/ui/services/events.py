"""What a request to the API holds: an event that exists, and a value for each of its inputs."""

import json
import logging
import re
import traceback
from collections.abc import Callable
from http import HTTPStatus
from inspect import Parameter, signature
from itertools import takewhile
from typing import Any

import gradio as gr

from revdemo.errors import Phrase, RevdemoError
from revdemo.ui.locale.catalogue import SOURCE

log = logging.getLogger(__name__)

# Whose values can be told beforehand.
FIELDS = (gr.Number, gr.Slider, gr.Radio, gr.Dropdown, gr.Checkbox, gr.Textbox)
MARK = "__i18n__"  # before what Gradio's browser side translates
HALVES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\0")  # escaped, as bytes, or in UTF-16 and UTF-32


class Refused(Exception):
    """A request that is answered here: with which status, and what is said."""

    def __init__(self, status: HTTPStatus, error: RevdemoError):
        super().__init__(str(error))
        self.status, self.error = status, error


def read(body: bytes) -> dict[str, Any]:
    """The object that a request sends."""
    try:
        found = json.loads(body)
        if isinstance(found, dict):
            return found
    except (ValueError, RecursionError):
        pass
    raise Refused(
        HTTPStatus.BAD_REQUEST,
        RevdemoError("The request is not a JSON object such as {example}.", example='{"data": ["a text"]}'),
    )


def not_one_of_ours(method: str, path: str, error: Exception) -> Refused:
    """The refusal of a request that no route could read; the log gets a line of it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.warning(
        "%s %s was not answered: %.200r in %s:%s", method, path[:80], error, place.filename, place.lineno
    )
    return Refused(
        HTTPStatus.BAD_REQUEST,
        RevdemoError("The request is not one that this app can answer. The page /?view=api lists them."),
    )


def begun(answer: bytes) -> str:
    """The event that an answer says was begun; empty where none was."""
    try:
        found = json.loads(answer)
    except ValueError:
        return ""
    name = found.get("event_id") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def mend(body: dict[str, Any], sent: bytes) -> bool:
    """Put a question mark for each half of a character, which no answer could hold; says whether any was.

    `sent` is what the body was read from: where no half can be in it, the body is not looked through.
    """
    if not HALVES.search(sent):
        return False
    text = json.dumps(body, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        mended = json.loads(text.encode("utf-8", "replace"))
        body.clear()
        body.update(mended)
        return True
    return False


def fill(blocks: Any, path: str, body: dict[str, Any]) -> bool:
    """Give the values that a program left out at the end their defaults; says whether any were.

    An event that there is not, or one with another number of values than it takes, is refused.
    """
    name, index, data = path.rstrip("/").rpartition("/")[2], body.get("fn_index"), body.get("data")
    if path.startswith("/call/v2/") or not isinstance(data, list):  # which Gradio checks by itself
        return False
    if index is None:
        found = next((fn for fn in blocks.fns.values() if fn.api_name == name), None)
    else:
        name, found = str(index), blocks.fns.get(index) if isinstance(index, int) else None
    if found is None:
        raise Refused(
            HTTPStatus.NOT_FOUND,
            RevdemoError(
                "There is no event {name}. The app may have restarted: reload the page.",
                name=name[:40],
            ),
        )
    # A state is kept here: a browser sends an empty value for it, a program none.
    needed = sum(not isinstance(one, gr.State) or index is not None for one in found.inputs)
    given = len(data)
    if given < needed and index is None:
        data += _defaults(found.fn, given)
    if len(data) != needed:
        raise Refused(
            HTTPStatus.BAD_REQUEST,
            RevdemoError(
                "Values for {name}: {needed} needed, {given} given. The page /?view=api lists them.",
                name=found.api_name or name,
                needed=needed,
                given=given,
            ),
        )
    return len(data) > given


def check(blocks: Any, path: str, body: dict[str, Any]) -> None:
    """Refuse a value that a field of the page cannot have, which Gradio would log as a bug.

    The public endpoints check their own values. A field is asked as the visitor's own page has it now, with
    the choices that came later.
    """
    found = blocks.fns.get(index) if isinstance(index := body.get("fn_index"), int) else None
    data, session = body.get("data"), blocks.state_holder.session_data.get(str(body.get("session_hash")), {})
    for field, value in zip(found.inputs, data, strict=False) if found and isinstance(data, list) else ():
        if isinstance(field, FIELDS) and not _takes(session.get(field._id, field), value):
            raise Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                RevdemoError(
                    "{name} does not take {value}.",
                    name=_name(field, blocks) or path,
                    value=repr(value)[:40],
                ),
            )


def _name(field: Any, blocks: Any) -> Phrase | None:
    """What a field is called on the page; a label that the browser translates is its English text."""
    label = str(field.label or field.elem_id or "")
    if label.startswith(MARK):
        label = blocks.i18n_instance.translations[SOURCE][json.loads(label.removeprefix(MARK))["key"]]
    # A text of the page, whose id it is.
    return Phrase.from_dict({"id": label, "context": None, "values": {}}) if label else None


def _takes(field: Any, value: object) -> bool:
    """Whether a field takes a value, by Gradio's own rules; of a text Gradio takes anything."""
    if isinstance(field, gr.Textbox):
        return value is None or isinstance(value, str)
    try:
        field.preprocess(value)
    except (gr.Error, TypeError, ValueError, OverflowError):
        return False
    return True


def _defaults(fn: Callable[..., Any], given: int) -> list[Any]:
    """What the parameters after so many are where nothing is given; ends at the first that must be given."""
    parameters = [one for one in signature(fn).parameters.values() if one.annotation is not gr.Request]
    left = (one.default for one in parameters[given:])
    return list(takewhile(lambda default: default is not Parameter.empty, left))
