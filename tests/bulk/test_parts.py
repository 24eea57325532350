"""Parts and the cluster, without a cluster: what is kept, and what is refused before any work."""

import json
import socket
import subprocess
import sys

import pandas as pd
import pytest

from revdemo import cli
from revdemo.bulk import cluster
from revdemo.bulk.cluster import Crew
from revdemo.bulk.parts import MANIFEST, Parts
from revdemo.bulk.sources import open_sources
from revdemo.errors import RevdemoError
from revdemo.tables.table import ReadOptions

ABOUT = {"rows": 2, "wordless": 0, "counts": [0, 0, 2, 0, 0]}


@pytest.fixture(params=["folder", "memory://bulk-parts"])
def place(request, tmp_path):
    return str(tmp_path / "parts") if request.param == "folder" else f"{request.param}/{tmp_path.name}"


def test_what_was_written_is_found_again(place):
    parts = Parts(place, "a key")
    parts.add("part-0", b"some rows", ABOUT)
    parts.close(complete=True)
    again = Parts(place, "a key")
    assert again.read("part-0") == b"some rows" and again.found["part-0"]["rows"] == 2
    again.check()


def test_parts_of_another_job_are_refused(place):
    Parts(place, "a key").close()
    with pytest.raises(RevdemoError, match="another table"):
        Parts(place, "another")


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear all")
    with pytest.raises(RevdemoError, match="holds other files"):
        Parts(str(tmp_path), "a key")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("content", [b"some rowz", None])
def test_a_damaged_part_is_told_by_name(tmp_path, content):
    parts = Parts(str(tmp_path), "a key")
    parts.add("part-0", b"some rows", ABOUT)
    parts.close()
    (tmp_path / "part-0").unlink()
    if content:
        (tmp_path / "part-0").write_bytes(content)
    with pytest.raises(RevdemoError, match=r"part-0 in .* is damaged or missing"):
        Parts(str(tmp_path), "a key").check()


def test_a_damaged_manifest_is_told(tmp_path):
    Parts(str(tmp_path), "a key").close()
    (tmp_path / MANIFEST).write_text(json.dumps({"key": "a key"}))
    with pytest.raises(RevdemoError, match=r"manifest\.json is damaged"):
        Parts(str(tmp_path), "a key")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RevdemoError, match="cannot be written"):
        Parts(str(tmp_path / "file" / "below"), "a key")
    with pytest.raises(RevdemoError, match="cannot be written"):
        Parts("nowhere://bucket/folder", "a key")


def test_folders_and_addresses_are_read(tmp_path):
    import fsspec

    for number in range(3):
        pd.DataFrame({"review": [f"A slow film, number {number}", "Good"]}).to_parquet(
            tmp_path / f"{number}.parquet"
        )
    found = open_sources(str(tmp_path), ReadOptions())
    assert [(one.number, one.chosen.rows, one.chosen.text) for one in found] == [
        (number, 2, "review") for number in range(3)
    ]
    with fsspec.open(f"memory://{tmp_path.name}/a.csv", "w") as file:
        file.write("review\nA slow but good film\nAnother one\n")
    [one] = open_sources(f"memory://{tmp_path.name}/a.csv", ReadOptions())
    assert [len(table) for _, table in one.parts()] == [2]


@pytest.mark.parametrize(
    "table, said",
    [("empty", "holds no .parquet"), ("nowhere://a/b.csv", "cannot be reached"), ("mixed", "other columns")],
)
def test_what_cannot_be_read_is_told(tmp_path, table, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    for name in ("review", "other"):
        pd.DataFrame({name: ["A slow but good film"]}).to_parquet(tmp_path / "mixed" / f"{name}.parquet")
    with pytest.raises(RevdemoError, match=said):
        open_sources(table if "://" in table else str(tmp_path / table), ReadOptions())


def test_an_address_where_nobody_answers_is_told(monkeypatch):
    monkeypatch.setattr(cluster, "check_installed", lambda: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RevdemoError, match=f"Nobody answers at the Ray address 127.0.0.1:{port}"):
        Crew(address=f"127.0.0.1:{port}").check()
    with pytest.raises(RevdemoError, match="workers is 0"):
        Crew(0).check()


def test_a_missing_engine_is_told_before_the_table_is_read(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: None)
    code = cli.main(["predict", "none.csv", "--engine", "ray", "--out", str(tmp_path / "out.csv")])
    said = capsys.readouterr().err.strip().splitlines()
    assert code and "The engine ray is not installed" in said[-1]


def test_the_plain_engine_never_imports_ray():
    code = """
import sys, revdemo
from revdemo import cli
from revdemo.bulk import cluster, parts, predict, sources, texts
print([name for name in sys.modules if name.partition(".")[0] == "ray"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
