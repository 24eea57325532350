"""The app as a Space: which files it needs, and its card with a checked front matter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from revdemo.errors import RevdemoError
from revdemo.hub.data_repos import header_of

FILES = ("app.py", "requirements.txt", "LICENSE", "NOTICE")
FOLDERS = ("revdemo", "assets")
LEFT_OUT = ("__pycache__", ".DS_Store")
NEEDS = (
    "title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "app_file", "python_version",
    "short_description", "license", "models", "tags", "hf_oauth", "hf_oauth_scopes",
)  # fmt: skip
LONGEST_DESCRIPTION = 60  # characters that the Hub shows


def files(root: Path) -> dict[str, Path]:
    """The files of a Space but for its card, by their path in it; no tests, no training, nothing local."""
    found = {name: root / name for name in FILES}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root)
            if path.is_file() and not any(part in LEFT_OUT for part in inside.parts):
                found[inside.as_posix()] = path
    return found


def card(root: Path, models: Sequence[str] = ()) -> str:
    """The project's README as the card of a Space, its front matter checked, and `models` named first in it.

    Raises:
        RevdemoError: the front matter lacks a field, or does not agree with the files beside it.
    """
    readme = (root / "README.md").read_text(encoding="utf-8")
    header = header_of(readme)
    lacking = [name for name in NEEDS if name not in header]
    if lacking:
        raise RevdemoError(
            "The front matter of README.md lacks {lacking}: a Space needs them.", lacking=", ".join(lacking)
        )
    _check(header, (root / "requirements.txt").read_text(encoding="utf-8"), root)
    if models:
        named = [name.partition("@")[0] for name in models]
        header["models"] = list(dict.fromkeys(named + header["models"]))
    body = readme.partition("\n---\n")[2]
    return f"---\n{yaml.safe_dump(header, sort_keys=False, allow_unicode=True)}---\n{body}"


def _check(header: dict, requirements: str, root: Path) -> None:
    from packaging.requirements import Requirement

    lines = [line.partition("#")[0].strip() for line in requirements.splitlines()]
    asked = {own.name: own for own in map(Requirement, filter(None, lines))}
    if str(header["sdk_version"]) not in asked["gradio"].specifier:
        raise RevdemoError(
            "The front matter of README.md says gradio {sdk_version}, and requirements.txt {gradio}. Let "
            "them agree.",
            sdk_version=header["sdk_version"],
            gradio=asked["gradio"],
        )
    if not (root / header["app_file"]).exists():
        raise RevdemoError(
            "The front matter of README.md names {app_file}, which is not there.", app_file=header["app_file"]
        )
    if len(header["short_description"]) > LONGEST_DESCRIPTION:
        raise RevdemoError(
            "short_description in README.md has more than {limit} characters.", limit=LONGEST_DESCRIPTION
        )
