"""What a visitor is told of an error that no part of revdemo raised: too little memory, or a bug."""

import pytest

from revdemo.ui import locale
from revdemo.ui.errors import explain


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
