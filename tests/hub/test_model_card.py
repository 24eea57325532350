"""The card of a model as a whole, from figures made up for it."""

from pathlib import Path

import pytest

from revdemo.evaluation.results import GeneratedFile, GeneratorFile, LimitsFile, StarFile
from revdemo.hub.model_card import ModelFacts, card

CARDS = Path(__file__).with_name("cards")


CONFUSION = [[100] * 5] * 5


def rate(value: float) -> dict:
    return {"value": value, "low": round(value - 0.02, 4), "high": round(value + 0.02, 4)}


def scores(exact: float, near: float, mae: float = 0.5, **more) -> dict:
    """What a report of stars holds."""
    pairs = (("exact", exact), ("near", near))
    rates = {name: {"accuracy": rate(value), "f1": rate(value)} for name, value in pairs}
    return {"n": 40, "mae": rate(mae), "confusion": CONFUSION, **rates, **more}


STARS = ModelFacts(
    name="owner/my-stars",
    role="stars",
    kind="named",
    revision="0123456789abcdef",
    merged=True,
    config={"training_rows": {"n": 1234, "sha256": "fedcba9876543210"}},
    training={
        "command": "python -m train.average first second --out models/stars",
        "device": "CPU, 2 threads",
        "precision": "bf16",
        "recipe": {"start": "assets/models/stars"},
        "mean_of": [
            {
                "command": "python -m train.stars --recipe a",
                "recipe": {"base": "tiny", "epochs": 2.0, "rank": None},
            },
            {
                "command": "python -m train.stars --recipe b",
                "recipe": {"base": "tiny", "start": "models/first"},
            },
        ],
    },
    reports={
        "stars": StarFile.model_validate(
            scores(0.6, 0.94, n=2500)
            | {
                "films": 1192,
                "data": "665f",
                "part": "test",
                "by_source": {"forum": scores(0.6, 0.94)},
                "chance": {"always_3": {"exact": 0.2, "near": 0.6}},
                "baseline": scores(0.5, 0.9, 0.6, name="TF-IDF"),
            }
        ),
        "limits": LimitsFile.model_validate(
            {
                "n": 540,
                "sets": {
                    "ironic": scores(0.2, 0.4, 2.0, plain=scores(0.8, 0.97)),
                    "products": scores(0.45, 0.8, 0.9, n=500),
                },
            }
        ),
    },
    example=("A text | with a bar.", "4 stars, 0.61 sure", "Computed when this card was made."),
    license="cc-by-4.0",
    training_data="Ours, collected in our shop.",
)
JUDGED = {"judge": scores(0.5, 0.9), "second_judge": scores(0.45, 0.85)}
GENERATOR = ModelFacts(
    name="owner/writer",
    role="generator",
    kind="starter",
    revision="0123456789abcdef",
    merged=False,
    config={"base": "SmolLM2-135M-Instruct"},
    training={
        "command": "python -m train.generator --recipe starter-cpu",
        "device": "CPU, 1 threads",
        "precision": "bf16",
        "recipe": {"prefix": "Review of {stars}.", "epochs": 1.5},
    },
    reports={
        "generator": GeneratorFile.model_validate(
            {
                "n": 285,
                "data": "665f",
                "part": "validation",
                "perplexity": {"before": rate(56.4), "after": rate(41.5)},
                "bits_per_byte": {"before": rate(1.31), "after": rate(1.21)},
            }
        ),
        "generated": GeneratedFile.model_validate(
            {
                "n": 1000,
                "model": {"filter": {"revision": "a5e13dfa0000"}, "second_judge": "TF-IDF"},
                "acceptance": {
                    "all": rate(0.49),
                    "by_stars": {str(stars): rate(0.49) for stars in range(1, 6)},
                },
                "unfiltered": JUDGED,
                "accepted": JUDGED,
                "reference": JUDGED,
            }
        ),
    },
)


@pytest.mark.parametrize(("facts", "file"), [(STARS, "stars.md"), (GENERATOR, "generator.md")])
def test_the_whole_card_is_the_one_that_was_read(facts, file):
    assert card(facts) == (CARDS / file).read_text(encoding="utf-8")
