"""A store: private, never half made, set aside when damaged, honest about a file lost while it is open."""

import os
import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from revdemo.errors import Phrase, RevdemoError
from revdemo.files import make_private_folder
from revdemo.store import Store


def first(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")


def second(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE notes ADD COLUMN mood TEXT")


def broken(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE half (id)")
    raise RuntimeError("the power went")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "notes.sqlite"


def opened(path: Path, *migrations) -> Store:
    return Store(path, migrations or (first,), Phrase("The notes"))


def note(store: Store, text: str) -> None:
    with store.writing() as connection:
        connection.execute("INSERT INTO notes (text) VALUES (?)", (text,))


def notes(store: Store) -> list[str]:
    return [text for (text,) in store.read("SELECT text FROM notes ORDER BY id")]


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.damaged-*"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_written_is_there(path):
    with closing(opened(path)) as store:
        note(store, "one")
    assert notes(opened(path)) == ["one"]


def test_a_block_that_raises_leaves_nothing(path):
    store = opened(path)
    with pytest.raises(RuntimeError), store.writing() as connection:
        connection.execute("INSERT INTO notes (text) VALUES ('half')")
        raise RuntimeError
    assert notes(store) == []


def test_only_its_owner_can_look_into_it(tmp_path):
    path = tmp_path / "a" / "b" / "notes.sqlite"
    store = opened(path)
    note(store, "one")
    assert [mode(path.parent), mode(path.parent.parent)] == [0o700, 0o700]
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}


def test_a_file_that_others_could_read_is_made_private_and_a_folder_that_was_there_is_left(path):
    path.parent.mkdir(mode=0o755)
    opened(path).close()
    path.chmod(0o644)
    opened(path)
    assert (mode(path), mode(path.parent)) == (0o600, 0o755)


def test_a_private_folder_may_be_there(tmp_path):
    make_private_folder(tmp_path / "x" / "y")
    make_private_folder(tmp_path / "x" / "y")
    assert mode(tmp_path / "x" / "y") == mode(tmp_path / "x") == 0o700


def test_nothing_else_stays_in_the_folder(path):
    opened(path).close()
    assert [file.name for file in path.parent.iterdir()] == ["notes.sqlite"]


def test_several_may_begin_it_at_once(path):
    stores, threads = [], []
    for _ in range(4):
        threads.append(threading.Thread(target=lambda: stores.append(opened(path))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for number, store in enumerate(stores):
        note(store, str(number))
    assert len(notes(stores[0])) == 4
    assert [store.warning for store in stores] == [None] * 4


# --- versions -----------------------------------------------------------------------------------------------


def test_an_older_file_grows(path):
    with closing(opened(path)) as store:
        note(store, "one")
    store = opened(path, first, second)
    assert store.read("SELECT text, mood FROM notes") == [("one", None)]
    assert store.read("PRAGMA user_version") == [(2,)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(path):
    with closing(opened(path)) as store:
        note(store, "one")
    with pytest.raises(RuntimeError):
        opened(path, first, broken)
    assert notes(opened(path)) == ["one"]
    assert asides(path) == []


@pytest.mark.parametrize(
    "statement", ["PRAGMA user_version = 9", "PRAGMA user_version = -1", "PRAGMA user_version = 0"]
)
def test_a_file_of_another_kind_is_left_alone(path, statement):
    opened(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute(statement)
    with pytest.raises(RevdemoError, match="reads version 1"):
        opened(path)
    assert asides(path) == []


# --- damage -------------------------------------------------------------------------------------------------


def run(statement: str):
    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute(statement)

    return damage


DAMAGE = {
    "cut to nothing": lambda path: os.truncate(path, 0),
    "cut in its header": lambda path: os.truncate(path, 50),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "its header gone": lambda path: path.write_bytes(bytes(100) + path.read_bytes()[100:]),
    "a text": lambda path: path.write_text("no database at all\n" * 500),
    "a page of noise": lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192),
    "a table gone": run("DROP TABLE notes"),
    "a column gone": run("ALTER TABLE notes DROP COLUMN text"),
    "a column of another name": run("ALTER TABLE notes RENAME COLUMN text TO words"),
    "a trigger added": run("CREATE TRIGGER no BEFORE INSERT ON notes BEGIN SELECT RAISE(ABORT, 'no'); END"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path, damage):
    with closing(opened(path)) as store:
        for number in range(20):
            note(store, f"{number} " * 500)
    damage(path)
    content = path.read_bytes()
    store = opened(path)
    (aside,) = [file for file in asides(path) if not file.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == content
    assert str(store.warning) == (
        f"The notes at {path} was damaged. It is kept as {aside.name}, and a new one was begun."
    )
    note(store, "new")
    assert notes(opened(path)) == ["new"]


def test_an_older_file_that_lacks_its_tables_is_set_aside(path):
    opened(path).close()
    run("DROP TABLE notes")(path)
    assert opened(path, first, second).warning is not None


def test_a_value_that_is_no_text_costs_itself_alone(path):
    store = opened(path)
    note(store, "one")
    with store.writing() as connection:
        connection.execute("INSERT INTO notes (text) VALUES (CAST(x'ff41' AS TEXT))")
    assert notes(store) == ["one", "\ufffdA"]


LOST = {
    "the file deleted": lambda path: path.unlink(),
    "the folder deleted": lambda path: shutil.rmtree(path.parent),
    "cut to nothing": lambda path: os.truncate(path, 0),
    "another one in its place": lambda path: (
        opened(path.with_name("other")).close(),
        os.replace(path.with_name("other"), path),
    ),
}


@pytest.mark.parametrize("use", [notes, lambda store: note(store, "two")], ids=["reading", "writing"])
@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_a_file_lost_while_it_is_open_is_said_once_and_another_one_used_from_then_on(path, lose, use):
    store = opened(path)
    note(store, "one")
    lose(path)
    with pytest.raises(RevdemoError, match=r"The notes at .* was deleted, cut or replaced while revdemo was"):
        use(store)
    assert "may be lost" in str(store.warning)
    note(store, "new")
    assert notes(opened(path))[-1] == "new"


def test_a_folder_that_cannot_come_back_is_said_every_time(path):
    store = opened(path)
    shutil.rmtree(path.parent)
    path.parent.write_text("in the way")
    for _ in range(2):
        with pytest.raises(RevdemoError, match=r"The notes at .*cannot be made"):
            notes(store)


def test_its_user_may_find_damage_too(path):
    store = opened(path)
    note(store, "one")
    store.begin_anew()
    assert notes(store) == []
    assert "was damaged" in str(store.warning)
    assert len(asides(path)) == 1
