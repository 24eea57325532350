"""The Classify tab: a text in, its stars and its polarity out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from revdemo import plots
from revdemo.errors import RevdemoError
from revdemo.ui import cards, strings, why
from revdemo.ui.guard import explain
from revdemo.ui.live import live
from revdemo.ui.notes import check_text, notes
from revdemo.ui.state import MODEL, Services

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples.json"


def build(services: Services) -> None:
    """Lay out the tab."""
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    gr.HTML(cards.lead(strings.CLASSIFY_LEAD))
    judged = gr.State()  # the last prediction: its text and its expected stars
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            text = gr.Textbox(
                label=strings.TEXT, placeholder=strings.TEXT_PLACEHOLDER, max_lines=16, elem_id="review-text"
            )
            button = gr.Button(strings.PREDICT, variant="primary", elem_id="predict")
            why.build_follow(services, text, judged)
            gr.Examples(
                [[example["text"]] for example in examples],
                inputs=text,
                label=strings.EXAMPLES,
                example_labels=[strings.EXAMPLE_LABELS.get(one["label"], one["label"]) for one in examples],
                api_visibility="private",
            )
        with gr.Column(scale=2, min_width=320):
            result = live(cards.message(strings.RESULT_EMPTY), elem_id="prediction")
            chart = gr.Plot(label=strings.PROBABILITIES, visible=False, elem_id="probabilities")
    why.build_why(services, judged)

    def validate(value: str) -> dict[str, Any]:
        try:
            check_text(value, services.settings.max_characters)
        except RevdemoError as error:
            return gr.validate(False, explain(error))
        return gr.validate(True, "")

    def show(value: str) -> Iterator[tuple[Any, Any, Any]]:
        if not services.stars.settled:
            said = strings.LOADING_WAIT.format(role=strings.ROLES["stars"].lower())
            yield cards.message(said), gr.skip(), gr.skip()
        try:
            yield _judge(services, value)
        except Exception as error:  # shown in place of the result, so that it stays to be read
            yield cards.message(explain(error), "error"), gr.Plot(visible=False), None

    gr.on(
        [button.click, text.submit],
        show,
        inputs=text,
        outputs=[result, chart, judged],
        validator=validate,
        show_progress="minimal",
        api_visibility="private",
        **MODEL,
    )


def answer(services: Services, text: str) -> dict[str, Any]:
    """The prediction for one text as plain data."""
    classifier = services.wait(services.stars)
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
        raise RevdemoError(strings.NO_POLARITY)
    [prediction] = classifier.predict([text])
    truncated = classifier.truncates(text)
    return {
        "polarity": prediction.polarity,
        "probability": prediction.probability,
        "truncated": truncated,
        "notes": notes(text, truncated),
    }


def disagree(stars: int, polarity: str) -> bool:
    """Whether the polarity contradicts the stars; 3 stars and neutral contradict nothing."""
    return (stars < 3 and polarity == "positive") or (stars > 3 and polarity == "negative")


def _judge(services: Services, text: str) -> tuple[str, gr.Plot, dict[str, Any]]:
    found = answer(services, text)
    spoken = plots.describe_probabilities(found["probabilities"])
    line, known = "", found["notes"]
    if services.has(services.polarity):
        opinion = polarity_answer(services, text)
        line = cards.polarity(opinion["polarity"], opinion["probability"])
        if disagree(found["label"], opinion["polarity"]):
            stars = cards.counted(found["label"])
            known = [
                strings.NOTE_DISAGREE.format(polarity=strings.POLARITIES[opinion["polarity"]], stars=stars),
                *known,
            ]
    result = cards.prediction(found["label"], found["confidence"], found["expected"], spoken, known, line)
    chart = gr.Plot(plots.probabilities(found["probabilities"]), visible=True)
    return result, chart, {"text": text, "expected": found["expected"]}
