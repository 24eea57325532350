"""The Classify tab: a text in, its stars and its polarity out."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.evaluation.diversity import contradicts
from revdemo.files import ASSETS, read_json
from revdemo.models import loading
from revdemo.reviews import clean
from revdemo.ui import locale
from revdemo.ui.accessibility import live
from revdemo.ui.classify import explain as why
from revdemo.ui.classify import opening
from revdemo.ui.classify.chart import describe_probabilities, probabilities
from revdemo.ui.classify.text_checks import check_text, notes
from revdemo.ui.errors import explain
from revdemo.ui.parts import html
from revdemo.ui.services.queue import MODEL
from revdemo.ui.services.services import Services

EXAMPLES = ASSETS / "examples.json"
OPENING = "Mixed"  # the example that a visitor finds predicted


def build(services: Services, demo: gr.Blocks) -> None:
    """Lay out the tab, which opens with an example that is predicted as soon as there is a model."""
    gr.HTML(html.lead(locale.CLASSIFY_LEAD))
    judged = gr.State()  # the last prediction: its text and its expected stars
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            text, accurate = _text(), _choice_of_model()
            button = gr.Button(locale.PREDICT, variant="primary", elem_id="predict")
            why.build_follow(services, text, judged)
            _examples(text)
        with gr.Column(scale=2, min_width=320):
            result = live(html.message(locale.RESULT_EMPTY), elem_id="prediction")
            chart = gr.Plot(label=locale.PROBABILITIES, visible=False, elem_id="probabilities")
    why.build_why(services, judged)
    _connect(services, demo, [button.click, text.submit], [text, accurate], [result, chart, judged])


def _connect(
    services: Services,
    demo: gr.Blocks,
    predicts: list[Any],
    asked: list[gr.components.Component],
    shown: list[gr.components.Component],
) -> None:
    """Predict what is asked (the text, and with which model) by the events that do so, and on arrival."""

    def validate(value: str, *others: object) -> list[dict[str, Any]]:
        """An answer for each input: the text may be wrong, what is chosen cannot."""
        right = [gr.validate(True, "") for _ in others]
        try:
            check_text(value, services.settings.max_characters)
        except RevdemoError as error:
            return [gr.validate(False, explain(error)), *right]
        return [gr.validate(True, ""), *right]

    def show(value: str, chosen: bool) -> Iterator[tuple[Any, Any, Any]]:
        yield from _shown(services, value, bool(chosen))

    def open_with(value: str, chosen: bool) -> Iterator[tuple[Any, Any, Any]]:
        """What a visitor finds: the example, predicted; nothing where the box was emptied meanwhile."""
        yield from _opened(services, value or "", bool(chosen))

    opened = demo.load(
        open_with,
        asked,
        shown,
        show_progress="hidden",
        api_visibility="private",
        **MODEL,
    )
    gr.on(
        predicts,
        show,
        inputs=asked,
        outputs=shown,
        cancels=opened,
        validator=validate,
        show_progress="minimal",
        api_visibility="private",
        **MODEL,
    )


def _text() -> gr.Textbox:
    return gr.Textbox(
        _opening(),
        label=locale.TEXT,
        placeholder=locale.TEXT_PLACEHOLDER,
        max_lines=16,
        elem_id="review-text",
    )


def _choice_of_model() -> gr.Radio:
    """Which model reads: the one in use or the accurate one; shown where its base is on this machine."""
    return gr.Radio(
        list(locale.CLASSIFIERS),
        value=False,
        label=locale.CLASSIFIER,
        visible=loading.accurate_is_at_hand(),
        elem_id="reader",
    )


def _opening() -> str:
    return next(one["text"] for one in read_json(EXAMPLES) if one["label"] == OPENING)


def _examples(text: gr.Textbox) -> None:
    examples = read_json(EXAMPLES)
    gr.Examples(
        [[example["text"]] for example in examples],
        inputs=text,
        label=locale.EXAMPLES,
        example_labels=[locale.EXAMPLE_LABELS.get(one["label"], one["label"]) for one in examples],
        api_visibility="private",
    )


def _shown(
    services: Services, value: str, accurate: bool = False, keep: bool = False
) -> Iterator[tuple[Any, Any, Any]]:
    """What a click on Predict shows: that the model is on its way, then the prediction or the error."""
    if not (services.accurate if accurate else services.stars).settled:
        said = locale.LOADING_WAIT.format(role=locale.ROLES["stars"].lower())
        yield html.message(said), gr.skip(), gr.skip()
    try:
        if not services.polarity.settled:  # the stars are there first, and are shown alone
            yield _judge(services, value, accurate, with_polarity=False, keep=keep)
        yield _judge(services, value, accurate, keep=keep)
    except Exception as error:  # shown in place of the result, so that it stays to be read
        yield html.message(explain(error), "error"), gr.Plot(visible=False), None


def _opened(services: Services, value: str, accurate: bool) -> Iterator[tuple[Any, Any, Any]]:
    """The same on arrival: what the same weights said last stands there until they have loaded."""
    text = clean(value)
    loads = not accurate and not services.stars.settled
    steps = _shown(services, value, accurate, keep=loads) if value.strip() else iter(())
    if loads and (found := opening.recall(services.settings, text)):
        said, chart = _view(found.model_dump() | {"notes": []})
        yield said + html.message(locale.REMEMBERED), chart, gr.skip()
        next(steps)  # which says that the model is loading
    services.start()  # not before what is remembered is on its way: it is seen sooner
    yield from steps


def answer(services: Services, text: str, accurate: bool = False) -> dict[str, Any]:
    """The prediction for one text as plain data."""
    classifier = services.classifier(accurate)
    [prediction] = classifier.predict([text])
    truncated = classifier.truncates(text)
    return {
        "label": prediction.stars,
        "confidence": prediction.confidence,
        "probabilities": list(prediction.probabilities),
        "expected": prediction.expected,
        "truncated": truncated,
        "notes": notes(text, truncated),
    }


def polarity_answer(services: Services, text: str) -> dict[str, Any]:
    """The polarity of one text as plain data; RevdemoError where there is no polarity classifier."""
    classifier = services.wait(services.polarity)
    if classifier is None:
        raise RevdemoError.of(locale.phrase("NO_POLARITY"))
    [prediction] = classifier.predict([text])
    truncated = classifier.truncates(text)
    return {
        "polarity": prediction.polarity,
        "probability": prediction.probability,
        "truncated": truncated,
        "notes": notes(text, truncated),
    }


def _judge(
    services: Services, text: str, accurate: bool = False, with_polarity: bool = True, keep: bool = False
) -> tuple[str, gr.Plot, dict[str, Any]]:
    text = clean(text)
    found = answer(services, text, accurate)
    if keep:
        opening.remember(services.settings, text, found)
    line, known = "", found["notes"]
    if with_polarity and services.has(services.polarity):
        opinion = polarity_answer(services, text)
        line = html.polarity(opinion["polarity"], opinion["probability"])
        if contradicts(found["label"], opinion["polarity"]):
            stars = html.counted(found["label"])
            known = [
                locale.NOTE_DISAGREE.format(polarity=locale.POLARITIES[opinion["polarity"]], stars=stars),
                *known,
            ]
    result, chart = _view(found | {"notes": known}, line)
    return result, chart, {"text": text, "expected": found["expected"], "accurate": accurate}


def _view(found: dict[str, Any], line: str = "") -> tuple[str, gr.Plot]:
    """A prediction as HTML, with a line on its polarity, and its chart."""
    spoken = describe_probabilities(found["probabilities"])
    result = html.prediction(
        found["label"], found["confidence"], found["expected"], spoken, found["notes"], line
    )
    return result, gr.Plot(probabilities(found["probabilities"]), visible=True)
