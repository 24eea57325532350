"""Texts to polarity: positive or negative, and neutral between two limits that validation chose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from revdemo.errors import Phrase
from revdemo.models.classifier import TextClassifier
from revdemo.models.ngrams import NgramModel
from revdemo.models.weights.registry import ModelSource
from revdemo.settings import Settings, load_settings

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
NO_BAND = (0.5, 0.5)  # of a checkpoint without limits: nothing is neutral


@dataclass(frozen=True)
class PolarityPrediction:
    """The polarity of one text (negative, neutral or positive) and the probability that it is positive."""

    polarity: str
    probability: float

    @property
    def positive(self) -> bool:
        """The answer where only two are allowed."""
        return self.probability > 0.5


def polarity_of(probability: float, low: float, high: float) -> str:
    """The polarity at a probability of positive: neutral from `low` to `high`, both included."""
    if low < high and low <= probability <= high:
        return NEUTRAL
    return POSITIVE if probability > low else NEGATIVE


class PolarityClassifier(TextClassifier):
    """A model with two labels, negative and positive; `predict` gives a PolarityPrediction for each text."""

    role = "polarity"
    labels = 2
    wrong_labels = Phrase(
        "The polarity classifier {label} has {labels} labels, and revdemo needs 2, negative and positive in "
        "this order. Name a model trained on two labels with --polarity-model."
    )

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        source: ModelSource,
        config: Mapping[str, Any],
        device: torch.device,
        ngrams: NgramModel | None = None,
    ):
        super().__init__(model, tokenizer, source, config, device, ngrams)
        self.neutral = tuple(config.get("neutral", NO_BAND))

    def _answer(self, probabilities: list[float]) -> PolarityPrediction:
        return PolarityPrediction(polarity_of(probabilities[1], *self.neutral), probabilities[1])


def load_polarity(settings: Settings | None = None) -> PolarityClassifier:
    """The polarity classifier of the settings, or of the environment."""
    return PolarityClassifier.load(settings or load_settings())
