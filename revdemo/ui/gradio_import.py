"""How Gradio is imported here: without the type stubs that it would work out anew at every import."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STUBS = "gradio.component_meta"  # parses the source of every component, in case its stub file is out of date


@contextmanager
def without_stubs() -> Iterator[None]:
    """Within it, an import of Gradio takes about 2.0 s of a processor instead of 3.5; editors lose nothing.

    Gradio makes no stub of a component whose source it cannot find, so that is what it is told.
    """
    find = inspect.getfile

    def hidden(thing: Any) -> str:
        if sys._getframe(1).f_globals.get("__name__") == STUBS:
            raise OSError
        return find(thing)

    inspect.getfile = hidden  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = find
