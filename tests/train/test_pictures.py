"""The pictures of the pages: made by the script from the running app, and no others."""

import re

import pytest
from PIL import Image

from revdemo.files import ROOT
from tests.support.chromium import CHROMIUM
from tests.support.documents import PAGES, text_of
from tests.support.fakes_ui import SlowGenerator, WordPolarity, services
from train import pictures


def test_every_picture_of_the_pages_is_one_that_the_script_makes():
    pages = "".join(text_of(page) for page in PAGES)
    shown = re.findall(r"!\[[^\]]+\]\((?:\.\./)?([^)]+)\)", pages)
    assert shown and set(shown) <= {f"assets/pictures/{name}.png" for name in pictures.SCENES}
    for path in shown:
        assert (ROOT / path).exists(), path
        with Image.open(ROOT / path) as picture:
            assert picture.width == pictures.WIDTH


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
def test_the_script_takes_every_picture(settings, tmp_path):
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    fakes = services(
        settings,
        load_generator=lambda _: SlowGenerator(pause=0.01),
        load_polarity=lambda _: WordPolarity(),
    )
    made = pictures.take(fakes, tmp_path / "pictures")
    assert [path.stem for path in made] == list(pictures.SCENES)
    for path in made:
        with Image.open(path) as picture:
            assert picture.width == pictures.WIDTH
            assert len(picture.getcolors(256) or []) > 3, "not a blank page"
        assert path.stat().st_size <= pictures.MOST


def test_a_picture_that_is_too_large_loses_colours(tmp_path, monkeypatch):
    path = tmp_path / "many.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    monkeypatch.setattr(pictures, "MOST", 0)
    pictures._shrink(path)
    with Image.open(path) as picture:
        assert len(picture.getcolors(256)) <= pictures.COLOURS[-1]
