"""What synthetic reviews are good for: which rows each arm learns from, how it is measured, what is kept."""

import argparse
import json
import re
from collections import Counter
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from revdemo import intervals
from revdemo.errors import RevdemoError
from revdemo.intervals import Rate
from revdemo.models.sampling.options import Sampling
from tests.support.fakes import FakeClassifier, FakeGenerator, Sample
from tests.support.tiny import tiny_encoder
from train import evaluate
from train.data.augment import OPERATIONS, augment
from train.fitting import probes
from train.measures.benefit import arms, few_models, fillings, job, measuring

WORDS = {1: "awful", 2: "weak", 3: "middling", 4: "good", 5: "superb"}
PARTS = {"test", "classifier", "judge", "generator", "free", "written", "aclone"}
PLAN = arms.BenefitPlan(rows=20, cut=4, resamples=3, pool=24)
TEXT = "one two three four five six seven eight nine ten eleven twelve"


def say(stars, part, number):
    """A review with its stars' word, its origin, and words that no other review has."""
    own = " ".join(sha256(f"{part}{number}{place}".encode()).hexdigest()[:9] for place in range(6))
    return f"An {WORDS[stars]} film of {part}{number}. {own}."


def heard(text):
    return next(stars for stars, word in WORDS.items() if word in text)


def table(part, per_star=40, source="imdb-user-a", stars=(1, 2, 3, 4, 5)):
    rows = [(say(star, part, number), star) for number in range(per_star) for star in stars]
    films = [f"{part}{number // 10}" for number in range(len(rows))]
    found = pd.DataFrame(rows, columns=["text", "stars"])
    return found.assign(movie_id=films, source=source)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "prepared"
    folder.mkdir()
    one_sided = table("aclone", 30, "aclImdb", (1, 2, 4, 5))
    for part in ("test", "classifier", "judge"):
        pd.concat([table(part), one_sided[: 0 if part == "test" else None]]).to_parquet(
            folder / f"{part}.parquet"
        )
    free = table("free").assign(stars=0)
    pd.concat([table("generator"), free]).to_parquet(folder / "generator.parquet")
    (folder / "fingerprint.json").write_text('{"sha256": "f00d"}')
    return folder


class Writer(FakeGenerator):
    """Writes what it is asked for, every fifth time with one star more or less, each text only once."""

    template, defaults, device = "Review of {stars}.", Sampling(), torch.device("cpu")

    def stream(self, stars, n, seed, **options):
        self.history.append((stars, n, seed))
        for number in range(n):
            given = stars if number % 5 else max(1, stars - 1)
            yield [Sample(say(given, "written", self.written + number))]
        self.written += n


@pytest.fixture
def fakes(tmp_path, monkeypatch):
    """A writer and a filter in the place of every model, and words in the place of embeddings."""
    made = SimpleNamespace(writer=Writer(), filter=FakeClassifier(heard), trained=[])
    for model in (made.writer, made.filter):
        model.source.folder, model.device = tmp_path, torch.device("cpu")
    for module in (job, few_models):
        monkeypatch.setattr(module, "load_generator", lambda settings: made.writer)
        monkeypatch.setattr(module, "load_stars", lambda settings: made.filter)
    monkeypatch.setattr(probes, "by_embeddings", lambda settings, work: probes.by_words())
    monkeypatch.setattr(probes, "COLUMNS", 2**10)
    for role in few_models.TRAINING:
        monkeypatch.setitem(
            few_models.TRAINING, role, SimpleNamespace(main=partial(pretend, role, made.trained))
        )
    return made


def pretend(role, trained, argv):
    """A training script's main: notes what it was given, and leaves a model's last file."""
    given = dict(zip(argv[::2], argv[1::2], strict=True))
    trained.append((role, given))
    folder = Path(given["--out"])
    folder.mkdir(parents=True)
    (folder / "revdemo.json").write_text("{}")


def arguments(data, tmp_path, *more):
    parser = argparse.ArgumentParser()
    job.add_arguments(parser)
    args = parser.parse_args(["--work", str(tmp_path / "work"), "--few-resamples", "2", *more])
    return argparse.Namespace(**vars(args), data=data, seed=0, limit=None)


