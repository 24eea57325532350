"""Arrow keys between tabs, as the pattern for tabs asks; Gradio gives them to the mouse and Tab alone."""

ARROWS = """() => {
  if (window.rdArrows) return;
  window.rdArrows = true;
  document.addEventListener('keydown', event => {
    const tab = event.target.closest('[role=tab]');
    if (!tab || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = tab.closest('[role=tablist]').querySelectorAll('[role=tab]');
    const tabs = [...all].filter(one => one.offsetParent && !one.disabled);
    const place = tabs.indexOf(tab), last = tabs.length - 1;
    const next = {ArrowRight: place + 1, ArrowLeft: place + last, Home: 0, End: last}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const chosen = tabs[next % tabs.length];
    chosen.focus();
    chosen.click();
  });
}"""
