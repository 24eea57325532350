"""Below a prediction: the words and sentences that made it, and stars that follow the text as it changes."""

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.evaluation.results import is_of
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.classify.text_checks import check_text
from revdemo.ui.errors import explain as told
from revdemo.ui.metrics import model_cards, tab
from revdemo.ui.parts import html
from revdemo.ui.services.queue import AT_ONCE, EXPLAIN, MODEL
from revdemo.ui.services.services import Services

if TYPE_CHECKING:
    from revdemo.evaluation.explain import Explanation, Sentence, Word

LISTED = 6  # words in each list of the strongest
FAINT = 0.01  # stars; less is not shown
LEVELS = (0.6, 0.3, 0.12)  # of the strongest share: the fewer reached, the fainter; none is not marked
SENTENCES = 60  # at most, so that a whole book is answered too
PAUSE = 400  # milliseconds without a key before the stars follow

# Of many changes in a row only the last one presses the hidden button, and only where stars should follow.
_AFTER_A_PAUSE = f"""(text, on) => {{
  clearTimeout(window.rdFollow);
  if (on) window.rdFollow = setTimeout(() => document.querySelector("#follow-now")?.click(), {PAUSE});
}}"""


def build_follow(services: Services, text: gr.Textbox, judged: gr.State) -> None:
    """Lay out *What would it take?* below the text; `judged` holds the prediction to compare with."""
    on = gr.Checkbox(False, label=locale.FOLLOW, elem_id="follow", container=False)
    shown = live(visible=False, elem_id="follow-stars")
    now = gr.Button("", visible="hidden", elem_id="follow-now")

    def follow(value: str, wanted: bool, before: dict[str, Any] | None) -> gr.HTML:
        return gr.HTML(followed(services, value, before) if wanted else "", visible=wanted)

    text.change(None, [text, on], js=_AFTER_A_PAUSE, api_visibility="private")
    gr.on(
        [now.click, on.change],
        follow,
        inputs=[text, on, judged],
        outputs=shown,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
        **MODEL,
    )


def build_why(services: Services, judged: gr.State) -> None:
    """Lay out *Why these stars?* below the result; `judged` holds the text that was predicted."""
    button = gr.Button(locale.WHY, visible=False, size="sm", elem_id="why-start")
    shown = live(visible=False, elem_id="why")

    def show(found: dict[str, Any] | None) -> Iterator[gr.HTML]:
        if not found:
            yield gr.skip()
            return
        for said in explaining(services, found["text"], found.get("accurate", False)):
            yield gr.HTML(said, visible=True)

    def renew(found: dict[str, Any] | None) -> tuple[Any, Any]:
        if found:
            _prepare()
        return gr.Button(visible=bool(found)), gr.HTML("", visible=False)

    asked = button.click(
        show, inputs=judged, outputs=shown, show_progress="hidden", api_visibility="private", **EXPLAIN
    )
    judged.change(renew, inputs=judged, outputs=[button, shown], cancels=asked, **AT_ONCE)


def followed(services: Services, text: str, before: dict[str, Any] | None) -> str:
    """The stars of a text under way as one line, beside those of the prediction; or what is wrong with it."""
    if not (text or "").strip():
        return html.message(locale.FOLLOW_EMPTY)
    try:
        cleaned = check_text(text, services.settings.max_characters)
        [now] = services.classifier(bool(before and before.get("accurate"))).predict([cleaned])
    except RevdemoError as error:
        return html.message(told(error))
    except Exception as error:
        return html.message(told(error), "error")
    said = locale.FOLLOW_STARS.format(
        stars=html.counted(now.stars), share=html.percent(now.confidence), value=now.expected
    )
    change = now.expected - before["expected"] if before else 0
    if abs(change) >= 0.05:
        said = f"{said}, {locale.FOLLOW_CHANGE.format(change=change)}"
    return f'<p class="rd-follow" role="status">{html.stars(now.stars)} {html.escape(said)}</p>'


def explaining(services: Services, text: str, accurate: bool = False) -> Iterator[str]:
    """As HTML that it is worked on, then the words and sentences of a text, or what went wrong with them."""
    yield html.message(locale.WHY_WORKING)
    try:
        yield rendered(services, text, accurate)
    except Exception as error:  # shown in place of the words, so that it stays to be read
        yield html.message(told(error), "error")


