"""The hyper-parameter study on tiny checkpoints: its samples, its runs, and what is made of them."""

import argparse
import json
import math
import random
import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer

from revdemo.errors import RevdemoError
from revdemo.models.likelihood import token_nats
from tests.support import tiny
from train import generator, sweep
from train.fitting import commands
from train.fitting.recipes import GeneratorRecipe, StarsRecipe
from train.study import results, runs, samples, settings

ROLES = ["stars", "generator"]
AXES = {
    "epochs": [1, 2],
    "learning_rate": [1e-3, 1e-2],
    "batch_size": [8, 16],
    "betas": [[0.9, 0.999], [0.95, 0.999]],
}
ABOUT = {"samples": 2, "rows": 50, "evaluated": 10, "base": "x", "mode": "full", "data": "f00d"}


def reviews(count: int, seed: int, films: int = 80) -> pd.DataFrame:
    draw = random.Random(seed)
    texts = [" ".join(draw.sample(tiny.SENTENCES[2:], 2)) for _ in range(count)]
    return pd.DataFrame(
        {
            "text": texts,
            "stars": [draw.choice([1, 2, 3, 4, 5, 5]) for _ in range(count)],
            "movie_id": [f"{seed}-{i % films}" for i in range(count)],
            "source": [["a", "b"][i % 2] for i in range(count)],
        }
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The two parts that a study reads, as train.prepare writes them."""
    folder = tmp_path_factory.mktemp("data")
    for seed, part in enumerate(["classifier", "generator"]):
        reviews(320, seed).to_parquet(folder / f"{part}.parquet")
    (folder / "fingerprint.json").write_text('{"sha256": "f00d"}')
    return folder


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bases")
    return {
        "stars": tiny.tiny_encoder(folder / "bert"),
        "generator": tiny.tiny_causal(folder / "llama"),
    }


def write_study(folder, bases, axes=(), **values) -> str:
    """Write a study of both roles, with some values changed; returns its path."""
    written = {}
    for role in ROLES:
        recipe = folder / f"{role}-recipe.yaml"
        recipe.write_text(yaml.safe_dump({"base": str(bases[role]), "mode": "adapter", "rank": 4}))
        changes = {"max_length": 48, "epochs": 1, "batch_size": 8, "accumulation": 1}
        changes |= {"learning_rate": 1e-2, "precision": "float32"}
        changes |= {"head_tokens": 16} if role == "stars" else {"max_words": 40}
        own = {"recipe": str(recipe), "changes": changes, "samples": 2, "rows": 50}
        written[role] = own | {"axes": AXES | dict(axes)} | values
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(written))
    return str(path)


@pytest.fixture
def write(bases, tmp_path):
    """`write_study` in the test's own folder."""
    return partial(write_study, tmp_path, bases)


@pytest.fixture(scope="module")
def finished(data, bases, tmp_path_factory):
    """The folder of a whole study of both roles."""
    folder = tmp_path_factory.mktemp("study")
    run(write_study(folder, bases), data, folder)
    return folder / "mine"


def run(path: str, data, work, *more: str) -> None:
    sweep.main(["--study", path, "--data", str(data), "--work", str(work), *more])


def files(folder) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.json")}


# --- samples ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most, size", [(None, None), (50, 50), (99, 75)])
def test_samples_are_balanced_and_share_no_review_and_no_film(most, size):
    rows = reviews(600, 0)
    tables = [table for sample in samples.draw(rows, 3, most, seed=0) for table in sample]
    films = [set(table["movie_id"]) for table in tables]
    assert len(tables) == 6
    assert sum(map(len, films)) == len(set.union(*films))
    for learn, score in zip(tables[::2], tables[1::2], strict=True):
        assert learn["stars"].value_counts().nunique() == score["stars"].value_counts().nunique() == 1
        assert len(learn) == 4 * len(score)
        assert len(learn) + len(score) == (size or len(tables[0]) + len(tables[1]))
    assert len({len(table) for table in tables[::2]}) == 1


def test_all_reviews_of_the_rarest_star_are_used_where_no_size_is_asked_for():
    rows = reviews(600, 0, films=600)
    rarest = rows["stars"].value_counts().min()
    drawn = samples.draw(rows, 3, None, seed=0)
    used = sum(len(table) for sample in drawn for table in sample) / 5
    assert rarest - 15 < used <= rarest


def test_samples_depend_on_the_seed_alone():
    rows = reviews(320, 0)
    first, again, other = (samples.draw(rows, 2, 50, seed)[0].learn for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize(
    "rows, most, message",
    [
        (reviews(320, 0), 5000, "of 5,000 reviews are not to be had: one needs at least 25, and the rarest"),
        (reviews(320, 0), 20, "of 20 reviews are not to be had"),
        (
            reviews(320, 0, films=9),
            50,
            "2 samples need 10 films and reviews of every star; there are 9 films",
        ),
        (reviews(320, 0).query("stars != 3"), 50, "and 0 reviews of the rarest star"),
    ],
)
def test_samples_that_are_not_to_be_had_are_refused(rows, most, message):
    with pytest.raises(RevdemoError) as error:
        samples.draw(rows, 2, most, seed=0)
    assert message in str(error.value)


def test_a_generator_learns_from_labelled_reviews_of_its_length():
    rows = pd.DataFrame({"text": ["One two.", "One two three four.", "One two."], "stars": [1, 2, 0]})
    recipe = GeneratorRecipe(base="x", mode="full", max_words=3)
    assert samples.pool("generator", rows, recipe).index.tolist() == [0]
    assert samples.pool("stars", rows, recipe).index.tolist() == [0, 1]


# --- runs ---------------------------------------------------------------------------------------------------


def test_a_study_varies_one_setting_at_a_time_and_trains_the_default_once_a_sample(finished):
    for role in ROLES:
        axes = json.loads((finished / f"{role}.json").read_text())["axes"]
        assert {axis: [row["value"] for row in rows] for axis, rows in axes.items()} == {
            "epochs": [1, 2],
            "learning_rate": ["0.001", 0.01],
            "batch_size": [8, 16],
            "betas": ["0.9, 0.999", "0.95, 0.999"],
        }
        keys = [row["runs"] for rows in axes.values() for row in rows]
        shared = [axes["epochs"][0], axes["learning_rate"][1], axes["batch_size"][0], axes["betas"][1]]
        assert len({tuple(row["runs"]) for row in shared}) == 1
        assert len({key for own in keys for key in own}) == 10 == len(list((finished / role).iterdir()))


@pytest.mark.parametrize("role", ROLES)
def test_a_runs_file_says_what_was_trained_and_holds_no_text(finished, role):
    axes = json.loads((finished / f"{role}.json").read_text())["axes"]
    own = json.loads((finished / role / f"{axes['betas'][0]['runs'][1]}.json").read_text())
    other = json.loads((finished / role / f"{axes['epochs'][1]['runs'][1]}.json").read_text())
    assert (own["recipe"]["beta1"], own["recipe"]["epochs"], own["steps"]) == (0.9, 1, 5)
    assert (other["recipe"]["beta1"], other["recipe"]["epochs"], other["steps"]) == (0.95, 2, 10)
    assert (own["learned"]["n"], own["evaluated"]["n"]) == (40, 10)
    assert own["learned"] == other["learned"]
    assert set(own["metrics"]) == set(results.METRICS[role])
    assert own["metrics"] != other["metrics"]
    assert not any(sentence in json.dumps(own) for sentence in tiny.SENTENCES)


def test_no_weights_are_kept(finished):
    assert {path.suffix for path in finished.rglob("*") if path.is_file()} == {".json"}


# What a training leaves, where the training itself is not the point.
RESULT = {"metrics": dict.fromkeys(results.METRICS["stars"], 0.5), "seconds": 1.0, "device": "none"}


class Killed(Exception):
    """Stands for the end of the process."""


def test_a_killed_study_goes_on_where_it_was(data, write, tmp_path, monkeypatch, capsys):
    path, trained = write(), []

    def train_or_die(role, run):
        if len(trained) == 3:
            raise Killed
        trained.append(run.key)
        return RESULT

    with monkeypatch.context() as patch:
        patch.setattr(runs, "train", train_or_die)
        with pytest.raises(Killed):
            run(path, data, tmp_path, "--role", "stars")
    before = files(tmp_path / "mine")
    with pytest.raises(RevdemoError, match=r"lacks epochs 1 on sample 2, epochs 2 on sample 2"):
        results.report(tmp_path / "mine")
    monkeypatch.setattr(runs, "train", lambda role, run: RESULT)
    run(path, data, tmp_path, "--role", "stars")
    assert "stars: 3 of 10 runs are there already" in capsys.readouterr().out
    after = files(tmp_path / "mine")
    assert before.items() <= after.items()
    assert len(after) == 11
    monkeypatch.setattr(runs, "train", None)  # nothing is left to do
    run(path, data, tmp_path, "--role", "stars")
    assert files(tmp_path / "mine") == after


@pytest.mark.parametrize("role", ROLES)
def test_runs_of_another_recipe_of_other_rows_or_data_are_others(write, role):
    own = getattr(settings.load_study(write()), role)
    recipe, rows = settings.default_recipe(role, own), reviews(320, 0)

    def keys(recipe=recipe, rows=rows, data="f00d"):
        return {run.key for run in runs.plan(role, own, recipe, samples.draw(rows, 2, 50, 0), data)[1]}

    first = keys()
    assert keys() == first
    for other in [
        keys(recipe=recipe.model_copy(update={"weight_decay": 0.0})),
        keys(rows=reviews(320, 5)),
        keys(data="beef"),
    ]:
        assert len(other) == 10
        assert not first & other


def test_a_changed_recipe_is_not_mixed_in(data, bases, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "train", lambda role, run: RESULT)
    shutil.copytree(finished, tmp_path / "mine")
    path = write_study(tmp_path, bases)
    written = yaml.safe_load((tmp_path / "mine.yaml").read_text())
    written["stars"]["changes"]["weight_decay"] = 0.5
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(written))
    run(path, data, tmp_path)
    old, new = results.report(finished), results.report(tmp_path / "mine")
    assert len(list((tmp_path / "mine" / "stars").iterdir())) == 20
    assert new["classifier"]["axes"] != old["classifier"]["axes"]
    assert new["generator"] == old["generator"]


def test_a_trial_is_kept_apart(data, write, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "train", lambda role, run: RESULT)
    run(write(), data, tmp_path, "--role", "stars", "--limit", "25")
    assert [path.name for path in tmp_path.glob("mine*/")] == ["mine-25"]
    found = results.report(tmp_path / "mine-25")
    assert (list(found), found["classifier"]["rows"]) == (["classifier"], 25)


def test_the_time_left_counts_epochs():
    recipe = StarsRecipe(base="x", mode="full", epochs=1)
    three = [
        runs.StudyRun(str(epochs), "", recipe.model_copy(update={"epochs": epochs}), None)
        for epochs in (1, 2, 3)
    ]
    assert runs.minutes_left(three, {"1": 60.0}) == pytest.approx(5)
    assert runs.minutes_left(three, {"1": 60.0, "2": 60.0}) == pytest.approx(2)


# --- text measures ------------------------------------------------------------------------------------------


def test_perplexity_and_bits_a_byte_are_of_the_review_alone(bases):
    tokenizer = AutoTokenizer.from_pretrained(bases["generator"])
    model = AutoModelForCausalLM.from_pretrained(bases["generator"]).eval()
    recipe = GeneratorRecipe(base="x", mode="full", max_length=64)
    rows = pd.DataFrame({"text": ["Bad jokes, good songs.", "Slow."], "stars": [2, 4]})
    batch = generator.collate(list(generator.dataset(rows, tokenizer, recipe, 0.0)))
    with torch.inference_mode():
        logits = model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits

    class Prediction:
        predictions = token_nats(logits, batch["labels"]).numpy()
        label_ids = batch["labels"].numpy()

    nats, tokens = 0.0, 0
    for row, labels in zip(logits.log_softmax(-1), batch["labels"].tolist(), strict=True):
        for place, token in enumerate(labels):
            if token not in (-100, tokenizer.eos_token_id):
                nats, tokens = nats - row[place - 1, token].item(), tokens + 1
    measured = runs.measure_text(tokenizer)(Prediction)
    assert measured["perplexity"] == pytest.approx(math.exp(nats / tokens), rel=1e-4)
    size = len("Bad jokes, good songs.") + len("Slow.")
    assert measured["bits_per_byte"] == pytest.approx(nats / math.log(2) / size, rel=1e-4)


# --- what is made of the runs -------------------------------------------------------------------------------


def fake(folder, role: str = "stars") -> None:
    """A finished study of one axis, two values and two samples."""
    (folder / role).mkdir(parents=True)
    plan = {
        "axes": {"epochs": [{"value": 1, "runs": ["a", "b"]}, {"value": 2, "runs": ["c", "d"]}]},
        "default": {"epochs": 1},
        **ABOUT,
    }
    (folder / f"{role}.json").write_text(json.dumps(plan))
    for place, key in enumerate("abcd"):
        metrics = {name: float(place**2) for name in results.METRICS[role]}
        result = {"metrics": metrics, "seconds": 30, "device": "CPU, 2 threads, float32"}
        (folder / role / f"{key}.json").write_text(json.dumps(result))


@pytest.mark.parametrize(
    "role, name, metrics",
    [
        ("stars", "classifier", ["exact", "near", "mae", "loss"]),
        ("generator", "generator", ["perplexity", "bits_per_byte", "loss"]),
    ],
)
def test_the_report_is_each_values_mean_and_standard_deviation(tmp_path, role, name, metrics):
    fake(tmp_path, role)
    (tmp_path / role / "of-another-recipe.json").write_text("{}")
    first = {"mean": 0.5, "spread": pytest.approx(math.sqrt(0.5))}  # of 0 and 1
    second = {"mean": 6.5, "spread": pytest.approx(math.sqrt(12.5))}  # of 4 and 9
    assert results.report(tmp_path) == {
        name: {
            "axes": {
                "epochs": [
                    {"value": 1} | dict.fromkeys(metrics, first),
                    {"value": 2} | dict.fromkeys(metrics, second),
                ]
            },
            "default": {"epochs": 1},
            **ABOUT,
            "device": "CPU, 2 threads, float32",
            "minutes": 2.0,
        }
    }


def test_both_networks_are_reported(finished):
    found = results.report(finished)
    assert list(found) == ["classifier", "generator"]
    for own in found.values():
        assert (own["samples"], own["rows"], own["evaluated"]) == (2, 50, 10)
        assert own["default"] == {
            "epochs": 1,
            "learning_rate": 0.01,
            "batch_size": 8,
            "betas": "0.95, 0.999",
        }
        assert all(np.isfinite(row["loss"]["mean"]) for rows in own["axes"].values() for row in rows)


def test_a_role_without_a_finished_run_is_left_out(tmp_path):
    fake(tmp_path)
    fake(tmp_path, "generator")
    shutil.rmtree(tmp_path / "generator")
    assert list(results.report(tmp_path)) == ["classifier"]
    shutil.rmtree(tmp_path / "stars")
    with pytest.raises(RevdemoError, match=r"no finished run in .* Run python -m train\.sweep"):
        results.report(tmp_path)


def test_missing_runs_are_named(tmp_path):
    fake(tmp_path)
    (tmp_path / "stars" / "c.json").unlink()
    with pytest.raises(RevdemoError, match=r"not finished; it lacks epochs 2 on sample 1\. Run python"):
        results.report(tmp_path)


def test_a_study_of_other_data_is_refused(tmp_path, data):
    fake(tmp_path)
    args = argparse.Namespace(work=tmp_path, data=data)
    assert list(results.evaluate(args)) == ["classifier"]
    args.data = tmp_path
    (tmp_path / "fingerprint.json").write_text('{"sha256": "beef"}')
    with pytest.raises(RevdemoError, match=r"The classifier's runs in .* are of other reviews"):
        results.evaluate(args)


# --- recipes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, samples", [("cpu", 3), ("full", 3)])
def test_the_shipped_studies_hold_their_defaults(name, samples):
    for role, own in settings.load_study(name):
        recipe = settings.default_recipe(role, own)
        assert isinstance(recipe, settings.KINDS[role])
        assert own.samples == samples
        assert all(len(values) > 1 for _, values in own.axes)


def test_a_rate_survives_the_four_decimals_of_the_results():
    assert [settings.say(value) for value in (5e-5, 3.0, 0.5, 16, (0.95, 0.999))] == [
        "5e-05",
        3,
        0.5,
        16,
        "0.95, 0.999",
    ]


@pytest.mark.parametrize(
    "axes, values, message",
    [
        ({"epochs": [2, 3]}, {}, "stars study's values of epochs must differ, and one be the default, 1"),
        ({"batch_size": [8, 8]}, {}, "batch_size must differ"),
        ({"betas": [[0.9, 0.99]]}, {}, "one be the default, 0.95, 0.999"),
        ({"epochs": [0, 1]}, {}, "stars: axes: epochs: 0: Input should be greater than 0"),
        ({"momentum": [0.9]}, {}, "axes: momentum: Extra inputs are not permitted"),
        ({}, {"samples": 1}, "samples: Input should be greater than or equal to 2"),
        ({}, {"rows": 10}, "rows: Input should be greater than or equal to 25"),
        ({}, {"changes": {"balance": 2.0}}, "a study of stars leaves balance aside"),
        ({}, {"changes": {"epoch": 2}}, "epoch: Extra inputs are not permitted"),
        ({}, {"changes": {"precision": "fp16"}}, "The stars study trains in fp16, which needs a CUDA GPU"),
        ({}, {"recipe": "no-such"}, "There is no stars recipe 'no-such'"),
    ],
)
def test_what_is_wrong_in_a_study_is_named(data, write, tmp_path, monkeypatch, capsys, axes, values, message):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    arguments = ["--study", write(axes, **values), "--data", str(data), "--work", str(tmp_path / "work")]
    assert commands.run(sweep.main, [*arguments, "--role", "stars"]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--study", "huge"], "There is no study 'huge'. There are cpu, full; or give the path"),
        (["--study", "cpu", "--data", "nowhere"], "no prepared reviews in nowhere"),
    ],
)
def test_what_is_not_there_is_said(capsys, arguments, message):
    assert commands.run(sweep.main, arguments) == 2
    assert message in capsys.readouterr().err


def test_a_study_of_one_role_has_none_of_the_other(write, tmp_path, capsys):
    path = write()
    written = yaml.safe_load((tmp_path / "mine.yaml").read_text())
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"stars": written["stars"]}))
    assert commands.run(sweep.main, ["--study", path, "--role", "generator"]) == 2
    assert "has none of generator" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "- stars", "stars: ["])
def test_a_file_that_is_no_study_is_refused(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(RevdemoError, match=r"mine\.yaml is not a study"):
        settings.load_study(str(path))