def arms_of(number=0, pools=None, plan=PLAN):
    drawn = arms.draw_rows(table("judge"), plan, number)
    return drawn, arms.build_arms(
        drawn, 3, pools or {"synthetic": [say(3, "w", i) for i in range(24)]}, plan, number
    )


# --- rows ---------------------------------------------------------------------------------------------------


def test_a_source_without_some_star_is_not_drawn_from():
    rows = arms.with_every_star(
        pd.concat([table("a"), table("b", 5, "aclImdb", (1, 2, 4, 5)), table("c").assign(stars=0)])
    )
    assert set(rows["source"]) == {"imdb-user-a"} and set(rows["stars"]) == {1, 2, 3, 4, 5}


def test_the_gap_is_filled_to_as_many_as_the_other_stars():
    _, arms = arms_of()
    assert {name: Counter(arm["stars"]) for name, arm in arms.items()} == {
        "real only": Counter({1: 20, 2: 20, 3: 4, 4: 20, 5: 20}),
        **{
            name: Counter(dict.fromkeys(range(1, 6), 20))
            for name in ("over-sampling", "augmentation", "synthetic", "all real")
        },
    }


def test_every_arm_has_the_same_real_rows_and_its_own_filling():
    drawn, arms = arms_of()
    kept = arms["real only"]["text"].tolist()
    assert set(kept) < set(drawn["text"]) and set(arms["all real"]["text"]) == set(drawn["text"])
    for name in ("over-sampling", "augmentation", "synthetic"):
        assert arms[name]["text"].tolist()[: len(kept)] == kept
    few = [text for text in kept if heard(text) == 3]
    assert Counter(arms["over-sampling"]["text"][len(kept) :]) == Counter(dict.fromkeys(few, 4))
    assert not set(arms["augmentation"]["text"][len(kept) :]) & set(few)
    assert arms["synthetic"]["text"][len(kept) :].is_unique


def test_resamples_differ_and_can_be_made_again():
    first, second = arms_of(0)[1], arms_of(1)[1]
    for name, arm in arms_of(0)[1].items():
        pd.testing.assert_frame_equal(arm, first[name])
        assert set(arm["text"]) != set(second[name]["text"])


@pytest.mark.parametrize(("pool", "filled"), [([], 0), (["a"], 16), (["a", "b", "c"], 16)])
def test_a_pool_too_small_is_taken_again_and_an_empty_one_fills_nothing(pool, filled):
    _, arms = arms_of(pools={"synthetic": pool})
    filling = Counter(arms["synthetic"]["text"][len(arms["real only"]) :])
    assert filling.total() == filled
    assert not filling or max(filling.values()) - min(filling.values()) <= 1


def test_too_few_real_reviews_are_refused():
    with pytest.raises(RevdemoError, match=r"There are 10 reviews of 1 stars .* 20 are needed"):
        arms.draw_rows(table("judge", 10), PLAN, 0)


# --- augmentation -------------------------------------------------------------------------------------------


def test_augmentation_changes_some_words_and_hardly_the_length():
    rng = np.random.default_rng(0)
    made = [augment(TEXT, rng) for _ in range(60)]
    assert all(text != TEXT and set(text.split()) <= set(TEXT.split()) for text in made)
    assert {len(text.split()) for text in made} == {11, 12, 13}, "left out, swapped, repeated"


@pytest.mark.parametrize(("operation", "length"), list(zip(OPERATIONS, (12, 9, 15), strict=True)))
def test_an_operation_touches_as_many_words_as_it_is_told(operation, length):
    words = TEXT.split()
    assert len(operation(words, 3, np.random.default_rng(0))) == length
    assert words == TEXT.split(), "the review itself stays"


def test_a_single_word_stays():
    assert augment("Fine.", np.random.default_rng(0)) == "Fine."


# --- measuring ----------------------------------------------------------------------------------------------


