"""The longest run of tokens shared with the training text."""

import numpy as np
import pytest

from train.measures.generated.originality import TrainingRuns

FIRST, SECOND = list(range(100, 160)), list(range(200, 260))


@pytest.fixture(scope="module")
def runs():
    return TrainingRuns([FIRST, SECOND, [1, 2, 3]], shortest=4)


@pytest.mark.parametrize(
    "text, length",
    [
        (FIRST, 60),
        ([7, 8, 9, *FIRST[10:25], 7, 8, 9], 15),
        ([*FIRST[:10], 7, *FIRST[11:31]], 20),
        ([*FIRST[:4], 7, 7], 4),
        ([*FIRST[:3], 7, 7], 0),
        ([*FIRST[-5:], *SECOND[:5]], 5),
        ([1, 2, 3], 0),
        ([], 0),
    ],
    ids=["whole", "inside", "broken", "shortest", "too short", "two reviews", "short review", "empty"],
)
def test_longest(runs, text, length):
    assert runs.longest(text) == length


def test_a_run_that_stands_many_times_is_counted_once():
    runs = TrainingRuns([[5, 6, 7, 8, 9] * 3, [5, 6, 7, 8, 9]], shortest=3)
    assert runs.longest([5, 6, 7, 8, 9]) == 5
    assert runs.longest([5, 6, 7, 8, 9, 5, 6]) == 7


def test_it_agrees_with_a_search_by_hand():
    rng = np.random.default_rng(0)
    reviews = [rng.integers(0, 4, 80).tolist() for _ in range(30)]
    runs = TrainingRuns(reviews, shortest=5)
    joined = [" ".join(map(str, review)) + " " for review in reviews]

    def by_hand(text):
        best = 0
        for start in range(len(text)):
            for end in range(start + 5, len(text) + 1):
                piece = " ".join(map(str, text[start:end])) + " "
                if any(f" {piece}" in f" {review}" for review in joined):
                    best = max(best, end - start)
        return best

    for _ in range(10):
        text = rng.integers(0, 4, 30).tolist()
        assert runs.longest(text) == by_hand(text)


def test_without_training_reviews_nothing_is_shared():
    assert TrainingRuns([]).longest(FIRST) == 0
