"""A table opened in a process of its own: the same as here, and ended where it takes too long or too much."""

import sys
import threading
import time

import pytest

from revdemo.errors import RevdemoError
from revdemo.tables import isolated
from revdemo.tables.columns.choice import NoTextColumn
from revdemo.tables.table import ReadOptions, open_chosen
from tests.support.workbooks import xlsx

REVIEWS = (
    "review,score\nA good film with a fine ending,9\nA bad film without any,2\n\ud83d\ude00 fine,10\n".encode(
        "utf-16", "surrogatepass"
    )
)


@pytest.fixture
def readers():
    own = isolated.Readers()
    yield own
    own.close()


def test_a_table_is_opened_as_it_would_be_here(tmp_path, readers):
    path = tmp_path / "a.csv"
    path.write_bytes(REVIEWS)
    found, here = readers.open(path, ReadOptions(), 2), open_chosen(path)
    assert found.understood() == here
    assert found.understood().read_as == here.read_as
    assert found.understood().read_as.line.as_dict() == here.read_as.line.as_dict()
    assert found.columns == ("review", "score")
    assert found.head == (("A good film with a fine ending", "9"), ("A bad film without any", "2"))
    assert next(found.understood().chunks()).equals(next(here.chunks()))


def test_what_is_said_of_the_columns_is_heeded(tmp_path, readers):
    path = tmp_path / "a.csv"
    path.write_text("a,b\nA good film,fine work here\nA bad film,poor work here\n", "utf-8")
    assert readers.open(path, ReadOptions(text="b", rating=""), 5).understood().text == "b"


def test_why_a_table_cannot_be_understood_or_read_comes_back(tmp_path, readers):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n", "utf-8")
    found = readers.open(path, ReadOptions(), 5)
    assert found.head == (("1", "2"), ("3", "4"))
    with pytest.raises(NoTextColumn):
        found.understood()
    path.write_bytes(b"")
    with pytest.raises(RevdemoError) as here:
        open_chosen(path)
    with pytest.raises(RevdemoError) as there:
        readers.open(path, ReadOptions(), 5)
    assert there.value.phrase.as_dict() == here.value.phrase.as_dict()


def test_the_bound_on_seconds_is_named_and_the_process_ended(tmp_path, readers, monkeypatch):
    started = _asleep(monkeypatch)
    path = tmp_path / "a.csv"
    path.write_bytes(REVIEWS)
    readers.seconds = 1
    with pytest.raises(RevdemoError, match=r"a\.csv takes longer than 1 s"):
        readers.open(path, ReadOptions(), 5)
    readers.close()
    assert all(process.poll() is not None for process in started)


def test_two_tables_that_take_for_ever_hold_nobody_up(tmp_path, readers, monkeypatch):
    """Two that wait make both places free: while one waits, the first place that is free is enough."""
    path = tmp_path / "a.csv"
    path.write_bytes(REVIEWS)
    readers.seconds, readers.shared = 300, 3
    with monkeypatch.context() as patch:
        started = _asleep(patch)
        slow = [_opening(readers, path) for _ in range(2)]
        _until(lambda: len(started) == 3)  # two at work, and one started ahead
        readers.close()
    waiting = [_opening(readers, path) for _ in range(2)]
    for thread, _ in (*slow, *waiting):
        thread.join(120)
    assert [str(told[0]).partition(" to open")[0] for _, told in slow] == ["a.csv takes longer than 3 s"] * 2
    assert [told[0].understood().text for _, told in waiting] == ["review", "review"]


def test_a_slow_table_may_go_on_where_nobody_waits(tmp_path, readers, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(REVIEWS)
    readers.seconds, readers.shared = 300, 0
    started = _asleep(monkeypatch)
    slow, told = _opening(readers, path)
    _until(lambda: len(started) == 2)
    slow.join(1)
    assert slow.is_alive()
    for process in started:
        process.kill()
    slow.join(60)
    assert "memory" in str(told)  # it ended by itself


@pytest.mark.skipif(sys.platform != "linux", reason="the bound on memory is kept by Linux alone")
def test_the_bound_on_memory_is_named(tmp_path, readers):
    path = tmp_path / "a.xlsx"
    path.write_bytes(_swollen())
    assert path.stat().st_size < 2_000_000
    readers.seconds = 110
    with pytest.raises(RevdemoError, match=r"a\.xlsx takes more than 7\d\d MB of memory"):
        readers.open(path, ReadOptions(), 5)


def test_no_secret_of_the_app_reaches_the_process(tmp_path, readers, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    said = "import json, os; print(json.dumps({'bug': str(dict(os.environ))}))"
    monkeypatch.setattr(isolated, "COMMAND", (sys.executable, "-c", said))
    with pytest.raises(RuntimeError, match="OMP_NUM_THREADS") as error:
        readers.open(tmp_path / "a.csv", ReadOptions(), 5)
    assert "hf_secret" not in str(error.value)


def _opening(readers, path):
    """A thread that opens a table, and the list to which it adds what came of it."""
    told = []

    def opening():
        try:
            told.append(readers.open(path, ReadOptions(), 5))
        except RevdemoError as error:
            told.append(error)

    thread = threading.Thread(target=opening, daemon=True)
    thread.start()
    return thread, told


def _until(happened):
    until = time.monotonic() + 60
    while not happened() and time.monotonic() < until:
        time.sleep(0.02)
    assert happened()


def _asleep(patch):
    """Processes that never answer, all of those that are started."""
    started, start = [], isolated._start

    def starting():
        started.append(start())
        return started[-1]

    patch.setattr(isolated, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
    patch.setattr(isolated, "_start", starting)
    return started


def _swollen() -> bytes:
    """A spreadsheet of a megabyte whose one text is half a gigabyte."""
    text = (b"<si><t>", *[b"word " * 200_000] * 500, b"</t></si>")
    return xlsx('<row><c t="s"><v>0</v></c></row>' * 5, text)


def test_all_that_is_said_of_the_file_is_heeded(tmp_path, readers):
    path = tmp_path / "a.txt"
    rows = [f"Отличный фильм номер {number}|{grade}" for number, grade in enumerate(["да", "нет"] * 3)]
    path.write_bytes("\n".join(rows).encode("koi8-r"))
    said = ReadOptions(
        text="column 1", rating="column 2", encoding="koi8-r", separator="bar", header=False, map="да=5,нет=1"
    )
    chosen = readers.open(path, said, 1).understood()
    assert chosen.rows == 6 and chosen.read_as.stars == {1: 3, 2: 0, 3: 0, 4: 0, 5: 3}
    assert chosen == open_chosen(path, options=said)
