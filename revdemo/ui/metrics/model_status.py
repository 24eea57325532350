"""The line under the title: whether the models are ready; it opens to which they are, or why not."""

from typing import Any

import gradio as gr

from revdemo.ui import locale
from revdemo.ui.errors import without_folders
from revdemo.ui.metrics import model_cards, tab
from revdemo.ui.parts import html
from revdemo.ui.services.models import Loading
from revdemo.ui.services.queue import QUIET
from revdemo.ui.services.services import Services

EVERY = 1.0  # seconds between looks at models that are still loading


def build(services: Services, demo: gr.Blocks) -> None:
    """The state of the models; it renews itself until each is ready or has failed."""
    panel = gr.HTML(elem_id="models")
    timer = gr.Timer(EVERY)

    def look(shown: str | None) -> tuple[Any, gr.Timer]:
        found = render(services)
        # What has not changed stays as it is, and with it a card that was opened.
        return gr.skip() if found == shown else found, gr.Timer(active=not services.settled)

    demo.load(look, inputs=panel, outputs=[panel, timer], **QUIET)
    timer.tick(look, inputs=panel, outputs=[panel, timer], **QUIET)


def panel(demo: gr.Blocks) -> gr.HTML:
    """The panel of a page that was built, for whoever changes the models."""
    return next(block for block in demo.blocks.values() if getattr(block, "elem_id", None) == "models")


def render(services: Services) -> str:
    """One line for all models as HTML, which opens to each; what a visitor has to know stands below it."""
    shown = [one for one in services.loadings if one is not services.polarity or one.model or one.problem]
    state, line = _line(shown)
    return html.models(state, line, "".join(map(_chip, shown)), "".join(map(_note, shown)))


def _line(shown: list[Loading]) -> tuple[str, str]:
    """The state of all models together, and a sentence for it."""
    failed = [one for one in shown if one.state == "failed"]
    if failed:
        roles = ", ".join(locale.ROLES[one.role].lower() for one in failed)
        return "failed", locale.MODELS_FAILED.format(roles=roles)
    ready = [one for one in shown if one.state == "ready"]
    if len(ready) < len(shown):
        return "loading", locale.MODELS_LOADING.format(ready=len(ready), of=len(shown))
    names = dict.fromkeys(getattr(one.model.source, "name", one.role) for one in ready)
    devices = dict.fromkeys(device_name(one.model.device) for one in ready)
    return "ready", locale.MODELS_READY.format(names=", ".join(names), devices=", ".join(devices))


def _chip(loading: Loading) -> str:
    if loading.state != "ready":
        state = "failed" if loading.state == "failed" else "loading"
        return html.model_chip(loading.role, state, locale.STATES[loading.state])
    source = loading.model.source
    device = " ".join(
        filter(None, (device_name(loading.model.device), getattr(loading.model, "precision", "")))
    )
    detail = f"{source.label}, {locale.ON_DEVICE.format(device=device)}"
    about = model_cards.card(model_cards.of_source(source), model_cards.files_of(tab.ASSETS))
    return html.model_chip(loading.role, "ready", detail, about)


def _note(loading: Loading) -> str:
    """Why a model did not load, or what is to be known of the one that did."""
    if loading.state == "failed":
        return html.message(without_folders(loading.problem), "error")
    if loading.state != "ready":
        return ""
    notes = " ".join(map(without_folders, filter(None, (loading.notice, loading.model.source.warning))))
    return html.message(notes, "warning") if notes else ""


def device_name(device: object) -> str:
    """A torch device as a reader knows it."""
    kind, _, number = str(device).partition(":")
    return {"cpu": "CPU", "cuda": "GPU"}.get(kind, kind) + (f" {number}" if number else "")
