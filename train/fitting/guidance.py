"""Guidance trained in: a generator learns to write without guidance what it wrote with it.

A frozen copy of the generator scores every text under two prompts, with stars and without; what guidance
makes of the two is the distribution that the generator learns to have under the first prompt alone. A token
then takes one pass through the model. Meng et al. 2022, "On Distillation of Guided Diffusion Models"; the
guidance is that of Sanchez et al. 2023, "Stay on Topic with Classifier-Free Guidance".
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from datasets import Dataset
from torch.nn.functional import kl_div

from train.fitting.trainer import ReviewTrainer

IGNORED = -100  # the label of a token that is not learned


def frozen_copy(model: Any) -> Any:
    """The model as it is now, its adapter merged into the base; none of its weights train."""
    return copy.deepcopy(model).merge_and_unload().eval().requires_grad_(False)


def with_bare(rows: Dataset) -> Dataset:
    """Beside the ids of each review those of the same review under its `bare_prefix`, and their labels."""

    def under_bare(row: dict) -> dict:
        ask, review = row["bare_prefix"], [label for label in row["labels"] if label != IGNORED]
        return {"bare_input_ids": ask + review, "bare_labels": [IGNORED] * len(ask) + review}

    return Dataset.from_list([row | under_bare(row) for row in rows])


def collate_with(collate: Callable[[list[dict]], dict[str, torch.Tensor]]) -> Callable:
    """Pad a batch by `collate`, and the same reviews without stars likewise."""

    def both(batch: list[dict]) -> dict[str, torch.Tensor]:
        bare = collate([{"input_ids": row["bare_input_ids"], "labels": row["bare_labels"]} for row in batch])
        return collate(batch) | {f"bare_{name}": value for name, value in bare.items()}

    return both


def predicted(model: Any, ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The log-probabilities of every next token of the reviews of a padded batch: tokens x vocabulary."""
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    return logits[labels[:, 1:] != IGNORED].float().log_softmax(dim=-1)


class GuidanceTrainer(ReviewTrainer):
    """Trains a generator towards what `teacher` predicts with guidance; the loss is the divergence from it.

    The batches are those of `collate_with`. The loss is in nats for each token.
    """

    def __init__(self, *, teacher: Any, guidance: float, **arguments: Any):
        super().__init__(**arguments)
        self.teacher, self.guidance = teacher.to(self.args.device), guidance

    @torch.no_grad()
    def wanted(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        """The guided log-probabilities of every next token: tokens x vocabulary."""
        asked = predicted(self.teacher, inputs["input_ids"], inputs["attention_mask"], inputs["labels"])
        bare = predicted(
            self.teacher, inputs["bare_input_ids"], inputs["bare_attention_mask"], inputs["bare_labels"]
        )
        return bare.lerp(asked, self.guidance).log_softmax(dim=-1)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """The mean divergence of a batch, or its share in that of all the batches of a step."""
        own = predicted(model, inputs["input_ids"], inputs["attention_mask"], inputs["labels"])
        divergence = kl_div(own, self.wanted(inputs), reduction="sum", log_target=True)
        loss = divergence / (len(own) if num_items_in_batch is None else num_items_in_batch)
        return (loss, {"loss": loss}) if return_outputs else loss
