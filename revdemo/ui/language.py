"""The page in two languages: what is laid out once for all visitors, said in the language of each.

The page is built in English and in Spanish, and `join` compares both. A text that Gradio can translate in the
browser becomes a key of `I18N`; what it cannot (choices, figures) is given to a Spanish visitor when the page
opens. `Spoken` tells the browser which language that is: the one chosen, else the browser's own.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from revdemo.ui import strings
from revdemo.ui.state import QUIET

I18N = gr.I18n(en={}, es={})  # filled by `join`, by keys made of the texts themselves

TRANSLATED = ("label", "info", "placeholder", "value")  # what the browser translates, where it is a text
LATER = ("choices", "sample_labels")  # what it does not

# Gradio takes the language from the browser, before any script of a component runs.
SCRIPT = """<script>
Object.defineProperty(navigator, "language", {{ get: () => "{spoken}", configurable: true }});
Object.defineProperty(navigator, "languages", {{ get: () => ["{spoken}"], configurable: true }});
window.rdSpeak = (language) => {{
  const framed = location.protocol === "https:" ? "; SameSite=None; Secure; Partitioned" : "; SameSite=Lax";
  document.cookie = `{cookie}=${{language}}; path=/; max-age=31536000${{framed}}`;
  location.reload();
}};
</script>"""


def chooser() -> str:
    """The choice of a language as HTML, the one spoken now pressed."""
    buttons = "".join(
        f'<button type="button" lang="{code}" aria-pressed="{str(code == strings.language()).lower()}" '
        f"onclick=\"rdSpeak('{code}')\">{name}</button>"
        for code, name in strings.LANGUAGES.items()
    )
    return f'<div class="rd-languages" role="group" aria-label="{strings.LANGUAGE_CHOICE}">{buttons}</div>'


def join(demo: gr.Blocks, spanish: gr.Blocks) -> None:
    """Let the English page speak Spanish to whoever reads that, as its twin does."""
    later: dict[Any, dict[str, Any]] = {}
    for block, twin in zip(demo.blocks.values(), spanish.blocks.values(), strict=True):
        own, other = block.get_config(), twin.get_config()
        for prop in [prop for prop in own if own[prop] != other[prop]]:
            if prop in TRANSLATED and isinstance(own[prop], str):
                setattr(block, prop, _marked(own[prop], other[prop]))
            elif prop in LATER or (isinstance(block, gr.Plot) and prop == "value"):
                later.setdefault(block, {})[prop] = other[prop]
    if not later:
        return

    def speak() -> Any:
        is_spanish = strings.language() == "es"
        # Made anew for each visitor, because gradio takes the values out of them.
        said = [_update(block, props) if is_spanish else gr.skip() for block, props in later.items()]
        return said if len(said) > 1 else said[0]

    with demo:
        demo.load(speak, outputs=list(later), **QUIET)


def _marked(english: str, spanish: str) -> str:
    """What stands for a text in both languages until the browser says it."""
    key = f"revdemo-{hashlib.sha1(f'{english}|{spanish}'.encode()).hexdigest()[:16]}"
    I18N.translations["en"][key], I18N.translations["es"][key] = english, spanish
    return str(I18N(key))


def _update(block: Any, props: dict[str, Any]) -> dict[str, Any]:
    if isinstance(block, gr.Plot) and props.get("value"):
        props = props | {"value": PlotData(**props["value"])}
    return gr.update(**props)


Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Spoken:
    """Middleware that writes the visitor's language into the page, before the page's own scripts."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; only that for the page itself is touched."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].endswith("/"):
            return await self.app(scope, receive, send)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        await self.app(scope, receive, _Page(strings.asked_for(headers), send))


class _Page:
    """Holds an answer back until it is whole, and sends it with the language in it if it is HTML."""

    def __init__(self, spoken: str, send: Send):
        self.spoken, self.send = spoken, send
        self.start: MutableMapping[str, Any] = {}
        self.body = b""

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            self.is_page = dict(message["headers"]).get(b"content-type", b"").startswith(b"text/html")
            if not self.is_page:
                await self.send(message)
            return
        if message["type"] != "http.response.body" or not self.is_page:
            return await self.send(message)
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._told(self.body)
        kept = [pair for pair in self.start["headers"] if pair[0] != b"content-length"]
        vary = [(b"content-length", str(len(body)).encode()), (b"vary", b"Cookie, Accept-Language")]
        await self.send(self.start | {"headers": kept + vary})
        await self.send({"type": "http.response.body", "body": body})

    def _told(self, body: bytes) -> bytes:
        script = SCRIPT.format(spoken=self.spoken, cookie=strings.COOKIE)
        body = body.replace(b'lang="en"', f"lang={json.dumps(self.spoken)}".encode(), 1)
        return body.replace(b"<head>", b"<head>" + script.encode(), 1)
