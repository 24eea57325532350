"""A Hub on loopback as a fixture, and models on it that cannot be used, each for a reason of its own."""

import errno
import json
import time
from types import SimpleNamespace

import pytest

from tests.support.hub_server import TOKEN, serve


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub on loopback that this process talks to, with a token that may write as `owner`."""
    from huggingface_hub import constants

    with serve() as served:
        for name, value in {
            "ENDPOINT": served.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": served.url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
            "HF_HUB_CACHE": str(tmp_path / "hub-cache"),
            "HF_TOKEN_PATH": str(tmp_path / "no-token"),
        }.items():
            monkeypatch.setattr(constants, name, value)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        # Of that module alone: time itself without a sleep would let CommitScheduler push without end.
        hasty = SimpleNamespace(**vars(time) | {"sleep": lambda seconds: None})
        monkeypatch.setattr("huggingface_hub.utils._http.time", hasty)
        yield served


def contents(folder):
    """The files of a folder, as a repository holds them."""
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def bad_model(what, hub, tmp_path, monkeypatch) -> str:
    """A model owner/x with that fault; returns its name."""
    from tests.support.tiny import (  # here: torch takes seconds, and few tests need it
        tiny_causal,
        tiny_encoder,
    )

    folder = tiny_encoder(tmp_path / "x", labels=3 if what == "labels" else 5)
    files = contents(tiny_causal(tmp_path / "y") if what in ("architecture", "role") else folder)
    if what == "role":
        files["revdemo.json"] = b'{"role": "generator"}'
    if what == "pickle":
        files = {"config.json": files["config.json"], "pytorch_model.bin": b"\x80\x02."}
    if what == "corrupt":
        files["model.safetensors"] = files["model.safetensors"][:100]
    if what == "order":
        names = {str(i): f"{5 - i} star{'s' if i < 4 else ''}" for i in range(5)}
        files["config.json"] = json.dumps(json.loads(files["config.json"]) | {"id2label": names}).encode()
    if what != "missing":
        hub.add("owner/x", files, private=what == "private", gated=what == "gated")
    if what in ("missing", "private", "gated"):
        monkeypatch.delenv("HF_TOKEN")
    if what == "bad token":
        monkeypatch.setenv("HF_TOKEN", "hf_loopbackTokenThatWasRevoked")
    if what == "full":
        monkeypatch.setattr("huggingface_hub.file_download._chmod_and_move", _raise_full)
    if what in ("cut", "failing"):
        hub.faults["/api/models/owner/x"] = "cut" if what == "cut" else 503
    return "owner/x@v9" if what == "revision" else "owner/x"


def _raise_full(source, destination):
    raise OSError(errno.ENOSPC, "No space left on device", str(destination))
