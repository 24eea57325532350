"""What a visitor is told of an error that no part of revdemo raised: too little memory, or a bug."""

import pytest

from revdemo.errors import RevdemoError
from revdemo.ui import locale
from revdemo.ui.errors import explain, without_folders


def failed(error: Exception, cause: Exception | None = None) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried 9 GB"
        ),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        ImportError("matplotlib/_path.so: failed to map segment from shared object"),
        failed(RuntimeError("Failed to import transformers: matplotlib"), MemoryError()),
    ],
    ids=lambda error: str(error)[:20],
)
def test_too_little_memory_is_said_whatever_ran_out_of_it(error):
    assert explain(error).startswith("There is not enough memory")
    with locale.speaking("es"):
        assert explain(error).startswith("Hay muy poca memoria")


def test_a_bug_is_still_a_bug():
    assert explain(KeyError("x")) == locale.UNEXPECTED_ERROR


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("/home/me/tables/my.csv", "…/tables/my.csv"),
        ("/home/my user/old tables/my table.csv", "…/old tables/my table.csv"),
        ("/home/o'neill (me)/tables, old/my.csv", "…/tables, old/my.csv"),
        (r"C:\Users\my user\tables\my table.csv", "…/tables/my table.csv"),
        (r"\\server\our share\tables\my.csv", "…/tables/my.csv"),
        ("/home/usuária/críticas nuevas/últimas.csv", "…/críticas nuevas/últimas.csv"),
    ],
)
def test_a_path_is_shortened_whatever_it_holds(path, left):
    said = RevdemoError("{path} cannot be read ({error}).", path=path, error=RevdemoError("{x} ends", x=path))
    assert explain(said) == f"{left} cannot be read ({left} ends)."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("No such file: '/home/my user/tables/a b.csv'", "No such file: '…/tables/a b.csv'"),
        ('No such file: "/home/my user/tables/a b.csv".', 'No such file: "…/tables/a b.csv".'),
        (r"No such file: 'D:\my data\tables\a.csv'", "No such file: '…/tables/a.csv'"),
        (r"D:\data\tables\a.csv cannot be read", "…/tables/a.csv cannot be read"),
        ("/srv/data/tables/a.csv cannot be read", "…/tables/a.csv cannot be read"),
        ("See https://example.org/a/b, and '/predict'.", "See https://example.org/a/b, and '/predict'."),
        ("8/10 and 4/5 are ratings; 'and/or' is not.", "8/10 and 4/5 are ratings; 'and/or' is not."),
    ],
)
def test_a_path_in_words_of_others_is_shortened(text, left):
    assert without_folders(text) == left
