"""Push to the Hub: what is shown above as a data set in one commit, with the visitor's own token.

A token that is typed serves for one push: it is in no state, no message and no log. Nothing here falls back
on a token of this machine, which may be of somebody else.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import gradio as gr
from gradio.utils import get_space

from revdemo.errors import Phrase, RevdemoError
from revdemo.hub import push as hub
from revdemo.hub.data_repos import Package
from revdemo.hub.push import Pushed
from revdemo.models.weights.hub_errors import Door
from revdemo.settings import Settings, on_a_space
from revdemo.ui import locale
from revdemo.ui.errors import explain
from revdemo.ui.parts import html

TOKEN = re.compile(r"[!-~]{8,}")  # what an HTTP header can carry
LONGEST = 1000  # characters of a token
PUSHING: dict[str, Any] = {"concurrency_limit": 2, "show_progress": "minimal", "api_visibility": "private"}

Way = Literal["sign-in", "token"] | None
Make = Callable[
    [Sequence[Any], str, bool, Path], Package
]  # of inputs, for a name, private or not, in a folder


def way(settings: Settings) -> Way:
    """How visitors show who they are: by signing in on a Space, by a token at home, or (None) not at all."""
    if get_space() and os.environ.get("OAUTH_CLIENT_ID"):  # elsewhere the button would sign in this machine
        return "sign-in"
    return None if settings.public or on_a_space() else "token"


class Push:
    """A closed accordion with the repository, who pushes, and what came of it; `name` begins element ids."""

    def __init__(self, settings: Settings, name: str, how: str, visible: bool = False):
        self.way = way(settings)
        self.sign_in = self.token = None
        shown = visible and self.way is not None
        with gr.Accordion(locale.PUSH, open=False, visible=shown, elem_id=name) as self.accordion:
            gr.HTML(f'<p class="rd-how">{html.escape(how)}</p>')
            self.repository = gr.Textbox(
                label=locale.PUSH_NAME, placeholder="OWNER/NAME", max_lines=1, elem_id=f"{name}-name"
            )
            self.private = gr.Checkbox(True, label=locale.PUSH_PRIVATE, elem_id=f"{name}-private")
            if self.way == "sign-in":
                self.sign_in = gr.LoginButton(locale.PUSH_SIGN_IN, locale.PUSH_SIGN_OUT, size="sm")
            elif self.way == "token":
                self.token = gr.Textbox(
                    label=locale.PUSH_TOKEN,
                    info=locale.PUSH_TOKEN_INFO,
                    type="password",
                    max_length=LONGEST,
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
                    elem_id=f"{name}-token",
                )
            self.button = gr.Button(locale.PUSH_START, size="sm", elem_id=f"{name}-start")
            self.said = gr.HTML(elem_id=f"{name}-said")

    @property
    def all(self) -> list[Any]:
        """What changes with what is shown above."""
        return [self.accordion, self.said]

    def connect(self, inputs: Sequence[gr.components.Component], make: Make) -> None:
        """Let the button push what `make` makes of the values of `inputs`."""
        given, shown = [*inputs, self.repository, self.private], {"show_progress_on": self.said}
        if self.sign_in is not None:

            def push_signed_in(session: gr.OAuthToken | None, *values: Any) -> str:
                token = session.token if session else ""
                return _push(make, values, token, of_space(), locale.phrase("PUSH_SIGN_IN_FIRST"))

            self.button.click(push_signed_in, given, self.said, **shown, **PUSHING)
        elif self.token is not None:

            def push(*values: Any) -> str:
                token = (values[-1] or "").strip()
                return _push(make, values[:-1], token, at_home(), locale.phrase("PUSH_NO_TOKEN"))

            done = self.button.click(push, [*given, self.token], self.said, **shown, **PUSHING)
            done.then(None, outputs=self.token, js="() => ''", api_visibility="private")


def ready(settings: Settings) -> tuple[Any, ...]:
    """For `Push.all`, something that can be pushed."""
    return gr.Accordion(visible=way(settings) is not None, open=False), ""


def nothing() -> tuple[Any, ...]:
    """For `Push.all`, where there is nothing to push."""
    return gr.Accordion(visible=False, open=False), ""


def at_home() -> Door:
    """What a visitor does who typed a token."""
    return Door(*map(locale.phrase, ("PUSH_NEW_TOKEN", "PUSH_AGAIN", "PUSH_PRIVATE_QUOTED")))


def of_space() -> Door:
    """What a visitor of a Space does, whose sign-in reaches only what the Space made."""
    names = "PUSH_SIGN_IN_AGAIN", "PUSH_AGAIN", "PUSH_PRIVATE_QUOTED", "PUSH_LIMIT"
    return Door(*map(locale.phrase, names))


def _push(make: Make, values: Sequence[Any], token: str, door: Door, missing: Phrase) -> str:
    """What a push did, or why there was none, as HTML; `missing` is said where there is no token."""
    *own, name, private = values
    try:
        _check(token, missing)
        with TemporaryDirectory(prefix="revdemo-push-") as folder:
            package = make(own, (name or "").strip(), bool(private), Path(folder))
            pushed = hub.push(
                package.files,
                package.name,
                package.kind,
                package.message,
                private=bool(private),
                replaces=package.replaces,
                token=token,
                door=door,
            )
        return _told(pushed)
    except Exception as error:
        return html.message(explain(error, token), "error")


def _check(token: str, missing: Phrase) -> None:
    """Refuse what is not a token, before it is sent anywhere; it is not repeated."""
    if not token:
        raise RevdemoError.of(missing)
    if not TOKEN.fullmatch(token):
        raise RevdemoError.of(locale.phrase("PUSH_BAD_TOKEN"))


def _told(pushed: Pushed) -> str:
    text = locale.PUSHED if pushed.is_new else locale.PUSHED_NOTHING
    text = text.format(name=pushed.name, commit=pushed.revision[:8])
    link = f'href="{html.escape(pushed.commit)}" target="_blank" rel="noopener"'
    return (
        f'<p class="rd-message" role="status">{html.escape(text)} '
        f"<a {link}>{html.escape(locale.PUSH_SEE)}</a></p>"
    )
