"""What a run on a cluster cannot do is said in one line, before any model is loaded; without Ray."""

import socket

import pytest

import revdemo
from revdemo import cli
from revdemo.bulk import cluster
from revdemo.bulk.generating import job as shared_job
from revdemo.bulk.parts import Parts
from revdemo.errors import RevdemoError
from revdemo.models import loading
from tests.bulk.generating.test_replay import WANTED
from tests.support.fakes_balance import lopsided


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    def load(*_):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(loading, "load", load)


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(cluster, "check_installed", lambda: None)


@pytest.fixture(params=["generate", "balance", "predict"])
def command(request, tmp_path):
    table, out = str(lopsided(tmp_path / "table.csv")), str(tmp_path / "out")
    own = {"generate": ["--stars=4"], "balance": [table, "--yes"], "predict": [table]}
    return [request.param, *own[request.param], "--engine=ray", f"--out={out}", f"--data-dir={tmp_path}"]


def said(capsys, command):
    assert cli.main(command) == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("door", "engines"),
    [
        (lambda engine: revdemo.predict(["Good."], engine=engine), "plain, ray"),
        (lambda engine: revdemo.predict_table("nowhere.csv", engine=engine), "plain, ray"),
        (lambda engine: revdemo.generate(4, engine=engine), "plain, ray, continuous"),
        (lambda engine: revdemo.balance("nowhere.csv", "out", engine=engine), "plain, ray, continuous"),
    ],
    ids=["predict", "predict_table", "generate", "balance"],
)
def test_there_is_no_such_engine(tmp_path, monkeypatch, door, engines):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RevdemoError, match=rf"^There is no engine 'Ray': choose one of {engines}\.$"):
        door("Ray")
    assert not list(tmp_path.iterdir())


def test_ray_is_missing(monkeypatch, capsys, command):
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: None)
    assert "The engine ray is not installed: run pip install" in said(capsys, command)


@pytest.mark.usefixtures("installed")
def test_nobody_answers_at_an_address(capsys, command):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    line = said(capsys, [*command, f"--ray-address={address}"])
    assert f"Nobody answers at the Ray address {address}" in line


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("out", ["file/below", "nowhere://bucket/folder"])
def test_a_place_cannot_be_written(named, tmp_path, out):
    (tmp_path / "file").write_text("")
    with pytest.raises(RevdemoError, match=r"cannot be (made|written)"):
        shared_job.generate(WANTED, named, out if "://" in out else tmp_path / out)


@pytest.mark.usefixtures("installed")
def test_a_part_is_damaged(named):
    key = shared_job._key(WANTED, named)
    place = named.data_dir / "bulk" / key[:16]
    parts = Parts(str(place), key)
    parts.add("part-0", b"some texts", {"rows": 2})
    parts.close()
    (place / "part-0").write_bytes(b"other texts")
    with pytest.raises(RevdemoError, match=r"part-0 in .* is damaged or missing"):
        shared_job.generate(WANTED, named)
