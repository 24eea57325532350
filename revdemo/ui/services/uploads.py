"""What visitors may keep on the disk: so many files and bytes each, in a folder of limited size."""

import json
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from revdemo.errors import RevdemoError
from revdemo.settings import Settings

MB = 1 << 20
DAY, HOUR = 86_400.0, 3_600.0
SPARE = 500 * MB  # of the disk, that no upload may take


class Uploads:
    """The uploads of each visitor, and the size of the folder that holds them beside the downloads."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time):
        self.settings, self._clock = settings, clock
        self._kept: dict[str, dict[Path, int]] = defaultdict(dict)  # bytes by file, by visitor
        self._coming: dict[str, list[int]] = defaultdict(list)  # bytes of uploads under way, by visitor
        self._lock = threading.Lock()

    def begin(self, visitor: str, size: int, folder: Path) -> None:
        """Let an upload of so many bytes come; `end` must follow.

        Raises:
            RevdemoError: it is too large, or the visitor or all together keep as much as they may.
        """
        settings = self.settings
        if size > (settings.max_upload_mb + 1) * MB:  # a little more, because the form around it counts too
            raise RevdemoError(
                "The file has {size:,} MB and the limit is {limit:,} MB. Upload a part of it, or the columns "
                "that are needed.",
                size=-(-size // MB),
                limit=settings.max_upload_mb,
            )
        with self._lock:
            self._check_share(visitor, size)
            self._check_folder(size, folder)
            self._coming[visitor].append(size)

    def end(self, visitor: str, size: int, files: Sequence[Path] = ()) -> None:
        """An upload came, as these files, or failed."""
        with self._lock:
            self._coming[visitor].remove(size)
            if not self._coming[visitor]:
                del self._coming[visitor]
            for file in files:
                self._kept[visitor][file] = _size(file)

    def _check_share(self, visitor: str, size: int) -> None:
        kept = {file: held for file, held in self._kept.pop(visitor, {}).items() if file.exists()}
        if kept:
            self._kept[visitor] = kept
        coming = self._coming.get(visitor, [])
        if len(kept) + len(coming) >= self.settings.visitor_uploads:
            raise RevdemoError(
                "You have uploaded {count} files, which is the limit for one visitor. "
                "They are deleted after a day; try again then.",
                count=len(kept) + len(coming),
            )
        held = sum(kept.values()) + sum(coming)
        if held + size > self.settings.visitor_upload_mb * MB:
            raise RevdemoError(
                "Your uploads take {held:,} MB, and with this file more than the {limit:,} MB "
                "that this app keeps for one visitor. They are deleted after a day: try again "
                "then, or upload less.",
                held=held // MB,
                limit=self.settings.visitor_upload_mb,
            )

    def _check_folder(self, size: int, folder: Path) -> None:
        limit = self.settings.upload_folder_mb * MB
        coming = size + sum(sum(own) for own in self._coming.values())
        if self._make_room(folder, limit - coming) + coming > limit:
            raise RevdemoError(
                "The app's folder for uploads is full ({limit:,} MB). Try again in an hour.",
                limit=self.settings.upload_folder_mb,
            )
        if shutil.disk_usage(_there(folder)).free < coming + SPARE:
            raise RevdemoError(
                "The disk of the machine is nearly full, so the file was not taken. Try again later."
            )

    def _make_room(self, folder: Path, limit: int) -> int:
        """Delete what is a day old, beyond the limit an hour; returns the bytes that are left."""
        now, found = self._clock(), []
        for file in folder.rglob("*") if folder.is_dir() else ():
            try:
                if file.is_file():
                    stat = file.stat()
                    found.append((stat.st_mtime, stat.st_size, file))
            except OSError:  # deleted meanwhile
                continue
        left = sum(size for _, size, _ in found)
        for written, size, file in sorted(found):
            age = now - written
            if age < HOUR or (age < DAY and left <= limit):
                break
            file.unlink(missing_ok=True)
            left -= size
        return left


def named(answer: bytes) -> list[Path]:
    """The files that an answer to an upload names."""
    try:
        found = json.loads(answer)
    except ValueError:
        return []
    return [Path(name) for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())
