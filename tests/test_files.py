"""Files are written whole or not at all."""

import json
import os
import stat

import pytest

from revdemo.errors import RevdemoError
from revdemo.files import atomic, read_json, read_json_or_none, remove_leftovers, write_json, write_text


def test_a_file_takes_its_place_when_it_is_whole(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with atomic(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old" and temporary.suffix == ".json"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_its_place_when_it_is_whole(tmp_path):
    with atomic(tmp_path / "model") as temporary:
        temporary.mkdir()
        (temporary / "weights").write_text("w")
        assert not (tmp_path / "model").exists()
    assert (tmp_path / "model" / "weights").read_text() == "w" and len(list(tmp_path.iterdir())) == 1


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_file_has_the_rights_that_files_have(tmp_path):
    write_text(tmp_path / "a.txt", "é\n")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~mask
    assert (tmp_path / "a.txt").read_bytes() == "é\n".encode()


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "[a]*.txt"])
def test_long_and_odd_names_are_written_and_left_overs_removed(tmp_path, name):
    with atomic(tmp_path / name) as temporary:
        temporary.write_text("a")
        remove_leftovers(tmp_path / "other")
        assert temporary.exists()
        left = temporary.parent.name
    (tmp_path / left).mkdir()
    remove_leftovers(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_text(tmp_path / "none" / "a.txt", "a")


# --- JSON -------------------------------------------------------------------------------------------------


def test_json_is_read_as_it_was_written(tmp_path):
    path, content = tmp_path / "a.json", {"b": [1, None, "é"], "a": 0.1}
    write_json(path, content)
    assert read_json(path) == read_json_or_none(path) == content
    assert path.read_text().startswith('{\n  "b"') and path.read_text().endswith("}\n")
    write_json(path, content, indent=None)
    assert path.read_text() == json.dumps(content) + "\n"


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe\x00", b"{} x"])
def test_damaged_json_is_an_error_or_nothing(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    assert read_json_or_none(tmp_path / "a.json") is None
    with pytest.raises(RevdemoError, match=r"a\.json is damaged"):
        read_json(tmp_path / "a.json")


def test_missing_json_is_an_error_of_the_system_or_nothing(tmp_path):
    assert read_json_or_none(tmp_path / "a.json") is None
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "a.json")
