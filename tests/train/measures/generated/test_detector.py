"""The strong detector, and the frontier of ways to sample."""

import zlib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from revdemo.intervals import Rate
from revdemo.models.sampling.options import Sampling
from tests.support.fakes import FakeClassifier, FakeGenerator
from train.measures.generated import frontier
from train.measures.generated.detector import LEAST, StrongDetector

NOUNS = ("film", "plot", "cast", "score", "ending", "script", "camera", "joke", "scene", "idea")


def told(numbers, verb="is"):
    """Texts of eight words, a different one for each number."""
    return [f"The {NOUNS[n % 10]} {verb} number {n} of the {NOUNS[n // 10 % 10]}" for n in numbers]


def embed(texts):
    """A text's vector says whether it holds the verb "was", beside noise that belongs to the text."""
    noise = [np.random.default_rng(zlib.crc32(text.encode())).normal(0, 0.1, 4) for text in texts]
    return np.array([[float(" was " in text), *own] for text, own in zip(texts, noise, strict=True)])


FELT = ("very bad", "quite bad", "so so", "quite good", "very good")
REAL = pd.DataFrame({"text": told(range(200))})


def test_the_detector_tells_what_differs_and_only_that():
    detector = StrongDetector(REAL, embed)
    different, alike = detector.auc(told(range(200, 260), "was")), detector.auc(told(range(200, 260)))
    assert different.value > 0.99 and alike.low < 0.5 < alike.high


def test_the_detector_compares_texts_of_like_length_and_says_nothing_of_few():
    detector = StrongDetector(REAL, embed)
    assert detector.auc(told(range(LEAST - 1))) is None
    assert detector.auc(["word " * 40 + text for text in told(range(60))]) is None, "no real one is as long"


def point(auc, variety=1.0, acceptance=0.5):
    rate = auc and Rate(auc, auc, auc)
    return {"detector_auc": rate, "variety": variety, "acceptance": Rate(acceptance, acceptance, acceptance)}


@pytest.mark.parametrize(
    ("points", "best"),
    [
        ([point(0.8), point(0.7)], 1),
        ([point(0.8), point(0.6, variety=0.894)], 0),
        ([point(0.8), point(0.6, variety=0.8999)], 1),
        ([point(0.8), point(0.6, acceptance=0.24)], 0),
        ([point(0.8, acceptance=0.26), point(0.6, acceptance=0.25)], 1),
        ([point(None), point(0.9)], 1),
        ([point(None)], None),
        ([], None),
    ],
)
def test_the_default_reads_most_like_real_among_the_varied_and_cheap(points, best):
    assert frontier.choose(points) is (None if best is None else points[best])


def test_of_points_that_cannot_be_told_apart_the_one_that_is_accepted_most_is_the_default():
    points = [point(0.66, acceptance=0.5), point(0.69, acceptance=0.6), point(0.75, acceptance=0.7)]
    points[0]["detector_auc"] = Rate(0.66, 0.60, 0.72)
    assert frontier.choose(points) is points[1]


class Writer(FakeGenerator):
    """Writes texts of its own number, all of which say the stars that were asked for."""

    template, defaults, device = "Review of {stars}.", Sampling(guidance=2.0), "cpu"

    def stream(self, stars, n, seed, **options):
        self.history.append((stars, n, seed, options["temperature"], options["min_p"], options["guidance"]))
        numbers = range(self.written, self.written + n)
        self.written += n
        yield [
            SimpleNamespace(text=text, finished=True, tokens=9, nats=9.0 + stars)
            for text in told(numbers, f"feels {FELT[stars - 1]} as")
        ]


def stars_of(text):
    return FELT.index(text.split(" feels ")[1].split(" as ")[0]) + 1


@pytest.fixture
def bench(tmp_path):
    writer = Writer()
    writer.source.folder = tmp_path
    judge = lambda texts: np.array([max(2, stars_of(text)) for text in texts])  # noqa: E731
    detector = StrongDetector(pd.DataFrame({"text": told(range(200), "feels so odd as")}), embed)
    return frontier.Bench(writer, FakeClassifier(stars_of), judge, None, None, detector, tmp_path)


def test_every_point_of_the_grid_is_written_at_its_own_settings_and_one_is_chosen(bench, monkeypatch):
    monkeypatch.setattr(frontier, "TEMPERATURES", (0.7, 1.0))
    monkeypatch.setattr(frontier, "MIN_PS", (0.02,))
    points = frontier.measure(bench, 20)
    settings = [(one["temperature"], one["min_p"], one["guidance"]) for one in points]
    assert settings == [(0.7, 0.02, 1.0), (0.7, 0.02, 2.0), (1.0, 0.02, 1.0), (1.0, 0.02, 2.0)]
    assert {asked[3:] for asked in bench.generator.history} == set(settings)
    assert [one["n"] for one in points] == [100] * 4 and sum(one["chosen"] for one in points) == 1
    assert all(0.6 < one["judge_exact"].value < 0.95 for one in points), "1 star is read as 2"
    assert all(0 < one["variety"] < 2 and one["likeness"] == 0 for one in points)
    before = len(bench.generator.history)
    assert frontier.measure(bench, 20) == points
    assert len(bench.generator.history) == before, "what was sampled is kept"


def test_thresholds_of_likeness_are_points_of_their_own(bench, monkeypatch):
    monkeypatch.setattr(frontier, "TEMPERATURES", (1.0,))
    monkeypatch.setattr(frontier, "MIN_PS", (0.0,))
    likeness = SimpleNamespace(scores=lambda texts, nats: np.array([nat / 2 for nat in nats]))
    points = frontier.measure(bench._replace(likeness=likeness), 20)
    assert len(points) == 6 and points[0]["likeness"] == 0 < points[1]["likeness"] < points[2]["likeness"]
    shares = [one["acceptance"].value for one in points[:3]]
    assert shares[0] > shares[1] > shares[2] > 0
