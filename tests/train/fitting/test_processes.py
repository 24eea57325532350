"""Training by `accelerate launch` on two processes: what one process comes to, also where it began there."""

import json
import os
import subprocess
import sys

import pytest
from safetensors.torch import load_file
from torch.testing import assert_close

from revdemo.errors import RevdemoError
from tests.support import tiny
from tests.train.fitting.test_trainer import Killed, kill_after, reviews, run, write_recipe
from train import adapt
from train.data import prepared
from train.fitting import processes
from train.fitting.recipes import StarsRecipe

# Two runs in one start: most of a start's time goes to importing torch.
RUNS = """
import json, sys
from train import stars

if __name__ == "__main__":
    for arguments in json.loads(sys.argv[1]):
        stars.main(arguments)
"""
LAUNCH = ("accelerate.commands.launch", "--multi_gpu", "--num_processes=2", "--num_machines=1",
          "--mixed_precision=no", "--dynamo_backend=no", "--main_process_port=0")  # fmt: skip


def launch(tmp_path, *runs: list[str]) -> None:
    """Train each of the runs, one after the other, on two processes without a GPU, which speak by gloo."""
    script = tmp_path / "runs.py"
    script.write_text(RUNS)
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-m", *LAUNCH, str(script), json.dumps(runs)],
        env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]


def losses(out) -> list[float]:
    log = json.loads((out / "training.json").read_text())["log"]
    return [entry["eval_loss"] for entry in log if "eval_loss" in entry]


@pytest.mark.timeout(300)
def test_two_processes_train_what_one_does_and_resume_its_run(tmp_path, monkeypatch):
    base, data = tiny.tiny_encoder(tmp_path / "base"), tmp_path / "data"
    data.mkdir()
    reviews(64, 0).to_parquet(data / "classifier.parquet")  # two whole updates an epoch
    reviews(16, 1).to_parquet(data / "validation.parquet")  # a batch for each of two
    (data / prepared.FINGERPRINT).write_text("{}")
    recipe = write_recipe(tmp_path, "stars", base=str(base), rows=64, dropout=0)
    one, two, resumed = (tmp_path / name for name in ("one", "two", "resumed"))
    alone = run("stars", recipe, data, one)
    with monkeypatch.context() as patch:
        kill_after(patch, 1)
        with pytest.raises(Killed):
            run("stars", recipe, data, resumed)
    arguments = ["--recipe", recipe, "--data", str(data)]
    launch(tmp_path, *([*arguments, "--out", str(out)] for out in (two, resumed)))
    assert alone["processes"] == 1
    assert len(losses(one)) == 4
    for out in (two, resumed):
        log = json.loads((out / "training.json").read_text())
        assert log["processes"] == 2
        # The updates are of the same reviews, so only the order of float32 sums differs.
        assert losses(out) == pytest.approx(losses(one), abs=1e-3)
        first, second = (load_file(folder / "adapter_model.safetensors") for folder in (one, out))
        assert_close(second, first, atol=2e-3, rtol=1e-2)
        assert (out / "training_rows.parquet").read_bytes() == (one / "training_rows.parquet").read_bytes()


@pytest.mark.parametrize(
    ("started", "batch_size", "accumulation", "own"),
    [(1, 8, 4, (8, 4)), (2, 8, 4, (8, 2)), (8, 8, 4, (4, 1)), (3, 6, 2, (4, 1)), (2, 16, 1, (8, 1))],
)
def test_an_update_is_shared_out_and_stays_as_it_is(monkeypatch, started, batch_size, accumulation, own):
    monkeypatch.setenv("WORLD_SIZE", str(started))
    recipe = StarsRecipe(base="base", mode="full", batch_size=batch_size, accumulation=accumulation)
    assert processes.shares(recipe) == own


def test_what_cannot_be_shared_out_is_refused(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(RevdemoError, match=r"takes 32 reviews .* which 3 processes cannot share out evenly"):
        processes.shares(StarsRecipe(base="base", mode="full"))
    assert adapt.main([str(tmp_path / "table.csv"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "error: This takes one process: start it without accelerate launch.\n"
