"""How texts are sampled, and between which limits; read without loading a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from revdemo.errors import RevdemoError

SAMPLING_RANGES = {
    "temperature": (Real, 0.05, 5),
    "top_p": (Real, 0.01, 1),
    "min_p": (Real, 0, 1),
    "max_tokens": (Integral, 1, 4096),
    "guidance": (Real, 0, 10),
    "guided_tokens": (Integral, 1, 4096),
}


@dataclass(frozen=True)
class Sampling:
    """How texts are sampled.

    top_p: of every step only the fewest likeliest tokens that hold this probability together stay; 1 is all
        (the nucleus, Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration").
    min_p: only tokens at least this share as likely as the likeliest stay; 0 is all
        (Nguyen et al. 2024, "Turning Up the Heat: Min-p Sampling").
    max_tokens: longest text in tokens, its opening included.
    guidance: how far to move from the bare prefix towards the one that asks for stars; 1 is no guidance
        (classifier-free guidance, Sanchez et al. 2023, "Stay on topic").
    guided_tokens: how many tokens of a text are guided; the later ones follow from them at half the work
        (Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval").
    """

    temperature: float = 1.0
    top_p: float = 0.95
    min_p: float = 0.0
    max_tokens: int = 160
    guidance: float = 1.0
    guided_tokens: int = 4096

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Sampling:
        """As a checkpoint's revdemo.json says; what it leaves out stands at its default."""
        return cls(**{name: config[name] for name in cls.__annotations__ if name in config})

    def __post_init__(self) -> None:
        for name, (_, low, high) in SAMPLING_RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise RevdemoError(
                    "{name} is {value}, and must be from {low} to {high}.",
                    name=name,
                    value=value,
                    low=low,
                    high=high,
                )