def rendered(services: Services, text: str, accurate: bool = False) -> str:
    """The words and the sentences of a predicted text as HTML."""
    from revdemo.evaluation import explain  # here: torch takes seconds, and the page is up before

    classifier = services.classifier(accurate)
    found = explain.explain(classifier, text)
    own = explain.split_sentences(text)
    judged = explain.sentences(classifier, text, SENTENCES) if len(own) > 1 else []
    return (
        words_html(found, classifier.truncates(text))
        + checked(classifier.source.revision, model_cards.files_of(tab.ASSETS).get("why"))
        + sentences_html(judged, len(own))
    )


def checked(revision: str, report: Any) -> str:
    """What the deletion check found of this very classifier; nothing where it was not checked."""
    if report is None or not is_of(report.model, "stars", revision):
        return ""
    said = locale.WHY_CHECKED.format(
        n=report.n,
        removed=report.removed,
        strongest=report.strongest.value,
        random=report.random.value,
    )
    return f'<p class="rd-how">{html.escape(said)}</p>'


def words_html(found: "Explanation", truncated: bool = False) -> str:
    """The text with its strong words marked, the strongest of them in lists, and how to read it."""
    summed = locale.WHY_SUM.format(
        baseline=found.baseline, expected=found.expected, remainder=abs(found.remainder)
    )
    return (
        f'<div class="rd-why" role="status">{_list(locale.WHY_UP, _strongest(found, 1))}'
        f"{_list(locale.WHY_DOWN, _strongest(found, -1))}</div>"
        f'<p class="rd-marked" role="group" tabindex="0" aria-label="{html.escape(locale.WHY_TEXT)}">'
        f"{_marked(found)}</p>"
        f'<p class="rd-how">{html.escape(locale.WHY_HOW)} {html.escape(summed)}'
        f"{' ' + html.escape(locale.WHY_TRUNCATED) if truncated else ''}</p>"
    )


def sentences_html(found: Sequence["Sentence"], count: int) -> str:
    """Each sentence with its stars; nothing where there is one at most."""
    if len(found) < 2:
        return ""
    rows = "".join(
        f"<li>{html.stars(one.stars)} "
        f'<span class="rd-sure">{html.escape(html.percent(one.confidence))}</span> '
        f"<span>{html.escape(one.text)}</span></li>"
        for one in found
    )
    more = locale.WHY_MORE_SENTENCES.format(shown=len(found), count=count) if len(found) < count else ""
    return (
        f'<h2 class="rd-part">{html.escape(locale.WHY_SENTENCES)}</h2><ol class="rd-sentences">{rows}</ol>'
        + (f'<p class="rd-how">{html.escape(more)}</p>' if more else "")
    )


def explained(services: Services, text: str) -> dict[str, Any]:
    """The explanation of one text as plain data."""
    from revdemo.evaluation import explain

    found = explain.explain(services.wait(services.stars), text)
    return {
        "text": found.text,
        "expected": found.expected,
        "baseline": found.baseline,
        "remainder": found.remainder,
        "words": [
            {"text": word.text, "start": word.start, "end": word.end, "share": word.share}
            for word in found.words
        ],
    }


def _prepare() -> None:
    """Import what an explanation needs while the visitor reads the prediction."""

    def work() -> None:
        from revdemo.evaluation import explain

        explain.prepare()

    threading.Thread(target=work, name="prepare explanations", daemon=True).start()


def _strongest(found: "Explanation", sign: int) -> list["Word"]:
    own = [word for word in found.words if sign * word.share >= FAINT]
    return sorted(own, key=lambda word: -abs(word.share))[:LISTED]


def _list(title: str, words: list["Word"]) -> str:
    items = "".join(
        f"<li><b>{html.escape(word.text)}</b> {html.escape(_signed(word.share))}</li>" for word in words
    )
    return (
        f"<div><strong>{html.escape(title)}</strong> "
        + (f"<ul>{items}</ul>" if items else f"<span>{html.escape(locale.WHY_NONE)}</span>")
        + "</div>"
    )


def _marked(found: "Explanation") -> str:
    strongest = max((abs(word.share) for word in found.words), default=0)
    parts, done = [], 0
    for word in found.words:
        parts += [html.escape(found.text[done : word.start]), _mark(word, strongest)]
        done = word.end
    return "".join([*parts, html.escape(found.text[done:])])


def _mark(word: "Word", strongest: float) -> str:
    share = abs(word.share)
    level = sum(share >= least * strongest for least in LEVELS)
    if share < FAINT or not level:
        return html.escape(word.text)
    way = "up" if word.share > 0 else "down"
    said = html.escape(locale.WHY_MARK[way].format(share=share))
    return f'<mark class="rd-{way} rd-level{level}" title="{said}">{html.escape(word.text)}</mark>'


def _signed(share: float) -> str:
    return locale.number(share, "+.2f")
