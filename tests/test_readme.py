"""What the README says is what was measured."""

import re

from revdemo.models import ROOT
from train import readme

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_figures_are_those_of_assets_metrics():
    assert readme.replaced(TEXT) == TEXT


def test_its_files_exist():
    for path in re.findall(r"`((?:train|revdemo|assets|benchmarks)/[\w/.-]*)`", TEXT):
        assert (ROOT / path).exists(), path
