"""Write the figures of README.md and docs/results.md from assets/metrics, so that they cannot drift from it.

python -m train.readme            # rewrite the block between the markers of both
python -m train.readme --check    # status 1 where a page and the files differ
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from revdemo.evaluation.results import (
    CONTRACTS,
    AdaptedFile,
    Measured,
    StarFile,
    read_file,
    read_file_or_none,
)
from revdemo.files import METRICS, ROOT
from train.publishing.headline import headline
from train.publishing.readme_sections import SECTIONS

BEGIN, END = "<!-- metrics: python -m train.readme -->", "<!-- /metrics -->"
HEADLINES = ("stars", "generated", "use", "limits")


def read_metrics(name: str) -> Measured | AdaptedFile:
    """One file of assets/metrics."""
    contract = AdaptedFile if name.startswith("adapted/") else CONTRACTS[f"{name.rpartition('/')[2]}.json"]
    return read_file(METRICS / f"{name}.json", contract)


def figures() -> str:
    """The README's table of five figures."""
    others = [
        read_file_or_none(METRICS / "products" / name, StarFile) for name in ("stars.json", "accurate.json")
    ]
    return headline(*map(read_metrics, HEADLINES), *others)


def results() -> str:
    """Every table of docs/results.md: a section for each file that was written."""
    found = {name: section for name, section in SECTIONS.items() if (METRICS / f"{name}.json").exists()}
    lines = []
    for name, (title, section) in found.items():
        lines += [f"## {title}", *section(read_metrics(name))]
    return "\n\n".join(lines)


PAGES: dict[Path, Callable[[], str]] = {ROOT / "README.md": figures, ROOT / "docs/results.md": results}


def replaced(page: Path) -> str:
    """A page with its block rendered anew."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n\n{PAGES[page]()}\n\n{END}{rest.partition(END)[2]}"


def main(argv: list[str] | None = None) -> int:
    """Rewrite the pages, or check them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing; status 1 where it would")
    args = parser.parse_args(argv)
    wanted = {page: replaced(page) for page in PAGES}
    if args.check:
        return int(any(text != page.read_text(encoding="utf-8") for page, text in wanted.items()))
    for page, text in wanted.items():
        page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
