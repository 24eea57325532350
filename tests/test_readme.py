"""What the README and the results say is what was measured, and every page is one click away."""

import re

import pytest

from revdemo.files import ROOT
from tests.support.documents import PAGES, text_of
from train import readme

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
LONGEST = 250  # lines of the README


@pytest.mark.parametrize("page", readme.PAGES, ids=lambda page: page.name)
def test_its_figures_are_those_of_assets_metrics(page):
    assert readme.replaced(page) == page.read_text(encoding="utf-8")


def test_figures_that_differ_are_found(monkeypatch, tmp_path, capsys):
    assert readme.main(["--check"]) == 0
    page = tmp_path / "README.md"
    page.write_text(
        text_of("README.md").replace("Are the predicted stars right?", "Are they?"), encoding="utf-8"
    )
    monkeypatch.setattr(readme, "PAGES", {page: readme.figures})
    assert readme.main(["--check"]) == 1
    readme.main([])
    assert readme.main(["--check"]) == 0


def test_the_readme_is_short():
    assert len(text_of("README.md").splitlines()) < LONGEST


@pytest.mark.parametrize("page", PAGES)
def test_its_files_exist(page):
    for path in re.findall(r"`((?:train|revdemo|assets|benchmarks|tests)/[\w/.-]*)`", text_of(page)):
        assert (ROOT / path).exists(), path


def slug(title: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page):
    for link in LINK.findall(text_of(page)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        titles = re.findall(r"(?m)^#+ (.+)$", target.read_text(encoding="utf-8")) if anchor else []
        assert not anchor or anchor in map(slug, titles), link


def test_every_page_of_docs_is_one_click_from_the_readme():
    linked = {link.partition("#")[0] for link in LINK.findall(text_of("README.md"))}
    assert {page for page in PAGES if page.startswith("docs/")} <= linked
