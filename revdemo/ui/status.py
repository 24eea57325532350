"""The line under the title: which models there are, on what device, or why not."""

from typing import Any

import gradio as gr

from revdemo.ui import cards, metrics, model_cards, strings
from revdemo.ui.state import QUIET, Loading, Services

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
    """The state of the models as HTML; of the polarity classifier only once there is something to say."""
    shown = [one for one in services.loadings if one is not services.polarity or one.model or one.problem]
    return f'<div class="rd-models">{"".join(map(_chip, shown))}</div>'


def _chip(loading: Loading) -> str:
    if loading.state == "failed":
        return cards.model_chip(
            loading.role, "failed", strings.STATES["failed"], strings.said(loading.problem)
        )
    if loading.state != "ready":
        return cards.model_chip(loading.role, "loading", strings.STATES[loading.state])
    source = loading.model.source
    detail = f"{source.label}, {strings.ON_DEVICE.format(device=device_name(loading.model.device))}"
    notes = filter(None, (loading.notice, strings.said(source.warning or "")))
    about = model_cards.card(model_cards.of_source(source), model_cards.files_of(metrics.ASSETS))
    return cards.model_chip(loading.role, "ready", detail, " ".join(notes), about)


def device_name(device: object) -> str:
    """A torch device as a reader knows it."""
    kind, _, number = str(device).partition(":")
    return {"cpu": "CPU", "cuda": "GPU"}.get(kind, kind) + (f" {number}" if number else "")
