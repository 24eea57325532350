"""Below a prediction: the words and sentences that made it, and stars that follow the text as it changes."""

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.measured import is_of
from revdemo.ui import cards, metrics, model_cards, strings
from revdemo.ui.guard import explain as told
from revdemo.ui.live import live
from revdemo.ui.notes import check_text
from revdemo.ui.state import AT_ONCE, MODEL, Services

if TYPE_CHECKING:
    from revdemo.why import Explanation, Sentence, Word

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
    on = gr.Checkbox(False, label=strings.FOLLOW, elem_id="follow", container=False)
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
    button = gr.Button(strings.WHY, visible=False, size="sm", elem_id="why-start")
    shown = live(visible=False, elem_id="why")

    def show(found: dict[str, Any] | None) -> Iterator[gr.HTML]:
        if not found:
            yield gr.skip()
            return
        yield gr.HTML(cards.message(strings.WHY_WORKING), visible=True)
        try:
            yield gr.HTML(rendered(services, found["text"]))
        except Exception as error:  # shown in place of the words, so that it stays to be read
            yield gr.HTML(cards.message(told(error), "error"))

    def renew(found: dict[str, Any] | None) -> tuple[Any, Any]:
        if found:
            _prepare()
        return gr.Button(visible=bool(found)), gr.HTML("", visible=False)

    asked = button.click(
        show, inputs=judged, outputs=shown, show_progress="hidden", api_visibility="private", **MODEL
    )
    judged.change(renew, inputs=judged, outputs=[button, shown], cancels=asked, **AT_ONCE)


def followed(services: Services, text: str, before: dict[str, Any] | None) -> str:
    """The stars of a text under way as one line, beside those of the prediction; or what is wrong with it."""
    if not (text or "").strip():
        return cards.message(strings.FOLLOW_EMPTY)
    try:
        check_text(text, services.settings.max_characters)
        [now] = services.wait(services.stars).predict([text])
    except RevdemoError as error:
        return cards.message(told(error))
    except Exception as error:
        return cards.message(told(error), "error")
    said = strings.FOLLOW_STARS.format(
        stars=cards.counted(now.stars), share=cards.percent(now.confidence), value=now.expected
    )
    change = now.expected - before["expected"] if before else 0
    if abs(change) >= 0.05:
        said = f"{said}, {strings.FOLLOW_CHANGE.format(change=change)}"
    return f'<p class="rd-follow" role="status">{cards.stars(now.stars)} {cards.escape(said)}</p>'


def rendered(services: Services, text: str) -> str:
    """The words and the sentences of a predicted text as HTML."""
    from revdemo import why  # here: torch takes seconds, and the page is up before

    classifier = services.wait(services.stars)
    found = why.explain(classifier, text)
    own = why.split_sentences(text)
    judged = why.sentences(classifier, text, SENTENCES) if len(own) > 1 else []
    return (
        words_html(found, classifier.truncates(text))
        + checked(classifier.source.revision, model_cards.files_of(metrics.ASSETS).get("why"))
        + sentences_html(judged, len(own))
    )


def checked(revision: str, report: Any) -> str:
    """What the deletion check found of this very classifier; nothing where it was not checked."""
    if report is None or not is_of(report.model, "stars", revision):
        return ""
    strongest, at_random = f"{report.strongest.value:.2f}", f"{report.random.value:.2f}"
    said = strings.WHY_CHECKED.format(
        n=f"{report.n:,}", removed=report.removed, strongest=strongest, random=at_random
    )
    return f'<p class="rd-how">{cards.escape(said)}</p>'


def words_html(found: "Explanation", truncated: bool = False) -> str:
    """The text with its strong words marked, the strongest of them in lists, and how to read it."""
    summed = strings.WHY_SUM.format(
        baseline=found.baseline, expected=found.expected, remainder=abs(found.remainder)
    )
    return (
        f'<div class="rd-why" role="status">{_list(strings.WHY_UP, _strongest(found, 1))}'
        f"{_list(strings.WHY_DOWN, _strongest(found, -1))}</div>"
        f'<p class="rd-marked" role="group" tabindex="0" aria-label="{cards.escape(strings.WHY_TEXT)}">'
        f"{_marked(found)}</p>"
        f'<p class="rd-how">{cards.escape(strings.WHY_HOW)} {cards.escape(summed)}'
        f"{' ' + cards.escape(strings.WHY_TRUNCATED) if truncated else ''}</p>"
    )


def sentences_html(found: Sequence["Sentence"], count: int) -> str:
    """Each sentence with its stars; nothing where there is one at most."""
    if len(found) < 2:
        return ""
    rows = "".join(
        f"<li>{cards.stars(one.stars)} "
        f'<span class="rd-sure">{cards.escape(cards.percent(one.confidence))}</span> '
        f"<span>{cards.escape(one.text)}</span></li>"
        for one in found
    )
    more = strings.WHY_MORE_SENTENCES.format(shown=len(found), count=count) if len(found) < count else ""
    return (
        f'<h2 class="rd-part">{cards.escape(strings.WHY_SENTENCES)}</h2><ol class="rd-sentences">{rows}</ol>'
        + (f'<p class="rd-how">{cards.escape(more)}</p>' if more else "")
    )


def explained(services: Services, text: str) -> dict[str, Any]:
    """The explanation of one text as plain data."""
    from revdemo import why

    found = why.explain(services.wait(services.stars), text)
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
        from revdemo import why

        why.prepare()

    threading.Thread(target=work, name="prepare explanations", daemon=True).start()


def _strongest(found: "Explanation", sign: int) -> list["Word"]:
    own = [word for word in found.words if sign * word.share >= FAINT]
    return sorted(own, key=lambda word: -abs(word.share))[:LISTED]


def _list(title: str, words: list["Word"]) -> str:
    items = "".join(
        f"<li><b>{cards.escape(word.text)}</b> {cards.escape(_signed(word.share))}</li>" for word in words
    )
    return (
        f"<div><strong>{cards.escape(title)}</strong> "
        + (f"<ul>{items}</ul>" if items else f"<span>{cards.escape(strings.WHY_NONE)}</span>")
        + "</div>"
    )


def _marked(found: "Explanation") -> str:
    strongest = max((abs(word.share) for word in found.words), default=0)
    parts, done = [], 0
    for word in found.words:
        parts += [cards.escape(found.text[done : word.start]), _mark(word, strongest)]
        done = word.end
    return "".join([*parts, cards.escape(found.text[done:])])


def _mark(word: "Word", strongest: float) -> str:
    share = abs(word.share)
    level = sum(share >= least * strongest for least in LEVELS)
    if share < FAINT or not level:
        return cards.escape(word.text)
    way = "up" if word.share > 0 else "down"
    said = cards.escape(strings.WHY_MARK[way].format(share=f"{share:.2f}"))
    return f'<mark class="rd-{way} rd-level{level}" title="{said}">{cards.escape(word.text)}</mark>'


def _signed(share: float) -> str:
    return strings.numeral(f"{share:+.2f}".replace("-", "−"))
