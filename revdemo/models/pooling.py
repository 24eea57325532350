"""Classifiers that read the mean of the token vectors, for bases that were trained on it."""

from __future__ import annotations

from typing import Any, Literal, cast

import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput

from revdemo.errors import RevdemoError

Pooling = Literal["first", "mean"]  # what the head reads: the first token's vector, or the mean of all


def classifier_class(config: PretrainedConfig, pooling: Pooling = "first") -> type[PreTrainedModel]:
    """The sequence classifier of an architecture, with the head that reads what `pooling` says.

    "first" is transformers' own class. "mean" is a linear layer on the mean of the token vectors, which is
    what sentence encoders such as all-mpnet-base-v2 learned to make telling (Reimers and Gurevych 2019,
    "Sentence-BERT").

    Raises:
        RevdemoError: transformers knows no sequence classifier of this architecture.
    """
    known = AutoModelForSequenceClassification._model_mapping
    if type(config) not in known:
        raise RevdemoError(
            "transformers has no sequence classifier for the architecture {name}. Name another base.",
            name=config.model_type,
        )
    own = cast(type[PreTrainedModel], known[type(config)])
    return own if pooling == "first" else _mean_pooling(own)


def _mean_pooling(parent: Any) -> type[PreTrainedModel]:
    class MeanPoolingClassifier(parent):
        """The parent's encoder, the mean of its token vectors, and one linear layer."""

        def __init__(self, config: PretrainedConfig):
            super().__init__(config)
            for head in ("pooler", "pre_classifier"):  # which read the first token
                if hasattr(self, head):
                    delattr(self, head)
            if hasattr(self.base_model, "pooler"):
                self.base_model.pooler = None
            self.classifier = nn.Linear(config.hidden_size, config.num_labels)
            self.post_init()

        def forward(self, attention_mask: torch.Tensor, **inputs: Any) -> SequenceClassifierOutput:
            """The logits, (texts, labels), from `input_ids` or `inputs_embeds` and their mask."""
            hidden = self.base_model(attention_mask=attention_mask, **inputs).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
            return SequenceClassifierOutput(logits=self.classifier(mean))

    return MeanPoolingClassifier
