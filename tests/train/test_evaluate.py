"""The measuring scripts on scripted models and a tiny data set: what they write, and what they refuse."""

import json
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from revdemo.errors import RevdemoError
from revdemo.evaluation.results.writing import write
from revdemo.intervals import Rate
from revdemo.models.generator import Sampling
from tests.support.fakes import FakeClassifier, FakeGenerator, Sample, prediction
from train import evaluate
from train.data import prepared
from train.fitting import commands
from train.measures import baseline
from train.measures import stars as star_measures
from train.measures.generated import judging, text_quality
from train.measures.generated.originality import LONG
from train.written import samples

WORDS = {1: "awful", 2: "weak", 3: "middling", 4: "good", 5: "superb"}


def say(stars, number=0):
    """A review that only its stars' word and a few words of its own tell from others."""
    own = " ".join(f"{chr(97 + number // 26 % 26)}{chr(97 + number % 26)}{letter}" for letter in "klmnop")
    return f"An {WORDS[stars]} film. {own}."


def heard(text):
    """The stars that a text of `say` names."""
    return next(stars for stars, word in WORDS.items() if word in text)


def table(n=40, source="imdb-user-a"):
    stars = np.arange(n) % 5 + 1
    texts = [say(star, number) for number, star in enumerate(stars)]
    films = [f"tt{number // 10}" for number in range(n)]
    return pd.DataFrame(
        {"text": texts, "text_scored": texts, "stars": stars, "movie_id": films, "source": source}
    )


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "prepared"
    folder.mkdir()
    for part in ("test", "judge", "classifier", "generator", "validation"):
        table().to_parquet(folder / f"{part}.parquet")
    (folder / "fingerprint.json").write_text('{"sha256": "f00d"}')
    return folder


@pytest.fixture
def classifier(tmp_path):
    """Right about every text, and trained on the rows beside it."""
    table().to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "revdemo.json").write_text(json.dumps({"training_rows": prepared.rows_fingerprint(table())}))
    fake = FakeClassifier(heard)
    fake.source.folder, fake.source.role, fake.device = tmp_path, "stars", torch.device("cpu")
    return fake


class Writer(FakeGenerator):
    """Writes what it is asked for, except that 1 star comes out as 2."""

    template, defaults, device = "Review of {stars}.", Sampling(), torch.device("cpu")
    tokenizer = property(lambda self: Tokens())

    def stream(self, stars, n, seed, **options):
        self.history.append((stars, n, seed))
        for start in range(0, n, 5):
            numbers = range(self.written + start, self.written + start + 5)
            yield [Sample(say(max(stars, 2), number)) for number in numbers]
        self.written += n


@pytest.fixture
def writer(tmp_path):
    fake = Writer()
    fake.source.folder = tmp_path
    return fake


class Tokens:
    """A tokenizer whose tokens are words."""

    def __call__(self, texts, **options):
        return {"input_ids": [[hash(word) % 2**32 for word in text.split()] for text in texts]}


@pytest.fixture
def models_stand_in(classifier, writer, monkeypatch):
    """The fakes in the place of the models; the judge is a classifier of its own, and always right."""
    judge = FakeClassifier(heard)
    judge.source.role = "judge"
    monkeypatch.setattr(evaluate, "load_stars", lambda settings: classifier)
    monkeypatch.setattr(evaluate, "load_judge", lambda settings: judge)
    monkeypatch.setattr(evaluate, "load_generator", lambda settings: writer)
    monkeypatch.setattr(evaluate.registry, "is_there", lambda role, settings: False)
    return judge


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, f"{path}.{key}".lstrip("."))
    else:
        yield path, value


