"""What Gradio's own components lack for who reads the page by keyboard or by ear."""

from typing import Any

import gradio as gr

# Between tabs and between the options of a gr.Radio: Gradio gives its tabs no arrow keys, and each radio
# button a name of its own, so that a browser sees no group.
ARROWS = """() => {
  if (window.rdArrows) return;
  window.rdArrows = true;
  const members = one => {
    if (one.matches('[role=tab]')) return one.closest('[role=tablist]').querySelectorAll('[role=tab]');
    const radio = 'input[type=radio]';
    if (one.matches(radio)) return one.closest('fieldset')?.querySelectorAll(radio) ?? [];
    return [];
  };
  document.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const own = event.target, all = [...members(own)].filter(one => one.offsetParent && !one.disabled);
    const place = all.indexOf(own), last = all.length - 1;
    const moves = {ArrowRight: place + 1, ArrowLeft: place + last};
    if (own.matches('[role=tab]')) Object.assign(moves, {Home: 0, End: last});
    else Object.assign(moves, {ArrowDown: place + 1, ArrowUp: place + last});
    const next = moves[event.key];
    if (place < 0 || next === undefined) return;
    event.preventDefault();
    const chosen = all[next % all.length];
    chosen.focus();
    chosen.click();
  });
}"""

# On the component's own element, which stays: a live region that comes with its text is often not read.
POLITE = "element.setAttribute('aria-live', 'polite');"


def live(value: str | None = None, **options: Any) -> gr.HTML:
    """HTML whose changes are said, when nothing else is being said; options as of gr.HTML."""
    return gr.HTML(value, js_on_load=POLITE, **options)
