"""What programs can call: /predict, /explain, /predict_polarity and /generate, by gradio_client or HTTP."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import gradio as gr

from revdemo.loop import Review, Step
from revdemo.ui import classify, runs, view, why
from revdemo.ui.form import capped, roll
from revdemo.ui.guard import shown
from revdemo.ui.notes import check_text
from revdemo.ui.run import steps
from revdemo.ui.state import MODEL, WORK, Services, Ticket


def register(services: Services) -> None:
    """Give the page its public endpoints."""

    def predict(text: str) -> dict[str, Any]:
        """Predict how many stars, 1 to 5, an English review gives.

        Args:
            text: the review; emojis, links and markup are not read.

        Returns:
            label (1 to 5), confidence (the label's probability), probabilities (of 1 to 5 stars), expected
            (the mean of the stars under the probabilities), truncated (whether only the beginning and the
            end were read), notes (what to keep in mind).
        """
        with shown():
            check_text(text, services.settings.max_characters)
            return classify.answer(services, text)

    def explain(text: str) -> dict[str, Any]:
        """Say how much each word of an English review moves its expected stars.

        Args:
            text: the review; emojis, links and markup are not read.

        Returns:
            text (the review as the model reads it), expected (its expected stars), baseline (those of no
            words at all), words (text, start and end in the review as read, share in stars; all shares sum
            to expected - baseline), remainder (what the sum misses that by).
        """
        with shown():
            check_text(text, services.settings.max_characters)
            return why.explained(services, text)

    def predict_polarity(text: str) -> dict[str, Any]:
        """Predict whether an English review is negative, neutral or positive.

        Args:
            text: the review; emojis, links and markup are not read.

        Returns:
            polarity (negative, neutral or positive), probability (of being positive; neutral is a band in
            the middle), truncated (whether only the beginning and the end were read), notes (what to keep in
            mind).
        """
        with shown():
            check_text(text, services.settings.max_characters)
            return classify.polarity_answer(services, text)

    def generate(
        request: gr.Request,
        stars: int,
        accepted: int = 20,
        rounds: int = 10,
        tolerance: int = 0,
        min_confidence: float = 0.0,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        opening: str = "",
        until_first: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Write synthetic film reviews for the stars asked for, keeping those the classifier agrees with.

        They are for training and study, not for posting. Streams what there is so far; the last item is the
        whole run.

        Args:
            stars: what the reviews should be worth, 1 to 5.
            accepted: how many accepted reviews end the run.
            rounds: how many rounds of 20 samples end the run without them.
            tolerance: 0 accepts exactly these stars, 1 also one star off.
            min_confidence: the least probability, 0 to 1, of the predicted stars.
            temperature: how varied, 0.05 to 5; the model's own if null.
            top_p: the nucleus, 0.01 to 1; the model's own if null.
            max_tokens: longest review in tokens; the model's own if null.
            seed: the same seed gives the same reviews; rolled if null.
            opening: the first words of every review.
            until_first: whole rounds until at least one is accepted, whatever `accepted` says.

        Returns:
            run, seed, ended (null while it runs; target, rounds, deadline or stopped), round, and the lists
            accepted, rejected and nearest (nearest only if none was accepted).
        """
        fields = {
            "stars": stars,
            "accepted": accepted,
            "rounds": rounds,
            "tolerance": tolerance,
            "min_confidence": min_confidence,
            "temperature": temperature,
            "top_p": top_p,
            "max_tokens": max_tokens,
            "seed": roll() if seed is None else seed,
            "opening": opening,
            "until_first": until_first,
        }
        with shown():
            wanted = capped(services.settings, **fields)
            ticket = Ticket(wanted, runs.new_owner(), session=request.session_hash)
            yield from _run(services, ticket)

    gr.api(predict, api_name="predict", **MODEL)
    gr.api(explain, api_name="explain", **MODEL)
    gr.api(predict_polarity, api_name="predict_polarity", **MODEL)
    gr.api(generate, api_name="generate", **WORK)


def _run(services: Services, ticket: Ticket) -> Iterator[dict[str, Any]]:
    key = services.tickets.add(ticket)
    try:
        for step in steps(services, ticket):
            if isinstance(step, Step):
                yield _plain(step)
    finally:
        services.tickets.drop(key)


def _plain(step: Step) -> dict[str, Any]:
    run = step.run
    return {
        "run": run.id,
        "seed": run.request.seed,
        "ended": run.ended,
        "round": step.round,
        "accepted": [_item(one) for one in run.accepted],
        "rejected": [_item(one) for one in run.rejected],
        "nearest": [_item(one) for one in run.nearest[: view.NEAREST]] if run.ended else [],
    }


def _item(one: Review) -> dict[str, Any]:
    return asdict(one) | {"synthetic": True}
