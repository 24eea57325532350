"""How the page looks: one theme and a few rules, light and dark, wide and narrow."""

import gradio as gr

from revdemo.ui.parts import charts


def theme() -> gr.themes.Base:
    """The reader's own fonts, so that the page asks nothing of the network; greys dark enough to read."""
    base = gr.themes.Default(
        primary_hue=gr.themes.colors.blue,
        secondary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.slate,
        font=("system-ui", "sans-serif"),
        font_mono=("ui-monospace", "monospace"),
    )
    return base.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        button_primary_background_fill="*primary_600",  # white on the lighter blue is hard to read
        button_primary_background_fill_hover="*primary_700",
    )


# Gradio keeps rules in a media query to what is inside the page's blocks, and drops a shorthand that a longer
# property overrides when the shorthand holds a variable.
CSS = (
    charts.CSS
    + """
.gradio-container { width: 100%; max-width: 1240px !important; margin: 0 auto !important; }
.gradio-container .main { padding: 16px clamp(14px, 3vw, 32px) !important; }
.gradio-container .html-container { padding: 0; }
[role="tab"].selected { color: var(--link-text-color) !important; } /* the accent is too light on white */
footer .divider { display: none !important; }
footer button { margin: 0 0.6em !important; }
.rd-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.2em 0.9em; }
.rd-head h1 { margin: 0; font-size: 1.7em; letter-spacing: -0.02em; }
.rd-head p { margin: 0; color: var(--body-text-color-subdued); }
.rd-languages { display: flex; align-items: center; gap: 0.2em; margin-inline-start: auto; }
.rd-languages button {
  border: 0; background: none; cursor: pointer; margin: 0; padding: 0.3em 0.5em; font-size: 0.9em;
  font-weight: 400; color: var(--body-text-color-subdued);
}
.rd-languages button[aria-pressed="true"] { color: var(--body-text-color); text-decoration: underline; }
/* Gradio's own choice of a language knows nothing of messages and figures, and forgets: the page has one. */
.banner-wrap:has(input[aria-label="Language"]) { display: none; }
.rd-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.rd-models { display: grid; gap: 0.35em; font-size: 0.9em; }
.rd-chips {
  display: flex; flex-wrap: wrap; gap: 0.35em 1.4em; padding: 0.5em 0 0.2em 1.05em;
}
.rd-model { display: flex; align-items: baseline; gap: 0.5em; color: var(--body-text-color-subdued); }
.rd-model strong { color: var(--body-text-color); font-weight: 600; }
.rd-chips > details[open] { flex-basis: 100%; }
.rd-models > details > summary { width: fit-content; }
details.rd-model { display: block; }
.rd-model summary { cursor: pointer; }
.rd-model summary .rd-dot { display: inline-block; margin-inline-end: 0.45em; }
.rd-opens { text-decoration: underline; white-space: nowrap; }
.rd-about {
  max-width: 85ch; margin: 0.4em 0 0.8em; padding: 0.2em 0.9em; color: var(--body-text-color);
  border-left: 3px solid var(--border-color-primary);
}
.rd-about p { margin: 0.2em 0; }
.rd-about dl { margin: 0; }
.rd-about dt { font-weight: 600; margin-top: 0.6em; }
.rd-about dd { margin: 0; }
.rd-about .rd-table { margin-top: 0.5em; }
.gradio-container :is(
  summary, .rd-copy, .rd-ask, [data-sort], [data-job], .rd-column, .rd-table, .rd-marked
):focus-visible {
  outline: 2px solid var(--primary-500); outline-offset: 2px;
}
.rd-dot { width: 0.6em; height: 0.6em; border-radius: 50%; background: #2e9e5b; flex: none; }
.loading .rd-dot { background: #d9900a; animation: rd-pulse 1.2s ease-in-out infinite; }
.failed .rd-dot { background: #d0413b; }
@keyframes rd-pulse { 50% { opacity: 0.25; } }
@media (prefers-reduced-motion: reduce) { .loading .rd-dot { animation: none; } }

.rd-stars { color: #b87503; letter-spacing: 0.06em; white-space: nowrap; }
.dark .rd-stars { color: #f2b632; }
.rd-off { opacity: 0.22; color: var(--body-text-color); }
.rd-message { margin: 0; color: var(--body-text-color-subdued); }
.rd-message.warning, .rd-message.error {
  color: var(--body-text-color); padding: 0.45em 0.8em; border-left: 3px solid #d9900a;
  background: var(--background-fill-secondary); border-radius: 0 6px 6px 0; white-space: pre-line;
}
.rd-message.error { border-left-color: #d0413b; }

#review-text textarea { min-height: 11.5em; }
.rd-prediction { padding: 0.4em 0; }
.rd-prediction > .rd-stars { font-size: 2.5em; line-height: 1.25; }
.rd-prediction p { margin: 0.1em 0; }
.rd-verdict { font-size: 1.15em; }
.rd-expected { color: var(--body-text-color-subdued); }
.rd-notes { list-style: none; padding: 0; margin: 0.8em 0 0; display: grid; gap: 0.4em; }
.rd-note {
  padding: 0.45em 0.8em; border-left: 3px solid #d9900a; background: var(--background-fill-secondary);
  border-radius: 0 6px 6px 0;
}

.rd-follow { margin: 0; }
.rd-why {
  display: grid; gap: 0.6em 2em; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
}
.rd-why ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.1em 1em; margin: 0; padding: 0; }
.rd-why li { font-variant-numeric: tabular-nums; }
.rd-marked {
  max-width: 75ch; max-height: 30rem; overflow-y: auto; overflow-wrap: anywhere; line-height: 1.9;
  margin: 0.8em 0;
}
.rd-marked mark { color: inherit; border-radius: 3px; padding: 0.1em 0.12em; }
.rd-marked .rd-up { border-bottom: 2px solid #2e9e5b; background: rgba(46, 158, 91, var(--deep)); }
.rd-marked .rd-down { border-bottom: 2px dashed #d0413b; background: rgba(208, 65, 59, var(--deep)); }
.rd-level1 { --deep: 0.06; }
.rd-level2 { --deep: 0.18; }
.rd-level3 { --deep: 0.34; }
.rd-part { font-size: 1em; margin: 0.8em 0 0.3em; }
.rd-sentences { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.35em; max-width: 85ch; }
.rd-sentences li {
  display: grid; grid-template-columns: auto 3.6em 1fr; gap: 0.6em; overflow-wrap: anywhere;
}

.rd-run { display: grid; gap: 0.45em; }
.rd-run p { margin: 0; display: flex; flex-wrap: wrap; gap: 0.1em 1.2em; }
.rd-run strong { font-weight: 600; }
.rd-run .rd-facts {
  color: var(--body-text-color-subdued); font-variant-numeric: tabular-nums; min-height: 1.5em;
}
.rd-bar { height: 6px; border-radius: 3px; overflow: hidden; background: var(--border-color-primary); }
.rd-bar > span { display: block; height: 100%; background: #2e9e5b; }
.rd-column { max-height: 36rem; overflow-y: auto; display: grid; gap: 0.6em; align-content: start; }
.rd-column h2 {
  position: sticky; top: 0; z-index: 1; margin: 0; padding: 0.2em 0; font-size: 1em;
  background: var(--body-background-fill);
}
.rd-count { color: var(--body-text-color-subdued); font-weight: 400; }
.rd-empty { margin: 0; color: var(--body-text-color-subdued); font-size: 0.92em; }
.rd-card {
  --edge: var(--border-color-primary);
  border-style: solid; border-width: 1px 1px 1px 3px; border-radius: 6px;
  border-color: var(--edge) var(--edge) var(--edge) var(--verdict);
  background: var(--block-background-fill); padding: 0.6em 0.8em; font-size: 0.94em;
}
.rd-card.accepted { --verdict: #2e9e5b; }
.rd-card.rejected { --verdict: #8c96a3; }
.rd-card header { display: flex; align-items: baseline; gap: 0.6em; }
.rd-sure, .rd-reason { color: var(--body-text-color-subdued); font-size: 0.92em; }
.rd-tag {
  margin-left: auto; font-size: 0.75em; padding: 0 0.55em; border-radius: 999px;
  border: 1px solid var(--border-color-primary); color: var(--body-text-color-subdued);
}
.rd-card .rd-text { margin: 0.3em 0 0; overflow-wrap: anywhere; white-space: pre-line; }
.rd-copy {
  margin: 0.4em 0.5em 0 0; padding: 0.15em 0.7em; font-size: 0.82em; cursor: pointer; border-radius: 6px;
  border: 1px solid var(--border-color-primary); background: none; color: var(--body-text-color-subdued);
}
.rd-copy:hover { color: var(--body-text-color); }
.rd-card .rd-reason { margin: 0.35em 0 0; font-style: italic; }
#glance:not(:has(.rd-glance)) { display: none; }
.rd-glance { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.6em; }
.rd-glance .rd-card p { max-width: 85ch; }
.rd-place {
  display: flex; gap: 0.9em; padding: 0.6em 0.8em; border: 1px dashed var(--border-color-primary);
  border-radius: 6px; color: var(--body-text-color-subdued);
}
/* Five stars side by side, one tap each. */
#stars .wrap { display: grid; grid-template-columns: repeat(5, 1fr); gap: 6px; }
#stars label { justify-content: center; padding: 0.45em 0; }
#stars label input { position: absolute; opacity: 0; }
#stars label span { margin: 0; }
#stars label.selected { background: var(--button-primary-background-fill); border-color: transparent; }
#stars label.selected span { color: var(--button-primary-text-color); font-weight: 600; }
#stars label:has(:focus-visible) { outline: 2px solid var(--primary-500); outline-offset: 2px; }
#dice { align-self: end; }
.rd-how { margin: 0 0 0.7em; max-width: 75ch; }
.rd-lead { max-width: none; }
.rd-notes { margin: 0.2em 0 0.8em 1.2em; max-width: 75ch; font-size: 0.94em; }
.rd-table { overflow-x: auto; margin: 0.2em 0 0.8em; }
.rd-table table {
  border-collapse: collapse; margin: 0; font-size: 0.94em; font-variant-numeric: tabular-nums;
}
.rd-table caption { text-align: start; font-weight: 600; padding-bottom: 0.3em; }
.rd-table :is(table, thead, tbody, tr) { border: 0; }
.rd-table :is(th, td) {
  padding: 0.4em 0.5em; text-align: end; vertical-align: top;
  border-style: solid; border-width: 0 0 1px; border-color: var(--border-color-primary);
}
.rd-table th { font-weight: 400; }
.rd-table td { white-space: pre; }
.rd-table thead th, .rd-table .rd-group { color: var(--body-text-color-subdued); font-size: 0.92em; }
.rd-table :is(thead, tbody) th:first-child { text-align: start; padding-inline-start: 0; }
.rd-table .rd-group { padding-top: 1em; }
.rd-table small { display: block; color: var(--body-text-color-subdued); }
.rd-preview :is(th, td) { text-align: start; white-space: pre-line; min-width: 4em; max-width: 30em; }
.rd-preview td { overflow-wrap: anywhere; }
.rd-jobs {
  list-style: none; margin: 0; padding: 0; display: grid; gap: 0.8em;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
}
.rd-job {
  position: relative; margin: 0; padding: 0.7em 0.9em;
  border: 1px solid var(--border-color-primary); border-radius: 8px;
  background: var(--block-background-fill);
}
.rd-job.on:hover { border-color: var(--primary-500); }
.rd-job button {
  border: 0; background: none; padding: 0; margin: 0; cursor: pointer; font-size: 1em; font-weight: 600;
  color: var(--primary-600); text-align: start;
}
.dark .rd-job.on button { color: var(--primary-300); }
.rd-job button::before { content: ""; position: absolute; inset: 0; border-radius: 8px; }
.rd-job.off button { color: var(--body-text-color); }
.rd-job p { display: block; margin: 0.2em 0 0; font-size: 0.92em; color: var(--body-text-color-subdued); }
.rd-job .rd-job-why {
  color: var(--body-text-color); border-left: 3px solid #d9900a; padding-left: 0.6em; margin-top: 0.4em;
}
.rd-rows { max-height: 30rem; overflow-y: auto; }
.rd-rows thead th {
  position: sticky; top: 0; background: var(--body-background-fill); vertical-align: bottom;
}
.rd-rows thead button {
  border: 0; background: none; padding: 0; margin: 0; cursor: pointer; font: inherit; text-align: inherit;
  color: inherit; text-decoration: underline dotted; text-underline-offset: 3px;
}
.rd-rows [aria-sort] button { color: var(--body-text-color); font-weight: 600; }
.rd-rows [aria-sort="ascending"] button::after { content: " ↑"; }
.rd-rows [aria-sort="descending"] button::after { content: " ↓"; }
.rd-rows tbody tr { cursor: pointer; }
.rd-rows tbody :is(tr:hover, [aria-current]) { background: var(--background-fill-secondary); }
.rd-rows .rd-odd td:nth-child(2) { box-shadow: inset 3px 0 #d9900a; }
.rd-rows :is(td, th):last-child { text-align: start; white-space: normal; min-width: 18em; }
.rd-rows td:last-child { overflow-wrap: anywhere; }
.rd-ask {
  margin: 0 0.4em 0 0; padding: 0 0.6em; font-size: 0.86em; cursor: pointer; border-radius: 6px;
  border: 1px solid var(--border-color-primary); background: none; color: var(--body-text-color-subdued);
}
#table-downloads { display: grid; grid-template-columns: repeat(2, 1fr); gap: 8px; }
#table-downloads > * { min-width: 0 !important; }
.rd-verdicts { display: flex; flex-wrap: wrap; gap: 0 1em; margin: 0 0 0.25em; font-size: 0.92em; }
.rd-examples {
  display: grid; gap: 1em; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
}
.rd-columns { columns: 2 26rem; column-gap: 2.5em; }
.rd-columns > div { break-inside: avoid; padding-bottom: 1em; }
[id^="metrics-"] > .label-wrap { text-align: start; }
[id^="metrics-"] > .label-wrap span { font-weight: 600; }
#runs fieldset > .wrap, #runs .wrap { flex-direction: column; flex-wrap: nowrap; }
#runs { max-height: 24rem; overflow-y: auto; }
#runs label { width: 100%; font-variant-numeric: tabular-nums; }
#downloads { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
#downloads > * { min-width: 0 !important; padding-inline: 2px; }
@media (max-width: 640px) {
  .tab-container button { padding-inline: 7px !important; } /* else the last tabs hide in a menu */
  .rd-column { max-height: 26rem; }
  .rd-rows .rd-wide { display: none; }
  .rd-rows :is(td, th):last-child { min-width: 11em; }
  .rd-table :is(th, td) { padding: 0.35em 0.4em; }
  .rd-prediction > .rd-stars { font-size: 2.1em; }
}
"""
)
