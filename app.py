"""The demo in the browser: `python app.py` (`--help` lists the settings), or `demo` for who imports it."""

import os
import signal
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_RUN_HISTORY", "False")  # the ledger keeps runs, and it alone

from revdemo import zerogpu
from revdemo.errors import RevdemoError
from revdemo.settings import Settings, load_settings
from revdemo.ui.page import build, launch_options
from revdemo.ui.state import Services


def settings_or_exit(argv: list[str] | None) -> Settings:
    """The settings; what is wrong with them is said in a line, not in a traceback."""
    try:
        return load_settings(argv)
    except RevdemoError as error:
        sys.exit(f"revdemo: {error}")


services = Services(settings_or_exit(sys.argv[1:] if __name__ == "__main__" else None))
demo = build(services)

if __name__ == "__main__":
    if zerogpu.is_on():  # its GPU is given to what is on it before the launch
        zerogpu.door()
        services.load()
    try:
        demo.launch(prevent_thread_lock=True, **launch_options(services.settings))
    except OSError:
        where = f"{services.settings.host}:{services.settings.port}"
        sys.exit(f"revdemo: {where} is taken or not allowed. Choose another --port or --host.")
    services.start()  # after the launch, so that the page is up while torch is still being imported
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # how a Space is ended: not without the last push
    try:
        demo.block_thread()
    finally:
        services.close()
