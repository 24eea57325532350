"""Metrics against scikit-learn and by hand; intervals against a plain bootstrap."""

import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from revdemo.errors import RevdemoError
from revdemo.evaluation import confusion_matrix, metrics


def sample(n=400, seed=0):
    """Predictions that lean to the truth, five stars each present."""
    rng = np.random.default_rng(seed)
    true = rng.integers(1, 6, n)
    predicted = np.clip(true + rng.choice([-2, -1, 0, 0, 0, 1, 1, 2], n), 1, 5)
    return true, predicted


@pytest.mark.parametrize(
    ("true", "predicted", "counted"),
    [(3, 3, 3), (3, 2, 3), (3, 4, 3), (3, 5, 5), (3, 1, 1), (1, 2, 1), (1, 3, 3), (5, 4, 5), (5, 1, 1)],
)
def test_near_counts_one_star_off_as_right_and_keeps_what_is_further(true, predicted, counted):
    assert confusion_matrix.near_predictions([true], [predicted]).tolist() == [counted]


@pytest.mark.parametrize("near", [False, True])
def test_scores_equal_scikit_learn_weighted_by_support(near):
    true, predicted = sample()
    found = (metrics.near_metrics if near else metrics.exact_metrics)(true, predicted)
    counted = confusion_matrix.near_predictions(true, predicted) if near else predicted
    precision, recall, f1, _ = sklearn_metrics.precision_recall_fscore_support(
        true, counted, average="weighted", zero_division=0
    )
    accuracy = sklearn_metrics.accuracy_score(true, counted)
    assert found == pytest.approx({"accuracy": accuracy, "precision": precision, "recall": recall, "f1": f1})


def test_a_star_never_predicted_or_never_true_scores_zero_without_a_warning(recwarn):
    found = metrics.exact_metrics([1, 1, 2], [1, 3, 3])
    assert found == pytest.approx({"accuracy": 1 / 3, "precision": 2 / 3, "recall": 1 / 3, "f1": 4 / 9})
    assert not recwarn.list


def test_ordinal_metrics_equal_scikit_learn():
    true, predicted = sample()
    assert metrics.mae(true, predicted) == pytest.approx(sklearn_metrics.mean_absolute_error(true, predicted))
    assert metrics.qwk(true, predicted) == pytest.approx(
        sklearn_metrics.cohen_kappa_score(true, predicted, weights="quadratic")
    )


def test_confusion_is_in_star_order_and_its_near_form_is_that_of_near_predictions():
    true, predicted = sample()
    matrix = confusion_matrix.confusion(true, predicted)
    assert (matrix == sklearn_metrics.confusion_matrix(true, predicted, labels=[1, 2, 3, 4, 5])).all()
    near = confusion_matrix.confusion(true, confusion_matrix.near_predictions(true, predicted))
    assert (confusion_matrix.near_confusion(matrix) == near).all()
    assert confusion_matrix.confusion([5], [5]).shape == (5, 5)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_stars_outside_one_to_five_are_refused_by_value(stars):
    with pytest.raises(RevdemoError, match=f"found {stars}"):
        confusion_matrix.confusion([stars], [3])


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    sure = [[0.8, 0.05, 0.05, 0.05, 0.05]] * 10
    assert metrics.ece(sure, [1] * 8 + [2] * 2) == pytest.approx(0.0)
    assert metrics.ece(sure, [1] * 5 + [2] * 5) == pytest.approx(0.3)
    assert metrics.ece(sure, [2] * 10) == pytest.approx(0.8)


def test_calibration_errors_of_two_bins_do_not_cancel():
    over, under = [0.9, 0.1, 0, 0, 0], [0.4, 0.3, 0.3, 0, 0]
    assert metrics.ece([over, under], [2, 1]) == pytest.approx((0.9 + 0.6) / 2)


def test_chance_is_what_the_design_prints_beside_near():
    found = metrics.chance()
    assert found["always_3"] == pytest.approx({"exact": 0.2, "near": 0.6})
    assert found["uniform"] == pytest.approx({"exact": 0.2, "near": 0.52})


def test_calibration_error_stays_inside_its_own_interval():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(5, 0.5), 1000)
    true = np.array([rng.choice(5, p=p) + 1 for p in probabilities])
    report = metrics.star_report(true, probabilities.argmax(1) + 1, probabilities)
    assert 0 <= report["ece"].low <= report["ece"].value <= report["ece"].high


def test_report_has_every_metric_of_the_contract():
    true, predicted = sample(100)
    report = metrics.star_report(true, predicted)
    assert set(report) == {"n", "exact", "near", "mae", "qwk", "confusion"}
    assert set(report["exact"]) == set(report["near"]) == {"accuracy", "precision", "recall", "f1"}
    assert set(report["mae"].as_dict()) == {"value", "low", "high"}
    assert report["n"] == 100 == np.sum(report["confusion"])
    assert "ece" in metrics.star_report(true, predicted, np.eye(5)[predicted - 1])


def test_nothing_to_measure_is_said():
    with pytest.raises(RevdemoError, match="no review"):
        metrics.star_report([], [])


def test_a_thousand_resamples_of_the_whole_test_part_take_seconds():
    true, predicted = sample(2500)
    began = time.perf_counter()
    metrics.star_report(true, predicted, np.eye(5)[predicted - 1], groups=np.arange(2500) // 2)
    assert time.perf_counter() - began < 10


def test_importing_metrics_loads_neither_torch_nor_gradio():
    heavy = {"torch", "gradio", "transformers"}
    code = f"import sys, revdemo.evaluation.metrics; print({heavy} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_reliability_leaves_empty_bins_out():
    probabilities = np.array([[0.95, 0.05, 0, 0, 0], [0.93, 0.07, 0, 0, 0], [0.3, 0.25, 0.2, 0.15, 0.1]])
    assert metrics.reliability(probabilities, [1, 2, 1]) == [
        {"confidence": pytest.approx(0.3), "accuracy": 1.0, "n": 1},
        {"confidence": pytest.approx(0.94), "accuracy": 0.5, "n": 2},
    ]
