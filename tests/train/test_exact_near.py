"""The publishable metric: loaded without a network, and equal to revdemo.evaluation.metrics."""

import evaluate
import numpy as np
import pytest

from revdemo.evaluation import metrics
from revdemo.files import ROOT


@pytest.fixture(scope="module")
def exact_near(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    return evaluate.load(str(ROOT / "train" / "exact_near"), cache_dir=str(folder))


@pytest.mark.parametrize("seed", range(4))
def test_it_is_equal_to_metrics(exact_near, seed):
    true, predicted = np.random.default_rng(seed).integers(1, 5 + (seed > 0), size=(2, 200))
    found = exact_near.compute(predictions=predicted, references=true)
    exact, near = metrics.exact_metrics(true, predicted), metrics.near_metrics(true, predicted)
    wanted = {f"exact_{key}": value for key, value in exact.items()}
    wanted |= {f"near_{key}": value for key, value in near.items()} | {"mae": metrics.mae(true, predicted)}
    assert found == pytest.approx(wanted)


def test_it_adds_up_over_batches(exact_near):
    exact_near.add_batch(predictions=[4, 5], references=[5, 5])
    exact_near.add(prediction=1, reference=3)
    found = exact_near.compute()
    assert found["exact_accuracy"] == pytest.approx(1 / 3)
    assert found["near_accuracy"] == pytest.approx(2 / 3)
    assert found["mae"] == pytest.approx(1)


def test_stars_off_the_scale_are_refused(exact_near):
    with pytest.raises(ValueError, match="from 1 to 5"):
        exact_near.compute(predictions=[0], references=[1])
