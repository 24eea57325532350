"""Parts of the page of which screen readers say what changes in them."""

from typing import Any

import gradio as gr

# On the component's own element, which stays: a live region that comes with its text is often not read.
POLITE = "element.setAttribute('aria-live', 'polite');"


def live(value: str | None = None, **options: Any) -> gr.HTML:
    """HTML whose changes are said, when nothing else is being said; options as of gr.HTML."""
    return gr.HTML(value, js_on_load=POLITE, **options)
