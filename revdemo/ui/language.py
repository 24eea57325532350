"""The page in every language: what is laid out once for all visitors, said in the language of each.

The page is built once a language, and `join` compares them. A text that Gradio can translate in the browser
becomes a key of `I18N`; what it cannot (choices, figures) is given to a visitor of another language when the
page opens. `Spoken` tells the browser which language that is: the one chosen, else the browser's own.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from revdemo.ui import locale
from revdemo.ui.locale.catalogue import SOURCE, languages
from revdemo.ui.services.queue import QUIET

I18N = gr.I18n(en={})  # filled by `join`, by keys made of the texts themselves

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
        f'<button type="button" lang="{code}" aria-pressed="{str(code == locale.language()).lower()}" '
        f"onclick=\"rdSpeak('{code}')\">{name}</button>"
        for code, name in languages().items()
    )
    return f'<div class="rd-languages" role="group" aria-label="{locale.LANGUAGE_CHOICE}">{buttons}</div>'


def join(demo: gr.Blocks, twins: Mapping[str, gr.Blocks]) -> None:
    """Let the English page speak to each visitor as its twin of their language does."""
    later: dict[Any, dict[str, dict[str, Any]]] = {}
    laid_out = zip(demo.blocks.values(), *(twin.blocks.values() for twin in twins.values()), strict=True)
    for block, *others in laid_out:
        own = block.get_config()
        configs = {code: other.get_config() for code, other in zip(twins, others, strict=True)}
        for prop in own:
            said = {code: config[prop] for code, config in configs.items() if config[prop] != own[prop]}
            if said and prop in TRANSLATED and isinstance(own[prop], str):
                setattr(block, prop, _marked({SOURCE: own[prop], **said}))
            elif prop in LATER or (isinstance(block, gr.Plot) and prop == "value"):
                for code, value in said.items():
                    later.setdefault(block, {}).setdefault(code, {})[prop] = value
    if not later:
        return

    def speak() -> Any:
        code = locale.language()
        # Made anew for each visitor, because gradio takes the values out of them.
        said = [_update(block, by[code]) if code in by else gr.skip() for block, by in later.items()]
        return said if len(said) > 1 else said[0]

    with demo:
        demo.load(speak, outputs=list(later), **QUIET)


def _marked(texts: Mapping[str, str]) -> str:
    """What stands for a text in every language until the browser says it."""
    key = f"revdemo-{hashlib.sha1(json.dumps(texts).encode()).hexdigest()[:16]}"
    for code in languages():
        I18N.translations.setdefault(code, {})[key] = texts.get(code, texts[SOURCE])
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
        await self.app(scope, receive, _Page(locale.asked_for(headers), send))


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
        await self.send({**self.start, "headers": kept + vary})
        await self.send({"type": "http.response.body", "body": body})

    def _told(self, body: bytes) -> bytes:
        script = SCRIPT.format(spoken=self.spoken, cookie=locale.COOKIE)
        body = body.replace(b'lang="en"', f"lang={json.dumps(self.spoken)}".encode(), 1)
        return body.replace(b"<head>", b"<head>" + script.encode(), 1)
