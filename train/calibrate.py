"""Make a classifier's probabilities honest: a temperature and a bias a star, from validation."""

from __future__ import annotations

import numpy as np
import torch


def fit(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The temperature and the bias (5,) with which softmax(logits / temperature + bias) fits the labels best.

    logits: (reviews, 5); labels: 0..4. The bias is needed because a model trained on several sources leans to
    the stars that those give, and none of them is the one it will be asked about.
    Source: Alexandari, Kundaje and Shrikumar 2020, "Maximum Likelihood with Bias-Corrected Calibration".
    """
    scores = torch.tensor(logits, dtype=torch.float64)
    true = torch.tensor(labels, dtype=torch.long)
    slope = torch.zeros((), dtype=torch.float64, requires_grad=True)  # of the logits, as a logarithm
    bias = torch.zeros(scores.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([slope, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(scores * slope.exp() + bias, true)
        value.backward()
        return value

    optimizer.step(loss)
    shift = bias.detach() - bias.detach().mean()
    return float((-slope.detach()).exp()), shift.numpy()


@torch.no_grad()
def shift_head(model: torch.nn.Module, shift: np.ndarray) -> None:
    """Add `shift` (one number a star) to the bias of the trained layer that gives the stars."""
    heads = [
        module
        for module in model.modules()
        if isinstance(module, torch.nn.Linear)
        and module.out_features == len(shift)
        and module.weight.requires_grad
    ]
    heads[-1].bias += torch.as_tensor(shift, dtype=heads[-1].bias.dtype, device=heads[-1].bias.device)
