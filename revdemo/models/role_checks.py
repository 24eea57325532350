"""Whether a model that was found is fit for its role: its kind, its weights, and what its labels mean."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from revdemo.errors import Phrase, RevdemoError
from revdemo.models.weights.checks import read_object
from revdemo.models.weights.registry import ModelSource

CLASSIFIER, GENERATOR = "SEQ_CLS", "CAUSAL_LM"  # kinds of model, as PEFT names its tasks
ADAPTER = "adapter_config.json"
NEEDED = {  # what to name instead of a model of another kind
    CLASSIFIER: Phrase(
        "Name a sequence classifier (AutoModelForSequenceClassification) or an adapter of one."
    ),
    GENERATOR: Phrase("Name a causal language model (AutoModelForCausalLM) or an adapter of one."),
}


def kind_of(role: str) -> str:
    """The kind of model that a role needs."""
    return GENERATOR if role == "generator" else CLASSIFIER


def is_adapter(source: ModelSource) -> bool:
    """Whether the model is an adapter, which needs its base."""
    return (source.folder / ADAPTER).exists()


def check_complete(source: ModelSource, architecture: str, missing: Collection[str]) -> None:
    """Refuse a whole model without some weights of its architecture, which would run on random ones."""
    if missing:
        raise RevdemoError(
            "The {role} model at {location} lacks {count} of the weights that {architecture} needs, such "
            "as {example}: it was trained for something else. {advice}",
            role=source.role,
            location=source.location,
            count=len(missing),
            architecture=architecture,
            example=min(missing),
            advice=NEEDED[kind_of(source.role)],
        )


def check_kind(source: ModelSource, config: dict) -> None:
    """Refuse, before a base is looked for, a model whose files say that it is for another kind of role."""
    task = read_object(source.folder / ADAPTER).get("task_type") if is_adapter(source) else None
    task = kind_of(config["role"]) if "role" in config else task
    if task and task != kind_of(source.role):
        what = config.get("role") or f"adapter for {task}"
        raise RevdemoError(
            "The model at {location} is a {what}, and cannot be the {role} model. {advice}",
            location=source.location,
            what=what,
            role=source.role,
            advice=NEEDED[kind_of(source.role)],
        )


def with_labels(source: ModelSource, names: list[str]) -> ModelSource:
    """The source, with a warning where the names of a classifier's labels do not say what they mean.

    Raises RevdemoError where they say that they stand in another order.
    """
    if len(names) != (2 if source.role == "polarity" else 5) or all(re.match("LABEL_", own) for own in names):
        return source  # another number of labels is the classifier's to refuse
    if source.role == "polarity":
        ranks: list[int] = ["neg" not in own.lower() for own in names]
        told = any("neg" in own.lower() for own in names) and any("pos" in own.lower() for own in names)
        wanted = Phrase("negative and positive")
    else:
        numbers = [re.findall(r"\d+", own) for own in names]
        told = all(len(own) == 1 for own in numbers)
        ranks = [int(own[0]) if own else 0 for own in numbers]
        wanted = Phrase("1 to 5 stars")
    about: dict[str, Any] = {
        "role": source.role,
        "location": source.location,
        "labels": names,
        "wanted": wanted,
    }
    if told and ranks != sorted(ranks):
        raise RevdemoError(
            "The labels of the {role} model at {location} are {labels}, and revdemo needs {wanted} in this "
            "order. Name another model.",
            **about,
        )
    unclear = Phrase(
        "The labels of the {role} model at {location} are {labels}; they are taken as {wanted}, "
        "in this order.",
        **about,
    )
    return source if told else warned(source, unclear)


def warned(source: ModelSource, warning: Phrase) -> ModelSource:
    """The source with one more warning."""
    if source.warning:
        warning = Phrase("{first} {second}", first=source.warning, second=warning)
    return replace(source, warning=warning)
