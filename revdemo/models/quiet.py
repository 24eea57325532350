"""Transformers kept from saying on the terminal what means nothing to whoever runs revdemo."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0  # threads that load at this moment: the last one to leave restores what the first one found
_before: tuple[int, bool] = (0, True)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from saying anything less than an error; other threads may be inside too."""
    global _inside, _before
    from transformers.utils import logging

    # The adapter library asks a model for an attribute that is renamed.
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
    with _lock:
        if not _inside:
            _before = logging.get_verbosity(), logging.is_progress_bar_enabled()
            logging.set_verbosity_error()
            logging.disable_progress_bar()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                verbosity, bars = _before
                logging.set_verbosity(verbosity)
                if bars:
                    logging.enable_progress_bar()
