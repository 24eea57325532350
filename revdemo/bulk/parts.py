"""What is done of a large job, part by part: files written whole or not at all, and a manifest of them."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import fsspec

from revdemo import files
from revdemo.errors import RevdemoError

MANIFEST = "manifest.json"
PAUSE = 1.0  # seconds between two writings of the manifest
VERSION = 1


class Parts:
    """The finished parts of one job, in a folder or at an fsspec address; only one process writes them.

    Args:
        place: the folder or address.
        key: all that the parts depend on; those of another key are refused.

    Raises:
        RevdemoError: the place cannot be written, holds the parts of another job, or a part is damaged.
    """

    def __init__(self, place: str, key: str):
        self.place, self.key = place, key
        self.found: dict[str, dict[str, Any]] = {}
        self.about: dict[str, Any] = {}  # what else is known of the whole
        self._written = 0.0
        try:
            self._system, self._folder = fsspec.core.url_to_fs(place)
            self._system.makedirs(self._folder, exist_ok=True)
            self._read()
            self._save()
        except (OSError, ImportError, ValueError) as error:
            raise RevdemoError(
                "{place} cannot be written: {reason}. Name another place with --out.",
                place=place,
                reason=getattr(error, "strerror", None) or str(error),
            ) from error

    def add(self, name: str, content: bytes, about: Mapping[str, Any]) -> None:
        """Write a part, then note it; the manifest follows within a second, or with `close`."""
        self._put(name, content)
        self.found[name] = {**about, "sha256": hashlib.sha256(content).hexdigest()}
        if time.monotonic() - self._written >= PAUSE:
            self._save()

    def read(self, name: str) -> bytes:
        """The content of a part.

        Raises:
            RevdemoError: it is missing, or is not what was written.
        """
        content = None
        with suppress(OSError):
            content = self._system.cat_file(self._path(name))
        if content is None or hashlib.sha256(content).hexdigest() != self.found[name]["sha256"]:
            raise RevdemoError(
                "The part {name} in {place} is damaged or missing. Remove its line from {manifest}, and the "
                "same command makes it again.",
                name=name,
                place=self.place,
                manifest=MANIFEST,
            )
        return content

    def check(self) -> None:
        """Read every part, so that a damaged one is told before more work is done."""
        for name in self.found:
            self.read(name)

    def close(self, **about: object) -> None:
        """Write the manifest, with what else is known of the whole."""
        self.about |= about
        self._save()

    def remove(self) -> None:
        """Remove all of it, once it is in a file elsewhere."""
        self._system.rm(self._folder, recursive=True)

    def _read(self) -> None:
        if not self._system.exists(self._path(MANIFEST)):
            if any(PurePosixPath(own).suffix for own in self._system.ls(self._folder, detail=False)):
                raise RevdemoError(
                    "{place} holds other files: name a new or empty folder with --out.", place=self.place
                )
            return
        try:
            said = json.loads(self._system.cat_file(self._path(MANIFEST)))
            key, self.found = said.pop("key"), dict(said.pop("parts"))
            del said["version"]
            self.about = said
        except (ValueError, KeyError, TypeError) as error:
            raise RevdemoError(
                "{path} is damaged: remove {place}, and the same command starts over.",
                path=f"{self.place}/{MANIFEST}",
                place=self.place,
            ) from error
        if key != self.key:
            raise RevdemoError(
                "{place} holds the parts of another table, of other models or of other settings. Name "
                "another place with --out, or remove it.",
                place=self.place,
            )

    def _save(self) -> None:
        parts = dict(sorted(self.found.items()))
        said = {"version": VERSION, "key": self.key, **self.about, "parts": parts}
        self._put(MANIFEST, (json.dumps(said, indent=1) + "\n").encode())
        self._written = time.monotonic()

    def _put(self, name: str, content: bytes) -> None:
        path = self._path(name)
        if "file" not in _protocols(self._system):
            self._system.pipe_file(path, content)  # an object store shows an object once it is whole
            return
        with files.atomic(path) as temporary:
            temporary.write_bytes(content)

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"


def _protocols(system: Any) -> tuple[str, ...]:
    return (system.protocol,) if isinstance(system.protocol, str) else tuple(system.protocol)
