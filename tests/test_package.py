"""The package: what its wheel carries, and that it works away from the repository."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pandas as pd
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import revdemo

ROOT = Path(__file__).parents[1]
LOCAL = ("__pycache__", ".DS_Store")
LARGEST = 60 * 2**20  # bytes of the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of the checkout, built as pip builds it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder on the path of Python that holds the package alone, as site-packages does."""
    folder = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run(installed: Path, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    """Python in another folder, with the installed package and no network."""
    environment = {name: own for name, own in os.environ.items() if not name.startswith("REVDEMO_")}
    environment |= {"PYTHONPATH": str(installed), "HF_HUB_OFFLINE": "1", **more}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def carried(folder: str) -> set[str]:
    """The files of a folder of the repository, by their path in it."""
    paths = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {path.relative_to(ROOT / folder).as_posix() for path in paths if not set(path.parts) & set(LOCAL)}


def metadata(wheel: Path) -> Message:
    files = zipfile.ZipFile(wheel)
    [name] = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(files.read(name).decode())


def asked() -> list[Requirement]:
    """What requirements.txt asks for."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line.partition("#")[0]) for line in lines if line.partition("#")[0].strip()]


def spelled(requirement: Requirement) -> tuple[str, frozenset[str], str]:
    return canonicalize_name(requirement.name), frozenset(requirement.extras), str(requirement.specifier)


def test_the_wheel_carries_the_package_and_the_assets_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name.removeprefix("revdemo/") for name in names if name.startswith("revdemo/")}
    assets = {f"assets/{name}" for name in carried("assets") if not name.startswith("pictures/")}
    assert package == carried("revdemo") | assets
    assert {name.partition("/")[0] for name in names} == {
        "revdemo",
        f"revdemo-{revdemo.__version__}.dist-info",
    }
    assert {"py.typed", "assets/models/stars/adapter_model.safetensors"} <= package
    assert wheel.stat().st_size < LARGEST


def test_the_wheel_asks_for_what_the_requirements_ask(wheel):
    found = [Requirement(line) for line in metadata(wheel).get_all("Requires-Dist")]
    assert {spelled(own) for own in asked()} == {spelled(own) for own in found if own.marker is None}
    assert {"pytest", "ruff"} <= {own.name for own in found if own.marker and "dev" in str(own.marker)}


def test_the_oldest_releases_are_those_that_the_ranges_begin_with():
    floors = {
        one.name: [Version(own.version) for own in one.specifier if own.operator == ">="] for one in asked()
    }
    lines = (ROOT / "constraints-oldest.txt").read_text(encoding="utf-8").splitlines()
    oldest = {one.name: one for one in map(Requirement, lines[1:])}
    assert {name: [Version(str(one.specifier)[2:])] for name, one in oldest.items()} == floors


def test_the_version_stands_in_one_place(wheel):
    assert metadata(wheel)["Version"] == revdemo.__version__
    assert f"## [{revdemo.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_command_of_the_wheel_is_that_of_the_module(wheel):
    files = zipfile.ZipFile(wheel)
    [name] = [name for name in files.namelist() if name.endswith("entry_points.txt")]
    assert files.read(name).decode().split() == ["[console_scripts]", "revdemo", "=", "revdemo.cli:main"]


def test_an_installed_package_finds_its_own_files(installed, tmp_path):
    code = "import revdemo.files as f; print(f.ROOT, f.ASSETS, (f.METRICS / 'stars.json').exists())"
    found = run(installed, tmp_path, "-c", code)
    assert found.stdout.split() == [
        str(installed / "revdemo"),
        str(installed / "revdemo" / "assets"),
        "True",
    ], found.stderr


REVIEWS = """text
Wonderful from the first minute to the last. The cast is superb and I will watch it again tomorrow.
"A dreadful waste of two hours. Wooden acting, no plot, and the worst ending I have ever seen."
"""


@pytest.mark.e2e
def test_an_installed_package_predicts_a_table_offline(installed, tmp_path):
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    command = ["-m", "revdemo", "predict", "reviews.csv", "--out", "predicted.csv"]
    found = run(installed, tmp_path, *command, REVDEMO_DATA_DIR=str(tmp_path / "data"))
    assert found.returncode == 0, found.stderr
    praised, panned = pd.read_csv(tmp_path / "predicted.csv")["predicted"]
    assert praised >= 4 and panned <= 2


# --- in full ------------------------------------------------------------------------------------------------


@pytest.mark.install
@pytest.mark.timeout(3600)
def test_an_empty_environment_with_the_wheel_predicts_a_table_offline(wheel, tmp_path):
    """With INSTALL_VENV the environment is made there, and stays."""
    environment = Path(os.environ.get("INSTALL_VENV") or tmp_path / "venv")
    python = environment / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    torch_alone = f"torch=={importlib.metadata.version('torch').partition('+')[0]}"
    starter = ["--no-deps", "-r", str(ROOT / "requirements-starter.txt")]
    for what in ([torch_alone], [str(wheel)], starter):
        subprocess.run([python, "-m", "pip", "install", "-q", *what], check=True)
    away = tmp_path / "away"
    away.mkdir()
    (away / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    found = subprocess.run(
        [environment / "bin" / "revdemo", "predict", "reviews.csv", "--out", "predicted.csv"],
        cwd=away,
        env={"HF_HUB_OFFLINE": "1", "HOME": str(tmp_path), "REVDEMO_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    praised, panned = pd.read_csv(away / "predicted.csv")["predicted"]
    assert praised >= 4 and panned <= 2
