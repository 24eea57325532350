"""The mean of several star classifiers."""

import pytest
import torch

from revdemo.errors import RevdemoError
from revdemo.models.classifier import load_stars
from tests.train.fitting.test_trainer import bases, data, run, write_recipe  # noqa: F401
from train import average
from train.fitting import commands, trainer

A, B = "layer.lora_A.weight", "layer.lora_B.weight"


def adapter(seed: int, rank: int = 2) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return {A: torch.randn(rank, 6), B: torch.randn(8, rank), "head.bias": torch.randn(5)}


def test_the_mean_is_of_what_a_layer_adds():
    adapters = [adapter(seed) for seed in range(3)]
    averaged = average.mean(adapters, rank=6)
    wanted = sum(one[B] @ one[A] for one in adapters) / 3
    assert torch.allclose(averaged[B] @ averaged[A], wanted, atol=1e-5)
    assert torch.allclose(averaged["head.bias"], sum(one["head.bias"] for one in adapters) / 3)


def test_of_a_smaller_rank_the_nearest_is_taken():
    adapters = [adapter(seed) for seed in range(3)]
    wanted = sum(one[B] @ one[A] for one in adapters) / 3
    averaged = average.mean(adapters, rank=2)
    assert averaged[A].shape == (2, 6)
    lost = torch.linalg.svdvals(wanted)[2:].square().sum().sqrt()
    assert torch.linalg.norm(averaged[B] @ averaged[A] - wanted) == pytest.approx(float(lost), rel=1e-4)


def test_adapters_of_other_layers_are_refused():
    with pytest.raises(RevdemoError, match="different layers"):
        average.mean([adapter(0), {"other": torch.zeros(1)}], rank=2)


@pytest.fixture(scope="module")
def members(data, bases, tmp_path_factory):  # noqa: F811
    """Two classifiers, the second trained on from the first."""
    folder = tmp_path_factory.mktemp("members")
    recipe = write_recipe(folder, "stars", base=str(bases / "bert"), ngrams=512)
    run("stars", recipe, data, folder / "first")
    recipe = write_recipe(
        folder, "stars", base=str(bases / "bert"), ngrams=512, start=str(folder / "first"), seed=1
    )
    run("stars", recipe, data, folder / "second")
    return [folder / "first", folder / "second"]


def test_the_mean_predicts_in_the_app_and_says_of_what_it_is(members, data, settings, tmp_path):  # noqa: F811
    out = tmp_path / "mean"
    average.main([*map(str, members), "--data", str(data), "--out", str(out), "--max-length", "40"])
    classifier = load_stars(settings.model_copy(update={"stars_model": str(out)}))
    assert classifier.max_length == 40
    assert sum(classifier.predict(["Slow, but good."])[0].probabilities) == pytest.approx(1, abs=1e-5)
    written = average.read_json(out / trainer.LOG)
    assert [one["recipe"]["seed"] for one in written["mean_of"]] == [0, 1]
    assert written["log"] == average.read_json(members[0] / trainer.LOG)["log"]
    assert average.read_json(out / "revdemo.json")["training_rows"]["n"] == 60


def test_another_rank_is_refused(members, data, bases, tmp_path, capsys):  # noqa: F811
    recipe = write_recipe(tmp_path, "stars", base=str(bases / "bert"), rank=2)
    run("stars", recipe, data, tmp_path / "other")
    folders = [str(members[0]), str(tmp_path / "other")]
    assert commands.run(average.main, [*folders, "--data", str(data), "--out", str(tmp_path / "mean")]) == 2
    assert "one base and one rank" in capsys.readouterr().err
