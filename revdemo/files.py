"""Files written whole or not at all, and JSON; where the assets are."""

from __future__ import annotations

import glob
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from revdemo.errors import RevdemoError

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE if (PACKAGE / "assets").is_dir() else PACKAGE.parent  # a wheel's package carries assets/
ASSETS = ROOT / "assets"
METRICS = ASSETS / "metrics"  # what train.evaluate measured
PREFIX = 48  # characters of a name that its temporary folder shows: a longer name stays within 255 bytes


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write a file or a folder to, which takes the place of `path` once the block ends well.

    Until then `path` is as it was, and a block that fails leaves nothing. A file is replaced, a folder only
    takes a place that is free or empty.

    Raises:
        OSError: `path` cannot be written.
    """
    target = Path(path)
    prefix = _temporary_prefix(target)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent, ignore_cleanup_errors=True) as folder:
        temporary = Path(folder) / target.name
        yield temporary
        os.replace(temporary, target)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove what a killed process left of writing `path`; only for who knows that nobody writes it now."""
    target = Path(path)
    for left in target.parent.glob(f"{glob.escape(_temporary_prefix(target))}*"):
        shutil.rmtree(left, ignore_errors=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text as UTF-8, whole or not at all; see `atomic`."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def take_free_place(temporary: Path, target: Path) -> None:
    """Give a file the name `target` unless something has it already."""
    try:
        os.link(temporary, target)
    except FileExistsError:  # another process was faster
        return
    except OSError:  # a file system without links
        if not os.path.lexists(target):
            temporary.rename(target)


def sync_folder(folder: Path) -> None:
    """Put a new name of a folder on the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, that nobody but their owner can look into."""
    missing = [above for above in (folder, *folder.parents) if not above.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # the mode is the last one's alone
    for made in missing:
        made.chmod(0o700)


def make_folder(folder: Path) -> None:
    """Make a folder for results, and those above it, before the work; RevdemoError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RevdemoError(
            "{path} cannot be made ({reason}): name another folder.", path=folder, reason=error.strerror
        ) from error


def _temporary_prefix(target: Path) -> str:
    return f".{target.name[:PREFIX]}-"


def write_json(path: str | os.PathLike[str], content: object, indent: int | None = 2) -> None:
    """Write a value as JSON, whole or not at all; see `atomic`."""
    write_text(path, json.dumps(content, indent=indent) + "\n")


def read_json(path: Path) -> Any:
    """The value that a JSON file holds; RevdemoError where it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RevdemoError(
            "{path} is damaged ({error}). Restore it, or train the model again.", path=path, error=error
        ) from error


def read_json_or_none(path: Path) -> Any:
    """The value that a JSON file holds; None where there is no such file, or it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
