"""Calibration of the star classifier."""

import numpy as np
import pytest
import torch

from train.fitting.calibrate import fit, shift_head


def test_a_temperature_and_a_bias_that_were_put_in_are_found_again():
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, (8_000, 5))
    labels = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)  # a draw from their softmax
    bias = np.array([0.5, -0.5, 0.0, 1.0, -1.0])
    temperature, shift, _ = fit((honest - bias) * 2.5, labels)
    assert temperature == pytest.approx(2.5, rel=0.05)
    assert shift == pytest.approx(bias, abs=0.1)


def test_the_shift_goes_to_the_head_that_was_trained():
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Linear(5, 5))
    model[0].requires_grad_(False)
    before = model(torch.ones(1, 3))
    shift_head(model, np.arange(5.0))
    torch.testing.assert_close(model(torch.ones(1, 3)), before + torch.arange(5.0))


def test_a_model_beside_the_first_gets_the_weight_that_it_deserves():
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 1.0, (2, 8_000, 5))
    labels = (honest.sum(axis=0) + rng.gumbel(size=honest.shape[1:])).argmax(axis=1)
    noise = rng.normal(size=honest.shape[1:])
    temperature, _, weights = fit(2 * honest[0], labels, 4 * honest[1], noise)
    assert temperature == pytest.approx(2, rel=0.05)
    assert weights[0] / temperature == pytest.approx(1 / 4, rel=0.05)
    assert weights[1] / temperature < 0.05, "what knows nothing is not heard"
