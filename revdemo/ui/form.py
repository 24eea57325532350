"""The form of the Generate tab, and the request it stands for."""

import secrets
from typing import Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.loop import AT_ONCE, LONGEST_OPENING, Request
from revdemo.settings import Settings
from revdemo.ui import strings
from revdemo.ui.state import QUIET, Services

TARGET, FIRST = "target", "first"
SEEDS = 2**31  # what the dice rolls; larger ones can be typed


class Form:
    """The fields of the form; `inputs` is what an event takes, `request` reads what it got."""

    def __init__(self, services: Services):
        self.services = services
        limits = services.settings
        self.stars = gr.Radio(
            [(f"{count} ★", count) for count in range(1, 6)],
            value=4,
            label=strings.STARS,
            info=strings.STARS_INFO,
            elem_id="stars",
        )
        self.rule = gr.Radio(
            [(strings.RULE_TARGET, TARGET), (strings.RULE_FIRST, FIRST)],
            value=TARGET,
            label=strings.RULE,
            elem_id="rule",
        )
        self.accepted = gr.Slider(
            1,
            limits.max_accepted,
            min(20, limits.max_accepted),
            step=1,
            label=strings.ACCEPTED_WANTED,
            elem_id="accepted-wanted",
        )
        self.tolerance = gr.Radio(
            list(strings.TOLERANCES), value=0, label=strings.TOLERANCE, elem_id="tolerance"
        )
        with gr.Accordion(strings.MORE, open=False, elem_id="more"):
            self._more()
        self.rule.change(
            lambda rule: gr.Slider(visible=rule == TARGET),
            self.rule,
            self.accepted,
            **QUIET,
        )

    def examples(self) -> None:
        """Lay out examples that fill the form."""
        gr.Examples(
            [[5, 5, 0, 0, ""], [2, 10, 1, 0, ""], [1, 5, 0, 60, ""], [4, 5, 0, 0, strings.GENERATE_OPENING]],
            inputs=[self.stars, self.accepted, self.tolerance, self.min_confidence, self.opening],
            label=strings.GENERATE_EXAMPLES,
            example_labels=list(strings.GENERATE_EXAMPLE_LABELS),
            api_visibility="private",
        )

    def _more(self) -> None:
        self.min_confidence = gr.Slider(
            0,
            95,
            0,
            step=5,
            label=strings.MIN_CONFIDENCE,
            info=strings.MIN_CONFIDENCE_INFO,
            elem_id="min-confidence",
        )
        self.rounds = gr.Slider(
            1,
            self.services.settings.max_rounds,
            min(10, self.services.settings.max_rounds),
            step=1,
            label=strings.ROUNDS,
            info=strings.ROUNDS_INFO,
            elem_id="rounds",
        )
        self.own = gr.Checkbox(True, label=strings.OWN, info=strings.OWN_INFO, elem_id="own")
        self.temperature = gr.Slider(0.1, 2, 1, step=0.05, **_hidden("temperature", strings.TEMPERATURE))
        self.top_p = gr.Slider(0.1, 1, 0.95, step=0.01, **_hidden("top-p", strings.TOP_P))
        self.max_tokens = gr.Slider(16, 512, 128, step=8, **_hidden("max-tokens", strings.LENGTH))
        sampling = [self.temperature, self.top_p, self.max_tokens]
        self.own.change(self._reveal, self.own, sampling, **QUIET)
        with gr.Row(equal_height=True):
            # Never empty: whoever is quicker than the roll at the page's arrival has this one.
            self.seed = gr.Number(
                roll(), label=strings.SEED, info=strings.SEED_INFO, precision=0, elem_id="seed"
            )
            dice = gr.Button(strings.DICE, size="sm", min_width=80, scale=0, elem_id="dice")
        self.opening = gr.Textbox(
            label=strings.OPENING,
            placeholder=strings.OPENING_PLACEHOLDER,
            max_lines=3,
            max_length=LONGEST_OPENING,
            elem_id="opening",
        )
        dice.click(roll, outputs=self.seed, **QUIET)

    def _reveal(self, own: bool) -> tuple[gr.Slider, ...]:
        """Show the sampling settings, beginning at the model's own where it is there to tell them."""
        generator = self.services.generator.model
        names = ("temperature", "top_p", "max_tokens")
        known = {} if generator is None else {name: getattr(generator.defaults, name) for name in names}
        return tuple(
            gr.Slider(visible=not own, **({"value": known[name]} if name in known else {})) for name in names
        )

    @property
    def inputs(self) -> set[gr.components.Component]:
        """Every field, for an event whose function takes a dict."""
        return {field for field in vars(self).values() if isinstance(field, gr.components.Component)}

    def request(self, values: dict[Any, Any]) -> Request:
        """The request that the values of the fields stand for; RevdemoError if one is out of range."""
        if values[self.seed] is None:
            raise RevdemoError(strings.NO_SEED)
        own = values[self.own]
        return capped(
            self.services.settings,
            stars=values[self.stars],
            accepted=values[self.accepted],
            until_first=values[self.rule] == FIRST,
            rounds=values[self.rounds],
            tolerance=values[self.tolerance],
            min_confidence=values[self.min_confidence] / 100,
            temperature=None if own else values[self.temperature],
            top_p=None if own else values[self.top_p],
            max_tokens=None if own else values[self.max_tokens],
            seed=values[self.seed],
            opening=values[self.opening] or "",
        )


def _hidden(name: str, label: str) -> dict[str, Any]:
    return {"label": label, "elem_id": name, "visible": False}


def capped(settings: Settings, **fields: Any) -> Request:
    """A request within what this app allows; RevdemoError says which field is not."""
    request = Request(**fields, at_once=AT_ONCE, deadline=settings.deadline)
    for name, limit in (("accepted", settings.max_accepted), ("rounds", settings.max_rounds)):
        if getattr(request, name) > limit:
            raise RevdemoError(strings.CAP.format(name=name, value=getattr(request, name), limit=limit))
    return request


def roll() -> int:
    """A seed nobody chose."""
    return secrets.randbelow(SEEDS)