def test_measures_are_means_over_resamples():
    test = table("test", 4)
    stars = test["stars"].to_numpy()
    wrong = np.where(stars == 3, 5, stars)
    found = measuring.measure(
        {"synthetic": np.array([stars, wrong]), "real only": np.array([wrong, wrong])}, test, 3, 0
    )
    values = {arm["name"]: [arm[key].value for key in measuring.MEASURES] for arm in found["arms"]}
    assert values["synthetic"] == pytest.approx([0.9, 0.9, 0.2, 0.5])
    assert values["real only"] == pytest.approx([0.8, 0.8, 0.4, 0.0])
    (difference,) = found["differences"]
    assert difference["name"] == "synthetic - real only"
    assert difference["recall_of_gap"].value == pytest.approx(0.5)


def test_differences_are_paired():
    """Two arms that fail on the same reviews of the same films differ by nothing, whatever is drawn."""
    test = table("test", 8)
    predicted = np.array([np.random.default_rng(i).integers(1, 6, len(test)) for i in range(4)])
    found = measuring.measure({"synthetic": predicted, "over-sampling": predicted.copy()}, test, 3, 0)
    assert found["differences"][0]["exact"] == Rate(0.0, 0.0, 0.0)
    assert found["arms"][0]["exact"].low < found["arms"][0]["exact"].high


@pytest.mark.parametrize("over", ["resamples", "films"])
def test_intervals_know_both_kinds_of_chance(over):
    test = table("test", 20)
    stars, wrong = test["stars"].to_numpy(), test["stars"].to_numpy() % 5 + 1
    odd = test["movie_id"].str[-1].astype(int) % 2 == 1
    same = [np.where(odd, stars, wrong)] * 4
    predicted = np.array([stars, wrong, stars, wrong] if over == "resamples" else same)
    rate = intervals.from_draws(
        measuring.rates(intervals.two_way_draws(measuring.film_sums(predicted, test, 3)))["exact"]
    )
    assert rate.value == pytest.approx(0.5) and rate.high - rate.low > 0.4


def test_a_star_without_test_reviews_has_no_recall():
    test = table("test", 4, stars=(1, 2))
    found = measuring.measure({"synthetic": test[["stars"]].to_numpy().T}, test, 3, 0)
    assert found["arms"][0]["recall_of_gap"].value == 0


# --- small classifiers --------------------------------------------------------------------------------------


def test_numbers_of_a_text_are_worked_out_once(tmp_path):
    asked = []

    def compute(texts):
        asked.extend(texts)
        return np.array([[len(text), 1.0] for text in texts])

    rows = probes.StoredRows(compute, tmp_path)(["bbb", "a", "bbb"])
    assert rows.tolist() == [[3, 1], [1, 1], [3, 1]] and sorted(asked) == ["a", "bbb"]
    again = probes.StoredRows(compute, tmp_path)
    assert again(["a", "cc", "bbb"]).tolist() == [[1, 1], [2, 1], [3, 1]]
    assert sorted(asked) == ["a", "bbb", "cc"]


def test_embeddings_do_not_depend_on_the_batch(settings, tmp_path, monkeypatch):
    base = tiny_encoder(tmp_path / "base")
    monkeypatch.setattr(probes, "resolve_base", lambda name, cache: base)
    monkeypatch.setattr(probes, "MAX_LENGTH", 32)
    monkeypatch.setattr(probes, "HEAD_TOKENS", 8)
    embedder = probes.Embedder(settings.model_copy(update={"quantize": "none"}))
    texts = ["A dull film.", "Slow, but the ending earns it. " * 10, "Terrible."]
    rows = embedder(texts)
    assert rows.shape == (3, 32) and np.linalg.norm(rows, axis=1) == pytest.approx(1)
    assert embedder(texts[2:]) == pytest.approx(rows[2:], abs=1e-5)


def test_the_small_classifiers_do_not_weigh_up_the_cut_star():
    model = probes.by_words().learner()
    assert model[-1].class_weight is None


# --- fillings -----------------------------------------------------------------------------------------------


def test_only_accepted_reviews_enter_the_pool(fakes, tmp_path):
    pool = fillings.write_accepted(fakes.writer, fakes.filter, 3, 24, tmp_path, 0)
    assert len(pool) == len(set(pool)) == 24 and {heard(text) for text in pool} == {3}


