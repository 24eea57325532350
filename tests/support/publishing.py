"""What the tests of publishing share: a tiny model on the Hub of tests.hubs, and the command line."""

import errno
import json
import os

import pytest

TEXTS = ["Slow, but the ending earns it.", "Terrible. The worst two hours of my year."]


@pytest.fixture
def encoder(tmp_path, hub):
    """The folder of a tiny star classifier's base, which is also on the Hub as owner/base."""
    from tests.support.tiny import tiny_encoder  # here: torch takes seconds, and every test has this module

    folder = tiny_encoder(tmp_path / "base")
    hub.base = hub.add("owner/base", {path.name: path.read_bytes() for path in folder.iterdir()})
    return folder


@pytest.fixture
def adapter(tmp_path, hub, encoder):
    """A tiny adapter as training leaves it, whose base is on the Hub."""
    from tests.support.tiny import add_adapter

    folder = add_adapter(encoder, tmp_path / "adapter", f"owner/base@{hub.base}")
    (folder / "README.md").unlink()
    (folder / "checkpoints").mkdir()
    (folder / "training_rows.parquet").write_bytes(b"somebody's own words")
    log = {"command": "python -m train.stars --data /home/me/rows", "recipe": {"base": "tiny", "epochs": 2.0},
           "device": "CPU, 1 threads", "precision": "float32", "best": None, "log": []}  # fmt: skip
    (folder / "training.json").write_text(json.dumps(log))
    return folder


def run(*arguments, status=0):
    """The command line, in this process."""
    from train import publish

    assert publish.main([*map(str, arguments)]) == status


def push_stars(adapter, *more, to="owner/stars", status=0):
    run("models", "--role", "stars", "--from", adapter, "--to", to, *more, status=status)


def load(settings, name, role="stars_model"):
    from revdemo.models.classifier import StarClassifier
    from revdemo.models.generator import ReviewGenerator

    kind = ReviewGenerator if role == "generator" else StarClassifier
    return kind.load(settings.model_copy(update={role: name, "quantize": "none"}))


def raise_full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/some/file")
