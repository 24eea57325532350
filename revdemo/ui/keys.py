"""Arrow keys between tabs and between the options of a gr.Radio, as readers of the keyboard expect.

Gradio gives its tabs none, and each radio button a name of its own, so that a browser sees no group.
"""

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