def test_stars_writes_the_whole_contract(data, classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluate, "load_stars", lambda settings: classifier)
    evaluate.main(
        [
            "stars",
            "--quick",
            "--data",
            str(data),
            "--out",
            str(tmp_path),
            "--rows",
            str(tmp_path / "rows.parquet"),
        ]
    )
    report = json.loads((tmp_path / "stars.json").read_text())
    assert report["n"] == 40 and report["films"] == 4 and report["part"] == "test"
    assert report["exact"]["accuracy"] == report["near"]["f1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert report["mae"]["value"] == 0 and report["qwk"]["value"] == 1
    assert report["ece"]["value"] == pytest.approx(0.2), "the fake is 80 % sure and always right"
    assert report["confusion"] == np.diag([8] * 5).tolist()
    assert report["chance"]["always_3"] == {"exact": 0.2, "near": 0.6}
    assert report["by_source"]["imdb-user-a"]["exact"] == report["exact"]
    assert report["with_stated_scores"]["reviews_with_a_score"] == 0
    assert report["baseline"]["training_rows"] == prepared.rows_fingerprint(table())
    assert set(report["difference"]) == {"exact", "near", "mae", "qwk", "ece"}
    assert report["reliability"] == [{"confidence": pytest.approx(0.8), "accuracy": 1.0, "n": 40}]
    assert report["balance"] == {"before": [8] * 5, "after": [8] * 5}
    assert report["natural"]["mix"] == [0.2] * 5 and report["natural"]["mae"]["value"] == 0
    assert report["data"] == "f00d" and report["seed"] == 0 and report["device"].startswith("cpu")
    assert report["model"] == {"role": "stars", "kind": "named", "revision": "0123abcd"}
    assert set(report["libraries"]) == {"numpy", "peft", "python", "scikit-learn", "torch", "transformers"}


def test_accurate_measures_the_accurate_model_into_a_file_of_its_own(data, classifier, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(evaluate, "load_stars", lambda own: asked.append(own.stars_model) or classifier)
    rows = tmp_path / "rows.parquet"
    evaluate.main(["accurate", "--quick", "--data", str(data), f"--out={tmp_path}", "--rows", str(rows)])
    report = json.loads((tmp_path / "accurate.json").read_text())
    assert asked == ["accurate"] and report["n"] == 40 and not (tmp_path / "stars.json").exists()


def test_a_report_names_no_folder_of_the_machine(data, classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluate, "load_stars", lambda settings: classifier)
    rows = tmp_path / "rows.parquet"
    evaluate.main(["stars", "--quick", "--data", str(data), f"--out={tmp_path}", "--rows", str(rows)])
    text = (tmp_path / "stars.json").read_text()
    assert str(tmp_path) not in text
    command = "python -m train.evaluate stars --quick --data prepared --out="
    assert json.loads(text)["command"].startswith(command)


def test_difference_is_own_minus_baseline_on_the_same_reviews(classifier):
    worst = table()
    worst["text"] = "Nothing to learn from here"
    rows = pd.concat([worst] * 2)
    report = star_measures.measure_stars(table(), classifier, rows)
    gain = report["exact"]["accuracy"].value - report["baseline"]["exact"]["accuracy"].value
    assert gain > 0.5
    found = report["difference"]["exact"]["accuracy"]
    assert found.value == pytest.approx(gain) and found.low > 0


def test_intervals_of_stars_resample_films():
    part = table()
    first = set(part.loc[part["movie_id"] == "tt0", "text"])
    classifier = FakeClassifier(lambda text: 3 if text in first else heard(text))
    by_film = star_measures.measure_stars(part, classifier, part)
    by_review = star_measures.measure_stars(part.assign(movie_id=range(40)), classifier, part)
    for found in (lambda report: report["exact"], lambda report: report["difference"]["exact"]):
        wide, narrow = found(by_film)["accuracy"], found(by_review)["accuracy"]
        assert wide.value == pytest.approx(narrow.value)
        assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)


def test_only_reviews_that_state_a_score_are_predicted_again(classifier):
    part = table()
    part.loc[3, "text_scored"] = say(1, 3)  # the score misleads
    report = star_measures.measure_stars(part, classifier, table())
    assert classifier.history[1] == [say(1, 3)]
    assert report["with_stated_scores"]["reviews_with_a_score"] == 1
    assert report["with_stated_scores"]["exact"]["accuracy"].value == pytest.approx(39 / 40)
    assert report["exact"]["accuracy"].value == 1


@pytest.mark.parametrize(
    ("config", "file", "message"),
    [
        ({}, "rows.parquet", "does not say which rows"),
        ({"training_rows": {"n": 40, "sha256": "0"}}, "none.parquet", "--rows"),
        ({"training_rows": {"n": 40, "sha256": "0"}}, "rows.parquet", "does not hold the 40 reviews"),
    ],
)
def test_other_rows_than_the_classifiers_are_refused(config, file, message, classifier, tmp_path):
    with pytest.raises(RevdemoError, match=message):
        baseline.read_training_rows(tmp_path / file, config)


def test_missing_data_is_said_before_anything_is_loaded(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(evaluate, "load_stars", lambda settings: pytest.fail("a model was loaded"))
    status = commands.run(evaluate.main, ["stars", "--data", str(tmp_path)])
    assert status == 2 and "python -m train.prepare" in capsys.readouterr().err


def test_baseline_learns_and_keeps_star_order():
    model = baseline.train(table()["text"], table()["stars"])
    stars, probabilities = baseline.predict(model, [say(5, 3), say(1, 4), say(3, 5)])
    assert stars.tolist() == [5, 1, 3]
    assert probabilities.shape == (3, 5) and probabilities.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("texts", "stars", "message"),
    [
        (["a film"] * 8, [1, 2, 3, 4] * 2, "none of 5"),
        (
            ["the one word apart " + chr(97 + i) * 3 for i in range(2)] + ["b"] * 3,
            [1, 2, 3, 4, 5],
            "5 reviews",
        ),
    ],
)
def test_baseline_refuses_what_it_cannot_learn_from(texts, stars, message):
    with pytest.raises(RevdemoError, match=message):
        baseline.train(texts, stars)


def test_generated_writes_what_each_judge_says(data, models_stand_in, tmp_path, capsys):
    common = ["--data", str(data), "--out", str(tmp_path), "--work", str(tmp_path / "work")]
    evaluate.main(["generated", "--per-star", "20", *common])
    report = json.loads((tmp_path / "generated.json").read_text())
    assert report["n"] == 100 and report["per_star"] == 20
    for judge in ("filter", "judge", "second_judge"):
        unfiltered = report["unfiltered"][judge]
        assert unfiltered["exact"]["accuracy"]["value"] == pytest.approx(0.8)
        assert unfiltered["near"]["accuracy"]["value"] == 1
        assert unfiltered["by_stars"]["1"]["mean"] == {"value": 2.0, "low": 2.0, "high": 2.0}
        assert unfiltered["by_stars"]["5"]["mean"]["value"] == 5
        assert unfiltered["confusion"][0] == [0, 20, 0, 0, 0]
        assert report["accepted"][judge]["n"] == 80
        assert report["accepted"][judge]["exact"]["accuracy"]["value"] == 1
        assert report["reference"][judge]["n"] == 40
    accepted = report["acceptance"]["by_stars"]
    assert accepted["1"]["value"] == 0 < accepted["1"]["high"], "no success in 20 does not mean never"
    assert accepted["2"]["value"] == 1
    assert report["rejected"] == {"stars": 20}
    assert report["share_of_real"]["unfiltered"]["value"] == pytest.approx(0.8)
    assert report["share_of_real"]["accepted"]["value"] == 1
    assert report["longest_copy"]["real"]["longest"] == 9, "the test reviews are the training reviews here"
    assert report["longest_copy"][f"share_{LONG}"]["value"] == 0
    said = [(one["requested"], one["accepted"], one["filter"], one["judge"]) for one in report["examples"]]
    assert said == [(1, False, 2, 2), *((stars, True, stars, stars) for stars in range(2, 6))]
    assert all(heard(one["text"]) == one["filter"] for one in report["examples"])
    assert report["model"]["judge"]["role"] == "judge" and "polarity_agreement" not in report
    assert report["sampling"]["top_p"] == 0.95 and report["sampling"]["prefix"] == "Review of {stars}."
    assert report["model"]["generator"]["revision"] == "0123abcd"
    assert "real reviews" in capsys.readouterr().out


def test_every_measure_in_a_report_is_finite_and_short(data, models_stand_in, tmp_path):
    common = ["--data", str(data), "--out", str(tmp_path), "--work", str(tmp_path / "work")]
    evaluate.main(["generated", "--per-star", "20", *common])
    report = json.loads((tmp_path / "generated.json").read_text())
    numbers = [value for _, value in leaves(report) if isinstance(value, float)]
    assert len(numbers) > 100
    assert all(np.isfinite(value) and value == round(value, 4) for value in numbers)


def rounds(writer, tmp_path):
    return samples.StoredRounds(writer, tmp_path / "work" / "samples.jsonl")


def test_a_killed_run_goes_on_without_sampling_again(writer, tmp_path):
    whole = samples.write_reviews(rounds(writer, tmp_path), FakeClassifier(heard), None, 40, seed=7)
    assert len(writer.history) == 10
    path = tmp_path / "work" / "samples.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:6]) + lines[6][:50])  # killed while the seventh round was written
    writer.history.clear()
    again = samples.write_reviews(rounds(writer, tmp_path), FakeClassifier(heard), None, 40, seed=7)
    assert len(writer.history) == 4
    assert again["text"][:120].tolist() == whole["text"][:120].tolist()
    assert len(rounds(writer, tmp_path).rounds) == 10, "the file is whole again"


def test_more_reviews_a_star_keep_those_there_are(writer, tmp_path):
    few = samples.write_reviews(rounds(writer, tmp_path), FakeClassifier(heard), None, 15, seed=7)
    more = samples.write_reviews(rounds(writer, tmp_path), FakeClassifier(heard), None, 40, seed=7)
    assert Counter(few["requested"]) == dict.fromkeys(range(1, 6), 15)
    assert Counter(more["requested"]) == dict.fromkeys(range(1, 6), 40)
    for stars in range(1, 6):
        first = more.loc[more["requested"] == stars, "text"][:15]
        assert first.tolist() == few.loc[few["requested"] == stars, "text"].tolist()


def test_stars_and_rounds_have_seeds_of_their_own(writer, tmp_path):
    samples.write_reviews(rounds(writer, tmp_path), FakeClassifier(heard), None, 40, seed=7)
    assert len({seed for _, _, seed in writer.history}) == 10


@pytest.mark.parametrize(
    "change",
    [
        {"source": SimpleNamespace(revision="other")},
        {"template": "Review of {stars} out of 5."},
        {"defaults": Sampling(temperature=0.7)},
        {"device": torch.device("cuda")},
    ],
)
def test_samples_of_two_generators_are_never_mixed(change, tmp_path):
    one = {
        "source": SimpleNamespace(revision="one"),
        "template": "Review of {stars}.",
        "defaults": Sampling(),
        "device": torch.device("cpu"),
    }
    paths = [samples.samples_path(tmp_path, SimpleNamespace(**one | other)) for other in ({}, change)]
    assert paths[0] != paths[1]


def test_texts_without_words_unfinished_ones_and_copies_are_counted_not_hidden(tmp_path):
    odd = [Sample("!!"), Sample(say(4, 1)), Sample(say(4, 1)), Sample(say(4, 2), finished=False)]
    script = [[[*odd, *(Sample(say(4, number)) for number in range(10, 26))]] for _ in range(5)]
    reviews = samples.write_reviews(
        rounds(FakeGenerator(script), tmp_path), FakeClassifier(heard), None, 20, seed=0
    )
    reviews["judge"] = reviews["filter"]
    test = table().assign(filter=3, judge=3)
    report = judging.measure(reviews, test, ["filter"], no_run)
    assert report["n"] == 100 and report["without_words"] == 5
    assert report["unfiltered"]["filter"]["n"] == 95
    assert report["rejected"]["empty"] == 5 and report["rejected"]["truncated"] == 5
    assert report["finished"].value == pytest.approx(0.95)
    assert report["duplicates"].value == pytest.approx(77 / 95)
    assert report["acceptance"]["by_stars"]["4"].value == pytest.approx(17 / 20)


def test_nothing_accepted_is_a_result(writer, tmp_path):
    classifier = FakeClassifier(lambda text: prediction(1 if heard(text) > 2 else 5))
    reviews = samples.write_reviews(rounds(writer, tmp_path), classifier, None, 20, seed=0)
    reviews["judge"] = reviews["filter"]
    report = judging.measure(reviews, table().assign(filter=3, judge=3), ["filter"], no_run)
    assert report["share_of_real"]["accepted"] is None
    assert report["accepted"]["filter"] == {"n": 0}
    assert report["acceptance"]["all"].value == 0
    assert "accepted" in judging.summary(report)


def no_run(texts):
    """Nothing is shared with the training text."""
    return [0] * len(texts)


def test_the_share_of_real_is_the_ratio_of_two_accuracies():
    written = pd.DataFrame({"requested": [1] * 10, "judge": [1] * 4 + [2] * 6})
    real = pd.DataFrame({"stars": [1] * 20, "judge": [1] * 16 + [5] * 4, "movie_id": range(20)})
    found = judging.share_of_real(written, real)
    assert found.value == pytest.approx(0.4 / 0.8)
    assert found.low < 0.4 and found.high > 0.6


def test_a_detector_tells_what_differs_and_only_that():
    same = [say(number % 5 + 1, number) for number in range(60)]
    other = [say(number % 5 + 1, number) for number in range(60, 120)]
    assert text_quality.detector_auc([f"Frankly. {text}" for text in same], other).value > 0.95
    assert 0.2 < text_quality.detector_auc(same, other).value < 0.8


def test_measures_under_the_natural_mix_weigh_each_star_by_its_share():
    stars, films = np.repeat(np.arange(1, 6), 10), np.arange(50)
    predicted = np.where(stars == 5, 5, 3)
    probabilities = np.eye(5)[predicted - 1]
    mix = [0.1, 0.1, 0.1, 0.2, 0.5]
    found = star_measures.natural(stars, predicted, probabilities, films, mix)
    assert found["exact"]["accuracy"].value == pytest.approx(0.6), "3 and 5 stars are right"
    assert found["mae"].value == pytest.approx(0.1 * 2 + 0.1 + 0.2)
    assert found["ece"].value == pytest.approx(0.4)


def test_real_reviews_are_cut_to_the_generated_ones_before_they_are_compared():
    texts, real = ["one two three", "one two"], ["a b c d e f", "a b c d"]
    found = text_quality.text_quality(texts, real, no_run)
    assert found["distinct1"] == found["real"]["distinct1"] == pytest.approx(3 / 5)
    assert found["length"].value == 2.5
    assert found["real"]["length"].value == 5 and found["real"]["n"] == 2


def test_long_reviews_are_compared_with_long_ones():
    found = text_quality.text_quality(["one", "one two three"], ["a a a a", "b"], no_run)
    assert found["real"]["distinct1"] == pytest.approx(2 / 4), "a a a and b"


def test_judged_resamples_by_film_where_there_are_films():
    requested, predicted = [3] * 40, [1, 5] * 20
    films = [0] * 20 + [1] * 20
    alone = judging.judged(requested, predicted)["by_stars"]["3"]["mean"]
    assert alone.high - alone.low > 1
    together = judging.judged(requested, predicted, films)["by_stars"]["3"]["mean"]
    assert together == Rate(3.0, 3.0, 3.0), "both films average to 3"


def test_a_report_is_written_whole_with_sorted_keys_and_small_lists_on_a_line(tmp_path):
    path = tmp_path / "metrics" / "stars.json"
    write(path, {"b": [[1, 2], [3, 4]], "a": {"value": 0.123456, "low": 0.1}})
    assert path.read_text() == (
        '{\n  "a": { "low": 0.1, "value": 0.1235 },\n  "b": [\n    [ 1, 2 ],\n    [ 3, 4 ]\n  ]\n}\n'
    )
    with pytest.raises(ValueError):
        write(path, {"a": float("nan")})
    assert json.loads(path.read_text())["a"]["value"] == 0.1235
    assert [one.name for one in path.parent.iterdir()] == ["stars.json"]


@pytest.mark.parametrize(
    ("job", "folder"), [("stars", "prepared"), ("generated", "prepared"), ("polarity", "polarity")]
)
def test_each_job_has_its_own_data_by_default(job, folder):
    assert evaluate.parse([job]).data.name == folder
