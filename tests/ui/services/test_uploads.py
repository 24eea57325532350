"""Uploads: so many and so large of one visitor, and a folder that does not grow without end."""

import os
import shutil
from itertools import count
from types import SimpleNamespace

import pytest

from revdemo.errors import RevdemoError
from revdemo.settings import Settings
from revdemo.ui.services.uploads import DAY, HOUR, MB, Uploads


@pytest.fixture
def held(tmp_path):
    """Uploads of at most 2 MB a file, 3 files and 4 MB a visitor, 8 MB in all, and a clock."""
    now, numbers = [1_000_000.0], count()
    limits = {"max_upload_mb": 2, "visitor_uploads": 3, "visitor_upload_mb": 4, "upload_folder_mb": 8}
    settings = Settings(data_dir=tmp_path, cache=tmp_path, **limits)
    uploads, folder = Uploads(settings, clock=lambda: now[0]), tmp_path / "files"

    def keep(visitor: str, size: int, age: float = 0.0):
        uploads.begin(visitor, size, folder)
        file = folder / f"{next(numbers)}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x" * size)
        os.utime(file, (now[0] - age, now[0] - age))
        uploads.end(visitor, size, [file])
        return file

    return SimpleNamespace(uploads=uploads, folder=folder, keep=keep, now=now)


def test_one_visitor_may_keep_so_many_files(held):
    files = [held.keep("A", 10) for _ in range(3)]
    with pytest.raises(RevdemoError, match="You have uploaded 3 files"):
        held.keep("A", 10)
    held.keep("B", 10)
    files[0].unlink()  # as Gradio does after a day
    held.keep("A", 10)


def test_one_visitor_may_keep_so_many_bytes_those_on_their_way_too(held):
    held.keep("A", 2 * MB)
    held.uploads.begin("A", 2 * MB, held.folder)
    with pytest.raises(RevdemoError, match=r"Your uploads take 4 MB.*4 MB that this app keeps"):
        held.uploads.begin("A", 1, held.folder)
    held.uploads.end("A", 2 * MB)  # it failed
    held.uploads.begin("A", MB, held.folder)


def test_a_file_that_is_too_large_is_refused_with_the_limit(held):
    with pytest.raises(RevdemoError, match=r"The file has 4 MB and the limit is 2 MB. Upload a part"):
        held.uploads.begin("A", 4 * MB, held.folder)


def test_the_folder_has_a_limit_for_all_together(held):
    for visitor in "ABCD":
        held.keep(visitor, 2 * MB)
    with pytest.raises(RevdemoError, match=r"folder for uploads is full \(8 MB\). Try again in an hour"):
        held.keep("E", MB)


def test_beyond_the_limit_the_oldest_files_of_an_hour_make_room(held):
    old, older, young = (
        held.keep("A", 2 * MB, HOUR + 1),
        held.keep("B", 2 * MB, HOUR + 2),
        held.keep("C", 2 * MB),
    )
    held.keep("D", 2 * MB)
    held.keep("E", 2 * MB)
    assert old.exists() and not older.exists() and young.exists()


def test_files_of_a_day_go_whatever_the_size(held):
    old, young = held.keep("A", 10, DAY + 1), held.keep("A", 10)
    held.keep("B", 10)
    assert young.exists() and not old.exists()


def test_a_disk_that_is_nearly_full_takes_no_upload(held, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 * MB))
    with pytest.raises(RevdemoError, match="disk of the machine is nearly full"):
        held.keep("A", 10)
