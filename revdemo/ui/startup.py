"""What the app does at start and at its end, on one's own machine, as a Space and as a Space with ZeroGPU."""

import ctypes
import os
import signal
import sys
import threading
import time

import gradio as gr

from revdemo.ui.page import launch_options
from revdemo.ui.services import zerogpu
from revdemo.ui.services.services import Services

TRIM = 60.0  # seconds between two times that free memory is handed back
ALONE = 2.0  # seconds without a visitor, after which the models load
SERVED = 10.0  # seconds that a page has to be drawn and to ask for them


def free_memory() -> bool:
    """Hand free memory back to the system, which glibc keeps in an arena per thread; says whether any was."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError, TypeError):  # another C library
        return False


def serve(demo: gr.Blocks, services: Services) -> None:
    """Launch the page and keep it up until SIGTERM or Ctrl+C, then end in good order."""
    if zerogpu.is_on():  # its GPU is given to what is on it before the launch
        zerogpu.door()
        services.load()
    try:
        demo.launch(prevent_thread_lock=True, **launch_options(services))
    except OSError:
        where = f"{services.settings.host}:{services.settings.port}"
        sys.exit(f"revdemo: {where} is taken or not allowed. Choose another --port or --host.")
    except ValueError:  # Gradio gives the page three seconds to answer, which a busy machine may not keep
        if not demo.is_running:
            raise
    threading.Thread(target=load_in_turn, args=(services,), name="load in turn", daemon=True).start()
    threading.Thread(target=_free_again_and_again, name="free memory", daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # how a Space is ended: not without the last push
    try:
        demo.block_thread()
    except SystemExit:
        pass
    finally:
        services.close()
    demo.close(verbose=False)
    sys.stdout.flush()
    # Threads may still be inside torch, or loading a model: Python's own way out would abort in them.
    os._exit(0)


def load_in_turn(services: Services, alone: float = ALONE, served: float = SERVED) -> None:
    """Load the models after the first page, which begins to load them once its example is answered.

    Both at once would share a core: the page would be there two seconds later, the models no sooner.
    """
    if services.visited.wait(alone):
        services.begun.wait(served)
    services.start()


def _free_again_and_again() -> None:
    while True:
        time.sleep(TRIM)
        free_memory()
