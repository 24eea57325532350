"""Fill in the template of a card: README.md as the Hugging Face Hub reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revdemo.hub import markdown

if TYPE_CHECKING:
    from huggingface_hub import DatasetCardData, ModelCardData

TEMPLATES = Path(__file__).with_name("templates")
HELPERS = {name: getattr(markdown, name) for name in ("table", "cell", "plain", "code", "percent")}
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def render(template: str, header: DatasetCardData | ModelCardData, **values: Any) -> str:
    """README.md: the template of this name with its values, below the header as YAML."""
    from huggingface_hub import DatasetCard, ModelCard, ModelCardData, RepoCard

    kind: type[RepoCard] = ModelCard if isinstance(header, ModelCardData) else DatasetCard
    path = str(TEMPLATES / f"{template}.md.j2")
    card = kind.from_template(header, template_path=path, count="{:,}".format, **HELPERS, **values)
    return re.sub(r"\n{3,}", "\n\n", str(card)).rstrip() + "\n"  # what a template leaves out leaves lines


def dataset_header(title: str, rows: int, file: str, licence: str) -> DatasetCardData:
    """The header of a data set of reviews in one file, some or all of them synthetic."""
    from huggingface_hub import DatasetCardData

    return DatasetCardData(
        pretty_name=title,
        language=["en"],
        license=licence,
        task_categories=["text-classification"],
        size_categories=[next((name for most, name in SIZES if rows < most), "1M<n<10M")],
        tags=["synthetic", "revdemo", "reviews"],
        configs=[{"config_name": "default", "data_files": [{"split": "train", "path": file}]}],
    )
