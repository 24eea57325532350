"""Make a classifier's probabilities honest: a temperature and a bias per star, from validation."""

from __future__ import annotations

import numpy as np
import torch


def fit(logits: np.ndarray, labels: np.ndarray, *beside: np.ndarray) -> tuple[float, np.ndarray, list[float]]:
    """The temperature, the bias and the weights with which a classifier's probabilities fit the labels best.

    They are softmax((logits + sum of weight * beside) / temperature + bias). The bias (one per star) is
    needed because a model trained on several sources leans to the stars that those give, and none of them is
    the one it will be asked about. A model that stands beside the first is weighed, never against it.

    logits and each of `beside`: (reviews, labels); labels: 0 and up.
    Source: Alexandari, Kundaje and Shrikumar 2020, "Maximum Likelihood with Bias-Corrected Calibration".
    """
    scores = torch.tensor(np.stack([logits, *beside]), dtype=torch.float64)
    true = torch.tensor(labels, dtype=torch.long)
    slopes = torch.zeros(len(scores), dtype=torch.float64, requires_grad=True)  # as logarithms
    bias = torch.zeros(scores.shape[2], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([slopes, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(torch.tensordot(slopes.exp(), scores, 1) + bias, true)
        value.backward()
        return value

    optimizer.step(loss)
    shift = bias.detach() - bias.detach().mean()
    temperature = float((-slopes[0].detach()).exp())
    weights = (temperature * slopes[1:].detach().exp()).tolist()
    return temperature, shift.numpy(), weights


@torch.no_grad()
def shift_head(model: torch.nn.Module, shift: np.ndarray) -> None:
    """Add `shift` (one number per star) to the bias of the trained layer that gives the stars."""
    heads = [
        module
        for module in model.modules()
        if isinstance(module, torch.nn.Linear)
        and module.out_features == len(shift)
        and module.weight.requires_grad
    ]
    heads[-1].bias += torch.as_tensor(shift, dtype=heads[-1].bias.dtype, device=heads[-1].bias.device)
