"""What programs can call: /predict, /explain, /predict_polarity and /generate, by gradio_client or HTTP."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.generation.request import Request, Review, Step
from revdemo.ui.classify import explain as why
from revdemo.ui.classify import tab
from revdemo.ui.classify.text_checks import check_text
from revdemo.ui.errors import shown
from revdemo.ui.generate import run_view
from revdemo.ui.generate.form import capped, roll
from revdemo.ui.generate.run import steps
from revdemo.ui.parts.owner import new_owner
from revdemo.ui.services.jobs import Ticket
from revdemo.ui.services.queue import EXPLAIN, MODEL, WORK
from revdemo.ui.services.services import Services

FIELDS = frozenset(field.name for field in fields(Request))


class Endpoints:
    """The functions behind the public endpoints; their docstrings are the API's description."""

    def __init__(self, services: Services):
        self.services = services

    def predict(self, text: str) -> dict[str, Any]:
        """Predict how many stars, 1 to 5, an English review gives.

        Args:
            text: the review; emojis, links and markup are not read.

        Returns:
            label (1 to 5), confidence (the label's probability), probabilities (of 1 to 5 stars), expected
            (the mean of the stars under the probabilities), truncated (whether only the beginning and the
            end were read), notes (what to keep in mind).
        """
        with shown():
            cleaned = check_text(text, self.services.settings.max_characters)
            return tab.answer(self.services, cleaned)

    def explain(self, text: str) -> dict[str, Any]:
        """Say how much each word of an English review moves its expected stars.

        Args:
            text: the review; emojis, links and markup are not read.

        Returns:
            text (the review as the model reads it), expected (its expected stars), baseline (those of no
            words at all), words (text, start and end in the review as read, share in stars; all shares sum
            to expected - baseline), remainder (what the sum misses that by).
        """
        with shown():
            cleaned = check_text(text, self.services.settings.max_characters)
            return why.explained(self.services, cleaned)

    def predict_polarity(self, text: str) -> dict[str, Any]:
        """Predict whether an English review is negative, neutral or positive.

        Args:
            text: the review; emojis, links and markup are not read.

        Returns:
            polarity (negative, neutral or positive), probability (of being positive; neutral is a band in
            the middle), truncated (whether only the beginning and the end were read), notes (what to keep in
            mind).
        """
        with shown():
            cleaned = check_text(text, self.services.settings.max_characters)
            return tab.polarity_answer(self.services, cleaned)

    def generate(
        self,
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
        min_p: float | None = None,
        kind: str | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Write synthetic reviews for the stars asked for, keeping those the classifier agrees with.

        For training and study, not for posting. Streams what there is so far, at last the whole run.

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
            min_p: the least share of the likeliest token's probability, 0 to 1; the model's own if null.
            kind: film, product, clothing, restaurant, hotel or book, if the generator was taught kinds.

        Returns:
            run, seed, ended (null while it runs; target, rounds, deadline or stopped), round, and the lists
            accepted, rejected and nearest (nearest only if none was accepted).
        """
        given = locals()
        with shown():
            asked = {name: given[name] for name in FIELDS & given.keys()}
            wanted = capped(self.services.settings, **asked | {"seed": roll() if seed is None else seed})
            yield from _run(self.services, Ticket(wanted, new_owner(), session=request.session_hash))


def register(services: Services) -> None:
    """Give the page its public endpoints."""
    endpoints = Endpoints(services)
    gr.api(endpoints.predict, api_name="predict", **MODEL)
    gr.api(endpoints.explain, api_name="explain", **EXPLAIN)
    gr.api(endpoints.predict_polarity, api_name="predict_polarity", **MODEL)
    gr.api(endpoints.generate, api_name="generate", **WORK)


def _run(services: Services, ticket: Ticket) -> Iterator[dict[str, Any]]:
    tickets, key = services.tickets, services.tickets.add(ticket)
    try:
        for _ in tickets.turn(ticket):
            pass  # a program is told nothing before its run has begun
        if not ticket.works:
            raise RevdemoError(
                "The run was stopped before its turn came, because nobody was following it. Start it again."
            )
        for step in steps(services, ticket):
            if isinstance(step, Step):
                yield _plain(step)
    finally:
        tickets.done(ticket)
        tickets.drop(key)


def _plain(step: Step) -> dict[str, Any]:
    run = step.run
    return {
        "run": run.id,
        "seed": run.request.seed,
        "ended": run.ended,
        "round": step.round,
        "accepted": [_item(one) for one in run.accepted],
        "rejected": [_item(one) for one in run.rejected],
        "nearest": [_item(one) for one in run.nearest[: run_view.NEAREST]] if run.ended else [],
    }


def _item(one: Review) -> dict[str, Any]:
    return asdict(one) | {"synthetic": True}