def test_a_generator_that_is_never_accepted_is_given_up(fakes, tmp_path):
    assert fillings.write_accepted(fakes.writer, FakeClassifier(1), 3, 10, tmp_path, 0) == []
    assert fakes.writer.written == 100


def test_pseudo_labels_are_of_unlabelled_reviews_that_the_filter_gives_the_star(fakes, data, tmp_path):
    part = pd.read_parquet(data / "generator.parquet")
    found = fillings.pseudo_labelled(part, fakes.filter, 3, 24, tmp_path, 0)
    assert len(found) == 24 and {heard(text) for text in found} == {3}
    assert set(found) <= set(part.loc[part["stars"] == 0, "text"])
    fakes.filter.history.clear()
    assert fillings.pseudo_labelled(part, fakes.filter, 3, 24, tmp_path, 0) == found
    assert fakes.filter.history == [], "what was judged is kept"


# --- models of the few --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("All of it.", "All of it."),
        ("A long plot of many words. It works! See it.", "It works! See it."),
        ("One sentence that is longer than that.", "One sentence that is longer than that."),
    ],
)
def test_the_generator_of_the_few_learns_from_whole_last_sentences(text, kept):
    assert few_models.ending(text, 5) == kept


def test_what_is_held_out_is_balanced_and_not_learned_from():
    rows = arms.cut_rows(
        arms.draw_rows(table("few"), arms.BenefitPlan(rows=40, cut=10), 0),
        3,
        arms.BenefitPlan(rows=40, cut=10),
    )
    learn, held = few_models.hold_out(rows, 3, arms.BenefitPlan(rows=40, cut=10))
    assert Counter(held["stars"]) == Counter(dict.fromkeys(range(1, 6), 4))
    assert Counter(learn["stars"]) == Counter({1: 36, 2: 36, 3: 8, 4: 36, 5: 36})
    assert not set(learn["text"]) & set(held["text"])
    assert set(learn["text"]) | set(held["text"]) == set(rows["text"])


def test_models_of_the_few_see_the_cut_rows_alone(fakes, tmp_path):
    rows = arms.cut_rows(arms.draw_rows(table("few"), PLAN, 0), 3, PLAN)
    folder = few_models.train_few(rows, 3, PLAN, tmp_path)
    assert [role for role, _ in fakes.trained] == ["stars", "generator"]
    for role, given in fakes.trained:
        assert given["--recipe"].endswith(f"few/{role}.yaml") and given["--data"] == str(folder / "data")
    seen = [pd.read_parquet(path) for path in (folder / "data").glob("*.parquet")]
    assert len(seen) == 3 and set(pd.concat(seen)["text"]) == set(rows["text"])
    assert (folder / "data" / "copies.npz").exists()


def test_models_of_the_few_are_trained_once_for_the_same_rows(fakes, tmp_path):
    rows = [arms.cut_rows(arms.draw_rows(table("few"), PLAN, number), 3, PLAN) for number in range(2)]
    first = few_models.train_few(rows[0], 3, PLAN, tmp_path)
    assert few_models.train_few(rows[0], 3, PLAN, tmp_path) == first and len(fakes.trained) == 2
    assert few_models.train_few(rows[1], 3, PLAN, tmp_path) != first and len(fakes.trained) == 4


@pytest.mark.parametrize("role", few_models.TRAINING)
def test_the_recipes_of_the_few_load(role):
    from train.fitting.recipes import FOLDER, GeneratorRecipe, StarsRecipe, load_recipe

    kind = StarsRecipe if role == "stars" else GeneratorRecipe
    assert load_recipe(kind, str(FOLDER / "few" / f"{role}.yaml")).mode == "adapter"


# --- the job ------------------------------------------------------------------------------------------------


@pytest.fixture
def learned(monkeypatch):
    """The rows of every arm that was measured."""
    seen = []
    predict = measuring.predict

    def watched(resamples, test, classifier, task):
        seen.append((task, resamples, test))
        return predict(resamples, test, classifier, task)

    monkeypatch.setattr(measuring, "predict", watched)
    return seen


