"""The pages for contributors name what there is."""

import re

import pytest

from revdemo.files import ROOT

PAGES = ("CONTRIBUTING.md", "docs/architecture.md")
PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+)?|[\w-]+\.(?:py|md|toml|txt))`")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_its_files_exist(page):
    found = PATH.findall(text_of(page))
    assert len(found) > 10
    made = {"training.json"}
    missing = [
        path
        for path in found
        if path not in made and not any((ROOT / below / path).exists() for below in ("", "revdemo"))
    ]
    assert not missing


def test_every_room_is_on_the_map():
    page = text_of("docs/architecture.md")
    rooms = {path.parent for path in (ROOT / "revdemo").rglob("__init__.py")}
    named = set(PATH.findall(page))
    for room in rooms - {ROOT / "revdemo"}:
        path = f"{room.relative_to(ROOT).as_posix()}/"
        within = path.removeprefix("revdemo/")
        assert any(own.startswith((path, within)) for own in named), path


@pytest.mark.parametrize("page", PAGES)
def test_its_targets_are_those_of_the_makefile(page):
    targets = set(re.findall(r"(?m)^([a-z]+):", text_of("Makefile")))
    named = set(re.findall(r"(?m)(?:^|`)make ([a-z]+)", text_of(page)))
    assert named and named <= targets
