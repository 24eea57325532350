"""Models in Python: loaded as the settings say, and a text explained by one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revdemo.evaluation.explain import Explanation
    from revdemo.models.classifier import StarClassifier
    from revdemo.models.generator import ReviewGenerator
    from revdemo.models.polarity import PolarityClassifier
    from revdemo.settings import Settings


def load_stars(settings: Settings | None = None) -> StarClassifier:
    """Load the star classifier: the starter, unless the settings (by default the environment) say else."""
    from revdemo.models import classifier

    return classifier.load_stars(settings)


def load_polarity(settings: Settings | None = None) -> PolarityClassifier:
    """Load the polarity classifier: what the settings name, else the one trained here, else the starter."""
    from revdemo.models import polarity

    return polarity.load_polarity(settings)


def load_generator(settings: Settings | None = None) -> ReviewGenerator:
    """Load the generator: the starter, unless the settings (by default the environment) name another."""
    from revdemo.models import generator

    return generator.load_generator(settings)


def explain(
    text: str, *, settings: Settings | None = None, classifier: StarClassifier | None = None
) -> Explanation:
    """How many stars each word of a text moves its expected stars by.

    The words' shares add up to expected - baseline, but for remainder. The classifier is loaded unless given.

    Raises:
        RevdemoError: the text holds no words, or the classifier is missing.
    """
    from revdemo.evaluation import explain

    return explain.explain(classifier or load_stars(settings), text)