def test_use_writes_the_whole_contract(fakes, data, tmp_path, capsys):
    report = job.evaluate(arguments(data, tmp_path), PLAN)
    evaluate.write(tmp_path / "use.json", report)
    report = json.loads((tmp_path / "use.json").read_text())
    assert report["n"] == 200 and report["films"] == 20
    assert report["model"]["filter"] == {"role": "stars", "kind": "named", "revision": "0123abcd"}
    found = {(one["name"], one["classifier"]): one for one in report["settings"]}
    assert set(found) == {(name, kind) for name in ("release", "few") for kind in ("embeddings", "words")}
    for (name, _), entry in found.items():
        arms = ["real only", "over-sampling", "augmentation", "synthetic", "all real"]
        arms[4:4] = ["pseudo-labelled"] if name == "release" else []
        assert [arm["name"] for arm in entry["arms"]] == arms
        others = [arm for arm in arms if arm not in ("synthetic", "all real")]
        assert [one["name"] for one in entry["differences"]] == [f"synthetic - {other}" for other in others]
        for rate in (one[key] for one in entry["arms"] + entry["differences"] for key in measuring.MEASURES):
            assert set(rate) == {"value", "low", "high"}
            assert rate["low"] <= rate["value"] <= rate["high"]
        assert (entry["gap_star"], entry["rows_per_class"], entry["cut_to"]) == (3, 20, 4)
        assert entry["resamples"] == (3 if name == "release" else 2)
        assert entry["synthetic_pool"] == (24 if name == "release" else 16)
        assert "3 stars cut from 20 to 4" in entry["title"]
    assert "synthetic - over-sampling" in capsys.readouterr().out


def test_no_arm_learns_from_a_test_review_and_real_rows_come_from_the_right_part(
    fakes, data, tmp_path, learned
):
    job.evaluate(arguments(data, tmp_path), PLAN)
    origins = {"release": {"judge", "written", "free"}, "few": {"classifier", "written"}}
    assert len(learned) == 4
    for task, resamples, test in learned:
        for one in resamples:
            for arm in one.values():
                assert not set(arm["text"]) & set(test["text"])
                found = set(re.findall(r"\b([a-z]+)\d+\.", " ".join(arm["text"])))
                assert found & PARTS <= origins[task.split(",")[0]]


def test_synthetic_reviews_that_say_the_star_help_a_cut_classifier(fakes, data, tmp_path):
    entry = job.evaluate(arguments(data, tmp_path, "--skip-few"), PLAN)["settings"][0]
    recall = {arm["name"]: arm["recall_of_gap"].value for arm in entry["arms"]}
    assert recall["synthetic"] > recall["real only"]


def test_a_second_run_writes_and_trains_nothing_again(fakes, data, tmp_path):
    first = job.evaluate(arguments(data, tmp_path), PLAN)
    assert fakes.writer.history and len(fakes.trained) == 4
    fakes.writer.history.clear()
    fakes.trained.clear()
    assert job.evaluate(arguments(data, tmp_path), PLAN) == first
    assert fakes.writer.history == [] and fakes.trained == []


def test_every_gap_star_is_an_entry_and_the_few_can_be_left_out(fakes, data, tmp_path):
    args = arguments(data, tmp_path, "--gap-stars", "3,1", "--skip-few")
    found = job.evaluate(args, PLAN)["settings"]
    assert [(one["gap_star"], one["name"]) for one in found] == [(star, "release") for star in (3, 3, 1, 1)]
    assert {stars for stars, _, _ in fakes.writer.history} == {3, 1} and fakes.trained == []


def test_fewer_test_reviews_are_a_trial(fakes, data, tmp_path):
    args = arguments(data, tmp_path, "--skip-few")
    args.limit = 50
    assert job.evaluate(args, PLAN)["n"] == 50


@pytest.mark.parametrize("stars", ["0", "6", "three", ""])
def test_a_gap_star_that_is_none_is_refused(stars, capsys):
    parser = argparse.ArgumentParser()
    job.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--gap-stars", stars])
    assert "--gap-stars" in capsys.readouterr().err
