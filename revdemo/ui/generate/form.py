"""The form of the Generate tab, and the request it stands for."""

import secrets
from contextlib import suppress
from typing import Any

import gradio as gr

from revdemo.errors import RevdemoError
from revdemo.generation.likeness import Likeness, load_likeness
from revdemo.generation.request import AT_ONCE, LONGEST_OPENING, SAID, Request
from revdemo.kinds import DEFAULT_KIND
from revdemo.settings import Settings
from revdemo.ui import locale
from revdemo.ui.classify.text_checks import check_is_text
from revdemo.ui.services.queue import QUIET
from revdemo.ui.services.services import Services

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
            label=locale.STARS,
            elem_id="stars",
        )
        self.accepted = gr.Slider(
            1,
            limits.max_accepted,
            min(20, limits.max_accepted),
            step=1,
            label=locale.ACCEPTED_WANTED,
            elem_id="accepted-wanted",
        )
        self.kind = gr.Dropdown(
            [(label, kind) for kind, label in locale.REVIEW_KINDS.items()],
            value=DEFAULT_KIND,
            label=locale.KIND,
            visible=False,
            elem_id="kind",
        )
        self.tolerance = gr.Radio(
            list(locale.TOLERANCES), value=0, label=locale.TOLERANCE, elem_id="tolerance"
        )

    def more(self) -> None:
        """Lay out the fields that most visitors leave as they are, closed."""
        with gr.Accordion(locale.MORE, open=False, elem_id="more"):
            self._rule()
            self._filter_and_rounds()
            self._sampling()
            self._seed_and_opening()

    def examples(self) -> None:
        """Lay out examples that fill the form."""
        gr.Examples(
            [[5, 5, 0, 0, ""], [2, 10, 1, 0, ""], [1, 5, 0, 60, ""], [4, 5, 0, 0, locale.GENERATE_OPENING]],
            inputs=[self.stars, self.accepted, self.tolerance, self.min_confidence, self.opening],
            label=locale.GENERATE_EXAMPLES,
            example_labels=list(locale.GENERATE_EXAMPLE_LABELS),
            api_visibility="private",
        )

    def _rule(self) -> None:
        self.rule = gr.Radio(
            [(locale.RULE_TARGET, TARGET), (locale.RULE_FIRST, FIRST)],
            value=TARGET,
            label=locale.RULE,
            elem_id="rule",
        )
        self.rule.change(
            lambda rule: gr.Slider(visible=rule == TARGET),
            self.rule,
            self.accepted,
            **QUIET,
        )

    def _filter_and_rounds(self) -> None:
        self.min_confidence = gr.Slider(
            0,
            95,
            0,
            step=5,
            label=locale.MIN_CONFIDENCE,
            info=locale.MIN_CONFIDENCE_INFO,
            elem_id="min-confidence",
        )
        self.min_likeness = gr.Slider(
            0,
            95,
            0,
            step=1,
            label=locale.MIN_LIKENESS,
            info=locale.MIN_LIKENESS_INFO,
            visible=False,
            elem_id="min-likeness",
        )
        self.rounds = gr.Slider(
            1,
            self.services.settings.max_rounds,
            min(10, self.services.settings.max_rounds),
            step=1,
            label=locale.ROUNDS,
            info=locale.ROUNDS_INFO,
            elem_id="rounds",
        )

    def _sampling(self) -> None:
        """The sampling settings, hidden as long as the model's own are taken."""
        self.own = gr.Checkbox(True, label=locale.OWN, info=locale.OWN_INFO, elem_id="own")
        self.temperature = gr.Slider(0.1, 2, 1, step=0.05, **_hidden("temperature", locale.TEMPERATURE))
        self.top_p = gr.Slider(0.1, 1, 0.95, step=0.01, **_hidden("top-p", locale.TOP_P))
        self.min_p = gr.Slider(0, 0.3, 0.02, step=0.005, **_hidden("min-p", locale.MIN_P))
        self.max_tokens = gr.Slider(16, 512, 128, step=8, **_hidden("max-tokens", locale.LENGTH))
        sampling = [self.temperature, self.top_p, self.min_p, self.max_tokens]
        self.own.change(self._reveal, self.own, sampling, **QUIET)

    def _seed_and_opening(self) -> None:
        with gr.Row(equal_height=True):
            # Never empty: whoever is quicker than the roll at the page's arrival has this one.
            self.seed = gr.Number(
                roll(), label=locale.SEED, info=locale.SEED_INFO, precision=0, elem_id="seed"
            )
            dice = gr.Button(locale.DICE, size="sm", min_width=80, scale=0, elem_id="dice")
            dice.click(roll, outputs=self.seed, **QUIET)
        self.opening = gr.Textbox(
            label=locale.OPENING,
            placeholder=locale.OPENING_PLACEHOLDER,
            max_lines=3,
            max_length=LONGEST_OPENING,
            elem_id="opening",
        )

    @property
    def knows_kinds(self) -> bool:
        """Whether the generator in use was taught kinds of review, as far as it has loaded."""
        prefix = getattr(self.services.generator.model, "prefix", None)
        return prefix is not None and prefix.knows_kinds

    @property
    def likeness(self) -> Likeness | None:
        """The likeness model beside the generator in use, where it has one and has loaded."""
        source: Any = getattr(self.services.generator.model, "source", None)
        return load_likeness(source) if getattr(source, "folder", None) else None

    def reveal(self) -> tuple[gr.Dropdown, gr.Slider]:
        """The choice of a kind and the least likeness, shown once a generator has loaded that knows them."""
        likeness = None
        with suppress(RevdemoError):  # the status of the models says why it did not load
            self.services.wait(self.services.generator)
            likeness = self.likeness
        least = {"value": _percent(likeness)} if likeness else {}
        return gr.Dropdown(visible=self.knows_kinds), gr.Slider(visible=likeness is not None, **least)

    def _least_likeness(self, percent: Any) -> Any:
        """The least likeness asked for; None, the model's own, where there is no other."""
        likeness = self.likeness
        return None if likeness is None or percent == _percent(likeness) else _share(percent)

    def _reveal(self, own: bool) -> tuple[gr.Slider, ...]:
        """Show the sampling settings, beginning at the model's own where it is there to tell them."""
        generator = self.services.generator.model
        names = ("temperature", "top_p", "min_p", "max_tokens")
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
            raise RevdemoError.of(locale.phrase("NO_SEED"))
        own = values[self.own]
        return capped(
            self.services.settings,
            stars=values[self.stars],
            accepted=values[self.accepted],
            until_first=values[self.rule] == FIRST,
            rounds=values[self.rounds],
            tolerance=values[self.tolerance],
            min_confidence=_share(values[self.min_confidence]),
            min_likeness=self._least_likeness(values[self.min_likeness]),
            kind=values[self.kind] if self.knows_kinds else None,
            temperature=None if own else values[self.temperature],
            top_p=None if own else values[self.top_p],
            min_p=None if own else values[self.min_p],
            max_tokens=None if own else values[self.max_tokens],
            seed=values[self.seed],
            opening=values[self.opening] or "",
        )


def _hidden(name: str, label: str) -> dict[str, Any]:
    return {"label": label, "elem_id": name, "visible": False}


def capped(settings: Settings, **fields: Any) -> Request:
    """A request within what this app allows; RevdemoError says which field is not."""
    check_is_text("opening", fields.get("opening"))
    request = Request(**fields, at_once=AT_ONCE, deadline=settings.deadline)
    for name, limit in (("accepted", settings.max_accepted), ("rounds", settings.max_rounds)):
        if getattr(request, name) > limit:
            raise RevdemoError.of(
                locale.phrase("CAP", name=SAID.get(name, name), value=getattr(request, name), limit=limit)
            )
    return request


def _percent(likeness: Likeness) -> int:
    return round(100 * likeness.threshold)


def _share(percent: Any) -> Any:
    """A share; what is not a number is left for the request to refuse by its name."""
    return percent / 100 if isinstance(percent, int | float) else percent


def roll() -> int:
    """A seed nobody chose."""
    return secrets.randbelow(SEEDS)
